"""The exhibits about ways to fetch: the grid, the curve over distance, and what repeats in a request."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.errors import EvidenceError, UsageError
from scenarios.publish.charts.svg import draw as draw_svg
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import draw
from scenarios.publish.exhibits.round_trip_curve import Curve, crossed
from tests.site import evidence_factory


@pytest.fixture
def dive(project):
    return Dive("paper-boat", project.site_data, project.wrecks)


def cut(project, change) -> Dive:
    """Return the dive after ``change`` to its record, a trial's from then on."""
    path = project.site_data / "paper-boat" / "record.json"
    record = json.loads(path.read_text(encoding="utf-8")) | {"publishable": False, "unpublishable_because": ["cut"]}
    change(record)
    path.write_text(json.dumps(record), encoding="utf-8")
    return Dive("paper-boat", project.site_data, project.wrecks)


# --- the grid ------------------------------------------------------------------------------------------


def test_the_grid_has_a_row_a_way_and_a_mark_a_cell(dive):
    found = draw(dive, "strategy-grid", {"pairs": "wrecked/waxed, no-sail/"})
    assert found.chart.y.categories == ("As it sank", "Without the <sail>")
    assert sum(len(mark.x) for mark in found.chart.marks) == len(found.table.rows) == 5
    assert [row[:3] for row in found.table.rows] == [
        ("As it sank", "no", "none"), ("As it sank", "no", "2\u00a0ms"), ("As it sank", "yes", "none"), ("As it sank", "yes", "2\u00a0ms"),
        ("Without the <sail>", "no", "none"),
    ]  # fmt: skip
    assert "As it sank, indexed: " in found.title and found.title.endswith("The same answer")
    assert draw_svg(found.chart, "x") == draw_svg(found.chart, "x")


def test_answers_that_differ_are_not_called_the_same(project):
    def differ(record):
        record["experiments"]["headline"]["arms"]["waxed"]["answer_sha256"] = "00"

    assert "same answer" not in draw(cut(project, differ), "strategy-grid", {"pairs": "wrecked/waxed"}).title


def test_in_a_trial_the_grid_is_what_there_is(project):
    def quick(record):
        record["experiments"] = {"headline": record["experiments"]["headline"]}

    assert len(draw(cut(project, quick), "strategy-grid", {"pairs": "wrecked/waxed"}).table.rows) == 2


@pytest.mark.parametrize("pairs", ["wrecked", "/", "wreckd/waxed"])
def test_a_wrong_pair_is_refused(dive, pairs):
    with pytest.raises(UsageError):
        draw(dive, "strategy-grid", {"pairs": pairs})


# --- the curve -----------------------------------------------------------------------------------------


def curve(x, y) -> Curve:
    return Curve("a", None, tuple(x), tuple(y), (), (), None)


def test_lines_cross_where_they_should():
    (crossing,) = crossed(near := curve((0, 2), (100, 300)), far := curve((0, 2), (150, 150)))
    assert crossing.at_ms == 0.5 and (crossing.faster_after, crossing.slower_after) == (far, near)


def test_lines_measured_at_other_places_cross_in_what_they_share():
    (crossing,) = crossed(curve((0, 1, 3), (0, 10, 30)), curve((0.5, 2.5), (15, 15)))
    assert crossing.at_ms == pytest.approx(1.5)
    assert crossed(curve((0, 1), (0, 1)), curve((2, 3), (1, 0))) == []


@given(st.lists(st.floats(1, 1e3), min_size=4, max_size=4))
def test_a_crossing_is_where_both_lines_are_and_the_order_turns(values):
    a, b = curve((0, 1), values[:2]), curve((0, 1), values[2:])
    for crossing in crossed(a, b):
        assert 0 <= crossing.at_ms <= 1 and a.at(crossing.at_ms) == pytest.approx(b.at(crossing.at_ms), rel=1e-6)
        assert crossing.slower_after.at(0) < crossing.faster_after.at(0) and crossing.slower_after.at(1) > crossing.faster_after.at(1)
    assert bool(crossed(a, b)) == ((a.y[0] - b.y[0]) * (a.y[1] - b.y[1]) < 0)


def test_the_curve_says_where_one_overtakes_the_other(project):
    def turn(record):
        far = record["experiments"]["round-trip-2"]["arms"]
        for round_ in far["wrecked"]["rounds"]:
            round_["latency_ms"]["mean"] = 1.0

    found = draw(cut(project, turn), "round-trip-curve", {})
    assert found.title.startswith("Beyond a round trip of ") and found.title.endswith("‘As it sank’ overtakes ‘Waxed’")
    assert len(found.table.rows) == 4 and [m.value for m in found.chart.marks if hasattr(m, "value")]
    assert all(0.03 <= x <= 2.03 for mark in found.chart.marks for x in getattr(mark, "x", ()))


def test_lines_that_do_not_cross_are_said_not_to(dive):
    assert draw(dive, "round-trip-curve", {}).title.endswith("no lines cross")


def test_without_the_far_experiments_there_is_no_curve_and_a_trial_is_excused(project):
    def quick(record):
        record["experiments"] = {"headline": record["experiments"]["headline"]}

    dive = cut(project, quick)
    with pytest.raises(EvidenceError) as missing:
        draw(dive, "round-trip-curve", {})
    assert dive.excuse(missing.value)


# --- what repeats --------------------------------------------------------------------------------------

GAMES, PLAYERS, ROLLS = (f"SELECT * FROM tw_{table} WHERE id = $1" for table in ("games", "players", "rolls"))


def with_trace(project, statements) -> Dive:
    """Return the dive, the wreck's median request having sent these statements."""
    dive = Dive("paper-boat", project.site_data, project.wrecks)
    ident = dive.arm("headline", "wrecked").traces["median"]
    document = evidence_factory.trace(ident, 100.0, tuple(statements))
    (dive.folder / "traces" / f"{ident}.json").write_text(json.dumps(document), encoding="utf-8")
    return dive


def test_an_alternation_is_found_where_the_usual_detector_sees_none(project):
    found = draw(with_trace(project, [GAMES, *[PLAYERS, ROLLS] * 12]), "repeats", {"arms": "wrecked"})
    assert found.title == "As it sank: 24 of 25 statements are 12 × (players, rolls), and never two alike in a row"
    assert found.table.rows == (("As it sank", "25", "12 × (players, rolls)", "3", "1", "no"),)


def test_equal_statements_in_a_row_are_seen_by_both(project):
    found = draw(with_trace(project, [GAMES] * 7), "repeats", {"arms": "wrecked"})
    assert found.table.rows[0][2:] == ("7 × games", "1", "7", "yes")


def test_nothing_repeated_is_said(project):
    found = draw(with_trace(project, [GAMES, PLAYERS]), "repeats", {"arms": "wrecked"})
    assert found.title == "As it sank: 2 statements, none of them in a run"


def test_the_waterfall_folds_it_and_heaps_its_layers(project):
    found = draw(with_trace(project, [GAMES, *[PLAYERS, ROLLS] * 12]), "waterfall", {})
    (row,) = [row for row in found.table.rows if "×" in row[0]]
    assert row[0] == "12 × (players, rolls)" and row[2] == "24" and "folded" in found.caption
    at = [name.strip("\u2007") for name in found.chart.y.categories].index(row[0])
    assert {mark.role for mark in found.chart.marks if float(at) in mark.at} >= {"sqlalchemy", "postgres"}
