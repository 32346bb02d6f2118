"""Progress: one line kept up to date on a terminal, a line a minute elsewhere."""

from __future__ import annotations

import io
import re

from hypothesis import given
from hypothesis import strategies as st

from scenarios.measure.progress import Progress


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_a_minute_when_nobody_watches():
    out, clock = io.StringIO(), Clock()
    progress = Progress(600, out, clock)
    for step in range(60):
        progress.begin(f"step {step}")
        clock.now += 10
        progress.end(10)
    lines = out.getvalue().splitlines()
    assert [line.split("step ")[1] for line in lines] == [str(n) for n in range(0, 60, 6)]
    assert lines[0] == "[  0%] about 10 min left  step 0" and lines[3] == "[ 30%] about 7 min left  step 18"


def test_a_terminal_has_one_line_that_changes():
    out = Terminal()
    progress = Progress(100, out, Clock())
    progress.begin("one")
    progress.begin("two " + "x" * 500)
    assert "\n" not in out.getvalue() and out.getvalue().count("\r\033[K") == 2
    assert max(map(len, out.getvalue().split("\r\033[K"))) <= 140
    progress.say("stays")
    assert out.getvalue().endswith("\r\033[Kstays\n")


def test_what_is_said_is_said_at_once_anywhere():
    out = io.StringIO()
    progress = Progress(100, out, Clock())
    progress.begin("one")
    progress.say("stays")
    assert out.getvalue().splitlines()[1] == "stays"


def test_time_left_learns_from_the_steps_so_far():
    out, clock = io.StringIO(), Clock()
    progress = Progress(400, out, clock)
    assert progress.left() == "about 7 min left"
    clock.now += 200
    progress.end(100)  # twice as slow as thought
    assert progress.left() == "about 10 min left"
    clock.now += 10
    progress.end(290)
    assert progress.left() == "about 5 s left"
    progress.end(10)
    assert progress.left() == "about 0 s left"


@given(st.lists(st.tuples(st.floats(0.1, 1e4), st.floats(0, 1e4)), max_size=12))
def test_it_never_says_nonsense(steps):
    out, clock = io.StringIO(), Clock()
    progress = Progress(sum(expected for expected, _ in steps), out, clock)
    for expected, took in steps:
        progress.begin("x")
        clock.now += took
        progress.end(expected)
        assert re.fullmatch(r"about \d+ (s|min) left", progress.left())
    for line in out.getvalue().splitlines():
        assert 0 <= int(re.match(r"\[ *(\d+)%\]", line)[1]) <= 100
