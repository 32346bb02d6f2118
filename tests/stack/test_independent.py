"""Our numbers against those of others who saw the same requests, read here anew: nothing that makes our figures has a part in theirs.

Every check is seen to fail, too, on numbers of ours that were spoiled on purpose.
"""

from __future__ import annotations

import contextlib
import json
import re
import statistics
from collections import Counter, defaultdict
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from scenarios.diceworld.scales import DEFAULT_SEED
from scenarios.measure.probes import nginx_log
from scenarios.measure.run import Order, Run, measure
from scenarios.measure.world import open_world
from scenarios.record import LAYERS
from scenarios.wreck import ClosedLoop, Experiment, load

LOGGED = re.compile(r"duration: ([\d.]+) ms  statement: (.*)", re.DOTALL)
OF_TRACE = re.compile(r"/\*traceparent='00-([0-9a-f]{32})-")
CLOCK_S = 0.003
"""nginx counts in whole milliseconds, by a clock that it reads once a turn of its loop."""
CLOSE = 1.5
"""Two accounts of the same requests differ by less than this, all requests taken together."""


@dataclass
class Seen:
    """A run of ours, and what others say of it."""

    run: Run
    client: list[dict]
    """The generator's lines."""
    logged: list[tuple[str | None, float]]
    """The database server's own log: trace and duration in ms of each statement."""
    counted: list[tuple[int, float]]
    """pg_stat_statements: calls and total execution time in ms of each statement."""
    accesses: dict[str, nginx_log.Access]


CASES = {
    # Pages of a dozen short statements, and pages of a long one.
    "highly-selective": ("wrecked", ClosedLoop(clients=1, duration_s=60, requests=4)),
    "truculent-query": ("wrecked", ClosedLoop(clients=2, duration_s=60, requests=12)),
}


@pytest.fixture(scope="module", params=CASES)
def seen(request, cache):
    slug = request.param
    arm, traffic = CASES[slug]
    wreck = load(slug)
    experiment = Experiment("apart", "Seen by others too", "tenth", traffic, (arm,), rounds=1, workers=2)
    wreck = replace(wreck, experiments=(experiment,), claims=())
    folder = cache / f"apart-{slug}"
    with open_world("tenth", DEFAULT_SEED, folder) as world:
        run = measure(wreck, experiment, wreck.arm(arm), world, folder / "1", Order(1, 1, 7))
        counted = _counted(world, world.place(wreck.arm(arm)).database_name)
        logged = _logged(world.postgres.log_file)
    client = [json.loads(line) for line in (folder / "1" / "client.jsonl").read_text().splitlines()]
    accesses = {each.id: each for each in nginx_log.read(folder / "1" / "nginx" / "access.log")}
    return Seen(run, [line for line in client if "id" in line], logged, counted, accesses)


