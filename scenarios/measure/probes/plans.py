"""What the planner chose: ``EXPLAIN (ANALYZE, BUFFERS)``, taken apart from timed traffic."""

from __future__ import annotations

import hashlib
import json

from scenarios.errors import StackError
from scenarios.record import Plan, PlanNode

_DETAILS = ("Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter", "Group Key", "Sort Key", "One-Time Filter", "Cache Key")


def explain(connection, sql: str) -> Plan:
    """Run ``sql`` once to warm caches and once under EXPLAIN, on a connection of its own; return the plan."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        cursor.fetchall()
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql)
        return parse(cursor.fetchone()[0][0], sql)


def parse(explained: dict, sql: str) -> Plan:
    """Return one element of EXPLAIN's JSON as a Plan. Raises StackError for what is none."""
    try:
        root = _node(explained["Plan"])
        return Plan(
            sql=sql,
            planning_ms=explained.get("Planning Time", 0.0),
            execution_ms=explained.get("Execution Time", 0.0),
            shape_sha256=hashlib.sha256(json.dumps(_shape(root)).encode()).hexdigest(),
            root=root,
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as fault:  # pydantic's is a ValueError
        raise StackError("a plan as EXPLAIN tells it in JSON", type(fault).__name__, "report which server and version tells it so") from fault


def _node(raw: dict) -> PlanNode:
    """PostgreSQL gives times and rows as means per loop, and buffers with the children's included."""
    loops = raw.get("Actual Loops", 0)
    total_ms = raw.get("Actual Total Time", 0.0) * loops
    children = [_node(child) for child in raw.get("Plans", [])]
    below = raw.get("Plans", [])

    def own(key: str) -> int:
        return max(0, raw.get(key, 0) - sum(child.get(key, 0) for child in below))

    return PlanNode(
        node=_name(raw),
        relation=raw.get("Relation Name") or raw.get("CTE Name"),
        index=raw.get("Index Name"),
        detail="; ".join(f"{key}: {_text(raw[key])}" for key in _DETAILS if key in raw) or None,
        rows_estimated=raw.get("Plan Rows", 0),
        rows_actual=raw.get("Actual Rows", 0) * loops,
        rows_removed=sum(v * loops for k, v in raw.items() if k.startswith("Rows Removed by")),
        loops=loops,
        own_ms=max(0.0, total_ms - sum(child.total_ms for child in children)),
        total_ms=total_ms,
        blocks_hit=own("Shared Hit Blocks"),
        blocks_read=own("Shared Read Blocks"),
        temp_blocks=own("Temp Read Blocks") + own("Temp Written Blocks"),
        children=children,
    )


def _name(raw: dict) -> str:
    """Return the node as EXPLAIN's text form has it, such as ``HashAggregate`` or ``Hash Left Join``."""
    name = raw["Node Type"]
    if name == "Aggregate":
        return {"Hashed": "HashAggregate", "Sorted": "GroupAggregate", "Mixed": "MixedAggregate"}.get(raw.get("Strategy", ""), name)
    if raw.get("Join Type", "Inner") != "Inner" and name.endswith(("Join", "Loop")):
        return f"{name} ({raw['Join Type']})"
    return name


def _text(value) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _shape(node: PlanNode) -> list:
    return [node.node, node.relation, node.index, [_shape(child) for child in node.children]]
