"""A dice world that is up: places for the arms to run in, and what was learnt in making them."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg2
from psycopg2 import errors
from sqlalchemy import make_url

from scenarios.errors import StackError
from scenarios.measure.stack.postgres import Postgres
from scenarios.measure.world import indexes
from scenarios.record import Dataset, Index
from scenarios.wreck import Arm

_EXTENSION_DENIED = (errors.InsufficientPrivilege, errors.FeatureNotSupported, errors.UndefinedFile, errors.UndefinedObject)


class ArmAbsent(StackError):
    """An arm that this server cannot run; ``why`` goes into the record."""

    def __init__(self, arm: str, why: str):
        super().__init__(f"a server that can run arm '{arm}'", why, "leave the arm out, or use the server that comes with this project")
        self.why = why


@dataclass(frozen=True)
class Place:
    """Where an arm's tables are. ``url`` is SQLAlchemy's, holds the password and leads to the tables as it stands."""

    url: str = field(repr=False)
    database_name: str
    schema: str

    @property
    def port(self) -> int:
        return make_url(self.url).port or 5432

    def connect(self, autocommit: bool = True):
        """Return a psycopg2 connection whose search path finds the tables."""
        url = make_url(self.url)
        options = {"connect_timeout": "10", **url.query}
        connection = psycopg2.connect(**url.translate_connect_args(username="user", database="dbname"), **options)
        connection.autocommit = autocommit
        return connection


def at_port(url: str, port: int) -> str:
    """Return ``url`` led to another port of this machine: a relay's."""
    return make_url(url).set(host="127.0.0.1", port=port).render_as_string(hide_password=False)


def named(url: str, application: str, options: str = "") -> str:
    """Return ``url`` with the name its sessions go by in ``pg_stat_activity`` and, if given, libpq's ``options``."""
    made = make_url(with_options(url, options)).update_query_dict({"application_name": application})
    return made.render_as_string(hide_password=False)


def with_options(url: str, options: str) -> str:
    """Return ``url`` with libpq's ``options`` after those it has."""
    if not options:
        return url
    made = make_url(url)
    before = made.query.get("options", "")
    return made.update_query_dict({"options": f"{before} {options}".strip()}).render_as_string(hide_password=False)


class World(abc.ABC):
    """A loaded dice world on some server."""

    dataset: Dataset
    postgres: Postgres | None = None
    """The server, if it is ours."""

    def __init__(self):
        self.indexes: dict[str, Index] = {}
        """By name, as ``place`` makes them; ``insert_cost`` adds what writing past them costs."""
        self.absent: dict[str, str] = {}
        """Instrument to why this server does not give it."""
        self._places: dict[tuple[str, ...], Place] = {}

    def place(self, arm: Arm) -> Place:
        """Return the place for ``arm``, made if need be; arms with equal ``prepare`` share one.

        Raises ArmAbsent when the server lacks an extension the arm needs, StackError when it refuses otherwise.
        """
        if arm.prepare not in self._places:
            self._places[arm.prepare] = self._prepared(arm, keep_indexes=True)
        return self._places[arm.prepare]

    @contextlib.contextmanager
    def fresh(self, arm: Arm) -> Iterator[Place]:
        """Give ``arm`` a place of its own, as loaded and prepared, and drop it after."""
        place = self._twin(arm)
        try:
            yield place
        finally:
            self._drop_place(place)

    def insert_cost(self, arm: Arm, rows: int = 20_000, repeats: int = 3) -> dict[str, Index]:
        """Measure what inserting costs without and with each index of ``arm``, in a scratch copy; return them by name.

        Notes it in ``indexes`` too. {} for an arm without an index.
        """
        self.place(arm)
        mine = {name: index for name, index in self.indexes.items() if index.statement in arm.prepare}
        if not mine:
            return {}
        scratch = self._twin(arm)
        try:
            with contextlib.closing(scratch.connect()) as connection, connection.cursor() as cursor, told(f"inserts of arm '{arm.name}'"):
                mine = {name: indexes.with_insert_cost(cursor, index, rows, repeats) for name, index in mine.items()}
        finally:
            self._drop_place(scratch)
        self.indexes.update(mine)
        return mine

    def _twin(self, arm: Arm) -> Place:
        """Return another place prepared as ``arm``'s is, of which nobody else knows."""
        return self._prepared(arm, keep_indexes=False)

    def _prepared(self, arm: Arm, *, keep_indexes: bool) -> Place:
        place = self._new_place()
        try:
            with contextlib.closing(place.connect()) as connection, connection.cursor() as cursor:
                if arm.needs_extension:
                    self._check_extension(cursor, arm)
                with told(f"the database of arm '{arm.name}' prepared"):
                    made = self._run_prepare(cursor, arm)
        except BaseException:
            self._drop_place(place)
            raise
        if keep_indexes:
            self.indexes.update(made)
        return place

    def _run_prepare(self, cursor, arm: Arm) -> dict[str, Index]:
        try:
            return indexes.prepare(cursor, arm.prepare)
        except _EXTENSION_DENIED as fault:
            if arm.needs_extension:
                raise ArmAbsent(arm.name, f"extension {arm.needs_extension}: {fault.diag.message_primary}") from fault
            raise

    def _check_extension(self, cursor, arm: Arm) -> None:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = %s", [arm.needs_extension])
        if not cursor.fetchone():
            raise ArmAbsent(arm.name, f"this Postgres has no extension {arm.needs_extension}")

    @abc.abstractmethod
    def _new_place(self) -> Place:
        """Return a fresh copy of the world as it was loaded."""

    @abc.abstractmethod
    def _drop_place(self, place: Place) -> None:
        """Remove a place that ``_new_place`` made."""


@contextlib.contextmanager
def told(wanted: str) -> Iterator[None]:
    """Turn the server's refusals into one line that holds neither host nor password."""
    try:
        yield
    except errors.DiskFull as fault:
        raise StackError(wanted, "no space left on the server's disk", "make room; 'deep' needs about 3 GB") from fault
    except psycopg2.Error as fault:
        words = (fault.diag.message_primary if fault.diag else None) or "the connection broke"
        raise StackError(wanted, words, "see the server's log") from fault
