"""The page that holds one connection while it wants another, those that do not, and the guard that tells them apart: on a small file."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from scenarios.diceworld.app import create_app
from scenarios.diceworld.models import Base, Game, Player
from scenarios.wreck import Pool, load
from scenarios.wrecks.dry_well import routes, wreck
from scenarios.wrecks.dry_well.guard import one_connection

FINDS = {find.__name__: find for find in (routes.wrecked, routes.given_back, routes.salvaged)}
PAGE = "/dry-well/1"


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path / 'small.db'}"
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        players = [Player(id=n, login=f"p{n}", password="", first_name=f"F{n}", last_name="García & Co") for n in (1, 2, 3)]
        session.add_all(players)
        session.add_all([Game(id=n, name=f"Game <{n}>", players=players[: 4 - n]) for n in (1, 2, 3)])
        session.commit()
    engine.dispose()
    return url


def client(engine, find: str):
    app = create_app(engine, routes.blueprint(FINDS[find]))
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app.test_client()


@pytest.mark.parametrize("find", FINDS)
def test_every_way_shows_the_same_page(url, find):
    engine = create_engine(url)
    page = client(engine, find).get(PAGE).get_data(as_text=True)
    assert "sits in 3 games" in page and "3 players are registered" in page and "Game &lt;2&gt;" in page
    assert client(engine, find).get("/dry-well/9").status_code == 404
    engine.dispose()


@pytest.mark.parametrize("find", ["given_back", "salvaged"])
def test_a_page_that_holds_one_at_a_time_passes_the_guard(url, find):
    engine = one_connection(url)
    assert client(engine, find).get(PAGE).status_code == 200
    engine.dispose()


def test_the_wreck_does_not(url):
    engine = one_connection(url)
    with pytest.raises(PoolTimeout, match="QueuePool limit of size 1 overflow 0 reached"):
        client(engine, "wrecked").get(PAGE)
    assert engine.pool.checkedout() == 0  # What it held went back as it failed.
    engine.dispose()


def test_arms_differ_in_what_they_say_and_in_nothing_else():
    arms = {arm.name: arm for arm in load("dry-well").arms}
    assert arms["wrecked"].pool == Pool(4, 0, 0.5) == arms["salvaged"].pool == arms["given-back"].pool == arms["threads-8"].pool
    assert arms["pool-5"].pool == Pool(5, 0, 0.5) and arms["pool-5"].gunicorn == arms["wrecked"].gunicorn
    assert arms["threads-8"].gunicorn[-1] == "8" and arms["impatient"].pool.timeout_s < wreck.PATIENCE_S
