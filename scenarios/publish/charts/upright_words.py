"""Where the words of uprights stand: in lines of their own above the plot, where they cover nothing that was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scenarios.publish.charts.chart import Chart, Rule
from scenarios.publish.charts.scales import TICK_GAP_PX, Scale
from scenarios.publish.charts.text_width import text_px


@dataclass(frozen=True)
class Word:
    """Where one stands."""

    row: int
    """Its line, 0 for the one next to the plot."""
    anchor: Literal["start", "middle", "end"]
    """Which of its ends stands over the upright."""


def placed(chart: Chart, x: Scale, room_px: float, right_px: float) -> dict[int, Word]:
    """Return where each upright's word stands, by its mark's index, on a plot ``room_px`` wide with ``right_px`` beside it.

    Words that keep apart there do so on any wider page. A chart of named rows has none: its uprights stand for all rows, and
    begin among their names.
    """
    if chart.y.scale == "category":
        return {}
    uprights = [(i, mark) for i, mark in enumerate(chart.marks) if isinstance(mark, Rule) and mark.axis == "x" and mark.label]
    ends: list[float] = []
    found = {}
    for index, mark in sorted(uprights, key=lambda each: each[1].value):
        at, wide = x.share(mark.value) * room_px, text_px(mark.label)
        anchor = "start" if at < wide / 2 else "end" if at + wide / 2 > room_px + right_px else "middle"
        start = at - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
        row = next((i for i, end in enumerate(ends) if end + TICK_GAP_PX <= start), len(ends))
        ends[row : row + 1] = [start + wide]
        found[index] = Word(row, anchor)
    return found


def rows(words: dict[int, Word]) -> int:
    """Return how many lines they take."""
    return max((word.row + 1 for word in words.values()), default=0)
