"""The traffic client's own limits: how fast it can ask at all, and how late it is at a given rate.

It asks a page that nginx answers by itself and does not log, so that what it waits for is itself and little else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scenarios.bench import Finding, Load, finding
from scenarios.claims import interval
from scenarios.measure.bench import child
from scenarios.measure.quantiles import quantile
from scenarios.measure.requests import read_client
from scenarios.measure.stack.nginx import ALIVE, Nginx
from scenarios.measure.summary import GENERATOR_LATE_MS
from scenarios.measure.traffic.schedule import open_loop
from scenarios.wreck import OpenLoop, Wreck

TIMES_THE_HIGHEST = 20
RATES_BELOW = (0.25, 0.5)
"""Of the rate that the budget is about: two lower ones, for a curve."""
CEILING_CLIENTS = 16
NOBODY = "127.0.0.1:9"
"""An upstream that nothing is passed to."""


@dataclass(frozen=True)
class Sent:
    """One run of the client."""

    rate_per_s: float | None
    """None for as fast as it can."""
    requests: int
    answered: int
    elapsed_s: float
    lateness_ms: list[float]
    """Sorted."""
    cpu_s: float


def highest_rate_per_s(wrecks: Iterable[Wreck]) -> float:
    """Return the highest rate at which any experiment sends requests by a schedule."""
    return max(e.traffic.rate_per_s for wreck in wrecks for e in wreck.experiments if isinstance(e.traffic, OpenLoop))


def measured(highest_per_s: float, folder: Path, rounds: int, duration_s: float, begin=lambda what: None) -> list[Sent]:
    """Return the client's runs at each rate and as fast as it can, every rate once a round."""
    rates = [highest_per_s * TIMES_THE_HIGHEST * share for share in (*RATES_BELOW, 1.0)]
    found = []
    folder.mkdir(parents=True)
    with Nginx(folder, NOBODY) as nginx:
        for number in range(1, rounds + 1):
            for rate in (*rates, None):
                begin(f"traffic client, round {number} of {rounds}: " + (f"{rate:g} requests/s" if rate else "as fast as it can"))
                found.append(_sent(nginx.url, rate, duration_s, folder / f"{number:02}-{rate or 'most'}", number))
    return found


def _sent(url: str, rate_per_s: float | None, duration_s: float, folder: Path, seed: int) -> Sent:
    folder.mkdir()
    plan = {"url": url, "paths": [ALIVE], "timeout_s": 30, "seed": f"{seed}", "workers": CEILING_CLIENTS, "warm_paths": [ALIVE], "warm_for_s": 0.0}
    if rate_per_s:
        plan["schedule"] = [[due.due_s, due.path, due.trace_id] for due in open_loop(rate_per_s, duration_s, "poisson", 1, seed)]
    else:
        plan |= {"clients": CEILING_CLIENTS, "begins_s": 0.0, "duration_s": duration_s, "requests": None, "weights": None, "draws": f"{seed}"}
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    (folder / "go").touch()
    told = folder / "client.jsonl"
    child.ended("the traffic generator", "scenarios.measure.traffic.client", [folder / "plan.json", told, folder / "go"], folder / "out.log")
    return read(told, rate_per_s)


def read(told: Path, rate_per_s: float | None) -> Sent:
    """Return what the client told of one run."""
    requests, own = read_client(told)
    return Sent(
        rate_per_s,
        requests.tally.count,
        requests.tally.statuses.get("200", 0),
        own["elapsed_s"],
        sorted(request.lateness_ms for request in requests),
        own["cpu_s"],
    )


# --- what it comes to ----------------------------------------------------------------------------


def table(sent: Sequence[Sent]) -> list[Load]:
    """Return each rate's lateness and cost, over rounds; the runs as fast as could be have none."""
    return [_load(rate, [each for each in sent if each.rate_per_s == rate]) for rate in sorted({each.rate_per_s for each in sent} - {None})]


def _load(rate_per_s: float, same: Sequence[Sent]) -> Load:
    return Load(
        rate_per_s=rate_per_s,
        requests=sum(each.requests for each in same),
        answered=sum(each.answered for each in same),
        lateness_ms_p50=interval([quantile(each.lateness_ms, 0.5) for each in same]),
        lateness_ms_p95=interval([quantile(each.lateness_ms, 0.95) for each in same]),
        cores=interval([each.cpu_s / each.elapsed_s for each in same]),
    )


def findings(sent: Sequence[Sent], highest_per_s: float) -> dict[str, Finding]:
    """Return the ceiling, against the highest rate of any wreck, and the lateness at the rate that the budget asks for."""
    ceiling = [each.answered / each.elapsed_s for each in sent if each.rate_per_s is None]
    asked = table(sent)[-1]
    return {
        "client-ceiling": finding(
            f"requests a second that the traffic's client can send and see answered, {CEILING_CLIENTS} at a time", "/s", interval(ceiling),
        ),
        "client-times": finding(
            f"times the highest rate that any wreck is asked at, which is {highest_per_s:g}/s", "times",
            interval([each / highest_per_s for each in ceiling], is_ratio=True), at_least=TIMES_THE_HIGHEST,
        ),
        "client-lateness": finding(
            f"lateness of its requests (p95) at {asked.rate_per_s:g}/s, {TIMES_THE_HIGHEST} times that rate", "ms",
            asked.lateness_ms_p95, at_most=GENERATOR_LATE_MS, about="A run whose client is later than that is not published.",
        ),
        "client-answered": finding(
            "share of the requests sent by a schedule that were answered", "share",
            interval([each.answered / each.requests for each in sent if each.rate_per_s]), at_least=1.0,
        ),
    }  # fmt: skip
