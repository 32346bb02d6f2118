"""One progress over several wrecks, and the table at its end."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from scenarios.measure.progress import Progress
from scenarios.measure.voyage import Voyage


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_time_left_in_all_goes_by_those_that_are_done():
    clock = Clock()
    voyage = Voyage({"one": 120, "two": 120, "three": 360}, clock)
    voyage.begin("one")
    assert voyage.where(0) == "wreck 1 of 3, about 10 min left in all"
    clock.now += 240  # twice as slow as thought
    voyage.end("one", "well")
    voyage.begin("two")
    assert voyage.where(0) == "wreck 2 of 3, about 16 min left in all"
    clock.now += 120
    assert voyage.where(60) == "wreck 2 of 3, about 14 min left in all"


def test_one_that_failed_says_nothing_of_the_others():
    clock = Clock()
    voyage = Voyage({"one": 600, "two": 120}, clock)
    voyage.begin("one")
    clock.now += 1
    voyage.end("one", "failed", is_whole=False)
    voyage.begin("two")
    assert voyage.where(0) == "wreck 2 of 2, about 2 min left in all"


def test_a_line_tells_of_this_one_and_of_all():
    out, clock = io.StringIO(), Clock()
    voyage = Voyage({"one": 120, "two": 240}, clock)
    voyage.begin("one")
    progress = Progress(120, out, clock, where=voyage.where)
    progress.begin("round 1")
    assert out.getvalue() == "[  0%] about 2 min left; wreck 1 of 2, about 6 min left in all  round 1\n"


def test_one_alone_is_not_counted():
    voyage = Voyage({"one": 120})
    voyage.begin("one")
    voyage.end("one", "well")
    assert voyage.where(0) == "" and voyage.lines() == []


def test_the_table_has_each_in_its_order_and_all_together():
    clock = Clock()
    voyage = Voyage({"one": 120, "twenty-two": 60}, clock)
    voyage.left_out("old", "fresh")
    for slug, took_s in (("one", 90), ("twenty-two", 30)):
        voyage.begin(slug)
        clock.now += took_s
        voyage.end(slug, "all well")
    assert voyage.lines() == [
        "wreck         min",
        "old             –  fresh",
        "one           1.5  all well",
        "twenty-two    0.5  all well",
        "all           2.0",
    ]


@given(st.lists(st.tuples(st.floats(0.1, 1e4), st.floats(0, 1e4), st.booleans()), min_size=2, max_size=6))
def test_it_never_says_nonsense(wrecks):
    clock = Clock()
    voyage = Voyage({str(i): expected for i, (expected, _, _) in enumerate(wrecks)}, clock)
    for i, (expected, took, is_whole) in enumerate(wrecks):
        voyage.begin(str(i))
        for done in (0, expected / 2, expected):
            assert voyage.where(done).startswith(f"wreck {i + 1} of {len(wrecks)}, about ")
            clock.now += took / 3
        voyage.end(str(i), "", is_whole=is_whole)
    assert len(voyage.lines()) == len(wrecks) + 2
