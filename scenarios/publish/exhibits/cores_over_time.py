"""How busy each group of processes kept the machine, over time."""

from __future__ import annotations

import statistics

from scenarios import claims
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, chosen_experiment, traffic
from scenarios.publish.neighbours import PHASE_WORDS, WHOLE, phases_of, rules_of, series_of, visited_rounds
from scenarios.record import Round

OPTIONS = ("experiment", "arm", "title")
GROUPS = {
    "postgres": ("Postgres", "postgres"),
    "gunicorn": ("our application", "gunicorn"),
    "aux-gunicorn": ("the neighbour’s application", "flask"),
    "aux-postgres": ("the neighbour’s own Postgres", "fetch"),
}


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    name, experiment = chosen_experiment(dive, options)
    arm = options.get("arm", "wrecked")
    series, rounds = series_of(dive, name, arm), dive.arm(name, arm).rounds
    visited = visited_rounds(dive.arm(name, arm))
    title = options.get("title") or _told(visited or rounds, bool(visited))
    apart = "Postgres has a core of its own, everything else the others. " if experiment.hosts_apart else ""
    return Exhibit(
        title=title,
        caption=f"CPU seconds used per second, by groups of processes, read from the kernel. {apart}"
        f"{experiment.title}: {traffic(experiment)}, round {series.round} of {len(visited or rounds)}, n = {len(series.at_s)} readings; "
        "the title’s figures: mean over rounds.",
        chart=_chart(title, series, rules_of(visited, series.round)),
        table=_table(visited) if visited else _whole_table(rounds),
        command=experiment.command,
        evidence="series.json",
    )


def _told(rounds: list[Round], is_visited: bool) -> str:
    if not is_visited:
        return f"Postgres uses {units.said(_used_whole(rounds, 'postgres'), 'share')} of a core"
    before, during = (units.said(_used(rounds, phase, "postgres"), "share") for phase in ("before", "during"))
    return f"Postgres uses {before} of a core before the neighbour comes and {during} while it is there"


def _used(rounds: list[Round], phase: str, group: str) -> float:
    return claims.interval([r.phases[phase].cores.get(group, 0.0) for r in rounds]).value


def _used_whole(rounds: list[Round], group: str) -> float:
    return claims.interval([r.cpu_s.get(group, 0.0) / r.duration_s for r in rounds]).value


def _chart(title: str, series, shown) -> Chart:
    marks, said = [], []
    for group, (label, role) in GROUPS.items():
        values = series.values.get(f"cores.{group}")
        if values:
            marks.append(Line(label, role, tuple(series.at_s), tuple(values)))
            said.append(f"{label}: {units.text(statistics.fmean(values), 'share')} on average, {units.text(max(values), 'share')} at most")
    axes = Axis("time since traffic began", "s"), Axis("cores used", "share", low=0.0, high=1.0)
    return Chart(title, f"Lines of CPU against time. {'; '.join(said)}.", *axes, (*marks, *shown))


def _whole_table(rounds: list[Round]) -> Table:
    groups = sorted({g for r in rounds for g in r.cpu_s})
    rows = tuple((g, units.text(_used_whole(rounds, g), "share")) for g in groups)
    return Table("Cores used, mean over rounds", ("processes", WHOLE), rows)


def _table(rounds) -> Table:
    phases = phases_of(rounds)
    groups = sorted({g for r in rounds for p in r.phases.values() for g in p.cores})
    rows = tuple((g, *(units.text(_used(rounds, p, g), "share") for p in phases)) for g in groups)
    return Table("Cores used, mean over rounds", ("processes", *(PHASE_WORDS[p] for p in phases)), rows)
