"""A worker's reading of its own memory."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from scenarios.measure.probes import memory
from scenarios.record import Memory

SAID = """
Small block threshold = 512, in 32 size classes.
# arenas allocated current         =                  188
188 arenas * 1048576 bytes/arena   =          197,132,288

# bytes in allocated blocks        =           33,689,600
# bytes in available blocks        =              302,000
           80 free PyDictObjects * 48 bytes each =                3,840
   2000 free 3-sized PyTupleObjects * 48 bytes each =           96,000
"""


def test_the_allocator_s_own_words_are_understood():
    told = memory.pools_told(SAID)
    assert told["pool_mb"] == 188 and told["arenas"] == 188
    assert told["pool_used_mb"] == pytest.approx(33_689_600 / 2**20)
    assert told["free_listed"] == 2_080 and told["free_listed_mb"] == pytest.approx((80 * 48 + 2_000 * 48) / 2**20)


def test_of_another_allocator_nothing_is_told():
    assert set(memory.pools_told("Small block threshold").values()) == {None}


def test_a_reading_fits_the_record_and_changes_nothing_it_reads():
    watch = memory.Watch()
    watch.begin()
    for reading in (watch.read(), watch.read()):
        kept = Memory(path="/x", **reading)
    assert kept.rss_mb > 5
    assert (kept.pool_used_mb or 0) <= (kept.pool_mb or 0) and (kept.malloc_used_mb or 0) <= (kept.malloc_mb or 0)


def test_the_peak_is_this_request_s():
    watch = memory.Watch()
    watch.begin()
    held = bytearray(64 * 2**20)
    held[::4096] = b"x" * len(held[::4096])
    del held
    high = watch.read()
    watch.begin()
    low = watch.read()
    if memory.CLEAR_REFS.exists():
        assert high["peak_mb"] - low["peak_mb"] > 40 and low["peak_mb"] >= low["rss_mb"] - 1
    else:  # No Linux: nothing is told rather than something else.
        assert high["peak_mb"] is low["peak_mb"] is None


def test_where_it_cannot_be_forgotten_there_is_no_peak(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "CLEAR_REFS", tmp_path / "nowhere" / "clear_refs")
    watch = memory.Watch()
    watch.begin()
    assert watch.read()["peak_mb"] is None


def test_only_the_application_s_own_full_collections_are_counted():
    watch = memory.Watch()

    def circle():
        each: list = []
        each.append(each)

    gc.disable()
    try:
        watch.begin()
        circle()
        gc.collect()
        assert watch.read()["collected"] is None, "before the answer was made"
        watch.begin()
        circle()
        watch.answered()
        gc.collect()
        assert watch.read()["collected"] >= 1
    finally:
        gc.enable()
        gc.callbacks.remove(watch._heard)


def test_without_python_s_allocator_its_pools_are_none():
    asked = "from scenarios.measure.probes import memory; told = memory.pools(); print(told['pool_mb'], memory.malloc()[0])"
    said = subprocess.run(
        [sys.executable, "-c", asked], env={"PYTHONMALLOC": "malloc"}, capture_output=True, text=True, check=True
    ).stdout.split()
    assert said[0] == "None"


def test_what_others_wrote_to_standard_error_stays_there(capfd):
    memory.pools()
    sys.stderr.write("still here\n")
    sys.stderr.flush()
    assert capfd.readouterr().err == "still here\n"
