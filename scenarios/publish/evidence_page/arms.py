"""An arm: its rounds, what it asked of the database, what the servers said, and where its single requests lie."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.publish import units
from scenarios.publish.dive import Dive
from scenarios.publish.evidence_page import anchors, numbers
from scenarios.publish.evidence_page.markup import Cell, code, facts, folded, html, items, joined, link, raw, table
from scenarios.publish.exhibit import median, requests
from scenarios.record import LAYERS, ArmResult, LogLine, Round

def draw(dive: Dive, experiment: str, name: str) -> str:
    """Return an arm as a section: its heading stands open, the rest is folded."""
    arm = dive.arm(experiment, name)
    where = f"{experiment}, {arm.title}"
    inside = _rounds(where, arm.rounds)
    inside += folded("Every number of every round", numbers.draw(where, arm.rounds)) + _statements(where, arm) + _logs(arm)
    inside += facts(_served(arm) + _sources(dive, experiment, name, arm))
    title = f"<h4>{html(arm.title)} <code>{name}</code></h4>"
    return f'<section class="evidence-arm" id="{anchors.arm(experiment, name)}">{title}{folded(_brief(arm), inside)}</section>'


def _brief(arm: ArmResult) -> str:
    """Return an arm in one line."""
    medians = [r.latency_ms.p50 for r in arm.rounds if r.latency_ms.p50 is not None]
    count = len(arm.rounds)
    took = f"p50 {units.text(median(medians), 'ms')}, " if medians else ""
    removes = f"; takes away: {arm.removes}" if arm.removes else ""
    return f"{took}{count} round{'s' if count != 1 else ''}, {requests(arm):,} requests{removes}"


def _rounds(where: str, rounds: list[Round]) -> str:
    """Return the rounds side by side: a row a measure, a column a round."""
    return table(f"Rounds of {where}", ("measure", *(f"round {r.round}" for r in rounds)), _rows(rounds))


def _rows(rounds: list[Round]) -> Iterator[tuple[str, ...]]:
    yield "its place in the round", *(str(r.position) for r in rounds)
    yield "requests", *(f"{r.requests:,}" for r in rounds)
    yield "statuses", *(", ".join(f"{status}: {n:,}" for status, n in sorted(r.statuses.items())) for r in rounds)
    yield "p50", *(_ms(r.latency_ms.p50) for r in rounds)
    yield "mean", *(_ms(r.latency_ms.mean) for r in rounds)
    yield "p95", *(_ms(r.latency_ms.p95) for r in rounds)
    yield "slowest", *(_ms(r.latency_ms.max) for r in rounds)
    yield "sent late by, at most", *(_ms(r.lateness_ms.max) for r in rounds)
    yield "requests a second", *(units.digits(r.requests_per_s) for r in rounds)
    yield "statements a request", *(_number(r.statements_per_request) for r in rounds)
    for layer in (each for each in LAYERS if any(each in r.layers_ms for r in rounds)):
        yield f"mean time in {layer}", *(_ms(r.layers_ms.get(layer)) for r in rounds)
    for group in dict.fromkeys(name for r in rounds for name, used in r.cpu_s.items() if used):
        yield f"CPU of {group}", *(units.text(r.cpu_s.get(group, 0.0), "s") for r in rounds)
    yield "load before", *(units.digits(r.load1_before, 2) for r in rounds)
    yield "stolen", *("–" if r.steal_share is None else units.text(r.steal_share, "share") for r in rounds)
    yield "noted", *("; ".join(dict.fromkeys([*r.workers_died, *r.warnings])) or "–" for r in rounds)


def _number(value: float | None) -> str:
    return "–" if value is None else units.digits(value)


def _ms(value: float | None) -> str:
    return "too few" if value is None else units.text(value, "ms")


def _statements(where: str, arm: ArmResult) -> str:
    if not arm.statements:
        return ""
    rows = (
        (code(s.text), f"{s.calls:,}", _ms(s.mean_ms), _ms(s.max_ms), _ms(s.total_ms), f"{s.rows:,}", code(s.fingerprint))
        for s in sorted(arm.statements, key=lambda s: -s.total_ms)
    )
    columns = ("statement", "calls", "mean", "max", "total", "rows", "fingerprint")
    return folded(f"Its statements: {len(arm.statements)} kinds", table(f"Statements of {where}, over all rounds", columns, rows))


def _logs(arm: ArmResult) -> str:
    slow = [code(f"duration: {line.duration_ms:.3f} ms{_when(line.offset_s)}: {line.text}") for line in arm.slow_log]
    kinds = (
        ("The slowest lines of the database's own log", slow),
        ("What servers and kernel said", _said(arm.log)),
        ("What the neighbour's servers said", _said(arm.neighbours_log)),
    )
    return "".join(
        folded(title, f'<div class="wreck-log">{items(lines)}</div>')
        for title, lines in kinds
        if lines
    )


def _said(log: list[LogLine]) -> list[Cell]:
    return [code(f"{line.source}{_when(line.offset_s)}{_like_it(line.count)}: {line.text}") for line in log]


def _like_it(count: int) -> str:
    return f", {count} like it" if count > 1 else ""


def _when(offset_s: float | None) -> str:
    return "" if offset_s is None else f" at {units.text(offset_s, 's')}"


def _served(arm: ArmResult) -> list[tuple[str, Cell]]:
    """Return how the arm was served, as far as its wreck says so."""
    if not (said := arm.served):
        return []
    pool = said.pool.model_dump(exclude_none=True) if said.pool else {}
    settings = {
        "workers of its own": str(said.workers or ""),
        "gunicorn’s options": " ".join(f"--{name} {value}".strip() for name, value in said.gunicorn.items()),
        "environment": " ".join(f"{name}={value}" for name, value in said.environment.items()),
        "library loaded first": said.preload or "",
        "Python": said.python or "",
        "pool of connections": ", ".join(f"{name} {value:g}" for name, value in pool.items()),
        "its connections set": said.database_options,
    }
    return [(what, code(value)) for what, value in settings.items() if value]


def _sources(dive: Dive, experiment: str, name: str, arm: ArmResult) -> list[tuple[str, Cell]]:
    """Return where the arm's single requests, plan and raw record lie."""
    slug, scale = dive.slug, dive.experiment(experiment).scale
    traces = [raw(slug, f"traces/{ident}.json", which) for which, ident in arm.traces.items()]
    rows: list[tuple[str, Cell]] = [("traces, as OTLP", joined(traces))] if traces else []
    for what, file, runs in (("samples", "samples.json", dive.samples.runs), ("readings over time", "series.json", dive.series.runs)):
        mine = [(i, r.round) for i, r in enumerate(runs) if (r.experiment, r.arm) == (experiment, name)]
        kept = [raw(slug, f"{file}#/runs/{i}", f"round {number}") for i, number in mine]
        rows += [(what, joined(kept))] if kept else []
    if name in dive.plans.plans.get(scale, {}):
        rows.append(("plan", link(f"at scale “{scale}”", f"#{anchors.plan(scale, name)}")))
    rows.append(("answer, as SHA-256", code(arm.answer_sha256) if arm.answer_sha256 else "not taken"))
    return [*rows, ("raw", raw(slug, f"record.json#/experiments/{experiment}/arms/{name}"))]
