"""One run: one arm, measured once, on fresh workers."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from scenarios.errors import StackError
from scenarios.measure import requests as joined
from scenarios.measure.probes import counters, lines, postgres_log, statements
from scenarios.measure.quantiles import summarised
from scenarios.measure.requests import Request
from scenarios.measure.stack.process import Server
from scenarios.measure.stack.stack import AppStack
from scenarios.measure.traffic.schedule import open_loop
from scenarios.record import LAYERS, Quantiles, Round, Statement
from scenarios.wreck import Arm, Experiment, OpenLoop, Wreck

REQUEST_TIMEOUT_S = 120
WARM_DEADLINE_S = 300
SAMPLE_EVERY_S = 0.5
LOG_DEADLINE_S = 5
GENERATOR_LATE_MS, GENERATOR_LATE_SHARE = 50, 0.05
"""A generator later than this, and than this share of the median latency, is said so: due times no longer describe the traffic."""
STEAL_NOTED = 0.05


@dataclass
class Run:
    """What one run left, before it is boiled down for the record."""

    experiment: Experiment
    arm: Arm
    summary: Round
    requests: list[Request]
    statements: list[Statement] = field(default_factory=list)
    slow_log: list[postgres_log.Logged] = field(default_factory=list)
    stack_start_s: float = 0.0


class Instruments:
    """Everything that watches one run: begun when the workers are warm, read when traffic ends."""

    def __init__(self, world, place, groups: Callable[[], dict[str, list[int]]]):
        self.place, self.groups = place, groups
        self.connection = place.connect()
        # An owner's statistics are not ours to reset, so there they are not read either.
        self.statements_connection = world.postgres.connect("postgres") if world.postgres else None
        self.log_file: Path | None = world.postgres.log_file if world.postgres else None

    def begin(self) -> None:
        if self.statements_connection:
            statements.reset(self.statements_connection)
        self.log_offset = lines.size(self.log_file) if self.log_file else 0
        self.database_before = counters.database(self.connection)
        self.machine = counters.Machine()
        self.processes = counters.Processes(self.groups)
        self.began = time.monotonic()

    def end(self) -> None:
        self.duration_s = time.monotonic() - self.began
        self.processes.sample()
        self.steal_share = self.machine.steal_share()
        self.statements = statements.read(self.statements_connection, self.place.database_name) if self.statements_connection else []
        self.database = counters.difference(counters.database(self.connection), self.database_before)

    def __enter__(self) -> Instruments:
        return self

    def __exit__(self, *_) -> None:
        self.connection.close()
        if self.statements_connection:
            self.statements_connection.close()

    def log_lines(self, requests: list[Request]) -> list[postgres_log.Logged]:
        """Return the server's lines about ``requests``; it writes them a moment later, so wait for one a statement."""
        if not self.log_file:
            return []
        expected, ids = sum(r.statements for r in requests), {r.id for r in requests}
        deadline = time.monotonic() + LOG_DEADLINE_S
        while True:
            found = [line for line in postgres_log.read(self.log_file, self.log_offset) if line.trace_id in ids]
            if len(found) >= expected or time.monotonic() > deadline:
                return found
            time.sleep(0.02)  # between polls; the deadline decides


def measure(wreck: Wreck, experiment: Experiment, arm: Arm, world, folder: Path, *, round_: int, position: int, seed: int) -> Run:
    """Serve ``arm`` on fresh workers, send the experiment's traffic at it, and return what was seen.

    Raises StackError when a server or the generator does not survive; a worker's death is not
    that, but evidence.
    """
    folder.mkdir(parents=True)
    place = world.place(arm)
    _log_statements(world, place, on=experiment.probes)
    spans = folder / "spans" if experiment.probes else None
    began = time.monotonic()
    with AppStack(folder, wreck.slug, arm.handler, place.url, experiment.workers, spans) as stack:
        stack_start_s = time.monotonic() - began
        with _generator(wreck, experiment, arm, stack.url, folder, seed) as generator:

            def groups():
                database = {"postgres": world.postgres.server.pids()} if world.postgres else {}
                return {**stack.groups(), **database, "traffic": generator.pids()}

            with Instruments(world, place, groups) as instruments:
                _await_line(generator, folder / "generator.out", "warm", WARM_DEADLINE_S)
                instruments.begin()
                (folder / "go").touch()
                _watch(generator, stack, world, instruments)
                instruments.end()
    deaths = stack.gunicorn.deaths()  # complete once it has stopped
    found, own = joined.read_client(folder / "client.jsonl")
    if experiment.probes:
        joined.add_spans(found, spans)
    logged = joined.add_log(found, instruments.log_lines(found)) if experiment.probes else []
    summary = _summary(round_, position, found, own, instruments, deaths, experiment)
    return Run(experiment, arm, summary, found, instruments.statements, logged, stack_start_s)


