"""From runs to a record: what many rounds come to, and which single requests are kept to be looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from scenarios.measure.otlp import exported
from scenarios.measure.probes.statements import merged
from scenarios.measure.requests import Request
from scenarios.measure.run import Run
from scenarios.record import (
    LAYERS,
    ArmResult,
    ArmSamples,
    LoggedStatement,
    LogLine,
    Plan,
    Pool,
    Samples,
    SeriesFile,
    Served,
    worst_misjudged,
)
from scenarios.wreck import Arm, Wreck, options_named
from scenarios.wreck import Experiment as Declared

SLOW_LOG_LINES = 5
SLOW_LOG_CHARS = 4_000
STATEMENTS_KEPT = 40
LOG_LINES_KEPT = 40
DATABASE_LOG_LINES_KEPT = 12
SAMPLES_PER_RUN = 200
"""Evenly thinned above this, the kept traces always among them."""


def arm_result(runs: list[Run], answer_sha256: str | None, plan: Plan | None = None) -> ArmResult:
    """Return what an arm's rounds in one experiment come to. ``plan`` is of its costliest statement, where that is kept."""
    runs = sorted(runs, key=lambda run: run.summary.round)
    arm, experiment = runs[0].arm, runs[0].experiment
    kept = kept_traces(runs) if experiment.keep_traces else {}
    return ArmResult(
        title=arm.title,
        removes=arm.removes,
        rounds=[run.summary for run in runs],
        statements=merged([statement for run in runs for statement in run.statements])[:STATEMENTS_KEPT],
        slow_log=_slow_log(runs) if experiment.keep_traces else [],
        traces={what: request.id for what, request in kept.items()},
        answer_sha256=answer_sha256,
        log=_log(line for run in runs for line in run.log),
        neighbours_log=_log(line for run in runs for line in run.neighbours_log),
        served=served(arm),
        rows_misjudged_times=worst_misjudged(plan.root).misjudged_times if plan else None,
    )


def served(arm: Arm) -> Served | None:
    """Return how an arm asks to be served, None for one that asks for nothing of its own."""
    said = Served(
        workers=arm.workers,
        gunicorn=options_named(arm.gunicorn),
        environment=dict(arm.environment),
        preload=arm.preload,
        python=arm.python,
        pool=Pool(**asdict(arm.pool)) if arm.pool else None,
        database_options=arm.database_options,
    )
    return said if said != Served() else None


