"""The probe effect: a worker's CPU a request, with all probes, with none, and with each of them left out.

Latency is too noisy to tell a few percent, so what is compared is CPU time by the kernel's own count. One worker
serves each setting; all are up at once and are asked in turn, in shuffled order, so that whatever the machine does
it does to all of them. Each round has fresh workers, for two processes of the same program differ by a little for
as long as they live (Mytkowicz and others, "Producing wrong data without doing anything obviously wrong", 2009).
"""

from __future__ import annotations

import http.client
import random
import socket
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import psutil

from scenarios.bench import Finding, ProbeSetting, finding
from scenarios.claims import interval
from scenarios.errors import StackError
from scenarios.measure.probes import spans
from scenarios.measure.stack import application
from scenarios.measure.stack.gunicorn import Gunicorn
from scenarios.measure.traffic.schedule import trace_id
from scenarios.measure.world.world import World, named
from scenarios.wreck import Wreck

SLUG, SCALE, PATH = "highly-selective", "talk", "/1000queries/jgarcia"
CHATTY, QUIET = "indexed", "selectin-indexed"
ON, OFF, LOG = "on", "off", "log"
SHARE_AT_MOST = 0.05
WARM_REQUESTS = 2
TIMEOUT_S = 60


@dataclass(frozen=True)
class Setting:
    """One way to serve a page. ``off``: the probes left out, None for all."""

    page: str
    name: str
    title: str
    off: tuple[str, ...] | None = ()
    has_log: bool = True
    """Whether the database logs each statement, as it does for evidence."""


def settings() -> list[Setting]:
    """Return every setting of the chatty page, and all probes and none of the quiet one."""
    found = [
        Setting(page, name, title, off, has_log)
        for page in (CHATTY, QUIET)
        for name, title, off, has_log in ((ON, "all probes", (), True), (OFF, "no probes", None, False))
    ]
    found += [Setting(CHATTY, name, f"all but {name}", (name,)) for name in spans.PROBES]
    return [*found, Setting(CHATTY, LOG, "all but the database's log of statements", (), False)]


@dataclass(frozen=True)
class Round:
    """By setting: CPU in ms of the worker for a request, the median. And how many statements its page sends."""

    cpu_ms: dict[Setting, float]
    statements: dict[str, float]


def measured(wreck: Wreck, world: World, folder: Path, rounds: int, requests: int, begin=lambda what: None) -> list[Round]:
    """Return what each setting took in each round, over so many requests. Raises StackError for an answer that is none."""
    found = []
    for number in range(1, rounds + 1):
        begin(f"probe effect, round {number} of {rounds}")
        found.append(_round(wreck, world, folder / f"{number:02}", requests, random.Random(number)))
    return found


def _round(wreck: Wreck, world: World, folder: Path, requests: int, draw: random.Random) -> Round:
    with ExitStack() as standing:
        with ThreadPoolExecutor(2) as pool:
            started = [pool.submit(_serve, wreck, world, each, folder / f"{number:02}") for number, each in enumerate(settings())]
        workers = []
        for each in started:
            if not each.exception():
                workers.append(standing.enter_context(closing(each.result())))
        for each in started:
            each.result()
        for worker in workers:
            for _ in range(WARM_REQUESTS):
                worker.ask(trace_id(draw))
        took_s: dict[Setting, list[float]] = {worker.setting: [] for worker in workers}
        for _ in range(requests):
            for worker in draw.sample(workers, len(workers)):
                took_s[worker.setting].append(worker.ask(trace_id(draw)))
        sent = {worker.setting.page: worker.statements() for worker in workers if worker.setting.name == ON}
        # The middle one: what else runs on a core's other half can double what a single request takes.
        return Round({setting: statistics.median(times) * 1e3 for setting, times in took_s.items()}, sent)


