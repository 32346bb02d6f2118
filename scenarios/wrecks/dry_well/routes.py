"""Which games does a player sit in? With a line beneath that says how many players there are.

Every function below answers that, word for word alike and by the same queries. ``wrecked`` is how it sank. ``given_back`` and
``salvaged`` differ from it in how many connections they hold while they ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, abort
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from scenarios.diceworld.models import Game, Player, player_to_game
from scenarios.diceworld.sessions import answer, session

Find = Callable[[Session, int], tuple[Sequence[Mapping], int]]

PLAYER = (Player.login, Player.first_name, Player.last_name)


def blueprint(find: Find) -> Blueprint:
    """Return the page ``/dry-well/<player>``, answered by ``find``."""
    page = Blueprint("dry_well", __name__, template_folder="templates")

    @page.get("/dry-well/<int:player_id>")
    def games_of_player(player_id: int):
        player = session().execute(select(*PLAYER).where(Player.id == player_id)).mappings().one_or_none()
        if player is None:
            abort(404, "No such player.")
        games, registered = find(session(), player_id)
        return answer("dry_well/games.html", player=player, games=games, registered=registered)

    return page


def wrecked(session: Session, player_id: int) -> tuple[Sequence[Mapping], int]:
    """Ask for the games, then have another function ask for the count."""
    # suspect 1: no index leads from a player to their games
    games = session.execute(games_of(player_id)).mappings().all()

    # suspect 2: a function with a session of its own, while this one is open
    registered = players_registered(session.get_bind())

    return games, registered


def given_back(session: Session, player_id: int) -> tuple[Sequence[Mapping], int]:
    """As wrecked, but the connection goes back to the pool before another is taken."""
    games = session.execute(games_of(player_id)).mappings().all()
    session.commit()
    return games, players_registered(session.get_bind())


def salvaged(session: Session, player_id: int) -> tuple[Sequence[Mapping], int]:
    """Ask for both on the connection that the request has."""
    games = session.execute(games_of(player_id)).mappings().all()
    return games, count_players(session)


def games_of(player_id: int):
    """Return the query for the games that a player sits in."""
    query = select(Game.id, Game.name).join(player_to_game, player_to_game.c.game_id == Game.id)
    return query.where(player_to_game.c.player_id == player_id).order_by(Game.id)


def players_registered(engine: Engine) -> int:
    """Return how many players there are. Called from pages, from tasks and by hand, so it brings a session of its own."""
    with Session(engine) as own:
        return count_players(own)


def count_players(session: Session) -> int:
    """Return how many players there are, asked in a session that somebody else opens and closes."""
    return session.scalars(select(func.count()).select_from(Player)).one()
