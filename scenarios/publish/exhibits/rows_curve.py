"""How cost grows with the data: median latency against rows, both logarithmic, a line an arm."""

from __future__ import annotations

from scenarios.errors import EvidenceError, UsageError, nearest
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Points, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, arm_role, median, none_of

OPTIONS = ("experiments", "arms", "dataset", "salvaged", "title")


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``experiments``, names or, ending in ``-``, prefixes of names, comma between (``rows-, clients-1``);
    ``dataset``, the table counted.
    """
    prefix, table = options.get("experiments", "rows-"), options.get("dataset", "tw_rolls")
    cells = _cells(dive, prefix, table)
    names = _arms(cells, options)
    first = names[0]
    line = cells[first]
    least, most = line[0], line[-1]
    title = options.get("title") or (
        f"{most[3].title}: {units.digits(most[0] / least[0])} times the rows cost "
        f"{units.digits(median(most[1]) / median(least[1]))} times the time"
    )
    chart = _chart(title, cells, names, options)
    rounds = sorted({len(values) for name in names for _, values, *_ in cells[name]})
    return Exhibit(
        title=title,
        caption=f"Median over rounds of each round's p50; small marks are rounds ({' or '.join(map(str, rounds))} a point). "
        f"One client in a closed loop, rows of {table}, both axes logarithmic.",
        chart=chart,
        table=_table(cells, names),
        command=most[2],
    )


def _cells(dive: Dive, prefix: str, table: str) -> dict[str, list[tuple]]:
    """Return arm -> [(rows, p50 of each round, command, arm result)], by rows."""
    cells: dict[str, list[tuple]] = {}
    prefixes = tuple(each.strip() for each in prefix.split(","))
    chosen = {n: e for n, e in dive.record.experiments.items() if any(n == p or (p.endswith("-") and n.startswith(p)) for p in prefixes)}
    if not chosen:
        raise EvidenceError(f"experiments '{prefix}...' of {dive.slug}", none_of(dive, prefixes), nearest(prefix, dive.record.experiments))
    for experiment in chosen.values():
        rows = dive.record.datasets[experiment.scale].rows if experiment.scale in dive.record.datasets else {}
        if table not in rows:
            raise EvidenceError(f"the rows of '{table}' at scale {experiment.scale}", "none", nearest(table, rows))
        for name, arm in experiment.arms.items():
            values = [r.latency_ms.p50 for r in arm.rounds if r.latency_ms.p50 is not None]
            if values:
                cells.setdefault(name, []).append((float(rows[table]), values, experiment.command, arm))
    return {name: sorted(line, key=lambda cell: cell[0]) for name, line in cells.items()}


def _arms(cells, options) -> list[str]:
    if "arms" not in options:
        return sorted(cells, key=lambda n: (n != "wrecked", -median(cells[n][-1][1])))
    names = [n.strip() for n in options["arms"].split(",")]
    for name in names:
        if name not in cells:
            raise UsageError("an arm of the curve", f"'{name}'", nearest(name, cells))
    return names


def _chart(title, cells, names, options) -> Chart:
    marks, seen = [], {}
    for name in names:
        arm = cells[name][0][3]
        role = arm_role(name, arm, options)
        variant = seen[role] = seen.get(role, -1) + 1
        x = tuple(rows for rows, *_ in cells[name])
        marks.append(Line(arm.title, role, x, tuple(median(v) for _, v, *_ in cells[name]), variant, markers=True))
        dots = [(rows, v) for rows, values, *_ in cells[name] for v in values]
        marks.append(Points(arm.title, "ink", *zip(*dots, strict=True), small=True))
    alt = "; ".join(
        f"{cells[n][0][3].title} from {units.text(median(cells[n][0][1]), 'ms')} to {units.text(median(cells[n][-1][1]), 'ms')}"
        for n in names
    )
    return Chart(
        title, f"Lines of latency against rows. {alt}.", Axis("rows", scale="log"), Axis("latency, p50", "ms", "log"), tuple(marks)
    )


def _table(cells, names) -> Table:
    rows = [
        (cells[n][0][3].title, f"{int(count):,}", units.text(median(values), "ms"), ", ".join(units.digits(v) for v in values))
        for n in names
        for count, values, *_ in cells[n]
    ]
    return Table("Median latency by rows", ("arm", "rows", "p50", "each round, ms"), tuple(rows))
