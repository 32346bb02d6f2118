"""What each fix does to a worker's peak and to the kernel's kills: a bar an arm, against what the limit leaves each worker."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios import claims
from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Rule, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, arm_role, median, traffic
from scenarios.record import ArmResult, Experiment

OPTIONS = ("experiments", "alone", "salvaged", "title")


@dataclass(frozen=True)
class Step:
    arm: ArmResult
    workers: int
    peak_mb: float
    """The most a worker held in answering; of a page that dies of its largest answers, as it was when asked alone."""
    growth_mb: float
    """Beyond a worker that has only been warmed up."""
    kills: float
    good: float
    """Share of requests answered with 200."""
    good_per_s: float


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``experiments`` under one memory limit, comma between; ``alone``, the one that asked one worker without a limit."""
    names = [each.strip() for each in options.get("experiments", "storm").split(",")]
    alone = options.get("alone", "headline")
    first = dive.experiment(names[0])
    dive.experiment(alone)
    steps = {
        arm: _step(dive, dive.experiment(name), arm, alone)
        for name in names
        if name in dive.record.experiments
        for arm in dive.experiment(name).arms
    }
    declared = [arm.name for arm in dive.wreck.arms]
    steps = {n: steps[n] for n in sorted(steps, key=lambda n: declared.index(n) if n in declared else len(declared))}
    best = options.get("salvaged", "salvaged")
    told = steps.get(best) or next(iter(steps.values()))
    title = (
        options.get("title")
        or f"{told.arm.title}: a worker grows by {units.text(told.growth_mb, 'MB')} at most; the kernel kills {units.digits(told.kills)}"
    )
    share_mb = first.memory_limit_mb / first.workers
    rounds = sorted({len(step.arm.rounds) for step in steps.values()})
    return Exhibit(
        title=title,
        caption="By how much a worker outgrows, at its peak, one that was only warmed up; under the limit of "
        f"{units.text(float(first.memory_limit_mb), 'MB')} "
        "or, for pages whose largest requests die there, asked alone without a limit. The line: an even share of the limit among "
        f"{first.workers} workers. {first.title}: {traffic(first)}; rounds: {' or '.join(map(str, rounds))}; kills: their mean.",
        chart=_chart(title, steps, share_mb, options),
        table=_table(steps),
        command=first.command,
    )


def _step(dive: Dive, experiment: Experiment, name: str, alone: str) -> Step:
    arm = experiment.arms[name]
    watched = [reading for r in _climbed(dive, name, alone, arm) for reading in r.memory if reading.peak_mb is not None]
    if not watched:
        raise EvidenceError(f"memory of {dive.slug} arm {name}", "none that was watched", "let its experiment watch memory")
    workers = next((a.workers for a in dive.wreck.arms if a.name == name), None) or experiment.workers
    return Step(
        arm=arm,
        workers=workers,
        peak_mb=max(reading.peak_mb for reading in watched),
        growth_mb=max(reading.peak_mb for reading in watched) - min(reading.rss_mb for reading in watched),
        kills=claims.exact([r.kills or 0 for r in arm.rounds]).value,
        good=sum(r.statuses.get("200", 0) for r in arm.rounds) / sum(r.requests for r in arm.rounds),
        good_per_s=median(r.statuses.get("200", 0) / r.duration_s for r in arm.rounds),
    )


def _climbed(dive: Dive, name: str, alone: str, arm: ArmResult) -> list:
    """Return the rounds to read a page's peak from: asked alone, where an arm of the same page was; else those of the arm."""
    handlers = {a.name: a.handler for a in dive.wreck.arms}
    same = [n for n in dive.experiment(alone).arms if handlers.get(n) == handlers.get(name)]
    return [r for n in same for r in dive.experiment(alone).arms[n].rounds] if same and name in handlers else arm.rounds


def _chart(title: str, steps: dict[str, Step], share_mb: float, options) -> Chart:
    order = list(steps)
    marks = [Rule("x", share_mb, "an even share")]
    roles = {name: arm_role(name, steps[name].arm, options) for name in order}
    roles = {name: "fix" if role == "suspect" else role for name, role in roles.items()}
    for role in dict.fromkeys(roles.values()):
        mine = [name for name in order if roles[name] == role]
        marks.append(
            Bars(
                {"wrecked": "as it sank", "salvaged": "salvaged"}.get(role, "a fix"),
                role,
                at=tuple(float(order.index(name)) for name in mine),
                length=tuple(steps[name].growth_mb for name in mine),
                base=(0.0,) * len(mine),
                labels=tuple(f"{units.text(steps[name].growth_mb, 'MB')}, kills: {units.digits(steps[name].kills)}" for name in mine),
            )
        )
    said = "; ".join(f"{s.arm.title}: {units.text(s.growth_mb, 'MB')}, kills {units.digits(s.kills)}" for s in steps.values())
    names = tuple(f"{s.arm.title}\n{s.workers} workers, {units.text(s.good, 'share')} good" for s in steps.values())
    return Chart(
        title,
        f"Horizontal bars of growth at the peak. {said}.",
        Axis("beyond a worker only warmed up", "MB", low=0.0),
        Axis("", scale="category", categories=names),
        tuple(marks),
    )


def _table(steps: dict[str, Step]) -> Table:
    rows = [
        (
            s.arm.title,
            str(s.workers),
            units.text(s.peak_mb, "MB"),
            units.text(s.growth_mb, "MB"),
            units.text(s.growth_mb * s.workers, "MB"),
            units.digits(s.kills),
            units.text(s.good, "share"),
            units.digits(s.good_per_s),
            str(len(s.arm.rounds)),
        )
        for s in steps.values()
    ]
    return Table(
        "Peak, kills and answers",
        ("arm", "workers", "peak", "growth", "growth of all workers", "kills a round", "good answers", "good a second", "rounds"),
        tuple(rows),
    )
