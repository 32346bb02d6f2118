"""Choose some of the requests by when they were due or how long they took, and see how they differ from the rest."""

from __future__ import annotations

import statistics
from html import escape

from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, chosen_experiment, traffic
from scenarios.publish.neighbours import PHASE_WORDS, ms, phase_at, samples_of, visited_rounds
from scenarios.publish.traces.layer_names import NAMES
from scenarios.record import LAYERS

OPTIONS = ("experiment", "arm", "title")
Request = tuple[float, dict[str, float], str | None]
"""Latency in ms, exclusive ms by layer, phase."""


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    name, experiment = chosen_experiment(dive, options)
    arm = options.get("arm", "wrecked")
    requests = _requests(dive, name, arm)
    groups = {label: [r for r in requests if chosen(r)] for label, chosen in _choices(requests).items()}
    groups = {label: members for label, members in groups.items() if members and len(members) < len(requests)}
    slow, rest = _split(requests, groups["the slowest tenth"])
    grown = _grown(slow, rest)
    most = max(grown, key=grown.__getitem__)
    title = options.get("title") or (
        f"The slowest tenth differ from the rest by {ms(sum(grown.values()))}, and {ms(grown[most])} of that is in {NAMES[most]}"
    )
    return Exhibit(
        title=title,
        caption="Mean time per request by layer, each layer without the ones inside it. "
        "Choose a group below to hold it against all others. "
        f"{experiment.title}: {traffic(experiment)}, n = {len(requests):,} requests.",
        chart=_chart(title, groups),
        html=_chooser(f"{dive.slug}-{name}-{arm}", requests, groups),
        table=_table(groups),
        command=experiment.command,
        evidence="samples.json",
    )


def _requests(dive: Dive, experiment: str, arm: str) -> list[Request]:
    result = dive.arm(experiment, arm)
    # Where no neighbour came no request has a phase, and the groups are those that took long and those that did not.
    rounds = {r.round: r for r in visited_rounds(result) or result.rounds}
    found: list[Request] = []
    for run in samples_of(dive, experiment, arm):
        if not run.layers_ms or run.round not in rounds:
            continue
        for i, (due_s, latency_ms) in enumerate(zip(run.due_s, run.latency_ms, strict=True)):
            found.append((latency_ms, {layer: run.layers_ms[layer][i] for layer in LAYERS}, phase_at(rounds[run.round], due_s)))
    if not found:
        raise EvidenceError(f"layers of single requests of {experiment}.{arm}", "none", "choose an experiment whose probes were on")
    return found


def _choices(requests: list[Request]):
    ordered = sorted(r[0] for r in requests)
    slow, middle = ordered[len(ordered) * 9 // 10], statistics.median_low(ordered)
    return {
        **{f"due {words}": lambda r, p=phase: r[2] == p for phase, words in PHASE_WORDS.items()},
        "the slowest tenth": lambda r: r[0] >= slow,
        "the fastest half": lambda r: r[0] <= middle,
    }


def _split(requests: list[Request], members: list[Request]) -> tuple[list[Request], list[Request]]:
    inside = {id(r) for r in members}
    return members, [r for r in requests if id(r) not in inside]


def _mean(members: list[Request], layer: str) -> float:
    return statistics.fmean(r[1][layer] for r in members)


def _grown(members: list[Request], rest: list[Request]) -> dict[str, float]:
    return {layer: _mean(members, layer) - _mean(rest, layer) for layer in LAYERS}


def _chart(title: str, groups: dict[str, list[Request]]) -> Chart:
    at = tuple(float(i) for i in range(len(groups)))
    means = {layer: tuple(_mean(members, layer) for members in groups.values()) for layer in LAYERS}
    marks = [Bars(NAMES[layer], layer, at, values) for layer, values in means.items() if max(values) > 0]
    totals = [sum(_mean(members, layer) for layer in LAYERS) for members in groups.values()]
    counted = zip(groups.items(), totals, strict=True)
    names = tuple(f"{label}: {len(members):,} requests, {ms(total)}" for (label, members), total in counted)
    alt = "; ".join(names)
    axes = Axis("mean time", "ms"), Axis("", scale="category", categories=names)
    return Chart(title, f"Stacked bars, mean time by layer. {alt}.", *axes, tuple(marks))


def _chooser(name: str, requests: list[Request], groups: dict[str, list[Request]]) -> str:
    """Return one fold a group, of which browsers keep one open: no script needed."""
    folds = []
    for label, members in groups.items():
        _, rest = _split(requests, members)
        rows = "".join(_row(layer, members, rest) for layer in LAYERS)
        head = '<tr><th scope="col">layer</th><th scope="col">these</th><th scope="col">all others</th><th scope="col">difference</th></tr>'
        table = f"<table><caption>{escape(label)}, beside all others</caption><thead>{head}</thead><tbody>{rows}</tbody></table>"
        folds.append(
            f'<details class="exhibit-choice" name="{escape(name)}-populations"><summary>{escape(label)} ({len(members):,})</summary>'
            f'<div class="exhibit-table" tabindex="0" role="group" aria-label="{escape(label)}">{table}</div></details>'
        )
    return f'<p class="exhibit-subtitle">Hold one group against all others</p>{"".join(folds)}'


def _row(layer: str, members: list[Request], rest: list[Request]) -> str:
    these, others = _mean(members, layer), _mean(rest, layer)
    sign = "+" if these >= others else "−"
    return f'<tr><th scope="row">{NAMES[layer]}</th><td>{ms(these)}</td><td>{ms(others)}</td><td>{sign}{ms(abs(these - others))}</td></tr>'


def _table(groups: dict[str, list[Request]]) -> Table:
    rows = tuple((label, f"{len(m):,}", *(units.text(_mean(m, layer), "ms") for layer in LAYERS)) for label, m in groups.items())
    return Table("Mean time by layer", ("requests", "n", *NAMES.values()), rows)
