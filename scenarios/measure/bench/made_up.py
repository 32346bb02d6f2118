"""A run that never was: what client and workers would have written of so many requests, for the recorder to read."""

from __future__ import annotations

import json
import random
from pathlib import Path

from scenarios.measure.probes.spans import MAX_STATEMENT_CHARS
from scenarios.measure.traffic.schedule import trace_id

RATE_PER_S = 200
WORKERS = 4
STATEMENTS = 4
_START_NS = 1_790_000_000_000_000_000
_STATEMENT = "SELECT tw_players.id, tw_players.login, tw_players.first_name FROM tw_players WHERE tw_players.id = %(id)s"[:MAX_STATEMENT_CHARS]


def write(folder: Path, requests: int, seed: int = 1) -> None:
    """Write ``client.jsonl`` and ``spans/`` of so many requests, line by line: nothing of it is held."""
    draw = random.Random(seed)
    (folder / "spans").mkdir(parents=True)
    workers = [open(folder / "spans" / f"spans-{number}.jsonl", "w", encoding="utf-8") for number in range(WORKERS)]
    try:
        with open(folder / "client.jsonl", "w", encoding="utf-8") as client:
            for number in range(requests):
                id_, due_s, took_s = trace_id(draw), number / RATE_PER_S, draw.lognormvariate(-4, 0.5)
                client.write(_client_line(id_, due_s, took_s, "200" if draw.random() > 1e-3 else "502"))
                workers[number % WORKERS].write(_worker_line(id_, _START_NS + round((due_s + took_s * 0.1) * 1e9), round(took_s * 8e8)))
            own = {"wall_start_ns": _START_NS, "elapsed_s": requests / RATE_PER_S, "cpu_s": requests / 5_000, "rss_mb_max": 60.0}
            client.write(json.dumps({"generator": own}) + "\n")
    finally:
        for worker in workers:
            worker.close()


def _client_line(id_: str, due_s: float, took_s: float, status: str) -> str:
    line = {"id": id_, "path": 0, "due_s": due_s, "sent_s": due_s + 1e-4, "done_s": due_s + took_s, "status": status, "bytes": 2_000}
    return json.dumps(line) + "\n"


def _worker_line(id_: str, start_ns: int, took_ns: int) -> str:
    each_ns = took_ns // (STATEMENTS + 1)
    spans = []
    for number in range(STATEMENTS):
        at_ns = start_ns + number * each_ns
        attributes = {"db.system.name": "postgresql", "db.operation.name": "SELECT", "db.query.text": _STATEMENT}
        spans.append(["sqlalchemy", "SELECT", at_ns, at_ns + each_ns // 2, -1, attributes])
        spans.append(["fetch", "fetch", at_ns + each_ns // 2, at_ns + each_ns * 3 // 4, -1, {}])
    line = {"id": id_, "queued_at_s": start_ns // 10**6 / 1e3, "start_ns": start_ns, "end_ns": start_ns + took_ns, "status": 200, "route": "/made-up",
            "pid": 1, "received_bytes": 4_000, "spans": spans}  # fmt: skip
    return json.dumps(line) + "\n"
