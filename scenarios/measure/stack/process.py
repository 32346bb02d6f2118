"""A server process under its warden: started, proved ready, watched, stopped, always."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import psutil

from scenarios.errors import StackError
from scenarios.measure.stack import warden

PLAIN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""For servers that need nothing of ours: messages in English, times in UTC."""

ORPHAN_GRACE_S = 2
SLACK_S = 2 * warden.KILL_DEADLINE_S + 5
_WARDEN_START_S = 20


class Server:
    """One server and all its processes, as a context manager.

    ``stop_signals`` are tried in order, ``grace_s`` apart, before SIGKILL; the last of them is what
    the server gets should its warden die. ``user`` is (uid, gid) to run as. ``last_words`` returns
    the end of the server's log in one line, for errors; by default the end of ``log``, which takes
    its standard output and error. ``remove`` names folders that go when the server has gone,
    even if this process has been killed by then.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        log: Path,
        *,
        stop_signals: Sequence[signal.Signals] = (signal.SIGTERM,),
        grace_s: float = 10,
        user: tuple[int, int] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        remove: Sequence[Path] = (),
        last_words: Callable[[], str] | None = None,
    ):
        self.name, self.argv, self.log = name, [str(word) for word in argv], log
        self.stop_signals, self.grace_s, self.user = tuple(stop_signals), grace_s, user
        self.env, self.cwd, self.remove = env, cwd, tuple(remove)
        self.last_words = last_words or (lambda: tail(log))
        self.pid: int | None = None
        """Of the server itself, not of its warden."""
        self.returncode: int | None = None
        """How the server ended, negative for a signal; None while it runs."""
        self._warden: subprocess.Popen | None = None
        self._life: BinaryIO | None = None
        self._process: psutil.Process | None = None
        self._said = b""
        self._fault: str | None = None
        self._left: list[str] = []

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server. Raises StackError when it cannot be; leaves nothing behind then."""
        if self._warden is not None:
            raise RuntimeError(f"{self.name} was started already")
        life_read, life_write = os.pipe()
        # A file, not a bare descriptor: whatever goes wrong below, dropping it closes the pipe,
        # and a closed pipe ends warden and server.
        self._life = open(life_write, "wb", buffering=0)
        try:
            with open(self.log, "ab") as log:
                self._warden = subprocess.Popen(
                    self._warden_argv(), stdin=life_read, stdout=subprocess.PIPE, stderr=log,
                    env=None if self.env is None else dict(self.env), cwd=self.cwd, start_new_session=True,
                )  # fmt: skip
            os.set_blocking(self._warden.stdout.fileno(), False)
            self._await_pid()
        except BaseException:
            self.stop()
            raise
        finally:
            os.close(life_read)

    def _warden_argv(self) -> list[str]:
        # -I -S: nothing but the standard library on its path, which also makes it quick.
        words = [sys.executable, "-I", "-S", "-B", warden.__file__, "--parent", str(os.getpid())]
        words += ["--stop", ",".join(str(int(s)) for s in self.stop_signals)]
        words += ["--grace-s", str(self.grace_s), "--orphan-grace-s", str(ORPHAN_GRACE_S)]
        if self.user:
            words += ["--user", "{}:{}".format(*self.user)]
        for folder in self.remove:
            words += ["--remove", str(folder)]
        return [*words, "--", *self.argv]

    def _await_pid(self) -> None:
        deadline = time.monotonic() + _WARDEN_START_S
        while self.pid is None:
            self._hear(0.5)
            if self._fault:
                raise StackError(f"{self.name} to start", self._fault, f"see that {self.argv[0]} is there and may be run")
            gone = self.pid is None and self._warden.poll() is not None
            if gone or time.monotonic() > deadline:
                got = self.last_words() or "no word from it"
                raise StackError(f"a warden for {self.name}", got, "see that Python can start processes here")
        # psutil remembers when it began, so that a process id used again is never taken for it.
        with contextlib.suppress(psutil.NoSuchProcess):
            self._process = psutil.Process(self.pid)

    def _hear(self, timeout_s: float) -> None:
        """Take in what the warden says, waiting up to ``timeout_s`` for it to say anything."""
        pipe = self._warden.stdout
        if pipe.closed or not select.select([pipe], [], [], timeout_s)[0]:
            return
        said = pipe.read()
        if said == b"":  # It is gone; a pause all the same, or callers would spin until its end.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._warden.wait(timeout_s)
        self._said += said or b""
        *lines, self._said = self._said.split(b"\n")
        for line in lines:
            word, _, rest = line.decode(errors="replace").partition(" ")
            if word == "pid":
                self.pid = int(rest)
            elif word == "exit":
                self.returncode = int(rest)
            elif word == "failed":
                self._fault = rest
            elif word == "left":
                self._left = rest.split()

    def pids(self) -> list[int]:
        """Return the process ids of the server and all its descendants, none if it is gone."""
        try:
            return [self.pid, *(child.pid for child in self._process.children(recursive=True))]
        except (psutil.NoSuchProcess, AttributeError):
            return []

    def is_running(self) -> bool:
        if self._warden is None or self.pid is None:
            return False
        self._hear(0)
        return self.returncode is None and self._warden.poll() is None

    def ends_within(self, deadline_s: float) -> bool:
        """Wait up to so long for the server's end; return whether it came."""
        deadline = time.monotonic() + deadline_s
        while self.is_running() and time.monotonic() < deadline:
            self._hear(0.05)
        return not self.is_running()

    def check(self) -> None:
        """Raise StackError with its last words if the server is not running."""
        if not self.is_running():
            self._await_last_words()
            raise StackError(f"{self.name} to keep running", f"it {self._how_it_ended()}: {self.last_words()}", "its log says why")

    def _await_last_words(self) -> None:
        """Give what the server left behind, such as Postgres' logger, the time to write."""
        if self._warden is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._warden.wait(2 * warden.LEFT_BEHIND_GRACE_S)

    def _how_it_ended(self) -> str:
        if self.returncode is None:
            return "was never started" if self._warden is None else "lost its warden"
        return describe(self.returncode)

    def wait_ready(self, probe: Callable[[], bool], deadline_s: float = 30, asked: str = "") -> None:
        """Ask ``probe`` until it is true.

        Raises StackError at once if the server ends, and after ``deadline_s`` if it does not answer;
        ``asked`` says in words what was asked of it.
        """
        deadline, pause_s = time.monotonic() + deadline_s, 0.005
        while True:
            self.check()
            if probe():
                return
            if time.monotonic() > deadline:
                wanted = f"{self.name} to answer {asked}".rstrip() + f" within {deadline_s:g} s"
                got = f"silence; its last words: {self.last_words() or 'none'}"
                raise StackError(wanted, got, "see what else this machine is doing, then try again")
            self._hear(pause_s)  # Returns early if the server ends.
            pause_s = min(pause_s * 1.5, 0.05)

    def start_ready(self, probe: Callable[[], bool], deadline_s: float = 30, asked: str = "") -> None:
        """``start`` and ``wait_ready``; whatever goes wrong, nothing is left running."""
        try:
            self.start()
            self.wait_ready(probe, deadline_s, asked)
        except BaseException:
            self.stop()
            raise

    def signal(self, number: signal.Signals) -> None:
        """Send the server itself a signal, if it runs."""
        if self.is_running():
            with contextlib.suppress(psutil.NoSuchProcess):
                self._process.send_signal(number)

    def stop(self) -> None:
        """End the server and all its processes; again is harmless. Raises StackError if any is left."""
        if self._life is None or self._life.closed:
            return
        if self._warden is None:  # It could not even be started.
            self._life.close()
            return
        try:
            self._ask_to_stop()
        finally:
            # Interrupted or too slow: closing the pipe makes the warden hurry.
            self._life.close()
            self._await_end(ORPHAN_GRACE_S * len(self.stop_signals) + SLACK_S)
        if self._left:
            got = f"processes {', '.join(self._left)} outlived SIGKILL"
            raise StackError(f"{self.name} to be gone", got, "look at them; only a restart of the machine may help")

    def _ask_to_stop(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._life.write(b"stop\n")
        deadline = time.monotonic() + self.grace_s * len(self.stop_signals) + SLACK_S
        while self._warden.poll() is None and time.monotonic() < deadline:
            self._hear(0.1)

    def _await_end(self, deadline_s: float) -> None:
        try:
            self._warden.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self._warden.kill()
            self._warden.wait()
        self._hear(0)
        self._warden.stdout.close()
        if self.returncode is None and self.pid is not None:
            self._bury()

    def _bury(self) -> None:
        """End what a killed warden could not: the kernel has told the server, wait for it, or kill."""
        with contextlib.suppress(psutil.NoSuchProcess, AttributeError):
            family = [self._process, *self._process.children(recursive=True)]
            _, alive = psutil.wait_procs(family, timeout=ORPHAN_GRACE_S)
            for process in alive:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            _, alive = psutil.wait_procs(alive, timeout=warden.KILL_DEADLINE_S)
            self._left = [str(process.pid) for process in alive]


def describe(returncode: int) -> str:
    """Return an exit status in words: ``was killed by SIGSEGV``, ``exited with status 1``."""
    if returncode >= 0:
        return f"exited with status {returncode}"
    try:
        return f"was killed by {signal.Signals(-returncode).name}"
    except ValueError:
        return f"was killed by signal {-returncode}"


def tail(log: Path, lines: int = 6, chars: int = 1_000) -> str:
    """Return the last lines of a log as one, the latest of it if that is long; "" if there is none."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 16_384))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    kept = [line.strip() for line in text.splitlines() if line.strip()][-lines:]
    return " | ".join(kept)[-chars:]


@contextlib.contextmanager
def terminate_as_exit() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit(128 + number), so that context managers unwind.

    Only the first counts: a second must not cut short the unwinding that the first began. For the
    main thread only (ValueError elsewhere), as all signal handlers are.
    """
    is_ending = False

    def end(number: int, _frame) -> None:
        nonlocal is_ending
        if not is_ending:
            is_ending = True
            raise SystemExit(128 + number)

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        for number in numbers:
            if before[number] is not signal.SIG_IGN:  # nohup's wish is kept.
                signal.signal(number, end)
        yield
    finally:
        for number in numbers:
            signal.signal(number, before[number] if before[number] is not None else signal.SIG_DFL)
