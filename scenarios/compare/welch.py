"""How much two runs differ: an interval for their ratio or difference, and what may be said of it.

Rounds of two runs are no pairs, and their spreads need not be alike: Welch's t, on logarithms where a ratio is asked for. What counts is
how large an effect is, with its interval, not whether one is significant (Kalibera and Jones, "Rigorous Benchmarking in Reasonable Time",
ISMM 2013; "Quantifying Performance Changes with Effect Size Confidence Intervals", 2012).

``docs/assets/compare.js`` does the same in a browser; a test holds the two together.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scenarios.claims import student_t95

MARGIN = 1.15
"""Ratios from 1/1.15 to 1.15 make no practical difference."""
SHARE_MARGIN = 0.05
"""Nor do differences of five points in a hundred, where a share has no ratio."""

Verdict = Literal["same", "better", "worse", "cannot tell"]
VERDICTS: tuple[Verdict, ...] = ("worse", "better", "same", "cannot tell")


@dataclass(frozen=True)
class Effect:
    """B over A, or B minus A, with its 95 % interval over rounds; None where rounds cannot give one."""

    by: Literal["ratio", "difference"]
    value: float
    low: float | None
    high: float | None


def ratio(a: Sequence[float], b: Sequence[float]) -> Effect:
    """Return the ratio of geometric means, b over a. All values must be above zero."""
    value, half = _welch(_logarithms(a), _logarithms(b))
    if half is None:
        return Effect("ratio", math.exp(value), None, None)
    return Effect("ratio", math.exp(value), math.exp(value - half), math.exp(value + half))


def difference(a: Sequence[float], b: Sequence[float]) -> Effect:
    """Return the difference of means, b minus a."""
    value, half = _welch(a, b)
    return Effect("difference", value, None if half is None else value - half, None if half is None else value + half)


def _logarithms(values: Sequence[float]) -> list[float]:
    if min(values) <= 0:
        raise ValueError(f"ratios are above zero, got {min(values)}")
    return [math.log(value) for value in values]


def _welch(a: Sequence[float], b: Sequence[float]) -> tuple[float, float | None]:
    """Return the difference of means and half of its interval; None where a side has one round, or neither has any spread."""
    value = statistics.fmean(b) - statistics.fmean(a)
    if min(len(a), len(b)) < 2:
        return value, None
    # Equal values have no variance at all, whatever rounding makes of it.
    of_a, of_b = (0.0 if min(x) == max(x) else statistics.variance(x) / len(x) for x in (a, b))
    if of_a + of_b == 0:
        return value, None
    # As shares of the sum, so that no square is too small for a float.
    share_a, share_b = of_a / (of_a + of_b), of_b / (of_a + of_b)
    degrees = 1 / (share_a**2 / (len(a) - 1) + share_b**2 / (len(b) - 1))
    # Just below a whole number through rounding is that number, here and in a browser.
    return value, student_t95(degrees + 1e-9) * math.sqrt(of_a + of_b)


def verdict(effect: Effect, *, lower_is_better: bool) -> Verdict:
    """Return what may be said: ``same`` where the whole interval lies within the margin, else the side that it lies on wholly."""
    if effect.low is None or effect.high is None:
        return "cannot tell"
    least, none, most = (1 / MARGIN, 1.0, MARGIN) if effect.by == "ratio" else (-SHARE_MARGIN, 0.0, SHARE_MARGIN)
    if least <= effect.low and effect.high <= most:
        return "same"
    if effect.low <= none <= effect.high:
        return "cannot tell"
    return "better" if (effect.high < none) == lower_is_better else "worse"
