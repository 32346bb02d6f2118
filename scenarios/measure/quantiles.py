"""Distributions in brief."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from scenarios.record import Quantiles


def quantile(ordered: list[float], q: float) -> float:
    """Return the ``q`` quantile of sorted values, linear between ranks (Hyndman and Fan 1996, type 7)."""
    at = q * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def summarised(values: Iterable[float]) -> Quantiles:
    """Return count, mean, extremes and quantiles; p95 only from 20 values, p99 only from 1,000."""
    ordered = sorted(values)
    n = len(ordered)
    if not n:
        return Quantiles(n=0)
    return Quantiles(
        n=n,
        mean=statistics.fmean(ordered),
        min=ordered[0],
        p50=quantile(ordered, 0.5),
        p95=quantile(ordered, 0.95) if n >= 20 else None,
        p99=quantile(ordered, 0.99) if n >= 1000 else None,
        max=ordered[-1],
    )
