"""Cores shared out, so that what happens in the database is not mistaken for what happens on a shared machine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from scenarios.errors import StackError

LOWEST = 19
"""The niceness that yields to everybody."""
_AUTOGROUP = Path("/proc/self/autogroup")

Pids = Callable[[], list[int]]
"""Lists processes as they are now, parents before their children."""


def why_not() -> str | None:
    """Return why cores cannot be shared out here, None if they can."""
    if not hasattr(os, "sched_setaffinity"):
        return "this system does not let us choose the cores a process runs on"
    if len(os.sched_getaffinity(0)) < 2:
        return "one core: the database cannot have one of its own"
    return None


@contextlib.contextmanager
def apart(database: Pids, others: Pids, second: Pids = lambda: []) -> Iterator[None]:
    """Give the first of our cores to ``database``, the rest to ``others`` and to this process; after, all have all again.

    ``second`` is another database: it has the last core for itself where there are three or more. Where there are two it is
    on that of the others, but with the lowest weight the kernel knows, which is as near to a host of its own as two cores allow.
    What any of them starts later starts where they are. Raises StackError where that cannot be done.
    """
    if why := why_not():
        raise StackError("a core for the database alone", why, "leave this experiment out")
    ours = sorted(os.sched_getaffinity(0))
    has_third = len(ours) > 2 and bool(second())
    try:
        _pin(database, ours[:1])
        _pin(others, ours[1:-1] if has_third else ours[1:])
        _pin(lambda: [os.getpid()], ours[1:])
        _pin(second, ours[-1:])
        if not has_third:
            for pid in second():
                lower(pid)
        yield
    finally:
        for pids in (database, lambda: [os.getpid()]):
            _pin(pids, ours)


def _pin(pids: Pids, cores: list[int]) -> None:
    """Pin twice over: what was started while the first list was gone through was started by one already pinned, or is on the second."""
    for _ in range(2):
        for pid in pids():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(pid, cores)


def why_not_renice() -> str | None:
    """Return why a process cannot be made nice here, None if it can."""
    return None if hasattr(os, "setpriority") else "this system does not let us set the priority of a process"


def renice(pid: int) -> None:
    """Make a process as nice as can be; one that is gone is passed over."""
    with contextlib.suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, pid, LOWEST)


def why_not_lower() -> str | None:
    """Return why the kernel cannot be told to prefer others to a process, None if it can."""
    if why := why_not_renice():
        return why
    if _AUTOGROUP.exists() and os.geteuid() != 0:
        return "the kernel weighs sessions, not processes (autogroup), and lets only root weigh ten of them at once"
    return None


def why_not_second() -> str | None:
    """Return why a second database cannot be kept from the others' time, None if it can."""
    return None if len(os.sched_getaffinity(0)) > 2 else why_not_lower()


def lower(pid: int) -> None:
    """Have the kernel prefer everybody else to a process; one that is gone is passed over.

    Its niceness alone would change nothing where the kernel groups processes by session for its scheduling: each of Postgres'
    backends begins a session of its own, so that it is nice to itself alone. There the session's group is made nice too.
    """
    renice(pid)
    with contextlib.suppress(ProcessLookupError):
        weigh_least(Path(f"/proc/{pid}/autogroup"))


def weigh_least(group: Path) -> None:
    """Make a session's group as nice as can be, where there is one.

    The file is empty for a process the kernel has never grouped, none of whose ancestors began a session (a container's first
    process and its children): its own niceness counts, and what is written there is refused as invalid.
    """
    with contextlib.suppress(FileNotFoundError):
        if group.read_text().strip():
            group.write_text(str(LOWEST))
