"""Who is connected to the database and what they are at, sampled from ``pg_stat_activity``."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from scenarios.measure.probes.postgres_log import split_comment
from scenarios.record import BusySessions, Sessions, Wait, Waits

STATEMENT_CHARS = 200
STATEMENTS_KEPT = 12
BUSIEST_KEPT = 6

# In autocommit: inside a transaction the view would show the same moment again and again. Who blocks whom is asked of those alone
# that wait for a lock: the answer holds up every lock of the server for a moment.
_ASK = """
SELECT pid, coalesce(application_name, ''), coalesce(host(client_addr), ''), left(query, 20000), state, coalesce(wait_event_type, ''),
       CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) ELSE '{}' END
FROM pg_stat_activity
WHERE datname = %s AND state IN ('active', 'idle in transaction', 'idle in transaction (aborted)')
  AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
_NOBODY = ("", "", "", "")


@dataclass
class Reading:
    """What was found at one moment (Unix time). A session is told by client, address and statement."""

    at_s: float
    busy: Counter = field(default_factory=Counter)
    idle: Counter = field(default_factory=Counter)
    """With a transaction open and at no statement."""
    waiting: Counter = field(default_factory=Counter)
    """Of the busy: the session, then what it waits for, to how many."""
    waits: Counter = field(default_factory=Counter)
    """Who waits, then for whom and what that one does, to how many."""


class Activity:
    """Samples the sessions of one database that are at work or hold a transaction open. ``close`` it."""

    def __init__(self, place):
        self.database = place.database_name
        self.connection = place.connect()
        self.samples: list[Reading] = []

    def sample(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(_ASK, [self.database])
            found = reading(time.time(), cursor.fetchall())
        self.samples.append(found)

    def close(self) -> None:
        self.connection.close()

    def busiest(self, start_s: float, end_s: float) -> list[BusySessions]:
        """Return how many sessions were at work between two moments (Unix time), the mean of the samples taken then, the busiest first."""
        found = self._between(start_s, end_s)
        waiting = _total(each.waiting for each in found)
        return [
            BusySessions(client=c, address=a, statement=s, mean=mean, waiting=_waiting((c, a, s), waiting, len(found)))
            for (c, a, s), mean in _means(found, lambda each: each.busy)
        ]

    def idlest(self, start_s: float, end_s: float) -> list[BusySessions]:
        """Return how many sessions held a transaction open and were at no statement, as ``busiest`` does."""
        means = _means(self._between(start_s, end_s), lambda each: each.idle)
        return [BusySessions(client=c, address=a, statement=s, mean=mean) for (c, a, s), mean in means]

    def longest_waits(self, start_s: float, end_s: float) -> list[Wait]:
        """Return who waited for whom, as ``busiest`` does: the most often found first."""
        means = _means(self._between(start_s, end_s), lambda each: each.waits)
        return [Wait(**_pair(key), mean=mean) for key, mean in means]

    def sessions(self, at_s: list[float]) -> list[Sessions]:
        """Return, for each client and statement, how many were at it at each of these moments (Unix time): of the sample nearest to it.

        The statements most seen are kept; the others of a client are counted together.
        """
        found = _counts(self._nearest(at_s), lambda each: each.busy, lambda key: (*key[:2], "others"))
        return [Sessions(client=c, address=a, statement=s, counts=counts) for (c, a, s), counts in found]

    def idle(self, at_s: list[float]) -> list[Sessions]:
        """Return how many held a transaction open and were at no statement, as ``sessions`` does."""
        found = _counts(self._nearest(at_s), lambda each: each.idle, lambda key: (*key[:2], "others"))
        return [Sessions(client=c, address=a, statement=s, counts=counts) for (c, a, s), counts in found]

    def waits(self, at_s: list[float]) -> list[Waits]:
        """Return who waited for whom, as ``sessions`` does."""
        found = _counts(self._nearest(at_s), lambda each: each.waits, lambda key: (*key[:2], "others", *key[3:5], "others", key[6]))
        return [Waits(**_pair(key), counts=counts) for key, counts in found]

    def _between(self, start_s: float, end_s: float) -> list[Reading]:
        return [each for each in self.samples if start_s <= each.at_s < end_s]

    def _nearest(self, at_s: list[float]) -> list[Reading]:
        return [min(self.samples, key=lambda each: abs(each.at_s - moment)) for moment in at_s] if self.samples else []


def reading(at_s: float, rows: Sequence[tuple]) -> Reading:
    """Return what the rows of one look at ``pg_stat_activity`` come to."""
    made = Reading(at_s)
    known = {pid: (client, address, _brief(query), state) for pid, client, address, query, state, _, _ in rows}
    for pid, _, _, _, state, waits_for, blockers in rows:
        session = known[pid][:3]
        if state != "active":
            made.idle[session] += 1
            continue
        made.busy[session] += 1
        if waits_for:
            made.waiting[*session, waits_for] += 1
        # One may be named twice, for two locks.
        for blocker in set(blockers):
            made.waits[*session, *known.get(blocker, _NOBODY)] += 1
    return made


def _total(counters: Iterable[Counter]) -> Counter:
    total: Counter = Counter()
    for each in counters:
        total.update(each)
    return total


def _means(found: list[Reading], of: Callable[[Reading], Counter]) -> list[tuple[tuple, float]]:
    total = _total(map(of, found))
    ordered = sorted(total.items(), key=lambda item: (-item[1], item[0]))[:BUSIEST_KEPT]
    return [(key, count / len(found)) for key, count in ordered]


def _counts(chosen: list[Reading], of: Callable[[Reading], Counter], others: Callable[[tuple], tuple]) -> list[tuple[tuple, list[int]]]:
    total = _total(map(of, chosen))
    kept = {key for key, _ in sorted(total.items(), key=lambda item: (-item[1], item[0]))[:STATEMENTS_KEPT]}
    merged = [Counter() for _ in chosen]
    for into, found in zip(merged, map(of, chosen), strict=True):
        for key, count in found.items():
            into[key if key in kept else others(key)] += count
    keys = sorted({key for found in merged for key in found})
    return [(key, [found[key] for found in merged]) for key in keys]


def _waiting(session: tuple, waiting: Counter, readings: int) -> dict[str, float]:
    return {key[3]: count / readings for key, count in sorted(waiting.items()) if key[:3] == session}


def _pair(key: tuple) -> dict[str, str]:
    names = ("client", "address", "statement", "holder", "holder_address", "holder_statement", "holder_state")
    return dict(zip(names, key, strict=True))


def _brief(query: str) -> str:
    return " ".join(split_comment(query)[0].split())[:STATEMENT_CHARS]
