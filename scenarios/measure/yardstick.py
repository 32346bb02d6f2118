"""How fast this machine is just now: what a fixed piece of work takes.

On a machine that others share, the same work takes different time from one second to the next, and no counter of the
kernel says so. Runs are compared within rounds for that reason; this says how much there was to compare away.
"""

from __future__ import annotations

import time

WORK = 20_000
"""Turns of the loop: some 1.5 ms on a core of 2020, long against the clock's grain, short against a run."""
REPEATS = 3


def measured_ms() -> list[float]:
    """Return what the work took, ``REPEATS`` times over."""
    times_ms = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        _work()
        times_ms.append((time.perf_counter() - began) * 1e3)
    return times_ms


def _work() -> int:
    total = 0
    for number in range(WORK):
        total += number * number % 7
    return total
