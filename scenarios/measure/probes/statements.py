"""The query log by fingerprint, from ``pg_stat_statements``, and counters of the database."""

from __future__ import annotations

import hashlib
import re

from scenarios.measure.probes.postgres_log import split_comment
from scenarios.record import Statement

_OURS = re.compile(r"pg_stat_|pg_catalog|^\s*(BEGIN|COMMIT|ROLLBACK|SET|SHOW|RESET)\b", re.IGNORECASE)

_READ = """
SELECT query, sum(calls), sum(total_exec_time), max(max_exec_time), sum(rows), sum(shared_blks_hit), sum(shared_blks_read)
FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
WHERE datname = %s AND toplevel
GROUP BY query
"""


def fingerprint(text: str) -> str:
    """Return what is the same in all calls of a normalised statement: 16 hexadecimal digits."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def reset(connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_statements_reset()")


def read(connection, database: str) -> list[Statement]:
    """Return what was asked of ``database`` since the reset, our own questions left out."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, (database,))
        rows = cursor.fetchall()
    return merged(
        [
            Statement(
                fingerprint=fingerprint(split_comment(query)[0]),
                text=split_comment(query)[0],
                calls=int(calls),
                mean_ms=total_ms / int(calls) if calls else 0.0,
                max_ms=max_ms,
                total_ms=total_ms,
                rows=int(rows_),
                shared_blocks_hit=int(hit),
                shared_blocks_read=int(read_),
            )
            for query, calls, total_ms, max_ms, rows_, hit, read_ in rows
            if not _OURS.search(query)
        ]
    )


def merged(statements: list[Statement]) -> list[Statement]:
    """Return one entry a fingerprint, the greatest total first."""
    by_print: dict[str, list[Statement]] = {}
    for statement in statements:
        by_print.setdefault(statement.fingerprint, []).append(statement)
    result = [_sum(same) for same in by_print.values()]
    return sorted(result, key=lambda s: (-s.total_ms, s.fingerprint))


def _sum(same: list[Statement]) -> Statement:
    calls = sum(s.calls for s in same)
    total_ms = sum(s.total_ms for s in same)
    return Statement(
        fingerprint=same[0].fingerprint,
        text=same[0].text,
        calls=calls,
        mean_ms=total_ms / calls if calls else 0.0,
        max_ms=max(s.max_ms for s in same),
        total_ms=total_ms,
        rows=sum(s.rows for s in same),
        shared_blocks_hit=sum(s.shared_blocks_hit for s in same),
        shared_blocks_read=sum(s.shared_blocks_read for s in same),
    )
