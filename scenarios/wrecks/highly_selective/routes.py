"""Who plays with whom? For each player whose login begins so: their games, who sat in them, how often the dice fell.

Every function below answers that question, word for word alike. ``wrecked`` is how it sank. ``joined``
and ``selectin`` load the same objects in fewer statements; ``aggregate`` and ``grouped`` load none and count in SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint
from sqlalchemy import Row, Select, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, joinedload, selectinload

from scenarios.diceworld.models import Game, Player, Roll, player_to_game
from scenarios.diceworld.sessions import answer, session

WALKED, COUNTED = "highly_selective/walked.html", "highly_selective/counted.html"
"""A page that walks from object to object, and one that is handed what it prints."""


@dataclass(frozen=True)
class CountedGame:
    name: str
    names: str
    rolls: int


@dataclass(frozen=True)
class CountedPlayer:
    login: str
    first_name: str
    last_name: str
    games: list[CountedGame]


Find = Callable[[Session, str], tuple[str, Sequence[Player] | Sequence[CountedPlayer]]]


def blueprint(find: Find) -> Blueprint:
    """Return the page ``/1000queries/<login>``, answered by ``find``."""
    selective = Blueprint("selective", __name__, template_folder="templates")

    @selective.get("/1000queries/<login>")
    def games_of(login: str):
        template, players = find(session(), login)
        return answer(template, as_data=as_data, login=login, players=players)

    return selective


def wrecked(session: Session, login: str):
    """Ask for the players, and hand them to a page that asks for the rest as it goes."""
    players = select(Player).where(Player.login.startswith(login, autoescape=True)).order_by(Player.login)
    return WALKED, session.scalars(players).all()


def joined(session: Session, login: str):
    """Ask for everything at once: each game's rows are its players times its rolls."""
    players = select(Player).where(Player.login.startswith(login, autoescape=True)).order_by(Player.login)
    games = joinedload(Player.games)
    players = players.options(games.joinedload(Game.players), games.joinedload(Game.rolls))
    return WALKED, session.scalars(players).unique().all()


def selectin(session: Session, login: str):
    """Ask once for each kind of thing: the players, all their games, all who sat in those, all rolls of those."""
    players = select(Player).where(Player.login.startswith(login, autoescape=True)).order_by(Player.login)
    games = selectinload(Player.games)
    players = players.options(games.selectinload(Game.players), games.selectinload(Game.rolls))
    return WALKED, session.scalars(players).all()


def aggregate(session: Session, login: str):
    """Ask for the page's own lines in one query, names and number looked up for every game."""
    seat, other = player_to_game.alias(), Player.__table__.alias()
    names = select(joined_names(other)).join(seat, seat.c.player_id == other.c.id).where(seat.c.game_id == Game.id).scalar_subquery()
    rolls = select(func.count()).where(Roll.game_id == Game.id).scalar_subquery()
    return COUNTED, counted(session.execute(lines_of(login).add_columns(names.label("names"), rolls.label("rolls"))).all())


def grouped(session: Session, login: str):
    """Ask for the page's own lines in one query, rolls and names read once for all its games."""
    mine = select(player_to_game.c.game_id).join(Player, Player.id == player_to_game.c.player_id)
    mine = mine.where(Player.login.startswith(login, autoescape=True))
    rolls = select(Roll.game_id, func.count().label("rolls")).where(Roll.game_id.in_(mine)).group_by(Roll.game_id).subquery()
    seat, other = player_to_game.alias(), Player.__table__.alias()
    names = select(seat.c.game_id, joined_names(other).label("names")).join(other, other.c.id == seat.c.player_id)
    names = names.where(seat.c.game_id.in_(mine)).group_by(seat.c.game_id).subquery()
    lines = lines_of(login).outerjoin(names, names.c.game_id == Game.id).outerjoin(rolls, rolls.c.game_id == Game.id)
    return COUNTED, counted(session.execute(lines.add_columns(names.c.names, func.coalesce(rolls.c.rolls, 0).label("rolls"))).all())


def lines_of(login: str) -> Select:
    """Return the query for a line a player and game, in the page's order."""
    lines = select(Player.login, Player.first_name, Player.last_name, Game.id, Game.name)
    lines = lines.outerjoin(player_to_game, player_to_game.c.player_id == Player.id).outerjoin(Game, Game.id == player_to_game.c.game_id)
    return lines.where(Player.login.startswith(login, autoescape=True)).order_by(Player.login, Game.id)


def joined_names(player):
    """Return the first names of a game's players, joined by commas."""
    return func.string_agg(player.c.first_name, aggregate_order_by(literal_column("', '"), player.c.id))


def counted(rows: Sequence[Row]) -> list[CountedPlayer]:
    """Return rows, sorted by player, as players with their games; one without games has a single row that names none."""
    return [
        CountedPlayer(*who, [CountedGame(row.name, row.names, row.rolls) for row in lines if row.id is not None])
        for who, lines in groupby(rows, key=lambda row: (row.login, row.first_name, row.last_name))
    ]


def as_data(login: str, players: Sequence[Player] | Sequence[CountedPlayer]) -> dict:
    """Return all that the page shows, as plain data."""
    return {"login": login, "players": [_player(player) for player in players]}


def _player(player: Player | CountedPlayer) -> dict:
    games = player.games
    if isinstance(player, Player):
        games = [_counted(game) for game in sorted(games, key=lambda game: game.id)]
    shown = [{"name": game.name, "names": game.names, "rolls": game.rolls} for game in games]
    return {"login": player.login, "first_name": player.first_name, "last_name": player.last_name, "games": shown}


def _counted(game: Game) -> CountedGame:
    names = ", ".join(player.first_name for player in sorted(game.players, key=lambda player: player.id))
    return CountedGame(game.name, names, len(game.rolls))
