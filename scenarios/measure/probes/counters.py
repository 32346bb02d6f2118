"""What the database and the machine counted over a run: differences of running totals."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

_MAINTENANCE = "SELECT coalesce(sum(autovacuum_count + autoanalyze_count), 0) FROM pg_stat_user_tables"
_CHECKPOINTS = {True: "SELECT num_timed + num_requested FROM pg_stat_checkpointer", False: "SELECT checkpoints_timed + checkpoints_req FROM pg_stat_bgwriter"}


def database(connection) -> dict[str, float]:
    """Return the running totals of the database that ``connection`` is open on.

    Blocks and rows are not among them: sessions report those a second late or later, so that a short run would show none.
    """
    totals = {}
    with connection.cursor() as cursor:
        cursor.execute(_MAINTENANCE)
        totals["autovacuums"] = float(cursor.fetchone()[0])
        cursor.execute(_CHECKPOINTS[connection.server_version >= 170000])
        totals["checkpoints"] = float(cursor.fetchone()[0])
    return totals


def difference(after: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {name: max(0.0, after[name] - before[name]) for name in after}


class Machine:
    """CPU that the hypervisor took, CPU that others used, and the load, around a run."""

    def __init__(self):
        self.load1 = os.getloadavg()[0]
        self._began_s, self._own_s = time.monotonic(), time.process_time()
        self._before = psutil.cpu_times()

    def others_cores(self, ours_s: float) -> float:
        """Return how many cores on average since the start were used by what is neither this process nor the run's.

        ``ours_s``: CPU seconds of the run's processes. The kernel's own work for the network is nobody's.
        """
        after, took_s = psutil.cpu_times(), time.monotonic() - self._began_s
        used_s = sum(getattr(after, kind) - getattr(self._before, kind) for kind in ("user", "nice", "system") if hasattr(after, kind))
        return max(0.0, used_s - ours_s - (time.process_time() - self._own_s)) / took_s if took_s > 0 else 0.0

    def steal_share(self) -> float | None:
        """Return the share of all CPU time since the start that went to other guests, None where unknown."""
        after = psutil.cpu_times()
        if not hasattr(after, "steal"):
            return None
        total = sum(after) - sum(self._before)
        return min(1.0, max(0.0, (after.steal - self._before.steal) / total)) if total > 0 else 0.0


@dataclass(frozen=True)
class Reading:
    """All groups of processes at one moment."""

    at_s: float
    """Unix time."""
    cpu_s: dict[str, float]
    """Used since the first reading."""
    rss_mb: dict[str, float]


class Processes:
    """CPU and memory of groups of processes over a run. ``groups`` returns name to pids, asked anew each time."""

    def __init__(self, groups):
        self.groups = groups
        self.readings: list[Reading] = []
        self._cpu_s: dict[tuple[str, int], float] = {}
        self._first: dict[tuple[str, int], float] = {}
        self.sample()

    def sample(self) -> None:
        """Read all processes once. A process born during the run counts from its birth."""
        is_first, rss_mb = not self.readings, {}
        for group, pids in self.groups().items():
            rss = 0
            for pid in pids:
                try:
                    process = psutil.Process(pid)
                    with process.oneshot():
                        times = process.cpu_times()
                        rss += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
                key = (group, pid)
                self._cpu_s[key] = times.user + times.system
                self._first.setdefault(key, self._cpu_s[key] if is_first else 0.0)
            rss_mb[group] = rss / 2**20
        self.readings.append(Reading(time.time(), self.cpu_s(), rss_mb))

    @property
    def rss_mb_max(self) -> dict[str, float]:
        names = {name for reading in self.readings for name in reading.rss_mb}
        return {name: max(reading.rss_mb.get(name, 0.0) for reading in self.readings) for name in sorted(names)}

    def cpu_s(self) -> dict[str, float]:
        """Return CPU seconds by group between the first and the last sample."""
        used: dict[str, float] = {}
        for key, seconds in self._cpu_s.items():
            used[key[0]] = used.get(key[0], 0.0) + max(0.0, seconds - self._first[key])
        return used


def cores(readings: Sequence[Reading], start_s: float, end_s: float) -> dict[str, float]:
    """Return the cores each group used between two moments (Unix time), from the readings nearest to them; {} without two."""
    if len(readings) < 2:
        return {}
    first = min(readings, key=lambda r: abs(r.at_s - start_s))
    last = min(readings, key=lambda r: abs(r.at_s - end_s))
    if last.at_s <= first.at_s:
        return {}
    took_s = last.at_s - first.at_s
    return {name: max(0.0, (last.cpu_s[name] - first.cpu_s.get(name, 0.0)) / took_s) for name in last.cpu_s}
