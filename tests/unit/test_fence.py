"""Where a memory limit can be had, by what the system says of itself; without one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scenarios.errors import StackError
from scenarios.measure import abilities
from scenarios.measure.stack import fence
from scenarios.wreck import ClosedLoop, Experiment

HYBRID = (
    "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n"
    "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n"
    "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"
    "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
)
UNIFIED = "proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n"


def test_a_hybrid_system_has_both_and_version_1_first():
    found = fence._mounted(HYBRID, "5:cpu:/\n4:memory:/a/b\n0::/c\n")
    assert found == [(1, Path("/sys/fs/cgroup/memory"), "/a/b"), (2, Path("/sys/fs/cgroup/unified"), "/c")]


def test_a_unified_system_has_version_2():
    assert fence._mounted(UNIFIED, "0::/user.slice/x.scope\n") == [(2, Path("/sys/fs/cgroup"), "/user.slice/x.scope")]


def test_a_system_without_has_none():
    assert fence._mounted("proc /proc proc rw 0 0\n", "") == []


@pytest.mark.parametrize(
    ("version", "files"),
    [
        (1, {"memory.memsw.limit_in_bytes": str(64 * 2**20)}),
        (1, {"memory.swappiness": "0"}),
        (2, {"memory.swap.max": "0"}),
    ],
)
def test_swap_is_counted_or_shut_off(tmp_path, version, files):
    for name in files:
        (tmp_path / name).write_text("")
    fence._bound_swap(tmp_path, fence.Hierarchy(tmp_path, version), str(64 * 2**20))
    assert {name: (tmp_path / name).read_text() for name in files} == files


def test_the_groups_of_makers_that_are_gone_are_swept_and_no_others(tmp_path):
    mine = f"{fence.PREFIX}{os.getpid()}-{fence._born(os.getpid())}-1"
    for name in (mine, f"{fence.PREFIX}{os.getpid()}-1-1", f"{fence.PREFIX}4194304999-7-1", "somebody-s", f"{fence.PREFIX}of-somebody"):
        (tmp_path / name).mkdir()
    full = tmp_path / f"{fence.PREFIX}4194304999-8-1"
    (full / "process").mkdir(parents=True)
    fence.sweep(tmp_path)
    assert {each.name for each in tmp_path.iterdir()} == {mine, "somebody-s", f"{fence.PREFIX}of-somebody", full.name}


def test_where_none_can_be_had_the_reason_goes_on_record_and_nothing_runs(monkeypatch):
    monkeypatch.setattr(fence, "_hierarchy", lambda: "version 2: Permission denied")
    storm = Experiment("storm", "Storm", "small", ClosedLoop(1, 1), (), memory_limit_mb=100)
    assert abilities.why_not_experiment(storm, has_own_server=True) == "no memory limit can be enforced: version 2: Permission denied"
    with pytest.raises(StackError, match="Permission denied"):
        fence.Fence(100).__enter__()


def test_every_refusal_is_told_once(monkeypatch, tmp_path):
    monkeypatch.setattr(fence, "_candidates", lambda: [fence.Hierarchy(tmp_path / name / "missing", 2) for name in "ab"])
    fence._hierarchy.cache_clear()
    try:
        assert fence.why_not() == "version 2: No such file or directory"
    finally:
        fence._hierarchy.cache_clear()
