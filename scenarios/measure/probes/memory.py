"""What a worker holds of the machine's memory, and who in it holds that: read by the worker, of itself.

The parts do not sum to what is resident: code, libraries and stacks are in neither allocator's
books. Nothing is collected or given back in order to be counted, so that a reading changes nothing
of what it reads. Where the system or the C library does not tell, a number is None.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import re
import sys
import tempfile
from pathlib import Path

STATUS = Path("/proc/self/status")
CLEAR_REFS = Path("/proc/self/clear_refs")
_FORGET_PEAK = "5"
_ARENAS = re.compile(r"^(\d{1,15}) arenas \* (\d{1,15}) bytes/arena", re.MULTILINE | re.ASCII)
_IN_USE = re.compile(r"^# bytes in allocated blocks\s*=\s*(\d[\d,]{0,30})", re.MULTILINE | re.ASCII)
_FREE_LIST = re.compile(r"^[ \t]*(\d{1,15}) free .* \* (\d{1,15}) bytes each", re.MULTILINE | re.ASCII)
_MB = 2**20
_FULL = 2


class Watch:
    """The memory of this process, request by request: ``begin`` as one comes, ``answered`` when its body is made, ``read`` last."""

    def __init__(self):
        self._is_peak_its_own = False
        self._collected: int | None = None
        self._is_answered = False
        gc.callbacks.append(self._heard)

    def begin(self) -> None:
        """Forget the peak of what came before."""
        self._is_answered, self._collected = False, None
        with contextlib.suppress(OSError):
            CLEAR_REFS.write_text(_FORGET_PEAK)
            self._is_peak_its_own = True

    def answered(self) -> None:
        """From here on a full collection is the application's own cleaning up, and is counted."""
        self._is_answered = True

    def read(self) -> dict[str, float | int | None]:
        """Return ``record.Memory`` without its path."""
        resident_mb, peak_mb = resident()
        malloc_mb, malloc_used_mb = malloc()
        return {
            "rss_mb": resident_mb,
            "peak_mb": peak_mb if self._is_peak_its_own else None,
            **pools(),
            "malloc_mb": malloc_mb,
            "malloc_used_mb": malloc_used_mb,
            "objects": None,
            "collected": self._collected,
        }

    def _heard(self, phase: str, told: dict) -> None:
        if phase == "stop" and self._is_answered and told["generation"] == _FULL:
            self._collected = (self._collected or 0) + told["collected"]


def resident() -> tuple[float, float | None]:
    """Return what is resident of this process, and the most that was since the peak was forgotten, in MB."""
    try:
        lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines() if ":" in line)
        return int(lines["VmRSS"].split()[0]) / 1024, int(lines["VmHWM"].split()[0]) / 1024
    except (OSError, KeyError, ValueError, IndexError):
        import psutil

        return psutil.Process().memory_info().rss / _MB, None


def pools() -> dict[str, float | int | None]:
    """Return what Python's own allocator has of the system and what of it is in use; nothing but None where another is used."""
    return pools_told(_said_of_itself())


def pools_told(said: str) -> dict[str, float | int | None]:
    """Return the same of what ``sys._debugmallocstats`` said, by the names of ``record.Memory``."""
    arenas, in_use = _ARENAS.search(said), _IN_USE.search(said)
    if not arenas or not in_use:
        return dict.fromkeys(("pool_mb", "pool_used_mb", "arenas", "free_listed", "free_listed_mb"))
    listed = [(int(count), int(size_bytes)) for count, size_bytes in _FREE_LIST.findall(said)]
    return {
        "pool_mb": int(arenas[1]) * int(arenas[2]) / _MB,
        "pool_used_mb": int(in_use[1].replace(",", "")) / _MB,
        "arenas": int(arenas[1]),
        "free_listed": sum(count for count, _ in listed),
        "free_listed_mb": sum(count * size_bytes for count, size_bytes in listed) / _MB,
    }


def _said_of_itself() -> str:
    """Return what ``sys._debugmallocstats`` writes, which it does to the process' standard error and nowhere else."""
    if not hasattr(sys, "_debugmallocstats"):
        return ""
    with tempfile.TemporaryFile() as file:
        standard_error = os.dup(2)
        try:
            os.dup2(file.fileno(), 2)
            sys._debugmallocstats()
        finally:
            os.dup2(standard_error, 2)
            os.close(standard_error)
        file.seek(0)
        return file.read().decode("ascii", errors="replace")


class _Mallinfo2(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
    ]


def malloc() -> tuple[float | None, float | None]:
    """Return what the C library's allocator, or the one in its stead, has of the system and how much of it is in use, in MB."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallctl"):
        return _jemalloc(library)
    if not hasattr(library, "mallinfo2"):  # glibc has it from 2.33 on.
        return None, None
    library.mallinfo2.restype = _Mallinfo2
    told = library.mallinfo2()
    return (told.arena + told.hblkhd) / _MB, (told.uordblks + told.hblkhd) / _MB


def _jemalloc(library: ctypes.CDLL) -> tuple[float, float]:
    size = ctypes.c_size_t(ctypes.sizeof(ctypes.c_size_t))
    epoch = ctypes.c_uint64(1)  # It tells of the moment it was last asked to take note of.
    library.mallctl(b"epoch", None, None, ctypes.byref(epoch), ctypes.c_size_t(ctypes.sizeof(epoch)))

    def told(name: bytes) -> float:
        value = ctypes.c_size_t()
        library.mallctl(name, ctypes.byref(value), ctypes.byref(size), None, ctypes.c_size_t(0))
        return value.value / _MB

    return told(b"stats.resident"), told(b"stats.allocated")
