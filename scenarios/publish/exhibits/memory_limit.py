"""Memory of all the application's processes over time, against the limit that the kernel holds them to; each kill marked."""

from __future__ import annotations

from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Points, Rule, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, arm_role, chosen_arms, traffic
from scenarios.record import Series

OPTIONS = ("experiment", "arms", "salvaged", "title")


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    name = options.get("experiment", "storm")
    experiment, arms = dive.experiment(name), chosen_arms(dive, name, options)
    runs = {arm: _run(dive, name, arm) for arm in arms}
    kills = {arm: sum(event.kind == "kill" for event in run.events) for arm, run in runs.items()}
    first = next(iter(arms))
    limit = float(experiment.memory_limit_mb)
    title = options.get("title") or _title(arms[first].title, runs[first], kills[first], limit)
    rounds = ", ".join(f"{arms[arm].title} round {run.round} of {len(arms[arm].rounds)}" for arm, run in runs.items())
    return Exhibit(
        title=title,
        caption=f"What the kernel charges to the application’s control group (gunicorn’s master and {experiment.workers} workers, what "
        f"they share counted once): the most since the point before, in MB. Crosses: moments at which its count of kills had risen. "
        f"{experiment.title}: {traffic(experiment)}; drawn: {rounds}, those whose median latency is the middle one.",
        chart=_chart(title, arms, runs, limit, options, kills),
        table=_table(arms, runs, kills, limit),
        command=experiment.command,
        evidence="series.json",
    )


def _title(name: str, run: Series, kills: int, limit: float) -> str:
    most = f"{units.text(max(run.values['fence_mb']), 'MB')} of {units.text(limit, 'MB')}"
    return f"{name}: up to {most}, and {kills} times somebody dies" if kills else f"{name}: never more than {most}"


def _run(dive: Dive, experiment: str, arm: str) -> Series:
    for run in dive.series.runs:
        if (run.experiment, run.arm) == (experiment, arm) and "fence_mb" in run.values:
            return run
    raise EvidenceError(
        f"readings of a memory limit of {dive.slug} in series.json", f"none of '{arm}' in '{experiment}'", "keep series in its experiment"
    )


def _chart(title, arms, runs: dict[str, Series], limit: float, options, kills) -> Chart:
    marks = [Rule("y", limit, f"the limit: {units.text(limit, 'MB')}")]
    for name, run in runs.items():
        role = arm_role(name, arms[name], options)
        marks.append(Line(arms[name].title, role, tuple(max(0.0, at) for at in run.at_s), tuple(run.values["fence_mb"])))
        killed = [event for event in run.events if event.kind == "kill"]
        if killed:
            x = tuple(event.at_s for event in killed)
            marks.append(
                Points("a worker killed by the kernel", "muted", x, (limit,) * len(x), notes=tuple(event.text for event in killed))
            )
    said = "; ".join(
        f"{arms[n].title}: most {units.text(max(run.values['fence_mb']), 'MB')}, kills seen {kills[n]}" for n, run in runs.items()
    )
    return Chart(
        title,
        f"Lines of memory against time. {said}.",
        Axis("time since traffic began", "s"),
        Axis("charged", "MB", low=0.0, high=limit * 1.1),
        tuple(marks),
    )


def _table(arms, runs: dict[str, Series], kills, limit: float) -> Table:
    rows = [
        (
            arms[n].title,
            units.text(run.values["fence_mb"][0], "MB"),
            units.text(max(run.values["fence_mb"]), "MB"),
            units.text(limit, "MB"),
            str(kills[n]),
            ", ".join(units.text(e.at_s, "s") for e in run.events if e.kind == "kill") or "–",
        )
        for n, run in runs.items()
    ]
    return Table("Memory of the whole group", ("arm", "at first", "at most", "limit", "moments with kills", "when"), tuple(rows))
