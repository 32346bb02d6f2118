"""Percentile curves counted three ways: each request where it belongs, and what a waiting client never asks left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.errors import EvidenceError, UsageError
from scenarios.publish import exhibit, html
from scenarios.publish.charts.chart import Line
from scenarios.publish.dive import Fleet
from scenarios.publish.exhibits.percentiles import Asked, asked, curve, sent_by_one_who_waits
from scenarios.record import LAYERS, ArmSamples
from tests.live_figures import taken

LATENCIES = st.lists(st.floats(0.01, 1e5), min_size=1, max_size=300).map(sorted)


@pytest.fixture
def dive(project):
    return Fleet(project.site_data, project.wrecks).dive("paper-boat")


def every(*requests: tuple[float, float]) -> list[Asked]:
    return [Asked(due, latency, latency) for due, latency in requests]


def test_one_who_waits_never_asks_what_was_due_meanwhile():
    # The second is due while the first is under way; the third as it ends; the fourth while the third is.
    requests = every((0.0, 100.0), (0.05, 10.0), (0.1, 200.0), (0.29, 10.0), (0.31, 10.0))
    assert [r.due_s for r in sent_by_one_who_waits(requests)] == [0.0, 0.1, 0.31]


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0.1, 5_000)), max_size=60).map(sorted))
def test_its_requests_are_measured_ones_and_never_overlap(pairs):
    kept = sent_by_one_who_waits(every(*pairs))
    assert all((r.due_s, r.latency_ms) in pairs for r in kept)
    assert all(a.due_s + a.latency_ms / 1e3 <= b.due_s for a, b in zip(kept, kept[1:], strict=False))
    assert bool(kept) == bool(pairs)


def test_time_from_sending_is_the_sum_of_layers_and_never_more_than_from_when_it_was_due():
    layers = {layer: [1.0, 2.0] for layer in LAYERS}
    run = ArmSamples(
        experiment="e", arm="a", round=1, due_s=[0.5, 0.1], latency_ms=[9.0, 12.0], path=[0, 0], status=["200"] * 2, layers_ms=layers
    )
    assert asked(run) == [Asked(0.1, 12.0, 12.0), Asked(0.5, 9.0, 7.0)]


@given(LATENCIES)
def test_a_curve_rises_from_the_first_to_the_slowest_in_few_points(ordered):
    x, y = curve(ordered)
    assert x[0] == 1 and y[-1] == ordered[-1] and x[-1] == pytest.approx(len(ordered))
    assert list(x) == sorted(set(x)) and list(y) == sorted(y) and len(x) <= 49


@given(LATENCIES)
def test_one_request_in_so_many_took_longer(ordered):
    for one_in, value in zip(*curve(ordered), strict=True):
        assert value == ordered[round(len(ordered) * (1 - 1 / one_in))]


def test_it_is_drawn_with_its_three_lines_and_can_be_toggled(dive):
    found = exhibit.draw(dive, "percentiles", {"experiment": "neighbour"})
    lines = [mark for mark in found.chart.marks if isinstance(mark, Line)]
    assert [line.name for line in lines] == ["from when it was due", "from when it was sent", "as a client that waits would tell"]
    assert len(found.table.rows) == 3 and found.table.rows[0][1] == found.table.rows[1][1]
    shown = html.exhibit_html(found, "paper-boat", "x", "")
    assert 'data-toggles="yes"' in shown and ">p50<" in shown and ">p90<" in shown
    _, figure = html.figure_file("x", found)
    assert '"p95"' in figure and '"type":"log"' in figure and taken(figure)


def test_a_closed_loop_has_no_due_times_and_is_refused(dive):
    closed = next(n for n, e in dive.record.experiments.items() if e.loop == "closed")
    with pytest.raises(UsageError, match="open loop"):
        exhibit.draw(dive, "percentiles", {"experiment": closed})


def test_without_layers_it_is_refused(dive):
    with pytest.raises(EvidenceError, match="layers of single requests"):
        exhibit.draw(dive, "percentiles", {})
