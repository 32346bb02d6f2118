"""How busy each group of processes kept the machine, over time."""

from __future__ import annotations

import statistics

from scenarios import claims
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, chosen_experiment, traffic
from scenarios.publish.neighbours import PHASE_WORDS, phase_rounds, phases_of, round_of, rules, series_of

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
    where = f"{dive.slug} {name}.{arm}"
    series = series_of(dive, name, arm)
    rounds = phase_rounds(dive.arm(name, arm), where)
    used = {p: _used(rounds, p, "postgres") for p in phases_of(rounds)}
    title = options.get("title") or (
        f"Postgres uses {units.said(used['before'], 'share')} of a core before the neighbour comes "
        f"and {units.said(used['during'], 'share')} while it is there"
    )
    apart = "Postgres has a core of its own, everything else the others. " if experiment.hosts_apart else ""
    return Exhibit(
        title=title,
        caption=f"CPU seconds used per second, by groups of processes, read from the kernel. {apart}"
        f"{experiment.title}: {traffic(experiment)}, round {series.round} of {len(rounds)}, n = {len(series.at_s)} readings; "
        "the title’s figures: mean over rounds.",
        chart=_chart(title, series, round_of(dive.arm(name, arm), series.round, where)),
        table=_table(rounds),
        command=experiment.command,
        evidence="series.json",
    )


def _used(rounds, phase: str, group: str) -> float:
    return claims.interval([r.phases[phase].cores.get(group, 0.0) for r in rounds]).value


def _chart(title: str, series, shown) -> Chart:
    marks, said = [], []
    for group, (label, role) in GROUPS.items():
        values = series.values.get(f"cores.{group}")
        if values:
            marks.append(Line(label, role, tuple(series.at_s), tuple(values)))
            said.append(f"{label}: {units.text(statistics.fmean(values), 'share')} on average, {units.text(max(values), 'share')} at most")
    axes = Axis("time since traffic began", "s"), Axis("cores used", "share", low=0.0, high=1.0)
    return Chart(title, f"Lines of CPU against time. {'; '.join(said)}.", *axes, (*marks, *rules(shown)))


def _table(rounds) -> Table:
    phases = phases_of(rounds)
    groups = sorted({g for r in rounds for p in r.phases.values() for g in p.cores})
    rows = tuple((g, *(units.text(_used(rounds, p, g), "share") for p in phases)) for g in groups)
    return Table("Cores used, mean over rounds", ("processes", *(PHASE_WORDS[p] for p in phases)), rows)
