"""The traffic generator against a small server that misbehaves on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from scenarios.measure.traffic import client
from scenarios.measure.traffic.schedule import open_loop

ROOT = Path(__file__).parents[2]
DEADLINE_S = 30
STALL_S = 0.6


LOOP = {"begins_s": 0.0, "requests": None, "weights": None, "draws": "1"}
"""What a closed loop has beside clients and duration."""


class OddServer:
    """An HTTP server in a thread of its own, which counts what it is asked and answers as the path says."""

    def __init__(self):
        self.asked: list[str] = []
        """Trace ids, in order of arrival."""
        self.in_flight, self.most_in_flight = 0, 0
        self.stall_at: str | None = None
        self.stalled: tuple[int, int] | None = None
        """When the stall began and ended, Unix time in ns."""
        self.loop = asyncio.new_event_loop()

    async def start(self) -> None:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.url = "http://127.0.0.1:{}".format(self.server.sockets[0].getsockname()[1])

    async def serve(self, reader, writer) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ", 2)[1]
            id_ = next(line.split(": ")[1] for line in head.splitlines() if line.lower().startswith("x-trace-id"))
            self.asked.append(id_)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            if id_ == self.stall_at:
                began = time.time_ns()
                time.sleep(STALL_S)  # the whole server stands still: that is the subject
                self.stalled = began, time.time_ns()
            try:
                await self.answer(path, writer)
            finally:
                self.in_flight -= 1
        writer.close()

    async def answer(self, path: str, writer) -> None:
        if path == "/never":
            await asyncio.sleep(DEADLINE_S)
        elif path == "/steady":
            await asyncio.sleep(0.02)
        said = {
            "/closes": b"",
            "/garbage": b"HELLO\r\n\r\n",
            "/half": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
            "/error": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
            "/elsewhere": b"HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n",
        }
        writer.write(said.get(path, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"))
        await writer.drain()

    def __enter__(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.start())
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        async def end():
            self.server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(DEADLINE_S)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(DEADLINE_S)
        self.loop.close()


@pytest.fixture
def server():
    with OddServer() as running:
        yield running


def send(tmp_path, url: str, paths: list[str], **plan) -> tuple[list[dict], dict]:
    """Let the generator do ``plan``; return its lines by due time and what it says of itself."""
    plan = {"url": url, "paths": paths, "warm_paths": paths, "workers": 1, "timeout_s": DEADLINE_S, "seed": "1/x", **LOOP, **plan}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    (tmp_path / "go").touch()
    asyncio.run(client.main(str(tmp_path / "plan.json"), str(tmp_path / "out.jsonl"), str(tmp_path / "go")))
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    return sorted(lines[:-1], key=lambda line: line["due_s"]), lines[-1]["generator"]


def schedule(rate: float, duration_s: float, paths: int = 1, sender: str = "x") -> list[list]:
    return [[due.due_s, due.path, due.trace_id] for due in open_loop(rate, duration_s, "constant", paths, 1, sender)]


def test_an_open_loop_sends_what_is_due_once_and_writes_it_down(tmp_path, server):
    due = schedule(50, 0.4, paths=2)
    lines, own = send(tmp_path, server.url, ["/ok", "/error"], schedule=due)
    assert [[line["due_s"], line["path"], line["id"]] for line in lines] == due
    assert [line["status"] for line in lines] == ["200", "502"] * 10
    assert [line["bytes"] for line in lines] == [4, 0] * 10
    assert all(0 <= line["due_s"] <= line["sent_s"] <= line["done_s"] <= own["elapsed_s"] for line in lines)
    assert own["cpu_s"] > 0 and own["rss_mb_max"] > 1 and own["wall_start_ns"] > 1e18
    measured = [id_ for id_ in server.asked if id_ in {id_ for _, _, id_ in due}]
    assert sorted(measured) == sorted(id_ for _, _, id_ in due)


def test_a_stall_is_not_hidden_by_waiting_for_it(tmp_path, server):
    """Coordinated omission: all that was due while the server stood still waited for it, not one alone."""
    due = schedule(20, 1.2)
    server.stall_at = due[2][2]
    lines, own = send(tmp_path, server.url, ["/ok"], schedule=due)
    began_s, ended_s = ((at - own["wall_start_ns"]) / 1e9 for at in server.stalled)
    within = [line for line in lines if began_s <= line["due_s"] < ended_s]
    assert len(within) >= 8
    for line in within:
        assert line["done_s"] - line["due_s"] >= ended_s - line["due_s"] - 0.05
    assert sum(line["done_s"] - line["due_s"] > STALL_S / 3 for line in lines) >= 5


def test_a_closed_loop_hides_it_which_is_why_its_pages_say_so(tmp_path, server):
    draw = client.random.Random("1/x")
    ids = [client.trace_id(draw) for _ in range(3)]
    server.stall_at = ids[2]
    lines, _ = send(tmp_path, server.url, ["/steady"], clients=1, duration_s=1.0)
    assert [line["id"] for line in lines[:3]] == ids
    assert lines[2]["done_s"] - lines[2]["due_s"] >= STALL_S
    assert all(a["done_s"] <= b["sent_s"] for a, b in zip(lines, lines[1:], strict=False)), "one at a time"
    assert all(line["due_s"] == line["sent_s"] for line in lines)


def test_a_closed_loop_deals_its_paths_by_weight_whoever_asks_first(tmp_path, server):
    lines, _ = send(tmp_path, server.url, ["/ok", "/error"], clients=2, duration_s=DEADLINE_S, requests=6, weights=[1, 2])
    assert Counter((line["path"], line["status"]) for line in lines) == {(0, "200"): 2, (1, "502"): 4}


def test_a_closed_loop_has_never_more_in_flight_than_clients(tmp_path, server):
    lines, own = send(tmp_path, server.url, ["/steady", "/ok", "/steady"], clients=3, duration_s=0.5)
    assert server.most_in_flight <= 3
    assert [line["path"] for line in sorted(lines, key=lambda line: line["sent_s"])][:3] == [0, 1, 2]
    assert len({line["id"] for line in lines}) == len(lines)
    assert all(line["sent_s"] < 0.5 for line in lines) and own["elapsed_s"] >= 0.5, "the last ones are waited for"
    moments = sorted([(line["sent_s"], 1) for line in lines] + [(line["done_s"], -1) for line in lines])
    in_flight = 0
    for _, step in moments:
        in_flight += step
        assert in_flight <= 3


@pytest.mark.parametrize(("clients", "duration_s"), [(1, 0.3), (3, 0.3), (1, 0.0)])
def test_a_closed_loop_can_end_after_whole_turns_only(tmp_path, server, clients, duration_s):
    lines, own = send(tmp_path, server.url, ["/steady", "/ok", "/steady"], clients=clients, duration_s=duration_s, whole=3)
    asked = [sum(line["path"] == path for line in lines) for path in range(3)]
    assert len(set(asked)) == 1 and own["elapsed_s"] >= duration_s
    assert bool(asked[0]) == bool(duration_s)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/closes", "broken"), ("/garbage", "broken"), ("/half", "broken"), ("/error", "502"), ("/elsewhere", "302"), ("/never", "timeout")],
)
def test_what_goes_wrong_is_a_status_and_is_never_tried_again(tmp_path, server, path, status):
    due = schedule(20, 0.15)
    lines, _ = send(tmp_path, server.url, [path], schedule=due, timeout_s=0.4)
    assert [line["status"] for line in lines] == [status] * len(due)
    assert len(server.asked) == len(set(server.asked)), "asked twice"
    assert {id_ for _, _, id_ in due} <= set(server.asked)


def test_a_time_out_takes_as_long_as_it_took(tmp_path, server):
    lines, _ = send(tmp_path, server.url, ["/never"], schedule=schedule(20, 0.1), timeout_s=0.4)
    assert all(line["done_s"] - line["sent_s"] >= 0.39 for line in lines)


def test_no_server_at_all(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and never listening
        lines, _ = send(tmp_path, "http://127.0.0.1:{}".format(taken.getsockname()[1]), ["/ok"], schedule=schedule(20, 0.1))
    assert [line["status"] for line in lines] == ["refused"] * 2


def test_two_arms_share_their_arrivals_and_no_trace_id(tmp_path):
    one, other = schedule(50, 1, sender="headline/wrecked"), schedule(50, 1, sender="headline/rewrite")
    assert [line[:2] for line in one] == [line[:2] for line in other]
    assert not {line[2] for line in one} & {line[2] for line in other}


def test_as_a_process_it_warms_up_and_waits_for_the_word(tmp_path, server):
    due = schedule(20, 0.2)
    plan = {"url": server.url, "paths": ["/ok"], "warm_paths": ["/ok"], "workers": 4, "timeout_s": 5, "seed": "1/x", "schedule": due}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    argv = [sys.executable, "-m", "scenarios.measure.traffic.client", tmp_path / "plan.json", tmp_path / "out.jsonl", tmp_path / "go"]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "warm\n"
        warmed = list(server.asked)
        assert len(warmed) >= 4 and not set(warmed) & {id_ for _, _, id_ in due}
        assert process.poll() is None and server.asked == warmed
        (tmp_path / "go").touch()
        assert process.wait(DEADLINE_S) == 0
    assert len(server.asked) == len(warmed) + len(due)
