"""Which of a plan's estimates was furthest off: for claims, and for prose."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from scenarios import claims
from scenarios.errors import EvidenceError, UsageError
from scenarios.publish.facts import fields
from scenarios.record import Plan, PlanNode, Plans, worst_misjudged


def node(name: str, estimated: float, met: float, *children: PlanNode, loops: float = 1) -> PlanNode:
    return PlanNode(
        node=name, rows_estimated=estimated, rows_actual=met, loops=loops, own_ms=1, total_ms=1 + len(children), children=list(children)
    )


OFF = node("Index Scan", 10, 5_000)
TREE = node("Nested Loop", 20, 6_000, node("Seq Scan", 100, 90), OFF)


def test_it_is_found_wherever_it_stands():
    assert worst_misjudged(TREE) is OFF and worst_misjudged(node("Sort", 9, 9, TREE)) is OFF
    assert worst_misjudged(TREE).misjudged_times == 500


def test_where_all_are_right_it_is_some_node():
    assert worst_misjudged(node("Sort", 9, 9, node("Seq Scan", 9, 9))).misjudged_times == 1


def test_of_equally_wrong_ones_the_innermost_is_told():
    inner = node("Seq Scan", 1, 50)
    assert worst_misjudged(node("Nested Loop", 1, 50, inner)) is inner


def test_an_estimate_is_for_one_loop():
    assert node("Index Scan", 2, 200, loops=100).misjudged_times == 1
    assert node("Index Scan", 200, 200, loops=100).misjudged_times == 100


@pytest.mark.parametrize(
    "innocent",
    [
        node("Seq Scan", 90_000, 0, loops=0),  # never ran
        node("Index Scan", 1, 0, loops=4_000),  # the planner never says less than one
    ],
)
def test_what_nothing_was_held_against_is_passed_over(innocent):
    assert worst_misjudged(node("Nested Loop", 4, 12, innocent)).misjudged_times == 3


def test_what_a_limit_cut_short_was_not_misjudged_but_what_met_more_was():
    cut, full = node("Index Scan", 90_000, 10), node("Index Scan", 10, 90_000)
    assert worst_misjudged(node("Limit", 10, 10, cut)).misjudged_times == 1
    assert worst_misjudged(node("Limit", 10, 10, full)) is full
    # A sort takes all there is before it gives the first.
    assert worst_misjudged(node("Limit", 10, 10, node("Sort", 90_000, 10, cut))) is cut


def arm_that(record, **update):
    arm = record.experiments["headline"].arms["wrecked"].model_copy(update=update)
    experiment = record.experiments["headline"]
    experiment = experiment.model_copy(update={"arms": experiment.arms | {"wrecked": arm}})
    return record.model_copy(update={"experiments": record.experiments | {"headline": experiment}})


def test_a_claim_may_rest_on_it(record):
    assert claims.misjudged("headline", "wrecked")(arm_that(record, rows_misjudged_times=500.0)) == [500]
    with pytest.raises(EvidenceError, match="keep_plans"):
        claims.misjudged("headline", "wrecked")(record)


@pytest.fixture
def dive():
    plan = Plan(sql="SELECT 1", planning_ms=1, execution_ms=2, shape_sha256="aa", root=TREE)
    record = SimpleNamespace(experiments={"headline": SimpleNamespace(scale="talk")})
    return SimpleNamespace(slug="old-charts", record=record, plans=Plans(plans={"talk": {"wrecked": plan}}))


@pytest.mark.parametrize(
    ("path", "text"),
    [("rows_estimated", "10"), ("rows_actual", "5,000"), ("misjudged_times", "500×"), ("node", "Index Scan"), ("rows_expected", "10")],
)
def test_prose_may_name_it(dive, path, text):
    fact = fields.plan(dive, f"headline.wrecked.misjudged.{path}", ())
    assert fact.text == text and fact.href == "evidence/old-charts/#plan-talk--wrecked"


def test_prose_may_still_name_any_other(dive):
    assert fields.plan(dive, "headline.wrecked.root.children.0.rows_actual", ()).text == "90"


@pytest.mark.parametrize("rest", ["headline.wrecked.misjudged", "headline.wrecked.misjudged.rows", "headline.waxed.misjudged.node"])
def test_what_there_is_not_is_refused(dive, rest):
    with pytest.raises(UsageError):
        fields.plan(dive, rest, ())
