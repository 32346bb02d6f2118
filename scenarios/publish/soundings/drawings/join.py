"""One string of a thousand: joined, added to a local name, added to an attribute."""

from __future__ import annotations

from scenarios.publish import units
from scenarios.publish.dive import Fleet
from scenarios.publish.exhibit import Exhibit
from scenarios.publish.soundings import by_python, sounding
from scenarios.soundings import Soundings

WAYS = {
    "myth-join-list": ("joined as a list", "salvaged"),
    "myth-join-added": ("added to a local name", "suspect"),
    "myth-join-attribute": ("added to an attribute", "wrecked"),
}


def draw(found: Soundings, _fleet: Fleet) -> Exhibit:
    joined, added, attribute = (units.text(sounding.of(found, name).measured.value, "ns") for name in WAYS)
    title = f"Joining takes {joined} a string, adding {added}, adding to an attribute {attribute}"
    return by_python.draw(found, WAYS, title, "string of 1,000")
