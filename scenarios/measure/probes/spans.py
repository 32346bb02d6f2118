"""Spans inside a worker: where one request's time went, written as one JSON line a request.

Light hooks of our own rather than OpenTelemetry's, which cost up to 44 % of a worker's CPU on a
chatty page; names and ids are OpenTelemetry's, so the exported trace is theirs to read. The
application knows nothing of this: the stack composes it in.

A line is ``{"id", "queued_at_s", "start_ns", "end_ns", "status", "route", "pid", "spans", "received_bytes"}``, a
span ``[layer, name, start_ns, end_ns, parent, attributes]``: nanoseconds of wall-clock time,
``parent`` an index into ``spans`` or -1 for the request itself. A request that kills its worker
leaves no line: the client and nginx tell of it.
"""

from __future__ import annotations

import functools
import json
import math
import os
import re
import time
from collections.abc import Collection
from contextvars import ContextVar
from pathlib import Path
from threading import Lock
from time import perf_counter_ns

from flask import Flask, request
from flask.signals import before_render_template, request_started, template_rendered
from sqlalchemy import Engine
from sqlalchemy.engine import result as sqlalchemy_result

from scenarios.measure.probes import memory, received

TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
MAX_STATEMENT_CHARS = 20_000
WAIT_FOR_CONNECTION = "wait for a connection"
WAIT_NOTED_NS = 1_000_000
_ENTRIES, _END = 6, 3
"""Of a span: layer, name, start, end, parent, attributes."""


class Trace:
    """One request's spans as they open and close: a request is served by one thread from its beginning to its end.

    Cheap above all, for a chatty page passes here hundreds of times: a span is six entries of one flat list, so that
    there is nothing more for the cycle collector to walk, and becomes text when the request is over.
    """

    def __init__(self, id_: str, queued_at_s: float | None):
        self.id, self.queued_at_s = id_, queued_at_s
        # Wall clock read once: a clock that is stepped mid-request must not bend a span.
        self._offset_ns = time.time_ns() - time.perf_counter_ns()
        self.route = ""
        # The convention of sqlcommenter: the database's own log then names the request.
        self.comment = f" /*traceparent='00-{id_}-"
        self.spans: list = []
        self.opened: list[int] = []
        self.compiling_ns = 0
        """When SQLAlchemy began with the statement that it has not yet sent; 0 where there is none."""

    def now_ns(self) -> int:
        return self._offset_ns + perf_counter_ns()

    def begin(self, layer: str, name: str, said: str = "{}") -> int:
        """Open a span inside the innermost open one and return its index. ``said``: its attributes as JSON."""
        spans, opened = self.spans, self.opened
        index = len(spans) // _ENTRIES
        spans += (layer, name, perf_counter_ns(), 0, opened[-1] if opened else -1, said)
        opened.append(index)
        return index

    def end(self, index: int) -> None:
        """Close span ``index``, and any a failure left open inside it."""
        now, spans, opened = perf_counter_ns(), self.spans, self.opened
        while opened:
            at = opened.pop()
            spans[at * _ENTRIES + _END] = now
            if at == index:
                return

    def end_if_long(self, index: int, least_ns: int) -> None:
        """Close span ``index``, and forget it where it was short and holds nothing."""
        self.end(index)
        at, spans = index * _ENTRIES, self.spans
        if len(spans) == at + _ENTRIES and spans[at + _END] - spans[at + _END - 1] < least_ns:
            del spans[at:]

    def finish(self) -> None:
        """Close what a failure left open, a template that raised for one: a span without an end has no length."""
        if self.opened:
            self.end(self.opened[0])

    def end_layer(self, layer: str) -> None:
        """Close the innermost open span if it is of ``layer``."""
        opened = self.opened
        if opened and self.spans[opened[-1] * _ENTRIES] == layer:
            self.spans[opened.pop() * _ENTRIES + _END] = perf_counter_ns()

    def innermost(self, layer: str) -> int | None:
        """Return the innermost open span, if it is of ``layer``."""
        opened = self.opened
        return opened[-1] if opened and self.spans[opened[-1] * _ENTRIES] == layer else None

    def text(self) -> str:
        """Return all spans as JSON."""
        spans, offset_ns = iter(self.spans), self._offset_ns
        return "[" + ", ".join([
            f'["{layer}", {_quoted(name)}, {start + offset_ns}, {end + offset_ns}, {parent}, {said}]'
            for layer, name, start, end, parent, said in zip(*[spans] * _ENTRIES, strict=True)
        ]) + "]"  # fmt: skip


