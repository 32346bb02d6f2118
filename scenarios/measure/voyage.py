"""How far a rebuild of several wrecks has come, and how each of them came out."""

from __future__ import annotations

import time
from collections.abc import Mapping

from scenarios.measure.progress import minutes_left


class Voyage:
    """Several wrecks, one after the other. ``expected_s`` of each that is to run, by slug, in the order they are run in.

    Expected times leave out what no round is: loading the data, plans, a start. So the time left goes by how those that are
    done, and what is done of the one under way, kept to theirs.
    """

    def __init__(self, expected_s: Mapping[str, float], clock=time.monotonic):
        self.expected_s, self.clock = dict(expected_s), clock
        self._begun: list[str] = []
        self._began = clock()
        self._took_s, self._kept_to_s = 0.0, 0.0
        self._verdicts: dict[str, tuple[float | None, str]] = {}

    def begin(self, slug: str) -> None:
        self._begun.append(slug)
        self._began = self.clock()

    def end(self, slug: str, verdict: str, *, is_whole: bool = True) -> None:
        """Note how the one under way came out. One that ended early, not ``is_whole``, says nothing of how long others take."""
        took_s = self.clock() - self._began
        self._verdicts[slug] = took_s, verdict
        if is_whole:
            self._took_s += took_s
            self._kept_to_s += self.expected_s[slug]

    def left_out(self, slug: str, verdict: str) -> None:
        """Note one that is not run."""
        self._verdicts[slug] = None, verdict

    def where(self, done_expected_s: float) -> str:
        """Return which wreck is under way, so much of it done, and the time left for it and all after it; "" where it is the only one."""
        if len(self.expected_s) < 2 or not self._begun:
            return ""
        here = self._begun[-1]
        later_s = sum(seconds for slug, seconds in self.expected_s.items() if slug not in self._begun)
        kept_to_s = self._kept_to_s + done_expected_s
        pace = (self._took_s + self.clock() - self._began) / kept_to_s if kept_to_s else 1.0
        left_s = (max(0.0, self.expected_s[here] - done_expected_s) + later_s) * pace
        return f"wreck {len(self._begun)} of {len(self.expected_s)}, {minutes_left(left_s)} in all"

    def lines(self) -> list[str]:
        """Return a table: what each wreck took, in minutes, and how it came out; then what all took. [] for a single one."""
        if len(self._verdicts) < 2:
            return []
        width = max(map(len, self._verdicts))
        took = {slug: "–" if seconds is None else f"{seconds / 60:.1f}" for slug, (seconds, _) in self._verdicts.items()}
        total_s = sum(seconds or 0.0 for seconds, _ in self._verdicts.values())
        rows = [(slug, took[slug], verdict) for slug, (_, verdict) in self._verdicts.items()]
        rows = [("wreck", "min", ""), *rows, ("all", f"{total_s / 60:.1f}", "")]
        return [f"{name:<{width}}  {minutes:>5}  {verdict}".rstrip() for name, minutes, verdict in rows]
