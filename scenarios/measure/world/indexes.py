"""What an index costs: the time to build it, its bytes, and each row written past it."""

from __future__ import annotations

import re
import statistics
import time

from scenarios.measure.world.seeding import vacuum
from scenarios.record import Index

_CREATE_INDEX = re.compile(
    r"\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(\w+)\s+ON\s+(\w+)", re.IGNORECASE
)

_FRESH_ROWS = {
    # The last rows, for their players are as mixed as those of rows to come.
    "tw_rolls": """
        SELECT game_id, player_id, code, num_dice, die_sides, bonus, result FROM tw_rolls ORDER BY id DESC LIMIT %(rows)s
    """,
    "tw_players": """
        SELECT login || '-' || n AS login, password, first_name, last_name
        FROM tw_players CROSS JOIN generate_series(1, 1 + %(rows)s / (SELECT count(*) FROM tw_players)) AS n LIMIT %(rows)s
    """,
}


def prepare(cursor, statements: tuple[str, ...]) -> dict[str, Index]:
    """Run an arm's SQL, then VACUUM ANALYZE; return each index it made, by name, with build time and size."""
    made = {}
    for statement in statements:
        started = time.perf_counter()
        cursor.execute(statement)
        build_s = time.perf_counter() - started
        if index := _CREATE_INDEX.match(statement):
            cursor.execute("SELECT pg_relation_size(%s::regclass)", [index[1]])
            made[index[1]] = Index(statement=statement, build_s=build_s, bytes=cursor.fetchone()[0])
    vacuum(cursor)
    return made


def with_insert_cost(cursor, index: Index, rows: int, repeats: int) -> Index:
    """Return ``index`` with the median µs a row of INSERT without and with it; as it was for a table we have no fresh rows for.

    Meant for a database that is thrown away. Each insert is one statement of ``rows`` rows, checks
    of foreign keys included, and is rolled back; the two kinds take turns, after one of each unmeasured.
    """
    name, table = _CREATE_INDEX.match(index.statement).groups()
    if table not in _FRESH_ROWS:
        return index
    cursor.execute(f"CREATE TABLE fresh_rows AS {_FRESH_ROWS[table]}", {"rows": rows})
    cursor.execute("SELECT * FROM fresh_rows LIMIT 0")
    columns = ", ".join(column.name for column in cursor.description)
    insert = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM fresh_rows"
    seconds = [(_seconds(cursor, table, insert, f"DROP INDEX {name}"), _seconds(cursor, table, insert)) for _ in range(repeats + 1)]
    cursor.execute("DROP TABLE fresh_rows")
    without, with_index = (statistics.median(kind) / rows * 1e6 for kind in zip(*seconds[1:], strict=True))
    return index.model_copy(update={"insert_us_per_row_without": without, "insert_us_per_row_with": with_index})


def _seconds(cursor, table: str, insert: str, before: str | None = None) -> float:
    cursor.execute("BEGIN")
    if before:
        cursor.execute(before)
    started = time.perf_counter()
    cursor.execute(insert)
    took = time.perf_counter() - started
    cursor.execute("ROLLBACK")
    cursor.execute(f"VACUUM {table}")  # Of the dead rows, so that the next insert starts from the same place.
    return took
