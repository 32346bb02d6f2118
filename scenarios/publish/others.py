"""Exhibits that draw on several wrecks: the option ``others`` names what beside the fence's own wreck is drawn.

Its items are parted by commas, an item's words by dots: ``others: highly-selective.headline.wrecked, ...``.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TypeVar

from scenarios.errors import EvidenceError, UsageError, nearest
from scenarios.publish.dive import Dive
from scenarios.publish.evidence_page import anchors
from scenarios.publish.html import ROOT
from scenarios.wreck import slugs

Drawn = TypeVar("Drawn")
RUN = "wreck.experiment.arm"
TRACE = "wreck.experiment.arm.trace"


def drawn(dive: Dive, options: dict[str, str], shape: str, draw: Callable[..., Drawn]) -> list[Drawn]:
    """Return ``draw(dive, *words)`` of each item of option ``others``; ``shape`` says what an item is (``RUN``, ``TRACE``).

    What a run was not made for, or could not have, is left out. Raises UsageError for an item of another shape or an unknown
    wreck, EvidenceError for evidence that should be there.
    """
    items = [item.strip() for item in options.get("others", "").split(",") if item.strip()]
    found = [_one(dive, item, shape, draw) for item in items]
    return [each for each in found if each is not None]


def links(dive: Dive, options: dict[str, str], shape: str) -> str:
    """Return the way to the others' evidence, as HTML; "" where there are none."""
    ways = dict.fromkeys(drawn(dive, options, shape, _way))
    return f'<p class="exhibit-links"><span>Evidence of the others:</span> {" ".join(ways)}</p>' if ways else ""


def _way(other: Dive, experiment: str, arm: str, *_) -> str:
    title = f"{other.wreck.title}, {other.arm(experiment, arm).title}"
    return f'<a href="{ROOT}{escape(anchors.at(other.slug, anchors.arm(experiment, arm)))}">{escape(title)}</a>'


def _one(dive: Dive, item: str, shape: str, draw: Callable[..., Drawn]) -> Drawn | None:
    words = [word.strip() for word in item.split(".")]
    if len(words) != len(shape.split(".")) or not all(words):
        raise UsageError(f"'{shape}' in option 'others'", f"'{item}'", "name all of it, parted by dots")
    slug, *rest = words
    if slug not in slugs(dive.wrecks):
        raise UsageError("a wreck", f"'{slug}'", nearest(slug, slugs(dive.wrecks)))
    other = dive.other(slug)
    if not other.is_dived:
        return None
    try:
        return draw(other, *rest)
    except EvidenceError as fault:
        if other.excuse(fault) is None:
            raise
        return None
