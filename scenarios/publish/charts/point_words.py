"""Where the words beside points stand: on that side where they cover neither another point nor another word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scenarios.publish.charts.chart import Chart, Line, Points
from scenarios.publish.charts.layout import NARROWEST_PX, Layout
from scenarios.publish.charts.text_width import text_px

WIDE_PX = 720
"""A drawing on a desk."""
DOT_PX = 5
_ABOVE_PX, _BELOW_PX = 10, 3
"""How far a line of type reaches above and below its base line."""


@dataclass(frozen=True)
class Side:
    """A place beside a point: how far from its middle a word's base line begins, and which end of it that is."""

    dx: int
    dy: int
    anchor: str
    plotly: str
    """Plotly's name for it."""


RIGHT = Side(9, 4, "start", "middle right")
LEFT = Side(-9, 4, "end", "middle left")
ABOVE = Side(0, -9, "middle", "top center")
BELOW = Side(0, 17, "middle", "bottom center")
FAR_PERCENT = 70
"""From here on the left is tried first: it is further from the edge."""


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def shared_with(self, other: Box) -> float:
        """Return the area that two boxes share, in px²."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(wide, 0.0) * max(high, 0.0)

    def beyond(self, plot: Box) -> float:
        """Return the area that lies beyond the plot."""
        return (self.right - self.left) * (self.bottom - self.top) - self.shared_with(plot)


def placed(chart: Chart, layout: Layout) -> dict[tuple[int, int], Side]:
    """Return the side of each word, by its mark's index and its own. One after the other takes the best that is left."""
    if not any(isinstance(mark, Points) and mark.labels for mark in chart.marks):
        return {}
    plots = [_Plot(chart, layout, width) for width in (NARROWEST_PX, WIDE_PX)]
    found = {}
    for index, mark in enumerate(chart.marks):
        if not isinstance(mark, Points):
            continue
        for i, word in enumerate(mark.labels):
            if word:
                far = layout.x_percent(mark.x[i]) > FAR_PERCENT
                sides = (LEFT, RIGHT, ABOVE, BELOW) if far else (RIGHT, LEFT, ABOVE, BELOW)
                best = min(sides, key=lambda side: sum(plot.cost((index, i), word, side) for plot in plots))
                found[index, i] = best
                for plot in plots:
                    plot.take((index, i), word, best)
    return found


class _Plot:
    """A drawing at one width: what stands on it so far."""

    def __init__(self, chart: Chart, layout: Layout, width_px: float):
        self.layout = layout
        self.wide_px = width_px - layout.left_px - layout.right_px
        self.plot = Box(0.0, 0.0, self.wide_px, layout.plot_px)
        self.dots = dict(self._dots(chart))
        self.words = list(self._line_ends(chart))

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return self.layout.x_percent(x) / 100 * self.wide_px, self.layout.y_px(y)

    def _dots(self, chart: Chart) -> Iterable[tuple[tuple[int, int], Box]]:
        for index, mark in enumerate(chart.marks):
            if isinstance(mark, Points) or getattr(mark, "markers", False):
                for i, (x, y) in enumerate(zip(mark.x, mark.y, strict=True)):
                    left, top = self._at(x, y)
                    yield (index, i), Box(left - DOT_PX, top - DOT_PX, left + DOT_PX, top + DOT_PX)

    def _line_ends(self, chart: Chart) -> Iterable[Box]:
        for mark in chart.marks:
            if isinstance(mark, Line) and mark.label:
                x, y = self._at(mark.x[-1], mark.y[-1])
                yield _written(mark.label, x - 4, max(y, 12.0) - 5, "end")

    def _word(self, ident: tuple[int, int], word: str, side: Side) -> Box:
        dot = self.dots[ident]
        return _written(word, dot.left + DOT_PX + side.dx, dot.top + DOT_PX + side.dy, side.anchor)

    def cost(self, ident: tuple[int, int], word: str, side: Side) -> float:
        """Return how much a word would cover there, or stand beyond the plot, in px²."""
        box = self._word(ident, word, side)
        others = [dot for each, dot in self.dots.items() if each != ident]
        return sum(box.shared_with(other) for other in (*others, *self.words)) + box.beyond(self.plot)

    def take(self, ident: tuple[int, int], word: str, side: Side) -> None:
        self.words.append(self._word(ident, word, side))


def _written(word: str, x: float, y: float, anchor: str) -> Box:
    wide = text_px(word)
    left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    return Box(left, y - _ABOVE_PX, left + wide, y + _BELOW_PX)
