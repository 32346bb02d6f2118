"""All of the stack as an ordinary user: run by root this drops to nobody first, run by anyone else it is so already."""

import ctypes
import json
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack.conftest import is_alive

ROOT = Path(__file__).parents[2]
CAP_DAC_READ_SEARCH = 2
PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 8, 47, 2

SCRIPT = """
import json, os, sys
from pathlib import Path
from scenarios.measure.stack.postgres import make_cluster
from scenarios.measure.stack.binaries import server_user
from tests.stack import diver
assert os.geteuid() != 0 and server_user() is None
make_cluster(Path(sys.argv[1]) / "data")
diver.main("leave", Path(sys.argv[1]))
"""


def become_nobody() -> None:
    """Become nobody for good, but for the right to read: this Python may lie where only root can."""
    libc = ctypes.CDLL(None, use_errno=True)
    nobody = pwd.getpwnam("nobody")
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    only = 1 << CAP_DAC_READ_SEARCH
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    wanted = (ctypes.c_uint32 * 6)(only, only, only, 0, 0, 0)  # Effective, permitted, inheritable; then the upper halves.
    if libc.capset(header, wanted) or libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH, 0, 0):
        raise OSError(ctypes.get_errno(), "could not keep the right to read")


def become_nobody_at_all() -> None:
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)


def way_down():
    """Return what makes a child an ordinary user: nothing if we are one, plainly nobody where it can run this Python."""
    if os.geteuid() != 0:
        return None
    try:
        trial = [sys.executable, "-c", "import psycopg2, psutil"]
        subprocess.run(trial, preexec_fn=become_nobody_at_all, cwd="/", check=True, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        return become_nobody
    return become_nobody_at_all


@pytest.fixture
def own_folder(folder):
    """A folder that belongs to the ordinary user."""
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    return folder


def test_everything_works_without_root(own_folder):
    environment = {**os.environ, "DIVING_CACHE": str(own_folder / "cache"), "HOME": str(own_folder), "PYTHONDONTWRITEBYTECODE": "1"}
    dive = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(own_folder)],
        preexec_fn=way_down(), cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert dive.returncode == 0, dive.stderr
    told = json.loads(dive.stdout)
    assert len(told["servers"]) == 3
    assert not any(map(is_alive, told["pids"]))
    owners = {path.lstat().st_uid for path in own_folder.rglob("*")}
    assert owners == {own_folder.stat().st_uid}
