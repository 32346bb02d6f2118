"""Cores shared out, so that what happens in the database is not mistaken for what happens on a shared machine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

from scenarios.errors import StackError

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
    on that of the others, but only in time that none of them wants, which is as near to a host of its own as two cores allow.
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
            _yield_to_all(second)
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


def _yield_to_all(pids: Pids) -> None:
    for _ in range(2):
        for pid in pids():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
