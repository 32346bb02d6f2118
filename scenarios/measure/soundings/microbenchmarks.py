"""Small habits of Python, timed by pyperf: a program of its own, run by whichever Python is asked about.

``python microbenchmarks.py -o FILE.json --only join-list,local-bound`` and pyperf's own options. pyperf finds out how
often each must be repeated, takes a new process for every run (layout of memory and hashes are drawn anew in each), lets
each warm up, and writes what every run took (Stinner's pyperf; why new processes: Kalibera and Jones, ISMM 2013).

Nothing of this project is imported, so that any Python that has pyperf can run it.
"""

from __future__ import annotations

import pyperf

PIECES, MANY_PIECES = 1_000, 10_000
"""How many strings are put together: as many as a page of the application is made of, and ten times that."""
TURNS = 1_000
"""Of the tight loop."""
MEMBERS = (1, 4, 64, 1_000)
REPEATED = 100
"""How often a test of membership stands in the loop that is timed, so that the loop itself weighs next to nothing."""

STEP = 3


def joined(pieces):
    return "".join(pieces)


def added(pieces):
    text = ""
    for piece in pieces:
        text += piece
    return text


class Page:
    def __init__(self):
        self.text = ""


def added_to_attribute(pieces):
    """Add to an attribute, which CPython's shortcut for adding in place does not know: each += copies all there is."""
    page = Page()
    for piece in pieces:
        page.text += piece
    return page.text


def with_global(turns):
    total = 0
    for _ in range(turns):
        total += STEP
    return total


def with_local(turns):
    total, step = 0, STEP
    for _ in range(turns):
        total += step
    return total


def pieces_of(count):
    return [f"<td>{number:08d}</td>" for number in range(count)]


def logins(count):
    return [f"player{number}" for number in range(count)]


def asked_for(count):
    """Return the login in the middle of so many, as a string of its own: equal, not the same object."""
    return "".join(["player", str(count // 2)])


def main():
    def hand_on(command, given):
        command += ["--only", given.only]

    runner = pyperf.Runner(add_cmdline_args=hand_on)
    runner.argparser.add_argument("--only", default="", help="names of those to run, parted by commas; all without it")
    given = runner.parse_args()
    chosen = set(filter(None, given.only.split(",")))

    def timed(name, function, argument, operations):
        if not chosen or name in chosen:
            runner.bench_func(name, function, argument, inner_loops=operations)

    def timed_membership(kind, count):
        name = f"{kind.__name__}-{count}"
        if not chosen or name in chosen:
            known = {"members": kind(logins(count)), "login": asked_for(count)}
            runner.timeit(name, "login in members", globals=known, duplicate=REPEATED)

    timed("join-list", joined, pieces_of(PIECES), PIECES)
    timed("join-added", added, pieces_of(PIECES), PIECES)
    timed("join-attribute", added_to_attribute, pieces_of(PIECES), PIECES)
    timed("join-list-many", joined, pieces_of(MANY_PIECES), MANY_PIECES)
    timed("join-attribute-many", added_to_attribute, pieces_of(MANY_PIECES), MANY_PIECES)
    timed("local-global", with_global, TURNS, TURNS)
    timed("local-bound", with_local, TURNS, TURNS)
    for count in MEMBERS:
        timed_membership(list, count)
    for count in MEMBERS[1], MEMBERS[-1]:
        timed_membership(set, count)


if __name__ == "__main__":
    main()
