"""gunicorn with sync workers: the application's processes, counted, and their deaths told."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import scenarios
from scenarios.errors import StackError
from scenarios.measure.stack.binaries import server_user
from scenarios.measure.stack.fence import OFFERING, Fence
from scenarios.measure.stack.ports import PortTaken, get, on_free_port, says_taken
from scenarios.measure.stack.process import Server, tail

ALIVE = "/alive"
APPLICATION = "scenarios.measure.stack.application:build()"
ROOT = Path(scenarios.__file__).resolve().parents[1]
"""Where ``scenarios`` can be imported from."""

# A unix socket's address has room for 107 bytes, on macOS 103; nginx's configuration has words.
_PLAIN_PATH = re.compile(r"/[\w./+-]{1,95}", re.ASCII)
_BOOTED = re.compile(r"Booting worker with pid: (\d+)")
_DEATH = re.compile(r"Worker \(pid:(\d+)\) (?:was sent (SIG\w+|signal \d+)!|exited with code (\d+))")
_TIMEOUT = re.compile(r"WORKER TIMEOUT \(pid:(\d+)\)")
_DEATH_PID = re.compile(r"Worker \(pid:(\d+)\) (?:was sent|exited)")
_ITS_OWN = ("SIGTERM", "SIGQUIT", "SIGABRT", "SIGKILL")
_ENDING = re.compile(r"Handling signal: (?:term|int|quit)\b")


class Gunicorn:
    """A running gunicorn master with ``workers`` sync workers, as a context manager.

    ``env`` is added to our own environment; ``app`` is ``module:attribute`` or ``module:function()``,
    importable from ``cwd``. ``timeout_s`` is how long a worker may be silent; ``options`` are more of gunicorn's own, ``python`` another interpreter
    to run it by, ``fence`` what its processes must live inside. Its log and its socket are in
    ``run_folder/gunicorn``; ``address`` is where it listens, as nginx words it.
    """

    def __init__(
        self,
        run_folder: Path,
        env: Mapping[str, str],
        workers: int = 10,
        *,
        app: str = APPLICATION,
        timeout_s: int = 120,
        cwd: Path = ROOT,
        options: Sequence[str] = (),
        python: Path | None = None,
        fence: Fence | None = None,
    ):
        self.folder = Path(run_folder).absolute() / "gunicorn"
        self.env, self.workers, self.app, self.timeout_s, self.cwd = dict(env), workers, app, timeout_s, cwd
        self.options, self.python, self.fence = tuple(options), python or sys.executable, fence
        self.log_file = self.folder / "error.log"
        self._socket = self.folder / "socket"
        self.address: str | None = f"unix:{self._socket}" if _PLAIN_PATH.fullmatch(str(self._socket)) else None
        """Known beforehand where it is a socket; a port is chosen as it starts."""
        self.server: Server | None = None

    def __enter__(self) -> Gunicorn:
        self._make_folder()
        if self.address:
            self._socket.unlink(missing_ok=True)  # Of a run that was killed.
            self.server = self._start(self.address)
        else:
            self.server = on_free_port(lambda port: self._start(f"127.0.0.1:{port}"))
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        if self.server:
            self.server.stop()

    def worker_pids(self) -> list[int]:
        return self.server.pids()[1:] if self.server else []

    def deaths(self) -> list[str]:
        """Return how each worker died that was not asked to: a signal or an exit code, in words.

        gunicorn takes up to a second to notice a death: complete only after ``stop``.
        """
        return deaths(self.log_file.read_text(encoding="utf-8", errors="replace"), self.workers)

    def _make_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if user := server_user():
            os.chown(self.folder, -1, user[1])
        self.folder.chmod(0o710)

    def _start(self, address: str) -> Server:
        self.address = address
        self.log_file.unlink(missing_ok=True)
        server = Server(
            "gunicorn",
            self.fence.entered(self._argv(address)) if self.fence else self._argv(address),
            self.log_file,
            stop_signals=(signal.SIGTERM, signal.SIGQUIT),
            env=self._environment(),
            cwd=self.cwd,
            # A socket is bound in one attempt: the group is not needed again.
            remove=(self.fence.folder,) if self.fence and address.startswith("unix:") else (),
        )
        server.start_ready(lambda: self._answers(server), 60, f"{ALIVE} with all of {self.workers} workers")
        return server

    def _argv(self, address: str) -> list[str]:
        return [
            self.python, "-m", "gunicorn", "--bind", address, "--workers", str(self.workers), "--worker-class", "sync",
            # Ten cold workers take long to import; the master does it once for all.
            "--preload",
            # Else it writes one to the home directory.
            "--no-control-socket",
            "--timeout", str(self.timeout_s), "--graceful-timeout", "0", "--log-level", "info",
            *self.options, self.app,
        ]  # fmt: skip

    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if name not in ("GUNICORN_CMD_ARGS", "WEB_CONCURRENCY", "PORT")}
        fenced = {OFFERING: "1"} if self.fence else {}
        return {**ours, "PYTHONUNBUFFERED": "1", **fenced, **self.env}

    def _answers(self, server: Server) -> bool:
        if says_taken(tail(self.log_file)):
            server.signal(signal.SIGKILL)  # It has nothing to lose yet, and would go on trying for 5 s.
            raise PortTaken("gunicorn", int(self.address.rpartition(":")[2]))
        booted = {int(pid) for pid in _BOOTED.findall(self.log_file.read_text(encoding="utf-8", errors="replace"))}
        if len(booted & set(server.pids())) < self.workers:
            return False
        answer = get(self.address, ALIVE)
        if answer and answer[0] >= 400:
            raise StackError(f"the application to answer {ALIVE}", f"status {answer[0]}; {tail(self.log_file)}", "its log says why")
        if answer and self.address.startswith("unix:"):
            self._socket.chmod(0o666)  # For whoever can reach the folder, which is nginx.
        return answer is not None


def deaths(log: str, workers: int) -> list[str]:
    """Return how workers died by gunicorn's log, up to the order to end, one short phrase a worker."""
    ending = _ENDING.search(log)
    running = log[: ending.start()] if ending else log
    silent = set(_TIMEOUT.findall(running))
    found = {}
    for death in _DEATH.finditer(log):
        pid, number, code = death.groups()
        # It may notice a death only while it ends; what it does to workers then is no death.
        if death.start() >= len(running) and number in _ITS_OWN and pid not in silent:
            continue
        cause = number or f"exit code {code}"
        found[pid] = f"{cause} after a time-out" if pid in silent else cause
    # gunicorn has no line for a worker that left with code 0, as one may that was silent too long
    # and answered its abortion; but it starts another.
    for pid in silent - found.keys():
        found[pid] = "exit code 0 after a time-out"
    replaced = len(_BOOTED.findall(running)) - workers
    explained = len(found.keys() & {*_DEATH_PID.findall(running), *silent})
    return [*found.values(), *["exit code 0"] * max(0, replaced - explained)]
