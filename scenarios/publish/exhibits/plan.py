"""What the planner chose: its tree, with what it expected and what it met, for one arm or several."""

from __future__ import annotations

from html import escape

from scenarios.errors import UsageError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Table
from scenarios.publish.dive import Dive
from scenarios.publish.evidence_page import anchors
from scenarios.publish.exhibit import Exhibit, arm_role, chosen_arms, chosen_experiment
from scenarios.publish.traces import statements
from scenarios.record import Plan, PlanNode

OPTIONS = ("experiment", "arms", "salvaged", "least", "title")
_MISJUDGED = 10
"""An estimate this many times off is marked: the planner chose by a wrong picture."""


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``arms``, default ``wrecked``, a second one stands beneath the first.

    ``least``: the share of the time (``1%``) that a node must have to be drawn.
    """
    name, experiment = chosen_experiment(dive, options)
    arms = chosen_arms(dive, name, {"arms": "wrecked"} | options)
    plans = {n: dive.plan(experiment.scale, n) for n in arms}
    least = _share(options.get("least", "0%"))
    first = next(iter(plans))
    worst = max(walk(plans[first].root), key=lambda node: node.own_ms)
    title = (
        options.get("title")
        or f"{arms[first].title}: {label(worst)} takes {units.text(worst.own_ms, 'ms')} of {units.text(plans[first].execution_ms, 'ms')}"
    )
    return Exhibit(
        title=title,
        caption=f"EXPLAIN (ANALYZE, BUFFERS), taken apart from timed traffic, at scale {experiment.scale}. "
        "Times are each node’s own, without its children’s; rows expected → met over all loops, "
        f"marked where they differ {_MISJUDGED} times or more.{_left_out(plans, least)}",
        chart=_chart(title, arms, plans, options, least),
        html="".join(tree(arms[n].title, plan, least) for n, plan in plans.items()),
        table=_table(arms, plans),
        command=experiment.command,
        evidence="plans.json",
        anchor=anchors.plan(experiment.scale, next(iter(plans))),
    )


def walk(node: PlanNode):
    """Yield a node and all beneath it, parents first."""
    yield node
    for child in node.children:
        yield from walk(child)


def label(node: PlanNode) -> str:
    on = f" on {node.relation}" if node.relation else ""
    return f"{node.node}{f' using {node.index}' if node.index else ''}{on}"


def _share(text: str) -> float:
    """Return ``1%`` as 0.01. Raises UsageError."""
    number = text.removesuffix("%").strip()
    if not text.endswith("%") or not number.replace(".", "", 1).isdigit() or float(number) >= 100:
        raise UsageError("a share of the time for option 'least'", f"'{text}'", "write one such as 1%")
    return float(number) / 100


def _drawn(plan: Plan, least: float) -> list[PlanNode]:
    """Return the nodes that have ``least`` of the plan's time or more for themselves; the costliest in any case."""
    nodes = list(walk(plan.root))
    wanted = min(least * plan.execution_ms, max(n.own_ms for n in nodes))
    return [n for n in nodes if n.own_ms >= wanted]


def _left_out(plans: dict[str, Plan], least: float) -> str:
    nodes = sum(1 for plan in plans.values() for _ in walk(plan.root))
    left = nodes - sum(len(_drawn(plan, least)) for plan in plans.values())
    few = f"{left} of the {nodes} nodes have less than {units.text(least, 'share')} of the time each and no bar"
    return f" {few}; the table has all." if left else ""


