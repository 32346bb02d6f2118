"""From values to positions, and the ticks on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scenarios.publish import units
from scenarios.publish.chart import Axis


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


def scale(axis: Axis, extent: tuple[float, float], ticks_most: int = 5) -> Scale:
    """Return the scale of ``axis`` for data between ``extent``'s ends. Log axes need positive data."""
    low, high = extent
    if axis.scale == "category":
        names = tuple((float(i), name) for i, name in enumerate(axis.categories))
        return Scale(axis, -0.5, len(axis.categories) - 0.5, names)
    if axis.scale == "log":
        return _log(axis, low, high, ticks_most)
    return _linear(axis, low, high, ticks_most)


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


def _log(axis: Axis, low: float, high: float, ticks_most: int) -> Scale:
    if low <= 0:
        raise ValueError(f"a logarithmic axis '{axis.label}' for data from {low}")
    # At least fourfold: any such span holds two round numbers to write.
    margin = max(1.15, math.sqrt(4 * low / high) if high < 4 * low else 1.0)
    low, high = low / margin, high * margin
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for parts in ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 4, 6, 8), (1, 2, 5), (1, 3), (1,)):
        values = [m * 10.0**e for e in range(first, last + 1) for m in parts]
        values = [v for v in values if low <= v <= high]
        if 2 <= len(values) <= ticks_most:
            break
    while len(values) > ticks_most:
        values = values[::2]
    return Scale(axis, low, high, tuple((v, _tick(v, axis.unit, units.best(v, axis.unit))) for v in values))


def _tick(value: float, unit: str, to: str) -> str:
    """Return a tick's text: exactly its value, with no more digits than that takes."""
    shown = units.convert(value, unit, to) if to in units.UNITS else value
    number = f"{float(f'{shown:.6g}'):,f}"
    return units.with_unit(number.rstrip("0").rstrip("."), to)
