"""A wall clock that is set during a run: durations do not know of it, and the run is refused."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest

from scenarios.errors import StackError
from scenarios.measure import clock
from scenarios.measure.probes.spans import Trace

MEASURE = Path(clock.__file__).parent
WALL_CLOCK = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today"}
READS_IT = {
    "clock.py": "to see that it goes evenly",
    "rebuild.py": "when the record was made",
    "runs_folder.py": "a folder's name",
    "world/kept.py": "what no run has opened for a month",
    "probes/activity.py": "moments of readings, joined with the generator's start",
    "probes/counters.py": "moments of readings",
    "probes/spans.py": "once a request",
    "probes/troubles.py": "the kernel's own stamps",
    "remedies.py": "moments of what was done",
    "stack/fence.py": "moments of readings",
    "traffic/client.py": "the start of traffic, once",
}


@pytest.fixture
def step(monkeypatch):
    """Return a function that sets the clock by so many seconds, for this process alone."""
    true_s, true_ns, by = time.time, time.time_ns, [0.0]
    monkeypatch.setattr(time, "time", lambda: true_s() + by[0])
    monkeypatch.setattr(time, "time_ns", lambda: true_ns() + round(by[0] * 1e9))
    return lambda seconds: by.__setitem__(0, by[0] + seconds)


@pytest.mark.parametrize("seconds", [3600, -3600, 0.5, -0.5])
def test_a_step_is_told_by_how_much(step, seconds):
    even = clock.Even()
    even.check("headline, wrecked")
    step(seconds)
    with pytest.raises(StackError) as caught:
        even.check("headline, wrecked")
    said = str(caught.value)
    assert said.startswith("wanted a wall clock that goes evenly during headline, wrecked; got one that was set by ")
    assert float(said.split("set by ")[1].split(" s;")[0].replace(",", "")) == pytest.approx(seconds, abs=clock.STEP_BORNE_S)


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_a_span_is_as_long_as_it_was(step, seconds):
    trace = Trace("0" * 32, None)
    began_ns = trace.now_ns()
    step(seconds)
    assert 0 <= trace.now_ns() - began_ns < 1e9


def test_who_reads_the_wall_clock_is_known():
    """A duration taken from it would change with it: whoever reads it has said what for."""
    found = set()
    for path in MEASURE.rglob("*.py"):
        name = path.relative_to(MEASURE).as_posix()
        nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)]
        found |= {name for node in nodes if ast.unparse(node) in WALL_CLOCK and not name.startswith(("bench/", "soundings/main"))}
    assert found == set(READS_IT)
