"""The page that walks and the page that is told, and the guards against walking: on a database in memory."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.pool import StaticPool

from scenarios.diceworld.app import create_app
from scenarios.diceworld.models import Base, Game, Player, Roll
from scenarios.wreck import load
from scenarios.wrecks.highly_selective import routes
from scenarios.wrecks.highly_selective.budget import page_within_budget, query_budget, without_surprises

GAMES = 4
CAST = ((1, "jgarcia1", "Jorge", "Garcia"), (2, "jgarcia2", "Jane", "García & Co"), (3, "nnguyen1", "Nam", "Nguyen"))


@pytest.fixture
def engine():
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        jorge, jane, nam = (
            Player(id=n, login=login, password="", first_name=first, last_name=last)
            for n, login, first, last in CAST
        )
        games = [Game(id=n, name=f"Game <{n}>", players=[nam, jorge]) for n in range(1, GAMES + 1)]
        session.add_all([jane, *games])
        session.flush()
        one = {"player_id": 1, "code": "1d6", "num_dice": 1, "die_sides": 6, "bonus": 0, "result": 3}
        session.add_all([Roll(game_id=game.id, **one) for game in games for _ in range(game.id)])
        session.commit()
    yield engine
    engine.dispose()


def client(engine, find):
    return create_app(engine, routes.blueprint(find)).test_client()


WALKING = (routes.wrecked, routes.joined, routes.selectin)


def test_the_declaration_is_sound():
    assert load("highly-selective").routes is routes


@pytest.mark.parametrize("find", WALKING, ids=lambda find: find.__name__)
def test_each_way_of_loading_shows_the_same_page(engine, find):
    page = client(engine, find).get("/1000queries/jgarcia").get_data(as_text=True)
    assert page.count("<h2>") == 2 and page.count("Jorge, Nam") == GAMES
    assert "Game &lt;3&gt;" in page and "García &amp; Co" in page and '<td class="number">4</td>' in page


@pytest.mark.parametrize("find", WALKING, ids=lambda find: find.__name__)
def test_json_holds_the_page_s_data(engine, find):
    answer = client(engine, find).get("/1000queries/jgarcia?format=json")
    data = answer.get_json()
    assert (data["login"], [player["login"] for player in data["players"]]) == ("jgarcia", ["jgarcia1", "jgarcia2"])
    assert data["players"][0]["games"][2] == {"name": "Game <3>", "names": "Jorge, Nam", "rolls": 3}
    assert data["players"][1]["games"] == []


@pytest.mark.parametrize("find", WALKING, ids=lambda find: find.__name__)
def test_nobody_found_is_a_page_too(engine, find):
    answer = client(engine, find).get("/1000queries/zzz%25")
    assert answer.status_code == 200 and "Nobody" in answer.get_data(as_text=True)


def test_a_page_of_counted_games_needs_no_database():
    players = [routes.CountedPlayer("jgarcia1", "Jorge", "<b>", [routes.CountedGame("Quiet Oar 1", "Jorge, Nam", 60)])]
    page = client(create_engine("postgresql+psycopg2://"), lambda session, login: (routes.COUNTED, players)).get("/1000queries/jg")
    assert "Jorge, Nam" in page.get_data(as_text=True) and "&lt;b&gt;" in page.get_data(as_text=True)


def test_a_player_without_games_has_one_row_and_no_game():
    columns = ("login", "first_name", "last_name", "id", "name", "names", "rolls")
    rows = [("a1", "A", "One", 7, "Seven", "A, B", 3), ("a1", "A", "One", 8, "Eight", "A", 1), ("b1", "B", "Two", None, None, None, 0)]
    found = routes.counted([type("Row", (), dict(zip(columns, row, strict=True))) for row in rows])
    assert [(player.login, [game.name for game in player.games]) for player in found] == [("a1", ["Seven", "Eight"]), ("b1", [])]


@pytest.mark.parametrize(("find", "statements"), [(routes.wrecked, 1 + 2 + 2 * GAMES), (routes.selectin, 4), (routes.joined, 1)])
def test_what_each_way_sends(engine, find, statements):
    with query_budget(engine, statements) as sent:
        client(engine, find).get("/1000queries/jgarcia")
    assert len(sent) == statements


# --- the guards that the page hands out ---------------------------------------------------------------


def test_the_budget_of_this_page(engine):
    """What the page tells its readers to write."""
    page_within_budget(client(engine, routes.selectin), engine, "/1000queries/jgarcia", most=4)


def test_the_wreck_is_over_its_budget_and_the_failure_names_its_statements(engine):
    with pytest.raises(AssertionError, match=rf"{1 + 2 + 2 * GAMES} statements, where the budget is 4") as caught:
        page_within_budget(client(engine, routes.wrecked), engine, "/1000queries/jgarcia", most=4)
    assert f"{GAMES} x SELECT tw_players" in str(caught.value) and f"{GAMES} x SELECT tw_rolls" in str(caught.value)


def test_a_failure_inside_the_block_is_not_hidden_and_the_listener_goes(engine):
    with pytest.raises(LookupError), query_budget(engine, 0) as sent:
        with Session(engine) as session:
            session.scalars(select(Player)).all()
        raise LookupError
    with Session(engine) as session:
        session.scalars(select(Player)).all()
    assert len(sent) == 1


@pytest.mark.parametrize("load_games", [joinedload, selectinload])
def test_the_guard_raises_at_the_first_step_off_the_path(engine, load_games):
    query = without_surprises(select(Player).options(load_games(Player.games)))
    with Session(engine) as session:
        player = session.scalars(query).unique().first()
        game = player.games[0]
        for touch in (lambda: player.rolls, lambda: game.players, lambda: game.rolls):
            with pytest.raises(InvalidRequestError, match="raise"):
                touch()
