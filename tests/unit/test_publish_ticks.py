"""Ticks of a still drawing keep apart on the narrowest page, whatever the numbers; and numbers below zero have a minus sign."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Points
from scenarios.publish.charts.layout import NARROWEST_PX, Layout, lay_out
from scenarios.publish.charts.text_width import text_px

ENDS = st.tuples(st.floats(0.001, 1e9), st.floats(0.001, 1e9))


def across(chart: Chart) -> list[tuple[float, float]]:
    """Return where each tick's text begins and ends, in px on the narrowest page."""
    layout: Layout = lay_out(chart)
    room = NARROWEST_PX - layout.left_px - layout.right_px
    places = [(layout.x_percent(v) / 100 * room, text_px(text) / 2) for v, text in layout.x.ticks]
    return [(at - half, at + half) for at, half in places]


def apart(chart: Chart) -> bool:
    found = across(chart)
    return all(end < begin for (_, end), (begin, _) in zip(found, found[1:], strict=False))


@given(ENDS, st.sampled_from(["linear", "log"]), st.sampled_from(["", "ms", "s", "MB"]))
def test_numbers_keep_apart_and_at_least_two_are_left(ends, scale, unit):
    chart = Chart("T", "W", Axis("x", unit, scale), Axis("y", "ms"), (Points("p", "fix", ends, (1.0, 2.0)),))
    ticks = lay_out(chart).x.ticks
    assert len(ticks) >= 2
    assert len(ticks) == 2 or apart(chart)
    assert all(lay_out(chart).x.low <= v * (1 + 1e-9) and v <= lay_out(chart).x.high * (1 + 1e-9) for v, _ in ticks)


def test_millions_of_rows_do_not_run_into_each_other():
    chart = Chart("T", "W", Axis("rows", scale="log"), Axis("y", "ms", "log"), (Points("p", "fix", (5e4, 5e6), (5.0, 2_000.0)),))
    assert [text for _, text in lay_out(chart).x.ticks] == ["100,000", "1,000,000"] and apart(chart)


@pytest.mark.parametrize("count", [4, 12, 30])
def test_columns_named_by_numbers_are_named_as_often_as_there_is_room(count):
    names = tuple(units.digits(0.237 * (i + 1), 2) for i in range(count))
    bars = Bars("200", "fix", tuple(map(float, range(count))), (1.0,) * count, horizontal=False)
    chart = Chart("T", "W", Axis("until", scale="category", categories=names), Axis("answers", low=0.0), (bars,))
    assert apart(chart) and lay_out(chart).x.ticks[0][1] == names[0]


def test_columns_named_by_words_keep_every_name():
    names = ("one client; 3/s", "two clients; 4/s", "five clients; 5/s")
    chart = Chart("T", "W", Axis("", scale="category", categories=names), Axis("y", "ms"), (Points("p", "fix", (0.0, 2.0), (1.0, 2.0)),))
    assert tuple(text for _, text in lay_out(chart).x.ticks) == names


def test_an_axis_of_its_own_ticks_has_those_that_lie_on_it():
    axis = Axis("percentile", scale="log", ticks=((1.0, "p0"), (2.0, "p50"), (10.0, "p90"), (1e6, "p99.9999")))
    chart = Chart("T", "W", axis, Axis("y", "ms"), (Points("p", "fix", (1.0, 20.0), (1.0, 2.0)),))
    assert [text for _, text in lay_out(chart).x.ticks] == ["p0", "p50", "p90"]


@given(st.floats(0.001, 1e12))
def test_below_zero_the_same_digits_stand_behind_a_minus_sign(value):
    assert units.digits(-value) == "\u2212" + units.digits(value)
    assert "-" not in units.text(-value, "ms")
