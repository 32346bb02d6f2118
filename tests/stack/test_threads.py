"""gunicorn's worker of threads, traced: requests that it answers at the same time are told apart."""

from __future__ import annotations

import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor

from scenarios.measure.stack.gunicorn import Gunicorn
from tests.stack.threaded_app import THREADS

ROUNDS = 3
OPTIONS = ("--worker-class", "gthread", "--threads", str(THREADS))


def ask(address: str, n: int) -> list[int]:
    connection = http.client.HTTPConnection("told", timeout=120)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(120)
    connection.sock.connect(address.removeprefix("unix:"))
    try:
        connection.request("GET", f"/page/{n}", headers={"traceparent": f"00-{n:032x}-0000000000000001-01", "Connection": "close"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def test_requests_that_one_worker_answers_at_once_have_their_own_spans(folder):
    told = {"TOLD_DATABASE": str(folder / "some.db"), "TOLD_SPANS": str(folder)}
    asked = list(range(1, ROUNDS * THREADS + 1))
    with Gunicorn(folder, told, 1, app="tests.stack.threaded_app:app()", options=OPTIONS) as gunicorn, ThreadPoolExecutor(THREADS) as pool:
        for first in range(0, len(asked), THREADS):
            wave = asked[first : first + THREADS]
            assert list(pool.map(lambda n: ask(gunicorn.address, n), wave)) == [[n * 10 + part for part in range(3)] for n in wave]
    (file,) = folder.glob("spans-*.jsonl")
    lines = {int(line["id"], 16): line for line in map(json.loads, file.read_text().splitlines())}
    assert sorted(lines) == asked
    for n, line in lines.items():
        sent = [span[5]["db.query.text"] for span in line["spans"] if span[0] == "sqlalchemy"]
        assert sent == [f"SELECT {n} * 10 + {part}" for part in range(3)]
    # They did overlap: of each wave all had begun before the first was done.
    for first in range(0, len(asked), THREADS):
        wave = [lines[n] for n in asked[first : first + THREADS]]
        assert max(line["start_ns"] for line in wave) < min(line["end_ns"] for line in wave)
