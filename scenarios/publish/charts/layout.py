"""Where a chart's parts go in the still drawing: x as a percentage of the plot, y in pixels.

The drawing is as wide as its page and of fixed height: horizontal places are percentages and the type never
shrinks, so one drawing reads well at 358 px and at 900 px.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from scenarios.publish.charts import upright_words
from scenarios.publish.charts.chart import Bars, Chart
from scenarios.publish.charts.scales import TICK_GAP_PX, Scale, scale
from scenarios.publish.charts.text_width import text_px

NARROWEST_PX = 358
"""A drawing on a phone of 390 px."""
BESIDE_PX = 9
"""What a number of the y axis has about it, left and right together."""
LEFT_PX, RIGHT_PX = 12, 18
"""Room beside a plot, at least; to the left of numbered rows their numbers need more."""
LINE_PX = 17
BAR_PX = 20
GAP_PX = 12


@dataclass(frozen=True)
class Layout:
    x: Scale
    y: Scale
    plot_px: float
    top_px: float
    bottom_px: float
    left_px: float
    right_px: float
    slot_px: float
    """Height of one category of a y axis; 0 for numbers."""
    head_px: float
    """Of a slot, the part its name takes."""
    words: dict[int, upright_words.Word] = field(default_factory=dict)
    """Where uprights have their words, by the mark's index."""

    @property
    def height_px(self) -> float:
        return self.top_px + self.plot_px + self.bottom_px

    def x_percent(self, value: float) -> float:
        return 100 * self.x.share(value)

    def y_px(self, value: float) -> float:
        """Return the distance from the plot's top; categories count from the top, numbers from below."""
        if self.slot_px:
            index = round(value)
            return index * self.slot_px + self.head_px + BAR_PX / 2 + (value - index) * BAR_PX
        return self.plot_px * (1 - self.y.share(value))


def lay_out(chart: Chart) -> Layout:
    """Return the chart's layout."""
    y = scale(chart.y, chart.extent("y"))
    x, left, right = _across(chart, LEFT_PX if chart.y.scale == "category" else BESIDE_PX + max(text_px(t) for _, t in y.ticks))
    bottom = 20 + LINE_PX * _lines(t for _, t in x.ticks) + (LINE_PX if chart.x.label else 0)
    if chart.y.scale == "category":
        head = LINE_PX * (_lines(chart.y.categories) + _is_crowded(chart, NARROWEST_PX - left - right)) + 4
        slot = head + BAR_PX + GAP_PX
        return Layout(x, y, slot * len(chart.y.categories), 6, bottom, left, right, slot, head)
    words = upright_words.placed(chart, x, NARROWEST_PX - left - right, right)
    top = 10 + (LINE_PX if chart.y.label else 0) + LINE_PX * upright_words.rows(words)
    return Layout(x, y, chart.height_px - top - bottom, top, bottom, left, right, 0, 0, words)


def _across(chart: Chart, left: float) -> tuple[Scale, float, float]:
    """Return the x axis and the room on either side of it: a word at its end stands within the drawing.

    What such a word needs goes off the axis, and with it may go the room for a tick: so all is reckoned twice.
    """
    right: float = RIGHT_PX
    for _ in range(2):
        room = NARROWEST_PX - left - right
        x = scale(chart.x, chart.extent("x"), room_px=room)
        ends = [(x.share(value) * room, text_px(text) / 2) for value, text in x.ticks]
        left = max([left, *(half - at for at, half in ends)])
        right = max([right, *(at + half - room for at, half in ends)])
    return x, left, right


def _is_crowded(chart: Chart, room_px: float) -> bool:
    """Return whether what a bar says, at the end of its name's last line, would run into that: then all say it on a line of their own."""
    said: dict[float, list[str]] = {}
    for mark in chart.marks:
        if isinstance(mark, Bars):
            for at, label in zip(mark.at, mark.labels, strict=False):
                said.setdefault(at, []).extend([label] if label else [])
    lines = _lines(chart.y.categories)
    last = [name.split("\n")[-1] if name.count("\n") + 1 == lines else "" for name in chart.y.categories]
    return any(text_px(last[round(at)]) + TICK_GAP_PX + text_px(" · ".join(words)) > room_px for at, words in said.items() if words)


def bar_spans(chart: Chart) -> dict[int, list[tuple[float, float]]]:
    """Return, by the mark's index, where each bar starts and ends on its axis, stacks stacked in order."""
    tops: dict[tuple[bool, float], float] = {}
    spans: dict[int, list[tuple[float, float]]] = {}
    for index, mark in enumerate(chart.marks):
        if not isinstance(mark, Bars):
            continue
        spans[index] = []
        for i, (at, length) in enumerate(zip(mark.at, mark.length, strict=True)):
            start = mark.base[i] if mark.base else tops.get((mark.horizontal, at), 0.0)
            spans[index].append((start, start + length))
            if not mark.base:
                tops[mark.horizontal, at] = start + length
    return spans


def _lines(texts) -> int:
    return max((t.count("\n") + 1 for t in texts), default=1)
