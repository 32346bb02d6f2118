"""However the process that started them ends, no server, port, shared memory or scratch data is left."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from scenarios.measure.stack.postgres import copy_cluster
from tests.stack.conftest import is_alive, is_there, processes_of, shared_memory_of, until, until_none

ROOT = Path(__file__).parents[2]


class Diver:
    """A process of its own with servers, from its announcement on."""

    def __init__(self, mode: str, folder: Path):
        self.folder = folder
        self.process = start(mode, folder)
        line = self.process.stdout.readline()
        assert line, (folder / "diver.log").read_text()
        told = json.loads(line)
        self.servers, self.pids, self.ports = told["servers"], told["pids"], told["ports"]
        self.segments = shared_memory_of(self.pids)

    def left(self) -> list[str]:
        segments = [segment for segment in self.segments if is_there(segment)]
        return segments + processes_of(self.folder) + [f"port {port}" for port in self.ports if answers(port)]

    def ends(self) -> int:
        status = self.process.wait(60)
        self.process.stdout.close()
        return status


def start(mode: str, folder: Path) -> subprocess.Popen:
    with open(folder / "diver.log", "wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.stack.diver", mode, str(folder)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=log, start_new_session=True,
        )  # fmt: skip


def answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def nothing_left(diver: Diver) -> None:
    until_none(diver.left, "nothing left")
    until(lambda: not (diver.folder / "data").exists(), "scratch data gone")


@pytest.mark.parametrize("mode", ["all", "half"])
def test_sigkill(folder, data, mode):
    diver = Diver(mode, folder)
    # What is looked for later can be seen now.
    assert len(diver.left()) >= len(diver.pids) + len(diver.ports)
    kinds = {segment.split(" ")[0].partition("PostgreSQL")[0] for segment in diver.segments}
    assert sys.platform != "linux" or kinds == {"sysv"}
    diver.process.kill()
    assert diver.ends() == -signal.SIGKILL
    nothing_left(diver)


def test_sigkill_of_a_process_that_had_forked(folder, data):
    diver = Diver("forked", folder)
    fork = next(child for child in psutil.Process(diver.process.pid).children() if "diver" in " ".join(child.cmdline()))
    diver.process.kill()
    diver.ends()
    until(lambda: not any(map(is_alive, diver.servers)), "the servers' end")
    fork.kill()
    nothing_left(diver)


@pytest.mark.parametrize(
    ("mode", "number", "status"),
    [
        ("all", signal.SIGTERM, 143),
        ("all", signal.SIGINT, -signal.SIGINT),
        ("half", signal.SIGHUP, 129),
        ("half", signal.SIGINT, -signal.SIGINT),
    ],
)
def test_signals_that_unwind(folder, data, mode, number, status):
    diver = Diver(mode, folder)
    diver.process.send_signal(number)
    assert diver.ends() == status, (folder / "diver.log").read_text()
    # No deadline here: it was to wait for its servers' end.
    assert diver.left() == []
    assert not (folder / "data").exists()


def test_an_orderly_end(folder, data):
    diver = Diver("leave", folder)
    assert diver.ends() == 0, (folder / "diver.log").read_text()
    assert diver.left() == []


def test_sigkill_of_everything_above_the_servers(folder, data):
    """Parent and wardens at one blow, as an out-of-memory killer in a bad mood might."""
    diver = Diver("all", folder)
    wardens = [psutil.Process(server).ppid() for server in diver.servers]
    for pid in (diver.process.pid, *wardens):
        os.kill(pid, signal.SIGKILL)
    diver.ends()
    until_none(diver.left, "nothing left")


def test_sigkill_at_any_moment_of_the_start(folder, cluster):
    for delay_s in (0.3, 0.5, 0.7, 0.9, 1.2):
        place = folder / f"after-{delay_s}"
        place.mkdir()
        copy_cluster(cluster, place / "data")
        process = start("all", place)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(delay_s)  # It would not have ended by itself.
        process.kill()
        process.wait(60)
        process.stdout.close()
        until_none(lambda place=place: processes_of(place), f"nothing left of a start killed after {delay_s} s")
