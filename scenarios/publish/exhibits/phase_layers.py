"""Where a request's time goes before a neighbour comes, while it is there, and after: stacked by layer."""

from __future__ import annotations

import statistics

from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, Linked, chosen_arms, chosen_experiment, traffic
from scenarios.publish.neighbours import PHASE_WORDS, ms, phase_rounds, phases_of
from scenarios.publish.traces.layer_names import NAMES
from scenarios.record import LAYERS, Round

OPTIONS = ("experiment", "arms", "title")


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Option ``arms``: default ``wrecked``; of several, each has its phases."""
    name, experiment = chosen_experiment(dive, options)
    arms = chosen_arms(dive, name, {"arms": "wrecked"} | options)
    rows, traces = [], []
    for arm_name, arm in arms.items():
        rounds = phase_rounds(arm, f"{dive.slug} {name}.{arm_name}")
        # A line of its own: at a phone's width both do not stand on one.
        prefix = f"{arm.title},\n" if len(arms) > 1 else ""
        seen = [p for p in phases_of(rounds) if _means(rounds, p)]
        rows += [(prefix + PHASE_WORDS[p], _means(rounds, p), _requests(rounds, p)) for p in seen]
        traces += [arm.traces.get(p, "") for p in seen]
    if len(rows) < 2:
        wanted = f"time by layer in two phases of {dive.slug} {name}"
        raise EvidenceError(wanted, f"{len(rows)}", "choose an experiment whose probes were on")
    grown = {layer: rows[1][1][layer] - rows[0][1][layer] for layer in LAYERS}
    most = max(grown, key=grown.__getitem__)
    title = options.get("title") or (
        f"A request takes {ms(sum(grown.values()))} more while the neighbour is there; {ms(grown[most])} of that is in {NAMES[most]}"
        if len(arms) == 1
        else ". ".join(f"{a.title}: {_change(phase_rounds(a, n))}" for n, a in arms.items())
    )
    counted = {len(arm.rounds) for arm in arms.values()}
    return Exhibit(
        title=title,
        caption="Mean time per request by layer, each layer without the ones inside it; mean over rounds. "
        f"{experiment.title}: {traffic(experiment)}, {min(counted)} round{'s' if min(counted) > 1 else ''}.",
        chart=_chart(title, rows),
        table=_table(rows),
        command=experiment.command,
        linked=Linked(name, tuple(arms), rows=tuple(traces)),
    )


def _means(rounds: list[Round], phase: str) -> dict[str, float]:
    found = [r.phases[phase].layers_ms for r in rounds if r.phases[phase].layers_ms]
    return {layer: statistics.fmean(each[layer] for each in found) for layer in LAYERS} if found else {}


def _change(rounds: list[Round]) -> str:
    """Return by how much a request's mean time changed as the neighbour came, with its sign."""
    change = sum(_means(rounds, "during").values()) - sum(_means(rounds, "before").values())
    return f"{'+' if change >= 0 else '−'}{ms(abs(change))} a request"


def _requests(rounds: list[Round], phase: str) -> int:
    return sum(r.phases[phase].requests for r in rounds)


def _chart(title: str, rows) -> Chart:
    at = tuple(float(i) for i in range(len(rows)))
    present = [layer for layer in LAYERS if any(m[layer] > 0 for _, m, _ in rows)]
    marks = [Bars(NAMES[layer], layer, at, tuple(m[layer] for _, m, _ in rows)) for layer in present]
    names = tuple(f"{label}: {ms(sum(m.values()))}, {n:,} requests" for label, m, n in rows)
    said = "; ".join(names).replace("\n", " ")
    axes = Axis("mean time", "ms"), Axis("", scale="category", categories=names)
    return Chart(title, f"Stacked bars, mean time by layer. {said}.", *axes, tuple(marks))


def _table(rows) -> Table:
    cells = tuple((label.replace("\n", " "), f"{n:,}", *(units.text(m[layer], "ms") for layer in LAYERS)) for label, m, n in rows)
    return Table("Mean time by layer", ("part", "requests", *NAMES.values()), cells)
