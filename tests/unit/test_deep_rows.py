"""What a row is made of: the clock's own time taken off, medians of rounds, what is left out named."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from scenarios.errors import StackError
from scenarios.measure.soundings import disk, interpreter, round_trips, rows
from scenarios.measure.soundings.place import QUICK, Size


class Clock:
    """Nanoseconds that pass as they are told: so many at each reading."""

    def __init__(self, reading_ns: int):
        self.now_ns, self.reading_ns = 0, reading_ns

    def perf_counter_ns(self) -> int:
        self.now_ns += self.reading_ns
        return self.now_ns

    def pass_(self, ns: int) -> None:
        self.now_ns += ns


@pytest.fixture
def clock(monkeypatch):
    made = Clock(reading_ns=7)
    monkeypatch.setattr(rows, "time", SimpleNamespace(perf_counter_ns=made.perf_counter_ns))
    return made


def test_reading_the_clock_is_taken_off(clock):
    assert rows.each_ns(lambda: clock.pass_(100), for_s=0) == [100] * rows.AT_LEAST


def test_a_round_goes_on_for_its_time(clock):
    found = rows.each_ns(lambda: clock.pass_(1_000), for_s=1e-4)
    # Three readings a turn, and ended by the first that is beyond.
    assert len(found) == pytest.approx(1e5 / 1_021, abs=2)


def test_what_is_quicker_than_the_clock_is_no_less_than_nothing(clock):
    clock.reading_ns = 0
    assert rows.each_ns(lambda: None, for_s=0) == [0] * rows.AT_LEAST


def test_a_row_is_the_medians_of_its_rounds_but_the_first(clock):
    slow = iter([900] * 5 + [10, 20, 30, 1_000, 5] + [40, 40, 40, 40, 40])
    row = rows.timed("T", lambda: clock.pass_(next(slow)), Size(rounds=2, round_s=0), "how")
    assert row.measured.rounds == [20, 40] and row.measured.value == 30 and row.operations == 5


def test_the_first_of_warmed_rounds_is_dropped():
    given = iter([99.0, 1.0, 2.0])
    assert rows.warmed(2, lambda: next(given)) == [1.0, 2.0]


# --- Python's lines -------------------------------------------------------------------------------


def test_a_line_is_its_share_of_the_quickest_time(monkeypatch):
    monkeypatch.setattr(interpreter.timeit.Timer, "repeat", lambda self, times, number: [3.0, 2.0, 4.0])
    assert interpreter.line_ns("pass", turns=1_000) == pytest.approx(2.0 / 1_000 / interpreter.UNROLLED * 1e9)


def test_an_empty_line_is_taken_off(monkeypatch):
    monkeypatch.setattr(interpreter, "line_ns", lambda code, turns: 3.0 if code == "pass" else 10.0)
    found = interpreter.measured(QUICK)
    assert {each.measured.value for each in found.values()} == {7.0}
    assert all(each.python and "timeit" in each.how for each in found.values())


@pytest.mark.parametrize("statement", interpreter.STATEMENTS.values(), ids=lambda each: each.code)
def test_every_line_runs(statement):
    assert interpreter.line_ns(statement.code, turns=2) > 0


# --- round trips ----------------------------------------------------------------------------------


@pytest.mark.parametrize("connected", [socket.socketpair, round_trips.loopback])
def test_the_other_end_says_back_what_it_hears_and_ends(connected):
    with round_trips.other_end(connected) as connection:
        connection.sendall(b"abc")
        heard = b""
        while len(heard) < 3:
            heard += connection.recv(3)
        assert heard == b"abc"
    with pytest.raises(OSError):
        connection.sendall(b"x")
    assert not [each for each in psutil.Process().children() if round_trips.echo.__file__ in each.cmdline()]


def test_an_other_end_that_is_gone_is_told(monkeypatch):
    monkeypatch.setattr(round_trips.echo, "__file__", "/dev/null")
    with pytest.raises(StackError, match="a byte back"):
        round_trips.measured(QUICK)


def test_no_network_is_made_up():
    found = round_trips.measured(QUICK)
    assert found[round_trips.DATACENTRE].absent and found[round_trips.WAN].absent
    assert found[round_trips.UNIX].measured.value > 0 and found[round_trips.TCP].measured.value > 0


# --- which disk -----------------------------------------------------------------------------------


def system(folder: Path, mounts: str, device: str = "", rotational: str = "") -> Path:
    """Make a made-up kernel's folders: its mounts, and one device with or without a word on whether it spins."""
    (folder / "proc/self").mkdir(parents=True)
    (folder / "proc/self/mountinfo").write_text(mounts)
    if device:
        queue = folder / "sys/devices" / device / "queue"
        queue.mkdir(parents=True)
        if rotational:
            (queue / "rotational").write_text(f"{rotational}\n")
        part = queue.parent / "part1"
        part.mkdir()
        (part / "partition").write_text("1\n")
        (folder / "sys/dev/block").mkdir(parents=True)
        (folder / "sys/dev/block/8:0").symlink_to(queue.parent)
        (folder / "sys/dev/block/8:1").symlink_to(part)
    return folder


