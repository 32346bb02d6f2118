"""Addresses on loopback: finding a free port, coping when another takes it, asking over HTTP."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from typing import TypeVar

from scenarios.errors import StackError

Started = TypeVar("Started")
TRIES = 3


class PortTaken(StackError):
    """The port was free when it was chosen and is not now."""

    def __init__(self, name: str, port: int):
        super().__init__(f"port {port} on loopback for {name}", "another program took it", "try again")


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def on_free_port(start: Callable[[int], Started]) -> Started:
    """Return ``start(port)`` for a port that is free, choosing again when it raises PortTaken."""
    for _ in range(TRIES - 1):
        try:
            return start(free_port())
        except PortTaken:
            continue
    return start(free_port())


def says_taken(log_text: str) -> bool:
    """Tell whether a server's log (in English) complains that its address is in use."""
    # As glibc, musl (nginx's wheel) and gunicorn word it.
    return any(words in log_text for words in ("Address already in use", "Address in use", "Connection in use"))


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str, timeout_s: float):
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def is_open(port: int) -> bool:
    """Tell whether anything on loopback takes connections on ``port``."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def get(address: str, path: str, timeout_s: float = 2) -> tuple[int, bytes] | None:
    """Return status and body of ``path`` at ``unix:/a/socket`` or ``127.0.0.1:port``; None without an answer."""
    if address.startswith("unix:"):
        connection: http.client.HTTPConnection = _UnixConnection(address.removeprefix("unix:"), timeout_s)
    else:
        connection = http.client.HTTPConnection(address, timeout=timeout_s)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
