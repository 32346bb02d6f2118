"""Bytes a worker receives from its database, by the kernel's own count of the connection's socket.

Linux counts them for every TCP connection (``tcpi_bytes_received`` of ``struct tcp_info`` in ``linux/tcp.h``,
since 4.1; RFC 4898). Read as a connection leaves the pool and as it comes back, that costs a few
system calls a request. Elsewhere, and on a unix socket, there is no such count.
"""

from __future__ import annotations

import os
import socket
import struct
from contextvars import ContextVar

from sqlalchemy import Engine, event

_COUNT = struct.Struct("=Q")
_OFFSET = 128
"""8 bytes of flags, 24 numbers of 4 bytes, then pacing rates and bytes acknowledged, 8 each."""


def of_socket(fileno: int) -> int | None:
    """Return how many bytes a TCP socket has received; None where the kernel does not say."""
    if not hasattr(socket, "TCP_INFO"):
        return None
    try:
        with socket.socket(fileno=os.dup(fileno)) as same:
            info = same.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _OFFSET + _COUNT.size)
    except OSError:
        return None
    return _COUNT.unpack_from(info, _OFFSET)[0] if len(info) >= _OFFSET + _COUNT.size else None


class Meter:
    """Adds up what the connections of ``engine`` receive while they are out of its pool: for each thread what it took out itself."""

    def __init__(self, engine: Engine):
        self._bytes: ContextVar[int | None] = ContextVar("bytes", default=0)
        event.listen(engine, "checkout", self._out)
        event.listen(engine, "checkin", self._back)

    def begin(self) -> None:
        """Start again from nothing."""
        self._bytes.set(0)

    def read(self) -> int | None:
        """Return the bytes since ``begin``; None if any connection could not be read."""
        return self._bytes.get()

    def _out(self, dbapi_connection, record, _proxy) -> None:
        record.info["received_before"] = _of(dbapi_connection)

    def _back(self, dbapi_connection, record) -> None:
        before, now = record.info.pop("received_before", None), _of(dbapi_connection)
        total = self._bytes.get()
        self._bytes.set(None if total is None or before is None or now is None else total + now - before)


def _of(dbapi_connection) -> int | None:
    """Return a driver's connection's count; None for one that is closed, or has no socket."""
    if getattr(dbapi_connection, "closed", True):
        return None
    return of_socket(dbapi_connection.fileno())
