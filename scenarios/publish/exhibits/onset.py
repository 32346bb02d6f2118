"""The neighbour's own graph: how many requests each host had under way, and when the other one began."""

from __future__ import annotations

import statistics

from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, chosen_experiment, traffic
from scenarios.publish.neighbours import PHASE_WORDS, ms, phase_at, phase_rounds, round_of, rules, series_of

OPTIONS = ("experiment", "arm", "title")


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    name, experiment = chosen_experiment(dive, options)
    arm = options.get("arm", "wrecked")
    where = f"{dive.slug} {name}.{arm}"
    series = series_of(dive, name, arm)
    if "under_way.aux" not in series.values:
        raise EvidenceError(f"requests under way on each host of {where}", "not read", "run 'invoke rebuild' to make it")
    rounds = phase_rounds(dive.arm(name, arm), where)
    shown = round_of(dive.arm(name, arm), series.round, where)
    title = options.get("title") or (
        f"The other host’s first request came at {units.text(shown.neighbour.first_s, 's')}: until then our median was "
        f"{ms(shown.phases['before'].latency_ms.p50)}, from then on {ms(shown.phases['during'].latency_ms.p50)}"
    )
    return Exhibit(
        title=title,
        caption=f"Requests under way on each host: sent and not yet answered. {experiment.title}: {traffic(experiment)} on ours, "
        f"{shown.neighbour.clients} clients in a closed loop on the other; round {series.round} of {len(rounds)}, "
        f"n = {shown.requests:,} requests to ours and {shown.neighbour.requests:,} to the other.",
        chart=_chart(title, series, shown),
        table=_table(series, shown),
        command=experiment.command,
        evidence="series.json",
    )


def _chart(title: str, series, shown) -> Chart:
    x = tuple(series.at_s)
    marks = [
        Line("our host", "fix", x, tuple(series.values["under_way.web"])),
        Line("the other host", "wrecked", x, tuple(series.values["under_way.aux"])),
    ]
    alt = "; ".join(f"{m.name} at most {units.digits(max(m.y))} under way" for m in marks)
    axes = Axis("time since traffic began", "s"), Axis("requests under way", low=0.0)
    return Chart(title, f"Lines of requests under way against time. {alt}.", *axes, (*marks, *rules(shown)))


def _table(series, shown) -> Table:
    rows = []
    for phase, words in PHASE_WORDS.items():
        inside = [i for i, at in enumerate(series.at_s) if phase_at(shown, at) == phase]
        if inside:
            means = [statistics.fmean(series.values[f"under_way.{host}"][i] for i in inside) for host in ("web", "aux")]
            rows.append((words, *(units.digits(m) for m in means), ms(shown.phases[phase].latency_ms.p50)))
    return Table("Requests under way, mean over readings", ("part", "our host", "the other host", "our median latency"), tuple(rows))
