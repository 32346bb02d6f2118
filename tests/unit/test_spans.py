"""The hooks in a worker, on a small Flask and SQLAlchemy application with a database in memory.

Much of this is to fail when a new version of either stops calling what the hooks listen to.
"""

from __future__ import annotations

import json
import os
from decimal import Decimal

import pytest
from flask import Flask, render_template
from jinja2 import DictLoader
from sqlalchemy import Boolean, ColumnElement, ForeignKey, create_engine, event, select, text
from sqlalchemy.exc import CompileError, OperationalError
from sqlalchemy.ext.compiler import compiles, deregister
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship, selectinload
from sqlalchemy.pool import StaticPool

from scenarios.measure.probes import spans
from scenarios.measure.probes.spans import CURRENT, instrument

ID = "0af7651916cd43dd8448eb211c80319c"
TEMPLATES = {
    "plain.html": "{{ n }}",
    "lazy.html": "{% for p in players %}{{ p.rolls|length }} {% endfor %}",
    "broken.html": "{{ 1 / 0 }}",
    "sorry.html": "sorry",
}


class Base(DeclarativeBase):
    pass


class Player(Base):
    __tablename__ = "players"
    id: Mapped[int] = mapped_column(primary_key=True)
    rolls: Mapped[list[Roll]] = relationship()


class Roll(Base):
    __tablename__ = "rolls"
    id: Mapped[int] = mapped_column(primary_key=True)
    player_id: Mapped[int] = mapped_column(ForeignKey("players.id"))


class Uncompiled(ColumnElement):
    """What no dialect knows how to write."""

    inherit_cache = False
    type = Boolean()


class Application:
    """A page for each handler given to ``serve``; ``spans`` asks for it as nginx would and returns what was written."""

    def __init__(self, folder, but=()):
        self.engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        Base.metadata.create_all(self.engine)
        with Session(self.engine) as session:
            session.add_all([Player(id=n, rolls=[Roll(id=n * 10 + i) for i in range(3)]) for n in (1, 2)])
            session.commit()
        self.sent: list[str] = []
        self.app, self.folder = Flask(__name__), folder
        self.app.jinja_loader = DictLoader(TEMPLATES)
        instrument(self.app, self.engine, folder, but=but)
        with self.engine.connect() as connection:
            connection.connection.driver_connection.set_trace_callback(self.sent.append)

    def get(self, handler, headers=None):
        self.app.add_url_rule(f"/{handler.__name__}/<int:n>", handler.__name__, lambda n: handler(self.engine))
        sent = {"traceparent": f"00-{ID}-0000000000000001-01", "X-Request-Start": "1793600000.123"} if headers is None else headers
        return self.app.test_client().get(f"/{handler.__name__}/7", headers=sent)

    def lines(self) -> list[dict]:
        return [json.loads(line) for file in self.folder.glob("spans-*.jsonl") for line in file.read_text().splitlines()]

    def spans(self, handler, status=200) -> list[list]:
        assert self.get(handler).status_code == status
        (line,) = self.lines()
        check(line)
        return line["spans"]


def check(line: dict) -> None:
    """Every span is closed, inside its parent, and none is left over for the next request."""
    assert CURRENT.get() is None
    for layer, name, start, end, parent, _ in line["spans"]:
        above = (line["start_ns"], line["end_ns"]) if parent < 0 else tuple(line["spans"][parent][2:4])
        assert above[0] <= start <= end <= above[1], (layer, name)


@pytest.fixture(autouse=True)
def no_stall_passes_for_a_wait(monkeypatch):
    monkeypatch.setattr(spans, "WAIT_NOTED_NS", 10**12)


@pytest.fixture
def application(tmp_path):
    application = Application(tmp_path)
    yield application
    application.engine.dispose()


def layers(spans) -> list[str]:
    return [span[0] for span in spans]


