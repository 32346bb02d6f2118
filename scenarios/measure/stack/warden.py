"""A dead-man's switch: starts one server and sees to it that nothing of it outlives its parent.

The parent holds the writing end of a pipe, the warden the reading end (its standard input). A line
``stop`` asks it to end the server politely; the end of the file means that the parent is gone, by
whatever death, and the server is ended quickly. Either way the warden goes through the server's
stop signals, then kills every descendant, then removes the folders it was given.

It runs in a session of its own, so that Ctrl-C in a terminal reaches the parent alone, and on Linux
as a subreaper, so that processes which the server abandons become its own children and are found.
If the warden itself is killed, the kernel sends the server the last of its stop signals.

On standard output it says, a line each: ``pid N`` (of the server), ``failed WHY`` (it could not be
started), ``exit N`` (its status, negative for a signal), ``left N ...`` (processes that would not
die). It then ends as the server did. Run as a file of its own by a bare interpreter (``-I -S``), it
imports only the standard library and nothing of ours: it is up in some 30 ms.
"""

import argparse
import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
IPC_RMID = 0
ON_LINUX = sys.platform == "linux"
KILL_DEADLINE_S = 10
LEFT_BEHIND_GRACE_S = 1
"""For processes that outlive their server: Postgres' logger still has its last lines to write."""


def main(argv: list[str] | None = None) -> None:
    options = parse(argv)
    wake = listen_to_signals()
    if ON_LINUX:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        server = start(options)
    except (OSError, subprocess.SubprocessError) as fault:
        say(f"failed {fault}")
        status = 127
    else:
        say(f"pid {server}")
        status = Watch(server, options, wake).until_the_end()
        say(f"exit {status}")
        left = kill_descendants(wake, server)
        if left:
            say("left " + " ".join(map(str, left)))
        remove_shared_memory(server)
    for folder in options.remove:
        shutil.rmtree(folder, ignore_errors=True)
        if os.path.lexists(folder):
            complain(f"could not remove all of {folder}")
    end_as(status)


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="warden", description="start a server that cannot outlive its parent")
    parser.add_argument("--parent", type=int, required=True, help="the process whose end is the server's end")
    parser.add_argument("--stop", required=True, help="signals by number, in order, comma between; SIGKILL follows by itself")
    parser.add_argument("--grace-s", type=float, default=10, help="wait after each signal when asked to stop")
    parser.add_argument("--orphan-grace-s", type=float, default=2, help="wait after each signal when the parent is gone")
    parser.add_argument("--user", help="uid:gid to run the server as")
    parser.add_argument("--remove", action="append", default=[], help="a folder to remove in the end")
    parser.add_argument("argv", nargs="+", help="the server, after --")
    options = parser.parse_args(argv)
    options.stop = [int(number) for number in options.stop.split(",")]
    return options


def listen_to_signals() -> int:
    """Return a descriptor on which each signal's number arrives as a byte."""
    # Handlers, not SIG_IGN: an ignored signal would stay ignored in the server.
    wake, wake_write = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    return wake


def start(options: argparse.Namespace) -> int:
    """Start the server, its output going to our standard error, and return its process id."""
    uid, gid = map(int, options.user.split(":")) if options.user else (None, None)
    libc, warden, death_signal = ctypes.CDLL(None), os.getpid(), options.stop[-1]

    def before_exec() -> None:
        # Runs after the change of user, which would clear the setting.
        libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != warden:
            os._exit(1)

    server = subprocess.Popen(
        options.argv, stdin=subprocess.DEVNULL, stdout=2, stderr=2, process_group=0,
        user=uid, group=gid, extra_groups=None if uid is None else [],
        preexec_fn=before_exec if ON_LINUX else None,
    )  # fmt: skip
    server.returncode = 0  # We collect it ourselves; the object need not care.
    return server.pid


