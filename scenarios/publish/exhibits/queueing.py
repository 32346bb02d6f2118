"""What waiting in line does to an answer: latency against the number of clients of a closed loop."""

from __future__ import annotations

from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Points, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, median, none_of, requests
from scenarios.record import ArmResult, Experiment

OPTIONS = ("experiments", "arm", "title")
_QUANTITIES = (("p50", 0, "wrecked"), ("p95", 1, "wrecked"), ("max", 2, "wrecked"))


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Option ``experiments``: the prefix of their names (default ``clients-``); ``arm``: default ``wrecked``."""
    arm = options.get("arm", "wrecked")
    runs = _runs(dive, options.get("experiments", "clients-"), arm)
    (_, first), (most, last) = runs[0], runs[-1]
    times = _p50(last) / _p50(first)
    title = options.get("title") or (
        f"With {most.clients} clients an answer takes {units.text(_p50(last), 'ms')}: "
        f"{units.with_unit(units.digits(times), 'times')} as long as with {runs[0][0].clients}"
    )
    counts = ", ".join(str(requests(a)) for _, a in runs)
    return Exhibit(
        title=title,
        caption=f"Closed loop: each client sends its next request when its last is answered. Arm: {last.title}. "
        "Median over rounds of each round's p50, p95 and slowest; small marks are rounds. "
        f"Beneath: answers per second. Requests: {counts}.",
        chart=_chart(title, runs),
        table=_table(runs),
        command=most.command,
    )


def _runs(dive: Dive, prefix: str, arm: str) -> list[tuple[Experiment, ArmResult]]:
    found = [e for n, e in dive.record.experiments.items() if n.startswith(prefix) and e.loop == "closed" and arm in e.arms]
    if len(found) < 2:
        raise EvidenceError(
            f"two or more closed-loop experiments '{prefix}...' of {dive.slug} with arm '{arm}'",
            f"{len(found)}, {none_of(dive, (prefix,))}",
            f"there is {', '.join(dive.record.experiments)}",
        )
    return [(e, e.arms[arm]) for e in sorted(found, key=lambda e: e.clients)]


def _each(arm: ArmResult, name: str) -> list[float]:
    return [v for r in arm.rounds if (v := getattr(r.latency_ms, name)) is not None]


def _p50(arm: ArmResult) -> float:
    return median(_each(arm, "p50"))


def _per_s(arm: ArmResult) -> float:
    return median(r.requests_per_s for r in arm.rounds)


def _chart(title: str, runs) -> Chart:
    marks = []
    for name, variant, role in _QUANTITIES:
        known = [(float(i), median(_each(arm, name))) for i, (_, arm) in enumerate(runs) if _each(arm, name)]
        if known:
            x, y = zip(*known, strict=True)
            marks.append(Line({"max": "slowest"}.get(name, name), role, x, y, variant, markers=True))
    dots = [(float(i), v) for i, (_, arm) in enumerate(runs) for v in _each(arm, "p50")]
    x, y = zip(*dots, strict=True)
    marks.append(Points("p50", "ink", x, y, small=True))
    names = tuple(f"{e.clients}\n{units.digits(_per_s(a), 2)}/s" for e, a in runs)
    alt = "; ".join(f"{e.clients} clients {units.text(_p50(a), 'ms')}" for e, a in runs)
    x_axis = Axis("clients; answers per second", scale="category", categories=names)
    return Chart(title, f"Lines of latency against clients. Median: {alt}.", x_axis, Axis("latency", "ms"), tuple(marks))


def _table(runs) -> Table:
    rows = []
    for e, a in runs:
        shown = [units.text(median(v), "ms") if (v := _each(a, name)) else "too few" for name, *_ in _QUANTITIES]
        rows.append((str(e.clients), str(len(a.rounds)), f"{requests(a):,}", *shown, units.digits(_per_s(a))))
    return Table(
        "Latency by number of clients", ("clients", "rounds", "requests", "p50", "p95", "slowest", "answers per second"), tuple(rows)
    )
