"""The traffic generator: a process of its own, so that its work is nobody else's delay.

Run as ``python -m scenarios.measure.traffic.client PLAN OUT GO``. It waits for PLAN, warms the workers up, prints
``warm``, waits until the file GO appears, sends what the plan says, and writes to OUT one JSON
line a request and a last one about itself. It never retries nor follows: a connection is used
once, so that a request which fails is a failure in the evidence.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import resource
import sys
import time
from pathlib import Path

import aiohttp

from scenarios.measure.traffic.schedule import dealt, trace_id

WARM_FOR_S = 1.0
WARM_WAVES_MAX = 3


class Client:
    """Sends requests and writes down when each was due, sent and answered."""

    def __init__(self, plan: dict, session: aiohttp.ClientSession, out):
        self.plan, self.session, self.out = plan, session, out
        self.start = 0.0
        self.wall_start_ns = 0

    async def fetch(self, path: str, id_: str) -> tuple[str, int]:
        """Return the status (or what went wrong, in a word) and the bytes of one answer."""
        try:
            async with self.session.get(self.plan["url"] + path, headers={"X-Trace-Id": id_}, allow_redirects=False) as response:
                body = await response.read()
                return str(response.status), len(body)
        except TimeoutError:
            return "timeout", 0
        except aiohttp.ClientConnectorError:
            return "refused", 0
        except aiohttp.ClientError:
            return "broken", 0

    async def warm_up(self) -> None:
        """Send waves as wide as there are workers, so that each has answered before anything counts."""
        if not self.plan["warm_paths"]:
            return
        paths = itertools.cycle(self.plan["warm_paths"])
        began = time.perf_counter()
        draw = random.Random(0)
        for _ in range(WARM_WAVES_MAX):
            await asyncio.gather(*(self.fetch(next(paths), trace_id(draw)) for _ in range(self.plan["workers"])))
            if time.perf_counter() - began > self.plan.get("warm_for_s", WARM_FOR_S):
                break

    async def request(self, path: int, id_: str, due_s: float | None) -> None:
        sent_s = time.perf_counter() - self.start
        status, size = await self.fetch(self.plan["paths"][path], id_)
        done_s = time.perf_counter() - self.start
        due_s = sent_s if due_s is None else due_s
        line = {"id": id_, "path": path, "due_s": due_s, "sent_s": sent_s, "done_s": done_s, "status": status, "bytes": size}
        self.out.write(json.dumps(line) + "\n")

    async def open_loop(self) -> None:
        """Send each request when it is due, whatever became of those before it."""
        async with asyncio.TaskGroup() as tasks:
            for due_s, path, id_ in self.plan["schedule"]:
                await asyncio.sleep(max(0.0, self.start + due_s - time.perf_counter()))
                tasks.create_task(self.request(path, id_, due_s))

    async def closed_loop(self) -> None:
        """Keep ``clients`` requests on their way until the time is up or enough are sent; the last ones are waited for.

        Paths go round in turn or, with ``weights``, are dealt; what is dealt is the same whoever asks first.
        With ``whole`` it ends after a multiple of so many requests only.
        """
        turn = itertools.count()
        ids, weights = random.Random(self.plan["seed"]), self.plan["weights"]
        paths = dealt(weights, random.Random(self.plan["draws"])) if weights else itertools.cycle(range(len(self.plan["paths"])))
        most, whole = self.plan["requests"] or float("inf"), self.plan.get("whole", 1)
        over = False

        def is_over(number: int) -> bool:
            nonlocal over
            late = time.perf_counter() - self.start >= self.plan["duration_s"]
            over = over or number >= most or (late and number % whole == 0)
            return over

        async def loop():
            await asyncio.sleep(max(0.0, self.start + self.plan["begins_s"] - time.perf_counter()))
            while not is_over(number := next(turn)):
                await self.request(next(paths), trace_id(ids), None)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(self.plan["clients"]):
                tasks.create_task(loop())

    async def run(self, go: Path) -> None:
        await self.warm_up()
        print("warm", flush=True)
        while not go.exists():  # should nobody say it, our warden ends us
            await asyncio.sleep(0.01)
        cpu_before_s = time.process_time()
        self.start, self.wall_start_ns = time.perf_counter(), time.time_ns()
        await (self.open_loop() if "schedule" in self.plan else self.closed_loop())
        own = {
            "wall_start_ns": self.wall_start_ns,
            "elapsed_s": time.perf_counter() - self.start,
            "cpu_s": time.process_time() - cpu_before_s,
            "rss_mb_max": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        self.out.write(json.dumps({"generator": own}) + "\n")


async def only_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a GET a second time when its connection broke: it does so only on these two errors."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as fault:
        raise aiohttp.ClientPayloadError(str(fault)) from fault


async def main(plan_path: str, out_path: str, go_path: str) -> None:
    while not Path(plan_path).exists():  # should it never come, our warden ends us
        await asyncio.sleep(0.01)
    plan = json.loads(Path(plan_path).read_text(encoding="utf-8"))
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    timeout = aiohttp.ClientTimeout(total=plan["timeout_s"])
    with open(out_path, "w", encoding="utf-8") as out:
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False, middlewares=(only_once,)) as session:
            await Client(plan, session, out).run(Path(go_path))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
