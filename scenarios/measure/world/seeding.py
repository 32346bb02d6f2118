"""A dice world loaded into Postgres by COPY, and proven to be what was sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint, CreateTable

from scenarios.diceworld.generation import COLUMNS, copy_text
from scenarios.diceworld.models import Base
from scenarios.diceworld.scales import Scale
from scenarios.errors import StackError
from scenarios.record import Dataset

LARGEST_CHUNK_BYTES = 1 << 20

_FINGERPRINTS = {
    # Arithmetic, not a hash of text: 5 million rows take half a second instead of six.
    "tw_rolls": "id::bigint * (result + 7 * num_dice + 31 * die_sides + 127 * bonus + 1009 * player_id + 8191::bigint * game_id) % 1000003",
}
_ANY_FINGERPRINT = "hashtext(t::text)::bigint"


@dataclass(frozen=True)
class Manifest:
    """What a loaded world is, to be compared with what a copy of it turns out to be."""

    dataset: Dataset
    fingerprint: dict[str, list[str]]
    """Table to its row count and a sum over its rows, as this server computes it."""

    def dumps(self) -> str:
        return json.dumps({"dataset": self.dataset.model_dump(), "fingerprint": self.fingerprint}, indent=1, sort_keys=True) + "\n"

    @classmethod
    def loads(cls, text: str) -> Manifest:
        data = json.loads(text)
        return cls(Dataset.model_validate(data["dataset"]), data["fingerprint"])


def seed_world(connection, scale: Scale, seed: int) -> Manifest:
    """Make the four tables in the connection's search path, fill and verify them, VACUUM ANALYZE.

    ``connection`` is psycopg2's, in autocommit. Raises StackError when what is read back is not what was sent.
    """
    with connection.cursor() as cursor:
        # One transaction, so that COPY may freeze its rows: VACUUM then has next to nothing to do.
        cursor.execute("BEGIN")
        _create_tables(cursor)
        rows, sha256 = _copy(cursor, scale, seed)
        _add_foreign_keys(cursor)
        _advance_sequences(cursor)
        cursor.execute("COMMIT")
        vacuum(cursor)
        verify_content(cursor, rows, sha256)
        sizes = {table: _number(cursor, "SELECT pg_total_relation_size(%s::regclass)", [table]) for table in COLUMNS}
        return Manifest(Dataset(seed=seed, rows=rows, sha256=sha256, bytes=sizes), fingerprint_of(cursor))


def vacuum(cursor) -> None:
    """VACUUM ANALYZE the world's tables, and nobody else's."""
    cursor.execute(f"VACUUM (ANALYZE) {', '.join(COLUMNS)}")


def verify_content(cursor, rows: dict[str, int], sha256: str) -> None:
    """Read every row back and compare counts and hash. 2.5 s for 5 million rolls. Raises StackError."""
    digest = hashlib.sha256()
    counted = {}
    cursor.execute("SET synchronize_seqscans = off")  # In the order they lie.
    for table, columns in COLUMNS.items():
        sink = _Sink(digest)
        cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) TO STDOUT", sink)
        counted[table] = sink.rows
    cursor.execute("RESET synchronize_seqscans")
    _expect("rows in the dice world's tables", rows, counted)
    _expect("a dice world with the content that was generated", sha256, digest.hexdigest())


def verify_copy(cursor, manifest: Manifest) -> None:
    """Compare counts and sums with the manifest's. 0.6 s for 5 million rolls. Raises StackError."""
    _expect("a faithful copy of the dice world (rows and sum by table)", manifest.fingerprint, fingerprint_of(cursor))


def verify_cast(cursor, cast: tuple[str, ...], scale: str, seed: int) -> None:
    """Check that for each SQL pattern a player with such a login sits in some game. Raises StackError naming those missing."""
    asked = "SELECT EXISTS (SELECT FROM tw_players p JOIN tw_player_to_game s ON s.player_id = p.id WHERE p.login LIKE %s)"
    missing = [pattern for pattern in cast if not _number(cursor, asked, [pattern])]
    if missing:
        got = f"none like {', '.join(missing)} at scale '{scale}' with seed {seed}"
        raise StackError(f"players with logins like {', '.join(cast)}", got, "choose another seed")


def fingerprint_of(cursor) -> dict[str, list[str]]:
    """Return for each table its row count and a sum that a changed, missing or doubled row would change."""
    found = {}
    for table in COLUMNS:
        cursor.execute(f"SELECT count(*), sum({_FINGERPRINTS.get(table, _ANY_FINGERPRINT)}) FROM {table} t")
        found[table] = [str(value) for value in cursor.fetchone()]
    return found


def _create_tables(cursor) -> None:
    for table in Base.metadata.sorted_tables:
        cursor.execute(_sql(CreateTable(table, include_foreign_key_constraints=[])))


def _add_foreign_keys(cursor) -> None:
    # Afterwards: checked all at once they cost a second, row by row a minute.
    for table in Base.metadata.sorted_tables:
        for key in sorted(table.foreign_key_constraints, key=lambda key: key.name):
            cursor.execute(_sql(AddConstraint(key)))


def _advance_sequences(cursor) -> None:
    for table, columns in COLUMNS.items():
        if columns[0] == "id":
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


def _sql(element) -> str:
    return str(element.compile(dialect=postgresql.dialect()))


def _copy(cursor, scale: Scale, seed: int) -> tuple[dict[str, int], str]:
    """Generate and send in one pass; return the rows by table and the hash of all that was sent."""
    digest = hashlib.sha256()
    rows = {}
    for table, chunks in groupby(copy_text(scale, seed), key=lambda pair: pair[0]):
        source = _Source((text for _, text in chunks), digest)
        cursor.copy_expert(f"COPY {table} ({', '.join(COLUMNS[table])}) FROM STDIN (FREEZE)", source, size=LARGEST_CHUNK_BYTES)
        rows[table] = source.rows
    return rows, digest.hexdigest()


class _Source:
    """Text as the file that COPY FROM reads, hashed on its way."""

    def __init__(self, chunks: Iterator[str], digest):
        self.chunks, self.digest, self.rows = chunks, digest, 0

    def read(self, size: int) -> bytes:
        chunk = next(self.chunks, "").encode()
        if len(chunk) > size:
            raise ValueError(f"a chunk of {len(chunk)} bytes, more than the {size} asked for")
        self.digest.update(chunk)
        self.rows += chunk.count(b"\n")
        return chunk


class _Sink:
    """The file that COPY TO writes, hashed and thrown away."""

    def __init__(self, digest):
        self.digest, self.rows = digest, 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.rows += data.count(b"\n")
        return len(data)


def _expect(what: str, wanted, got) -> None:
    if wanted != got:
        do = "remove worlds/ from the cache folder and run again; should it come back, check the disk"
        raise StackError(f"{what}: {wanted}", f"{got}", do)


def _number(cursor, statement: str, values: list):
    cursor.execute(statement, values)
    return cursor.fetchone()[0]
