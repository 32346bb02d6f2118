"""What this machine has and lacks for each thing a person may want to do here."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys

import psutil

from scenarios.errors import WreckError
from scenarios.measure import environment
from scenarios.measure.stack.binaries import cache_folder, nginx_bin, postgres_bin, server_user

DISK_NEEDED_GB = 6
MEMORY_NEEDED_GB = 4
CRASHING = (3, 11)
"""On this Python, ORM pages under Flask lost up to 1 % of requests to segmentation faults in trials."""


def examine(say=print) -> None:
    """Print a line for each part. Raises WreckError when one that a rebuild needs is missing."""
    lacking = []
    parts = {"Python": _python, "Postgres": _postgres, "nginx": _nginx, "cache": _cache, "processor": _processor, "memory": _memory}
    for name, look in parts.items():
        try:
            say(f"{name}: {look()}")
        except (WreckError, OSError, subprocess.SubprocessError) as fault:
            say(f"{name}: LACKING: {fault}")
            lacking.append(name)
    say(f"git: {'there' if shutil.which('git') else 'not there; the record will name no commit'}")
    say(f"browser for tests: {_browser()}")
    if lacking:
        raise WreckError("a machine that can run the dives", f"no {', '.join(lacking)}", "see the lines above")
    say("All that 'invoke rebuild' needs is here.")


def _python() -> str:
    version = platform.python_version()
    if sys.version_info[:2] == CRASHING:
        said = "works, but in trials workers of ORM pages died here of segmentation faults; published evidence is made on another"
        return f"{version}: {said}"
    return version


def _postgres() -> str:
    user = "as user nobody, for we are root" if server_user() else "as you"
    return f"{environment.postgres_version()} from {postgres_bin().name}/ of its package, run {user}"


def _nginx() -> str:
    return f"{environment.nginx_version()} from {nginx_bin().parent.name}/ of its package"


def _cache() -> str:
    folder = cache_folder()
    free_gb = shutil.disk_usage(folder).free / 2**30
    enough = "" if free_gb >= DISK_NEEDED_GB else f"; the deep scale wants {DISK_NEEDED_GB} GB"
    return f"{folder}, {free_gb:.0f} GB free{enough}"


def _processor() -> str:
    load = os.getloadavg()[0]
    busy = "; busy now: measure when it is quiet" if load > 0.5 else ""
    return f"{psutil.cpu_count()} x {environment.cpu_model()}, load {load:.1f}{busy}"


def _memory() -> str:
    total_gb = psutil.virtual_memory().total / 2**30
    return f"{total_gb:.0f} GB" + ("" if total_gb >= MEMORY_NEEDED_GB else f"; the deep scale wants {MEMORY_NEEDED_GB} GB")


def _browser() -> str:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = next((name for name in names if shutil.which(name)), None)
    return found or "none on the PATH; 'invoke test' tries to bring one"
