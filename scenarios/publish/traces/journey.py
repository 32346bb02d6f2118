"""The way of one request through the layers: where it stays, one stay after another, and the legs that are told of it.

A trace's spans lie within each other. Here they are laid flat: at each moment the innermost span has the time, so
the stays of a request follow each other without a gap and add up to the whole. A request that sends many statements
stays in many places; statements that take the same way are one leg.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from scenarios.publish.traces.spans import Span

NEGLIGIBLE_MS = 0.001
"""Two clocks that meet leave splinters; one this short goes to the stay before it."""
FEWEST = 3
"""Fewer statements of one way are told one by one."""
MOST_LEGS = 24
"""Where there are more, all statements together are one leg."""


@dataclass(frozen=True)
class Stay:
    """Time that one layer had for itself; ms from the start of the request."""

    layer: str
    start_ms: float
    end_ms: float

    @property
    def took_ms(self) -> float:
        return self.end_ms - self.start_ms


@dataclass(frozen=True)
class Leg:
    """One stay, or the stays of several statements that took the same way."""

    layers_ms: dict[str, float]
    """Time by layer, in the order in which they were come to."""
    start_ms: float
    end_ms: float
    statements: int = 0
    """How many statements were folded into it; 0 for a single stay."""

    @property
    def layer(self) -> str:
        """Where most of its time went."""
        return max(self.layers_ms, key=lambda layer: self.layers_ms[layer])


def stays(spans: Sequence[Span]) -> list[Stay]:
    """Return where a request was from its first moment to its last; nothing for a trace without spans."""
    known = {span.ident for span in spans}
    children: dict[str, list[Span]] = defaultdict(list)
    for span in sorted(spans, key=lambda s: (s.start_ms, -s.end_ms, s.ident)):
        children[span.parent if span.parent in known else ""].append(span)
    if not children[""]:
        return []
    # A request has one root. Where a trace is torn the longest piece is taken.
    root = max(children[""], key=lambda s: s.end_ms - s.start_ms)
    found: list[Stay] = []
    _cross(root, root.start_ms, root.end_ms, children, found)
    return found


def _cross(span: Span, start_ms: float, end_ms: float, children: dict[str, list[Span]], found: list[Stay]) -> None:
    """Append the stays of a span and all inside it, between two moments."""
    at_ms = start_ms
    for child in children[span.ident]:
        begin_ms, done_ms = max(child.start_ms, at_ms), min(child.end_ms, end_ms)
        if done_ms <= begin_ms:
            continue
        _stay(span.layer, at_ms, begin_ms, found)
        _cross(child, begin_ms, done_ms, children, found)
        at_ms = done_ms
    _stay(span.layer, at_ms, end_ms, found)


def _stay(layer: str, start_ms: float, end_ms: float, found: list[Stay]) -> None:
    if end_ms <= start_ms:
        return
    last = found[-1] if found else None
    if last and (last.layer == layer or end_ms - start_ms < NEGLIGIBLE_MS):
        found[-1] = Stay(last.layer, last.start_ms, end_ms)
    else:
        found.append(Stay(layer, start_ms, end_ms))


def legs(found: Sequence[Stay]) -> list[Leg]:
    """Return the legs to tell of a request: each stay, but statements in a row that took the same way in one."""
    before, ways, after = _by_statement(found)
    told = [_leg([stay]) for stay in before]
    for _, same in groupby(ways, key=_signature):
        told += _told(list(same))
    told += [_leg([stay]) for stay in after]
    if len(told) > MOST_LEGS and ways:
        among = _leg([stay for way in ways for stay in way], len(ways))
        return [*(_leg([stay]) for stay in before), among, *(_leg([stay]) for stay in after)]
    return told


def _told(ways: list[list[Stay]]) -> list[Leg]:
    if len(ways) < FEWEST:
        return [_leg([stay]) for way in ways for stay in way]
    return [_leg([stay for way in ways for stay in way], len(ways))]


def _signature(way: Sequence[Stay]) -> tuple[str, ...]:
    return tuple(stay.layer for stay in way)


def _by_statement(found: Sequence[Stay]) -> tuple[list[Stay], list[list[Stay]], list[Stay]]:
    """Return the stays before the first statement, those from each statement to the next, and those after the last.

    Where the last goes the way of one before it and then on, its going on is what comes after.
    """
    starts = [i for i, stay in enumerate(found) if stay.layer == "sqlalchemy" and (i == 0 or found[i - 1].layer != "postgres")]
    if not starts:
        return list(found), [], []
    ways = [list(found[a:b]) for a, b in zip(starts, [*starts[1:], len(found)], strict=True)]
    last = ways[-1]
    known = [_signature(way) for way in reversed(ways[:-1])] + [("sqlalchemy", "postgres"), ("sqlalchemy",)]
    end = next(len(way) for way in known if _signature(last)[: len(way)] == way)
    ways[-1], after = last[:end], last[end:]
    return list(found[: starts[0]]), ways, after


def _leg(run: Sequence[Stay], statements: int = 0) -> Leg:
    layers_ms: dict[str, float] = {}
    for stay in run:
        layers_ms[stay.layer] = layers_ms.get(stay.layer, 0.0) + stay.took_ms
    return Leg(layers_ms, run[0].start_ms, run[-1].end_ms, statements)
