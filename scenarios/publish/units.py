"""Numbers as people read them: units from a name's suffix, three digits that matter, thousands apart."""

from __future__ import annotations

import math
import re
from datetime import datetime

from scenarios.errors import UsageError, nearest

# A unit to its kind and its size in that kind's first unit.
UNITS: dict[str, tuple[str, float]] = {
    "s": ("time", 1.0),
    "ms": ("time", 1e-3),
    "us": ("time", 1e-6),
    "ns": ("time", 1e-9),
    "min": ("time", 60.0),
    "MB": ("size", 1.0),
    "kB": ("size", 1e-3),
    "GB": ("size", 1e3),
    "bytes": ("size", 1e-6),
    "/s": ("rate", 1.0),
    "share": ("share", 1.0),
    "%": ("share", 0.01),
    "times": ("ratio", 1.0),
}

_SHOWN = {"us": "µs", "times": "×", "share": ""}
_SUFFIXES = (("_per_s", "/s"), ("_ms", "ms"), ("_us", "us"), ("_s", "s"), ("_mb", "MB"), ("_share", "share"), ("_times", "times"), ("bytes", "bytes"))


def day(moment: datetime) -> str:
    """Return a moment's day as people write it: "2 November 2026"."""
    return f"{moment.day} {moment:%B %Y}"


def unit_of(path: str) -> str:
    """Return the unit that the names in a dotted ``path`` end in; "" for a plain number."""
    for name in reversed(path.split(".")):
        name = re.sub(r"_(max|min|mean|before|with|without|per_row_with|per_row_without|per_row|per_request)$", "", name)
        name = re.sub(r"_per_row$", "", name)
        for suffix, unit in _SUFFIXES:
            if name.endswith(suffix) or name == suffix.lstrip("_"):
                return unit
    return ""


def convert(value: float, unit: str, to: str) -> float:
    """Return ``value`` in unit ``to``. Raises UsageError for an unknown or unfitting unit."""
    if to not in UNITS:
        raise UsageError("a unit", f"'{to}'", nearest(to, UNITS))
    kind, size = UNITS.get(unit, ("", 1.0))
    to_kind, to_size = UNITS[to]
    if kind != to_kind:
        fitting = [u for u, (k, _) in UNITS.items() if k == kind]
        raise UsageError(f"a unit for a number in '{unit or 'no unit'}'", f"'{to}'", nearest(to, fitting))
    # Else 16,000 ns were 16.000000000000004 µs: no round number, and written as one that was measured.
    return float(f"{value * size / to_size:.15g}")


def best(value: float, unit: str) -> str:
    """Return the unit in which a time or size of ``value`` reads best; other units are kept."""
    kind = UNITS.get(unit, ("", 0))[0]
    ladder = {"time": ("ns", "us", "ms", "s"), "size": ("kB", "MB", "GB"), "share": ("%",)}.get(kind)
    if not ladder:
        return unit
    # What rounds to a thousand of one is one of the next.
    fitting = [u for u in ladder if abs(convert(value, unit, u)) >= 0.9995]
    return fitting[-1] if fitting else ladder[0] if value else unit if unit != "share" else "%"


def digits(value: float, significant: int = 3) -> str:
    """Return ``value`` to some significant digits, thousands parted by commas, without an exponent; below zero with a minus sign."""
    if value == 0:
        return "0"
    if value < 0:
        return "\u2212" + digits(-value, significant)
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    exponent = math.floor(math.log10(abs(value)))
    rounded = round(value, significant - 1 - exponent)
    # 0.9996 rounds to one more digit before the point, and so has one less after it.
    places = significant - 1 - (exponent + (abs(rounded) >= 10 ** (exponent + 1)))
    if rounded == value and places > 0:
        # Exact, so declared rather than measured: no zeros that would claim precision.
        return f"{value:,.{places}f}".rstrip("0")
    return f"{rounded:,.{max(places, 0)}f}" if abs(rounded) < 10 ** (significant - 1) else f"{rounded:,.0f}"


def text(value: float, unit: str = "", *, to: str | None = None, bare: bool = False, significant: int = 3) -> str:
    """Return ``value`` with its unit, as prose has it: ``1,234 ms`` is ``1.23 s``, share 0.5 is ``50 %``."""
    to = to or best(value, unit)
    shown = digits(convert(value, unit, to), significant) if to in UNITS else digits(value, significant)
    return shown if bare else with_unit(shown, to)


def with_unit(number: str, unit: str) -> str:
    """Return number and unit joined as they are set: no-break space before a unit, none before ``/s``."""
    sign = _SHOWN.get(unit, unit)
    if not sign:
        return number
    return f"{number}{sign}" if sign in ("/s", "×") else f"{number}\u00a0{sign}"


def said(value: float, unit: str) -> str:
    """Return a measured value as a sentence takes it, be that a claim's or a picture's title: of one measure they say the same.

    With unit for times, sizes, shares and the like, ``times`` spelt out; else a bare number: the unit is then a word of the
    sentence ("{value} statement a request"), where a plain one reads as "one".
    """
    if unit == "times":
        return f"{digits(value)} times"
    if unit in UNITS:
        return text(value, unit)
    return "one" if value == 1 else digits(value)
