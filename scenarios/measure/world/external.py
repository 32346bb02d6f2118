"""The dice world on an owner's Postgres: in schemas of our own, marked as ours, and gone afterwards.

A schema's comment names its run: a process, which may have several worlds open. Each world holds,
shared, an advisory lock made from the run's name, on a connection of its own; a marked schema
whose lock is free was left by a run that was killed.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import secrets
import zlib
from collections.abc import Iterator

import psycopg2
from psycopg2 import sql
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from scenarios.diceworld.scales import Scale
from scenarios.errors import StackError
from scenarios.measure.world.seeding import Manifest, seed_world, verify_cast
from scenarios.measure.world.world import ArmAbsent, Place, World, told
from scenarios.wreck import Arm

PREFIX = "diving_wreck_"
COMMENT = "diving-into-the-wreck: scratch data of run "
OLDEST_SERVER = 13
_LOCK_SPACE = 0x77726563
_NOT_OURS = "an existing server, given by --database-url, does not show it"
_numbers = itertools.count(1)


@functools.cache
def run_name() -> str:
    """Return the name of this process on any server it is a guest of."""
    return secrets.token_hex(4)


@contextlib.contextmanager
def external_world(scale: Scale, seed: int, database_url: str, cast: tuple[str, ...]) -> Iterator[World]:
    """Load the world into a schema of its own on the server at ``database_url``; drop all that is ours at the end.

    Raises StackError, without host or password, when the server cannot be reached or will not let us.
    """
    url = parse_url(database_url)
    with contextlib.closing(_connect(url)) as keeper, keeper.cursor() as cursor:
        with told("schemas of our own on the given server"):
            _check_rights(cursor)
            sweep(cursor)
            world = ExternalWorld(url, cursor, scale, seed)
        try:
            with told("a dice world seeded on the given server"):
                world.load()
                with contextlib.closing(world.plain.connect()) as connection, connection.cursor() as reader:
                    verify_cast(reader, cast, scale.name, seed)
            yield world
        finally:
            with told("our schemas dropped from the given server"):
                world.drop()


class ExternalWorld(World):
    def __init__(self, url: URL, cursor, scale: Scale, seed: int):
        super().__init__()
        self._url, self._cursor, self._scale, self._seed = url, cursor, scale, seed
        self._schemas: list[str] = []
        cursor.execute("SELECT pg_advisory_lock_shared(%s, %s)", [_LOCK_SPACE, _lock_number(run_name())])
        self.absent = {"postgres log": _NOT_OURS, "postgres cpu": _NOT_OURS}
        if why := _why_no_statistics(cursor):
            self.absent["pg_stat_statements"] = why

    def load(self) -> None:
        self.plain, manifest = self._load_schema()
        self.dataset = manifest.dataset
        self._places[()] = self.plain

    def drop(self) -> None:
        """Drop every schema this world has made."""
        for schema in self._schemas:
            self._cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")

    def _new_place(self) -> Place:
        return self._load_schema()[0]

    def _load_schema(self) -> tuple[Place, Manifest]:
        schema = f"{PREFIX}{run_name()}_{next(_numbers)}"
        self._schemas.append(schema)
        # Sent as one, hence one transaction: no schema of ours is ever without its mark.
        self._cursor.execute(f"CREATE SCHEMA {schema}; COMMENT ON SCHEMA {schema} IS '{COMMENT}{run_name()}'")
        place = Place(_with_search_path(self._url, schema), self._url.database or "", schema)
        with contextlib.closing(place.connect()) as connection:
            return place, seed_world(connection, self._scale, self._seed)

    def _drop_place(self, place: Place) -> None:
        self._cursor.execute(f"DROP SCHEMA {place.schema} CASCADE")
        self._schemas.remove(place.schema)

    def _check_extension(self, cursor, arm: Arm) -> None:
        """Let this session find an extension that is there already; refuse one that may vanish under it."""
        super()._check_extension(cursor, arm)
        schema = _schema_of_extension(cursor, arm.needs_extension)
        if schema is None:
            return
        if schema.startswith(PREFIX) and not schema.startswith(PREFIX + run_name()):
            raise ArmAbsent(arm.name, f"another run of this project has extension {arm.needs_extension} just now")
        cursor.execute("SELECT set_config('search_path', concat_ws(', ', current_schema(), quote_ident(%s)), false)", [schema])


def parse_url(text: str) -> URL:
    """Return ``text`` as a URL for psycopg2. Raises StackError, which does not repeat it."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() not in ("postgresql", "postgres"):
        raise StackError("a database URL like postgresql://user:password@host/database", "something else", "mend --database-url")
    return url.set(drivername="postgresql+psycopg2")


