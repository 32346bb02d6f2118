"""A limit on memory that the kernel enforces on the application's processes, and on nobody else's.

A control group of our own beneath the one we are in, of version 1 or 2, whichever governs memory
here. Swap is counted or shut off, so that the limit is one. Run as a file of its own by a bare
interpreter it is the gate::

    fence.py MEMBERS_FILE COMMAND...

It walks into the group and becomes the command, whose children are then born inside. A group
outlives whoever made it, so its name says who that was: the next to come removes what was left.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PREFIX = "diving-"
SAMPLE_EVERY_S = 0.1
EMPTY_DEADLINE_S = 10
OFFERING = "WRECK_IS_FENCED"
"""In the environment of processes inside: their workers offer themselves to be killed before their master."""
_MB = 2**20
_ESCAPED = re.compile(r"\\([0-3][0-7]{2})", re.ASCII)
"""How /proc/self/mounts writes what would part its words."""


@dataclass(frozen=True)
class Hierarchy:
    """The names of things in a version of control groups."""

    parent: Path
    """Our own group, or the nearest above it beneath which a new one is allowed."""
    version: int

    @property
    def limit(self) -> str:
        return {1: "memory.limit_in_bytes", 2: "memory.max"}[self.version]

    @property
    def usage(self) -> str:
        return {1: "memory.usage_in_bytes", 2: "memory.current"}[self.version]

    @property
    def told_kills(self) -> str:
        return {1: "memory.oom_control", 2: "memory.events"}[self.version]

    @property
    def swap(self) -> tuple[tuple[str, str], ...]:
        """Return files that bound swap, the first that is there to be written, and what to write; ``{limit}`` is the limit in bytes."""
        return {1: (("memory.memsw.limit_in_bytes", "{limit}"), ("memory.swappiness", "0")), 2: (("memory.swap.max", "0"),)}[self.version]


def why_not() -> str | None:
    """Return why no limit can be enforced here, None if one can."""
    found = _hierarchy()
    return found if isinstance(found, str) else None


class Fence:
    """A memory limit for the processes put inside, as a context manager. Raises StackError where it cannot be enforced."""

    def __init__(self, limit_mb: int):
        self.limit_mb = limit_mb
        self.folder: Path | None = None
        self.readings: list[tuple[float, float, int]] = []
        """(Unix time, MB charged to the group, kills so far), ten a second."""
        self._ended = threading.Event()

    def __enter__(self) -> Fence:
        from scenarios.errors import StackError

        found = _hierarchy()
        if isinstance(found, str):
            raise StackError("a memory limit that the kernel enforces", found, "leave this experiment out")
        self.hierarchy = found
        sweep(found.parent)
        self.folder = _made(found, self.limit_mb)
        self._watch = threading.Thread(target=self._sample, name="fence", daemon=True)
        self._watch.start()
        return self

    def __exit__(self, *_) -> None:
        self._ended.set()
        self._watch.join()
        _remove(self.folder)

    def entered(self, argv: Sequence[str | Path]) -> list[str | Path]:
        """Return the command that does what ``argv`` does, inside."""
        return [sys.executable, "-I", "-S", "-B", __file__, self.folder / "cgroup.procs", *argv]

    def members(self) -> list[int]:
        """Return the ids of the processes inside."""
        return _members(self.folder)

    def used_mb(self) -> float:
        return int((self.folder / self.hierarchy.usage).read_text()) / _MB

    def kills(self) -> int:
        """Return how many processes inside the kernel has killed for want of memory."""
        told = dict(line.split() for line in (self.folder / self.hierarchy.told_kills).read_text().splitlines())
        return int(told["oom_kill"])

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_EVERY_S):
            try:
                self.readings.append((time.time(), self.used_mb(), self.kills()))
            except OSError:  # The group went with the last server inside.
                return


# --- where ---------------------------------------------------------------------------------------------


@functools.cache
def _hierarchy() -> Hierarchy | str:
    """Return where a group can be made that holds a process of ours and bounds it, tried out; else why there is none."""
    if sys.platform != "linux":
        return "control groups are Linux's"
    whys = []
    for found in _candidates():
        try:
            _try_out(found)
        except OSError as fault:
            whys.append(f"version {found.version}: {fault.strerror or 'no limit'}")
        else:
            return found
    return "; ".join(dict.fromkeys(whys)) or "no control group here governs memory"


def _candidates() -> list[Hierarchy]:
    """Return our own group and those above it, nearest first, in the hierarchy that governs memory."""
    found = []
    # Folders' names are bytes, and others choose them.
    told = (Path(f"/proc/self/{name}").read_text(errors="surrogateescape") for name in ("mounts", "cgroup"))
    for version, mount, own in _mounted(*told):
        inside = mount.joinpath(*Path(own).parts[1:])
        above = [each for each in (inside, *inside.parents) if each == mount or mount in each.parents]
        for each in above:
            if version == 1 or "memory" in _words(each / "cgroup.subtree_control"):
                found.append(Hierarchy(each, version))
    return found


def _mounted(mounts: str, memberships: str) -> list[tuple[int, Path, str]]:
    """Return (version, where it is mounted, our own group) of each hierarchy, of the texts of /proc/self/mounts and cgroup."""
    own = {}
    for line in memberships.split("\n"):
        number, controllers, path = (*line.split(":", 2), "", "")[:3]
        own |= {2: path} if number == "0" else {1: path} if "memory" in controllers.split(",") else {}
    found = []
    for line in mounts.split("\n"):
        _, where, kind, options = (*line.split(" "), "", "", "", "")[:4]
        version = {"cgroup": 1, "cgroup2": 2}.get(kind)
        if own.get(version, "").startswith("/") and (version == 2 or "memory" in options.split(",")):
            found.append((version, Path(_ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), where)), own[version]))
    return sorted(found)


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []


def _try_out(found: Hierarchy) -> None:
    """Make a group, put a process inside, see it there, and take all away. Raises OSError."""
    folder = _made(found, 64)
    try:
        gate = [sys.executable, "-I", "-S", "-B", __file__, str(folder / "cgroup.procs"), "/bin/cat"]
        with subprocess.Popen(gate, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            process.stdin.write(b"inside\n")
            process.stdin.flush()
            is_in = process.stdout.readline() == b"inside\n" and process.pid in _members(folder)
            process.stdin.close()
        if not is_in:
            raise OSError(0, "processes cannot be put inside")
    finally:
        _remove(folder)


# --- a group -------------------------------------------------------------------------------------------


def _made(found: Hierarchy, limit_mb: int) -> Path:
    """Make a group with its limit. Raises OSError, and leaves nothing behind then."""
    folder = found.parent / f"{PREFIX}{os.getpid()}-{_born(os.getpid())}-{time.monotonic_ns()}"
    folder.mkdir()
    try:
        limit = str(limit_mb * _MB)
        (folder / found.limit).write_text(limit)
        _bound_swap(folder, found, limit)
        if found.version == 1 and "oom_kill_disable 0" not in (folder / found.told_kills).read_text():
            raise OSError(0, "the kernel would stop processes at the limit and not kill them")
    except BaseException:
        _remove(folder)
        raise
    return folder


def _bound_swap(folder: Path, found: Hierarchy, limit: str) -> None:
    for name, value in found.swap:
        if (folder / name).exists():
            (folder / name).write_text(value.format(limit=limit))
            return
    if len(Path("/proc/swaps").read_text().splitlines()) > 1:
        raise OSError(0, "swap cannot be bounded, and there is some")


def _members(folder: Path) -> list[int]:
    return [int(pid) for pid in _words(folder / "cgroup.procs")]


def _remove(folder: Path) -> None:
    """Take a group away, with whatever is still inside. What will not go in time is left to the next sweep."""
    deadline = time.monotonic() + EMPTY_DEADLINE_S
    while folder.exists() and time.monotonic() < deadline:
        try:
            folder.rmdir()
        except OSError:  # Not empty, or the last of its processes not quite gone.
            for pid in _members(folder):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)  # between polls; the deadline decides


def sweep_all() -> None:
    """Remove the groups of makers that are gone, wherever one of ours could have been."""
    if sys.platform == "linux":
        for found in _candidates():
            sweep(found.parent)


def sweep(parent: Path) -> None:
    """Remove the empty groups of makers that are gone; one that holds a process is somebody's still."""
    for folder in parent.glob(f"{PREFIX}*"):
        pid, _, rest = folder.name.removeprefix(PREFIX).partition("-")
        if pid.isdigit() and _born(int(pid)) != rest.partition("-")[0]:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _born(pid: int) -> str:
    """Return when a process began, in the kernel's ticks since it started itself; "" if there is none."""
    try:
        # A process' name is bytes of its own choosing.
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        return ""


def offer_itself() -> None:
    """Have this process chosen before others of its group when memory runs out: its master is worth more."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def enter(members: str, argv: Sequence[str]) -> None:
    with open(members, "w") as file:
        file.write(str(os.getpid()))
    os.execvp(argv[0], argv)


if __name__ == "__main__":
    enter(sys.argv[1], sys.argv[2:])
