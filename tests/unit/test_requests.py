"""A request joined from all who saw it: its layers sum to its time, whatever happened inside."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.measure import requests as joined
from scenarios.measure.probes.postgres_log import Logged
from scenarios.measure.requests import Request, Span
from scenarios.record import LAYERS

ID = "0af7651916cd43dd8448eb211c80319c"
ZERO = 1_793_600_000_000_000_000
SQL = {"db.query.text": "SELECT 1"}


def logged(index: int, duration_ms: float, id_: str = ID) -> Logged:
    return Logged(duration_ms, "SELECT 1", id_, f"{index + 2:016x}", "arms_1")


def cut(draw: random.Random, start: int, end: int, parent: int, depth: int, spans: list[Span]) -> None:
    """Fill [start, end) with spans that follow one another, some with spans of their own."""
    at = start
    for _ in range(draw.randint(0, 4 if depth else 12)):
        begin = draw.randint(at, end)
        at = draw.randint(begin, end)
        layer = draw.choice(["template", "fetch", "sqlalchemy", "sqlalchemy"] if depth < 3 else ["sqlalchemy"])
        spans.append(Span(layer, layer, begin, at, parent, SQL if layer == "sqlalchemy" else {}))
        if layer != "sqlalchemy":
            cut(draw, begin, at, len(spans) - 1, depth + 1, spans)


@st.composite
def requests(draw) -> Request:
    """A request with clocks that agree: sent, queued, served, done, in that order."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    longest = draw(st.sampled_from([10**4, 10**8, 10**11]))
    sent, queued, start, end, done = (ZERO + t for t in sorted(chance.randint(0, longest) for _ in range(5)))
    spans: list[Span] = []
    cut(chance, start, end, -1, 0, spans)
    # The database may say more than its client saw: its clock runs past the last byte.
    lines = [
        logged(i, chance.random() * 2 * (span.end_ns - span.start_ns) / 1e6)
        for i, span in enumerate(spans)
        if span.layer == "sqlalchemy" and chance.random() < 0.8
    ]
    return Request(ID, 0, 0.0, 0.0, (done - sent) / 1e9, "200", sent, start, end, queued, "/x", spans, lines)


@settings(max_examples=200)
@given(requests())
def test_layers_sum_to_the_service_time_and_none_is_below_zero(request_):
    layers = request_.layers_ms()
    assert tuple(layers) == LAYERS
    assert all(ms >= 0 for ms in layers.values())
    assert sum(layers.values()) == pytest.approx(request_.service_ms, rel=1e-6, abs=1e-5)


@given(requests())
def test_the_database_never_takes_more_than_its_statements(request_):
    spent = sum(s.end_ns - s.start_ns for s in request_.spans if s.layer == "sqlalchemy") / 1e6
    assert request_.layers_ms()["postgres"] <= spent + 1e-6


def test_each_layer_gets_its_own():
    spans = [
        Span("sqlalchemy", "SELECT", ZERO + 12_000_000, ZERO + 62_000_000, -1, SQL),
        Span("fetch", "fetch", ZERO + 62_000_000, ZERO + 66_000_000, -1, {}),
        Span("template", "render", ZERO + 70_000_000, ZERO + 90_000_000, -1, {}),
        Span("sqlalchemy", "SELECT", ZERO + 75_000_000, ZERO + 80_000_000, 2, SQL),
    ]
    start, end, queued = ZERO + 10_000_000, ZERO + 95_000_000, ZERO + 4_000_000
    request = Request(ID, 0, 0.0, 0.0, 0.1, "200", ZERO, start, end, queued, "/x", spans, [logged(0, 45), logged(3, 999)])
    assert request.layers_ms() == pytest.approx(
        {"nginx": 9, "gunicorn": 6, "flask": 85 - 50 - 4 - 20, "template": 15, "sqlalchemy": 5, "fetch": 4, "postgres": 50}
    )
    assert request.statements == 2


