"""Everything that watches one run: begun when the workers are warm, read when traffic ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from scenarios.measure.probes import counters, lines, postgres_log, statements
from scenarios.measure.probes.activity import Activity
from scenarios.measure.requests import Request

LOG_DEADLINE_S = 5


class Instruments:
    """As a context manager. ``groups`` returns process ids by group; ``watch_sessions``: whether to sample who is connected."""

    def __init__(self, world, place, groups: Callable[[], dict[str, list[int]]], *, watch_sessions: bool = False):
        self.place, self.groups = place, groups
        self.connection = place.connect()
        # An owner's statistics are not ours to reset, so there they are not read either.
        self.statements_connection = world.postgres.connect("postgres") if world.postgres else None
        self.log_file: Path | None = world.postgres.log_file if world.postgres else None
        self.activity = Activity(place) if watch_sessions else None

    def begin(self) -> None:
        if self.statements_connection:
            statements.reset(self.statements_connection)
        self.log_offset = lines.size(self.log_file) if self.log_file else 0
        self.database_before = counters.database(self.connection)
        self.machine = counters.Machine()
        self.processes = counters.Processes(self.groups)

    def sample(self) -> None:
        """Take a reading of what is watched over time."""
        self.processes.sample()
        if self.activity:
            self.activity.sample()

    def end(self) -> None:
        self.sample()
        self.steal_share = self.machine.steal_share()
        self.others_cores = self.machine.others_cores(sum(self.processes.cpu_s().values()))
        self.statements = statements.read(self.statements_connection, self.place.database_name) if self.statements_connection else []
        self.database = counters.difference(counters.database(self.connection), self.database_before)
        if self.statements_connection:
            self.database["blocks_hit"] = float(sum(s.shared_blocks_hit for s in self.statements))
            self.database["blocks_read"] = float(sum(s.shared_blocks_read for s in self.statements))

    def __enter__(self) -> Instruments:
        return self

    def __exit__(self, *_) -> None:
        self.connection.close()
        if self.statements_connection:
            self.statements_connection.close()
        if self.activity:
            self.activity.close()

    def log_entries(self) -> Iterator[dict]:
        """Yield all that the server has logged since ``begin``; nothing where its log is not ours to read."""
        return lines.json_objects(self.log_file, self.log_offset) if self.log_file else iter(())

    def log_lines(self, requests: list[Request]) -> list[postgres_log.Logged]:
        """Return the server's lines about ``requests``; it writes them a moment later, so wait for one a statement."""
        if not self.log_file:
            return []
        # What failed in the database is not in its log of durations, and may be one of many in a request that went well.
        good = {r.id for r in requests if r.status == "200"}
        expected, ids = sum(r.statements for r in requests if r.id in good), {r.id for r in requests}
        deadline = time.monotonic() + LOG_DEADLINE_S
        while True:
            found = [line for line in postgres_log.read(self.log_file, self.log_offset) if line.trace_id in ids]
            if len(found) >= expected or len(found) >= expected - self._failed(good) or time.monotonic() > deadline:
                return found
            time.sleep(0.02)  # between polls; the deadline decides

    def _failed(self, ids: set[str]) -> int:
        return sum(trace_id in ids for trace_id in postgres_log.failed(self.log_file, self.log_offset))
