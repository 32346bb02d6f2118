"""What a token says: a fact, with where it comes from and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from scenarios.publish import units
from scenarios.record import Interval

VERDICTS = {"holds": "✓ holds", "fails": "✗ does not hold", "untold": "these rounds cannot tell", "unmeasured": "not measured"}


@dataclass(frozen=True)
class Fact:
    """What a token says, and where from."""

    text: str
    origin: str
    """One line: which number, from how much."""
    kind: str
    """``number``, ``claim``, ``logbook`` or ``fact``."""
    href: str
    """Where its evidence is shown, from the site's root."""
    data: dict[str, str] = field(default_factory=dict)
    verdict: str = ""
    """Of a claim: ``holds``, ``fails``, ``untold`` (by one round) or ``unmeasured``."""
    measured: Interval | None = None
    """What is said, as a number with its ends: of a ratio or claim its interval, of a number the least and greatest round."""
    unit: str = ""
    """Of ``measured``, as units.py has it, or a word of a claim's sentence."""
    span: str = ""
    """Those ends in words; "" where there are none."""


def shown(value: float, unit: str, options: tuple[str, ...]) -> str:
    """Return a number as a token's options ask for it. Raises UsageError for a unit that does not fit."""
    to = next((o for o in options if o in units.UNITS), None)
    if to is not None:
        units.convert(value, unit, to)
    return units.text(value, unit, to=to or units.best(value, unit), bare="bare" in options)


def between(measured: Interval, unit: str = "") -> str:
    """Return an interval in words."""
    if len(measured.rounds) == 1:
        return "one round, so no interval"
    unit = "" if unit == "times" or unit not in units.UNITS else unit
    to = units.best(measured.value, unit)
    low, high = units.text(measured.low, unit, to=to, bare=True), units.text(measured.high, unit, to=to)
    return f"95\u00a0% interval {low} to {high} over {len(measured.rounds)} rounds"