def test_a_request_leaves_one_line_with_what_nginx_told(application):
    def page(engine):
        return "ok"

    application.get(page)
    (line,) = application.lines()
    assert {k: line[k] for k in ("id", "queued_at_s", "status", "route", "pid", "spans")} == {
        "id": ID, "queued_at_s": 1793600000.123, "status": 200, "route": "/page/<int:n>", "pid": os.getpid(), "spans": [],
    }  # fmt: skip
    assert line["start_ns"] <= line["end_ns"]


@pytest.mark.parametrize("traceparent", [None, "", "nonsense", f"00-{ID}-01", f"00-{ID.upper()}-0000000000000001-01"])
def test_a_request_without_a_trace_leaves_nothing(application, traceparent):
    def page(engine):
        with Session(engine) as session:
            return str(session.scalar(select(Player.id).limit(1)))

    assert application.get(page, {"traceparent": traceparent} if traceparent is not None else {}).status_code == 200
    assert application.lines() == [] and "traceparent" not in application.sent[-1]


def test_a_queue_mark_that_is_none_is_passed_over(application):
    def page(engine):
        return "ok"

    application.get(page, {"traceparent": f"00-{ID}-0000000000000001-01", "X-Request-Start": "t=soon"})
    assert application.lines()[0]["queued_at_s"] is None


def test_statement_fetch_and_template_in_their_order(application):
    def page(engine):
        with Session(engine) as session:
            players = session.scalars(select(Player)).all()
            return render_template("plain.html", n=len(players))

    spans = application.spans(page)
    assert layers(spans) == ["sqlalchemy", "fetch", "template"]
    assert [span[4] for span in spans] == [-1, -1, -1]
    statement = spans[0]
    sql = statement[5]["db.query.text"]
    assert statement[1] == "SELECT" and sql.startswith("SELECT players.id") and "traceparent" not in sql
    assert spans[2][1] == "render plain.html"


def test_the_database_is_told_trace_and_span(application):
    def page(engine):
        with engine.connect() as connection:
            connection.execute(text("SELECT 1")).all()
            return str(connection.execute(text("SELECT 2")).scalar_one())

    application.sent.clear()
    application.spans(page)
    assert application.sent == [
        f"SELECT 1 /*traceparent='00-{ID}-0000000000000002-01'*/",
        f"SELECT 2 /*traceparent='00-{ID}-0000000000000004-01'*/",
    ]


FETCHES = {
    "all": lambda session: session.execute(select(Player.id)).all(),
    "fetchall": lambda session: session.execute(select(Player.id)).fetchall(),
    "one": lambda session: session.execute(select(Player.id).limit(1)).one(),
    "one_or_none": lambda session: session.execute(select(Player.id).limit(1)).one_or_none(),
    "first": lambda session: session.execute(select(Player.id)).first(),
    "scalar": lambda session: session.scalar(select(Player.id)),
    "scalar_one": lambda session: session.execute(select(Player.id).limit(1)).scalar_one(),
    "scalars all": lambda session: session.scalars(select(Player.id)).all(),
    "scalars one": lambda session: session.scalars(select(Player.id).limit(1)).one(),
    "entities": lambda session: session.scalars(select(Player)).all(),
    "unique entities": lambda session: session.scalars(select(Player)).unique().all(),
    "mappings": lambda session: session.execute(select(Player.id)).mappings().all(),
    "mapping": lambda session: session.execute(select(Player.id).limit(1)).mappings().one(),
    "get": lambda session: session.get(Player, 1),
    "query": lambda session: session.query(Player).all(),
    "text": lambda session: session.execute(text("SELECT 1")).all(),
}


@pytest.mark.parametrize("name", FETCHES)
def test_every_way_to_fetch_is_seen(application, name):
    """When this fails, SQLAlchemy has stopped calling ``_allrows`` or ``_only_one_row``: see ``_watch_fetches``."""

    def page(engine):
        with Session(engine) as session:
            FETCHES[name](session)
        return "ok"

    assert layers(application.spans(page)) == ["sqlalchemy", "fetch"]


