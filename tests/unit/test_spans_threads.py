"""Threads of one worker that are traced at the same time: each request has its own spans, and all of them."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
from flask import Flask, render_template
from jinja2 import DictLoader
from sqlalchemy import create_engine, event, text

from scenarios.measure.probes import received, spans
from scenarios.measure.probes.spans import CURRENT, WAIT_FOR_CONNECTION, instrument
from scenarios.measure.requests import Request, Span

THREADS = 6
MEET_S = 60
PAGE = "{% for n in numbers() %}{{ n }} {% endfor %}"


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Ask a page by several threads at once, which meet between any two of its statements; return the lines of spans by trace."""
    monkeypatch.setattr(spans, "WAIT_NOTED_NS", 10**12)  # No stall of this machine is to pass for a wait.
    engine = create_engine(f"sqlite:///{tmp_path}/some.db", pool_size=THREADS, connect_args={"check_same_thread": False, "timeout": MEET_S})
    app, meeting, heard = Flask(__name__), Barrier(THREADS, timeout=MEET_S), []
    app.jinja_loader = DictLoader({"page.html": PAGE})

    @app.get("/page/<int:n>")
    def page(n: int):
        with engine.connect() as connection:

            def numbers():
                for part in range(3):
                    meeting.wait()
                    yield connection.execute(text(f"SELECT {n} * {part}")).scalars().all()
                    meeting.wait()

            return render_template("page.html", numbers=numbers)

    instrument(app, engine, tmp_path)
    event.listen(engine, "connect", lambda connection, _: connection.set_trace_callback(heard.append))

    def ask(n: int) -> int:
        return app.test_client().get(f"/page/{n}", headers={"traceparent": f"00-{n:032x}-0000000000000001-01"}).status_code

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(ask, range(1, THREADS + 1))) == [200] * THREADS
    engine.dispose()
    assert CURRENT.get() is None
    lines = [json.loads(line) for line in next(tmp_path.glob("spans-*.jsonl")).read_text().splitlines()]
    return SimpleNamespace(lines={int(line["id"], 16): line for line in lines}, count=len(lines), heard=heard)


def test_each_has_its_own_statements_and_all_of_them(told):
    assert sorted(told.lines) == list(range(1, THREADS + 1)) and told.count == THREADS
    for n, line in told.lines.items():
        sent = [span[5]["db.query.text"] for span in line["spans"] if span[0] == "sqlalchemy"]
        assert sent == [f"SELECT {n} * {part}" for part in range(3)]


def test_each_has_its_own_tree_of_spans(told):
    for line in told.lines.values():
        assert [span[0] for span in line["spans"]] == ["template"] + ["sqlalchemy", "fetch"] * 3
        assert [span[4] for span in line["spans"]] == [-1] + [0] * 6
        for _, _, start, end, parent, _ in line["spans"]:
            above = (line["start_ns"], line["end_ns"]) if parent < 0 else tuple(line["spans"][parent][2:4])
            assert above[0] <= start <= end <= above[1]


def test_the_database_hears_whose_statement_it_is(told):
    named = [re.search(r"SELECT (\d+) \* \d .*'00-([0-9a-f]{32})-", sql) for sql in told.heard if "traceparent" in sql]
    assert len(named) == 3 * THREADS and all(int(found[1]) == int(found[2], 16) for found in named)


def test_what_one_thread_receives_is_not_counted_for_another(monkeypatch):
    counts = {"mine": iter([100, 107]), "other": iter([0, 5_000])}
    monkeypatch.setattr(received, "_of", lambda connection: next(counts[connection]))
    meter, record = received.Meter(create_engine("sqlite://")), {name: SimpleNamespace(info={}) for name in counts}

    def ask(name: str) -> int | None:
        meter.begin()
        meter._out(name, record[name], None)
        meter._back(name, record[name])
        return meter.read()

    meter.begin()
    meter._out("mine", record["mine"], None)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(ask, "other").result() == 5_000
    meter._back("mine", record["mine"])
    assert meter.read() == 7


# --- the pool ------------------------------------------------------------------------------------------

NOTED_S = 0.5
"""Set high, so that no stall of this machine passes for a wait; the pool below is waited for twice as long."""


@pytest.fixture
def starved(tmp_path, monkeypatch):
    """Ask a page that takes two connections, of a pool that has ``size``; return its status and its one line of spans."""
    monkeypatch.setattr(spans, "WAIT_NOTED_NS", round(NOTED_S * 1e9))

    def ask(size: int):
        engine = create_engine(f"sqlite:///{tmp_path}/some.db", pool_size=size, max_overflow=0, pool_timeout=2 * NOTED_S)
        app = Flask(__name__)

        @app.get("/page")
        def page():
            with engine.connect() as one, engine.connect() as other:
                return [one.scalar(text("SELECT 1")), other.scalar(text("SELECT 2"))]

        instrument(app, engine, tmp_path)
        status = app.test_client().get("/page", headers={"traceparent": f"00-{size:032x}-0000000000000001-01"}).status_code
        engine.dispose()
        (line,) = [line for file in tmp_path.glob("spans-*.jsonl") for line in map(json.loads, file.read_text().splitlines())]
        return status, line

    return ask


def test_who_waits_for_a_connection_in_vain_has_that_wait_for_a_span(starved):
    status, line = starved(1)
    ((layer, name, start, end, parent, _),) = line["spans"]
    assert (status, layer, name, parent) == (500, "flask", WAIT_FOR_CONNECTION, -1)
    assert end - start >= NOTED_S * 1e9 and line["end_ns"] >= end


def test_a_connection_that_is_there_leaves_none(starved):
    status, line = starved(2)
    assert status == 200 and [span[0] for span in line["spans"]] == ["sqlalchemy", "fetch"] * 2


def test_a_wait_is_the_handlers_own_time_and_is_told_of_a_request():
    second = 10**9
    request = Request("a" * 32, 0, 0.0, 0.0, 4.0, "200", 0, worker_start_ns=0, worker_end_ns=4 * second)
    without = request.layers_ms()
    request.spans = [Span("flask", WAIT_FOR_CONNECTION, second, 3 * second, -1, {})]
    assert request.layers_ms() == without and without["flask"] == 4000
    assert request.pool_wait_ms == 2000
