"""Other interpreters and libraries: what is there, and why not."""

from __future__ import annotations

import os
import sys

import pytest

from scenarios.errors import StackError
from scenarios.measure.stack import runtimes
from scenarios.wreck import Arm

OURS = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    runtimes._lacks.cache_clear()
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(runtimes.PYTHONS, raising=False)
    yield
    runtimes._lacks.cache_clear()


def interpreter(folder, name: str, version: str, last_word: str = "") -> str:
    """Make a stand-in for an interpreter that says its version, and fails with ``last_word`` if there is one."""
    file = folder / name
    file.write_text(f"#!/bin/sh\necho {version}\n" + (f"echo '{last_word}' >&2; exit 1\n" if last_word else ""))
    file.chmod(0o755)
    return str(file)


def test_our_own_version_is_no_arm():
    assert runtimes.why_not(Arm("a", "A", "x", python=OURS)) == f"Python {OURS} is what every other arm runs on"


def test_one_that_is_not_there_is_said_so():
    assert "no Python 2.9" in runtimes.why_not(Arm("a", "A", "x", python="2.9"))


def test_one_that_is_named_is_found(tmp_path, monkeypatch):
    right = interpreter(tmp_path, "right", "2.9")
    monkeypatch.setenv(runtimes.PYTHONS, os.pathsep.join([interpreter(tmp_path, "other", "2.8"), right]))
    assert str(runtimes.python("2.9")) == right


def test_one_on_the_path_is_found(tmp_path, monkeypatch):
    there = interpreter(tmp_path, "python2.9", "2.9")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert str(runtimes.python("2.9")) == there


def test_one_without_our_packages_is_not_enough(tmp_path, monkeypatch):
    monkeypatch.setenv(runtimes.PYTHONS, interpreter(tmp_path, "bare", "2.9", "ModuleNotFoundError: No module named flask"))
    with pytest.raises(StackError, match="No module named flask"):
        runtimes.python("2.9")


def test_what_we_run_on_has_all_that_is_asked_for():
    assert runtimes._lacks(sys.executable, OURS) is None


def test_a_library_that_is_not_there_is_said_so():
    assert runtimes.why_not(Arm("a", "A", "x", preload="nonsense")) == "no libnonsense on this machine"
