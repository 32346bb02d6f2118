"""Where the raw logs of a run lie: a folder a run in the machine's cache, the last few kept."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from scenarios.measure.stack.binaries import cache_folder

KEPT = 3
"""Finished runs of each wreck."""


def run_folder(slug: str) -> tuple[Path, int]:
    """Return a new folder for a run's raw logs and a lock on it, held until this process ends or closes it.

    All but the last few of before are dropped; those of runs still going, in other processes, are not.
    """
    runs = cache_folder() / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{slug}-", dir=runs))
    folder.chmod(0o755)
    held = _lock(folder)
    finished = [old for old in sorted(runs.glob(f"*-{slug}-*")) if old != folder]
    for old in finished[: 1 - KEPT or None]:
        _drop(old)
    return folder, held


def _lock(folder: Path) -> int:
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return lock


def _drop(folder: Path) -> None:
    """Remove a folder unless its run is still going."""
    with contextlib.suppress(BlockingIOError, FileNotFoundError):
        held = _lock(folder)
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)
