"""Plans as the planner tells them: times of all loops, own times apart, shapes without numbers."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.measure.probes.plans import parse

NESTED = {
    "Plan": {
        "Node Type": "Nested Loop", "Join Type": "Inner", "Plan Rows": 40, "Actual Rows": 6, "Actual Loops": 1, "Actual Total Time": 9.0,
        "Shared Hit Blocks": 130, "Shared Read Blocks": 5, "Temp Read Blocks": 0,
        "Plans": [
            {"Node Type": "Seq Scan", "Relation Name": "tw_players", "Plan Rows": 4, "Actual Rows": 3, "Actual Loops": 1,
             "Actual Total Time": 1.5, "Filter": "((login)::text ~~ '%smith%'::text)",
             "Rows Removed by Filter": 197, "Shared Hit Blocks": 10},
            {"Node Type": "Index Scan", "Relation Name": "tw_rolls", "Index Name": "rolls_by_player", "Plan Rows": 10, "Actual Rows": 2.0,
             "Actual Loops": 3, "Actual Total Time": 2.0, "Rows Removed by Filter": 1, "Index Cond": "(player_id = tw_players.id)",
             "Shared Hit Blocks": 118, "Shared Read Blocks": 5},
        ],
    },
    "Planning Time": 0.4, "Execution Time": 9.2,
}  # fmt: skip
AGGREGATE = {
    "Plan": {
        "Node Type": "Sort", "Sort Key": ["p.login", "r.die_sides"], "Plan Rows": 9, "Actual Rows": 9, "Actual Loops": 1,
        "Actual Total Time": 80.0, "Temp Read Blocks": 30, "Temp Written Blocks": 12,
        "Plans": [{
            "Node Type": "Aggregate", "Strategy": "Hashed", "Group Key": ["p.login"], "Plan Rows": 9, "Actual Rows": 9, "Actual Loops": 1,
            "Actual Total Time": 79.0, "Temp Read Blocks": 20, "Temp Written Blocks": 10,
            "Plans": [{"Node Type": "Hash Join", "Join Type": "Left", "Hash Cond": "(r.player_id = p.id)", "Plan Rows": 5000,
                       "Actual Rows": 5000, "Actual Loops": 1, "Actual Total Time": 50.0}],
        }],
    },
    "Planning Time": 1.0, "Execution Time": 81.0,
}  # fmt: skip


def nodes(node):
    yield node
    for child in node.children:
        yield from nodes(child)


@pytest.mark.parametrize("explained", [NESTED, AGGREGATE])
def test_own_times_and_own_blocks_add_up_to_the_whole(explained):
    root = parse(explained, "SELECT 1").root
    raw = explained["Plan"]
    assert sum(node.own_ms for node in nodes(root)) == pytest.approx(raw["Actual Total Time"])
    assert sum(node.blocks_hit for node in nodes(root)) == raw.get("Shared Hit Blocks", 0)
    assert sum(node.blocks_read for node in nodes(root)) == raw.get("Shared Read Blocks", 0)
    assert sum(node.temp_blocks for node in nodes(root)) == raw.get("Temp Read Blocks", 0) + raw.get("Temp Written Blocks", 0)


def test_loops_are_multiplied():
    plan = parse(NESTED, "SELECT 1")
    scan, index = plan.root.children
    assert (index.total_ms, index.rows_actual, index.rows_removed, index.loops) == (6.0, 6, 3, 3)
    assert (scan.rows_actual, scan.rows_removed, scan.blocks_hit) == (3, 197, 10)
    assert plan.root.own_ms == pytest.approx(9 - 1.5 - 6)
    assert (plan.root.blocks_hit, plan.root.blocks_read) == (2, 0)
    assert (plan.planning_ms, plan.execution_ms, plan.sql) == (0.4, 9.2, "SELECT 1")


def test_nodes_are_called_as_explain_calls_them():
    root = parse(AGGREGATE, "").root
    assert [node.node for node in nodes(root)] == ["Sort", "HashAggregate", "Hash Join (Left)"]
    assert root.detail == "Sort Key: p.login, r.die_sides"
    assert parse(NESTED, "").root.node == "Nested Loop"
    assert [child.index for child in parse(NESTED, "").root.children] == [None, "rolls_by_player"]


def test_a_node_that_never_ran_took_nothing():
    raw = copy.deepcopy(NESTED)
    raw["Plan"]["Plans"][1].update({"Actual Loops": 0, "Actual Rows": 0, "Actual Total Time": 0.0})
    assert parse(raw, "").root.children[1].total_ms == 0


@given(st.floats(0.01, 100))
def test_the_shape_does_not_see_numbers(factor):
    other = copy.deepcopy(NESTED)

    def scale(raw):
        for key in ("Plan Rows", "Actual Rows", "Actual Total Time"):
            raw[key] *= factor
        for child in raw.get("Plans", []):
            scale(child)

    scale(other["Plan"])
    other["Execution Time"] *= factor
    assert parse(other, "").shape_sha256 == parse(NESTED, "").shape_sha256


@pytest.mark.parametrize("change", [{"Node Type": "Seq Scan"}, {"Index Name": "another"}, {"Relation Name": "tw_games"}])
def test_the_shape_sees_all_else(change):
    other = copy.deepcopy(NESTED)
    other["Plan"]["Plans"][1].update(change)
    assert parse(other, "").shape_sha256 != parse(NESTED, "").shape_sha256
