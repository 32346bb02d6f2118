"""One description of a picture. The still drawing, the live chart and the table all come from it.

A chart has two axes and marks upon them. Positions are plain numbers on linear and logarithmic axes, and
indexes into ``categories`` (0, 1, ...) on a category axis. Colours are semantic roles (palette.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Axis:
    label: str
    unit: str = ""
    """As units.py has it; ticks are written with it."""
    scale: Literal["linear", "log", "category"] = "linear"
    categories: tuple[str, ...] = ()
    """A category axis' names; lines of one name are parted by a newline."""
    low: float | None = None
    high: float | None = None
    """Bounds to hold at least; marks beyond them widen the axis."""
    ticks: tuple[tuple[float, str], ...] = ()
    """Its own, as (value, text), where round numbers are not what it is read by."""


@dataclass(frozen=True)
class Line:
    name: str
    role: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    variant: int = 0
    markers: bool = False
    label: str = ""
    """Written at the line's end."""
    thin: bool = False
    """A guide, not data: kept out of legend and table."""


@dataclass(frozen=True)
class Points:
    name: str
    role: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    variant: int = 0
    notes: tuple[str, ...] = ()
    """What each is, said on hover."""
    links: tuple[str | None, ...] = ()
    """customdata: the trace id behind each point, where there is one."""
    labels: tuple[str, ...] = ()
    """Written beside each."""
    small: bool = False


@dataclass(frozen=True)
class Bars:
    """Bars along x when ``horizontal`` (``at`` is then a position on y), along y otherwise."""

    name: str
    role: str
    at: tuple[float, ...]
    length: tuple[float, ...]
    base: tuple[float, ...] = ()
    """Where each starts; without it series stack in their order."""
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    """The ends of each bar's interval, as values on the axis."""
    labels: tuple[str, ...] = ()
    horizontal: bool = True
    thickness: float = 0.8
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Area:
    """Stacked on the areas before it."""

    name: str
    role: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Heat:
    """Counts in cells: ``counts[row][column]``, edges one more than cells."""

    name: str
    role: str
    x_edges: tuple[float, ...]
    y_edges: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Rule:
    """A line across the picture at ``value`` of ``axis``, with a word on it."""

    axis: Literal["x", "y"]
    value: float
    label: str
    role: str = "ink"


@dataclass(frozen=True)
class Band:
    """A zone from ``low`` to ``high`` of the x axis, all the picture high, behind the marks after it."""

    name: str
    role: str
    low: float
    high: float


Mark = Line | Points | Bars | Area | Heat | Rule | Band


@dataclass(frozen=True)
class Table:
    """The chart's data for reading: a caption, column heads, rows whose first cell heads them."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    title: str
    """States the finding."""
    alt: str
    """Says in words what the picture shows."""
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    height_px: int = 320
    arms: tuple[tuple[str, str], ...] = ()
    """Names and titles of the wreck's arms: marks and rows that bear one's title are its own."""

    def __post_init__(self):
        for mark in self.marks:
            for value in numbers(mark):
                if not math.isfinite(value):
                    raise ValueError(f"chart '{self.title}': {value} in {type(mark).__name__}")
            _check_lengths(mark)

    def arm_of(self, text: str) -> str:
        """Return the name of the arm whose title ``text`` is, or begins with; "" for none."""
        first = text.split("\n")[0]
        named = [(title, name) for name, title in self.arms if first == title or first.startswith((f"{title}:", f"{title},"))]
        # "Rewritten, rolls indexed" begins with the title "Rewritten" as well: the longest is meant.
        return max(named, key=lambda each: len(each[0]))[1] if named else ""

    def series(self) -> list[Mark]:
        """Return the marks that are data: neither rules nor guides."""
        return [m for m in self.marks if not isinstance(m, Rule) and not getattr(m, "thin", False)]

    def extent(self, axis: Literal["x", "y"]) -> tuple[float, float]:
        """Return the least and greatest position on an axis over all data."""
        found = [v for mark in self.marks for v in reach(mark, axis)]
        found += stacked_ends(self.marks, axis)
        own = self.x if axis == "x" else self.y
        found += [v for v in (own.low, own.high) if v is not None]
        return (min(found), max(found)) if found else (0.0, 1.0)


def numbers(mark: Mark) -> list[float]:
    """Return every number a mark is drawn from."""
    match mark:
        case Rule():
            return [mark.value]
        case Band():
            return [mark.low, mark.high]
        case Bars():
            return [*mark.at, *mark.length, *mark.base, *mark.low, *mark.high]
        case Heat():
            return [*mark.x_edges, *mark.y_edges, *(c for row in mark.counts for c in row)]
        case _:
            return [*mark.x, *mark.y]


def reach(mark: Mark, axis: str) -> list[float]:
    """Return the positions a single mark takes on an axis; stacks are ``stacked_ends``' affair."""
    match mark:
        case Rule():
            return [mark.value] if mark.axis == axis else []
        case Band():
            return [mark.low, mark.high] if axis == "x" else []
        case Bars():
            if mark.horizontal != (axis == "x"):
                return list(mark.at)
            ends = [b + v for b, v in zip(mark.base, mark.length, strict=True)] if mark.base else []
            return [*ends, *mark.base, *mark.low, *mark.high]
        case Heat():
            return list(mark.x_edges if axis == "x" else mark.y_edges)
        case Area():
            return list(mark.x) if axis == "x" else []
        case Line(thin=True):
            return []
        case _:
            return list(mark.x if axis == "x" else mark.y)


def stacked_ends(marks: tuple[Mark, ...], axis: str) -> list[float]:
    """Return the ends of stacked bars and areas on the axis they stack along, zero among them."""
    tops: dict[tuple, float] = {}
    for mark in marks:
        if isinstance(mark, Bars) and not mark.base and mark.horizontal == (axis == "x"):
            cells = zip(mark.at, mark.length, strict=True)
        elif isinstance(mark, Area) and axis == "y":
            cells = zip(mark.x, mark.y, strict=True)
        else:
            continue
        for at, value in cells:
            key = (type(mark).__name__, at)
            tops[key] = tops.get(key, 0.0) + value
    return [0.0, *tops.values()] if tops else []


def _check_lengths(mark: Mark) -> None:
    if isinstance(mark, Rule | Heat | Band):
        return
    first = mark.at if isinstance(mark, Bars) else mark.x
    parallel = [mark.length] if isinstance(mark, Bars) else [mark.y]
    optional = ("base", "low", "high", "labels", "notes", "links")
    parallel += [getattr(mark, name) for name in optional if isinstance(getattr(mark, name, None), tuple) and getattr(mark, name)]
    if any(len(values) != len(first) for values in parallel):
        raise ValueError(f"{type(mark).__name__} '{mark.name}': lists of different lengths")
