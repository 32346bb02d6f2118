"""Distributions in brief."""

from __future__ import annotations

import math
import statistics
from collections import Counter
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


EXACT_UP_TO = 10_000
ERROR = 0.005
"""Of a quantile, relative, once values are counted in buckets."""
_GROWTH = math.log((1 + ERROR) / (1 - ERROR))
_LEAST = 1e-6


class Sketch:
    """A distribution that takes no more room the longer it gets: exact up to ``EXACT_UP_TO`` values, within ``ERROR`` beyond.

    Values then fall into buckets whose bounds grow by a constant factor (Masson, Rim and Lee, "DDSketch", VLDB 2019);
    count, mean and extremes stay exact.
    """

    def __init__(self, values: Iterable[float] = ()):
        self.n, self._total, self._min, self._max = 0, 0.0, math.inf, -math.inf
        self._values: list[float] = []
        self._buckets: Counter[int] = Counter()
        for value in values:
            self.add(value)

    def add(self, value: float) -> None:
        self.n += 1
        self._total += value
        self._min, self._max = min(self._min, value), max(self._max, value)
        if self.n <= EXACT_UP_TO:
            self._values.append(value)
            return
        if self._values:
            self._buckets.update(map(_bucket, self._values))
            self._values = []
        self._buckets[_bucket(value)] += 1

    def quantiles(self) -> Quantiles:
        if self.n <= EXACT_UP_TO:
            return summarised(self._values)
        p50, p95, p99 = self._at((0.5, 0.95, 0.99))
        return Quantiles(n=self.n, mean=self._total / self.n, min=self._min, p50=p50, p95=p95, p99=p99, max=self._max)

    def _at(self, shares: Iterable[float]) -> list[float]:
        found, seen, ordered = [], 0, iter(sorted(self._buckets.items()))
        bucket = 0
        for share in shares:
            while seen <= share * (self.n - 1):
                bucket, count = next(ordered)
                seen += count
            found.append(min(max(_middle(bucket), self._min), self._max))
        return found


def _bucket(value: float) -> int:
    """Return the bucket a value falls into: 0 for next to nothing, negative below it."""
    size = abs(value)
    if size < _LEAST:
        return 0
    index = 1 + math.ceil(math.log(size / _LEAST) / _GROWTH)
    return index if value > 0 else -index


def _middle(bucket: int) -> float:
    """Return the value that is at most ``ERROR`` away from all in a bucket."""
    if bucket == 0:
        return 0.0
    top = _LEAST * math.exp((abs(bucket) - 1) * _GROWTH)
    return math.copysign(top * 2 / (1 + math.exp(_GROWTH)), bucket)
