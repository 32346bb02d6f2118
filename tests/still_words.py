"""Where the words of a still drawing stand on a page of some width, read off the drawing itself."""

from __future__ import annotations

import re
import xml.etree.ElementTree as etree
from collections.abc import Iterable
from dataclasses import dataclass

from scenarios.publish.charts.text_width import text_px

SVG = "{http://www.w3.org/2000/svg}"
ABOVE_PX, BELOW_PX = 10, 3
"""How far a line of type reaches above and below its base line."""


@dataclass(frozen=True)
class Written:
    """A line of type: what it says and the box it fills, in px from the drawing's left edge and its plot's top."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    def covers(self, other: Written, slack_px: float = 0.5) -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        return across > slack_px and min(self.bottom, other.bottom) - max(self.top, other.top) > slack_px


def words_of(drawn: str, width_px: float) -> list[Written]:
    """Return the words of a drawing on a page that is ``width_px`` wide."""
    root = etree.fromstring(drawn)
    left_px, right_px = _margins(root)
    return list(_within(root, "start", left_px, width_px - left_px - right_px))


def height_px(drawn: str) -> tuple[float, float]:
    """Return how far a drawing reaches above its plot's top, below zero, and below it."""
    root = etree.fromstring(drawn)
    top, _, bottom, _ = _margin(root)
    return -top, float(root.get("height")) + bottom


def _margin(root: etree.Element) -> list[float]:
    return [float(each) for each in re.findall(r"([\d.]+)px", re.search(r"margin:([^;]+);", root.get("style"))[1])]


def _margins(root: etree.Element) -> tuple[float, float]:
    _, right, _, left = _margin(root)
    return left, right


def _within(element: etree.Element, anchor: str, left_px: float, plot_px: float) -> Iterable[Written]:
    for child in element:
        own = child.get("text-anchor", anchor)
        if child.tag == f"{SVG}text":
            yield _written(child, own, left_px, plot_px)
        elif child.tag == f"{SVG}g":
            yield from _within(child, own, left_px, plot_px)


def _written(word: etree.Element, anchor: str, left_px: float, plot_px: float) -> Written:
    wide = text_px(word.text)
    x = left_px + _along(word.get("x", "0"), plot_px) + float(word.get("dx", 0))
    y = float(word.get("y", 0)) + float(word.get("dy", 0))
    left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    return Written(word.text, left, left + wide, y - ABOVE_PX, y + BELOW_PX)


def _along(place: str, plot_px: float) -> float:
    return float(place[:-1]) / 100 * plot_px if place.endswith("%") else float(place)
