"""Other ways to run the application's Python: another interpreter, another allocator."""

from __future__ import annotations

import ctypes.util
import functools
import os
import platform
import shutil
import subprocess
from pathlib import Path

import scenarios
from scenarios.errors import StackError
from scenarios.wreck import Arm

PYTHONS = "DIVING_PYTHONS"
"""In the environment: more interpreters to look among, separated as ``PATH`` is."""
NEEDED = ("scenarios.measure.stack.application", "scenarios.measure.probes.spans", "gunicorn", "psycopg2")
"""What an interpreter must be able to import to serve the application."""
TRIED_FOR_S = 60
_ROOT = Path(scenarios.__file__).resolve().parents[1]


def why_not(arm: Arm) -> str | None:
    """Return why an arm's interpreter or library cannot be had here, None if it can."""
    try:
        if arm.python:
            python(arm.python)
        if arm.preload:
            library(arm.preload)
    except StackError as fault:
        return fault.got
    return None


def python(version: str) -> Path:
    """Return a Python of that version, ``3.12``, that has what the application needs. Raises StackError.

    It is looked for in the environment variable DIVING_PYTHONS and then on the PATH.
    """
    if is_ours(version):
        raise StackError(f"another Python than {version}", f"Python {version} is what every other arm runs on", "leave the arm out")
    found = [*_named(), *filter(None, [shutil.which(f"python{version}")])]
    lacking = [why for each in found if (why := _lacks(each, version)) is not None]
    for each in found:
        if _lacks(each, version) is None:
            return Path(each)
    got = next((why for why in lacking if why), f"no Python {version} on the PATH or in {PYTHONS}")
    raise StackError(f"a Python {version} to serve with", got, f"install it with this project's packages and name it in {PYTHONS}")


def is_ours(version: str) -> bool:
    """Return whether that is the Python we run on."""
    return platform.python_version_tuple()[:2] == tuple(version.split(".")[:2])


def _named() -> list[str]:
    return [each for each in os.environ.get(PYTHONS, "").split(os.pathsep) if each]


@functools.cache
def _lacks(interpreter: str, version: str) -> str | None:
    """Return what keeps an interpreter from serving: "" if it is of another version or none, None if nothing does."""
    asked = "import importlib, sys; print('%d.%d' % sys.version_info[:2], flush=True); [importlib.import_module(n) for n in sys.argv[1:]]"
    try:
        said = subprocess.run([interpreter, "-c", asked, *NEEDED], cwd=_ROOT, capture_output=True, text=True, timeout=TRIED_FOR_S)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    if said.stdout.strip() != version:
        return ""
    if said.returncode == 0:
        return None
    last = said.stderr.strip().splitlines()[-1:] or ["no word why"]
    return f"a Python {version} is here, but not what the application needs ({last[0]})"


def library(name: str) -> str:
    """Return the file of a shared library for the dynamic loader to load first. Raises StackError."""
    found = ctypes.util.find_library(name)
    if not found:
        raise StackError(f"the shared library {name}", f"no lib{name} on this machine", "install it")
    return found
