"""One run: one arm, measured once, on fresh workers."""

from __future__ import annotations

import contextlib
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from scenarios.errors import StackError
from scenarios.measure import answers, clock, remedies, yardstick
from scenarios.measure import requests as joined
from scenarios.measure.instruments import Instruments
from scenarios.measure.probes import postgres_log, troubles
from scenarios.measure.requests import Request
from scenarios.measure.series import series_of
from scenarios.measure.stack.process import Server, describe
from scenarios.measure.stage import REQUEST_TIMEOUT_S, Stage, data_for
from scenarios.measure.summary import summarise
from scenarios.measure.world.world import Place
from scenarios.record import LogLine, Round, Series, Statement
from scenarios.wreck import Arm, Experiment, Wreck

SAMPLE_EVERY_S = 0.5
SAMPLE_EVERY_S_BESIDE_A_NEIGHBOUR = 0.2
ROUND_TRIPS = 50


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
    neighbours: list[Request] = field(default_factory=list)
    """What the neighbour asked for."""
    series: Series | None = None
    log: list[LogLine] = field(default_factory=list)
    answer_sha256: str | None = None
    neighbours_log: list[LogLine] = field(default_factory=list)


@dataclass(frozen=True)
class Order:
    """Which run of a rebuild this is."""

    round: int
    position: int
    seed: int
    """Of its traffic."""
    ask_answers: bool = False
    """Whether the arm's answers are taken too, once traffic is over."""


def measure(wreck: Wreck, experiment: Experiment, arm: Arm, world, folder: Path, order: Order) -> Run:
    """Serve ``arm`` on fresh workers, send the experiment's traffic at it, and return what was seen.

    Raises StackError when a server or the generator does not survive; a worker's death is not
    that, but evidence.
    """
    folder.mkdir(parents=True)
    with data_for(world, experiment, arm) as place:
        _log_statements(world, place, on=experiment.probes)
        with Stage(wreck, experiment, arm, world, place, folder, order.seed) as stage:
            # Measured without a relay too, for a wreck that has one: a curve begins there.
            has_relay = any(each.round_trip_ms for each in wreck.experiments)
            trip_ms = round_trip_ms(Place(stage.database_url(), place.database_name, place.schema).connect()) if has_relay else None
            with Instruments(world, place, stage.groups, watch_sessions=experiment.keep_series) as instruments:
                took_ms = yardstick.measured_ms()
                even = clock.Even()
                instruments.begin()
                stage.go()
                did = _watch(stage, instruments)
                instruments.end()
                even.check(f"{experiment.name}, {arm.name}")
                took_ms += yardstick.measured_ms()
            kills = stage.fence.kills() if stage.fence else None
            answer = answers.sha256(stage.web.url, wreck.compared_paths) if order.ask_answers else None
        deaths = stage.web.gunicorn.deaths()  # complete once it has stopped
        found, own = _read(folder, experiment)
        neighbours, _ = _read(folder / "aux", experiment) if stage.aux else ([], None)
        # What a neighbour asks of a server of its own is not in our log.
        here = found + ([] if stage.aux_postgres else neighbours)
        logged = joined.add_log(here, instruments.log_lines(here)) if experiment.probes else []
        # While its database is there: to drop one ends its sessions, and that is in the log too.
        said = troubles.read(stage, own, instruments.log_entries())
        neighbours_said = troubles.of_host(stage.aux, own["wall_start_ns"] / 1e9) if stage.aux else []
    ours = {request.id for request in found}
    summary = summarise(
        experiment, wreck, found, neighbours, own, instruments, deaths, kills=kills, round_trip_ms=trip_ms, yardstick_ms=statistics.median(took_ms),
        round_=order.round, position=order.position,
    )  # fmt: skip
    return Run(
        experiment, arm, summary, found, instruments.statements, [line for line in logged if line.trace_id in ours], stage.served_after_s, neighbours,
        series_of(experiment, arm, order.round, own, instruments, did, stage, {"web": found, "aux": neighbours}) if experiment.keep_series else None,
        said, answer, neighbours_said,
    )  # fmt: skip


def _read(folder: Path, experiment: Experiment) -> tuple[list[Request], dict]:
    """Return the requests of one host, with its workers' spans, and what its generator says of itself."""
    found, own = joined.read_client(folder / "client.jsonl")
    if experiment.probes:
        joined.add_spans(found, folder / "spans")
    return found, own


def _log_statements(world, place: Place, on: bool) -> None:
    """Have our own server log every statement of this database with its duration, or none; new connections heed it.

    What a worker that died left running is ended first: it would count in the next run.
    """
    if world.postgres:
        with contextlib.closing(world.postgres.connect("postgres")) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [place.database_name])
            cursor.execute(f"ALTER DATABASE {place.database_name} SET log_min_duration_statement = {0 if on else -1}")


def round_trip_ms(connection) -> float:
    """Return the median time of a ``SELECT 1`` on ``connection``, which is closed then."""
    times_ms = []
    with contextlib.closing(connection), connection.cursor() as cursor:
        for _ in range(ROUND_TRIPS):
            began = time.perf_counter()
            cursor.execute("SELECT 1")
            times_ms.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times_ms)


def _watch(stage: Stage, instruments: Instruments) -> list[tuple[float, str]]:
    """Sample until the generator has done, and do what the arm's operator does; return what was done, (Unix time, words) each.

    Raises StackError if a server died under it.
    """
    generator = stage.generator
    every_s = SAMPLE_EVERY_S_BESIDE_A_NEIGHBOUR if stage.aux else SAMPLE_EVERY_S
    with remedies.operator(stage) as operator:
        while generator.is_running():
            instruments.sample()
            stage.check()
            operator.act()
            try:
                psutil.Process(generator.pid).wait(every_s)
            except (psutil.TimeoutExpired, psutil.NoSuchProcess):
                continue
        for each in stage.generators.values():  # A neighbour may still wait for its last answers.
            _await_end(each)
        return operator.did


def _await_end(generator: Server) -> None:
    """Wait until a generator has written its last line. Raises StackError if it fails or does not end."""
    deadline = time.monotonic() + REQUEST_TIMEOUT_S + SAMPLE_EVERY_S
    while generator.is_running() and time.monotonic() < deadline:
        with contextlib.suppress(psutil.TimeoutExpired, psutil.NoSuchProcess):
            psutil.Process(generator.pid).wait(SAMPLE_EVERY_S)
    if generator.returncode != 0:
        got = "it goes on" if generator.returncode is None else f"it {describe(generator.returncode)}: {generator.last_words()}"
        raise StackError(f"{generator.name} to finish", got, "its log says why")
