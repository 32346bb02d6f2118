"""Percentile curves of one run counted three ways: what coordinated omission hides, shown on the same requests.

An open loop knows when each request was *due*, whatever became of those before it. Counting from when it was *sent* leaves out
what the generator was late. A client that waits for each answer leaves out more: it never sends what was due meanwhile, and
what it never sends no percentile knows (coordinated omission: Gil Tene, "How NOT to measure latency", 2013; wrk2). The
requests that such a client would have sent are picked from those that were measured. Nothing is modelled.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from scenarios.errors import EvidenceError, UsageError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Rule, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, Linked, chosen_experiment, traffic
from scenarios.publish.neighbours import ms, samples_of
from scenarios.record import ArmSamples

OPTIONS = ("experiment", "arm", "title")
TICKS = ((1.0, "p0"), (2.0, "p50"), (4.0, "p75"), (10.0, "p90"), (20.0, "p95"), (100.0, "p99"), (1000.0, "p99.9"))
"""Percentiles where they lie on an axis of 1/(1-q): one request in so many took longer."""
FEW = 10
"""Of fewer requests than this a curve's end is anecdote."""
POINTS = 48
_WORDS = {0.5: "Half the requests", 0.75: "A quarter of the requests", 0.9: "A tenth of the requests"}
P95_FROM, P99_FROM = 20, 1000


@dataclass(frozen=True)
class Asked:
    """One measured request: times in s and ms from the start of traffic."""

    due_s: float
    latency_ms: float
    """From when it was due."""
    service_ms: float
    """From when it was sent."""


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``experiment``, an open loop with single requests and probes on; ``arm`` (``wrecked``)."""
    name, experiment = chosen_experiment(dive, options)
    arm_name = options.get("arm", "wrecked")
    arm = dive.arm(name, arm_name)
    if experiment.loop != "open":
        got = f"'{name}', a closed one, where a request is due when it is sent"
        raise UsageError("an experiment with an open loop", got, "choose another in option 'experiment'")
    rounds = [asked(run) for run in samples_of(dive, name, arm_name) if run.layers_ms]
    if not rounds:
        raise EvidenceError(f"layers of single requests of {name}.{arm_name}", "none", "choose an experiment whose probes were on")
    everything = [each for run in rounds for each in run]
    waited = [each for run in rounds for each in sent_by_one_who_waits(run)]
    curves = {
        "from when it was due": sorted(each.latency_ms for each in everything),
        "from when it was sent": sorted(each.service_ms for each in everything),
        "as a client that waits would tell": sorted(each.service_ms for each in waited),
    }
    title = options.get("title") or _title(curves)
    return Exhibit(
        title=title,
        caption=f"{_said(everything, waited)} {experiment.title}: {traffic(experiment)}; arm: {arm.title}, "
        f"{f'all {len(rounds)} rounds' if len(rounds) > 1 else '1 round'}, n = {len(everything):,} requests.",
        chart=_chart(title, curves),
        table=_table(curves),
        command=experiment.command,
        evidence="samples.json",
        linked=Linked(toggles=True),
    )


def _title(curves: dict[str, list[float]]) -> str:
    """Return the percentile at which the two ways of asking differ most, in words."""
    due, _, told = curves.values()
    share = max(_WORDS, key=lambda q: quantile(due, q) / (quantile(told, q) or 1.0))
    return (
        f"{_WORDS[share]} took {ms(quantile(due, share))} or more; a client that waits for each answer "
        f"would tell of {ms(quantile(told, share))}"
    )


def _said(everything: list[Asked], waited: list[Asked]) -> str:
    late_ms = max(each.latency_ms - each.service_ms for each in everything)
    return (
        "Each line is requests sorted by how long they took: below stands which part was quicker. From when a request was due is "
        f"what its sender waits. From when it was sent leaves out what the generator was late, {ms(late_ms)} at most here. The third line "
        f"has {len(waited):,} of the {len(everything):,} requests: the others were due while one was under way, and a client that waits "
        f"for its answer never sends them. Right of the dotted line lie fewer than {FEW} requests."
    )


def asked(run: ArmSamples) -> list[Asked]:
    """Return a run's requests by due time. A request's exclusive layers sum to its time from when it was sent."""
    service = [sum(each) for each in zip(*run.layers_ms.values(), strict=True)]
    found = zip(run.due_s, run.latency_ms, service, strict=True)
    return sorted((Asked(due, latency, min(latency, sent)) for due, latency, sent in found), key=lambda each: each.due_s)


def sent_by_one_who_waits(requests: Iterable[Asked]) -> list[Asked]:
    """Return those of one run's requests, in order of due time, that were not due while an earlier one of them was under way."""
    free_s, kept = -math.inf, []
    for each in requests:
        if each.due_s >= free_s:
            kept.append(each)
            free_s = each.due_s + each.latency_ms / 1e3
    return kept


def quantile(ordered: list[float], share: float) -> float:
    """Return the value that ``share`` of the others lie below."""
    return ordered[min(len(ordered) - 1, math.floor(len(ordered) * share))]


def curve(ordered: list[float]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the percentile curve as (1/(1-q), value): at most ``POINTS``, evenly apart on a logarithmic axis, the last the slowest."""
    n = len(ordered)
    wanted = {math.floor(n * (1 - n ** (-i / (POINTS - 1)))) for i in range(POINTS)}
    at = sorted({min(i, n - 1) for i in wanted} | {n - 1})
    return tuple(n / (n - i) for i in at), tuple(ordered[i] for i in at)


def _chart(title: str, curves: dict[str, list[float]]) -> Chart:
    roles = ("wrecked", "fix", "suspect")
    marks = [Line(name, role, *curve(values)) for (name, values), role in zip(curves.items(), roles, strict=True)]
    most = max(map(len, curves.values()))
    if most > 2 * FEW:
        marks.append(Rule("x", most / FEW, "", "muted"))
    said = "; ".join(f"{name}: median {ms(quantile(v, 0.5))}, nine in ten within {ms(quantile(v, 0.9))}" for name, v in curves.items())
    least = min(values[0] for values in curves.values())
    return Chart(
        title,
        f"Percentile curves of latency. {said}.",
        Axis("percentile: one request in 1/(1−q) took longer", scale="log", low=1.0, ticks=TICKS),
        Axis("latency, log scale" if least > 0 else "latency", "ms", "log" if least > 0 else "linear"),
        tuple(marks),
    )


def _table(curves: dict[str, list[float]]) -> Table:
    rows = []
    for name, values in curves.items():
        n = len(values)
        tails = [ms(quantile(values, q)) if n >= enough else "too few" for q, enough in ((0.95, P95_FROM), (0.99, P99_FROM))]
        middle = [ms(quantile(values, q)) for q in (0.5, 0.75, 0.9)]
        rows.append((name, f"{n:,}", ms(values[0]), *middle, *tails, ms(values[-1])))
    columns = ("counted", "requests", "quickest", "p50", "p75", "p90", "p95", "p99", "slowest")
    caption = f"The same run, counted three ways; {units.digits(len(next(iter(curves.values()))))} requests measured"
    return Table(caption, columns, tuple(rows))
