"""Whatever befalls a rebuild: its evidence is whole, nothing is left of it, and the next one works.

``DIVING_KILLS`` is how often a rebuild is killed (2; 100 is the long run, about a quarter of an hour).
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from scenarios.record import read_plans, read_record, read_samples, read_series
from tests.stack.conftest import until
from tests.stack.leftovers import control_groups, left, processes, scratch, shared_memory
from tests.stack.little_room import little_room, may_mount, no_large_files
from tests.stack.small_checkout import SmallCheckout, small_checkout
from tests.unit.test_store import contents

KILLS = int(os.environ.get("DIVING_KILLS", "2"))
FENCE_MB = 400


@pytest.fixture(scope="module")
def checkout():
    """A checkout that has been rebuilt once; in the end nothing has to do with it."""
    folder = Path(tempfile.mkdtemp(prefix="wreck-faults-"))
    folder.chmod(0o755)
    made = small_checkout(folder)
    timed(made)
    yield made
    try:
        works(made)
        assert processes(folder) == []
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def harmless(small: SmallCheckout):
    """Whatever befalls the rebuild in the block, the evidence is as it was, and nothing is left.

    The block is given a list for shared memory to look for.
    """
    old, groups, segments = whole(small.evidence), control_groups(), []
    yield segments
    until(lambda: not left(small.folder, segments), f"nothing left: {left(small.folder, segments)}")
    assert whole(small.evidence) == old
    assert control_groups() <= groups


def works(small: SmallCheckout) -> None:
    """Assert that the next rebuild works, and clears up what only it can."""
    old = whole(small.evidence)
    small.declare()
    timed(small)
    assert whole(small.evidence) != old
    assert scratch(small.cache, small.temporary, small.site_data) == []


def error_of(small: SmallCheckout, status: int) -> str:
    """Return the one line that a rebuild which failed ends with."""
    said = small.said()
    lines = [line for line in said.splitlines() if line.startswith("invoke: ")]
    assert status == 1 and len(lines) == 1 and said.rstrip().endswith(lines[0]) and "Traceback" not in said, said
    assert len(lines[0].split("; ")) >= 3, "wanted, got, and what to do"
    return lines[0]


def traffic_begun(small: SmallCheckout, known: list[Path]) -> Path:
    """Return the folder of the first run whose traffic is on, of a rebuild begun since ``known``."""
    runs = small.cache / "runs"
    return until(lambda: next((go.parent for go in runs.glob("*/*/go") if go.parent.parent not in known), None), "traffic")


def whole(evidence: Path) -> dict[str, bytes]:
    """Return the files of a wreck's evidence, proven to be all of one run."""
    record, samples, _ = read_record(evidence), read_samples(evidence), read_plans(evidence)
    (arm,) = record.experiments["headline"].arms.values()
    for run, counted in zip(samples.runs, arm.rounds, strict=True):
        # Of many requests some are kept.
        are_all = len(run.latency_ms) == counted.requests
        assert run.round == counted.round and (max(run.latency_ms) == counted.latency_ms.max if are_all else set(run.latency_ms))
    assert [run.round for run in read_series(evidence).runs]
    named = set(arm.traces.values()) | {id_ for run in samples.runs for id_ in run.trace if id_}
    assert {path.stem for path in (evidence / "traces").iterdir()} == named
    return contents(evidence)


# --- killed ------------------------------------------------------------------------------------------------


def shares(kills: int, seed: int = 1) -> list[float]:
    """Return when to kill, as shares of a rebuild's life: one moment, drawn, in each of so many equal parts, in a drawn order."""
    draw = random.Random(seed)
    drawn = [(part + draw.random()) / kills for part in range(kills)]
    draw.shuffle(drawn)
    return drawn