@functools.lru_cache(maxsize=128)
def _quoted(name: str) -> str:
    return json.dumps(name)


@functools.lru_cache(maxsize=128)
def _described(statement: str) -> tuple[str, str]:
    """Return a statement's operation, and its attributes as JSON: most statements of a page are one of a few."""
    operation = statement.lstrip().split(None, 1)[0].upper()[:20]
    attributes = {"db.system.name": "postgresql", "db.operation.name": operation, "db.query.text": statement[:MAX_STATEMENT_CHARS]}
    return operation, json.dumps(attributes)


PROBES = ("routes", "templates", "statements", "comments", "fetches", "bytes")
"""What ``instrument`` watches, by the names that ``but`` knows; ``comments`` tell the database's log whose a statement is."""


def instrument(app: Flask, engine: Engine, folder: str | Path, *, watch_memory: bool = False, but: Collection[str] = ()) -> None:
    """Make ``app`` and ``engine`` write a line a request to ``folder/spans-<pid>.jsonl``, without the probes that ``but`` names.

    Those are left out to learn what each costs: evidence is made with all of them.
    """
    if unknown := sorted(set(but) - set(PROBES)):
        raise ValueError(f"probes {', '.join(PROBES)}, got {', '.join(unknown)}")
    meter = None if "bytes" in but else received.Meter(engine)
    app.wsgi_app = Middleware(app, Path(folder), meter, memory.Watch() if watch_memory else None)
    if "routes" not in but:
        _watch_routes(app)
    if "templates" not in but:
        _watch_templates(app)
    if "statements" not in but:
        _watch_statements(engine, has_comments="comments" not in but)
        _watch_pool(engine)
    if "fetches" not in but:
        _watch_fetches()


CURRENT: ContextVar[Trace | None] = ContextVar("trace", default=None)
"""The request that this thread, or whatever else runs in a context of its own, is at. Threads that a handler starts itself are at none."""


class Middleware:
    """WSGI middleware: opens a trace as the worker hands over, writes it once the body is out. Threads of a worker may share it."""

    def __init__(self, app: Flask, folder: Path, meter: received.Meter | None, memory_watch: memory.Watch | None = None):
        self.inner, self.folder, self.meter, self.memory = app.wsgi_app, folder, meter, memory_watch
        self.file, self.pid = None, 0
        # Never held as a worker is forked: the process that forks answers nobody.
        self.writing = Lock()

    def __call__(self, environ, start_response):
        match = TRACEPARENT.fullmatch(environ.get("HTTP_TRACEPARENT", ""))
        if not match:
            return self.inner(environ, start_response)
        trace = Trace(match[1], _seconds(environ.get("HTTP_X_REQUEST_START")))
        CURRENT.set(trace)
        start_ns = trace.now_ns()
        status = {}
        if self.meter:
            self.meter.begin()
        if self.memory:
            self.memory.begin()

        def start(line, headers, exc_info=None):
            status["code"] = int(line.split(" ", 1)[0])
            return start_response(line, headers, exc_info)

        try:
            body = self.inner(environ, start)
            chunks = [b"".join(body)]
            if self.memory:
                self.memory.answered()
            if hasattr(body, "close"):
                body.close()
        finally:
            CURRENT.set(None)
            trace.finish()
            self.write(
                {
                    "id": trace.id,
                    "queued_at_s": trace.queued_at_s,
                    "start_ns": start_ns,
                    "end_ns": trace.now_ns(),
                    "status": status.get("code", 500),
                    "route": trace.route,
                    "pid": os.getpid(),
                    "received_bytes": self.meter.read() if self.meter else None,
                }
                | ({"memory": self.memory.read()} if self.memory else {}),
                trace.text(),
            )
        return chunks

    def write(self, line: dict, spans: str) -> None:
        text = f'{json.dumps(line)[:-1]}, "spans": {spans}}}\n'
        with self.writing:
            if self.pid != os.getpid():  # after a fork each worker has a file of its own
                self.pid = os.getpid()
                self.file = open(self.folder / f"spans-{self.pid}.jsonl", "a", encoding="utf-8")
            self.file.write(text)
            self.file.flush()


def _seconds(header: str | None) -> float | None:
    try:
        seconds = float(header) if header else None
    except ValueError:
        return None
    return seconds if seconds is not None and math.isfinite(seconds) else None


def _watch_routes(app: Flask) -> None:
    def note(sender, **_):
        if (trace := CURRENT.get()) and request.url_rule:
            trace.route = request.url_rule.rule

    request_started.connect(note, app, weak=False)


