"""Ways to fetch the same thing, with an index and without, near the database and far: a row a way, a mark a cell."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios import claims
from scenarios.errors import EvidenceError, UsageError, nearest
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Points, Table
from scenarios.publish.dive import HEADLINE, Dive
from scenarios.publish.exhibit import Exhibit, median, requests
from scenarios.record import ArmResult, Experiment

OPTIONS = ("experiments", "pairs", "path", "title")


@dataclass(frozen=True)
class Cell:
    row: int
    strategy: str
    has_index: bool
    round_trip_ms: float
    """Added."""
    arm: ArmResult
    experiment: Experiment
    latency_ms: float


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``pairs``, a way each: its arm without and with the index, parted by ``/`` (either may lack), ways by commas
    (without it every arm is a way of its own); ``experiments``, the prefix of their names beside the headline (``round-trip``);
    ``path`` (``latency_ms.mean``)."""
    path = options.get("path", "latency_ms.mean")
    experiments = _experiments(dive, options)
    cells = [cell for row, pair in enumerate(_pairs(dive, options)) for cell in _cells(dive, row, pair, experiments, path)]
    if not cells:
        raise EvidenceError(f"cells of the grid of {dive.slug}", "none", "choose arms that were run")
    near = [cell for cell in cells if cell.round_trip_ms == 0]
    near = near or cells
    best, worst = (pick(near, key=lambda cell: cell.latency_ms) for pick in (min, max))
    same = len({cell.arm.answer_sha256 for cell in near}) == 1 and near[0].arm.answer_sha256
    title = options.get("title") or (
        f"{_name(worst)}: {units.text(worst.latency_ms, 'ms')}. {_name(best)}: {units.text(best.latency_ms, 'ms')}."
        + (" The same answer" if same else "")
    )
    rounds = sorted({len(cell.arm.rounds) for cell in cells})
    n = sorted({requests(cell.arm) for cell in cells})
    return Exhibit(
        title=title,
        caption=f"{_subject(path)}, median over rounds ({_span(rounds)} a cell), n = {_span(n)} requests a cell; "
        "one client, closed loop, so nobody waits in line. "
        "Round trips are those added between application and database, for real.",
        chart=_chart(title, cells),
        table=_table(cells),
        command=dive.experiment(HEADLINE).command,
    )


def _span(values: list[int]) -> str:
    return str(values[0]) if len(values) == 1 else f"{values[0]} to {values[-1]}"


def _subject(path: str) -> str:
    return {"latency_ms.mean": "Mean latency over the same pages", "latency_ms.p50": "Median latency (p50)"}.get(path, path)


def _experiments(dive: Dive, options) -> list[Experiment]:
    prefix = options.get("experiments", "round-trip")
    chosen = [e for n, e in dive.record.experiments.items() if n == HEADLINE or n.startswith(prefix)]
    return sorted(chosen, key=lambda e: e.round_trip_ms)


def _pairs(dive: Dive, options: dict[str, str]) -> list[tuple[str, str]]:
    pairs, declared = [], [a.name for a in dive.wreck.arms]
    if "pairs" not in options:
        return [(name, "") for name in declared]
    for each in options["pairs"].split(","):
        plain, slash, indexed = (part.strip() for part in each.partition("/"))
        for name in filter(None, (plain, indexed)):
            if name not in declared:
                raise UsageError(f"an arm of {dive.slug} in 'pairs'", f"'{name}'", nearest(name, declared))
        if not slash or not (plain or indexed):
            raise UsageError("a pair 'arm without/arm with index'", f"'{each.strip()}'", "leave out a side that was not run, not the '/'")
        pairs.append((plain, indexed))
    return pairs


def _cells(dive: Dive, row: int, pair: tuple[str, str], experiments: list[Experiment], path: str):
    """Yield what was measured of one way to fetch."""
    strategy = dive.wreck.arm(pair[0] or pair[1]).title.removesuffix(", indexed")
    for has_index, name in enumerate(pair):
        for experiment in experiments:
            if arm := experiment.arms.get(name):
                measured = median(claims.round_value(r, path) for r in arm.rounds)
                yield Cell(row, strategy, bool(has_index), experiment.round_trip_ms, arm, experiment, measured)


def _name(cell: Cell) -> str:
    return f"{cell.strategy}, {'indexed' if cell.has_index else 'no index'}"


def _chart(title: str, cells: list[Cell]) -> Chart:
    strategies = {cell.row: cell.strategy for cell in cells}
    rows = {row: float(i) for i, row in enumerate(strategies)}
    trips = sorted({cell.round_trip_ms for cell in cells})
    marks = []
    for has_index, role in ((False, "wrecked"), (True, "fix")):
        for variant, trip in enumerate(trips):
            mine = [cell for cell in cells if (cell.has_index, cell.round_trip_ms) == (has_index, trip)]
            if mine:
                x, y = tuple(cell.latency_ms for cell in mine), tuple(rows[cell.row] for cell in mine)
                name = f"{'indexed' if has_index else 'no index'}{f', + {trip:g} ms' if trip else ''}"
                marks.append(Points(name, role, x, y, variant, notes=tuple(f"{_name(c)}, {units.text(c.latency_ms, 'ms')}" for c in mine)))
    alt = "; ".join(f"{_name(cell)} {units.text(cell.latency_ms, 'ms')}" for cell in cells if cell.round_trip_ms == 0)
    return Chart(
        title,
        f"Marks of latency, a row for each way to fetch. With nothing added: {alt}.",
        Axis("latency, log scale", "ms", "log"),
        Axis("", scale="category", categories=tuple(strategies.values())),
        tuple(marks),
    )


def _table(cells: list[Cell]) -> Table:
    columns = (
        "way to fetch", "index", "round trip added", "round trip measured", "statements", "rows", "kB received",
        "in Postgres", "statements' own way", "rows to objects", "other Python", "latency", "requests",
    )  # fmt: skip
    return Table("Cost of a page, a line a cell", columns, tuple(_line(cell) for cell in cells))


def _line(cell: Cell) -> tuple[str, ...]:
    def over_rounds(field: str, unit: str = "", to: str | None = None) -> str:
        values = [v for r in cell.arm.rounds if (v := getattr(r, field)) is not None]
        return units.text(median(values), unit, to=to, bare=bool(to)) if values else "–"

    def layers(*names: str) -> str:
        values = [sum(r.layers_ms[name] for name in names) for r in cell.arm.rounds if r.layers_ms]
        return units.text(median(values), "ms") if values else "–"

    return (
        cell.strategy,
        "yes" if cell.has_index else "no",
        units.text(cell.round_trip_ms, "ms") if cell.round_trip_ms else "none",
        over_rounds("round_trip_ms", "ms"),
        over_rounds("statements_per_request"),
        over_rounds("rows_per_request"),
        over_rounds("bytes_per_request", "bytes", "kB"),
        layers("postgres"),
        layers("sqlalchemy"),
        layers("fetch"),
        layers("flask", "template"),
        units.text(cell.latency_ms, "ms"),
        f"{requests(cell.arm):,}",
    )