def kill_after(small: SmallCheckout, moment_s: float) -> tuple[float, list[str]]:
    """Kill a rebuild when it has lived so long; half as long, and so on, where it was over by then.

    Return how long it lived, and what shared memory its servers had.
    """
    while True:
        process, segments = small.start(), []
        try:
            process.wait(moment_s)
        except subprocess.TimeoutExpired:
            segments = shared_memory(small.folder)
            process.kill()
        if process.wait(60) == -signal.SIGKILL:
            return moment_s, segments
        moment_s /= 2


def timed(small: SmallCheckout, told: str = "") -> float:
    """Run a rebuild that must work, and return how long it took."""
    began = time.monotonic()
    status, said = small.run()
    assert status == 0, f"{said}; {told}"
    return time.monotonic() - began


def test_the_rebuild_killed_at_any_moment(checkout):
    """SIGKILL, at moments spread over its whole life, one in three times over that of the first rebuild ever, which makes the world."""
    groups, small, folder = control_groups(), checkout, checkout.folder
    small.declare(memory_limit_mb=FENCE_MB)
    shutil.rmtree(small.cache / "worlds")
    first_s, later_s = timed(small), timed(small)
    replaced = 0
    for turn, share in enumerate(shares(KILLS)):
        is_first = turn % 3 == 0
        if is_first:
            shutil.rmtree(small.cache / "worlds")
        old = whole(small.evidence)
        lived_s, segments = kill_after(small, share * (first_s if is_first else later_s))
        told = f"killed after {lived_s:.2f} s, {'world and all' if is_first else 'the world being there'}: {small.said()[-500:]}"
        until(lambda segments=segments: not left(folder, segments), f"nothing left, {left(folder, segments)}, {told}")
        now = whole(small.evidence)
        replaced += now != old
        took_s = timed(small, told)
        later_s = later_s if is_first else took_s
        assert whole(small.evidence) != now, told
        assert scratch(small.cache, small.temporary, small.site_data) == [], told
        assert control_groups() <= groups and len(list(small.cache.glob("runs/*"))) <= 3, told
    print(f"{KILLS} rebuilds killed; {replaced} of them had put new evidence in place by then")


# --- one of them killed --------------------------------------------------------------------------------------


MANY = 1_000_000
"""Requests: more than are sent before what is to happen happens."""


def oldest(small: SmallCheckout, word: str) -> psutil.Process:
    """Return the oldest process of the stack with ``word`` in its command."""
    found = [int(line.split()[1]) for line in processes(
        small.folder
    ) if word in line and "warden.py" not in line and "small_checkout" not in line]
    return min(map(psutil.Process, found), key=lambda process: process.create_time())


@pytest.mark.parametrize(
    ("word", "named"),
    [
        ("/postgres -D", "postgres to keep running; got it was killed by SIGKILL"),
        ("nginx", "nginx to keep running; got it was killed by SIGKILL"),
        ("gunicorn", "gunicorn to keep running; got it was killed by SIGKILL"),
        ("traffic.client", "the traffic generator for web to finish; got it was killed by SIGKILL"),
    ],
)
def test_a_server_killed_amid_traffic(checkout, word, named):
    known = [*checkout.cache.glob("runs/*")]
    checkout.declare(requests=MANY)
    with harmless(checkout) as segments:
        process = checkout.start()
        traffic_begun(checkout, known)
        segments += shared_memory(checkout.folder)
        oldest(checkout, word).kill()
        assert named in error_of(checkout, process.wait(60))
    assert segments


def test_a_worker_killed_is_evidence(checkout):
    known = [*checkout.cache.glob("runs/*")]
    checkout.declare(requests=300)
    process = checkout.start()
    traffic_begun(checkout, known)
    (worker,) = oldest(checkout, "gunicorn").children()
    worker.kill()
    assert process.wait(120) == 0, checkout.said()
    first, second = read_record(checkout.evidence).experiments["headline"].arms["wrecked"].rounds
    assert first.workers_died == ["SIGKILL"] and second.workers_died == [] and first.requests == second.requests == 300