def test_a_lazy_load_in_a_template_is_the_templates(application):
    def page(engine):
        with Session(engine) as session:
            return render_template("lazy.html", players=session.scalars(select(Player)).all())

    spans = application.spans(page)
    assert layers(spans) == ["sqlalchemy", "fetch", "template", "sqlalchemy", "fetch", "sqlalchemy", "fetch"]
    assert [span[4] for span in spans[3:]] == [2] * 4
    assert spans[2][3] >= spans[6][3]


def test_an_eager_load_is_in_the_fetch_that_caused_it(application):
    def page(engine):
        with Session(engine) as session:
            session.scalars(select(Player).options(selectinload(Player.rolls))).all()
        return "ok"

    spans = application.spans(page)
    assert layers(spans).count("sqlalchemy") == 2
    assert spans[layers(spans).index("sqlalchemy", 1)][4] == 1  # the second, inside the first fetch


LOADS = {
    "lazily": lambda session: [roll.id for player in session.scalars(select(Player)).all() for roll in player.rolls],
    "joined": lambda session: session.scalars(select(Player).options(joinedload(Player.rolls))).unique().all(),
    "joined, unique first": lambda session: session.execute(select(Player).options(joinedload(Player.rolls))).unique().scalars().all(),
    "select-in": lambda session: session.scalars(select(Player).options(selectinload(Player.rolls))).all(),
}


@pytest.mark.parametrize("name", LOADS)
def test_objects_are_made_inside_a_fetch_however_they_are_loaded(application, name):
    """Hydration has a layer of its own: every object that SQLAlchemy makes is made while a fetch is the innermost open span."""
    made = []

    def note(target, context):
        made.append((type(target).__name__, CURRENT.get().innermost("fetch") is not None))

    def page(engine):
        with Session(engine) as session:
            LOADS[name](session)
        return "ok"

    for cls in (Player, Roll):
        event.listen(cls, "load", note)
    try:
        application.spans(page)
    finally:
        for cls in (Player, Roll):
            event.remove(cls, "load", note)
    assert sorted(made) == [("Player", True)] * 2 + [("Roll", True)] * 6


def test_a_statement_that_fails_is_closed(application):
    def page(engine):
        with Session(engine) as session:
            with pytest.raises(OperationalError):
                session.execute(text("SELECT nothing FROM nowhere"))
            session.rollback()
            return render_template("plain.html", n=session.scalar(select(Player.id)))

    spans = application.spans(page)
    assert layers(spans) == ["sqlalchemy", "sqlalchemy", "fetch", "template"]
    assert [span[4] for span in spans] == [-1] * 4


def test_a_statement_that_is_never_sent_leaves_nothing_and_lends_no_time_to_the_next(application):
    def page(engine):
        with engine.connect() as connection:
            with pytest.raises(CompileError):
                connection.execute(select(Player.id).where(Uncompiled()))
            assert CURRENT.get().compiling_ns == 0
            return str(connection.exec_driver_sql("SELECT 3").scalar())

    assert layers(application.spans(page)) == ["sqlalchemy", "fetch"]


def test_the_time_to_compile_a_statement_is_the_statements(application):
    """The span begins before SQLAlchemy compiles: when this fails, it has stopped calling ``_execute_clauseelement``."""
    at_ns = []

    @compiles(Uncompiled, "sqlite")
    def compiled(element, compiler, **_):
        at_ns.append(CURRENT.get().now_ns())
        return "1 = 1"

    def page(engine):
        with engine.connect() as connection:
            return str(connection.execute(select(Player.id).where(Uncompiled())).all())

    try:
        begin_ns = application.spans(page)[0][2]
    finally:
        deregister(Uncompiled)
    assert begin_ns < at_ns[0]


