"""More of everything: how many pages a second more workers answer, before one and the same database."""

from __future__ import annotations

import http.client
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

from scenarios.claims import interval
from scenarios.diceworld.scales import DEFAULT_SEED
from scenarios.errors import StackError
from scenarios.measure.soundings.place import Begin, Place, Size
from scenarios.measure.stack.stack import AppStack
from scenarios.measure.world import open_world
from scenarios.soundings import Sounding
from scenarios.wreck import Wreck

WORKERS = (1, 2, 4, 10)
CLIENTS = 10
"""All of whom ask at once."""
SCALE, QUICK_SCALE = "tenth", "small"
ROUNDS = 5
REQUESTS = 20
"""Of a round, shared among the clients."""
TIMEOUT_S = 60


def measured(wreck: Wreck, place: Place, size: Size, begin: Begin) -> dict[str, Sounding]:
    """Return requests a second by name, ``myth-workers-<how many>``: the wrecked page, every setting up at the same time, asked in turn."""
    begin("starting one, two, four and ten workers")
    scale, rounds = (QUICK_SCALE, 1) if size.is_quick else (SCALE, ROUNDS)
    requests = CLIENTS if size.is_quick else REQUESTS
    per_s: dict[int, list[float]] = {workers: [] for workers in WORKERS}
    with ExitStack() as standing:
        world = standing.enter_context(open_world(scale, DEFAULT_SEED, place.folder / "workers-world"))
        stacks = _started(wreck, world.place(wreck.arm("wrecked")).url, place.folder, standing)
        for number in range(rounds):
            begin(f"{CLIENTS} clients, round {number + 1} of {rounds}")
            for workers in random.Random(number).sample(WORKERS, len(WORKERS)):
                per_s[workers].append(answered_per_s(stacks[workers].nginx.address, wreck.paths, requests))
    how = (
        f"{wreck.title} as it sank, at scale {scale}: {CLIENTS} clients in a closed loop, {requests} requests a round, through nginx. "
        "All settings share one machine and one database; one is asked at a time."
    )
    return {
        f"myth-workers-{workers}": Sounding(
            title=f"Pages a second from {workers} {'worker' if workers == 1 else 'workers'}", unit="per_s", measured=interval(values), how=how
        )
        for workers, values in per_s.items()
    }


def _started(wreck: Wreck, url: str, folder: Path, standing: ExitStack) -> dict[int, AppStack]:
    """Return a stack for each number of workers, every worker warmed."""
    handler = wreck.arm("wrecked").handler
    stacks = {n: standing.enter_context(AppStack(folder / f"w{n}", wreck.slug, handler, url, n)) for n in WORKERS}
    for workers, stack in stacks.items():
        answered_per_s(stack.nginx.address, wreck.experiments[0].warm_paths or wreck.paths, 2 * workers)
    return stacks


def answered_per_s(address: str, paths: tuple[str, ...], requests: int, clients: int = CLIENTS) -> float:
    """Ask for so many pages, by clients who each ask again when answered; return how many a second were. Raises StackError for one that was not."""
    together, waiting = threading.Barrier(clients + 1), iter([paths[number % len(paths)] for number in range(requests)])
    with ThreadPoolExecutor(clients) as pool:
        asked = [pool.submit(_client, address, waiting, together) for _ in range(clients)]
        together.wait(TIMEOUT_S)
        began = time.perf_counter()
        answered = sum(each.result() for each in asked)
        return answered / (time.perf_counter() - began)


def _client(address: str, waiting, together: threading.Barrier) -> int:
    with closing(http.client.HTTPConnection(address, timeout=TIMEOUT_S)) as connection:
        connection.connect()
        together.wait(TIMEOUT_S)
        answered = 0
        # A list's iterator hands each path to one thread: next() on it cannot be interrupted.
        for path in waiting:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise StackError(f"an answer to {path}", f"status {answer.status}", "see the log of the application")
            answered += 1
        return answered
