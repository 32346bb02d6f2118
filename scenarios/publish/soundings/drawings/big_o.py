"""Is it in there? A list and a set, at small and at large n."""

from __future__ import annotations

import re

from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Table
from scenarios.publish.dive import Fleet
from scenarios.publish.exhibit import Exhibit
from scenarios.publish.soundings import sounding
from scenarios.record import Interval
from scenarios.soundings import Soundings

KINDS = {"list": "wrecked", "set": "salvaged"}


def draw(found: Soundings, _fleet: Fleet) -> Exhibit:
    by_kind = {kind: _sizes(found, kind) for kind in KINDS}
    title = _title(by_kind)
    lines = tuple(
        Line(f"a {kind}", KINDS[kind], tuple(map(float, sizes)), tuple(each.value for each in sizes.values()), markers=True)
        for kind, sizes in by_kind.items()
    )
    rows = tuple(
        (f"{kind} of {size:,}", units.text(each.value, "ns"), sounding.between(each, "ns"))
        for kind, sizes in by_kind.items()
        for size, each in sizes.items()
    )
    alt = "; ".join(f"{name} {time}" for name, time, _ in rows)
    axes = Axis("members, log scale", scale="log"), Axis("one search", "ns", "log")
    return Exhibit(
        title=title,
        caption=f"Time of one search (in) for the login in the middle, by pyperf; both axes logarithmic. {sounding.made(found)}",
        chart=Chart(title, f"Two lines: {alt}.", *axes, lines, height_px=280),
        table=Table("Time of one search", ("among", "time", "95 % interval"), rows),
        command=found.command,
    )


def _sizes(found: Soundings, kind: str) -> dict[int, Interval]:
    """Return what was measured by number of members, fewest first."""
    matched = {re.fullmatch(rf"myth-{kind}-(\d+)", name): each for name, each in found.soundings.items()}
    return dict(sorted((int(name[1]), each.measured) for name, each in matched.items() if name and each.measured))


def crossing(by_kind: dict[str, dict[int, Interval]]) -> tuple[int, int] | None:
    """Return between which two sizes a list becomes slower than a set, which is taken at its fewest; None where it does not.

    A list that is slower from its first size on gives (0, that size).
    """
    set_ns = next(iter(by_kind["set"].values())).value
    slower = [size for size, each in by_kind["list"].items() if each.value > set_ns]
    if not slower:
        return None
    quicker = [size for size in by_kind["list"] if size < slower[0]]
    return (quicker[-1] if quicker else 0), slower[0]


def _title(by_kind: dict[str, dict[int, Interval]]) -> str:
    most = max(by_kind["list"])
    times = units.digits(by_kind["list"][most].value / by_kind["set"][max(by_kind["set"])].value)
    crossed = crossing(by_kind)
    if crossed is None:
        return f"A list of up to {most:,} is as quick as a set"
    quicker, slower = crossed
    if not quicker:
        return f"A set is quicker from {slower:,} on; a list of {most:,} takes {times} times as long"
    return f"A list is quicker up to {quicker:,}, a set from {slower:,} on; a list of {most:,} takes {times} times as long"
