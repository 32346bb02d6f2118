"""A row of the list of latencies: what one operation took, round by round, or why nobody could tell."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

from scenarios.claims import interval
from scenarios.measure.soundings.place import Size
from scenarios.soundings import Sounding

AT_LEAST = 5
"""Times in a round, however long each takes."""


def taken(title: str, rounds_ns: Sequence[float], operations: int, how: str, python: str | None = None) -> Sounding:
    """Return what was measured: a value a round, each of one operation, in ns."""
    return Sounding(title=title, unit="ns", measured=interval(rounds_ns), operations=operations, how=how, python=python)


def absent(title: str, why: str) -> Sounding:
    """Return a row that stays empty, and why."""
    return Sounding(title=title, unit="ns", absent=why)


def timed(title: str, operation: Callable[[], object], size: Size, how: str) -> Sounding:
    """Return the row of an operation that is long enough to be timed by itself: the median of each round, one round before dropped."""
    rounds = [each_ns(operation, size.round_s) for _ in range(1 + size.rounds)][1:]
    return taken(title, [statistics.median(each) for each in rounds], min(map(len, rounds)), how)


def each_ns(operation: Callable[[], object], for_s: float) -> list[int]:
    """Return what ``operation`` took each time, in ns, less what reading the clock takes: again and again for so long."""
    clock, found = time.perf_counter_ns, []
    reading_ns = clock_ns()
    until_ns = clock() + for_s * 1e9
    while len(found) < AT_LEAST or clock() < until_ns:
        began = clock()
        operation()
        found.append(max(clock() - began - reading_ns, 0))
    return found


def clock_ns(readings: int = 101) -> float:
    """Return what reading the clock adds to a time taken between two readings: the median of some."""
    clock, found = time.perf_counter_ns, []
    for _ in range(readings):
        began = clock()
        found.append(clock() - began)
    return statistics.median(found)


def warmed(rounds: int, once: Callable[[], float]) -> list[float]:
    """Return what ``once`` gives in so many rounds, after one that is dropped."""
    once()
    return [once() for _ in range(rounds)]
