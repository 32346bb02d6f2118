"""Soundings as pages show them: each in words, where it comes from, and the drawings there are (``drawings/``)."""

from __future__ import annotations

import importlib
import pkgutil

from scenarios.claims import interval
from scenarios.errors import UsageError, nearest
from scenarios.publish import units
from scenarios.publish.dive import Fleet
from scenarios.publish.exhibit import Exhibit
from scenarios.publish.soundings import drawings
from scenarios.record import Interval
from scenarios.soundings import COMMAND, Sounding, Soundings

SLUG = "soundings"
"""What stands in a wreck's place in a token."""
NOT_MEASURED = f"This has not been measured here: '{COMMAND}' does that."
ABSENT = "not measured"
_UNITS = {"per_s": "/s", "count": ""}


def shown() -> list[str]:
    """Return every drawing's name, sorted."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(drawings.__path__))


def draw(found: Soundings, fleet: Fleet, show: str) -> Exhibit:
    """Return the exhibit called ``show``. Raises UsageError for a name there is not."""
    return _module(show).draw(found, fleet)


def rests_on(show: str) -> tuple[str, ...]:
    """Return the wrecks whose records a drawing needs beside the soundings."""
    return getattr(_module(show), "RESTS_ON", ())


def _module(show: str):
    if show not in shown():
        raise UsageError("something to show of the soundings", f"'{show}'", nearest(show, shown()))
    return importlib.import_module(f"{drawings.__name__}.{show.replace('-', '_')}")


# --- one of them -----------------------------------------------------------------------------------


def of(found: Soundings, name: str) -> Sounding:
    """Return the sounding of that name. Raises UsageError naming the nearest."""
    if name not in found.soundings:
        raise UsageError("a sounding", f"'{name}'", nearest(name, found.soundings))
    return found.soundings[name]


def unit_of(sounding: Sounding) -> str:
    """Return its unit as units.py has it."""
    return _UNITS.get(sounding.unit, sounding.unit)


def amount(value: float, sounding: Sounding) -> str:
    """Return a number in the unit of ``sounding``, as prose has it."""
    return units.text(value, unit_of(sounding))


def told(sounding: Sounding) -> str:
    """Return what was found, ``not measured`` where it was not."""
    return ABSENT if sounding.measured is None else amount(sounding.measured.value, sounding)


def spread(sounding: Sounding) -> str:
    """Return how sure that is: its interval, or why there is none."""
    if sounding.measured is None:
        return sounding.absent
    return between(sounding.measured, unit_of(sounding))


def between(measured: Interval, unit: str) -> str:
    if len(measured.rounds) == 1:
        return "one round"
    if measured.low == measured.high:
        return "the same every time"
    return f"{units.text(measured.low, unit)} to {units.text(measured.high, unit)}"


def difference(more: Interval, less: Interval) -> Interval:
    """Return how much more the one is, round by round: each round of either is a process or a batch of its own."""
    return interval([a - b for a, b in zip(more.rounds, less.rounds, strict=False)])


def made(found: Soundings) -> str:
    """Return where and when they were taken, and whether to rely on them."""
    said = f"{found.environment.cpu_model}, {found.environment.cpu_count} processors, {units.day(found.made_at)}."
    return said if found.publishable else f"A quick run, to see that it works: do not rely on these numbers. {said}"
