"""The list of latencies on one logarithmic axis: 2016's figures, this machine's, and where a request of the application spends its time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Band, Chart, Line, Points, Table
from scenarios.publish.dive import HEADLINE, Fleet
from scenarios.publish.exhibit import Exhibit, median
from scenarios.publish.soundings import sounding
from scenarios.publish.soundings.latency_list import LIST
from scenarios.record import ArmResult
from scenarios.soundings import Sounding, Soundings
from scenarios.wreck import slugs

RESTS_ON = ("truculent-query", "highly-selective")
WRECKED = "wrecked"
OURS_AFTER = {"memory": "deep-memory-1mb"}
"""A row that the slide has not, behind one that it has."""
TRICKS = "deep-python-"
"""What the names of Python's own rows begin with."""

THEN, HERE = "2016, the talk", "here"
DATABASE, PYTHON, SERVERS = "in the database", "in Python", "in nginx and gunicorn"
LAYERS_OF = {DATABASE: ("postgres",), PYTHON: ("flask", "template", "sqlalchemy", "fetch"), SERVERS: ("nginx", "gunicorn")}
LOOKS = {HERE: ("accent", 0), THEN: ("ink", 4), DATABASE: ("postgres", 2), PYTHON: ("flask", 1), SERVERS: ("nginx", 3)}
"""Role and variant of each series, no two of one marker; a later one is drawn over an earlier, and a cross leaves more to be seen."""


@dataclass(frozen=True)
class Row:
    """A line of the picture."""

    name: str
    said: str
    points_ns: Mapping[str, tuple[float, ...]]
    """By series."""
    kept: Sounding | None = None


def draw(found: Soundings, fleet: Fleet) -> Exhibit:
    """Return the chart of the list."""
    rows = [*_listed(found), _tricks(found), *_requests(fleet)]
    title = _title(found, rows)
    return Exhibit(
        title=title,
        caption="2016: slide 16 of the talk, after Colin Scott, Jeff Dean and Peter Norvig. Here: what one operation took, the mean over "
        "rounds; the table has the intervals and how each was measured. A request's time: the mean by layer over the wrecked pages' "
        f"headline traffic, the median of its rounds. {sounding.made(found)}",
        chart=_chart(title, found, rows),
        table=_table(rows),
        command=found.command,
    )


def _listed(found: Soundings) -> Iterable[Row]:
    for row in LIST:
        yield _ours(found, row.sounding, row.title, row.talk_ns)
        if extra := OURS_AFTER.get(row.name):
            yield _ours(found, extra, sounding.of(found, extra).title)


def _ours(found: Soundings, name: str, title: str, talk_ns: float | None = None) -> Row:
    kept = sounding.of(found, name)
    points = {THEN: (talk_ns,)} if talk_ns else {}
    points |= {HERE: (kept.measured.value,)} if kept.measured else {}
    words = [f"2016 {text(talk_ns)}"] if talk_ns else []
    words.append(f"here {sounding.told(kept)}" if kept.measured else f"{sounding.ABSENT} here")
    return Row(title, ", ".join(words), points, kept)


def tricks_ns(found: Soundings) -> tuple[float, ...]:
    """Return what Python's small habits take, the least first. Raises EvidenceError where none was measured."""
    values = sorted(each.measured.value for name, each in found.soundings.items() if name.startswith(TRICKS) and each.measured)
    if not values:
        raise EvidenceError("what Python's small habits take", "none of them measured", "run 'invoke rebuild'")
    return tuple(values)


def band(found: Soundings) -> Band:
    """Return the zone where Python's tricks live: from the least to the most that such a habit takes."""
    least, *_, most = tricks_ns(found)
    return Band("where Python's tricks live", "suspect", least, most)


def _tricks(found: Soundings) -> Row:
    values = tricks_ns(found)
    return Row("Look-up, attribute, call and lock in Python", f"here {text(values[0])} to {text(values[-1])}", {HERE: values})


def _requests(fleet: Fleet) -> Iterable[Row]:
    """Return a row for each wrecked page that there is evidence of."""
    for slug in (each for each in RESTS_ON if each in slugs(fleet.wrecks)):
        dive = fleet.dive(slug)
        if not dive.is_dived or WRECKED not in dive.experiment(HEADLINE).arms:
            continue
        if spent := spent_ns(dive.arm(HEADLINE, WRECKED)):
            said = ", ".join(f"{text(spent[place])} {place}" for place in (DATABASE, PYTHON) if place in spent)
            yield Row(f"A request of the {dive.wreck.title}", said, {place: (value,) for place, value in spent.items()})


def spent_ns(arm: ArmResult) -> dict[str, float]:
    """Return the mean time of a request in each place, the median over rounds, in ns; {} where the probes were off."""
    layered = [each.layers_ms for each in arm.rounds if each.layers_ms]
    if not layered:
        return {}
    spent = {
        place: median([sum(layers_ms.get(layer, 0.0) for layer in layers) for layers_ms in layered]) * 1e6
        for place, layers in LAYERS_OF.items()
    }
    return {place: value for place, value in spent.items() if value > 0}


def _title(found: Soundings, rows: list[Row]) -> str:
    waits = [row.points_ns[DATABASE][0] for row in rows if DATABASE in row.points_ns]
    said = f"Python's tricks are about {text(tricks_ns(found)[-1], 2)} and less"
    return said + (f"; a wrecked page waits {text(min(waits), 2)} and more for its database" if waits else "")


def _chart(title: str, found: Soundings, rows: list[Row]) -> Chart:
    marks: list = [band(found)]
    for at, row in enumerate(rows):
        values = [value for each in row.points_ns.values() for value in each]
        if len(values) > 1:
            marks.append(Line("", "muted", (min(values), max(values)), (float(at), float(at)), thin=True))
    for series, (role, variant) in LOOKS.items():
        places = [(value, float(at)) for at, row in enumerate(rows) for value in row.points_ns.get(series, ())]
        if places:
            marks.append(points(series, role, variant, places, rows))
    alt = "; ".join(f"{row.name}: {row.said}" for row in rows)
    return Chart(title, f"Points on a logarithmic axis of time. {alt}.", *axes(rows), tuple(marks))


def points(series: str, role: str, variant: int, places: list[tuple[float, float]], rows: list[Row]) -> Points:
    """Return a series of times, each as (ns, number of its row)."""
    x, y = zip(*places, strict=True)
    return Points(series, role, x, y, variant, notes=tuple(rows[int(at)].name for at in y))


def axes(rows: list[Row]) -> tuple[Axis, Axis]:
    """Return time, logarithmic, and the rows by their names."""
    names = tuple(f"{row.name}\n{row.said}" for row in rows)
    return Axis("time, logarithmic", "ns", "log"), Axis("", scale="category", categories=names)


def _table(rows: list[Row]) -> Table:
    listed = []
    for row in rows:
        then = text(row.points_ns[THEN][0]) if THEN in row.points_ns else "–"
        kept = row.kept
        here = (sounding.told(kept), sounding.spread(kept), kept.how) if kept else (row.said.removeprefix("here "), "–", "")
        listed.append((row.name, then, *here))
    return Table("The list of latencies, in 2016 and here", ("what", "2016", "here", "95 % interval, or why not", "how"), tuple(listed))


def text(value_ns: float, significant: int = 3) -> str:
    """Return a time as it is read."""
    return units.text(value_ns, "ns", significant=significant)
