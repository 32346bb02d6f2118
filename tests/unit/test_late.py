"""A generator that was late: in how many runs that is borne, and what is late at all."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from scenarios.measure.quantiles import summarised
from scenarios.measure.rebuild import _late
from scenarios.measure.requests import Request
from scenarios.measure.summary import GENERATOR_LATE_MS, GENERATOR_LATE_SHARE, generator_late_ms
from scenarios.wreck import ClosedLoop, OpenLoop

OPEN, CLOSED = OpenLoop(rate_per_s=5, duration_s=2), ClosedLoop(clients=1, duration_s=1)
SLOW_MS = 10 * GENERATOR_LATE_MS / GENERATOR_LATE_SHARE
"""An answer so long that it does not matter whether its request was sent ten times the limit late."""


def requests(late_ms: float, answer_ms: float, count: int = 10) -> list[Request]:
    """Return requests due a second apart, each sent so late and answered so long after."""
    return [Request(f"{due}", 0, due, due + late_ms / 1e3, due + (late_ms + answer_ms) / 1e3, "200", 0) for due in range(count)]


def a_run(late_ms: float, traffic=OPEN, answer_ms: float = 20.0):
    summary = SimpleNamespace(lateness_ms=summarised([late_ms] * 10))
    return SimpleNamespace(experiment=SimpleNamespace(traffic=traffic), summary=summary, requests=requests(late_ms, answer_ms))


@pytest.mark.parametrize(
    ("late_ms", "answer_ms", "is_late"),
    [(GENERATOR_LATE_MS / 2, 1.0, False), (2 * GENERATOR_LATE_MS, 1.0, True), (2 * GENERATOR_LATE_MS, SLOW_MS, False)],
)
def test_late_is_what_changes_something(late_ms, answer_ms, is_late):
    assert generator_late_ms(summarised([late_ms] * 10), requests(late_ms, answer_ms)) == (pytest.approx(late_ms) if is_late else None)


def test_a_few_late_runs_are_borne_and_one_more_is_not():
    late, well = a_run(2 * GENERATOR_LATE_MS), a_run(0.0)
    assert _late([late] + [well] * 19) == []
    (why,) = _late([late] * 2 + [well] * 18)
    assert "late in 2 of 20 open-loop runs" in why and "run again" in why


def test_who_waits_for_answers_is_never_late():
    assert _late([a_run(2 * GENERATOR_LATE_MS, CLOSED)] * 20) == []
