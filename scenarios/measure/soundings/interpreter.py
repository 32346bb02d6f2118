"""What Python itself takes for the small things that advice about fast Python is about."""

from __future__ import annotations

import platform
import timeit
from dataclasses import dataclass

from scenarios.measure.soundings.place import Size
from scenarios.measure.soundings.rows import taken, warmed
from scenarios.soundings import Sounding

UNROLLED = 50
"""How often a statement stands in one turn of the loop, so that the loop itself weighs little."""

SETUP = """
import threading

class Player:
    def __init__(self):
        self.login = "jgarcia1"

def nothing():
    pass

player, logins, lock = Player(), {"jgarcia1": 1}, threading.Lock()
"""


@dataclass(frozen=True)
class Statement:
    """A line of Python to time."""

    title: str
    code: str


STATEMENTS = {
    "deep-python-lookup": Statement("Python: look a name up in a dict", "logins['jgarcia1']"),
    "deep-python-attribute": Statement("Python: read an attribute", "player.login"),
    "deep-python-call": Statement("Python: call a function that does nothing", "nothing()"),
    "deep-python-lock": Statement("Python: acquire and release a lock", "lock.acquire(); lock.release()"),
}


def measured(size: Size) -> dict[str, Sounding]:
    """Return one row a statement, each less what an empty line in its place takes."""
    turns = max(round(size.round_s * 2e4), 20)
    return {name: _row(statement, size.rounds, turns) for name, statement in STATEMENTS.items()}


def _row(statement: Statement, rounds: int, turns: int) -> Sounding:
    how = f"'{statement.code}' as a line of a function, by timeit: {UNROLLED} in a row, less as many lines of 'pass'. The interpreter's work, and no processor's latency."
    rounds_ns = warmed(rounds, lambda: line_ns(statement.code, turns) - line_ns("pass", turns))
    return taken(statement.title, rounds_ns, turns * UNROLLED, how, python=platform.python_version())


def line_ns(code: str, turns: int) -> float:
    """Return what one line takes, in ns, the loop around it included: the least of three, since whatever disturbs it adds."""
    timer = timeit.Timer("\n".join([code] * UNROLLED), SETUP)
    return min(timer.repeat(3, turns)) / turns / UNROLLED * 1e9
