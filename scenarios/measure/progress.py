"""How far a long job has come, and how long it will still take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

EVERY_S = 60
"""How often a line is written where nobody watches it move."""


class Progress:
    """Counts steps of unequal length. ``expected_s`` of all steps are known before they begin.

    On a terminal it keeps one line up to date; elsewhere it writes a line a minute. ``where`` returns, for the expected seconds
    that are done, what this is a part of, "" for nothing.
    """

    def __init__(self, expected_s: float, out=None, clock=time.monotonic, *, where: Callable[[float], str] = lambda done_s: ""):
        self.expected_s, self.done_expected_s = max(expected_s, 1e-9), 0.0
        self.out, self.clock = out or sys.stderr, clock
        self.where = where
        self.began = clock()
        self.last_line = float("-inf")
        self.is_terminal = self.out.isatty()

    def begin(self, what: str) -> None:
        """Say what is being done now."""
        now = self.clock()
        part = f"; {where}" if (where := self.where(self.done_expected_s)) else ""
        line = f"[{self.done_expected_s / self.expected_s:4.0%}] {self.left()}{part}  {what}"
        if self.is_terminal:
            self.out.write(f"\r\033[K{line[:140]}")
        elif now - self.last_line >= EVERY_S:
            self.out.write(line + "\n")
            self.last_line = now
        self.out.flush()

    def expect(self, more_s: float) -> None:
        """Count more steps in, that were not known of before."""
        self.expected_s += more_s

    def end(self, expected_s: float) -> None:
        """Count a step that was expected to take ``expected_s``."""
        self.done_expected_s += expected_s

    def say(self, line: str) -> None:
        """Write a line that stays."""
        self.out.write(f"\r\033[K{line}\n" if self.is_terminal else line + "\n")
        self.out.flush()

    def left(self) -> str:
        """Return the time left: expected time, corrected by how the steps so far kept to theirs."""
        took = self.clock() - self.began
        pace = took / self.done_expected_s if self.done_expected_s else 1.0
        seconds = max(0.0, (self.expected_s - self.done_expected_s) * pace)
        return minutes_left(seconds)


def minutes_left(seconds: float) -> str:
    """Return a time left in words: whole minutes, seconds below one."""
    return f"about {max(1, round(seconds / 60))} min left" if seconds >= 60 else f"about {seconds:.0f} s left"
