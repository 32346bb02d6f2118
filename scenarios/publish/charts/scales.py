"""From values to positions, and the ticks on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scenarios.publish import units
from scenarios.publish.charts.chart import Axis
from scenarios.publish.charts.text_width import text_px

CHARACTER_PX = 7.6
"""The width of a character of a drawing's type, on the generous side."""
TICK_GAP_PX = 6


@dataclass(frozen=True)
class Scale:
    """An axis with its bounds settled. ``ticks`` are (value, text)."""

    axis: Axis
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def share(self, value: float) -> float:
        """Return where ``value`` lies between the bounds, 0 to 1."""
        if self.axis.scale == "log":
            return (math.log10(value) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        return (value - self.low) / (self.high - self.low)


def scale(axis: Axis, extent: tuple[float, float], ticks_most: int = 5, room_px: float | None = None) -> Scale:
    """Return the scale of ``axis`` for data between ``extent``'s ends. Log axes need positive data.

    With ``room_px``, how long the axis is where the page is narrowest, ticks that would run into each other are left out.
    """
    low, high = extent
    if axis.scale == "category":
        names = tuple((float(i), name) for i, name in enumerate(axis.categories))
        found = Scale(axis, -0.5, len(axis.categories) - 0.5, names)
        # Names that are no numbers say what their column is: none of those can go.
        return _thinned(found, room_px) if all(map(_is_number, axis.categories)) else found
    found = _log(axis, low, high, ticks_most, room_px) if axis.scale == "log" else _linear(axis, low, high, ticks_most)
    if axis.ticks:
        found = replace(found, ticks=tuple(tick for tick in axis.ticks if found.low <= tick[0] <= found.high))
    return _thinned(found, room_px)


def _is_number(name: str) -> bool:
    try:
        float(name.replace(",", ""))
    except ValueError:
        return False
    return True


def _fits(found: Scale, room_px: float | None) -> bool:
    """Return whether the ticks' texts keep apart on an axis ``room_px`` long, laid along it."""
    if room_px is None:
        return True
    places = [(found.share(value) * room_px, text_px(text) / 2) for value, text in found.ticks]
    return all(a + half + TICK_GAP_PX <= b - other for (a, half), (b, other) in zip(places, places[1:], strict=False))


def _thinned(found: Scale, room_px: float | None) -> Scale:
    """Return ``found`` with every second, third ... tick alone, as many as keep apart; zero stays if it is one."""
    zero = next((i for i, (value, _) in enumerate(found.ticks) if value == 0), 0)
    every, thinned = 1, found
    while not _fits(thinned, room_px) and len(thinned.ticks) > 2:
        every += 1
        thinned = replace(found, ticks=tuple(tick for i, tick in enumerate(found.ticks) if (i - zero) % every == 0))
    return thinned


def _linear(axis: Axis, low: float, high: float, ticks_most: int) -> Scale:
    low = min(low, 0.0) if axis.low is None else low
    if high <= low:
        high = low + 1.0
    step = _nice_step((high - low) / ticks_most)
    top = math.ceil(high / step - 1e-9) * step
    bottom = math.floor(low / step + 1e-9) * step
    count = round((top - bottom) / step)
    values = [bottom + i * step for i in range(count + 1)]
    unit = units.best(max(abs(top), abs(bottom)), axis.unit)
    return Scale(axis, bottom, top, tuple((v, _tick(v, axis.unit, unit)) for v in values))


def _nice_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))


def _log(axis: Axis, low: float, high: float, ticks_most: int, room_px: float | None) -> Scale:
    if low <= 0:
        raise ValueError(f"a logarithmic axis '{axis.label}' for data from {low}")
    # At least fourfold: any such span holds two round numbers to write.
    margin = max(1.15, math.sqrt(4 * low / high) if high < 4 * low else 1.0)
    low, high = low / margin, high * margin
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    found = None
    for parts in ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 4, 6, 8), (1, 2, 5), (1, 3), (1,)):
        values = [m * 10.0**e for e in range(first, last + 1) for m in parts]
        ticks = tuple((v, _tick(v, axis.unit, units.best(v, axis.unit))) for v in values if low <= v <= high)
        # The sparser set may hold fewer than two, which tell no scale: then the one before it stays, and is thinned.
        if found is None or len(ticks) >= 2:
            found = Scale(axis, low, high, ticks)
        if 2 <= len(ticks) <= ticks_most and _fits(found, room_px):
            break
    while len(found.ticks) > ticks_most:
        found = replace(found, ticks=found.ticks[::2])
    return found


def _tick(value: float, unit: str, to: str) -> str:
    """Return a tick's text: exactly its value, with no more digits than that takes."""
    shown = units.convert(value, unit, to) if to in units.UNITS else value
    number = f"{float(f'{shown:.6g}'):,f}".replace("-", "\u2212")
    return units.with_unit(number.rstrip("0").rstrip("."), to)
