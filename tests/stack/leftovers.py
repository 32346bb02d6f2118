"""What a killed rebuild may leave behind on this machine, and how each kind is found."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import psutil

from scenarios.measure.stack import fence
from tests.stack.conftest import is_there, shared_memory_of


def processes(folder: Path) -> list[str]:
    """Return the living processes whose command, working folder or environment names ``folder``."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "cwd", "environ", "status"]):
        facts = process.info
        told = [*(facts["cmdline"] or []), facts["cwd"] or "", *(facts["environ"] or {}).values()]
        if facts["status"] != psutil.STATUS_ZOMBIE and process.pid != os.getpid() and any(str(folder) in word for word in told):
            found.append(f"process {process.pid} {' '.join(facts['cmdline'] or ['?'])[:200]}")
    return found


def unix_sockets(folder: Path) -> list[str]:
    """Return the sockets in use whose names lie below ``folder``."""
    return sorted({f"socket {line.split()[-1]}" for line in Path("/proc/net/unix").read_text().splitlines() if str(folder) in line})


def control_groups() -> set[str]:
    """Return our groups whose makers are gone."""
    groups = [group for found in fence._candidates() for group in found.parent.glob(f"{fence.PREFIX}*")]
    return {str(group) for group in groups if not psutil.pid_exists(int(group.name.removeprefix(fence.PREFIX).split("-")[0]))}


def scratch(cache: Path, temporary: Path, site_data: Path) -> list[str]:
    """Return files and folders that are half-made, or were only for a run that is over."""
    patterns = {
        temporary: ("*",),
        site_data: (".*", "*/.*"),
        cache: (
            "worlds/.*", "worlds/*/.*", "worlds/*/run", "programs/.*", "runs/*/*/cluster", "runs/*/*/.*", "runs/*/*/*/cluster",
            "runs/*/*/*/.*",
        ),
    }  # fmt: skip
    return sorted(f"{path}" for folder, each in patterns.items() for pattern in each for path in folder.glob(pattern))


def shared_memory(folder: Path) -> list[str]:
    """Return the segments that processes of ``folder`` have made or mapped."""
    return shared_memory_of([int(line.split()[1]) for line in processes(folder)])


def left(folder: Path, segments: Sequence[str]) -> list[str]:
    """Return what lives on of a rebuild that had to do with ``folder`` and had these segments of shared memory."""
    return [*processes(folder), *unix_sockets(folder), *filter(is_there, segments)]
