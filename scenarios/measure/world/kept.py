"""Dice worlds kept between runs: a cluster at rest for each, made once, copied by every run.

    worlds/<key>.lock       held shared while copying, exclusively while making
    worlds/<key>/cluster    stopped cleanly; its database ``plain`` is the world
    worlds/<key>/world.json the manifest
    worlds/.<key>.making-*  being made; left over by a run that was killed, swept by the next

A folder gets its name when it is whole, so a kill at any moment leaves none that is damaged.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import scenarios.diceworld
from scenarios.diceworld.scales import Scale
from scenarios.errors import StackError
from scenarios.measure.stack.binaries import cache_folder, lend, postgres_bin
from scenarios.measure.stack.postgres import Postgres, make_cluster
from scenarios.measure.world import seeding
from scenarios.measure.world.seeding import Manifest, seed_world

PLAIN = "plain"
_DICEWORLD = Path(scenarios.diceworld.__file__).parent
_CODE = (*(_DICEWORLD / f"{name}.py" for name in ("models", "names", "generation", "scales")), Path(seeding.__file__))
_WHILE_SEEDING = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "maintenance_work_mem": "256MB",
}
_SWEEP_DEADLINE_S = 30
_UNUSED_DAYS = 30


@dataclass(frozen=True)
class KeptWorld:
    cluster: Path
    manifest: Manifest


@contextlib.contextmanager
def kept_world(scale: Scale, seed: int) -> Iterator[KeptWorld]:
    """Give the kept world, made first if there is none; it stays as it is while the context lasts.

    Raises StackError when it cannot be made.
    """
    root = lend(cache_folder() / "worlds")
    root.chmod(0o755)
    folder = root / key_of(scale, seed)
    with _lock(folder) as lock:
        if not folder.is_dir():
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.is_dir():  # Another run may have made it while this one waited.
                _sweep_half_made(folder)
                _make(folder, scale, seed)
                _sweep_all_half_made(root)
                _drop_unused(root)
            fcntl.flock(lock, fcntl.LOCK_SH)
        os.utime(folder)
        yield KeptWorld(folder / "cluster", Manifest.loads((folder / "world.json").read_text()))


def key_of(scale: Scale, seed: int) -> str:
    """Return the name of a world: its scale, its seed, and a hash of server version and code that make it."""
    digest = hashlib.sha256(subprocess.run([postgres_bin() / "postgres", "-V"], capture_output=True, check=True).stdout)
    for path in _CODE:
        digest.update(path.read_bytes())
    return f"{scale.name}-{seed}-{digest.hexdigest()[:16]}"


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[int]:
    lock = os.open(folder.with_name(folder.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield lock
    finally:
        os.close(lock)


def _make(folder: Path, scale: Scale, seed: int) -> None:
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}.making-", dir=folder.parent))
    try:
        making.chmod(0o755)
        cluster = making / "cluster"
        make_cluster(cluster)
        with Postgres(cluster, making / "run", _WHILE_SEEDING) as postgres:
            manifest = _seed(postgres, scale, seed)
        if (cluster / "postmaster.pid").exists():
            raise StackError("the seeded cluster stopped cleanly", "a server's mark in it", "run again")
        shutil.rmtree(making / "run")
        (making / "world.json").write_text(manifest.dumps())
        os.sync()  # The server did not, for speed; a name is only given to what is on disk.
        making.rename(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _seed(postgres: Postgres, scale: Scale, seed: int) -> Manifest:
    with contextlib.closing(postgres.connect("postgres")) as connection, connection.cursor() as cursor:
        # Its view shows all databases from any; kept out of the world's own.
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        cursor.execute(f"CREATE DATABASE {PLAIN}")
    with contextlib.closing(postgres.connect(PLAIN)) as connection:
        return seed_world(connection, scale, seed)


def _sweep_half_made(folder: Path) -> None:
    """Remove what a killed run left. Its orphaned server may still be stopping, and writing."""
    deadline = time.monotonic() + _SWEEP_DEADLINE_S
    while left := list(folder.parent.glob(f".{folder.name}.making-*")):
        for leftover in left:
            shutil.rmtree(leftover, ignore_errors=True)
        if time.monotonic() > deadline:
            raise StackError("leftovers of a killed run swept away", f"{left[0].name} stays", "remove it from the cache folder's worlds/")


def _sweep_all_half_made(root: Path) -> None:
    """Remove what killed runs left of worlds that today's code would not make any more."""
    for left in root.glob(".*.making-*"):
        # Never waited for: whoever makes that world may be waiting for ours.
        lock = os.open(root / f"{left.name[1:].rpartition('.making-')[0]}.lock", os.O_RDWR | os.O_CREAT, 0o644)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        os.close(lock)


def _drop_unused(root: Path) -> None:
    """Remove worlds that no run has opened for a month and none is copying."""
    for folder in root.iterdir():
        if folder.name.startswith(".") or not folder.is_dir() or time.time() - folder.stat().st_mtime < _UNUSED_DAYS * 86_400:
            continue
        with _lock(folder) as lock, contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
