"""Who is connected to the database and what they are at, sampled from ``pg_stat_activity``."""

from __future__ import annotations

import time
from collections import Counter

from scenarios.measure.probes.postgres_log import split_comment
from scenarios.record import BusySessions, Sessions

STATEMENT_CHARS = 200
STATEMENTS_KEPT = 12
BUSIEST_KEPT = 6

# In autocommit: inside a transaction the view would show the same moment again and again.
_ASK = """
SELECT coalesce(application_name, ''), coalesce(host(client_addr), ''), left(query, 20000)
FROM pg_stat_activity
WHERE datname = %s AND state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


class Activity:
    """Samples the sessions at work in one database. ``close`` it."""

    def __init__(self, place):
        self.database = place.database_name
        self.connection = place.connect()
        self.samples: list[tuple[float, Counter]] = []

    def sample(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(_ASK, [self.database])
            found = Counter((client, address, _brief(query)) for client, address, query in cursor.fetchall())
        self.samples.append((time.time(), found))

    def close(self) -> None:
        self.connection.close()

    def busiest(self, start_s: float, end_s: float) -> list[BusySessions]:
        """Return how many sessions were at work between two moments (Unix time), the mean of the samples taken then, the busiest first."""
        found = [sample for at_s, sample in self.samples if start_s <= at_s < end_s]
        total: Counter = Counter()
        for sample in found:
            total.update(sample)
        ordered = sorted(total.items(), key=lambda item: (-item[1], item[0]))[:BUSIEST_KEPT]
        return [BusySessions(client=c, address=a, statement=s, mean=count / len(found)) for (c, a, s), count in ordered]

    def sessions(self, at_s: list[float]) -> list[Sessions]:
        """Return, for each client and statement, how many were at it at each of these moments (Unix time): of the sample nearest to it.

        The statements most seen are kept; the others of a client are counted together.
        """
        if not self.samples or not at_s:
            return []
        chosen = [min(self.samples, key=lambda sample: abs(sample[0] - moment))[1] for moment in at_s]
        total = Counter()
        for found in chosen:
            total.update(found)
        kept = {key for key, _ in sorted(total.items(), key=lambda item: (-item[1], item[0]))[:STATEMENTS_KEPT]}
        merged = [Counter() for _ in chosen]
        for into, found in zip(merged, chosen, strict=True):
            for key, count in found.items():
                into[key if key in kept else (*key[:2], "others")] += count
        keys = sorted({key for found in merged for key in found})
        return [Sessions(client=c, address=a, statement=s, counts=[found[(c, a, s)] for found in merged]) for c, a, s in keys]


def _brief(query: str) -> str:
    return " ".join(split_comment(query)[0].split())[:STATEMENT_CHARS]
