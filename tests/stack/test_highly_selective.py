"""The wreck small, end to end: its counted claims hold, a relay really lies between, and with the fault taken out they fail."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from scenarios.errors import ClaimError
from scenarios.measure.options import Options
from scenarios.measure.rebuild import rebuild
from scenarios.publish.traces.repeats import folded, tally
from scenarios.publish.traces.spans import read_spans, statements_of
from scenarios.record import read_plans, read_record
from scenarios.wreck import ClosedLoop, Experiment, Wreck, load
from tests.stack.conftest import processes_of, until

GAMES, PLAYERS = 33, 2
"""Of gsmith, with the data as it is seeded."""
STATEMENTS = 1 + PLAYERS + 2 * GAMES
ONE_PAGE = ClosedLoop(clients=1, duration_s=60, requests=1)
HEADLINE = Experiment(
    "headline", "One page", "talk", ONE_PAGE, ("wrecked", "joined", "selectin", "aggregate"), rounds=1, workers=1,
    warm_paths=("/1000queries/nobody1",), keep_traces=True, keep_plans=True,
)  # fmt: skip
FAR = Experiment(
    "round-trip-2", "Far", "talk", ONE_PAGE, ("selectin",), rounds=1, workers=1, warm_paths=HEADLINE.warm_paths, round_trip_ms=20,
)  # fmt: skip
COUNTED = ("many-statements", "same-blocks", "rows-multiply", "same-answer")


def small(*experiments: Experiment, claims: tuple[str, ...], **handlers: str) -> Wreck:
    """Return the wreck with these experiments, the arms they run (``handlers`` in place of their own), and of its claims those named."""
    wreck, run = load("highly-selective"), {arm for experiment in experiments for arm in experiment.arms}
    arms = tuple(replace(arm, handler=handlers.get(arm.name, arm.handler)) for arm in wreck.arms if arm.name in run)
    paths = wreck.paths[:1]  # What answers are compared by, too.
    return replace(wreck, experiments=experiments, arms=arms, paths=paths, claims=tuple(c for c in wreck.claims if c.name in claims))


@pytest.fixture(scope="module")
def site_data(cache, tmp_path_factory):
    folder = tmp_path_factory.mktemp("selective") / "site_data"
    rebuild(small(HEADLINE, FAR, claims=COUNTED), Options(), folder)
    return folder


@pytest.fixture(scope="module")
def record(site_data):
    return read_record(site_data / "highly-selective")


def the_round(record, arm: str, experiment: str = "headline"):
    (round_,) = record.experiments[experiment].arms[arm].rounds
    assert round_.statuses == {"200": 1} and round_.warnings == []
    return round_


def test_what_is_counted_holds_by_one_round(record):
    assert set(record.claims) == set(COUNTED) and all(claim.holds and claim.is_exact for claim in record.claims.values())


def test_each_way_sends_what_it_should(record):
    sent = {arm: the_round(record, arm).statements_per_request for arm in HEADLINE.arms}
    assert sent == {"wrecked": STATEMENTS, "joined": 1, "selectin": 4, "aggregate": 1}
    assert len(record.experiments["headline"].arms["wrecked"].statements) == 4


def test_rows_and_bytes_are_counted_where_they_come_from(record):
    rows = {arm: the_round(record, arm).rows_per_request for arm in HEADLINE.arms}
    received = {arm: the_round(record, arm).bytes_per_request for arm in HEADLINE.arms}
    assert rows["aggregate"] == GAMES and rows["wrecked"] == rows["selectin"] < rows["joined"]
    assert received["aggregate"] < received["selectin"] < received["wrecked"] < received["joined"]
    assert received["joined"] > 50 * rows["joined"], "a row of it is longer than that"


def test_objects_are_made_in_a_layer_of_their_own(record):
    made = {arm: the_round(record, arm).layers_ms["fetch"] for arm in HEADLINE.arms}
    assert made["joined"] > 5 * made["aggregate"] and made["selectin"] > 5 * made["aggregate"]


def test_the_trace_folds_into_its_two_offenders(site_data, record):
    ident = record.experiments["headline"].arms["wrecked"].traces["median"]
    sent = statements_of(read_spans(json.loads((site_data / "highly-selective" / "traces" / f"{ident}.json").read_text())))
    assert len(sent) == STATEMENTS
    told = [line for part in folded(sent) if part.repeats > 1 for line in tally(part)]
    assert sum(times for times, pattern in told) == GAMES and {len(pattern) for _, pattern in told} == {2}


def test_the_plan_is_of_the_costliest_statement(site_data):
    plans = read_plans(site_data / "highly-selective").plans["talk"]
    assert "FROM tw_rolls" in plans["wrecked"].sql and plans["wrecked"].root.rows_removed > 400_000


def test_the_relay_lies_between_and_is_measured(record):
    near, far = the_round(record, "selectin"), the_round(record, "selectin", "round-trip-2")
    assert far.round_trip_ms >= 20 > near.round_trip_ms > 0
    # Four statements, BEGIN and ROLLBACK.
    assert far.layers_ms["sqlalchemy"] >= 4 * 20 and far.latency_ms.mean >= 6 * 20
    assert "relay" in far.cpu_s and "relay" not in near.cpu_s
    assert far.bytes_per_request == pytest.approx(near.bytes_per_request, rel=0.01)
    assert record.experiments["round-trip-2"].round_trip_ms == 20 and record.experiments["headline"].round_trip_ms == 0


def test_with_the_fault_taken_out_its_claim_fails_and_the_evidence_stays(site_data, cache):
    """The wreck loads as ``selectin`` does: the story of many statements no longer holds, that all arms answer alike still does."""
    before = (site_data / "highly-selective" / "record.json").read_bytes()
    mended = small(replace(HEADLINE, arms=("wrecked", "selectin")), claims=("many-statements", "same-answer"), wrecked="selectin")
    with pytest.raises(ClaimError, match=r"many-statements: fails: measured 4 statements") as caught:
        rebuild(mended, Options(), site_data)
    assert "same-answer" not in str(caught.value)
    assert (site_data / "highly-selective" / "record.json").read_bytes() == before
    until(lambda: not processes_of(cache), "nothing left running")