def test_without_spans_there_are_no_layers():
    assert Request(ID, 0, 0.0, 0.1, 0.2, "502", ZERO).layers_ms() is None


@pytest.mark.parametrize("queued_ns", [None, ZERO - 10**9, ZERO + 10**12])
def test_a_queue_mark_out_of_place_takes_nothing_from_others(queued_ns):
    request = Request(ID, 0, 0.0, 0.0, 0.1, "200", ZERO, ZERO + 10_000_000, ZERO + 95_000_000, queued_ns)
    layers = request.layers_ms()
    assert sum(layers.values()) == pytest.approx(100)
    assert layers["flask"] == pytest.approx(85) and min(layers.values()) >= 0


def test_times_count_from_when_it_was_due():
    request = Request(ID, 0, due_s=1.0, sent_s=1.25, done_s=2.0, status="200", sent_ns=ZERO)
    assert (request.latency_ms, request.lateness_ms, request.service_ms) == pytest.approx((1000, 250, 750))


# --- joining ------------------------------------------------------------------------------------------


def client_log(tmp_path, *rows: dict):
    path = tmp_path / "client.jsonl"
    own = {"generator": {"wall_start_ns": ZERO, "elapsed_s": 3.0, "cpu_s": 0.1}}
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, own]))
    return path


def sent(id_: str, due_s: float) -> dict:
    return {"id": id_, "path": 1, "due_s": due_s, "sent_s": due_s + 0.5, "done_s": due_s + 1, "status": "200", "bytes": 3}


def test_the_clients_requests_come_in_order_of_due_time(tmp_path):
    found, own = joined.read_client(client_log(tmp_path, sent("b" * 32, 2), sent("a" * 32, 1)))
    assert [r.id[0] for r in found] == ["a", "b"] and own["elapsed_s"] == 3.0
    assert found[0].sent_ns == ZERO + 1_500_000_000 and found[0].done_ns == ZERO + 2_000_000_000


def worker_line(id_: str, **changed) -> str:
    line = {"id": id_, "queued_at_s": ZERO / 1e9, "start_ns": ZERO, "end_ns": ZERO + 9, "status": 200, "route": "/x/<y>", "pid": 7,
            "spans": [["sqlalchemy", "SELECT", ZERO + 1, ZERO + 2, -1, SQL]]}  # fmt: skip
    return json.dumps({**line, **changed}) + "\n"


def test_spans_of_all_workers_are_joined_and_strangers_passed_over(tmp_path):
    found, _ = joined.read_client(client_log(tmp_path, sent("a" * 32, 1), sent("b" * 32, 2), sent("c" * 32, 3)))
    (tmp_path / "spans-1.jsonl").write_text(worker_line("a" * 32) + worker_line("f" * 32))
    # This worker died as it wrote.
    (tmp_path / "spans-2.jsonl").write_text(worker_line("b" * 32, queued_at_s=None) + worker_line("c" * 32)[:40])
    joined.add_spans(found, tmp_path)
    assert [r.worker_start_ns is not None for r in found] == [True, True, False]
    assert [r.statements for r in found] == [1, 1, 0] and found[1].queued_ns is None and found[0].route == "/x/<y>"


def test_the_databases_lines_are_joined_by_request_and_span(tmp_path):
    found, _ = joined.read_client(client_log(tmp_path, sent("a" * 32, 1), sent("b" * 32, 2)))
    for request in found:
        request.spans = [Span("sqlalchemy", "SELECT", ZERO, ZERO + 9, -1, SQL), Span("sqlalchemy", "SELECT", ZERO, ZERO + 9, -1, SQL)]
    lines = [logged(1, 5, "b" * 32), logged(0, 3, "a" * 32), logged(0, 4, "f" * 32), logged(77, 4, "a" * 32)]
    assert joined.add_log(found, lines) == [lines[0], lines[1], lines[3]]
    assert found[0].logged_by_span() == {0: lines[1]}  # of a span that never was, nothing
    assert found[1].logged_by_span() == {1: lines[0]}
