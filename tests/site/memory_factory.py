"""Made-up evidence of workers in bounded memory: what each held after a request, the kernel's kills, the group over time."""

from __future__ import annotations

from scenarios.record import Event, LogLine, Memory, Round, Series
from scenarios.wreck import Experiment

STEPS_MB = {"1": 64.0, "8": 70.0, "512": 225.0}
READINGS = 20
LOG = [
    LogLine(source="kernel", text="Memory cgroup out of memory: Killed process N (gunicorn)", offset_s=1.5, count=2),
    LogLine(source="nginx", text="upstream prematurely closed connection", offset_s=1.5, count=2),
]


def remembered(round_: Round, arm: str) -> Round:
    """Return a round whose workers read their own memory; of the wrecked arm the kernel killed two."""
    kills = 2 if arm == "wrecked" else 0
    factor = 1.0 if arm == "wrecked" else 0.3
    statuses = {"200": round_.requests - kills} | ({"502": kills} if kills else {})
    return round_.model_copy(
        update={
            "memory": [_reading(step, mb * factor) for step, mb in STEPS_MB.items()],
            "kills": kills,
            "workers_died": ["SIGKILL"] * kills,
            "statuses": statuses,
        }
    )


def _reading(step: str, rss_mb: float) -> Memory:
    return Memory(
        path=f"/boat/{step}", rss_mb=rss_mb, peak_mb=rss_mb * 1.3, pool_mb=rss_mb * 0.6, pool_used_mb=rss_mb * 0.2,
        arenas=round(rss_mb * 0.6),
        free_listed=6_000, free_listed_mb=0.4, malloc_mb=rss_mb * 0.2, malloc_used_mb=rss_mb * 0.15, collected=0,
    )  # fmt: skip


def series(declared: Experiment, arm: str) -> Series:
    """Return what the group held over the second round, and the moments of its kills."""
    at = [declared.traffic.duration_s * (i + 0.5) / READINGS for i in range(READINGS)]
    most = declared.memory_limit_mb * (1.0 if arm == "wrecked" else 0.4)
    events = [Event(at_s=at[i], kind="kill", text="1 killed") for i in (5, 12)] if arm == "wrecked" else []
    values = {"fence_mb": [most * min(1.0, (i + 1) / 6) for i in range(READINGS)], "rss_mb.gunicorn": [most] * READINGS}
    return Series(experiment=declared.name, arm=arm, round=2, at_s=at, values=values, events=events)
