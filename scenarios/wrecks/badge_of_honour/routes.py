"""A player's page with a badge beside the name, and a game's page without one, of the same dice site.

``/badge-of-honour/player/<id>`` shows who a player is, how often they rolled, and the badge that a colleague's service hands out
for them. ``/badge-of-honour/game/<id>`` shows a game, the same in every arm. ``wrecked`` is how it sank, ``without_badge`` asks
nobody, ``salvaged`` and ``giving_up`` are mended.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from threading import Event

from flask import Blueprint, abort
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scenarios.diceworld.models import Game, Player, Roll, player_to_game
from scenarios.diceworld.sessions import answer, session

Find = Callable[[Session, int], Mapping]

BADGE_TAKES_S = float(os.environ.get("BADGE_TAKES_S", "1"))
"""How long the badge service takes that afternoon. It stands in for somebody else's work; all other waiting here is real."""
PATIENCE_S = 0.2

FAILURES = 2
"""So many in a row, and the service is not asked for a while."""
PAGES_WITHOUT = 20
"""That while, in pages."""

BADGES = ("bronze", "silver", "gold")
PLAYER = (Player.login, Player.first_name, Player.last_name)


def blueprint(find: Find) -> Blueprint:
    """Return the player's page, found by ``find``, and the game's, which is the same in every arm."""
    site = Blueprint("badge_of_honour", __name__, template_folder="templates")

    @site.get("/badge-of-honour/player/<int:player_id>")
    def player(player_id: int):
        return answer("badge_of_honour/player.html", **find(session(), player_id))

    @site.get("/badge-of-honour/game/<int:game_id>")
    def game(game_id: int):
        return answer("badge_of_honour/game.html", **game_shown(session(), game_id))

    return site


# --- the player's page -----------------------------------------------------------------------------


def wrecked(session: Session, player_id: int) -> Mapping:
    """Look the player up, then ask for the badge, however long that takes."""
    # suspect 1: no index leads from a player to their rolls
    shown = player_shown(session, player_id)

    # suspect 2: a colleague's service is asked while somebody waits for the page
    badge = ask_badge(player_id)

    return {**shown, "badge": badge}


def without_badge(session: Session, player_id: int) -> Mapping:
    """As wrecked, but nobody is asked for a badge."""
    return {**player_shown(session, player_id), "badge": None}


def salvaged(session: Session, player_id: int) -> Mapping:
    """Wait for the badge a fifth of a second at most; then show the page without."""
    shown = player_shown(session, player_id)

    # the cure: somebody else's trouble costs us so much and no more
    try:
        badge = ask_badge(player_id, timeout_s=PATIENCE_S)
    except TimeoutError:
        badge = None

    return {**shown, "badge": badge}


def giving_up(session: Session, player_id: int) -> Mapping:
    """As salvaged, and after some failures in a row the service is left alone for a while."""
    shown = player_shown(session, player_id)
    if breaker.is_open():
        return {**shown, "badge": None}
    try:
        badge = ask_badge(player_id, timeout_s=PATIENCE_S)
    except TimeoutError:
        badge = None
    breaker.note(failed=badge is None)
    return {**shown, "badge": badge}


class Breaker:
    """Says when to leave a service alone: after ``FAILURES`` in a row, for ``PAGES_WITHOUT`` pages. Each worker has its own."""

    def __init__(self):
        self.failures = 0
        self.pages_left = 0

    def is_open(self) -> bool:
        if self.pages_left:
            self.pages_left -= 1
            return True
        return False

    def note(self, failed: bool) -> None:
        self.failures = self.failures + 1 if failed else 0
        if self.failures >= FAILURES:
            self.pages_left = PAGES_WITHOUT


breaker = Breaker()


def player_shown(session: Session, player_id: int) -> Mapping:
    """Return who a player is and how often they rolled; answer 404 to who is none."""
    player = session.execute(select(*PLAYER).where(Player.id == player_id)).mappings().one_or_none()
    if player is None:
        abort(404, "No such player.")
    rolls = session.scalars(select(func.count()).select_from(Roll).where(Roll.player_id == player_id)).one()
    return {"player": player, "rolls": rolls}


def ask_badge(player_id: int, timeout_s: float | None = None) -> str:
    """Stand in for ``GET https://badges.example/<player>``: wait, then name a badge. Raises TimeoutError once patience is at an end."""
    if timeout_s is not None and timeout_s < BADGE_TAKES_S:
        Event().wait(timeout_s)
        raise TimeoutError(f"no badge within {timeout_s} s")
    Event().wait(BADGE_TAKES_S)
    return BADGES[player_id % len(BADGES)]


# --- the game's page -------------------------------------------------------------------------------


def game_shown(session: Session, game_id: int) -> Mapping:
    """Return a game's name and how many sit in it; answer 404 to what is none."""
    name = session.scalars(select(Game.name).where(Game.id == game_id)).one_or_none()
    if name is None:
        abort(404, "No such game.")
    seats = session.scalars(select(func.count()).select_from(player_to_game).where(player_to_game.c.game_id == game_id)).one()
    return {"name": name, "seats": seats}
