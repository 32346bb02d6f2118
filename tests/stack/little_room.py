"""A disk that is soon full: a small file system where one may be mounted, else a limit on every file's size."""

from __future__ import annotations

import contextlib
import functools
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

LARGEST_BYTES = 256 << 10


@functools.cache
def may_mount() -> bool:
    """Tell whether a file system can be mounted here, by trying."""
    place = Path(tempfile.mkdtemp(prefix="wreck-mount-"))
    try:
        if _mount(place, 4096):
            _unmount(place)
            return True
        return False
    finally:
        place.rmdir()


@contextlib.contextmanager
def little_room(place: Path, size_bytes: int) -> Iterator[tuple[str, dict]]:
    """Give ``place`` that much room and no more, what it holds kept.

    Yields how it was done, ``tmpfs`` or ``RLIMIT_FSIZE``, and options for ``Popen``: a limit binds a
    process and its children, wherever they write.
    """
    place.mkdir(parents=True, exist_ok=True)
    if not may_mount():
        yield "RLIMIT_FSIZE", {"preexec_fn": no_large_files}
        return
    aside = Path(tempfile.mkdtemp(prefix="wreck-aside-"))
    try:
        if place.name == "site_data":
            shutil.copytree(place, aside / "kept")
        assert _mount(place, size_bytes)
        try:
            if (aside / "kept").exists():
                shutil.copytree(aside / "kept", place, dirs_exist_ok=True)
                _fill(place)
            yield "tmpfs", {}
        finally:
            _unmount(place)
    finally:
        shutil.rmtree(aside)


def no_large_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_BYTES, LARGEST_BYTES))


def _fill(place: Path) -> None:
    """Leave room for the first of the new files and no more."""
    free = shutil.disk_usage(place).free
    (place / "README.md").write_bytes(b" " * max(0, free - 16_384))


def _mount(place: Path, size_bytes: int) -> bool:
    return subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_bytes},mode=755", "tmpfs", place], capture_output=True, check=False
    ).returncode == 0


def _unmount(place: Path) -> None:
    subprocess.run(["umount", "-l", place], check=True, capture_output=True)
