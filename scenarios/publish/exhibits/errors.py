"""Answers by status over time, and what the servers' logs said of those that went wrong."""

from __future__ import annotations

import math
from html import escape

from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, chosen_experiment, traffic, whole_number
from scenarios.record import ArmResult, ArmSamples

OPTIONS = ("experiment", "arm", "round", "bins", "title")
_SPEAKERS = {"nginx": "nginx, error.log", "gunicorn": "gunicorn, error.log", "kernel": "the kernel’s log", "postgres": "Postgres"}


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``arm`` (``wrecked``), ``round`` (1), ``bins``, how many parts time is cut into (12)."""
    name, experiment = chosen_experiment(dive, options)
    arm_name = options.get("arm", "wrecked")
    arm = dive.arm(name, arm_name)
    run = kept_round(dive, name, arm_name, whole_number(options, "round", 1))
    bins, width_s = cut(run, whole_number(options, "bins", 12))
    bad = sum(status != "200" for status in run.status)
    title = options.get("title") or f"{arm.title}: {bad} of {len(run.status)} answers were errors"
    return Exhibit(
        title=title,
        caption=f"Answers by status and by when they came, {units.text(width_s, 's')} to a bar. {experiment.title}: {traffic(experiment)}; "
        f"arm: {arm.title}, round {run.round} of {len(arm.rounds)}, n = {len(run.status)} requests. "
        "Log lines are of all rounds; what names this machine is cut out.",
        chart=_chart(title, bins, width_s),
        html=_log(arm),
        table=_table(bins, width_s),
        command=experiment.command,
        evidence="samples.json",
    )


def kept_round(dive: Dive, experiment: str, arm: str, round_: int) -> ArmSamples:
    """Return the single requests of a round. Raises EvidenceError where none were kept."""
    for run in dive.samples.runs:
        if (run.experiment, run.arm, run.round) == (experiment, arm, round_) and run.status:
            return run
    raise EvidenceError(
        f"single requests of {dive.slug} in samples.json",
        f"none of '{experiment}' '{arm}' round {round_}",
        "keep samples in its experiment",
    )


def cut(run: ArmSamples, parts: int) -> tuple[list[dict[str, int]], float]:
    """Return how many answers of each status came in each of ``parts`` equal stretches of the run, and how long one is in s."""
    came_s = [due + latency / 1e3 for due, latency in zip(run.due_s, run.latency_ms, strict=True)]
    width_s = max(came_s) / parts or 1.0
    bins: list[dict[str, int]] = [{} for _ in range(parts)]
    for at, status in zip(came_s, run.status, strict=True):
        counted = bins[min(parts - 1, int(at / width_s))]
        counted[status] = counted.get(status, 0) + 1
    return bins, width_s


def _statuses(bins: list[dict[str, int]]) -> list[str]:
    return sorted({status for counted in bins for status in counted}, key=lambda status: (status != "200", status))


def _chart(title: str, bins: list[dict[str, int]], width_s: float) -> Chart:
    roles = {"200": "salvaged", "502": "wrecked"}
    marks = [
        Bars(
            status,
            roles.get(status, "suspect"),
            tuple(map(float, range(len(bins)))),
            tuple(float(b.get(status, 0)) for b in bins),
            horizontal=False,
        )
        for status in _statuses(bins)
    ]
    said = "; ".join(f"{status}: {sum(b.get(status, 0) for b in bins)}" for status in _statuses(bins))
    # Of one form along the axis, as fine as a bar is wide.
    places = max(1 if width_s < 10 else 0, -math.floor(math.log10(width_s)))
    names = tuple(f"{(i + 1) * width_s:,.{places}f}" for i in range(len(bins)))
    x = Axis("until so many seconds after traffic began", scale="category", categories=names)
    return Chart(title, f"Stacked bars of answers over time by status. {said}.", x, Axis("answers", low=0.0), tuple(marks))


def _table(bins: list[dict[str, int]], width_s: float) -> Table:
    statuses = _statuses(bins)
    rows = [(f"until {units.text((i + 1) * width_s, 's')}", *(str(b.get(status, 0)) for status in statuses)) for i, b in enumerate(bins)]
    return Table("Answers by status", ("time", *statuses), tuple(rows))


def _log(arm: ArmResult) -> str:
    """Return the lines of trouble by who said them, as HTML; "" where nobody said any."""
    parts = []
    for source, speaker in _SPEAKERS.items():
        lines = [line for line in arm.log if line.source == source]
        if lines:
            items = "".join(f"<li><code>{escape(line.text)}</code>{_times(line.count)}</li>" for line in lines[:6])
            parts.append(f"<p>{escape(speaker)}:</p><ul>{items}</ul>")
    return "".join(parts)


def _times(count: int) -> str:
    return f" <span>{count:,} times</span>" if count > 1 else ""
