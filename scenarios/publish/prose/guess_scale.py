"""The scale on which a number is guessed, and on which the measured one is drawn beside the guess."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

from scenarios.errors import UsageError
from scenarios.publish import units
from scenarios.publish.charts import palette
from scenarios.publish.charts.scales import CHARACTER_PX

STEPS = 100
"""Of the slider, from end to end. guess.js has the same arithmetic; a test holds the two against each other."""
TICKS_MOST = 6
NARROWEST_PX = 286
"""Of the scale, on a phone of 390 px."""
LANE_PX, AXIS_PX, TALL_PX = 14, 54, 78
"""In the drawing of the answer: where the measured mark lies (the reader's is 24 px lower), where the axis, and how tall it is."""


@dataclass(frozen=True)
class GuessScale:
    low: float
    high: float
    is_log: bool
    unit: str
    answer: tuple[float, float, float] | None
    """The number measured and its ends, in ``unit``; None where this run did not measure it."""

    def share(self, value: float) -> float:
        """Return where ``value`` lies between the scale's ends, 0 to 1, held at them."""
        if self.is_log:
            at = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            at = (value - self.low) / (self.high - self.low)
        return min(max(at, 0.0), 1.0)

    def at(self, step: int) -> float:
        """Return the number at a place of the slider, to two digits: nobody guesses more."""
        part = step / STEPS
        return float(f"{self.low * (self.high / self.low) ** part if self.is_log else self.low + (self.high - self.low) * part:.2g}")

    def ticks(self) -> list[float]:
        """Return the values written along the scale, its ends among them."""
        if not self.is_log:
            # By quarters; by halves where the words of those would run into each other.
            quarters = [self.low + (self.high - self.low) * i / 4 for i in range(5)]
            return quarters if all(map(self._are_apart, quarters, quarters[1:])) else quarters[::2]
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for parts, every in (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 3)):
            between = [m * 10.0**e for e in range(first, last + 1, every) for m in parts]
            # What lies close to an end would be written over it.
            inner = [v for v in between if 0.12 < self.share(v) < 0.88 and self._are_apart(self.low, v) and self._are_apart(v, self.high)]
            values = [self.low, *inner, self.high]
            if len(values) <= TICKS_MOST and all(map(self._are_apart, values, values[1:])):
                break
        return values

    def _are_apart(self, a: float, b: float) -> bool:
        """Return whether the words of two values, the lesser first, stand apart on a phone."""
        (_, end), (start, _) = self._word_px(a), self._word_px(b)
        return end + CHARACTER_PX <= start

    def _word_px(self, value: float) -> tuple[float, float]:
        """Return from where to where a value's word goes on the narrowest scale: at the ends within it, else about its tick."""
        at, wide = NARROWEST_PX * self.share(value), CHARACTER_PX * len(number(value, self.unit))
        start = at if value == self.low else at - wide if value == self.high else at - wide / 2
        return start, start + wide


def guess_scale(options: dict[str, str], answer: tuple[float, float, float] | None) -> GuessScale:
    """Return the scale that a fence asks for, widened to hold what was measured. Raises UsageError for ends that are none."""
    kind = options.get("scale", "linear")
    if kind not in ("linear", "log"):
        raise UsageError("a guess's scale", f"'{kind}'", "write 'linear' or 'log'")
    low, high = (_number(options, name) for name in ("from", "to"))
    if answer and low < high:
        low, high = _widened(low, min(answer), down=True), _widened(high, max(answer), down=False)
    if low >= high or (kind == "log" and low <= 0):
        wanted = "'from' below 'to', and all above zero on a scale 'log'"
        raise UsageError(wanted, f"'{options['from']}'", "choose other ends, or 'scale: linear'")
    return GuessScale(low, high, kind == "log", options["unit"], answer)


def _number(options: dict[str, str], name: str) -> float:
    try:
        return float(options[name])
    except ValueError:
        raise UsageError(f"a number for '{name}' of a guess", f"'{options[name]}'", "write one such as 100") from None


def _widened(end: float, value: float, down: bool) -> float:
    """Return a scale's end, moved to the next of 1, 2, 5, 10 ... beyond ``value`` where that lies outside."""
    if (value >= end) if down else (value <= end):
        return end
    if value <= 0:
        return value
    power = 10.0 ** math.floor(math.log10(value))
    steps = [m * power for m in (1, 2, 5, 10)]
    return max((s for s in steps if s <= value), default=value) if down else min((s for s in steps if s >= value), default=value)


def number(value: float, unit: str) -> str:
    """Return a number with its unit's sign, short: it stands in a drawing."""
    return units.with_unit(units.digits(value), unit)


# --- drawn -----------------------------------------------------------------------------------------


def axis_svg(scale: GuessScale) -> str:
    """Return the bare scale, on which the slider lies."""
    return f'<svg class="guess-axis" width="100%" height="24" aria-hidden="true">{_axis(scale, 1, 0)}</svg>'


def answer_svg(scale: GuessScale, ident: str) -> str:
    """Return the scale with what was measured on it; the page's script draws the reader's mark in the lane beneath."""
    value, low, high = scale.answer
    start, end = scale.share(low), scale.share(high)
    ink, mark = palette.colour("ink"), palette.colour("salvaged")
    said = f"measured: {number(value, scale.unit)}"
    place = f'x1="{_percent(start)}" x2="{_percent(end)}" y1="{LANE_PX}" y2="{LANE_PX}"'
    span = f'<line {place} stroke="{mark}" stroke-width="6"/>' if low < high else ""
    word = f'x="{_percent(end)}" dx="11"' if scale.share(value) < 0.6 else f'x="{_percent(start)}" dx="-11" text-anchor="end"'
    return (
        f'<svg class="guess-scale" role="img" aria-labelledby="{ident}-s" width="100%" height="{TALL_PX}"><title id="{ident}-s">'
        f"{escape(f'On a scale from {number(scale.low, scale.unit)} to {number(scale.high, scale.unit)}, {said}')}</title>"
        f"{_axis(scale, AXIS_PX, AXIS_PX)}{span}"
        f'<circle cx="{_percent(scale.share(value))}" cy="{LANE_PX}" r="5" fill="{mark}" stroke="{ink}"/>'
        f'<text {word} y="{LANE_PX}" dy="4">{escape(said)}</text></svg>'
    )


def _axis(scale: GuessScale, y: int, above: int) -> str:
    """Return the axis at ``y`` with its ticks, whose lines go up ``above`` px."""
    ticks = scale.ticks()
    lines, words = "", ""
    for i, value in enumerate(ticks):
        at = _percent(scale.share(value))
        side = "start" if i == 0 else "end" if i == len(ticks) - 1 else "middle"
        lines += f'<line x1="{at}" x2="{at}" y1="{y - above}" y2="{y + 5}"/>'
        words += f'<text x="{at}" y="{y + 18}" text-anchor="{side}">{escape(number(value, scale.unit))}</text>'
    axis = f'<line x2="100%" y1="{y}" y2="{y}" stroke="{palette.colour("muted")}"/>'
    return f'<g stroke="{palette.colour("grid" if above else "muted")}">{lines}</g>{axis}{words}'


def _percent(share: float) -> str:
    return f"{round(100 * share, 2):g}%"