# --- no room -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["site_data", "runs", "cache"])
def test_a_full_disk(checkout, what):
    """On a small file system of its own where we may mount one; else no file may grow, which is told."""
    cache = checkout.folder / "small-cache"
    place, size = {"site_data": (checkout.site_data, 256 << 10), "runs": (checkout.cache / "runs", 4 << 20), "cache": (cache, 8 << 20)}[
        what
    ]
    checkout.declare()
    with harmless(checkout), little_room(place, size) as (kind, options):
        process = checkout.start(**options, **({"cache": cache} if what == "cache" else {}))
        line = error_of(checkout, process.wait(120))
    print(f"{what}: by {kind}: {line}")
    assert NO_ROOM.search(line) and "room" in line, line
    assert kind == ("tmpfs" if may_mount() else "RLIMIT_FSIZE")
    if what == "site_data":
        works(checkout)


NO_ROOM = re.compile("no space left|file too large|SIGXFSZ|File size limit", re.IGNORECASE)


def test_files_that_may_not_grow(checkout):
    """What a machine where nothing may be mounted tests in place of a full disk."""
    with harmless(checkout):
        line = error_of(checkout, checkout.start(preexec_fn=no_large_files).wait(120))
    assert NO_ROOM.search(line) and "room" in line, line


# --- two at once ---------------------------------------------------------------------------------------------


def test_two_rebuilds_at_once(checkout):
    known = [*checkout.cache.glob("runs/*")]
    checkout.declare(requests=MANY)
    with harmless(checkout):
        first = checkout.start()
        traffic_begun(checkout, known)
        runs, evidence = sorted(checkout.cache.glob("runs/*")), contents(checkout.site_data)
        for words in (("rebuild", "--force"), ("rebuild", "--quick", "--force")):
            status, said = checkout.run(*words, log="second.log")
            assert status == 1 and said.startswith(
                "invoke: wanted this checkout to itself; got another rebuild or bench at work in it;"
            ), said
            assert said.count("\n") == 1
        assert first.poll() is None and sorted(checkout.cache.glob("runs/*")) == runs and contents(checkout.site_data) == evidence
        assert not (checkout.checkout / ".trial").exists()
        first.terminate()
        assert first.wait(60) == 143


# --- evidence damaged ------------------------------------------------------------------------------------------


def cut_short(content: bytes) -> bytes:
    return content[: len(content) // 2]


def turned(content: bytes) -> bytes:
    """Turn one bit of a digit: a number still, and another."""
    at = re.search(rb"\d\.\d", content).start()
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


DAMAGES = {
    "cut short": ("record.json", cut_short, "record.json"),
    "a bit turned": ("samples.json", turned, "samples.json"),
}


def test_damaged_evidence_is_named_and_made_anew(checkout):
    """By a rebuild that nobody forced, where but for the damage nothing has changed."""
    checkout.declare()
    timed(checkout)
    for damage, (name, inflict, because) in DAMAGES.items():
        path = checkout.evidence / name
        damaged = inflict(path.read_bytes())
        path.write_bytes(damaged)
        status, said = checkout.run("rebuild")
        why = next(line for line in said.splitlines() if line.startswith("dinghy: running, because "))
        assert status == 0 and because in why, (damage, said)
        assert path.read_bytes() != damaged, damage
        whole(checkout.evidence)
    assert ": fresh, " in checkout.run("rebuild")[1]


# --- the clock set -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_a_clock_set_amid_traffic(checkout, seconds):
    """The rebuilding process's alone: this machine's is not ours to set."""
    known = [*checkout.cache.glob("runs/*")]
    checkout.declare(requests=300)
    with harmless(checkout):
        process = checkout.start()
        traffic_begun(checkout, known)
        checkout.clock.write_text(str(seconds))
        line = error_of(checkout, process.wait(60))
        checkout.clock.unlink()
    said = f"a wall clock that goes evenly during headline, wrecked; got one that was set by {seconds:+,}.0"
    assert said in line.replace(".00", ".0"), line
