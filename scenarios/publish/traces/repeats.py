"""What a request asks again and again: repeats in a list of statements, alternations and repeats of repeats included.

The usual detector of N+1 queries waits for so many *equal* statements in a row, and is blind to a page
that asks two questions about each thing: they take turns, and no two in a row are equal. Here a run is
any short pattern that comes again at once (a tandem repeat, as the theory of strings calls it), and a run
may be part of a longer one: for each of 3 players one statement, then for each of their games two others.

Statements are compared as they are given, so take their parameters out first. Any hashable will do.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

FEWEST = 3
"""Fewer repeats than this are no run."""
LONGEST = 6
"""Patterns of more members than this are not looked for."""


@dataclass(frozen=True)
class Pattern:
    """What comes again: members in their order, each a statement or a Pattern of its own, however often that came."""

    members: tuple


@dataclass(frozen=True)
class Part:
    """``sequence[start:end]``: one statement, or ``repeats`` of a Pattern."""

    start: int
    end: int
    what: Hashable
    repeats: int = 1
    inside: tuple[Part, ...] = ()
    """The parts it was folded from, all repeats of them."""


def folded(sequence: Sequence[Hashable], *, fewest: int = FEWEST, longest: int = LONGEST) -> list[Part]:
    """Return the parts of a sequence, in order and without gaps: runs in one part each, runs of runs too."""
    parts = [Part(i, i + 1, what) for i, what in enumerate(sequence)]
    while found := runs([part.what for part in parts], fewest=fewest, longest=longest):
        for start, period, times in reversed(found):
            inside = parts[start : start + period * times]
            pattern = Pattern(tuple(part.what for part in inside[:period]))
            parts[start : start + period * times] = [Part(inside[0].start, inside[-1].end, pattern, times, tuple(inside))]
    return parts


def runs(sequence: Sequence[Hashable], *, fewest: int = FEWEST, longest: int = LONGEST) -> list[tuple[int, int, int]]:
    """Return runs as (start, period, repeats), apart from one another, in order: the longest is taken first."""
    found: list[tuple[int, int, int]] = []
    pieces = [(0, len(sequence))]
    while pieces:
        low, high = pieces.pop()
        best = _longest(sequence, low, high, fewest, longest)
        if best:
            start, period, times = best
            found.append(best)
            pieces += [(low, start), (start + period * times, high)]
    return sorted(found)


def _longest(sequence, low: int, high: int, fewest: int, longest: int) -> tuple[int, int, int] | None:
    """Return the run that covers most of ``sequence[low:high]``; of equals the one of the shortest pattern, then the first."""
    best, covered = None, 0
    for period in range(1, min(longest, (high - low) // fewest) + 1):
        start = low
        for at in range(low + period, high + 1):
            if at < high and sequence[at] == sequence[at - period]:
                continue
            times = (at - start) // period
            if times >= fewest and times * period > covered:
                best, covered = (start, period, times), times * period
            start = at - period + 1
    return best


def in_a_row(sequence: Sequence[Hashable]) -> int:
    """Return the most equal statements in a row, which is all that the usual detector looks at."""
    most = count = 0
    for at, what in enumerate(sequence):
        count = count + 1 if at and what == sequence[at - 1] else 1
        most = max(most, count)
    return most


def tally(part: Part) -> list[tuple[int, tuple]]:
    """Return how often the statements of a part came, those that take turns together: ``[(3, (games,)), (51, (players, rolls))]``."""
    return _tally([part]) if isinstance(part.what, Pattern) else [(1, (part.what,))]


def _tally(same: Sequence[Part]) -> list[tuple[int, tuple]]:
    """Return the tally of parts that are runs of one pattern."""
    members = same[0].what.members
    own = tuple(what for what in members if not isinstance(what, Pattern))
    told = [(sum(part.repeats for part in same), own)] if own else []
    for place, what in enumerate(members):
        if isinstance(what, Pattern):
            told += _tally([inner for part in same for inner in part.inside[place :: len(members)]])
    return told
