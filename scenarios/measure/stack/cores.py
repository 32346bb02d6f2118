"""Cores shared out, so that what happens in the database is not mistaken for what happens on a shared machine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import psutil

from scenarios.errors import StackError


def why_not() -> str | None:
    """Return why cores cannot be shared out here, None if they can."""
    if not hasattr(os, "sched_setaffinity"):
        return "this system does not let us choose the cores a process runs on"
    if len(os.sched_getaffinity(0)) < 2:
        return "one core: the database cannot have one of its own"
    return None


@contextlib.contextmanager
def apart(database: list[int], others: list[int]) -> Iterator[None]:
    """Give the first of our cores to ``database`` (process ids), the rest to ``others``; after, the database has all again.

    What they start later starts where they are. Raises StackError where that cannot be done.
    """
    if why := why_not():
        raise StackError("a core for the database alone", why, "leave this experiment out")
    ours = sorted(os.sched_getaffinity(0))
    try:
        _pin(database, ours[:1])
        _pin(others, ours[1:])
        yield
    finally:
        _pin([pid for each in database for pid in _family(each)], ours)


def _family(pid: int) -> list[int]:
    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def _pin(pids: list[int], cores: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(pid, cores)
