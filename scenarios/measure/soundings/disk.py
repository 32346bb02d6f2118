"""What this machine's disk takes: read past the kernel's page cache, read from that cache, and written until it is there."""

from __future__ import annotations

import contextlib
import mmap
import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from scenarios.errors import StackError
from scenarios.measure.soundings.place import Size
from scenarios.measure.soundings.rows import absent, timed
from scenarios.soundings import Sounding

BLOCK_BYTES = 4096
BLOCKS_OF_A_MEGABYTE = 245
"""Whole blocks, as a read past the cache must be: 1,003,520 bytes."""
FILE_MB = 64
QUICK_FILE_MB = 8
SEED = 16
IN_MEMORY = ("tmpfs", "ramfs")

RANDOM, SEQUENCE, CACHED, SYNC = "deep-disk-random", "deep-disk-1mb", "deep-page-cache", "deep-disk-sync"
SEEK, SPUN = "deep-spinning-seek", "deep-spinning-1mb"
TITLES = {
    RANDOM: "Read 4 kB at a random place of the disk",
    SEQUENCE: "Read 1 MB in sequence from the disk",
    SEEK: "Read 4 kB at a random place, disk that spins",
    SPUN: "Read 1 MB in sequence, disk that spins",
    CACHED: "Read 4 kB that the kernel has in memory",
    SYNC: "Write 4 kB and wait until the disk has it",
}


@dataclass(frozen=True)
class Disk:
    """What the kernel tells of the disk that a folder is on."""

    file_system: str
    spins: bool | None
    """None where nobody tells."""
    is_virtual: bool = False

    def said(self) -> str:
        if self.is_virtual:
            return f"{self.file_system} on a virtual disk: what that is made of its host does not tell, nor whether it keeps a copy in memory."
        kind = {True: "a disk that spins", False: "a disk that does not spin", None: "a disk of which the kernel tells nothing"}
        return f"{self.file_system} on {kind[self.spins]}."


def measured(folder: Path, size: Size) -> dict[str, Sounding]:
    """Return what reading and writing a file in ``folder`` takes; it is removed again."""
    disk = disk_of(folder)
    if disk.file_system in IN_MEMORY:
        return {name: absent(title, f"what this machine keeps such files on is memory ({disk.file_system})") for name, title in TITLES.items()}
    with _file(folder / "disk.bin", QUICK_FILE_MB if size.is_quick else FILE_MB) as path:
        return _past_cache(path, disk, size) | {CACHED: _cached(path, disk, size), SYNC: _written(path, disk, size)}


def _past_cache(path: Path, disk: Disk, size: Size) -> dict[str, Sounding]:
    """Return the rows of the kind of disk this is, and the other kind's, empty."""
    spins = bool(disk.spins and not disk.is_virtual)
    (near, far), others = ((SEEK, SPUN), (RANDOM, SEQUENCE)) if spins else ((RANDOM, SEQUENCE), (SEEK, SPUN))
    why = "the disk here spins" if spins else "no disk here is known to spin"
    rows = {name: absent(TITLES[name], why) for name in others}
    try:
        file = os.open(path, os.O_RDONLY | os.O_DIRECT)
    except (AttributeError, OSError):
        return rows | {name: absent(TITLES[name], f"{disk.file_system} lets nobody read past the page cache here") for name in (near, far)}
    with _closing(file):
        blocks = os.fstat(file).st_size // BLOCK_BYTES
        scattered = random.Random(SEED).sample(range(blocks), blocks)
        in_turn = range(0, blocks - BLOCKS_OF_A_MEGABYTE + 1, BLOCKS_OF_A_MEGABYTE)
        how = f"pread with O_DIRECT, past the page cache, of a file of {blocks * BLOCK_BYTES >> 20} MB written just before, one at a time. " + disk.said()
        return rows | {
            near: timed(TITLES[near], _reads(file, scattered, 1), size, how),
            far: timed(TITLES[far], _reads(file, in_turn, BLOCKS_OF_A_MEGABYTE), size, how),
        }


def _reads(file: int, blocks: Sequence[int], count: int) -> Callable[[], None]:
    """Return what reads so many blocks at the next of these places, each time it is called."""
    places, into = cycle(blocks), mmap.mmap(-1, count * BLOCK_BYTES)  # Which begins where a page does, as O_DIRECT wants it.

    def read() -> None:
        if os.preadv(file, [into], next(places) * BLOCK_BYTES) != len(into):
            raise StackError("a file that stays as it was written", "one that became shorter", "run it again and leave its cache folder alone")

    return read


def _cached(path: Path, disk: Disk, size: Size) -> Sounding:
    path.read_bytes()  # All of it is in memory then.
    file = os.open(path, os.O_RDONLY)
    with _closing(file):
        blocks = os.fstat(file).st_size // BLOCK_BYTES
        scattered = random.Random(SEED).sample(range(blocks), blocks)
        return timed(TITLES[CACHED], _reads(file, scattered, 1), size, f"pread of the same file once it had been read: the page cache, no disk. {disk.file_system}.")


def _written(path: Path, disk: Disk, size: Size) -> Sounding:
    file, block = os.open(path, os.O_WRONLY), os.urandom(BLOCK_BYTES)
    with _closing(file):

        def write() -> None:
            os.pwrite(file, block, 0)
            os.fdatasync(file)

        return timed(TITLES[SYNC], write, size, "pwrite over a block that is there, and fdatasync. " + disk.said())


@contextlib.contextmanager
def _file(path: Path, size_mb: int) -> Iterator[Path]:
    """Give a file of bytes that cannot be packed, all of it on the disk."""
    try:
        with open(path, "wb") as file:
            for _ in range(size_mb):
                file.write(os.urandom(1 << 20))
            file.flush()
            os.fsync(file.fileno())
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _closing(file: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(file)


# --- which disk it is ------------------------------------------------------------------------------


def disk_of(folder: Path, system: Path = Path("/")) -> Disk:
    """Return what the kernel tells of the disk under ``folder``; ``system`` is where its own folders begin."""
    try:
        text = (system / "proc/self/mountinfo").read_text(errors="surrogateescape")
    except OSError:
        return Disk("a file system", None)
    number, kind = _mount(text, folder.resolve())
    device = system / "sys/dev/block" / number
    whole = device.resolve().parent if (device / "partition").exists() else device.resolve()
    try:
        spins = (whole / "queue/rotational").read_text().strip() == "1"
    except OSError:
        return Disk(kind, None)
    return Disk(kind, spins, is_virtual="virtio" in str(whole) or whole.name.startswith(("vd", "xvd")))


def _mount(mountinfo: str, folder: Path) -> tuple[str, str]:
    """Return number and kind of the file system that ``folder`` is on, of the text of /proc/self/mountinfo (proc(5))."""
    found = (Path("/"), "", "a file system")
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        words = before.split(" ")
        if len(words) < 5 or not after:
            continue
        at = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), words[4]))
        # A later mount hides an earlier one at the same place.
        if (at == folder or at in folder.parents) and len(at.parts) >= len(found[0].parts):
            found = (at, words[2], after.split(" ")[0])
    return found[1], found[2]
