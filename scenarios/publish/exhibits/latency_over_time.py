"""Every answer as a dot, by when its request was due: the distribution first, the average after."""

from __future__ import annotations

import statistics

from scenarios.errors import EvidenceError, UsageError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Points, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, Linked, arm_role, chosen_arms, chosen_experiment, traffic, whole_number
from scenarios.record import ArmSamples

OPTIONS = ("experiment", "arms", "round", "salvaged", "title")


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Option ``round``: a number, or ``all``; without it the kept round whose median is the middle one."""
    name, experiment = chosen_experiment(dive, options)
    arms = chosen_arms(dive, name, options)
    options = {"round": _middle(dive, name, next(iter(arms)))} | options
    runs = {arm: _runs(dive, name, arm, options) for arm in arms}
    first = next(iter(arms))
    values = [v for run in runs[first] for v in run.latency_ms]
    title = options.get("title") or (
        f"{arms[first].title}: half the answers took {units.text(statistics.median(values), 'ms')} or more, "
        f"one {units.text(max(values), 'ms')}"
    )
    rounds = "all rounds" if options["round"] == "all" else f"round {options['round']} of {len(arms[first].rounds)}"
    n = sum(len(run.latency_ms) for kept in runs.values() for run in kept)
    return Exhibit(
        title=title,
        caption=f"Each mark is one request, placed by when it was {'due' if experiment.loop == 'open' else 'sent'}; "
        "latency counts from then to the last byte. A line of the arm’s own: the median (p50); dotted grey: the mean, which can mislead. "
        f"{experiment.title}: {traffic(experiment)}, {rounds}, n = {n:,} requests.",
        chart=_chart(title, arms, runs, dive, options),
        table=_table(arms, runs),
        command=experiment.command,
        evidence="samples.json",
        linked=Linked(name, tuple(arms), tuple(sorted({run.round for kept in runs.values() for run in kept})), toggles=len(arms) > 1),
    )


def _middle(dive: Dive, experiment: str, arm: str) -> str:
    """Return the kept round of ``arm`` whose median is the middle one: the least particular picture."""
    medians = {r.round: statistics.median(r.latency_ms) for r in _kept(dive, experiment, arm)}
    return str(min(medians, key=lambda n: (abs(medians[n] - statistics.median_low(medians.values())), n)))


def _kept(dive: Dive, experiment: str, arm: str) -> list[ArmSamples]:
    kept = [r for r in dive.samples.runs if (r.experiment, r.arm) == (experiment, arm) and r.latency_ms]
    if not kept:
        raise EvidenceError(f"single requests of {dive.slug} {experiment}.{arm} in samples.json", "none", "keep samples in its experiment")
    return sorted(kept, key=lambda r: r.round)


def _runs(dive: Dive, experiment: str, arm: str, options: dict[str, str]) -> list[ArmSamples]:
    kept = _kept(dive, experiment, arm)
    if options["round"] == "all":
        return kept
    wanted = whole_number(options, "round", 1)
    chosen = [r for r in kept if r.round == wanted]
    if not chosen:
        raise UsageError(f"a round of {experiment}.{arm} that was kept", f"'{wanted}'", f"there is {', '.join(str(r.round) for r in kept)}")
    return chosen


def _chart(title, arms, runs: dict[str, list[ArmSamples]], dive: Dive, options) -> Chart:
    marks, seen = [], {}
    last = max(due for kept in runs.values() for run in kept for due in run.due_s)
    for name, arm in arms.items():
        role = arm_role(name, arm, options)
        variant = seen[role] = seen.get(role, -1) + 1
        x = tuple(due for run in runs[name] for due in run.due_s)
        y = tuple(value for run in runs[name] for value in run.latency_ms)
        links = tuple(link for run in runs[name] for link in (run.trace or [None] * len(run.due_s)))
        marks.append(Points(arm.title, role, x, y, variant, notes=_notes(dive, runs[name]), links=links if any(links) else ()))
        middle, mean = statistics.median(y), statistics.fmean(y)
        marks.append(Line(f"{arm.title}: p50", role, (0.0, last), (middle, middle)))
        marks.append(Line(f"{arm.title}: mean", "muted", (0.0, last), (mean, mean), variant))
    said = "; ".join(f"{a.title}: median {units.text(statistics.median(_all(runs[n])), 'ms')}" for n, a in arms.items())
    spread = [v for kept in runs.values() for v in _all(kept)]
    scale = "log" if min(spread) > 0 and max(spread) / min(spread) > 30 else "linear"
    return Chart(
        title,
        f"Scatter of latency against time. {said}.",
        Axis("time since traffic began", "s"),
        Axis("latency", "ms", scale),
        tuple(marks),
    )


def _all(kept: list[ArmSamples]) -> list[float]:
    return [v for run in kept for v in run.latency_ms]


def _notes(dive: Dive, kept: list[ArmSamples]) -> tuple[str, ...]:
    paths = dive.samples.paths
    return tuple(
        f"{paths[p]}: {units.text(v, 'ms')}, status {s}, round {run.round}"
        for run in kept
        for p, v, s in zip(run.path, run.latency_ms, run.status, strict=True)
    )


def _table(arms, runs) -> Table:
    rows = []
    for name, arm in arms.items():
        y = _all(runs[name])
        p95 = units.text(statistics.quantiles(y, n=20, method="inclusive")[-1], "ms") if len(y) >= 20 else "too few"
        middle = [units.text(v, "ms") for v in (min(y), statistics.median(y), statistics.fmean(y))]
        rows.append((arm.title, str(len(y)), *middle, p95, units.text(max(y), "ms")))
    return Table("Latency of the requests drawn", ("arm", "requests", "least", "p50", "mean", "p95", "most"), tuple(rows))
