"""Every still drawing of the site's own pages: no word leaves it, and none covers another, on a phone and on a desk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scenarios.publish import bench, exhibit
from scenarios.publish.charts import svg
from scenarios.publish.charts.chart import Axis, Chart, Line, Points, Rule
from scenarios.publish.charts.layout import NARROWEST_PX
from scenarios.publish.dive import Fleet
from scenarios.publish.prose import fences
from scenarios.publish.soundings import sounding
from tests.still_words import height_px, words_of

ROOT = Path(__file__).parents[2]
WIDTHS_PX = (NARROWEST_PX, 700)
"""Of a drawing in a window of 390 px, and of 1,280."""
SLACK_PX = 0.5


def shown() -> dict[str, tuple[str, dict[str, str]]]:
    """Return every picture that a page asks for, by page and place: the fence's kind and its options."""
    found = {}
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for fence in fences.find(page.read_text(encoding="utf-8").split("\n"), ("exhibit", "sounding", "bench")):
            options = fences.options(fence)
            what = options.get("kind") or options.get("show")
            found[f"{page.stem}:{fence.start + 1}-{what}"] = fence.kind, options
    return found


SHOWN = shown()


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return Fleet(ROOT / "site_data")


def chart_of(fleet: Fleet, kind: str, options: dict[str, str]) -> Chart | None:
    """Return the picture that a fence asks for; None where it is a table alone, or there is no evidence of it yet."""
    if kind == "bench":
        return bench.draw(fleet.bench, options["show"]).chart
    if kind == "sounding":
        return sounding.draw(fleet.soundings, fleet, options["show"]).chart
    own = {name: value for name, value in options.items() if name not in ("wreck", "kind", "id")}
    dive = fleet.dive(options["wreck"])
    return exhibit.draw(dive, options["kind"], own).chart if dive.is_dived else None


def faults(drawn: str, width_px: float) -> list[str]:
    """Return what is wrong with the words of a drawing on a page of that width."""
    words, (top, bottom) = words_of(drawn, width_px), height_px(drawn)
    found = [f"'{a.text}' on '{b.text}'" for i, a in enumerate(words) for b in words[i + 1 :] if a.covers(b)]
    found += [f"'{each.text}' leaves at the left" for each in words if each.left < -SLACK_PX]
    found += [f"'{each.text}' leaves at the right" for each in words if each.right > width_px + SLACK_PX]
    low, high = top - SLACK_PX, bottom + SLACK_PX
    return found + [f"'{each.text}' leaves above or below" for each in words if each.top < low or each.bottom > high]


@pytest.mark.parametrize("place", SHOWN)
def test_no_word_leaves_the_drawing_or_covers_another(fleet, place):
    chart = chart_of(fleet, *SHOWN[place])
    if chart is not None:
        drawn = svg.draw(chart, "x")
        assert {width: faults(drawn, width) for width in WIDTHS_PX} == {width: [] for width in WIDTHS_PX}


CROWDED = Chart(
    "T", "W", Axis("rounds of the run", "MB", low=0.0), Axis("resident", "MB"),
    (
        Points("p", "fix", (100.0, 102.0, 101.0, 400.0), (300.0, 300.0, 310.0, 300.0), labels=("A", "B", "C", "D")),
        Line("l", "muted", (0.0, 400.0), (0.0, 310.0), label="400 MB"),
        Rule("x", 30.0, "it comes"), Rule("x", 45.0, "it leaves"), Rule("x", 0.0, "at once"), Rule("x", 400.0, "at the very end"),
    ),
)  # fmt: skip


@pytest.mark.parametrize("width_px", WIDTHS_PX)
def test_neighbours_make_room_for_each_other(width_px):
    assert faults(svg.draw(CROWDED, "x"), width_px) == []


def test_words_of_uprights_stand_above_all_that_was_measured():
    uprights = {rule.label for rule in CROWDED.marks if isinstance(rule, Rule)}
    words = [each for each in words_of(svg.draw(CROWDED, "x"), NARROWEST_PX) if each.text in uprights]
    assert len(words) == len(uprights) and all(each.bottom <= 0 for each in words)


def test_the_check_sees_what_is_wrong():
    drawn = svg.draw(CROWDED, "x")
    assert faults(drawn, 150.0)
    assert any("leaves at the left" in each for each in faults(svg.draw(replace(CROWDED, x=Axis("x" * 80, "MB")), "x"), NARROWEST_PX))
