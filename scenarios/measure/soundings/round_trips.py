"""A byte to another process of this machine and back: what a network costs before there is any network."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

from scenarios.errors import StackError
from scenarios.measure.soundings import echo
from scenarios.measure.soundings.place import Size
from scenarios.measure.soundings.rows import absent, timed
from scenarios.soundings import Sounding

DEADLINE_S = 10
UNIX, TCP, DATACENTRE, WAN = "deep-round-trip-unix", "deep-round-trip-tcp", "deep-round-trip-datacentre", "deep-round-trip-wan"
BYTE = b"."

Pair = tuple[socket.socket, socket.socket]


def measured(size: Size) -> dict[str, Sounding]:
    """Return what a round trip takes within this machine, and that none further was tried."""
    how = "One byte to another process and back, over {}: four system calls, two processes woken, Python at both ends."
    return {
        UNIX: _row("Round trip to a process, unix socket", socket.socketpair, size, how.format("a unix socket")),
        TCP: _row("Round trip to a process, TCP on loopback", loopback, size, how.format("TCP on loopback, sent without delay")),
        DATACENTRE: absent("Round trip in a data centre", "one machine is all there is here, and loopback is no network"),
        WAN: absent("Round trip, California to Amsterdam", "a rebuild asks nobody beyond its own machine"),
    }


def _row(title: str, connected: Callable[[], Pair], size: Size, how: str) -> Sounding:
    with other_end(connected) as connection:

        def trip() -> None:
            try:
                connection.sendall(BYTE)
                heard = connection.recv(1)
            except OSError as fault:
                raise _nothing(fault.strerror or str(fault)) from fault
            if heard != BYTE:
                raise _nothing("nothing")

        return timed(title, trip, size, how)


@contextlib.contextmanager
def other_end(connected: Callable[[], Pair]) -> Iterator[socket.socket]:
    """Give a connection to a process that echoes; it has ended when this is left."""
    ours, theirs = connected()
    with ours:
        with theirs:
            process = subprocess.Popen([sys.executable, "-I", "-S", echo.__file__], stdin=theirs.fileno())
        with process:
            try:
                ours.settimeout(DEADLINE_S)
                yield ours
            finally:
                ours.close()
                _ended(process)


def _ended(process: subprocess.Popen) -> None:
    try:
        process.wait(DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _nothing(got: str) -> StackError:
    return StackError("a byte back from the other end of a round trip", got, "run it again; should it come back, report this")


def loopback() -> Pair:
    """Return both ends of a TCP connection of this machine with itself, neither of which waits to send more at once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname(), timeout=DEADLINE_S)
        theirs, _ = listener.accept()
    for each in (ours, theirs):
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return ours, theirs