def plan(wreck: Wreck, experiment: Experiment, arm: Arm, url: str, seed: int) -> dict:
    """Return what the generator is to do, as it reads it."""
    traffic = experiment.traffic
    sender = f"{experiment.name}/{arm.name}"
    common = {"experiment": experiment.name, "arm": arm.name, "url": url, "paths": list(wreck.paths), "workers": experiment.workers, "timeout_s": REQUEST_TIMEOUT_S, "seed": f"{seed}/{sender}"}
    if isinstance(traffic, OpenLoop):
        schedule = open_loop(traffic.rate_per_s, traffic.duration_s, traffic.arrivals, len(wreck.paths), seed, sender)
        return {**common, "schedule": [[d.due_s, d.path, d.trace_id] for d in schedule]}
    return {**common, **{k: v for k, v in asdict(traffic).items() if k in ("clients", "duration_s")}}


def _generator(wreck: Wreck, experiment: Experiment, arm: Arm, url: str, folder: Path, seed: int) -> Server:
    """Return the traffic client as a server of ours, so that it too dies with us."""
    (folder / "plan.json").write_text(json.dumps(plan(wreck, experiment, arm, url, seed)), encoding="utf-8")
    argv = [sys.executable, "-m", "scenarios.measure.traffic.client", folder / "plan.json", folder / "client.jsonl", folder / "go"]
    return Server("the traffic generator", argv, folder / "generator.out", grace_s=2)


def _log_statements(world, place, on: bool) -> None:
    """Have our own server log every statement of this database with its duration, or none; new connections heed it.

    What a worker that died left running is ended first: it would count in the next run.
    """
    if world.postgres:
        with contextlib.closing(world.postgres.connect("postgres")) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [place.database_name])
            cursor.execute(f"ALTER DATABASE {place.database_name} SET log_min_duration_statement = {0 if on else -1}")


def _await_line(generator: Server, log: Path, line: str, deadline_s: float) -> None:
    generator.wait_ready(lambda: line in log.read_text(encoding="utf-8", errors="replace").split(), deadline_s, "its warm-up")


def _watch(generator: Server, stack: AppStack, world, instruments: Instruments) -> None:
    """Sample until the generator has done; raise StackError if a server died under it."""
    while generator.is_running():
        instruments.processes.sample()
        stack.check()
        if world.postgres:
            world.postgres.server.check()
        try:
            psutil.Process(generator.pid).wait(SAMPLE_EVERY_S)
        except (psutil.TimeoutExpired, psutil.NoSuchProcess):
            continue
    if generator.returncode != 0:
        raise StackError("the traffic generator to finish", f"it ended with status {generator.returncode}: {generator.last_words()}", "its log says why")


def _summary(round_: int, position: int, found: list[Request], own: dict, instruments: Instruments, deaths: list[str], experiment: Experiment) -> Round:
    statuses: dict[str, int] = {}
    for request in found:
        statuses[request.status] = statuses.get(request.status, 0) + 1
    layers = [layers for request in found if (layers := request.layers_ms()) is not None]
    traced = [request for request in found if request.worker_start_ns is not None]
    lateness = summarised(r.lateness_ms for r in found)
    return Round(
        round=round_,
        position=position,
        duration_s=own["elapsed_s"],
        requests=len(found),
        statuses=statuses,
        latency_ms=summarised(r.latency_ms for r in found),
        service_ms=summarised(r.service_ms for r in found),
        lateness_ms=lateness,
        requests_per_s=len(found) / own["elapsed_s"],
        layers_ms={name: sum(each[name] for each in layers) / len(layers) for name in LAYERS} if layers else {},
        statements_per_request=sum(r.statements for r in traced) / len(traced) if traced else None,
        cpu_s=instruments.processes.cpu_s() | {"traffic": own["cpu_s"]},
        rss_mb_max=instruments.processes.rss_mb_max,
        workers_died=deaths,
        database=instruments.database,
        steal_share=instruments.steal_share,
        load1_before=instruments.machine.load1,
        warnings=list(_warnings(found, layers, lateness, instruments, deaths, experiment)),
    )


def generator_late_ms(lateness: Quantiles, found: list[Request]) -> float | None:
    """Return by how much the generator was late (p95, or the worst of few), None where that changes nothing."""
    late_ms = lateness.p95 if lateness.p95 is not None else lateness.max
    median_ms = summarised(r.latency_ms for r in found).p50
    is_late = late_ms is not None and late_ms > GENERATOR_LATE_MS and late_ms > GENERATOR_LATE_SHARE * median_ms
    return late_ms if is_late else None


def _warnings(found, layers, lateness, instruments, deaths, experiment):
    if late_ms := generator_late_ms(lateness, found):
        yield f"the generator was late by {late_ms:.0f} ms: its due times do not describe the traffic"
    if instruments.steal_share and instruments.steal_share > STEAL_NOTED:
        yield f"{instruments.steal_share:.0%} of CPU time went to other guests of this host"
    if experiment.probes and len(layers) < len(found):
        yield f"{len(found) - len(layers)} of {len(found)} requests left no spans"
    if deaths:
        yield f"{len(deaths)} workers died: {', '.join(sorted(set(deaths)))}"
    bad = [r.status for r in found if r.status != "200"]
    if bad:
        yield f"{len(bad)} of {len(found)} requests were not answered with 200: {', '.join(sorted(set(bad)))}"
