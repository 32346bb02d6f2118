"""What a request waited for: a thread to serve it, a connection to ask with; beside what it was worked on. Stacked, a bar an arm."""

from __future__ import annotations

import statistics

from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, Linked, chosen_arms, chosen_experiment, requests, spread, traffic
from scenarios.record import ArmResult, Round

OPTIONS = ("experiment", "arms", "title")
THREAD, CONNECTION, DATABASE, REST = "waiting for a worker", "waiting for a connection", "asking the database", "all else"
_ROLES = {THREAD: "gunicorn", CONNECTION: "wrecked", DATABASE: "postgres", REST: "flask"}
_ASKING = ("sqlalchemy", "fetch", "postgres")


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    name, experiment = chosen_experiment(dive, options)
    arms = chosen_arms(dive, name, options)
    means = {n: _means(a, f"{dive.slug} {name}.{n}") for n, a in arms.items()}
    first = next(iter(arms))
    waited = means[first][CONNECTION]
    title = options.get("title") or (
        f"{arms[first].title}: of {units.text(sum(means[first].values()), 'ms')}, {units.text(waited, 'ms')} is waiting for a connection"
        if waited
        else f"{arms[first].title}: nobody waits for a connection"
    )
    return Exhibit(
        title=title,
        caption="Mean time per request, mean over rounds: until a thread took it up; until the pool had a connection for it; "
        f"with the database, there and back; and all else. {experiment.title}: {traffic(experiment)}, {spread(experiment)}.",
        chart=_chart(title, arms, means),
        table=_table(arms, means),
        command=experiment.command,
        linked=Linked(name, tuple(arms), rows=tuple(a.traces.get("median", "") for a in arms.values())),
    )


def split(round_: Round) -> dict[str, float]:
    """Return a round's mean time per request in ms by what it was spent on. A wait for a connection is a part of the handler's own time."""
    layers = round_.layers_ms
    waited = min(round_.pool_wait_ms.mean or 0.0, layers["flask"]) if round_.pool_wait_ms else 0.0
    asked = sum(layers[layer] for layer in _ASKING)
    queued = layers["gunicorn"]
    return {THREAD: queued, CONNECTION: waited, DATABASE: asked, REST: sum(layers.values()) - queued - waited - asked}


def _means(arm: ArmResult, where: str) -> dict[str, float]:
    measured = [split(each) for each in arm.rounds if each.layers_ms]
    if not measured:
        raise EvidenceError(f"time by layer in {where}", "none: its probes were off", "choose an experiment whose probes were on")
    return {part: statistics.fmean(each[part] for each in measured) for part in _ROLES}


def _chart(title: str, arms: dict[str, ArmResult], means: dict[str, dict[str, float]]) -> Chart:
    names = tuple(f"{arm.title}\n{requests(arm):,} requests" for arm in arms.values())
    at = tuple(float(i) for i in range(len(arms)))
    totals = tuple(units.text(sum(each.values()), "ms") for each in means.values())
    marks = tuple(
        Bars(part, role, at, tuple(each[part] for each in means.values()), labels=totals if part == REST else ())
        for part, role in _ROLES.items()
    )
    alt = "; ".join(
        f"{arm.title}: {total}, of it {units.text(means[name][CONNECTION], 'ms')} {CONNECTION}"
        for (name, arm), total in zip(arms.items(), totals, strict=True)
    )
    y = Axis("", scale="category", categories=names)
    return Chart(title, f"Stacked bars of what requests waited for. {alt}.", Axis("mean time per request", "ms"), y, marks)


def _table(arms: dict[str, ArmResult], means: dict[str, dict[str, float]]) -> Table:
    rows = (
        (arm.title, f"{requests(arm):,}", *(units.digits(ms) for ms in means[name].values()), units.digits(sum(means[name].values())))
        for name, arm in arms.items()
    )
    return Table("Mean time per request by what it was spent on, ms", ("arm", "requests", *_ROLES, "all"), tuple(rows))
