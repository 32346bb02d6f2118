"""What the processor and its memory take, by instructions of their own and no interpreter between."""

from __future__ import annotations

import array
import contextlib
import ctypes
import mmap
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator

from scenarios.measure.soundings import machine_code
from scenarios.measure.soundings.place import Size
from scenarios.measure.soundings.rows import absent, taken, warmed
from scenarios.soundings import Sounding

LINE_BYTES = 64
NODE_BYTES = 256
"""A node has its own line and its neighbours', which a processor may fetch along with it."""
MEGABYTE = 1_000_000
SEED = 16

L1, BRANCH, MUTEX, MEMORY, MEGABYTE_OF_MEMORY = "deep-l1", "deep-branch", "deep-mutex", "deep-memory", "deep-memory-1mb"
TITLES = {
    L1: "L1 cache reference",
    BRANCH: "Branch mispredict",
    MUTEX: "Mutex lock and unlock",
    MEMORY: "Main memory reference",
    MEGABYTE_OF_MEMORY: "Read 1 MB in sequence from memory",
}


def measured(size: Size) -> dict[str, Sounding]:
    """Return the rows that take nanoseconds. All are empty on a processor that we have no instructions for."""
    if why := machine_code.why_not():
        return {name: absent(title, why) for name, title in TITLES.items()}
    times = max(round(size.round_s * 4e7), 10_000)
    return {
        L1: _row(L1, _l1(size.rounds, times), times, "A chain of 64 addresses, each the place of the next, followed round and round within 4 kB."),
        BRANCH: _row(
            BRANCH, _branch(size.rounds, times // 4), times // 8,
            "A branch that goes as a random bit says, less one that goes left and right in turns; half of the random ones are taken to be guessed wrong.",
        ),
        MUTEX: _row(MUTEX, _mutex(size.rounds, times // 4), times // 4, "The C library's pthread_mutex, which nobody else wants, in a process of two threads."),
        MEMORY: _row(
            MEMORY, _memory(size.rounds, nodes(size)), nodes(size),
            f"A chain through {nodes(size) * NODE_BYTES >> 20 or 1} MB in random order, every line of it put out of the caches first; in large pages where the kernel gives them.",
        ),
        MEGABYTE_OF_MEMORY: _row(
            MEGABYTE_OF_MEMORY, _sequence(size.rounds), 1, "The C library's memchr over 1,000,000 bytes that were put out of the caches first; the median of 9."
        ),
    }  # fmt: skip


def nodes(size: Size) -> int:
    """Return how long the chain through memory is: each node is met once."""
    return 1 << 12 if size.is_quick else 1 << 18


def _row(name: str, rounds_ns: list[float], operations: int, how: str) -> Sounding:
    return taken(TITLES[name], rounds_ns, operations, how)


def _l1(rounds: int, times: int) -> list[float]:
    with memory(mmap.PAGESIZE) as (held, address):
        lay_chain(held, address, mmap.PAGESIZE // LINE_BYTES, LINE_BYTES)
        follow = machine_code.follow()
        return warmed(rounds, lambda: _ns(lambda: follow(address, times)) / times)


def _memory(rounds: int, count: int) -> list[float]:
    with memory(count * NODE_BYTES, large_pages=True) as (held, address):
        lay_chain(held, address, count, NODE_BYTES)
        follow, evict = machine_code.follow(), machine_code.evict()

        def once() -> float:
            evict(address, count * NODE_BYTES // LINE_BYTES)
            return _ns(lambda: follow(address, count)) / count

        return warmed(rounds, once)


def _branch(rounds: int, count: int) -> list[float]:
    draw = random.Random(SEED)
    with memory(count) as (told, told_at), memory(count) as (even, even_at):
        told[:count] = bytes(draw.choices((0, 1), k=count))
        even[:count] = (b"\0\1" * (count // 2 + 1))[:count]
        counted = machine_code.count()
        wrong = count / 2
        return warmed(rounds, lambda: (_ns(lambda: counted(told_at, count)) - _ns(lambda: counted(even_at, count))) / wrong)


def _mutex(rounds: int, times: int) -> list[float]:
    library, over = ctypes.CDLL(None), threading.Event()
    functions = [ctypes.cast(each, ctypes.c_void_p).value for each in (library.pthread_mutex_lock, library.pthread_mutex_unlock)]
    # Alone in its process, a thread would be let off the lock's one costly instruction.
    other = threading.Thread(target=over.wait)
    other.start()
    try:
        with memory(mmap.PAGESIZE) as (_, mutex):
            lock = machine_code.lock()
            return warmed(rounds, lambda: _ns(lambda: lock(mutex, *functions, times)) / times)
    finally:
        over.set()
        other.join()


def _sequence(rounds: int, repeats: int = 9) -> list[float]:
    find = ctypes.CDLL(None).memchr
    find.argtypes, find.restype = (ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t), ctypes.c_void_p
    with memory(MEGABYTE, large_pages=True) as (_, address):
        evict = machine_code.evict()

        def once() -> float:
            took_ns = []
            for _ in range(repeats):
                evict(address, -(-MEGABYTE // LINE_BYTES))
                took_ns.append(_ns(lambda: find(address, 1, MEGABYTE)))
            return statistics.median(took_ns)

        return warmed(rounds, once)


@contextlib.contextmanager
def memory(size_bytes: int, large_pages: bool = False) -> Iterator[tuple[mmap.mmap, int]]:
    """Give memory of our own, zeroed and there, and where it begins."""
    held = mmap.mmap(-1, -(-size_bytes // mmap.PAGESIZE) * mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if large_pages and hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # A kernel without them.
            held.madvise(mmap.MADV_HUGEPAGE)
    held[::mmap.PAGESIZE] = bytes(len(held) // mmap.PAGESIZE)  # Else unwritten pages would all be one page of zeros.
    yield held, machine_code.address_of(held)


def lay_chain(held: mmap.mmap, address: int, count: int, apart_bytes: int) -> None:
    """Write into the first word of each node the address of another, such that following them meets each once before the first again."""
    order = random.Random(SEED).sample(range(count), count)
    follows = array.array("Q", bytes(8 * count))
    for one, other in zip(order, order[1:] + order[:1], strict=True):
        follows[one] = address + other * apart_bytes
    with memoryview(held) as whole, whole.cast("Q") as words, words[: count * apart_bytes // 8 : apart_bytes // 8] as firsts:
        firsts[:] = follows


def _ns(operation: Callable[[], object]) -> int:
    began = time.perf_counter_ns()
    operation()
    return time.perf_counter_ns() - began
