"""Other ways to run the application's Python: another interpreter, another allocator."""

from __future__ import annotations

import ctypes.util
import shutil
from pathlib import Path

from scenarios.errors import StackError
from scenarios.wreck import Arm


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
    """Return a Python of that version. Raises StackError."""
    found = shutil.which(f"python{version}")
    if not found:
        raise StackError(f"a Python {version}", f"no python{version} on the PATH", "install it")
    return Path(found)


def library(name: str) -> str:
    """Return the file of a shared library for the dynamic loader to load first. Raises StackError."""
    found = ctypes.util.find_library(name)
    if not found:
        raise StackError(f"the shared library {name}", f"no lib{name} on this machine", "install it")
    return found
