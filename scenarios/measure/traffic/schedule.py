"""When each request is due and what it asks for: pure, seeded, decided before anything is sent."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Due:
    """One request to send, ``due_s`` seconds after the start of traffic."""

    due_s: float
    path: int
    """Index into the wreck's paths."""
    trace_id: str
    """32 hexadecimal digits, a W3C trace id."""


def open_loop(rate_per_s: float, duration_s: float, arrivals: str, paths: int, seed: int, sender: str = "") -> list[Due]:
    """Return ``round(rate_per_s * duration_s)`` requests in order of time, each in [0, duration_s).

    ``poisson``: arrival times are sorted uniform draws, which is a Poisson process given its
    count (Ross, "Introduction to Probability Models", theorem 5.2). The count is fixed so that
    every round weighs the same. ``constant``: evenly spaced. Paths go round in turn. Arms that share
    a seed share their arrivals; ``sender`` keeps their trace ids apart.
    """
    count = round(rate_per_s * duration_s)
    if count < 1:
        raise ValueError(f"a schedule with at least one request, got {rate_per_s}/s for {duration_s} s")
    draw = random.Random(seed)
    if arrivals == "poisson":
        times = sorted(draw.random() * duration_s for _ in range(count))
    elif arrivals == "constant":
        times = [i * duration_s / count for i in range(count)]
    else:
        raise ValueError(f"arrivals 'poisson' or 'constant', got {arrivals!r}")
    ids = random.Random(f"{seed}/{sender}")
    return [Due(t, i % paths, trace_id(ids)) for i, t in enumerate(times)]


def trace_id(draw: random.Random) -> str:
    """Return a trace id: 32 hexadecimal digits, not all zero."""
    return f"{draw.getrandbits(128) | 1:032x}"


def dealt(weights: Sequence[int], draw: random.Random) -> Iterator[int]:
    """Yield paths, by index, as from a pack of cards in which each lies as often as its weight says, shuffled anew when it is used up.

    So every whole pack is the mix exactly. Drawn one by one with those chances, a rare and heavy path might be asked for three
    times in one round and never in the next, and rounds would differ by what they were asked.
    """
    pack = [path for path, times in enumerate(weights) for _ in range(times)]
    while True:
        yield from draw.sample(pack, len(pack))


def shuffled(cells: Sequence, round_: int, seed: int) -> list:
    """Return ``cells`` in the order round ``round_`` runs them."""
    order = list(cells)
    random.Random(f"{seed}/{round_}").shuffle(order)
    return order
