"""Whether the wall clock went evenly through a run.

Durations here are measured by clocks that nobody sets. But nginx, the workers and the generator
tell of the same request in wall-clock time, and are joined by it: a clock set meanwhile, or a
machine put to sleep, would shift time from one layer to another.
"""

from __future__ import annotations

import time

from scenarios.errors import StackError

STEP_BORNE_S = 0.025
"""A clock being slewed by its daemon, 500 ppm at most, gains this in 50 s."""
_READINGS = 5


def ahead_s() -> float:
    """Return how far the wall clock is ahead of the monotonic one, of several readings the least disturbed."""
    return min((_reading() for _ in range(_READINGS)), key=lambda reading: reading[0])[1]


def _reading() -> tuple[float, float]:
    before = time.monotonic()
    wall = time.time()
    after = time.monotonic()
    return after - before, wall - (before + after) / 2


class Even:
    """From its making on, whether the clock has gone evenly."""

    def __init__(self):
        self._ahead_s = ahead_s()

    def check(self, what: str) -> None:
        """Raise StackError if the clock was set since."""
        stepped_s = ahead_s() - self._ahead_s
        if abs(stepped_s) > STEP_BORNE_S:
            raise StackError(
                f"a wall clock that goes evenly during {what}",
                f"one that was set by {stepped_s:+,.3f} s",
                "run again once the clock is right, and keep the machine awake",
            )
