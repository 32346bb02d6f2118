"""The kernel's count of what a socket received."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, text

from scenarios.measure.probes import received

@pytest.fixture
def pair():
    """Two ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as one:
        other, _ = listener.accept()
        with other:
            yield one, other


@pytest.mark.parametrize("count", [0, 1, 100_000])
def test_every_byte_is_counted_once_and_only_what_came_in(pair, count):
    one, other = pair
    one.sendall(b"outward")
    other.sendall(bytes(count))
    left = count
    while left:
        left -= len(one.recv(left))
    assert received.of_socket(one.fileno()) == count
    one.sendall(b"the socket is still open")


def test_a_unix_socket_has_no_such_count():
    one, other = socket.socketpair()
    with one, other:
        assert received.of_socket(one.fileno()) is None


def test_where_the_system_has_no_such_count_there_is_none(pair, monkeypatch):
    monkeypatch.delattr(socket, "TCP_INFO")
    assert received.of_socket(pair[0].fileno()) is None


class Connected:
    """A driver's connection, as the meter looks at it."""

    def __init__(self, end):
        self.end, self.closed = end, 0

    def fileno(self):
        return self.end.fileno()


def test_the_meter_counts_while_a_connection_is_out_of_the_pool(pair):
    one, other = pair
    meter, connection, record = received.Meter(create_engine("sqlite://")), Connected(one), SimpleNamespace(info={})

    def receive(count):
        other.sendall(bytes(count))
        while count:
            count -= len(one.recv(count))

    receive(7)
    meter.begin()
    for count in (5, 6):
        meter._out(connection, record, None)
        receive(count)
        meter._back(connection, record)
        receive(100)
    assert meter.read() == 11
    meter.begin()
    assert meter.read() == 0
    meter._out(connection, record, None)
    connection.closed = 2  # as the driver says of a connection that broke
    meter._back(connection, record)
    assert meter.read() is None
    meter.begin()
    assert meter.read() == 0


def test_a_database_without_a_socket_is_not_counted():
    engine = create_engine("sqlite://")
    meter = received.Meter(engine)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert meter.read() is None
