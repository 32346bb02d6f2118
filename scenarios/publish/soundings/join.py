"""One string of a thousand: joined, added to a local name, added to an attribute."""

from __future__ import annotations

from scenarios.publish import by_python, sounding, units
from scenarios.publish.dive import Fleet
from scenarios.publish.exhibit import Exhibit
from scenarios.soundings import Soundings

WAYS = {
    "myth-join-list": ("joined as a list", "salvaged"),
    "myth-join-added": ("added to a local name", "suspect"),
    "myth-join-attribute": ("added to an attribute", "wrecked"),
}


def draw(found: Soundings, _fleet: Fleet) -> Exhibit:
    joined, added, attribute = (sounding.of(found, name).measured.value for name in WAYS)
    title = f"Joining takes {units.text(joined, 'ns')} a string, adding {units.text(added, 'ns')}, adding to an attribute {units.text(attribute, 'ns')}"
    return by_python.draw(found, WAYS, title, "string of 1,000")
