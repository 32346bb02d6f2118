"""Who beat most? The ten players of a season who scored more than others at their tables, most often.

``wrecked`` asks for that, and no line of it is wrong: what sank the page is what its database did not know, and ``loaded`` is
how that came about. ``rewritten`` asks the same in another way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint
from sqlalchemy import Column, Integer, MetaData, Table, and_, cast, delete, func, insert, select, text
from sqlalchemy.orm import Session

from scenarios.diceworld.models import Player
from scenarios.diceworld.sessions import answer, session

Find = Callable[[Session, int], Sequence[Mapping]]

SHOWN = 10
PLAYER = (Player.login, Player.first_name, Player.last_name)


def _scores(name: str) -> Table:
    columns = ("season", "game_id", "player_id", "points")
    return Table(name, MetaData(), *(Column(each, Integer, nullable=False) for each in columns))


SCORES = _scores("tw_scores")
"""What each player scored in each game, indexed by season."""
ARRIVED = _scores("tw_arrived")
"""The same, as the league sends it: one season after the other goes from here to the scores."""


def blueprint(find: Find) -> Blueprint:
    """Return the page ``/old-charts/<season>``, answered by ``find``."""
    page = Blueprint("old_charts", __name__, template_folder="templates")

    @page.get("/old-charts/<int:season>")
    def standings(season: int):
        return answer("old_charts/standings.html", season=season, rows=find(session(), season))

    return page


def wrecked(session: Session, season: int) -> Sequence[Mapping]:
    """Hold each score against the others of its game: how many did it beat?"""
    # suspect 1: the scores are joined to themselves
    mine, theirs = SCORES.alias("mine"), SCORES.alias("theirs")
    beaten = func.count().label("beaten")
    query = select(*PLAYER, beaten).join(mine, mine.c.player_id == Player.id)

    # suspect 2: they meet by game, and only seasons are indexed
    same_game = theirs.c.game_id == mine.c.game_id
    is_beaten = theirs.c.points < mine.c.points
    query = query.join(theirs, and_(same_game, is_beaten))

    query = query.where(mine.c.season == season, theirs.c.season == season)
    query = query.group_by(Player.id).order_by(beaten.desc(), Player.id)
    return session.execute(query.limit(SHOWN)).mappings().all()


def rewritten(session: Session, season: int) -> Sequence[Mapping]:
    """As wrecked, but a score's rank in its game says how many it beat."""
    game = {"partition_by": SCORES.c.game_id, "order_by": SCORES.c.points}
    beat = (func.rank().over(**game) - 1).label("beat")
    of_season = SCORES.c.season == season
    mine = select(SCORES.c.player_id, beat).where(of_season).subquery()

    beaten = cast(func.sum(mine.c.beat), Integer).label("beaten")
    query = select(*PLAYER, beaten).join(mine, mine.c.player_id == Player.id)
    query = query.group_by(Player.id).having(func.sum(mine.c.beat) > 0)
    query = query.order_by(beaten.desc(), Player.id)
    return session.execute(query.limit(SHOWN)).mappings().all()


def loaded(session: Session, season: int) -> Sequence[Mapping]:
    """Take over a season, as a job does when one is over."""
    session.execute(delete(SCORES).where(SCORES.c.season == season))

    # suspect 3: a season at one stroke, into a table in use
    arrived = select(ARRIVED).where(ARRIVED.c.season == season)
    session.execute(insert(SCORES).from_select(SCORES.c.keys(), arrived))

    session.commit()
    return []


def loaded_and_analysed(session: Session, season: int) -> Sequence[Mapping]:
    """As loaded; and the planner is told of it."""
    session.execute(delete(SCORES).where(SCORES.c.season == season))
    arrived = select(ARRIVED).where(ARRIVED.c.season == season)
    session.execute(insert(SCORES).from_select(SCORES.c.keys(), arrived))

    # the cure: the table is sampled anew, in the same transaction
    session.execute(text("ANALYZE tw_scores"))

    session.commit()
    return []