def _chart(title, arms, plans: dict[str, Plan], options, least: float) -> Chart:
    several = len(plans) > 1
    names, marks = [], []
    for name, plan in plans.items():
        nodes = _drawn(plan, least)
        at = tuple(float(len(names) + i) for i in range(len(nodes)))
        names += [f"{n.node}{f' on {n.relation}' if n.relation else ''}" + (f"\n{arms[name].title}" if several else "") for n in nodes]
        own = tuple(n.own_ms for n in nodes)
        labels = tuple(units.text(v, "ms") for v in own)
        marks.append(Bars(arms[name].title, arm_role(name, arms[name], options), at, own, labels=labels))
    alt = "; ".join(
        f"{arms[n].title}: {units.text(p.execution_ms, 'ms')} in {sum(1 for _ in walk(p.root))} nodes" for n, p in plans.items()
    )
    return Chart(
        title,
        f"Bars of own time by plan node. {alt}.",
        Axis("own time", "ms"),
        Axis("", scale="category", categories=tuple(names)),
        tuple(marks),
    )


def tree(title: str, plan: Plan, least: float = 0.0) -> str:
    """Return a plan as HTML: its statement, and its nodes as a nested list.

    Branches without a node of ``least`` of its time are told by their number.
    """
    most = max(n.own_ms for n in walk(plan.root)) or 1.0
    head = f"{escape(title)}: executed in {units.text(plan.execution_ms, 'ms')}, planned in {units.text(plan.planning_ms, 'ms')}"
    sql = f"<details><summary>The statement</summary><pre><code>{escape(plan.sql)}</code></pre></details>"
    drawn = {id(n) for n in _drawn(plan, least)}
    return f'<section class="wreck-plan"><p class="exhibit-subtitle">{head}</p>{sql}<ul>{_node(plan.root, most, drawn)}</ul></section>'


def _node(node: PlanNode, most_ms: float, drawn: set[int]) -> str:
    bar = f'<span class="wreck-plan-bar" style="width:{100 * node.own_ms / most_ms:.1f}%"></span>'
    shown = [_node(c, most_ms, drawn) for c in node.children if any(id(n) in drawn for n in walk(c))]
    left = sum(1 for c in node.children if not any(id(n) in drawn for n in walk(c)) for _ in walk(c))
    if left:
        shown.append(f'<li class="wreck-plan-left">and {left} node{"s" if left > 1 else ""} beneath, too quick to draw</li>')
    children = f"<ul>{''.join(shown)}</ul>" if shown else ""
    detail = f'<code class="wreck-plan-detail">{escape(node.detail)}</code>' if node.detail else ""
    return (
        f'<li><div class="wreck-plan-node"><strong>{escape(label(node))}</strong> '
        f'<span class="wreck-plan-own">{units.text(node.own_ms, "ms")}</span>'
        f" {' '.join(_badges(node))}{bar}{detail}</div>{children}</li>"
    )


def _badges(node: PlanNode) -> list[str]:
    rows = f"rows {units.digits(node.rows_expected)} → {units.digits(node.rows_actual)}"
    factor = node.misjudged_times
    if factor >= _MISJUDGED:
        said = [f'<span class="wreck-badge wreck-badge-warn">{rows}, {units.digits(factor)} times off</span>']
    else:
        said = [f'<span class="wreck-badge">{rows}</span>']
    extras = [
        (node.loops > 1, f"{units.digits(node.loops)} loops"),
        (node.rows_removed > 0, f"{units.digits(node.rows_removed)} rows thrown away"),
        (node.blocks_hit or node.blocks_read, f"blocks {node.blocks_hit:,} hit, {node.blocks_read:,} read"),
        (node.temp_blocks > 0, f"{node.temp_blocks:,} blocks spilt to disk"),
    ]
    return said + [f'<span class="wreck-badge">{text}</span>' for present, text in extras if present]


def _table(arms, plans) -> Table:
    rows = tuple(
        (
            label(n),
            arms[name].title,
            units.text(n.own_ms, "ms"),
            units.digits(n.rows_expected),
            units.digits(n.rows_actual),
            units.digits(n.loops),
            f"{n.blocks_hit:,}",
            f"{n.blocks_read:,}",
            statements.brief(n.detail or "–", 200),
        )
        for name, plan in plans.items()
        for n in walk(plan.root)
    )
    columns = ("node", "arm", "own time", "rows expected", "rows met", "loops", "blocks hit", "blocks read", "detail")
    return Table("Plan nodes, parents first", columns, rows)
