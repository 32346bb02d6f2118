"""Four routines too quick for any interpreter to time, as the processor's own instructions: no compiler is asked for.

What takes a nanosecond is timed by having the processor do it a million times over with nothing between. Each routine is a few
dozen bytes for x86-64 under System V's calling convention (Linux), as GNU as makes them of the instructions written beside them;
they are put where code may lie and called through ctypes. Other processors have none here, and their rows stay empty.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import platform
import sys
from collections.abc import Callable

PROCESSORS = ("x86_64", "AMD64")

# rdi: a node, which holds the address of the next; rsi: how many steps. Returns the node that it ends at.
_FOLLOW = bytes.fromhex(
    "48 8b 3f"  # 1: mov rdi, [rdi]      each load waits for the one before: its address is what that one loads
    "48 ff ce"  #    dec rsi
    "75 f8"  #       jnz 1b
    "48 89 f8"  #    mov rax, rdi
    "c3"  #          ret
)

# rdi: bytes; rsi: how many. Returns how many are not 0, found with a branch that goes as the byte says.
_COUNT = bytes.fromhex(
    "31 c0"  #           xor eax, eax
    "80 7c 37 ff 00"  # 1: cmp byte [rdi + rsi - 1], 0
    "74 03"  #           je 2f
    "48 ff c0"  #        inc rax
    "48 ff ce"  #     2: dec rsi
    "75 f1"  #           jnz 1b
    "c3"  #              ret
)

# rdi: a mutex; rsi, rdx: the functions that lock and unlock it; rcx: how often. Returns 0 if they always did.
_LOCK = bytes.fromhex(
    "53 41 54 41 55 41 56 41 57"  # push rbx, r12, r13, r14, r15   the caller's; five make the stack even for the calls
    "49 89 fc 49 89 f5 49 89 d6"  # mov r12, rdi; mov r13, rsi; mov r14, rdx
    "48 89 cb 45 31 ff"  #          mov rbx, rcx; xor r15d, r15d
    "4c 89 e7 41 ff d5 41 09 c7"  # 1: mov rdi, r12; call r13; or r15d, eax
    "4c 89 e7 41 ff d6 41 09 c7"  #    mov rdi, r12; call r14; or r15d, eax
    "48 ff cb 75 e9"  #                dec rbx; jnz 1b
    "44 89 f8"  #                   mov eax, r15d
    "41 5f 41 5e 41 5d 41 5c 5b c3"  # pop r15, r14, r13, r12, rbx; ret
)

# rdi: where; rsi: how many cache lines. Returns nothing of worth; every line is in memory then, and in no cache.
_EVICT = bytes.fromhex(
    "0f ae 3f"  #    1: clflush [rdi]
    "48 83 c7 40"  #    add rdi, 64
    "48 ff ce"  #       dec rsi
    "75 f4"  #          jnz 1b
    "0f ae f0"  #       mfence
    "c3"  #             ret
)

Routine = Callable[..., int]


def why_not() -> str | None:
    """Return why these routines cannot run here, None where they can."""
    if not sys.platform.startswith("linux") or platform.machine() not in PROCESSORS or ctypes.sizeof(ctypes.c_void_p) != 8:
        return f"there are no instructions of ours for this processor ({platform.machine()} under {sys.platform})"
    try:
        _page()
    except OSError as fault:
        return f"this system lets no program write its own instructions ({fault.strerror})"
    return None


@functools.cache
def _page() -> mmap.mmap:
    """Return one page that holds every routine, kept as long as this process: a routine outlives whoever asked for it."""
    page = mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    for at, code in enumerate((_FOLLOW, _COUNT, _LOCK, _EVICT)):
        page[at * _ROOM : at * _ROOM + len(code)] = code
    return page


_ROOM = 128
"""Bytes for each: they begin at a cache line of their own."""


def _routine(number: int, arguments: int) -> Routine:
    address = address_of(_page()) + number * _ROOM
    return ctypes.CFUNCTYPE(ctypes.c_uint64, *[ctypes.c_uint64] * arguments)(address)


def address_of(held: mmap.mmap) -> int:
    """Return where memory begins that may be written to; it is there as long as ``held`` is."""
    return ctypes.addressof(ctypes.c_char.from_buffer(held))


def follow() -> Routine:
    """Return ``follow(node, steps)``: the address of the node so many steps on. ``steps`` is at least 1."""
    return _routine(0, 2)


def count() -> Routine:
    """Return ``count(bytes, length)``: how many bytes at an address are not 0. ``length`` is at least 1."""
    return _routine(1, 2)


def lock() -> Routine:
    """Return ``lock(mutex, lock, unlock, times)``, all but the last addresses: 0 if each call returned 0."""
    return _routine(2, 4)


def evict() -> Routine:
    """Return ``evict(where, lines)``, which puts so many cache lines out of every cache."""
    return _routine(3, 2)