class Watch:
    """The wait for a server's end, and the steps to it once it is to end."""

    def __init__(self, server: int, options: argparse.Namespace, wake: int):
        self.server, self.options, self.wake = server, options, wake
        self.parent = open_parent(options.parent)
        self.watched = [fd for fd in (wake, 0, self.parent) if fd is not None]
        self.steps: list[int] | None = None
        """Signals still to be sent; None while the server may live."""
        self.grace_s = options.grace_s
        self.deadline = float("inf")

    def until_the_end(self) -> int:
        """Return the server's exit status, negative for a signal."""
        if os.getppid() != self.options.parent:
            self.end_now()
        while (status := reap(self.server)) is None:
            if time.monotonic() >= self.deadline:
                if not self.steps:
                    return -signal.SIGKILL  # It outlived its kill: the caller finds and names it.
                self.step()
            timeout = None if self.deadline == float("inf") else max(0.0, self.deadline - time.monotonic())
            for fd in select.select(self.watched, [], [], timeout)[0]:
                self.hear(fd)
        return status

    def hear(self, fd: int) -> None:
        if fd == self.wake:
            received = os.read(fd, 4096)
            if signal.SIGTERM in received or signal.SIGHUP in received:
                self.end_now()
            return
        said = os.read(fd, 4096) if fd == 0 else b""
        if said:
            self.end(self.options.grace_s)
        else:
            self.watched.remove(fd)
            self.end_now()

    def end_now(self) -> None:
        """The parent is gone (or someone wants us gone): no one waits for a tidy end."""
        self.deadline = min(self.deadline, time.monotonic() + self.options.orphan_grace_s)
        self.end(self.options.orphan_grace_s)

    def end(self, grace_s: float) -> None:
        self.grace_s = grace_s
        if self.steps is None:
            self.steps = [*self.options.stop, signal.SIGKILL]
            self.step()

    def step(self) -> None:
        number = self.steps.pop(0)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.server, number)
        self.deadline = time.monotonic() + (KILL_DEADLINE_S if number == signal.SIGKILL else self.grace_s)


def open_parent(parent: int) -> int | None:
    """Return a descriptor that becomes readable when the parent ends, None where there is no such thing."""
    # The pipe alone would do, but for a parent that forks: its children hold the pipe open.
    try:
        return os.pidfd_open(parent)
    except (AttributeError, OSError):
        return None


def reap(server: int) -> int | None:
    """Collect every child that has ended; return the server's status if it is one of them."""
    status = None
    while True:
        try:
            ended, code = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if ended == 0:
            return status
        if ended == server:
            status = os.waitstatus_to_exitcode(code)


def kill_descendants(wake: int, server: int) -> list[int]:
    """Kill whatever the server left behind, and return what is there after the deadline."""
    if not ON_LINUX:
        # No subreaper there: what the server abandoned is found by its process group, and not waited for.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(server, signal.SIGKILL)
    begun = time.monotonic()
    while living := descendants(os.getpid()):
        waited_s = time.monotonic() - begun
        if waited_s >= LEFT_BEHIND_GRACE_S + KILL_DEADLINE_S:
            return living
        for pid in living if waited_s >= LEFT_BEHIND_GRACE_S else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if select.select([wake], [], [], 0.02)[0]:
            os.read(wake, 4096)
        reap(0)
    return []


def remove_shared_memory(server: int) -> None:
    """Remove the System V segments that the server made and nobody is attached to: one that was killed could not."""
    with contextlib.suppress(OSError), open("/proc/sysvipc/shm", encoding="ascii") as table:
        for row in [line.split() for line in table][1:]:
            segment, maker, attached = int(row[1]), int(row[4]), int(row[6])
            if maker == server and attached == 0:
                ctypes.CDLL(None).shmctl(segment, IPC_RMID, None)


def descendants(ancestor: int) -> list[int]:
    """Return the process ids of all children of ``ancestor``, theirs, and so on."""
    children: dict[int, list[int]] = {}
    for pid, parent in process_table():
        children.setdefault(parent, []).append(pid)
    found, queue = [], [ancestor]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def process_table() -> list[tuple[int, int]]:
    """Return (process id, parent's id) of every process, and nothing of one that ends meanwhile."""
    if not ON_LINUX:
        me = subprocess.Popen(["/bin/ps", "-axo", "pid=,ppid="], stdout=subprocess.PIPE)
        listed = me.communicate()[0].decode().split()
        pairs = zip(map(int, listed[::2]), map(int, listed[1::2]), strict=True)
        return [(pid, parent) for pid, parent in pairs if pid != me.pid]
    table = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:
            # The second field is the command in brackets, and may hold brackets and spaces.
            table.append((int(name), int(stat.read().rpartition(b")")[2].split()[1])))
    return table


def say(line: str) -> None:
    with contextlib.suppress(OSError):  # The parent may be gone.
        os.write(1, f"{line}\n".encode(errors="backslashreplace"))


def complain(line: str) -> None:
    with contextlib.suppress(OSError):
        os.write(2, f"warden: {line}\n".encode(errors="backslashreplace"))


def end_as(status: int) -> None:
    """End with the server's status: by the same signal if that is how it ended."""
    if status < 0:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    main()