def sweep(cursor) -> list[str]:
    """Drop the schemas of runs that no longer live, as far as they are this user's; return their names."""
    cursor.execute(
        """
        SELECT nspname, obj_description(oid, 'pg_namespace') FROM pg_namespace
        WHERE starts_with(nspname, %s) AND starts_with(obj_description(oid, 'pg_namespace'), %s) AND pg_has_role(nspowner, 'USAGE')
        """,
        [PREFIX, COMMENT],
    )
    swept = []
    for schema, comment in cursor.fetchall():
        number = _lock_number(comment.removeprefix(COMMENT))
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, number])
        if cursor.fetchone()[0]:
            cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, number])
            swept.append(schema)
    return swept


def _connect(url: URL):
    try:
        return Place(url.render_as_string(hide_password=False), url.database or "", "").connect()
    except psycopg2.Error as fault:
        why = _why_refused(str(fault))
        raise StackError("a connection to the Postgres of --database-url", why, "see that it is up and mend the URL") from None


def _why_refused(words: str) -> str:
    """Return the reason in libpq's ``words``, which also name host, address and user."""
    known = {
        "Connection refused": "connection refused",
        "password authentication failed": "password refused",
        "no password supplied": "no password given",
        "no pg_hba.conf entry": "the server does not admit this user from here",
        "could not translate host name": "an unknown host",
        "timeout expired": "no answer within 10 s",
        "No such file or directory": "no server at its socket",
        "permission denied": "the user may not connect to this database",
        'database "': "no such database",
        'role "': "no such user",
        "invalid dsn": "an option that libpq does not know",
        "too many": "no free connection",
        "SSL": "no agreement about SSL",
    }
    return next((reason for sign, reason in known.items() if sign in words), "a failure to connect")


def _check_rights(cursor) -> None:
    version = cursor.connection.server_version // 10_000
    if version < OLDEST_SERVER:
        raise StackError(f"Postgres {OLDEST_SERVER} or newer", f"Postgres {version}", "use a newer one, or the one that comes along")
    cursor.execute("SELECT has_database_privilege(current_database(), 'CREATE'), current_setting('transaction_read_only')::bool")
    may_create, is_read_only = cursor.fetchone()
    if is_read_only:
        raise StackError("a database that can be written", "a read-only one", "give the URL of the primary")
    if not may_create:
        raise StackError("the right to create schemas", "a user without it", "GRANT CREATE ON DATABASE to that user, or give another's URL")


def _why_no_statistics(cursor) -> str | None:
    schema = _schema_of_extension(cursor, "pg_stat_statements")
    if schema is None:
        return "the extension is not installed in the given database"
    try:
        cursor.execute(sql.SQL("SELECT count(*) FROM {}.pg_stat_statements").format(sql.Identifier(schema)))
    except psycopg2.Error as fault:
        return f"it cannot be read: {fault.diag.message_primary}"
    return None


def _schema_of_extension(cursor, name: str) -> str | None:
    cursor.execute("SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = %s", [name])
    found = cursor.fetchone()
    return found[0] if found else None


def _with_search_path(url: URL, schema: str) -> str:
    given = url.query.get("options", "")
    options = f"{given} -csearch_path={schema}".strip()
    return url.update_query_dict({"options": options}).render_as_string(hide_password=False)


def _lock_number(run: str) -> int:
    return zlib.crc32(run.encode()) - 2**31