def _watch_templates(app: Flask) -> None:
    def begin(sender, template, **_):
        if trace := CURRENT.get():
            trace.begin("template", f"render {template.name}")

    def end(sender, **_):
        if trace := CURRENT.get():
            trace.end_layer("template")

    before_render_template.connect(begin, app, weak=False)
    template_rendered.connect(end, app, weak=False)


def _watch_statements(engine: Engine, has_comments: bool) -> None:
    """Time statements from before SQLAlchemy compiles them to the driver's return; fetching comes after.

    Not by SQLAlchemy's events: an engine that has a listener takes longer ways, which cost a page of a hundred
    statements more than all that is done here. The methods wrapped instead are the dialect's, made to be
    overridden, but for one of the connection's own; ``tests/unit/test_spans.py`` fails if that is no longer called.
    """
    dialect = engine.dialect
    dialect.do_execute = _sent(dialect.do_execute, has_comments)
    dialect.do_executemany = _sent(dialect.do_executemany, has_comments)
    dialect.do_execute_no_params = _sent(dialect.do_execute_no_params, has_comments)
    dialect.do_commit = _committed(dialect.do_commit)
    plain = engine._connection_cls

    class Connection(plain):
        def _execute_clauseelement(self, *args):
            trace = CURRENT.get()
            if trace is None:
                return plain._execute_clauseelement(self, *args)
            trace.compiling_ns = perf_counter_ns()
            try:
                return plain._execute_clauseelement(self, *args)
            finally:
                trace.compiling_ns = 0  # what cannot be compiled is never sent

    engine._connection_cls = Connection


def _watch_pool(engine: Engine) -> None:
    """Time the wait for a connection: for one of the pool's to come back, or for a new one to be made.

    It is the handler's own time, so its span is of the handler's layer; a connection that is there is not worth a span.
    """
    connect = engine.raw_connection

    def waited():
        trace = CURRENT.get()
        if trace is None:
            return connect()
        index = trace.begin("flask", WAIT_FOR_CONNECTION)
        try:
            return connect()
        finally:
            trace.end_if_long(index, WAIT_NOTED_NS)

    engine.raw_connection = waited


def _sent(method, has_comments: bool):
    """Return ``method``, which hands a statement to the driver, timed. No span opens inside it: this one needs no stack."""

    @functools.wraps(method)
    def timed(cursor, statement, *args, **kwargs):
        trace = CURRENT.get()
        if trace is None:
            return method(cursor, statement, *args, **kwargs)
        name, said = _described(statement)
        spans, opened = trace.spans, trace.opened
        at = len(spans)
        spans += ("sqlalchemy", name, trace.compiling_ns or perf_counter_ns(), 0, opened[-1] if opened else -1, said)
        trace.compiling_ns = 0
        if has_comments:
            statement = f"{statement}{trace.comment}{at // _ENTRIES + 2:016x}-01'*/"
        try:
            return method(cursor, statement, *args, **kwargs)
        finally:
            spans[at + _END] = perf_counter_ns()

    return timed


def _committed(method):
    """Return ``method``, which commits, timed: a round trip and a wait for the disk."""

    @functools.wraps(method)
    def timed(dbapi_connection):
        trace = CURRENT.get()
        if trace is None:
            return method(dbapi_connection)
        index = trace.begin("sqlalchemy", *_described("COMMIT"))
        try:
            return method(dbapi_connection)
        finally:
            trace.end(index)

    return timed


def _watch_fetches() -> None:
    """Time rows becoming Python objects, which SQLAlchemy has no event for.

    ``all()``, ``one()`` and the loaders of relationships all end in these two methods. They are
    SQLAlchemy's own business, so ``tests/unit/test_spans.py`` fails if a new version stops calling them.
    """
    for cls in (sqlalchemy_result.Result, sqlalchemy_result.ScalarResult, sqlalchemy_result.MappingResult):
        for method in ("_allrows", "_only_one_row"):
            original = getattr(cls, method)
            if not hasattr(original, "is_timed"):
                setattr(cls, method, _timed(original))


def _timed(method):
    @functools.wraps(method)
    def fetch(self, *args, **kwargs):
        trace = CURRENT.get()
        # An ORM result asks the cursor's result below it in the same breath: one span, not two.
        if trace is None or trace.innermost("fetch") is not None:
            return method(self, *args, **kwargs)
        index = trace.begin("fetch", "fetch")
        try:
            return method(self, *args, **kwargs)
        finally:
            trace.end(index)

    fetch.is_timed = True
    return fetch
