"""Folders that servers can reach, one cluster to copy, and the proof after every test that nothing is left."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from scenarios.measure import rebuild
from scenarios.measure.stack.postgres import Postgres, copy_cluster, make_cluster

DEADLINE_S = 120
"""Long enough for a disk that keeps a server's last write waiting: nothing can kill a process in the middle of one."""


def until(is_so, what: str):
    """Poll ``is_so`` until it is true, and return what it gave; fail after a generous deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not (found := is_so()):
        assert time.monotonic() < deadline, f"{what}: not within {DEADLINE_S} s"
        time.sleep(0.02)
    return found


def until_none(found, what: str) -> None:
    """Poll ``found`` until it gives nothing; fail after a generous deadline, naming what it still gave."""
    deadline = time.monotonic() + DEADLINE_S
    while there := found():
        assert time.monotonic() < deadline, f"{what}: after {DEADLINE_S} s still {there}"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs. One that has ended and that nobody has collected yet, as init may be slow to, does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def processes_of(folder: Path) -> list[str]:
    """Return every process that has to do with ``folder``: it is named in the command or worked in."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "cwd", "status"]):
        facts = process.info
        if facts["status"] != psutil.STATUS_ZOMBIE and str(folder) in " ".join([*(facts["cmdline"] or []), facts["cwd"] or ""]):
            found.append(f"{facts['pid']} {' '.join(facts['cmdline'] or ['?'])[:200]}")
    return found


def shared_memory_of(pids: list[int]) -> list[str]:
    """Return the SysV segments made by, and POSIX ones mapped by, these processes."""
    segments = []
    table = Path("/proc/sysvipc/shm")
    if table.exists():
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
        segments += [f"sysv {row[1]}" for row in rows if int(row[4]) in pids]
    for pid in pids:
        try:
            maps = Path(f"/proc/{pid}/maps").read_text()
        except OSError:
            continue
        segments += [line.split()[-1] for line in maps.splitlines() if "/dev/shm/" in line and "(deleted)" not in line]
    return sorted(set(segments))


def is_there(segment: str) -> bool:
    if segment.startswith("sysv "):
        return segment.split()[1] in [line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()]
    return Path(segment).exists()


@pytest.fixture(scope="session", autouse=True)
def cache():
    """A cache of the tests' own."""
    folder = Path(tempfile.mkdtemp(prefix="wreck-cache-"))
    folder.chmod(0o755)
    os.environ["DIVING_CACHE"] = str(folder)
    yield folder
    del os.environ["DIVING_CACHE"]
    shutil.rmtree(folder)


@pytest.fixture(scope="package", autouse=True)
def lateness_borne():
    """Have a rebuild publish however late its traffic was: that is what else this machine does just then. The rule has a unit test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rebuild, "LATE_RUNS_BORNE", 1.0)
        yield


@pytest.fixture
def folder():
    """A folder reachable by all, unlike pytest's own; afterwards no process has to do with it."""
    folder = Path(tempfile.mkdtemp(prefix="wreck-stack-"))
    folder.chmod(0o755)
    yield folder
    left = processes_of(folder)
    shutil.rmtree(folder)
    assert left == []


@pytest.fixture(scope="session")
def cluster(cache):
    """A cluster at rest, to copy."""
    make_cluster(cache / "cluster")
    return cache / "cluster"


@pytest.fixture
def data(cluster, folder):
    """A cluster to start."""
    copy_cluster(cluster, folder / "data")
    return folder / "data"


@pytest.fixture
def postgres(data, folder):
    with Postgres(data, folder) as running:
        yield running
