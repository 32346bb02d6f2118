"""A memory limit for real where it can be had, and its refusal where it cannot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from scenarios.errors import StackError
from scenarios.measure import abilities
from scenarios.measure.stack import fence
from scenarios.measure.stack.fence import Fence
from scenarios.wreck import ClosedLoop, Experiment
from tests.stack.conftest import until

STORM = Experiment("storm", "Storm", "small", ClosedLoop(1, 1), (), memory_limit_mb=64)
GREEDY = [sys.executable, "-c", "held = bytearray(200 * 2**20); held[::4096] = b'x' * len(held[::4096])"]
WAITING = [sys.executable, "-c", "print('here', flush=True); input()"]
MAKER = (
    "import sys; from scenarios.measure.stack.fence import Fence; f = Fence(64).__enter__(); print(f.folder, flush=True); sys.stdin.read()"
)


def refused() -> bool:
    """Tell whether no limit can be had here, having seen that this is said and that nothing runs without one."""
    why = fence.why_not()
    if why is None:
        assert abilities.why_not_experiment(STORM, has_own_server=True) is None
        return False
    assert why and abilities.why_not_experiment(STORM, has_own_server=True) == f"no memory limit can be enforced: {why}"
    with pytest.raises(StackError) as caught:
        Fence(64).__enter__()
    assert why in str(caught.value)
    return True


def test_who_takes_too_much_is_killed_and_counted_and_nobody_outside():
    if refused():
        return
    outside = subprocess.Popen(GREEDY)
    with Fence(64) as held:
        inside = subprocess.run(held.entered(GREEDY))
        assert inside.returncode == -signal.SIGKILL and held.kills() == 1
        until(lambda: held.readings and held.readings[-1][2] == 1, "the reading of it")
        assert max(used_mb for _, used_mb, _ in held.readings) <= 64
    assert outside.wait(30) == 0
    assert not held.folder.exists()


def test_children_are_born_inside_and_go_with_it():
    if refused():
        return
    with Fence(64) as held:
        nested = [sys.executable, "-c", f"import subprocess; subprocess.run({WAITING!r})"]
        process = subprocess.Popen(held.entered(nested), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"here\n"
        assert len(held.members()) == 2 and process.pid in held.members() and held.used_mb() > 1
    assert process.wait(30) == -signal.SIGKILL and not held.folder.exists()
    process.stdin.close()
    process.stdout.close()


def test_what_a_killed_maker_left_is_swept_by_the_next():
    if refused():
        return
    maker = subprocess.Popen([sys.executable, "-c", MAKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    left = maker.stdout.readline().strip()
    assert os.path.isdir(left)
    maker.kill()
    maker.communicate()
    with Fence(64) as held:
        assert not os.path.exists(left) and held.folder.exists()


def test_a_worker_offers_itself():
    if not os.path.exists("/proc/self/oom_score_adj"):
        assert fence.offer_itself() is None  # Nothing to offer, and no complaint.
        return
    asked = "from scenarios.measure.stack.fence import offer_itself; offer_itself(); print(open('/proc/self/oom_score_adj').read())"
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.strip() == "500"
