"""Who wins most, and how often in a row? A roll is won if nobody in the same game threw higher with the same dice.

To add that up takes every roll there is, so the league is kept in a cache, for a second at a time. Every function below answers with
the same league. ``wrecked`` is how it sank, each function after it takes one suspect away and leaves the rest, ``salvaged`` is mended.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta

from flask import Blueprint
from sqlalchemy import JSON, Column, DateTime, Integer, MetaData, Table, Text, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from scenarios.diceworld.models import Player, Roll
from scenarios.diceworld.sessions import answer, session

League = Sequence[dict]
Find = Callable[[Session], League]

MOST_SHOWN = 50
LIFETIME = timedelta(seconds=1)
LONGER = timedelta(seconds=2)

LEAGUE = "league"
LEAGUE_LOCK = 1
"""The right to add the league up, by the number that Postgres knows it by."""

CACHE = Table(
    "tw_cache",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("value", JSON),
    Column("until", DateTime(timezone=True)),
)
NOW = func.clock_timestamp(type_=DateTime(timezone=True))


def blueprint(find: Find) -> Blueprint:
    """Return the page ``/thundering-herd/<count>``, answered by ``find``."""
    page = Blueprint("thundering_herd", __name__, template_folder="templates")

    @page.get("/thundering-herd/<int:count>")
    def winners(count: int):
        return answer("thundering_herd/league.html", rows=find(session())[:count])

    return page


# --- the wreck, and suspects taken away --------------------------------------------------------------


def wrecked(session: Session) -> League:
    """Look in the cache; where nothing fresh is kept, add up, and keep that."""
    league = kept(session)

    if league is None:
        # suspect 1: whoever comes too late for the old sum and too early for the new one adds up as well
        league = added_up(session)

        # suspect 2: a sum is good for a second only
        until = NOW + LIFETIME

        # suspect 3: it is good for nobody any more, all from the same moment on
        keep(session, league, until)

    return league


def longer(session: Session) -> League:
    """As wrecked, but a sum is good for twice as long."""
    league = kept(session)
    if league is None:
        league = added_up(session)
        keep(session, league, NOW + LONGER)
    return league


def jittered(session: Session) -> League:
    """As wrecked, but how long a sum is good for is drawn by lot: half as long to half as long again."""
    league = kept(session)
    if league is None:
        league = added_up(session)
        keep(session, league, NOW + LIFETIME * random.uniform(0.5, 1.5))
    return league


def one_at_a_time(session: Session) -> League:
    """As wrecked, but whoever would add up queues for it, and looks again when it is their turn: the first one's sum does for all."""
    league = kept(session)
    if league is None:
        session.execute(select(func.pg_advisory_xact_lock(LEAGUE_LOCK)))
        league = kept(session)
        if league is None:
            league = added_up(session)
            keep(session, league, NOW + LIFETIME)
        session.commit()  # lets the next one in
    return league


# --- salvaged ----------------------------------------------------------------------------------------


def salvaged(session: Session) -> League:
    """One adds up, and nobody waits for it: the others are given the old sum meanwhile."""
    # repair 1: what is too old is still at hand
    entry = select(CACHE.c.value, (CACHE.c.until > NOW).label("is_fresh")).where(CACHE.c.name == LEAGUE)
    last = session.execute(entry).one_or_none()
    if last and last.is_fresh:
        return last.value

    # repair 2: whoever finds it old tries to be the one who adds up; the others do not wait for it
    if last and not session.execute(select(func.pg_try_advisory_xact_lock(LEAGUE_LOCK))).scalar_one():
        return last.value

    return one_at_a_time(session)  # the lock is ours already; with nothing kept at all there is nothing to do but queue for it


# --- what they share ---------------------------------------------------------------------------------


def added_up(session: Session) -> League:
    """Return who won most rolls, how many in a row at most, and how many are records. Of equals, who registered first comes first."""
    # A roll is won if none of the same dice in the same game was higher, and a record if none was in any game.
    place = func.rank().over(partition_by=(Roll.game_id, Roll.code), order_by=Roll.result.desc())
    place_ever = func.rank().over(partition_by=Roll.code, order_by=Roll.result.desc())
    rolls = select(Roll.id, Roll.player_id, (place == 1).label("is_won"), (place_ever == 1).label("is_record")).subquery()

    # Counted among all of a player's rolls and among the won ones: where both counts go up together, it is one streak.
    nth = func.row_number().over(partition_by=rolls.c.player_id, order_by=rolls.c.id)
    nth_alike = func.row_number().over(partition_by=(rolls.c.player_id, rolls.c.is_won), order_by=rolls.c.id)
    runs = select(rolls.c.player_id, rolls.c.is_won, rolls.c.is_record, (nth - nth_alike).label("run")).subquery()
    counts = (func.count().label("length"), func.count().filter(runs.c.is_record).label("records"))
    streaks = select(runs.c.player_id, *counts).where(runs.c.is_won).group_by(runs.c.player_id, runs.c.run).subquery()

    won, records = (cast(func.sum(column), Integer) for column in (streaks.c.length, streaks.c.records))
    shown = (won.label("won"), func.max(streaks.c.length).label("streak"), records.label("records"))
    query = (
        select(Player.login, Player.first_name, Player.last_name, *shown)
        .join(streaks, streaks.c.player_id == Player.id)
        .group_by(Player.id)
        .order_by(won.desc(), Player.id)
        .limit(MOST_SHOWN)
    )
    return [dict(row) for row in session.execute(query).mappings().all()]


def kept(session: Session) -> League | None:
    """Return the sum that the cache holds, None where it is not good any more, or there is none."""
    query = select(CACHE.c.value).where(CACHE.c.name == LEAGUE, CACHE.c.until > NOW)
    return session.execute(query).scalar_one_or_none()


def keep(session: Session, league: League, until) -> None:
    """Put a sum into the cache, in place of the last one."""
    entry = insert(CACHE).values(name=LEAGUE, value=league, until=until)
    anew = {column: entry.excluded[column] for column in ("value", "until")}
    session.execute(entry.on_conflict_do_update(index_elements=["name"], set_=anew))
    session.commit()
