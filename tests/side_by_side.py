"""The whole suite in half the time: the tests of the stack, and those of single units, in a process beside all others.

Those of the stack wait for servers and clocks, those of the site for a browser. Neither touches what the other does: the first
have a cache and checkouts of their own, the others build into folders of theirs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from scenarios.measure.stack.process import Server, tail

BESIDE = ("unit", "stack")
"""Folders that together take as long as the rest."""
TOLD_EVERY_S = 30


def run(tests: Path) -> int:
    """Run all of ``tests``; return 0 if each passed, else pytest's code of one half."""
    with tempfile.TemporaryDirectory(prefix="wreck-tests-") as folder:
        log = Path(folder) / "stack.log"
        argv = [sys.executable, "-m", "pytest", *(str(tests / name) for name in BESIDE)]
        print(f"{' and '.join(BESIDE)} run beside the rest; what they say follows at the end", flush=True)
        # Under a warden: however this process ends, it and all that it started end too.
        with Server("the tests beside", argv, log, cwd=tests.parent) as stack:
            rest = pytest.main([str(each) for each in sorted(tests.iterdir()) if _is_of_the_rest(each)])
            while rest != pytest.ExitCode.INTERRUPTED and not stack.ends_within(TOLD_EVERY_S):
                print(f"waiting for them, at {tail(log, lines=1)[-7:]}", flush=True)
        print(log.read_text(encoding="utf-8", errors="replace"), flush=True)
    return int(rest) or (1 if stack.returncode is None else stack.returncode)


def _is_of_the_rest(path: Path) -> bool:
    return path.name.startswith("test_") or (path.is_dir() and path.name not in BESIDE and any(path.glob("test_*.py")))
