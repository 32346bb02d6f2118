"""The recorder's own cost: time, memory and bytes of evidence to boil down runs of ever more requests.

Run as ``python -m scenarios.measure.bench.recorder FOLDER``: it reads what client and workers wrote there, makes round and samples of it
as a rebuild does, and prints what that took. Each size has a Python of its own, so that one's memory is not the next one's.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

from scenarios import record as contract
from scenarios.bench import Finding, Recorded, finding
from scenarios.claims import interval
from scenarios.measure import assemble
from scenarios.measure import requests as joined
from scenarios.measure.bench import child, made_up
from scenarios.measure.probes import memory
from scenarios.measure.run import Run
from scenarios.measure.summary import summarise
from scenarios.wreck import Arm, Experiment, OpenLoop, Wreck

FLAT_FROM = 10_000
FLAT_TIMES = 1.25
"""What is flat may be so many times what it was at ``FLAT_FROM``: allocators round up."""
ARM = Arm("made-up", "Made up", handler="none")
EXPERIMENT = Experiment("made-up", "Made up", "none", OpenLoop(made_up.RATE_PER_S, 1), ("made-up",), keep_samples=True, keep_traces=True)
WRECK = Wreck("Made up", "None", (ARM,), ("/made-up",), (EXPERIMENT,), (), slug="made-up")


def measured(sizes: Sequence[int], folder: Path, rounds: int, begin=lambda what: None) -> dict[int, list[dict]]:
    """Return, by the number of requests, what boiling so many down took each time (see ``main``)."""
    found: dict[int, list[dict]] = {size: [] for size in sizes}
    folder.mkdir(parents=True)
    for size in sizes:
        begin(f"recorder, {size:,} requests")
        at = folder / str(size)
        try:
            made_up.write(at, size)
            found[size] = [child.told("the recorder", "scenarios.measure.bench.recorder", [at], folder / f"{size}.log") for _ in range(rounds)]
        finally:
            shutil.rmtree(at, ignore_errors=True)
    return found


def main(folder: Path) -> dict:
    """Boil a run down; return ``time_s``, ``memory_mb`` (the most held beyond what was held before) and ``evidence_bytes``."""
    before_mb, _ = memory.resident()
    began = time.perf_counter()
    text = recorded(folder)
    took_s = time.perf_counter() - began
    after_mb, peak_mb = memory.resident()
    return {"time_s": took_s, "memory_mb": (peak_mb or after_mb) - before_mb, "evidence_bytes": len(text.encode())}


def recorded(folder: Path) -> str:
    """Return what would be written of the run in ``folder``: its arm's result, its samples and its traces."""
    found, own = joined.read_client(folder / "client.jsonl")
    joined.add_spans(found, folder / "spans")
    summary = summarise(EXPERIMENT, WRECK, found, [], own, _idle(), [], kills=None, round_trip_ms=None, yardstick_ms=1.0, round_=1, position=1)
    run = Run(EXPERIMENT, ARM, summary, found)
    traces = assemble.trace_files(WRECK, [run])
    parts = [assemble.arm_result([run], None), assemble.samples(WRECK, [run], traces)]
    return "".join([*map(contract.dumps, parts), *traces.values()])


def _idle() -> SimpleNamespace:
    """Return instruments that saw nothing: what they hold does not depend on the number of requests."""
    processes = SimpleNamespace(cpu_s=dict, rss_mb_max={}, readings=[])
    machine = SimpleNamespace(load1=0.0)
    return SimpleNamespace(
        statements=[], processes=processes, database={}, steal_share=0.0, others_cores=0.0, machine=machine, activity=None
    )


# --- what it comes to ----------------------------------------------------------------------------


def table(found: dict[int, list[dict]]) -> list[Recorded]:
    """Return each size's time, memory and bytes, over its repeats."""
    return [
        Recorded(requests=size, **{name: interval([each[name] for each in same]) for name in ("time_s", "memory_mb", "evidence_bytes")})
        for size, same in found.items()
    ]


def findings(found: dict[int, list[dict]]) -> dict[str, Finding]:
    """Return how memory and bytes of the longest run compare with those at ``FLAT_FROM``, where both were measured."""
    longest = max(found)
    said = {
        "recorder-time": finding(f"to boil down a run of {longest:,} requests", "s", interval([each["time_s"] for each in found[longest]])),
    }
    if FLAT_FROM in found and longest > FLAT_FROM:
        for name, what in (("memory_mb", "memory"), ("evidence_bytes", "evidence")):
            times = [more[name] / less[name] for more, less in zip(found[longest], found[FLAT_FROM], strict=True)]
            said[f"recorder-{what}"] = finding(
                f"times as much {what} for {longest:,} requests as for {FLAT_FROM:,}", "times", interval(times, is_ratio=True), at_most=FLAT_TIMES,
            )  # fmt: skip
    return said


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
