"""Pages a second from more and more workers, before one database."""

from __future__ import annotations

import re

from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Table
from scenarios.publish.dive import Fleet
from scenarios.publish.exhibit import Exhibit
from scenarios.publish.soundings import sounding
from scenarios.record import Interval
from scenarios.soundings import Soundings


def draw(found: Soundings, _fleet: Fleet) -> Exhibit:
    by_number = _numbers(found)
    few, most = min(by_number), max(by_number)
    times = units.digits(by_number[most].value / by_number[few].value)
    title = f"{most} workers answer {times} times as many pages as {few}, on {found.environment.cpu_count} processors"
    names = tuple(f"{number} {'worker' if number == 1 else 'workers'}" for number in by_number)
    several = all(len(each.rounds) > 1 for each in by_number.values())
    bars = Bars(
        "pages a second", "accent",
        at=tuple(float(at) for at in range(len(by_number))),
        length=tuple(each.value for each in by_number.values()),
        low=tuple(max(0.0, each.low) for each in by_number.values()) if several else (),
        high=tuple(each.high for each in by_number.values()) if several else (),
        labels=tuple(units.text(each.value, "/s") for each in by_number.values()),
    )  # fmt: skip
    named = zip(names, by_number.values(), strict=True)
    rows = tuple((name, units.text(each.value, "/s"), sounding.between(each, "/s")) for name, each in named)
    alt = "; ".join(f"{name} {rate}" for name, rate, _ in rows)
    how = sounding.of(found, f"myth-workers-{most}").how
    return Exhibit(
        title=title,
        caption=f"{how} {sounding.made(found)}",
        chart=Chart(
            title, f"Horizontal bars, pages a second: {alt}.",
            Axis("pages a second", "/s", low=0.0), Axis("", scale="category", categories=names), (bars,),
        ),
        table=Table("Pages a second", ("workers", "pages a second", "95 % interval"), rows),
        command=found.command,
    )  # fmt: skip


def _numbers(found: Soundings) -> dict[int, Interval]:
    matched = {re.fullmatch(r"myth-workers-(\d+)", name): each for name, each in found.soundings.items()}
    return dict(sorted((int(name[1]), each.measured) for name, each in matched.items() if name and each.measured))
