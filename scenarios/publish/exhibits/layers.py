"""Where a request's time goes: mean exclusive time by layer, stacked, a bar an arm."""

from __future__ import annotations

import statistics

from scenarios import claims
from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, Linked, chosen_arms, chosen_experiment, requests, spread, traffic
from scenarios.publish.traces.layer_names import NAMES
from scenarios.record import LAYERS, ArmResult

OPTIONS = ("experiment", "arms", "title")


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    name, experiment = chosen_experiment(dive, options)
    arms = chosen_arms(dive, name, options)
    means = {n: _means(a, f"{dive.slug} {name}.{n}") for n, a in arms.items()}
    first = next(iter(arms))
    largest = max(means[first], key=means[first].__getitem__)
    share = claims.interval(_shares(arms[first], largest)).value
    title = options.get("title") or f"{arms[first].title}: {units.said(share, 'share')} of the time is {NAMES[largest]}"
    return Exhibit(
        title=title,
        caption=f"Mean time per request by layer, each layer without the ones inside it; mean over rounds. "
        f"{experiment.title}: {traffic(experiment)}, {spread(experiment)}.",
        chart=_chart(title, arms, means),
        table=_table(arms, means),
        command=experiment.command,
        linked=Linked(name, tuple(arms), rows=tuple(a.traces.get("median", "") for a in arms.values())),
    )


def _means(arm: ArmResult, where: str) -> dict[str, float]:
    measured = [r.layers_ms for r in arm.rounds if r.layers_ms]
    if not measured:
        raise EvidenceError(f"time by layer in {where}", "none: its probes were off", "choose an experiment whose probes were on")
    return {layer: statistics.fmean(m.get(layer, 0.0) for m in measured) for layer in LAYERS}


def _shares(arm: ArmResult, layer: str) -> list[float]:
    """Return a layer's share of a request's time, round by round, as claims take it."""
    return [r.layers_ms.get(layer, 0.0) / (sum(r.layers_ms.values()) or 1.0) for r in arm.rounds if r.layers_ms]


def _statements(arm: ArmResult) -> str:
    counted = [r.statements_per_request for r in arm.rounds if r.statements_per_request is not None]
    return units.digits(statistics.fmean(counted)) if counted else "–"


def _chart(title: str, arms, means) -> Chart:
    names = tuple(f"{a.title}\n{requests(a):,} requests, statements each: {_statements(a)}" for a in arms.values())
    at = tuple(float(i) for i in range(len(arms)))
    present = [layer for layer in LAYERS if any(means[n][layer] > 0 for n in arms)]
    marks = [Bars(NAMES[layer], layer, at, tuple(means[n][layer] for n in arms)) for layer in present]
    totals = tuple(units.text(sum(means[n].values()), "ms") for n in arms)
    if marks:
        last = marks[-1]
        marks[-1] = Bars(last.name, last.role, last.at, last.length, labels=totals)
    alt = "; ".join(
        f"{a.title}: {total}, of it Postgres {units.text(means[n]['postgres'], 'ms')}"
        for (n, a), total in zip(arms.items(), totals, strict=True)
    )
    return Chart(
        title,
        f"Stacked bars of time by layer. {alt}.",
        Axis("mean time per request", "ms"),
        Axis("", scale="category", categories=names),
        tuple(marks),
    )


def _table(arms, means) -> Table:
    rows = [
        (
            a.title,
            f"{requests(a):,}",
            _statements(a),
            *(units.digits(means[n][layer]) for layer in LAYERS),
            units.digits(sum(means[n].values())),
        )
        for n, a in arms.items()
    ]
    return Table("Mean time per request by layer, ms", ("arm", "requests", "statements each", *NAMES.values(), "all"), tuple(rows))
