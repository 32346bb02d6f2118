"""The other end of a round trip: it says back what it hears until nobody talks any more.

Run as a program of its own whose standard input is the connection: it ends when the other side does, whatever ended that.
"""

import socket

MOST_BYTES = 64


def echo(connection: socket.socket) -> None:
    while heard := connection.recv(MOST_BYTES):
        connection.sendall(heard)


if __name__ == "__main__":
    with socket.socket(fileno=0) as opened:
        echo(opened)