def _counted(world, database: str) -> list[tuple[int, float]]:
    with contextlib.closing(world.postgres.connect("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT calls, total_exec_time FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
            "WHERE datname = %s AND query LIKE %s",
            [database, "%traceparent%"],
        )
        return cursor.fetchall()


def _logged(path: Path) -> list[tuple[str | None, float]]:
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := LOGGED.match(json.loads(line).get("message", "")):
            trace = OF_TRACE.search(match[2])
            found.append((trace and trace[1], float(match[1])))
    return found


# --- the checks -----------------------------------------------------------------------------------------


def statements_are_those_of_the_log(seen: Seen) -> None:
    """Request by request, by trace id."""
    theirs = Counter(trace for trace, _ in seen.logged)
    assert {r.id: r.statements for r in seen.run.requests} == {r.id: theirs[r.id] for r in seen.run.requests}


def statements_are_those_counted(seen: Seen) -> None:
    assert sum(r.statements for r in seen.run.requests) == sum(calls for calls, _ in seen.counted)
    assert seen.run.summary.statements_per_request * len(seen.run.requests) == pytest.approx(sum(calls for calls, _ in seen.counted))


def time_in_the_database_is_that_of_the_log(seen: Seen) -> None:
    """Of each request: what the log says, but for statements whose span was shorter than that by a hair."""
    theirs = defaultdict(float)
    for trace, ms in seen.logged:
        theirs[trace] += ms
    for request in seen.run.requests:
        assert request.layers_ms()["postgres"] == pytest.approx(theirs[request.id], rel=0.1)


def time_in_the_database_is_that_counted(seen: Seen) -> None:
    """They count execution alone; the log has parsing and planning too, which for short statements is as much again."""
    ours = sum(r.layers_ms()["postgres"] for r in seen.run.requests)
    theirs = sum(ms for _, ms in seen.counted)
    logged = sum(s.total_ms for s in seen.run.statements)
    assert logged == pytest.approx(theirs, rel=1e-6)
    assert theirs <= ours * 1.02 and ours <= theirs * (CLOSE if len(seen.counted) == 1 else 3)


def every_latency_is_at_least_nginx_s(seen: Seen) -> None:
    assert set(seen.accesses) >= {r.id for r in seen.run.requests}
    for request in seen.run.requests:
        assert request.service_ms / 1e3 >= seen.accesses[request.id].request_time_s - CLOCK_S
        assert str(seen.accesses[request.id].status) == request.status


def latencies_are_close_to_nginx_s(seen: Seen) -> None:
    ours = sum(r.service_ms for r in seen.run.requests) / 1e3
    assert ours <= CLOSE * sum(seen.accesses[r.id].request_time_s for r in seen.run.requests)


def the_median_is_the_middle_of_a_plain_sort(seen: Seen) -> None:
    """Of the generator's own lines."""
    plain = sorted((line["done_s"] - line["due_s"]) * 1e3 for line in seen.client)
    found = seen.run.summary.latency_ms
    assert (found.n, found.min, found.max) == (len(plain), pytest.approx(plain[0]), pytest.approx(plain[-1]))
    assert found.p50 == pytest.approx((plain[(len(plain) - 1) // 2] + plain[len(plain) // 2]) / 2)


def layers_sum_to_the_whole(seen: Seen) -> None:
    """Each request's by the generator's clock, and their means by the record's."""
    took_ms = {line["id"]: (line["done_s"] - line["sent_s"]) * 1e3 for line in seen.client}
    for request in seen.run.requests:
        assert sum(request.layers_ms().values()) == pytest.approx(took_ms[request.id], rel=0.02, abs=1)
    assert sum(seen.run.summary.layers_ms[layer] for layer in LAYERS) == pytest.approx(statistics.fmean(took_ms.values()), rel=0.02, abs=1)


# --- and numbers that they must not let pass --------------------------------------------------------------


def a_statement_unseen(seen: Seen) -> None:
    spans = seen.run.requests[0].spans
    del spans[max(i for i, span in enumerate(spans) if span.layer == "sqlalchemy")]


def a_statement_that_belongs_to_another(seen: Seen) -> None:
    first, second = seen.run.requests[:2]
    first.spans = [*first.spans, *(span for span in second.spans if span.layer == "sqlalchemy")]
    second.spans = [span for span in second.spans if span.layer != "sqlalchemy"]


def the_database_twice_as_slow(seen: Seen) -> None:
    for request in seen.run.requests:
        request.logged = [replace(line, duration_ms=line.duration_ms / 2) for line in request.logged]


def totals_of_half_the_statements(seen: Seen) -> None:
    seen.run.statements[:] = [s.model_copy(update={"total_ms": s.total_ms / 2}) for s in seen.run.statements]


def a_client_that_stops_its_clock_early(seen: Seen) -> None:
    for request in seen.run.requests:
        request.done_s -= (request.done_s - request.sent_s) / 2


def a_client_that_is_slow_itself(seen: Seen) -> None:
    for request in seen.run.requests:
        request.done_s += (request.done_s - request.sent_s) * 2


def a_mean_in_place_of_the_median(seen: Seen) -> None:
    latency = seen.run.summary.latency_ms
    seen.run.summary = seen.run.summary.model_copy(update={"latency_ms": latency.model_copy(update={"p50": latency.mean * 1.01})})


def a_layer_forgotten(seen: Seen) -> None:
    layers = seen.run.summary.layers_ms
    seen.run.summary = seen.run.summary.model_copy(update={"layers_ms": layers | {max(layers, key=layers.get): 0.0}})


CHECKS = {
    statements_are_those_of_the_log: (a_statement_unseen, a_statement_that_belongs_to_another),
    statements_are_those_counted: (a_statement_unseen,),
    time_in_the_database_is_that_of_the_log: (the_database_twice_as_slow,),
    time_in_the_database_is_that_counted: (totals_of_half_the_statements,),
    every_latency_is_at_least_nginx_s: (a_client_that_stops_its_clock_early,),
    latencies_are_close_to_nginx_s: (a_client_that_is_slow_itself,),
    the_median_is_the_middle_of_a_plain_sort: (a_mean_in_place_of_the_median,),
    layers_sum_to_the_whole: (a_layer_forgotten, a_client_that_stops_its_clock_early),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_others_say_the_same(seen, check):
    check(seen)


@pytest.mark.parametrize(
    ("check", "spoil"), [(c, s) for c, spoils in CHECKS.items() for s in spoils], ids=lambda function: function.__name__
)
def test_what_is_wrong_would_be_found(seen, check, spoil):
    spoiled = Seen(
        replace(seen.run, requests=deepcopy(seen.run.requests), statements=list(seen.run.statements)), seen.client, seen.logged,
        seen.counted, seen.accesses,
    )  # fmt: skip
    spoil(spoiled)
    with pytest.raises(AssertionError):
        check(spoiled)
