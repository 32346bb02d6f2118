"""What an operator can do about a busy neighbour while it is busy, each by name.

The operator knows the neighbour as the database does: by the address it comes from. Each remedy acts at
every reading of the instruments, on whatever sessions of that address it finds then.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from scenarios.measure.stack import cores

_CANCEL = """
SELECT count(*) FILTER (WHERE pg_cancel_backend(pid)) FROM pg_stat_activity
WHERE client_addr = %s::inet AND state = 'active' AND datname = %s
"""
_SESSIONS = "SELECT pid FROM pg_stat_activity WHERE client_addr = %s::inet AND datname = %s"


def cancel(operator: Operator) -> str:
    """Cancel every statement that is running for the neighbour."""
    cancelled = operator.ask(_CANCEL)[0][0]
    return f"{cancelled} statements cancelled" if cancelled else ""


def renice(operator: Operator) -> str:
    """Make the neighbour's backends nice, as ``renice`` does: each process, and no more."""
    new = operator.new_sessions()
    for pid in new:
        cores.renice(pid)
    return f"{len(new)} sessions reniced to {cores.LOWEST}" if new else ""


def weight(operator: Operator) -> str:
    """Have the kernel prefer everybody's backends to the neighbour's."""
    new = operator.new_sessions()
    for pid in new:
        cores.lower(pid)
    return f"{len(new)} sessions given the lowest weight" if new else ""


REMEDIES: dict[str, Callable[[Operator], str]] = {"cancel": cancel, "renice": renice, "weight": weight}
"""Name to what is done when the operator acts; it returns what it did in words, "" for nothing."""


class Operator:
    """Watches, and acts where its arm says so."""

    def __init__(self, connection, address: str, database: str, remedy: Callable[[Operator], str] | None):
        self._connection, self._address, self._database, self._remedy = connection, address, database, remedy
        self.known: set[int] = set()
        """Process ids of sessions dealt with for good."""
        self.did: list[tuple[float, str]] = []
        """Unix time and words of each thing done."""

    def ask(self, query: str) -> list[tuple]:
        """Return what the database answers to a query about the neighbour's address in one database."""
        with self._connection.cursor() as cursor:
            cursor.execute(query, [self._address, self._database])
            return cursor.fetchall()

    def new_sessions(self) -> list[int]:
        """Return the process ids of the neighbour's sessions that were not dealt with yet, and count them as dealt with."""
        new = [pid for (pid,) in self.ask(_SESSIONS) if pid not in self.known]
        self.known.update(new)
        return new

    def act(self) -> None:
        """Do what is due now, if anything."""
        if self._remedy is None:
            return
        at_s = time.time()
        if words := self._remedy(self):
            self.did.append((at_s, words))


@contextlib.contextmanager
def operator(stage) -> Iterator[Operator]:
    """Give the operator of this run."""
    named = stage.arm.neighbour.remedy if stage.aux else None
    if named is None:
        yield Operator(None, "", "", None)
        return
    with contextlib.closing(stage.world.postgres.connect("postgres")) as connection:
        yield Operator(connection, stage.aux_address, stage.place.database_name, REMEDIES[named])


def why_not(name: str) -> str | None:
    """Return why a remedy cannot be had here, None if it can."""
    if name not in REMEDIES:
        return "there is no such remedy"
    return {"renice": cores.why_not_renice, "weight": cores.why_not_lower}.get(name, lambda: None)()
