"""What one statement takes over the application's own way to its database, nobody else asking."""

from __future__ import annotations

from contextlib import closing
from itertools import cycle

from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from scenarios.diceworld.models import Player
from scenarios.measure.soundings.place import Size
from scenarios.measure.soundings.rows import timed
from scenarios.measure.world import Place as Database
from scenarios.soundings import Sounding

WAY = "psycopg2 over TCP on loopback, one connection that stays open, the server's log of statements off."
LOOK_UP = "SELECT id, login, first_name, last_name FROM tw_players WHERE login = %s"
COUNT = "SELECT count(*) FROM tw_rolls WHERE game_id = %s"
SETTINGS = ("fsync", "synchronous_commit", "wal_sync_method", "full_page_writes")


def measured(database: Database, size: Size) -> dict[str, Sounding]:
    """Return what statements and commits take in ``database``, which may be written to."""
    return _plain(database, size) | _mapped(database, size) | _commits(database, size)


def _plain(database: Database, size: Size) -> dict[str, Sounding]:
    with closing(database.connect()) as connection, connection.cursor() as cursor:
        logins, games = cycle(some_logins(cursor)), cycle(range(1, 101))

        def ask(statement: str, *values) -> None:
            cursor.execute(statement, values or None)
            cursor.fetchall()

        rolls, all_games = (_number(cursor, f"SELECT count(*) FROM {table}") for table in ("tw_rolls", "tw_games"))
        return {
            "deep-select-1": timed("SELECT 1", lambda: ask("SELECT 1"), size, WAY),
            "deep-lookup": timed("Look one player up by an index", lambda: ask(LOOK_UP, next(logins)), size, f"{WAY} The players in memory."),
            "deep-scan": timed(
                "Count one game's rolls without an index", lambda: ask(COUNT, next(games)), size,
                f"{WAY} All {rolls:,} rolls are read, one in {all_games:,} of them a game's; they are in memory.",
            ),
        }  # fmt: skip


def _mapped(database: Database, size: Size) -> dict[str, Sounding]:
    engine = create_engine(database.url)

    def whole_session() -> None:
        with Session(engine) as session:
            session.execute(text("SELECT 1")).scalar_one()

    try:
        with Session(engine) as session:
            logins = cycle(session.scalars(select(Player.login).order_by(Player.id).limit(100)).all())
            return {
                "deep-select-1-session": timed(
                    "SELECT 1 by SQLAlchemy, session and all", whole_session, size,
                    "Its BEGIN and its ROLLBACK are round trips as well; the connection comes from the pool.",
                ),
                "deep-select-1-sqlalchemy": timed(
                    "SELECT 1 by SQLAlchemy", lambda: session.execute(text("SELECT 1")).scalar_one(), size, "In a session that has begun, over the same way."
                ),
                "deep-lookup-orm": timed(
                    "Look one player up by SQLAlchemy's ORM", lambda: session.scalars(select(Player).where(Player.login == next(logins))).one(), size,
                    "In a session that has begun: the statement built, sent, and its row made an object.",
                ),
            }  # fmt: skip
    finally:
        engine.dispose()


def _commits(database: Database, size: Size) -> dict[str, Sounding]:
    with closing(database.connect(autocommit=False)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE soundings (number integer)")
        connection.commit()
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s) ORDER BY name", [list(SETTINGS)])
        settings = dict(cursor.fetchall())
        connection.commit()

        def keep() -> None:
            cursor.execute("INSERT INTO soundings VALUES (1)")
            connection.commit()

        found = {}
        for name, title, is_waited_for in (
            ("deep-commit", "Insert and commit, waiting for the disk", "on"),
            ("deep-commit-unwaited", "Insert and commit, waiting for no disk", "off"),
        ):
            cursor.execute(f"SET SESSION synchronous_commit = {is_waited_for}")
            connection.commit()
            told = ", ".join(f"{each} {value}" for each, value in (settings | {"synchronous_commit": is_waited_for}).items())
            found[name] = timed(title, keep, size, f"BEGIN, INSERT and COMMIT, three round trips by psycopg2. This server's settings: {told}.")
        return found


def some_logins(cursor) -> list[str]:
    """Return some players' logins."""
    cursor.execute("SELECT login FROM tw_players ORDER BY id LIMIT 100")
    return [login for (login,) in cursor.fetchall()]


def _number(cursor, statement: str) -> int:
    cursor.execute(statement)
    return cursor.fetchone()[0]
