"""A longer way to the database: a relay that holds back whatever the application sends.

Run as a file of its own by a bare interpreter it is the relay itself::

    relay.py LISTEN_PORT TARGET_PORT DELAY_MS

Each chunk from client to server is kept for DELAY_MS after it came and then passed on; answers pass
at once. So every round trip takes that much longer, and a chunk that follows another is not kept
twice. A thread a direction and ``time.sleep``: an event loop's timers are whole milliseconds.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import socket
import sys
import threading
import time
from pathlib import Path

CHUNK_BYTES = 1 << 16


class Relay:
    """A running relay in front of ``target_port``, as a context manager; ``port`` is where it listens."""

    def __init__(self, run_folder: Path, target_port: int, delay_ms: float):
        self.folder, self.target_port, self.delay_ms = Path(run_folder).absolute(), target_port, delay_ms
        self.port: int | None = None
        self.server = None

    def __enter__(self) -> Relay:
        from scenarios.measure.stack.ports import on_free_port

        self.server = on_free_port(self._start)
        return self

    def __exit__(self, *_) -> None:
        self.server.stop()

    def _start(self, port: int):
        from scenarios.errors import StackError
        from scenarios.measure.stack.ports import PortTaken, says_taken
        from scenarios.measure.stack.process import PLAIN_ENVIRONMENT, Server, tail

        log = self.folder / "relay.log"
        log.unlink(missing_ok=True)
        argv = [sys.executable, "-I", "-S", "-B", __file__, str(port), str(self.target_port), str(self.delay_ms)]
        server = Server("the relay", argv, log, stop_signals=(signal.SIGTERM,), grace_s=2, env=PLAIN_ENVIRONMENT)
        self.port = port
        try:
            server.start_ready(lambda: "listening" in log.read_text(), 20, "that it listens")
        except StackError as fault:
            if says_taken(tail(log)):
                raise PortTaken("the relay", port) from fault
            raise
        return server


def serve(port: int, target_port: int, delay_s: float) -> None:
    listener = socket.create_server(("127.0.0.1", port))
    print("listening", flush=True)
    while True:
        client, _ = listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", target_port))
        except OSError:
            client.close()
            continue
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting: queue.SimpleQueue = queue.SimpleQueue()
        for work in ((_read, client, waiting), (_hold, waiting, server, delay_s), (_pass, server, client)):
            threading.Thread(target=work[0], args=work[1:], daemon=True).start()


def _read(source: socket.socket, waiting: queue.SimpleQueue) -> None:
    """Note when each chunk came; b"" marks the end."""
    data = b"-"
    while data:
        try:
            data = source.recv(CHUNK_BYTES)
        except OSError:
            data = b""
        waiting.put((time.perf_counter(), data))


def _hold(waiting: queue.SimpleQueue, target: socket.socket, delay_s: float) -> None:
    with contextlib.suppress(OSError):
        while True:
            came, data = waiting.get()
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            left = came + delay_s - time.perf_counter()
            if left > 0:
                time.sleep(left)
            target.sendall(data)


def _pass(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK_BYTES):
            target.sendall(data)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1e3)
