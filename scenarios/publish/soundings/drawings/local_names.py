"""One turn of a tight loop, with a global name and with a local one."""

from __future__ import annotations

from scenarios.publish import units
from scenarios.publish.dive import Fleet
from scenarios.publish.exhibit import Exhibit
from scenarios.publish.soundings import by_python, sounding
from scenarios.soundings import Soundings

WAYS = {"myth-local-bound": ("local name", "salvaged"), "myth-local-global": ("global name", "wrecked")}


def draw(found: Soundings, _fleet: Fleet) -> Exhibit:
    bound, looked_up = (sounding.of(found, name).measured.value for name in WAYS)
    title = f"A turn of the loop takes {units.text(looked_up, 'ns')} with a global name, {units.text(bound, 'ns')} with a local one"
    return by_python.draw(found, WAYS, title, "turn of the loop")
