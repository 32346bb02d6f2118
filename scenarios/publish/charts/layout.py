"""Where a chart's parts go in the still drawing: x as a percentage of the plot, y in pixels.

The drawing is as wide as its page and of fixed height: horizontal places are percentages and the type never
shrinks, so one drawing reads well at 358 px and at 900 px.
"""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.publish.charts.chart import Bars, Chart
from scenarios.publish.charts.scales import CHARACTER_PX, Scale, scale

NARROWEST_PX = 358
"""A drawing on a phone of 390 px."""
RIGHT_PX = 18
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
    left = 12 if chart.y.scale == "category" else 12 + CHARACTER_PX * max(len(t) for _, t in y.ticks)
    x = scale(chart.x, chart.extent("x"), room_px=NARROWEST_PX - left - RIGHT_PX)
    bottom = 20 + LINE_PX * _lines(t for _, t in x.ticks) + (LINE_PX if chart.x.label else 0)
    if chart.y.scale == "category":
        head = LINE_PX * _lines(chart.y.categories) + 4
        slot = head + BAR_PX + GAP_PX
        return Layout(x, y, slot * len(chart.y.categories), 6, bottom, left, RIGHT_PX, slot, head)
    top = 10 + (LINE_PX if chart.y.label else 0)
    return Layout(x, y, chart.height_px - top - bottom, top, bottom, left, RIGHT_PX, 0, 0)


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
