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
    held = _lock(folder, fcntl.LOCK_EX)  # Another rebuild may look into it for a moment.
    finished = [old for old in sorted(runs.glob(f"*-{slug}-*")) if old != folder]
    for old in finished[: 1 - KEPT or None]:
        _drop(old)
    for old in runs.iterdir():
        _drop_scratch(old)
    return folder, held


def _lock(folder: Path, how: int = fcntl.LOCK_EX | fcntl.LOCK_NB) -> int:
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, how)
    except OSError:
        os.close(lock)
        raise
    return lock


def _drop(folder: Path) -> None:
    """Remove a folder unless its run is still going."""
    with contextlib.suppress(BlockingIOError, FileNotFoundError):
        held = _lock(folder)
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _drop_scratch(folder: Path) -> None:
    """Remove the copies of worlds, whole or half, that a killed run left in a folder whose logs are kept: they are gigabytes."""
    with contextlib.suppress(BlockingIOError, FileNotFoundError, NotADirectoryError):
        held = _lock(folder)
        try:
            for pattern in ("*/cluster", "*/.cluster.*", "*/*/cluster", "*/*/.cluster.*"):
                for left in folder.glob(pattern):
                    shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(held)
