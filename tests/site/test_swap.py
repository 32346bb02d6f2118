"""A built site takes the old one's place: at no moment is there neither, whenever a kill comes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest

from scenarios.publish import site
from scenarios.publish.built import swap

KILLED_BETWEEN = """
import os, signal, sys
from pathlib import Path
from scenarios.publish.built import swap
swap.exchanged = lambda one, other: False
rename = Path.rename
def rename_and_die(self, target):
    rename(self, target)
    os.kill(os.getpid(), signal.SIGKILL)
Path.rename = rename_and_die
swap.swap(*map(Path, sys.argv[1:]))
"""


@pytest.fixture
def folders(tmp_path):
    """Return a new site, the old one in its place, and where the old may go."""
    aside = tmp_path / ".site-aside"
    new, place = aside / "site", tmp_path / "site"
    for folder, text in ((new, "new"), (place, "old")):
        folder.mkdir(parents=True)
        (folder / "index.html").write_text(text, encoding="utf-8")
    return new, place, aside / "old"


def said(folder) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("can_exchange", [True, False])
def test_the_new_stands_and_the_old_is_aside(folders, monkeypatch, can_exchange):
    new, place, old = folders
    if not can_exchange:
        monkeypatch.setattr(swap, "exchanged", lambda one, other: False)
    swap.swap(new, place, old)
    assert said(place) == "new"
    assert said(new if can_exchange else old) == "old"


def test_an_exchange_is_one_step(folders, monkeypatch):
    """Nothing is renamed one after the other where the kernel can do both at once, as here."""
    new, place, old = folders

    def forbidden(*_):
        raise AssertionError("renamed step by step")

    monkeypatch.setattr(type(new), "rename", forbidden)
    swap.swap(new, place, old)
    assert said(place) == "new"


def test_the_first_site_is_put_in_an_empty_place(folders, tmp_path):
    new, _, old = folders
    swap.swap(new, tmp_path / "elsewhere", old)
    assert said(tmp_path / "elsewhere") == "new"


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_fault_leaves_the_old_in_its_place(folders, monkeypatch, can_exchange):
    _, place, old = folders
    if not can_exchange:
        monkeypatch.setattr(swap, "exchanged", lambda one, other: False)
    with pytest.raises(OSError):
        swap.swap(place.parent / "nothing", place, old)
    assert said(place) == "old"


@pytest.mark.parametrize("answer", [errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP])
def test_a_kernel_that_cannot_is_believed(folders, monkeypatch, answer):
    new, place, _ = folders
    monkeypatch.setattr(swap.ctypes, "get_errno", lambda: answer)
    monkeypatch.setattr(swap.ctypes, "CDLL", lambda *_, **__: type("libc", (), {"renameat2": lambda *_: -1})())
    assert swap.exchanged(new, place) is False
    assert said(place) == "old"


def test_a_library_without_the_call_is_believed(folders, monkeypatch):
    new, place, _ = folders
    monkeypatch.setattr(swap.ctypes, "CDLL", lambda *_, **__: object())
    assert swap.exchanged(new, place) is False


def test_a_kill_between_two_renames_loses_nothing(folders):
    """The next build puts back what a killed one left aside."""
    new, place, old = folders
    argv = [sys.executable, "-c", KILLED_BETWEEN, *map(str, (new, place, old))]
    done = subprocess.run(argv, cwd=os.getcwd(), check=False, timeout=30)
    assert done.returncode == -signal.SIGKILL
    assert not place.exists() and said(old) == "old"
    with site.aside(place) as folder:
        assert said(place) == "old"
        assert not old.parent.exists() and folder != str(old.parent)