def kept_traces(runs: list[Run]) -> dict[str, Request]:
    """Return the ``median`` and the ``slowest`` request, by service time, that left spans; of each phase the middle one too."""
    traced = _by_service(r for run in runs for r in run.requests)
    whole = {"median": traced[len(traced) // 2], "slowest": traced[-1]} if traced else {}
    return whole | (_phase_traces(runs) if whole else {})


def _by_service(requests: Iterable[Request]) -> list[Request]:
    return sorted((r for r in requests if r.worker_start_ns), key=lambda r: (r.service_ms, r.id))


def _phase_traces(runs: list[Run]) -> dict[str, Request]:
    """Return the middle request of each part of runs that a neighbour came into, by the part's name; {} where none did."""
    found: dict[str, list[Request]] = {}
    for run in runs:
        for name, phase in run.summary.phases.items():
            found.setdefault(name, []).extend(r for r in run.requests if phase.start_s <= r.due_s < phase.end_s)
    ordered = {name: _by_service(requests) for name, requests in found.items()}
    return {name: requests[len(requests) // 2] for name, requests in ordered.items() if requests}


def trace_files(wreck: Wreck, runs: Iterable[Run]) -> dict[str, str]:
    """Return the files of ``traces/`` by id."""
    by_arm = _by(runs, lambda run: (run.experiment.name, run.arm.name))
    return {
        request.id: exported(request, wreck.paths_of(same[0].experiment)[request.path])
        for same in by_arm.values()
        if same[0].experiment.keep_traces
        for request in kept_traces(same).values()
    }


def samples(wreck: Wreck, runs: Iterable[Run], traces: Iterable[str]) -> Samples:
    """Return single requests of every experiment that keeps them, in a settled order."""
    kept = sorted(
        (run for run in runs if run.experiment.keep_samples), key=lambda run: (run.experiment.name, run.arm.name, run.summary.round)
    )
    known = set(traces)
    return Samples(paths=list(wreck.all_paths), runs=[_arm_samples(wreck, run, known) for run in kept])


def series(runs: Iterable[Run]) -> SeriesFile:
    """Return the readings over time, of each arm those of the round whose median latency is the middle one."""
    kept = []
    for same in _by((run for run in runs if run.series), lambda run: (run.experiment.name, run.arm.name)).values():
        ordered = sorted(same, key=lambda run: (run.summary.latency_ms.p50 or 0.0, run.summary.round))
        kept.append(ordered[(len(ordered) - 1) // 2].series)
    return SeriesFile(runs=sorted(kept, key=lambda one: (one.experiment, one.arm)))


def _log(lines: Iterable[LogLine]) -> list[LogLine]:
    """Return the lines of trouble of all rounds, those that were alike counted; the database's have room of their own."""
    counted: dict[tuple[str, str], LogLine] = {}
    for line in lines:
        first = counted.get((line.source, line.text))
        counted[line.source, line.text] = first.model_copy(update={"count": first.count + line.count}) if first else line
    ordered = sorted(counted.values(), key=lambda line: (line.source, -line.count, line.text))
    servers, databases = ([line for line in ordered if (line.source == "postgres") is is_database] for is_database in (False, True))
    return [*servers[:LOG_LINES_KEPT], *databases[:DATABASE_LOG_LINES_KEPT]]


def _arm_samples(wreck: Wreck, run: Run, traces: set[str]) -> ArmSamples:
    paths = [wreck.all_paths.index(path) for path in wreck.paths_of(run.experiment)]
    step = -(-len(run.requests) // SAMPLES_PER_RUN)
    chosen = [r for i, r in enumerate(run.requests) if i % step == 0 or r.id in traces]
    layers = [r.layers_ms() for r in chosen]
    return ArmSamples(
        experiment=run.experiment.name,
        arm=run.arm.name,
        round=run.summary.round,
        due_s=[r.due_s for r in chosen],
        latency_ms=[r.latency_ms for r in chosen],
        path=[paths[r.path] for r in chosen],
        status=[r.status for r in chosen],
        layers_ms={name: [each[name] for each in layers] for name in LAYERS} if layers and all(layers) else {},
        trace=[r.id if r.id in traces else None for r in chosen],
    )


def _slow_log(runs: list[Run]) -> list[LoggedStatement]:
    lines = []
    for run in runs:
        done_s = {r.id: r.done_s for r in run.requests}
        lines += [(line, done_s[line.trace_id]) for line in run.slow_log]
    lines.sort(key=lambda each: (-each[0].duration_ms, each[0].trace_id))
    return [
        LoggedStatement(duration_ms=line.duration_ms, text=line.text[:SLOW_LOG_CHARS], trace_id=line.trace_id, offset_s=offset_s)
        for line, offset_s in lines[:SLOW_LOG_LINES]
    ]


def _by(runs: Iterable[Run], key) -> dict:
    grouped: dict = {}
    for run in runs:
        grouped.setdefault(key(run), []).append(run)
    return grouped


def arms_of(declared: Declared, runs: Iterable[Run], answers: dict[str, str], plans: Mapping[str, Plan]) -> dict[str, ArmResult]:
    """Return the results of one experiment by arm; arms that could not be had are not in it. ``plans`` are of its scale, by arm."""
    by_arm = _by((run for run in runs if run.experiment.name == declared.name), lambda run: run.arm.name)
    kept = plans if declared.keep_plans else {}
    return {name: arm_result(same, answers.get(name), kept.get(name)) for name, same in by_arm.items()}
