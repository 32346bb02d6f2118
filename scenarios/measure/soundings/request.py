"""What a whole request takes, from the first byte sent to the last byte back, with nobody else asking."""

from __future__ import annotations

import http.client
from contextlib import closing
from pathlib import Path

from scenarios.errors import StackError
from scenarios.measure.soundings.place import Size
from scenarios.measure.soundings.rows import timed
from scenarios.measure.soundings.statements import some_logins
from scenarios.measure.stack.nginx import ALIVE
from scenarios.measure.stack.stack import AppStack
from scenarios.measure.world import Place as Database
from scenarios.soundings import Sounding

SLUG, HANDLER = "oryx-antlerson", "wrecked"
TIMEOUT_S = 60
CLIENT = "Asked by Python's http.client over a connection that stays open, whose own time is in it."


def measured(database: Database, folder: Path, size: Size) -> dict[str, Sounding]:
    """Return what nginx takes to answer by itself, and what a page of the application does, which writes to ``database``."""
    with closing(database.connect()) as connection, connection.cursor() as cursor:
        login = some_logins(cursor)[0]
    with AppStack(folder, SLUG, HANDLER, database.url, workers=1) as stack:
        with closing(http.client.HTTPConnection(stack.nginx.address, timeout=TIMEOUT_S)) as client:
            return {
                "deep-nginx": timed("One request that nginx answers by itself", lambda: ask(client, ALIVE), size, CLIENT),
                "deep-request": timed(
                    "One request of the quiet page", lambda: ask(client, f"/quiet/{login}/1/3d6+2"), size,
                    f"Through nginx, gunicorn, Flask and SQLAlchemy: a player and a game looked up, a roll kept and committed. {CLIENT} No probes.",
                ),
            }  # fmt: skip


def ask(client: http.client.HTTPConnection, path: str) -> None:
    """Ask for a page and read it to its end. Raises StackError unless it is answered with 200."""
    client.request("GET", path)
    answer = client.getresponse()
    answer.read()
    if answer.status != 200:
        raise StackError(f"an answer to {path}", f"status {answer.status}", "see the log of the application")
