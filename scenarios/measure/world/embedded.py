"""The dice world on a Postgres of our own: a kept cluster's copy, a database for each way to prepare it."""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg2

from scenarios.diceworld.scales import Scale
from scenarios.errors import StackError
from scenarios.measure.stack.postgres import Postgres, copy_cluster
from scenarios.measure.world.kept import PLAIN, kept_world
from scenarios.measure.world.seeding import Manifest, verify_cast, verify_copy
from scenarios.measure.world.world import Place, World, told
from scenarios.wreck import Arm

DEATH_SEEN_S = 2


class EmbeddedWorld(World):
    def __init__(self, postgres: Postgres, manifest: Manifest, scale: Scale, settings: Mapping[str, str | int]):
        super().__init__()
        self.postgres, self.dataset = postgres, manifest.dataset
        self._scale, self._settings = scale, settings
        self._made = 0

    @contextlib.contextmanager
    def copy_elsewhere(self, folder: Path) -> Iterator[tuple[Postgres, Place]]:
        """Give a second server, on a copy of the world as it was loaded, and the place there; all of it in ``folder``, removed after."""
        with _room_needed(), kept_world(self._scale, self.dataset.seed) as kept:
            copy_cluster(kept.cluster, folder / "cluster")
        with Postgres(folder / "cluster", folder, self._settings, is_temporary=True) as postgres:
            yield postgres, Place(postgres.url(PLAIN), PLAIN, "public")

    def _new_place(self, template: str = PLAIN) -> Place:
        self._made += 1
        name = f"arms_{self._made}"
        # File by file: 5 million rolls in a second, and nothing through the log.
        self._maintain(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return Place(self.postgres.url(name), name, "public")

    def _twin(self, arm: Arm) -> Place:
        # Indexes and statistics are copied with the rest; to make them takes longer.
        return self._new_place(self.place(arm).database_name)

    def _drop_place(self, place: Place) -> None:
        self._maintain(f"DROP DATABASE {place.database_name} WITH (FORCE)")

    def _maintain(self, statement: str) -> None:
        with told(statement.lower()), contextlib.closing(self.postgres.connect("postgres")) as connection, connection.cursor() as cursor:
            cursor.execute(statement)


@contextlib.contextmanager
def embedded_world(scale: Scale, seed: int, run_folder: Path, settings: Mapping[str, str | int], cast: tuple[str, ...]) -> Iterator[World]:
    """Copy the kept world into ``run_folder``, start Postgres on it, prove it whole; remove the copy at the end."""
    data_folder = run_folder / "cluster"
    try:
        with _room_needed():
            with kept_world(scale, seed) as kept:
                manifest = kept.manifest
                copy_cluster(kept.cluster, data_folder)
        with Postgres(data_folder, run_folder, settings, is_temporary=True) as postgres:
            with told("the dice world read"), contextlib.closing(postgres.connect(PLAIN)) as connection, connection.cursor() as cursor:
                verify_copy(cursor, manifest)
                verify_cast(cursor, cast, scale.name, seed)
            try:
                yield EmbeddedWorld(postgres, manifest, scale, settings)
            except (psycopg2.Error, StackError) as fault:
                # A connection that broke is what is seen of a server's death, and the death is what is to be told.
                if any(isinstance(each, psycopg2.Error) for each in (fault, fault.__cause__)) and postgres.server.ends_within(DEATH_SEEN_S):
                    postgres.server.check()
                raise
    finally:
        shutil.rmtree(data_folder, ignore_errors=True)


@contextlib.contextmanager
def _room_needed() -> Iterator[None]:
    try:
        with told("a dice world seeded"):
            yield
    except OSError as fault:
        if fault.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        do = "make room (5 million rolls need about 3 GB) or set DIVING_CACHE"
        raise StackError("room for the dice world", "no space left on the disk", do) from fault
