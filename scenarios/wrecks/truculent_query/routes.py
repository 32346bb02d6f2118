"""How are players rolling? For all whose login holds a pattern, by die: dice rolled and average roll.

Every function below answers that question, row for row alike. ``wrecked`` is how it sank; each of
the three after it takes one suspect away and leaves the rest; the last two are salvaged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

from flask import Blueprint
from sqlalchemy import Engine, Numeric, Row, cast, func, select, true
from sqlalchemy.orm import Session, aliased

from scenarios.diceworld.models import Player, Roll
from scenarios.diceworld.sessions import answer, session

Find = Callable[[Session, str], Sequence[Row]]

PLAYER = (Player.login, Player.first_name, Player.last_name)
DICE = func.sum(Roll.num_dice)
PIPS = func.sum(Roll.result - Roll.bonus)


def blueprint(find: Find) -> Blueprint:
    """Return the page ``/truculent/<pattern>``, answered by ``find``."""
    truculent = Blueprint("truculent", __name__, template_folder="templates")

    @truculent.get("/truculent/<pattern>")
    def players_like(pattern: str):
        return answer("truculent/players.html", pattern=pattern, rows=find(session(), pattern))

    return truculent


def wrecked(session: Session, pattern: str) -> Sequence[Row]:
    """Sum up every roll ever made, then ask whose login is like the pattern."""
    # suspect 1: a sub-query as the source of the rows
    totals = (
        select(Player.login, Roll.die_sides, DICE.label("dice"), PIPS.label("pips"))
        .join(Roll.player)
        .group_by(Player.login, Roll.die_sides)
        .subquery()
    )

    query = select(*PLAYER, totals.c.die_sides, totals.c.dice, average(totals.c.pips, totals.c.dice))
    # suspect 2: a join back to players, whom the sub-query has joined already
    query = query.join(totals, totals.c.login == Player.login)

    # suspect 3: LIKE on a field with no index for it
    query = query.where(Player.login.contains(pattern, autoescape=True))

    return session.execute(query.order_by(Player.login, totals.c.die_sides)).all()


def without_like(session: Session, pattern: str) -> Sequence[Row]:
    """As wrecked, but for LIKE: the logins are picked in memory and asked for by name."""
    totals = (
        select(Player.login, Roll.die_sides, DICE.label("dice"), PIPS.label("pips"))
        .join(Roll.player)
        .group_by(Player.login, Roll.die_sides)
        .subquery()
    )
    query = select(*PLAYER, totals.c.die_sides, totals.c.dice, average(totals.c.pips, totals.c.dice))
    query = query.join(totals, totals.c.login == Player.login)
    query = query.where(Player.login.in_([login for login in every_login(session) if pattern in login]))
    return session.execute(query.order_by(Player.login, totals.c.die_sides)).all()


def without_join_back(session: Session, pattern: str) -> Sequence[Row]:
    """As wrecked, but for the join back: the sub-query hands the names out itself."""
    totals = (
        select(*PLAYER, Roll.die_sides, DICE.label("dice"), PIPS.label("pips"))
        .join(Roll.player)
        .group_by(Player.id, *PLAYER, Roll.die_sides)
        .subquery()
    )
    query = select(
        totals.c.login, totals.c.first_name, totals.c.last_name, totals.c.die_sides, totals.c.dice, average(totals.c.pips, totals.c.dice)
    )
    query = query.where(totals.c.login.contains(pattern, autoescape=True))
    return session.execute(query.order_by(totals.c.login, totals.c.die_sides)).all()


def without_subquery(session: Session, pattern: str) -> Sequence[Row]:
    """As wrecked, but for the sub-query: players are still joined to themselves for nothing."""
    roller = aliased(Player)
    query = select(*PLAYER, Roll.die_sides, DICE.label("dice"), average(PIPS, DICE))
    query = query.join(roller, roller.login == Player.login).join(Roll, Roll.player_id == roller.id)
    query = query.where(Player.login.contains(pattern, autoescape=True))
    query = query.group_by(Player.id, *PLAYER, Roll.die_sides)
    return session.execute(query.order_by(Player.login, Roll.die_sides)).all()


def rewritten(session: Session, pattern: str) -> Sequence[Row]:
    """Find the players, join their rolls, sum those up: one plain query."""
    query = select(*PLAYER, Roll.die_sides, DICE.label("dice"), average(PIPS, DICE))
    query = query.join(Player.rolls)
    query = query.where(Player.login.contains(pattern, autoescape=True))
    query = query.group_by(Player.id, *PLAYER, Roll.die_sides)
    return session.execute(query.order_by(Player.login, Roll.die_sides)).all()


def lateral(session: Session, pattern: str) -> Sequence[Row]:
    """Find the players first; then, for each of them, sum up that player's rolls."""
    totals = (
        select(Roll.die_sides, DICE.label("dice"), PIPS.label("pips"))
        .where(Roll.player_id == Player.id)
        .group_by(Roll.die_sides)
        .lateral()
    )
    query = select(*PLAYER, totals.c.die_sides, totals.c.dice, average(totals.c.pips, totals.c.dice))
    query = query.join(totals, true())
    query = query.where(Player.login.contains(pattern, autoescape=True))
    return session.execute(query.order_by(Player.login, totals.c.die_sides)).all()


def average(pips, dice):
    """Return the average roll of one die, to two places."""
    return func.round(cast(pips, Numeric) / dice, 2).label("average")


_logins: WeakKeyDictionary[Engine, list[str]] = WeakKeyDictionary()


def every_login(session: Session) -> list[str]:
    """Return the logins of all players, read from each database once a process."""
    engine = session.get_bind()
    if engine not in _logins:
        _logins[engine] = list(session.scalars(select(Player.login)))
    return _logins[engine]
