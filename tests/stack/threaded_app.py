"""A page for the stack's own tests, traced, whose requests meet within one worker before each of their statements."""

from __future__ import annotations

import os
from threading import Barrier

from flask import Flask
from sqlalchemy import create_engine, text

from scenarios.measure.probes.spans import instrument

THREADS = 4


def app() -> Flask:
    made, meeting = Flask(__name__), Barrier(THREADS, timeout=60)
    engine = create_engine(f"sqlite:///{os.environ['TOLD_DATABASE']}", pool_size=THREADS, connect_args={"check_same_thread": False})
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))

    @made.get("/page/<int:n>")
    def page(n: int):
        with engine.connect() as connection:
            found = []
            for part in range(3):
                meeting.wait()
                found.append(connection.execute(text(f"SELECT {n} * 10 + {part}")).scalar())
            return found

    made.add_url_rule("/alive", "alive", lambda: "alive")
    instrument(made, engine, os.environ["TOLD_SPANS"])
    return made