def test_a_statement_handed_to_the_driver_as_it_is(application):
    def page(engine):
        with engine.connect() as connection:
            return str(connection.exec_driver_sql("SELECT 3").scalar())

    spans = application.spans(page)
    assert layers(spans) == ["sqlalchemy", "fetch"] and spans[0][5]["db.query.text"] == "SELECT 3"


def test_many_inserts_are_told_apart(application):
    def page(engine):
        with Session(engine) as session:
            session.add_all([Player(id=n) for n in range(100, 103)])
            session.add(Roll(id=1000, player_id=100))
            session.flush()
            session.rollback()
        return "ok"

    spans = application.spans(page)
    assert layers(spans) == ["sqlalchemy", "sqlalchemy"] and {span[1] for span in spans} == {"INSERT"}


def test_a_template_that_raises_is_closed_with_its_request(application):
    def page(engine):
        return render_template("broken.html")

    spans = application.spans(page, status=500)
    assert layers(spans) == ["template"]
    assert application.lines()[0]["status"] == 500


def test_a_page_that_says_sorry_after_a_template_that_raised(application):
    def page(engine):
        return render_template("broken.html")

    application.app.register_error_handler(ZeroDivisionError, lambda _: (render_template("sorry.html"), 503))
    assert [span[1] for span in application.spans(page, status=503)] == ["render broken.html", "render sorry.html"]


def test_a_handler_that_raises_still_leaves_its_line(application):
    def page(engine):
        with Session(engine) as session:
            session.scalars(select(Player)).all()
        raise LookupError

    assert layers(application.spans(page, status=500)) == ["sqlalchemy", "fetch"]


def test_an_exception_that_goes_through_leaves_its_line_too(application):
    def page(engine):
        raise LookupError

    application.app.testing = True  # flask hands it on
    with pytest.raises(LookupError):
        application.get(page)
    (line,) = application.lines()
    check(line)
    assert line["status"] == 500


def test_requests_follow_one_another_in_one_file(application):
    def page(engine):
        with Session(engine) as session:
            return str(Decimal(session.scalar(select(Player.id))))

    application.get(page)
    for _ in range(2):
        application.app.test_client().get("/page/7", headers={"traceparent": f"00-{ID}-0000000000000001-01"})
    found = application.lines()
    assert len(found) == 3 and [len(line["spans"]) for line in found] == [2, 2, 2]
    assert [file.name for file in application.folder.iterdir()] == [f"spans-{os.getpid()}.jsonl"]


def test_every_process_has_a_file_of_its_own(application):
    def page(engine):
        return "ok"

    application.get(page)
    child = os.fork()
    if child == 0:
        try:
            application.app.test_client().get("/page/7", headers={"traceparent": f"00-{ID}-0000000000000001-01"})
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert {file.name: len(file.read_text().splitlines()) for file in application.folder.iterdir()} == {
        f"spans-{os.getpid()}.jsonl": 1,
        f"spans-{child}.jsonl": 1,
    }


def all_kinds(engine):
    with engine.connect() as connection:
        connection.execute(text("SELECT 1")).all()
    return render_template("plain.html", n=1)


@pytest.mark.parametrize(
    ("without", "lacking"),
    [
        ("routes", "route"), ("templates", "template"), ("statements", "sqlalchemy"), ("fetches", None), ("comments", "comment"),
        ("bytes", None),
    ],
)
def test_each_probe_can_be_left_out_to_learn_its_cost(tmp_path, without, lacking):
    application = Application(tmp_path, but=(without,))
    assert application.get(all_kinds).status_code == 200
    (line,) = application.lines()
    check(line)
    seen = {*layers(line["spans"])} | ({"route"} if line["route"] else set()) | (
        {"comment"} if "traceparent" in application.sent[-1] else set()
    )
    expected = {"route", "template", "sqlalchemy", "comment"} - {lacking} - ({"comment"} if without == "statements" else set())
    assert seen - {"fetch"} == expected
    application.engine.dispose()


def test_a_probe_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(ValueError, match="fetchs"):
        Application(tmp_path, but=("fetchs",))