class _Worker:
    """One gunicorn worker that serves one setting, and the way to ask it. ``close`` it."""

    def __init__(self, setting: Setting, gunicorn: Gunicorn, folder: Path):
        self.setting, self.gunicorn, self.folder = setting, gunicorn, folder
        (self.pid,) = gunicorn.worker_pids()

    def close(self) -> None:
        self.gunicorn.stop()

    def ask(self, id_: str) -> float:
        """Ask for the page once and return the CPU seconds that took the worker."""
        before_s = cpu_s(self.pid)
        status = _get(self.gunicorn.address, PATH, {"traceparent": f"00-{id_}-0000000000000001-01"})
        if status != 200:
            raise StackError(f"{PATH} with {self.setting.title}", f"status {status}", "its log says why")
        return cpu_s(self.pid) - before_s

    def statements(self) -> float:
        """Return how many statements a request sent, by its own spans: the middle one, for the first on a connection asks the server who it is."""
        text = next(self.folder.glob("spans-*.jsonl")).read_text(encoding="utf-8")
        return statistics.median(line.count('["sqlalchemy"') for line in text.splitlines())


def _serve(wreck: Wreck, world: World, setting: Setting, folder: Path) -> _Worker:
    arm = wreck.arm(setting.page)
    # Set for its sessions alone: the settings share a database.
    url = named(world.place(arm).url, "bench", "-c log_min_duration_statement=" + ("0" if setting.has_log else "-1"))
    spans_folder = folder / "spans"
    spans_folder.mkdir(parents=True)
    environment = {
        application.SLUG: wreck.slug,
        application.HANDLER: arm.handler,
        application.DATABASE_URL: url,
        application.SPANS: "" if setting.off is None else str(spans_folder),
        application.PROBES_OFF: " ".join(setting.off or ()),
    }
    gunicorn = Gunicorn(folder, environment, workers=1)
    gunicorn.__enter__()
    return _Worker(setting, gunicorn, spans_folder)


def _get(address: str, path: str, headers: dict[str, str]) -> int:
    """Return the status of one answer, read to its end, whatever is in it."""
    if address.startswith("unix:"):
        connection = http.client.HTTPConnection("localhost", timeout=TIMEOUT_S)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(TIMEOUT_S)
        connection.sock.connect(address.removeprefix("unix:"))
    else:
        connection = http.client.HTTPConnection(address, timeout=TIMEOUT_S)
    with closing(connection):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status


def cpu_s(pid: int) -> float:
    """Return the CPU seconds a process has used: on Linux to the nanosecond, by its own clock (clock_getcpuclockid(3))."""
    if sys.platform == "linux":
        return time.clock_gettime(~pid << 3 | 2)
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


# --- what it comes to ----------------------------------------------------------------------------


def table(rounds: Sequence[Round]) -> list[ProbeSetting]:
    """Return each setting's CPU a request and what of the watched worker's CPU it saves, over rounds."""
    return [
        ProbeSetting(
            page=each.page,
            setting=each.name,
            title=each.title,
            statements_per_request=rounds[0].statements[each.page],
            cpu_ms=interval([round_.cpu_ms[each] for round_ in rounds]),
            share=None if each.name == ON else interval(list(_saved(rounds, each))),
        )
        for each in rounds[0].cpu_ms
    ]


def _saved(rounds: Sequence[Round], setting: Setting) -> Iterator[float]:
    for round_ in rounds:
        on = next(ms for each, ms in round_.cpu_ms.items() if (each.page, each.name) == (setting.page, ON))
        yield 1 - round_.cpu_ms[setting] / on


def findings(found: Sequence[ProbeSetting]) -> dict[str, Finding]:
    """Return the probe effect on both pages; the budget is on the chatty one."""
    by_page = {each.page: each for each in found if each.setting == OFF}
    chatty, quiet = by_page[CHATTY], by_page[QUIET]
    return {
        "probes": finding(
            f"share of a worker's CPU that all probes take, on a page of {chatty.statements_per_request:.0f} statements",
            "share", chatty.share, at_most=SHARE_AT_MOST,
        ),
        "probes-few": finding(
            f"share of a worker's CPU that all probes take, on a page of {quiet.statements_per_request:.0f} statements", "share", quiet.share,
        ),
    }  # fmt: skip
