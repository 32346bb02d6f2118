"""CPU, memory, SSD, network, disk, far network: how many times the one before each is, in 2016 and here."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scenarios.publish import units
from scenarios.publish.charts.chart import Table
from scenarios.publish.dive import Fleet
from scenarios.publish.exhibit import Exhibit
from scenarios.publish.soundings import sounding
from scenarios.publish.soundings.latency_list import row
from scenarios.soundings import Soundings

STEPS = {
    "CPU": "l1", "memory": "memory", "SSD": "ssd-random", "network of a data centre": "datacentre", "disk": "seek", "far network": "wan",
}  # fmt: skip
"""Slide 18's order, and the row of the list that stands for each."""


def draw(found: Soundings, fleet: Fleet) -> Exhibit:
    """Return the table of factors from one kind of thing to the next."""
    then = [row(name).talk_ns for name in STEPS.values()]
    here = [kept.value if (kept := sounding.of(found, row(name).sounding).measured) else None for name in STEPS.values()]
    factors = [b / a for a, b in pairwise(then)]
    title = f"Each step down cost {_times(min(factors))} to {_times(max(factors))} the one before, by the list of 2016"
    rows = zip([f"{a} to {b}" for a, b in pairwise(STEPS)], _steps(then), _steps(here), strict=True)
    return Exhibit(
        title=title,
        caption="L1 cache, main memory, SSD random read, round trip in a data centre, disk seek, California to Amsterdam: "
        "each as a multiple of the one before. "
        f"A step has two ends: where one was not measured here, neither is the step. {sounding.made(found)}",
        table=Table("How many times as long as the one before", ("step", "2016", "here"), tuple(rows)),
        command=found.command,
    )


def _steps(values_ns: Sequence[float | None]) -> list[str]:
    return [_times(b / a) if a and b else sounding.ABSENT for a, b in pairwise(values_ns)]


def _times(factor: float) -> str:
    return units.text(factor, "times", significant=2)
