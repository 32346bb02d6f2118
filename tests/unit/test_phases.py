"""What is made of a run with a neighbour: claims on its phases, sessions, traces, readings over time."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from scenarios import claims
from scenarios import record as contract
from scenarios.errors import EvidenceError
from scenarios.measure import assemble, remedies, series
from scenarios.measure.probes import postgres_log, spans
from scenarios.measure.probes.activity import Activity, Reading
from scenarios.measure.requests import Request, Span
from scenarios.measure.stage import neighbours_plan
from scenarios.wreck import Arm, Experiment, Neighbour, NeighbourArm, OpenLoop, load


def quantiles(ms: float, n: int = 10) -> contract.Quantiles:
    return contract.Quantiles(n=n, mean=ms, min=ms, p50=ms, max=ms)


def a_phase(start_s: float, end_s: float, ms: float, sessions=(), shapes=("aa",)) -> contract.Phase:
    layers = dict.fromkeys(contract.LAYERS, 0.0) | {"flask": 4.0, "sqlalchemy": (ms - 4) * 0.75, "postgres": (ms - 4) * 0.25}
    return contract.Phase(
        start_s=start_s, end_s=end_s, requests=10, statuses={"200": 10}, latency_ms=quantiles(ms), layers_ms=layers,
        statements_per_request=5, cores={"postgres": 0.5}, sessions=list(sessions), shapes=list(shapes),
    )  # fmt: skip


def busy(client: str, mean: float, statement: str = "SELECT 1", address: str = "127.0.0.5") -> contract.BusySessions:
    return contract.BusySessions(client=client, address=address, statement=statement, mean=mean)


def a_round(number: int, before: float, during: float, after: float, statuses=None, **of_during) -> contract.Round:
    statuses = statuses or {"200": 20}
    neighbour = contract.NeighbourRound(
        clients=10, begins_s=2, ends_s=4, requests=sum(statuses.values()), statuses=statuses, latency_ms=quantiles(1500), first_s=2.0
    )
    return contract.Round(
        round=number, position=1, duration_s=6, requests=30, statuses={"200": 30}, latency_ms=quantiles(during),
        service_ms=quantiles(during),
        lateness_ms=quantiles(0.1), requests_per_s=5, load1_before=0.1, neighbour=neighbour,
        phases={"before": a_phase(0, 2, before), "during": a_phase(2, 4, during, **of_during), "after": a_phase(4, 6, after)},
    )  # fmt: skip


def a_record(**arms) -> contract.Record:
    experiment = contract.Experiment(
        title="With a neighbour", scale="small", loop="open", rate_per_s=5, arrivals="poisson", duration_s=6, workers=2, probes=True,
        command="x",
        arms={name: contract.ArmResult(title=name, rounds=rounds) for name, rounds in arms.items()},
    )  # fmt: skip
    environment = contract.Environment(
        versions={}, kernel="Linux", libc="glibc", cpu_model="made up", cpu_count=2, memory_mb=1, postgres_settings={}, privileged=False
    )
    return contract.Record(
        wreck="made-up", made_at=datetime(2026, 11, 2, tzinfo=UTC), publishable=True, command="x", seed=1, commit=None,
        commit_is_clean=False,
        code_sha256="0f", datasets={}, environment=environment, experiments={"headline": experiment}, elapsed_s=1,
        stack_start_s=quantiles(1),
    )  # fmt: skip


# --- claims ------------------------------------------------------------------------------------------


def test_a_phase_is_held_against_another_of_the_same_run():
    record = a_record(wrecked=[a_round(1, 10, 50, 12), a_round(2, 20, 60, 20)])
    assert claims.ratio_of_phases("headline", "wrecked", "during", "before")(record) == [5, 3]
    assert claims.rise_left("headline", "wrecked")(record) == [pytest.approx(2 / 40), 0]


def test_where_the_rise_is():
    record = a_record(wrecked=[a_round(1, 10, 50, 12)])
    assert claims.rise_in_layers("headline", "wrecked", ("sqlalchemy", "postgres"))(record) == [pytest.approx(1)]
    assert claims.rise_in_layers("headline", "wrecked", ("postgres",))(record) == [pytest.approx(0.25)]
    assert claims.rise_in_layers("headline", "wrecked", ("flask",))(record) == [0]


def test_what_the_control_does_not_show_is_beyond_it():
    record = a_record(wrecked=[a_round(1, 10, 50, 12)], held=[a_round(1, 10, 14, 12)])
    assert claims.rise_beyond("headline", "wrecked", "held")(record) == [pytest.approx(0.9)]


def test_the_busiest_is_whoever_it_is():
    during = {"sessions": [busy("aux", 8), busy("web", 2, address="127.0.0.4")]}
    record = a_record(wrecked=[a_round(1, 10, 50, 12, **during)])
    assert claims.busiest_share("headline", "wrecked", "during")(record) == [0.8]
    assert claims.busiest_elsewhen("headline", "wrecked", "during", "before")(record) == [0]
    with pytest.raises(ValueError):
        claims.busiest_share("headline", "wrecked", "before")(record)


def test_shapes_are_counted_over_phases_together():
    record = a_record(wrecked=[a_round(1, 10, 50, 12), a_round(2, 10, 50, 12, shapes=("aa", "bb"))])
    assert claims.shapes("headline", "wrecked", ("before", "during"))(record) == [1, 2]


def test_the_neighbours_failures_are_a_share():
    record = a_record(wrecked=[a_round(1, 10, 50, 12, statuses={"200": 5, "500": 15}), a_round(2, 10, 50, 12)])
    assert claims.neighbours_failures("headline", "wrecked")(record) == [0.75, 0]


def test_a_phase_that_is_not_there_is_named():
    record = a_record(wrecked=[a_round(1, 10, 50, 12)])
    with pytest.raises(EvidenceError, match="no 'later'"):
        claims.ratio_of_phases("headline", "wrecked", "later", "before")(record)


def test_who_waits_behind_whom_is_counted_by_what_that_one_does():
    round_ = a_round(1, 10, 50, 12)
    wait = contract.Wait(
        client="web", address="", statement="SELECT", holder="aux", holder_address="", holder_statement="ALTER", holder_state="active", mean=2.5
    )
    waits = [wait, wait.model_copy(update={"client": "aux", "holder_state": "idle in transaction", "mean": 0.5})]
    during = round_.phases["during"].model_copy(update={"waits": waits})
    record = a_record(wrecked=[round_.model_copy(update={"phases": round_.phases | {"during": during}})])
    assert claims.waits_behind("headline", "wrecked", "during", "active")(record) == [2.5]
    assert claims.waits_behind("headline", "wrecked", "during", "idle in transaction")(record) == [0.5]
    assert claims.waits_behind("headline", "wrecked", "before", "active")(record) == [0]


# --- sessions ----------------------------------------------------------------------------------------


def sampled(*samples) -> Activity:
    activity = Activity.__new__(Activity)
    activity.samples = [Reading(at_s, Counter(found)) for at_s, found in samples]
    return activity


AUX, WEB = ("aux", "127.0.0.5", "SELECT players"), ("web", "127.0.0.4", "COMMIT")


def test_the_busiest_sessions_are_a_mean_over_the_samples_of_a_time():
    activity = sampled((1.0, {WEB: 1}), (2.0, {AUX: 10, WEB: 1}), (2.5, {AUX: 8}), (3.0, {WEB: 4}))
    found = activity.busiest(2.0, 3.0)
    assert [(s.client, s.address, s.mean) for s in found] == [("aux", "127.0.0.5", 9), ("web", "127.0.0.4", 0.5)]
    assert activity.busiest(5, 6) == []


def test_sessions_over_time_are_those_of_the_nearest_sample():
    activity = sampled((1.0, {WEB: 1}), (2.0, {AUX: 10}))
    assert [(s.client, s.counts) for s in activity.sessions([0.9, 1.4, 1.6, 2.2])] == [("aux", [0, 0, 10, 10]), ("web", [1, 1, 0, 0])]
    assert sampled().sessions([1.0]) == [] and activity.sessions([]) == []


def test_of_many_statements_the_rare_ones_are_counted_together():
    many = {("web", "127.0.0.4", f"SELECT {i}"): 20 - i for i in range(15)}
    found = sampled((1.0, many)).sessions([1.0])
    assert len(found) == 13 and sum(s.counts[0] for s in found) == sum(many.values())
    assert [s.counts for s in found if s.statement == "others"] == [[8 + 7 + 6]]


# --- requests ----------------------------------------------------------------------------------------


def a_request(ident: str, due_s: float, took_s: float, texts=("SELECT 1", "COMMIT")) -> Request:
    request = Request(ident, 0, due_s, due_s, due_s + took_s, "200", round(due_s * 1e9))
    request.worker_start_ns, request.worker_end_ns = round(due_s * 1e9), round((due_s + took_s) * 1e9)
    step = round(took_s * 1e9 / len(texts))
    request.spans = [
        Span(
            "sqlalchemy", text.split()[0], request.worker_start_ns + i * step, request.worker_start_ns + (i + 1) * step, -1,
            {"db.query.text": text},
        )
        for i, text in enumerate(texts)
    ]
    return request


def entry(session: str, message: str) -> dict:
    return {"message": message, "session_id": session, "dbname": "arms_1"}


def test_a_commit_belongs_to_the_request_whose_statement_its_session_ran_last(tmp_path):
    import json

    trace, other = "a" * 32, "b" * 32

    def said(of: str, span: int) -> str:
        return f"duration: 1.000 ms  statement: SELECT 1 /*traceparent='00-{of}-{span:016x}-01'*/"

    log = tmp_path / "postgres.json"
    lines = [
        entry("1", said(trace, 2)), entry("2", said(other, 2)), entry("1", "duration: 7.000 ms  statement: COMMIT"),
        entry("2", "duration: 3.000 ms  statement: COMMIT"), entry("1", "duration: 9.000 ms  statement: COMMIT"),
    ]  # fmt: skip
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = list(postgres_log.read(log))
    assert [(line.text, line.trace_id) for line in found] == [
        ("SELECT 1", trace), ("SELECT 1", other), ("COMMIT", trace), ("COMMIT", other), ("COMMIT", None),
    ]  # fmt: skip
    request = a_request(trace, 0.0, 0.02)
    request.logged = [line for line in found if line.trace_id == trace]
    assert {index: line.duration_ms for index, line in request.logged_by_span().items()} == {0: 1.0, 1: 7.0}
    assert request.layers_ms()["postgres"] == pytest.approx(8.0)


def test_requests_that_send_the_same_have_the_same_shape():
    assert a_request("a", 0, 0.01).shape == a_request("b", 1, 0.5).shape
    assert a_request("a", 0, 0.01).shape != a_request("a", 0, 0.01, ("SELECT 1", "SELECT 1", "COMMIT")).shape


def test_what_a_new_connection_is_asked_is_nothing_of_the_requests():
    plain, first = a_request("a", 0, 0.01), a_request("b", 0, 0.01)
    greeting = [Span("flask", spans.WAIT_FOR_CONNECTION, 0, 9, -1, {}), Span("sqlalchemy", "SELECT", 1, 2, 0, {"db.query.text": "select version()"})]
    first.spans = [*greeting, *first.spans]
    assert first.shape == plain.shape and first.statements == plain.statements + 1
    first.spans[1].parent = -1
    assert first.shape != plain.shape


def test_of_each_phase_the_middle_request_is_kept():
    requests = [a_request(f"{i:032x}", 0.1 + 0.1 * i, 0.01 * (i + 1)) for i in range(3)]
    requests += [a_request(f"{i:032x}", 2 + 0.1 * i, 0.1 * (i + 1)) for i in range(3)]
    runs = [SimpleNamespace(requests=requests, summary=a_round(1, 10, 50, 12))]
    kept = assemble.kept_traces(runs)
    assert {what: request.due_s for what, request in kept.items()} == pytest.approx(
        {"median": 2.0, "slowest": 2.2, "before": 0.2, "during": 2.1}
    )


@pytest.mark.parametrize("most", [None, 2])
def test_a_neighbour_is_told_when_it_has_done_enough(most):
    oryx = load("oryx-antlerson")
    first = replace(oryx.experiments[0], neighbour=Neighbour(("/noisy/x", "/noisy/y"), 2, 2, 4, requests=most))
    plan = neighbours_plan(oryx, first, oryx.arm("wrecked"), "http://127.0.0.5", 1)
    assert (plan["requests"], plan["clients"], plan["begins_s"], plan["duration_s"]) == (most, 2, 2, 4)


def test_how_many_were_under_way_is_read_beside_the_rest():
    experiment = Experiment("headline", "x", "small", OpenLoop(5, 6), ("wrecked",), neighbour=Neighbour(("/noisy/x",), 2, 2, 4))
    reading = SimpleNamespace(cpu_s={"postgres": 0.0}, rss_mb={"postgres": 1.0})
    readings = [SimpleNamespace(**vars(reading), at_s=100.0 + i) for i in range(4)]
    instruments = SimpleNamespace(processes=SimpleNamespace(readings=readings), activity=None)
    asked = {"web": [a_request("a", 0.5, 1.0)], "aux": [a_request("b", 1.5, 2.0), a_request("c", 1.9, 0.5)]}
    found = series.series_of(experiment, Arm("wrecked", "x", "x"), 1, {"wall_start_ns": 100 * 10**9}, instruments, [], SimpleNamespace(
        fence=None
    ), asked)
    assert found.at_s == [1, 2, 3]
    assert found.values["under_way.web"] == [1, 0, 0] and found.values["under_way.aux"] == [0, 2, 1]


# --- remedies ----------------------------------------------------------------------------------------


class Answers:
    """A connection that gives prepared answers and notes what it was asked."""

    def __init__(self, *rows):
        self.rows, self.asked = list(rows), []

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def execute(self, query, values):
        self.asked.append(values)

    def fetchall(self):
        return self.rows.pop(0)


def test_cancelling_is_done_anew_each_time_and_noted_when_it_did_anything():
    operator = remedies.Operator(Answers([(3,)], [(0,)], [(2,)]), "127.0.0.5", "arms_1", remedies.REMEDIES["cancel"])
    for _ in range(3):
        operator.act()
    assert [words for _, words in operator.did] == ["3 statements cancelled", "2 statements cancelled"]
    assert operator._connection.asked == [["127.0.0.5", "arms_1"]] * 3


def test_each_session_is_reniced_once(monkeypatch):
    niced = []
    monkeypatch.setattr(remedies.cores, "renice", niced.append)
    operator = remedies.Operator(Answers([(7,), (8,)], [(7,), (8,)], [(8,), (9,)]), "127.0.0.5", "arms_1", remedies.REMEDIES["renice"])
    for _ in range(3):
        operator.act()
    assert niced == [7, 8, 9] and len(operator.did) == 2


def test_an_operator_without_a_remedy_asks_nothing():
    arm = Arm("wrecked", "x", "x", neighbour=NeighbourArm("x"))
    with remedies.operator(SimpleNamespace(arm=arm, aux=object())) as idle:
        idle.act()
    assert idle.did == []


def test_a_remedy_that_there_is_not_is_said():
    assert remedies.why_not("prayer") == "there is no such remedy" and remedies.why_not("cancel") is None


def test_a_commit_is_timed_where_a_request_is_traced_and_passed_through_where_none_is():
    committed = []
    commit = spans._committed(committed.append)
    commit("first")
    trace = spans.Trace("a" * 32, None)
    spans.CURRENT.set(trace)
    try:
        commit("second")
    finally:
        spans.CURRENT.set(None)
    assert committed == ["first", "second"]
    ((layer, name, start, end, parent, attributes),) = json.loads(trace.text())
    assert (layer, name, parent) == ("sqlalchemy", "COMMIT", -1) and end >= start and attributes["db.query.text"] == "COMMIT"
