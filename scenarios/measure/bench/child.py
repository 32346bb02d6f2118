"""A module of ours run by a Python of its own, under a warden, to its end: what it does is nobody else's memory or time."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from scenarios.errors import StackError
from scenarios.measure.stack.gunicorn import ROOT
from scenarios.measure.stack.process import Server, tail

DEADLINE_S = 600


def ended(
    name: str, module: str, arguments: Sequence, log: Path, *,
    environment: Mapping[str, str] | None = None, deadline_s: float = DEADLINE_S,
) -> None:  # fmt: skip
    """Run ``python -m module`` to its end. Raises StackError when it fails or does not end."""
    argv = [sys.executable, "-m", module, *map(str, arguments)]
    with Server(name, argv, log, env={**os.environ, **(environment or {})}, cwd=ROOT) as server, contextlib.suppress(psutil.NoSuchProcess):
        try:
            psutil.Process(server.pid).wait(deadline_s)
        except psutil.TimeoutExpired:
            raise StackError(f"{name} to finish", f"it goes on after {deadline_s:.0f} s", "run it on a quieter machine") from None
    if server.returncode != 0:  # Told for certain only once its warden has gone.
        raise StackError(f"{name} to finish", f"status {server.returncode}: {tail(log)}", "its log says why")


def told(name: str, module: str, arguments: Sequence, log: Path, **more) -> dict:
    """Run it likewise and return the JSON object that its last line is."""
    log.unlink(missing_ok=True)
    ended(name, module, arguments, log, **more)
    return json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
