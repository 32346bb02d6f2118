"""The wreck's page on a database in memory: every handler gives the same answer, and leaves nothing open."""

from __future__ import annotations

import gc
import hashlib

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from scenarios.diceworld.app import create_app
from scenarios.diceworld.models import Base, Game, Player, Roll
from scenarios.wreck import load
from scenarios.wrecks.remembrance_lost import routes

SAME = ("wrecked", "collected", "emptied", "trimmed", "columns", "aggregated", "streamed")
PLAYERS = 20


@pytest.fixture
def engine():
    """A small world where the functions of Postgres that the page uses are Python's."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def like_postgres(connection, _):
        connection.create_function("md5", 1, lambda text: hashlib.md5(text.encode()).hexdigest())
        connection.create_function("concat", -1, lambda *parts: "".join(map(str, parts)))
        connection.create_collation("C", lambda a, b: (a > b) - (a < b))

    fill(engine)
    yield engine
    engine.dispose()


def fill(engine) -> None:
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(Game(id=n, name=f"game {n}") for n in (1, 2, 3))
        for n in range(1, PLAYERS + 1):
            rolls = [Roll(game_id=1 + (n + i) % 3, code="1d6", num_dice=1, die_sides=6, bonus=0, result=1 + (n * i) % 6) for i in range(7)]
            session.add(Player(id=n, login=f"player{n}", password="x", first_name="A", last_name="B", rolls=rolls))
        session.commit()


def client(engine, handler: str):
    return create_app(engine, routes.blueprint(getattr(routes, handler))).test_client()


def test_the_declaration_is_sound():
    wreck = load("remembrance-lost")
    assert wreck.routes is routes and wreck.experiments[0].name == "headline"
    limits = {e.memory_limit_mb for e in wreck.experiments if e.memory_limit_mb}
    assert len(limits) == 1, "all storms are under one limit"


@pytest.mark.parametrize("name", [*SAME, "bounded"])
def test_each_handler_says_in_a_line_what_it_does(name):
    doc = getattr(routes, name).__doc__
    assert doc and "\n" not in doc


@pytest.mark.parametrize("count", [0, 1, 7, PLAYERS, 10 * PLAYERS])
def test_all_that_claim_the_same_answer_give_it(engine, count):
    answers = {handler: client(engine, handler).get(f"/grenade/{count}?format=json").get_json() for handler in SAME}
    assert all(answer == answers["wrecked"] for answer in answers.values())
    lines = answers["wrecked"]["lines"]
    assert answers["wrecked"]["count"] == count and lines == sorted(lines)
    assert len({login for login, *_ in lines}) == min(count, PLAYERS) and sum(rolls for *_, rolls, _ in lines) == 7 * min(count, PLAYERS)


def test_as_many_are_always_the_same_and_another_number_are_others(engine):
    def drawn(count: int) -> set[str]:
        return {line[0] for line in client(engine, "columns").get(f"/grenade/{count}?format=json").get_json()["lines"]}

    assert drawn(5) == drawn(5) and not drawn(5) <= drawn(6)


def test_pages_are_alike_too(engine):
    pages = {client(engine, handler).get("/grenade/9").get_data(as_text=True) for handler in SAME}
    assert len(pages) == 1 and "<td><code>player" in pages.pop()


def test_a_bound_answers_for_fewer(engine, monkeypatch):
    monkeypatch.setattr(routes, "MOST_PLAYERS", 3)
    few, asked = (client(engine, "bounded").get(f"/grenade/{count}?format=json").get_json() for count in (3, 9))
    assert few == asked and few["count"] == 3


@pytest.mark.parametrize("handler", SAME)
def test_nothing_stays_open(engine, handler):
    out = []
    event.listen(engine, "checkout", lambda *_: out.append(1))
    event.listen(engine, "checkin", lambda *_: out.append(-1))
    assert client(engine, handler).get("/grenade/9").get_data()
    assert 1 in out and sum(out) == 0


@pytest.mark.parametrize("handler", ["collected", "trimmed"])
def test_tidying_comes_once_the_answer_is_made(engine, handler, monkeypatch):
    done = []
    monkeypatch.setattr(routes.gc, "collect", lambda: done.append("collected"))
    monkeypatch.setattr(routes.ctypes, "CDLL", lambda _: type("C", (), {"malloc_trim": staticmethod(lambda pad: done.append("trimmed"))}))
    response = client(engine, handler).get("/grenade/3", buffered=False)
    assert done == [] and response.status_code == 200
    response.close()
    assert done == ["collected", "trimmed"][: 1 + (handler == "trimmed")]


def test_the_objects_refer_to_each_other_in_no_circle(engine):
    """What the page's story rests on: when its session is closed the last reference is gone, and no collection is needed."""
    page = client(engine, "wrecked")
    page.get("/grenade/2")
    gc.collect()
    gc.disable()
    try:
        page.get(f"/grenade/{PLAYERS}").close()
        assert not [each for each in gc.get_objects() if isinstance(each, Roll)]
    finally:
        gc.enable()
