"""The relay: what it delays, what it hands on, and what becomes of a connection whichever side ends it."""

from __future__ import annotations

import contextlib
import hashlib
import random
import signal
import socket
import socketserver
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from scenarios.errors import StackError
from scenarios.measure.run import round_trip_ms
from scenarios.measure.stack.ports import free_port
from scenarios.measure.stack.relay import Relay
from tests.stack.conftest import until

DELAY_MS = 20
LARGE = 16 << 20
TIMEOUT_S = 30


class Target(socketserver.ThreadingTCPServer):
    """Answers each connection by ``answer(socket)``, and notes how many have ended."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answer):
        self.ended = 0
        target = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.settimeout(TIMEOUT_S)
                self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with contextlib.suppress(ConnectionError):
                    answer(self.request)
                target.ended += 1

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        return self.server_address[1]


@contextlib.contextmanager
def target(answer):
    with Target(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def echo(connection: socket.socket) -> None:
    while data := connection.recv(1 << 16):
        connection.sendall(data)


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def exactly(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count and (data := connection.recv(count - len(found))):
        found += data
    return found


def ping_ms(connection: socket.socket) -> float:
    began = time.perf_counter()
    connection.sendall(b"x")
    assert exactly(connection, 1) == b"x"
    return (time.perf_counter() - began) * 1e3


def median_ping_ms(port: int, times: int = 15) -> float:
    with connect(port) as connection:
        return statistics.median(ping_ms(connection) for _ in range(times))


@pytest.fixture
def relayed(folder):
    """An echo behind a relay."""
    with target(echo) as server, Relay(folder, server.port, DELAY_MS) as relay:
        yield server, relay


# --- the delay ---------------------------------------------------------------------------------------


def test_every_round_trip_takes_so_much_longer_and_not_twice_that(relayed):
    server, relay = relayed
    direct_ms, by_relay_ms = median_ping_ms(server.port), median_ping_ms(relay.port)
    assert DELAY_MS <= by_relay_ms and direct_ms < DELAY_MS
    assert by_relay_ms - direct_ms < 2 * DELAY_MS


def test_what_follows_on_its_heels_is_not_kept_twice(relayed):
    """Ten messages that do not wait for answers are under way together."""
    with connect(relayed[1].port) as connection:
        began = time.perf_counter()
        for number in range(10):
            connection.sendall(bytes([number]))
        assert exactly(connection, 10) == bytes(range(10))
    took_ms = (time.perf_counter() - began) * 1e3
    assert DELAY_MS <= took_ms < 5 * DELAY_MS


def test_a_select_1_is_measured_through_it(postgres, folder):
    with Relay(folder, postgres.port, DELAY_MS) as relay:
        through = [round_trip_ms(postgres_connection(postgres, port)) for port in (relay.port, postgres.port)]
    assert through[0] >= DELAY_MS > through[1]


def postgres_connection(postgres, port):
    from scenarios.measure.world.world import Place, at_port

    return Place(at_port(postgres.url("postgres"), port), "postgres", "public").connect()


# --- what it hands on --------------------------------------------------------------------------------


def test_words_arrive_as_they_were_in_their_order(relayed):
    draw = random.Random(5)
    chunks = [draw.randbytes(draw.randrange(1, 5_000)) for _ in range(200)]
    with connect(relayed[1].port) as connection:
        sender = threading.Thread(target=lambda: [connection.sendall(chunk) for chunk in chunks])
        sender.start()
        assert exactly(connection, sum(map(len, chunks))) == b"".join(chunks)
        sender.join()


def test_a_large_answer_passes_whole(folder):
    data = random.Random(6).randbytes(LARGE)

    def answer(connection):
        connection.recv(1)
        connection.sendall(data)

    with target(answer) as server, Relay(folder, server.port, DELAY_MS) as relay, connect(relay.port) as connection:
        connection.sendall(b"?")
        assert hashlib.sha256(exactly(connection, LARGE)).digest() == hashlib.sha256(data).digest()
        assert connection.recv(1) == b""


def test_many_connections_are_served_at_once_and_forgotten_when_closed(relayed):
    server, relay = relayed
    process = psutil.Process(relay.server.pid)
    with ThreadPoolExecutor(40) as pool, contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(relay.port)) for _ in range(40)]
        assert min(pool.map(ping_ms, connections)) >= DELAY_MS
        files = process.num_fds()
    until(lambda: server.ended == 40, "the target's ends closed")
    until(lambda: process.num_threads() == 1 and process.num_fds() <= files - 80, "threads and files given back")


# --- ends --------------------------------------------------------------------------------------------


def test_a_client_that_leaves_is_seen_to_leave(relayed):
    server, relay = relayed
    with connect(relay.port) as connection:
        ping_ms(connection)
    until(lambda: server.ended == 1, "the target told")


def test_a_client_that_has_said_all_still_gets_its_answer(folder):
    def answer(connection):
        said = b""
        while data := connection.recv(100):
            said += data
        connection.sendall(said[::-1])

    with target(answer) as server, Relay(folder, server.port, DELAY_MS) as relay, connect(relay.port) as connection:
        connection.sendall(b"abc")
        connection.shutdown(socket.SHUT_WR)
        assert exactly(connection, 100) == b"cba"


def test_a_server_that_leaves_is_seen_to_leave(folder):
    with target(lambda connection: connection.sendall(b"bye")) as server, Relay(folder, server.port, DELAY_MS) as relay:
        with connect(relay.port) as connection:
            assert exactly(connection, 100) == b"bye"


def test_a_client_that_breaks_off_mid_answer_harms_nobody_else(folder):
    with target(lambda connection: connection.sendall(bytes(LARGE))) as server, Relay(folder, server.port, DELAY_MS) as relay:
        with connect(relay.port) as broken:
            broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0]))  # a reset, not a farewell
            broken.recv(10)
        with connect(relay.port) as connection:
            assert len(exactly(connection, LARGE)) == LARGE
        until(lambda: server.ended == 2, "both ends closed")


def test_nobody_behind_it_is_a_closed_connection_and_it_goes_on(folder):
    with Relay(folder, free_port(), DELAY_MS) as relay:
        for _ in range(2):
            with connect(relay.port) as connection:
                assert connection.recv(1) == b""
        relay.server.check()


def test_killed_it_takes_its_connections_along_and_is_told_of(relayed):
    server, relay = relayed
    with connect(relay.port) as connection:
        ping_ms(connection)
        relay.server.signal(signal.SIGKILL)
        assert exactly(connection, 1) == b""
    until(lambda: server.ended == 1, "the target told")
    with pytest.raises(StackError, match="the relay to keep running"):
        until(lambda: relay.server.check(), "its end noticed")
