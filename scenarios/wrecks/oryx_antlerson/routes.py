"""Two pages of one application, served by two hosts from one database.

``/quiet/<player>/<game>/<code>`` rolls dice for a player in a game and keeps the roll: a handful of short
statements, the same in every arm, and nothing wrong with any of them. ``/noisy/<pattern>`` is how the
neighbour finds players; its functions below differ.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from flask import Blueprint, abort
from sqlalchemy import Numeric, Row, cast, column, func, insert, select, table
from sqlalchemy.orm import Session

from scenarios.diceworld.models import Game, Player, Roll, player_to_game
from scenarios.diceworld.sessions import answer, session

Find = Callable[[Session, str], Sequence[Row]]

DICE_CODE = re.compile(r"([1-9]\d?)d([1-9]\d{0,2})(?:\+(\d{1,3}))?", re.ASCII)
HELD_S = 0.25
"""How long the control keeps its connection. Shorter than ten at once wait for the wrecked statement, so it asks more often."""

PLAYER = (Player.login, Player.first_name, Player.last_name)
DICE = func.sum(Roll.num_dice)
PIPS = func.sum(Roll.result - Roll.bonus)
KEPT_ANSWER = table(
    "kept_answer", *(column(name) for name in ("login", "first_name", "last_name", "die_sides", "dice", "average"))
)


def blueprint(find: Find) -> Blueprint:
    """Return both pages, ``/noisy/<pattern>`` answered by ``find``."""
    oryx = Blueprint("oryx", __name__, template_folder="templates")

    @oryx.get("/quiet/<login>/<int:game_id>/<code>")
    def roll(login: str, game_id: int, code: str):
        return answer("oryx/roll.html", **roll_and_keep(session(), login, game_id, code))

    @oryx.get("/noisy/<pattern>")
    def players_like(pattern: str):
        return answer("oryx/players.html", pattern=pattern, rows=find(session(), pattern))

    return oryx


# --- the quiet page --------------------------------------------------------------------------------


def roll_and_keep(session: Session, login: str, game_id: int, code: str) -> dict:
    """Roll ``code`` for a player in a game, who joins it if need be; keep the roll and return what to show."""
    num_dice, die_sides, bonus = dice(code)
    # Locked, so that of two such requests at once only one can find the player missing from the game.
    player = session.scalars(select(Player).where(Player.login == login).with_for_update(key_share=True)).one_or_none()
    game = session.scalars(select(Game).where(Game.id == game_id)).one_or_none()
    if player is None or game is None:
        abort(404, "No such player, or no such game.")

    seat = {"player_id": player.id, "game_id": game.id}
    if not session.execute(select(player_to_game).filter_by(**seat).limit(1)).all():
        session.execute(insert(player_to_game).values(**seat))

    result = bonus + sum(random.randint(1, die_sides) for _ in range(num_dice))
    session.add(Roll(**seat, code=code, num_dice=num_dice, die_sides=die_sides, bonus=bonus, result=result))
    shown = {"login": player.login, "game": game.name, "code": code, "result": result}
    session.commit()
    return shown


def dice(code: str) -> tuple[int, int, int]:
    """Return dice, sides and bonus of a code such as ``3d6+2``; answer 400 to what is none."""
    found = DICE_CODE.fullmatch(code)
    if not found:
        abort(400, "A dice code looks like 3d6+2.")
    return int(found[1]), int(found[2]), int(found[3] or 0)


# --- the neighbour's page --------------------------------------------------------------------------


def wrecked(session: Session, pattern: str) -> Sequence[Row]:
    """Sum up every roll ever made, then ask whose login is like the pattern."""
    totals = (
        select(Player.login, Roll.die_sides, DICE.label("dice"), PIPS.label("pips"))
        .join(Roll.player)
        .group_by(Player.login, Roll.die_sides)
        .subquery()
    )
    query = select(*PLAYER, totals.c.die_sides, totals.c.dice, average(totals.c.pips, totals.c.dice))
    query = query.join(totals, totals.c.login == Player.login)
    query = query.where(Player.login.contains(pattern, autoescape=True))
    return session.execute(query.order_by(Player.login, totals.c.die_sides)).all()


def rewritten(session: Session, pattern: str) -> Sequence[Row]:
    """Find the players, join their rolls, sum those up: the same answer."""
    query = select(*PLAYER, Roll.die_sides, DICE.label("dice"), average(PIPS, DICE))
    query = query.join(Player.rolls)
    query = query.where(Player.login.contains(pattern, autoescape=True))
    query = query.group_by(Player.id, *PLAYER, Roll.die_sides)
    return session.execute(query.order_by(Player.login, Roll.die_sides)).all()


def held(session: Session, pattern: str) -> Sequence[Row]:
    """Hold a connection for a while and return an answer kept beforehand: the neighbour without its statement."""
    session.execute(select(func.pg_sleep(HELD_S))).all()
    return session.execute(select(KEPT_ANSWER).order_by(KEPT_ANSWER.c.login, KEPT_ANSWER.c.die_sides)).all()


def average(pips, dice):
    """Return the average roll of one die, to two places."""
    return func.round(cast(pips, Numeric) / dice, 2).label("average")
