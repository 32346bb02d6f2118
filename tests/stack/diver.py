"""A process that starts servers and is then killed by a test, one way or another.

``python -m tests.stack.diver MODE FOLDER``, with a cluster in ``FOLDER/data``. It prints one line of
JSON once everything is as its mode says, and then waits for its end:

all        Postgres with two long queries, gunicorn with a worker in a loop, nginx
half       Postgres is up, but its start is not finished, and never will be
forked     as ``all``, and a fork of this process holds all its descriptors
leave      as ``all``, and goes out by itself, in order
"""

import json
import os
import signal
import socket
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg2

from scenarios.measure.stack.gunicorn import Gunicorn
from scenarios.measure.stack.nginx import Nginx
from scenarios.measure.stack.postgres import Postgres
from scenarios.measure.stack.process import terminate_as_exit

LONG_QUERIES = ("SELECT pg_sleep(1000)", "DO $$ BEGIN LOOP END LOOP; END $$")


def main(mode: str, folder: Path) -> None:
    with terminate_as_exit(), ExitStack() as stack:
        if mode == "half":
            Postgres._answers = announce_half
        postgres = stack.enter_context(Postgres(folder / "data", folder, is_temporary=True))
        gunicorn = stack.enter_context(Gunicorn(folder, {}, 2, app="tests.stack.tiny_app:app"))
        nginx = stack.enter_context(Nginx(folder, gunicorn.address))
        keep_busy(postgres, nginx)
        if mode == "forked" and os.fork() == 0:
            os.close(1)
            signal.pause()
        announce([postgres.server, gunicorn.server, nginx.server], [postgres.port, nginx.port])
        if mode != "leave":
            signal.pause()


def announce_half(postgres: Postgres) -> bool:
    """A readiness that never comes; the first time that the server answers, its processes are announced."""
    try:
        postgres.connect("postgres").close()
    except psycopg2.OperationalError:
        return False
    if not hasattr(postgres, "is_announced"):
        postgres.is_announced = True
        children = psutil.Process().children(recursive=True)
        print(json.dumps({"servers": [], "pids": [child.pid for child in children], "ports": [postgres.port]}), flush=True)
    return False


def keep_busy(postgres: Postgres, nginx: Nginx) -> None:
    """Return once the database works on its long queries, and send the application into its loop."""
    for query in LONG_QUERIES:
        connection = postgres.connect("postgres")
        threading.Thread(target=endure, args=(connection, query), daemon=True).start()
    with postgres.connect("postgres") as watch, watch.cursor() as cursor:
        seen = 0
        while seen < len(LONG_QUERIES):
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = ANY(%s)", [list(LONG_QUERIES)])
            seen = cursor.fetchone()[0]
    asker = socket.create_connection(("127.0.0.1", nginx.port))
    asker.sendall(b"GET /busy HTTP/1.1\r\nHost: here\r\n\r\n")
    keep_busy.asker = asker  # Not to be closed.


def endure(connection, query: str) -> None:
    try:
        connection.cursor().execute(query)
    except psycopg2.Error:
        pass  # The server was ended under it, as the test means to.


def announce(servers, ports) -> None:
    pids = [child.pid for child in psutil.Process().children(recursive=True)]
    print(json.dumps({"servers": [server.pid for server in servers], "pids": pids, "ports": ports}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
