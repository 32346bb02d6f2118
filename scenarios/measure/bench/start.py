"""How long until a page can be asked for: from nothing kept, and from what an earlier run kept.

Run as ``python -m scenarios.measure.bench.start FOLDER SCALE``: it brings everything up once, asks, and prints the seconds that took.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from scenarios.bench import Finding, finding
from scenarios.claims import interval
from scenarios.diceworld.scales import DEFAULT_SEED
from scenarios.errors import StackError
from scenarios.measure.bench import child
from scenarios.measure.stack.ports import get
from scenarios.measure.stack.stack import AppStack
from scenarios.measure.world import open_world
from scenarios.wreck import load

SLUG, ARM, PATH = "highly-selective", "aggregate-indexed", "/1000queries/jgarcia"
WORKERS = 10


def measured(folder: Path, scale: str, cold: int, kept: int, begin=lambda what: None) -> tuple[list[float], list[float]]:
    """Return the seconds of so many starts without anything kept, and of so many with."""
    folder.mkdir(parents=True)
    from_nothing, from_kept = [], []
    for number in range(cold):
        begin(f"stack start from nothing, {number + 1} of {cold}")
        with _cache(folder / f"cache-{number}") as cache:
            from_nothing.append(_started(folder / f"cold-{number}", scale, cache))
    with _cache(folder / "cache") as cache:
        _started(folder / "first", scale, cache)  # What is kept is made by this one.
        for number in range(kept):
            begin(f"stack start from what was kept, {number + 1} of {kept}")
            from_kept.append(_started(folder / f"kept-{number}", scale, cache))
    return from_nothing, from_kept


@contextlib.contextmanager
def _cache(folder: Path):
    folder.mkdir()
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _started(folder: Path, scale: str, cache: Path) -> float:
    folder.mkdir()
    arguments = [folder, scale]
    found = child.told("a stack", "scenarios.measure.bench.start", arguments, folder / "out.log", environment={"DIVING_CACHE": str(cache)})
    return found["start_s"]


def findings(from_nothing: Sequence[float], from_kept: Sequence[float], scale: str) -> dict[str, Finding]:
    return {
        "start-cold": finding(
            f"until the first answer with nothing kept: programs copied, the dice world of scale {scale} seeded, {WORKERS} workers started", "s",
            interval(from_nothing),
        ),
        "start-kept": finding("until the first answer with what an earlier run kept", "s", interval(from_kept)),
    }  # fmt: skip


def main(folder: Path, scale: str) -> float:
    """Bring database, workers and nginx up, ask once, and return the seconds that took."""
    wreck, began = load(SLUG), time.monotonic()
    arm = wreck.arm(ARM)
    with open_world(scale, DEFAULT_SEED, folder / "world") as world:
        with AppStack(folder / "web", wreck.slug, arm.handler, world.place(arm).url, WORKERS) as stack:
            answer = get(stack.nginx.address, PATH, timeout_s=60)
            took_s = time.monotonic() - began
    if answer is None or answer[0] != 200:
        raise StackError(f"an answer to {PATH}", "none" if answer is None else f"status {answer[0]}", "see the log of the application")
    return took_s


if __name__ == "__main__":
    print(json.dumps({"start_s": main(Path(sys.argv[1]), sys.argv[2])}))
