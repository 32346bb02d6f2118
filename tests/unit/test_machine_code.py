"""The routines do what their instructions say, and the chain they follow is one round through every node."""

from __future__ import annotations

import ctypes
import mmap
import platform
import random

import pytest

from scenarios.measure.soundings import hardware, machine_code
from scenarios.measure.soundings.place import QUICK

HERE = machine_code.why_not()
"""None on the processor that the routines are for; what they do there cannot be seen elsewhere."""
on_this_processor = pytest.mark.parametrize("why", [pytest.param(None, id=platform.machine())] if HERE is None else [])


def reads(address: int) -> int:
    return ctypes.c_uint64.from_address(address).value


@pytest.mark.parametrize("count", [2, 3, 64, 1000])
def test_a_chain_meets_every_node_once_before_the_first_again(count):
    with hardware.memory(count * 256) as (held, address):
        hardware.lay_chain(held, address, count, 256)
        met, at = [], address
        for _ in range(count):
            met.append(at)
            at = reads(at)
        assert at == address and sorted(met) == [address + 256 * number for number in range(count)]


@on_this_processor
@pytest.mark.parametrize("steps", [1, 2, 63, 64, 65, 1000])
def test_following_ends_where_python_ends(why, steps):
    with hardware.memory(64 * 64) as (held, address):
        hardware.lay_chain(held, address, 64, 64)
        at = address
        for _ in range(steps):
            at = reads(at)
        assert machine_code.follow()(address, steps) == at


@on_this_processor
@pytest.mark.parametrize("length", [1, 2, 4095, 4096])
def test_counting_finds_what_is_not_zero(why, length):
    drawn = bytes(random.Random(length).choices((0, 0, 1, 255), k=length))
    with hardware.memory(length + 1) as (held, address):
        held[: length + 1] = drawn + b"\x07"  # What is behind the end is not counted.
        assert machine_code.count()(address, length) == length - drawn.count(0)


@on_this_processor
def test_a_mutex_is_free_again_and_a_call_that_fails_is_told(why):
    library = ctypes.CDLL(None)
    lock, unlock, try_lock = (
        ctypes.cast(getattr(library, f"pthread_mutex_{name}"), ctypes.c_void_p).value for name in ("lock", "unlock", "trylock")
    )
    with hardware.memory(mmap.PAGESIZE) as (_, mutex):
        assert machine_code.lock()(mutex, lock, unlock, 1000) == 0
        assert library.pthread_mutex_trylock(ctypes.c_void_p(mutex)) == 0
        # Held now: to try for it fails, and says so.
        assert machine_code.lock()(mutex, try_lock, try_lock, 1) != 0


@on_this_processor
def test_what_is_put_out_of_the_caches_is_still_in_memory(why):
    drawn = random.Random(1).randbytes(1 << 16)
    with hardware.memory(1 << 16) as (held, address):
        held[: 1 << 16] = drawn
        machine_code.evict()(address, (1 << 16) // 64)
        assert held[: 1 << 16] == drawn


def test_another_processor_has_no_rows_and_says_why(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    found = hardware.measured(QUICK)
    assert found.keys() == hardware.TITLES.keys()
    assert all(each.measured is None and "riscv64" in each.absent for each in found.values())


def test_a_system_that_lets_nobody_write_instructions_is_told(monkeypatch):
    def refuses(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(platform, "machine", lambda: machine_code.PROCESSORS[0])
    machine_code._page.cache_clear()
    monkeypatch.setattr(machine_code.mmap, "mmap", refuses)
    assert "Permission denied" in machine_code.why_not()
    monkeypatch.undo()
    machine_code._page.cache_clear()


def test_every_row_has_its_rounds_and_says_how():
    found = hardware.measured(QUICK)
    assert all((each.measured is None) == bool(HERE) for each in found.values())
    for each in found.values():
        assert each.absent or (len(each.measured.rounds) == QUICK.rounds and each.operations and each.how)
