"""A player's page, and the back office of the same dice site on a second host.

``/idle-hands/<player_id>`` shows a player and the games they sit in: one statement, the same in every arm, and nothing wrong
with it. ``/idle-hands/office/<job>`` is the back office: ``prize`` mails the player of the month, ``deployment`` adds a column.
Its two jobs differ from arm to arm. ``wrecked`` is how they met; ``without_...`` takes one thing away and leaves the rest;
``patient`` and ``salvaged`` are mended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Event

from flask import Blueprint, abort
from psycopg2.errors import LockNotAvailable
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from scenarios.diceworld.models import Game, Player, Roll, player_to_game
from scenarios.diceworld.sessions import answer, session

Find = Callable[[Session, str], Mapping]

MAIL_TAKES_S = 1.3
"""How long a busy mail server takes. This wait and the next stand in for somebody else's work; all other waiting here is real."""
UNPACKING_TAKES_S = 0.2
"""How long a deployment copies its files before it changes a table."""

LOCK_TIMEOUT = text("SET LOCAL lock_timeout = '100ms'")
ATTEMPTS = 20
NEXT_ATTEMPT_S = 0.25

PRIZE = {"game_id": 1, "code": "1d6", "num_dice": 1, "die_sides": 6, "bonus": 0, "result": 6}
"""A roll of the house's own dice."""
ADD_COLUMN = text("ALTER TABLE tw_players ADD COLUMN IF NOT EXISTS nickname varchar(40)")


def blueprint(find: Find) -> Blueprint:
    """Return the player's page, and the back office with its jobs done by ``find``."""
    hands = Blueprint("idle_hands", __name__, template_folder="templates")

    @hands.get("/idle-hands/<int:player_id>")
    def player(player_id: int):
        return answer("idle_hands/player.html", rows=seats(session(), player_id))

    @hands.get("/idle-hands/office/<job>")
    def office(job: str):
        return answer("idle_hands/office.html", job=job, done=find(session(), job))

    return hands


# --- the player's page -----------------------------------------------------------------------------


def seats(session: Session, player_id: int) -> list[Mapping]:
    """Return a row for each game a player sits in, one row for a player without any; answer 404 to who is none."""
    query = select(Player.login, Player.first_name, Player.last_name, Game.name.label("game"))
    query = query.outerjoin(player_to_game, player_to_game.c.player_id == Player.id)
    query = query.outerjoin(Game, Game.id == player_to_game.c.game_id)
    rows = session.execute(query.where(Player.id == player_id).order_by(Game.name, Game.id)).mappings().all()
    return rows or abort(404, "No such player.")


# --- the back office -------------------------------------------------------------------------------


def wrecked(session: Session, job: str) -> Mapping:
    """The mail is sent within a transaction, and the migration comes while it is."""
    return done(session, job, mail_within, migrate)


def without_migration(session: Session, job: str) -> Mapping:
    """As wrecked, but the deployment changes no table."""
    return done(session, job, mail_within, leave_tables_alone)


def without_writing(session: Session, job: str) -> Mapping:
    """As wrecked, but the transaction around the mail writes nothing, before it or after."""
    return done(session, job, only_mail, migrate)


def patient(session: Session, job: str) -> Mapping:
    """As wrecked, but the migration does not stand in line: it tries, steps aside, and tries again."""
    return done(session, job, mail_within, migrate_patiently)


def salvaged(session: Session, job: str) -> Mapping:
    """The transaction ends before the mail server is asked, another one begins after."""
    return done(session, job, mail_between, migrate)


def done(session: Session, job: str, prize: Callable, migration: Callable) -> Mapping:
    """Do one of the office's jobs and return what to say of it; answer 404 to any other."""
    match job:
        case "prize":
            return prize(session)
        case "deployment":
            pause(UNPACKING_TAKES_S)
            return migration(session)
    abort(404, "The office has no such job.")


def mail_within(session: Session) -> Mapping:
    """Mail the player of the month, and note the prize if that went well."""
    # suspect 1: with the first thing that is asked, a transaction begins
    winner = session.execute(select(Player.id, Player.login).order_by(Player.id).limit(1)).one()

    # suspect 2: somebody else's server takes its time, and the transaction stays open
    send_mail(winner.login)

    # suspect 3: a row is written, and its player's row is locked for that
    session.add(Roll(player_id=winner.id, **PRIZE))
    session.commit()

    return {"winner": winner.login}


def only_mail(session: Session) -> Mapping:
    """Mail the player of the month, and note nothing."""
    winner = session.execute(select(Player.id, Player.login).order_by(Player.id).limit(1)).one()
    send_mail(winner.login)
    session.commit()
    return {"winner": winner.login}


def mail_between(session: Session) -> Mapping:
    """Mail the player of the month between two transactions, and note the prize if that went well."""
    winner = session.execute(select(Player.id, Player.login).order_by(Player.id).limit(1)).one()
    # the cure: nothing is held while we wait for somebody else
    session.commit()

    send_mail(winner.login)

    session.add(Roll(player_id=winner.id, **PRIZE))
    session.commit()
    return {"winner": winner.login}


def migrate(session: Session) -> Mapping:
    """Add a column to the players: nothing is rewritten, and all rows are as they were."""
    # suspect 4: to add a column takes the one lock that even readers respect
    session.execute(ADD_COLUMN)
    session.commit()

    return {"attempts": 1}


def leave_tables_alone(session: Session) -> Mapping:
    """Deploy a version that needs no new column."""
    return {"attempts": 0}


def migrate_patiently(session: Session) -> Mapping:
    """Add the column, but wait for the lock a tenth of a second at most; then let those behind pass, and try again."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            session.execute(LOCK_TIMEOUT)
            session.execute(ADD_COLUMN)
            session.commit()
            return {"attempts": attempt}
        except OperationalError as fault:
            session.rollback()
            if not isinstance(fault.orig, LockNotAvailable):
                raise
        pause(NEXT_ATTEMPT_S)
    abort(503, "The players' table is in use. Nothing was changed.")


def send_mail(login: str) -> None:
    """Stand in for a mail server: this process waits, and asks nothing of its database meanwhile."""
    pause(MAIL_TAKES_S)


def pause(seconds: float) -> None:
    """Wait, as for somebody else."""
    Event().wait(seconds)