ROOT_MOUNT = "20 1 {} / / rw - ext4 /dev/x rw\n"


@pytest.mark.parametrize(
    ("number", "device", "rotational", "spins", "is_virtual"),
    [
        ("8:0", "pci0/ata1/sda", "1", True, False),
        ("8:1", "pci0/ata1/sda", "1", True, False),  # A partition: its disk is asked.
        ("8:0", "pci0/nvme/nvme0n1", "0", False, False),
        ("8:0", "pci0/virtio2/vda", "1", True, True),
        ("8:0", "vbd-51712/xvda", "0", False, True),
        ("8:0", "pci0/ata1/sda", "", None, False),
        ("0:33", "", "", None, False),  # No device at all, as of overlay file systems.
    ],
)
def test_the_kernel_is_asked_which_disk_it_is(tmp_path, number, device, rotational, spins, is_virtual):
    made = system(tmp_path / "system", ROOT_MOUNT.format(number), device, rotational)
    assert disk.disk_of(tmp_path, made) == disk.Disk("ext4", spins, is_virtual)


def test_the_nearest_mount_counts_and_the_latest_of_one_place(tmp_path):
    inner = str(tmp_path / "a b").replace(" ", "\\040")
    mounts = ROOT_MOUNT.format("8:0") + f"21 20 0:40 / {inner} rw shared:1 - tmpfs tmpfs rw\n"
    made = system(tmp_path / "system", mounts)
    (tmp_path / "a b").mkdir()
    assert disk.disk_of(tmp_path / "a b", made).file_system == "tmpfs"
    assert disk.disk_of(tmp_path, made).file_system == "ext4"
    made = system(tmp_path / "later", mounts + f"22 20 0:41 / {inner} rw - xfs x rw\n")
    assert disk.disk_of(tmp_path / "a b", made).file_system == "xfs"


def test_where_the_kernel_tells_nothing_nothing_is_made_up(tmp_path):
    assert disk.disk_of(tmp_path, tmp_path / "nowhere") == disk.Disk("a file system", None)


def as_if(monkeypatch, found: disk.Disk) -> None:
    monkeypatch.setattr(disk, "disk_of", lambda folder: found)


def test_files_that_are_memory_have_no_rows(monkeypatch, tmp_path):
    as_if(monkeypatch, disk.Disk("tmpfs", None))
    found = disk.measured(tmp_path, QUICK)
    assert found.keys() == disk.TITLES.keys() and all("tmpfs" in each.absent for each in found.values())


def test_a_file_system_that_has_no_way_past_its_cache_is_told(monkeypatch, tmp_path):
    as_if(monkeypatch, disk.Disk("odd", None))
    opens = os.open

    def refuses(path, flags, *more):
        if flags & os.O_DIRECT:
            raise OSError(errno.EINVAL, "Invalid argument")
        return opens(path, flags, *more)

    monkeypatch.setattr(os, "open", refuses)
    found = disk.measured(tmp_path, QUICK)
    assert "past the page cache" in found[disk.RANDOM].absent and "past the page cache" in found[disk.SEQUENCE].absent
    assert found[disk.CACHED].measured and found[disk.SYNC].measured


@pytest.mark.parametrize(
    ("found", "measured"),
    [
        (disk.Disk("ext4", True), {disk.SEEK, disk.SPUN}),
        (disk.Disk("ext4", True, is_virtual=True), {disk.RANDOM, disk.SEQUENCE}),
        (disk.Disk("ext4", False), {disk.RANDOM, disk.SEQUENCE}),
        (disk.Disk("overlay", None), {disk.RANDOM, disk.SEQUENCE}),
    ],
)
def test_a_disk_stands_in_the_rows_of_its_kind_alone(monkeypatch, tmp_path, found, measured):
    as_if(monkeypatch, found)
    monkeypatch.setattr(os, "O_DIRECT", 0)  # Whatever the tests' folder is on.
    rows_found = disk.measured(tmp_path, QUICK)
    assert {name for name, each in rows_found.items() if each.measured} == measured | {disk.CACHED, disk.SYNC}
    assert rows_found.keys() == disk.TITLES.keys() and not list(tmp_path.iterdir())


def test_a_file_that_shrinks_is_told(tmp_path):
    (tmp_path / "file").write_bytes(bytes(disk.BLOCK_BYTES))
    file = os.open(tmp_path / "file", os.O_RDONLY)
    with disk._closing(file):
        read = disk._reads(file, [0, 1], 1)
        read()
        with pytest.raises(StackError, match="shorter"):
            read()
