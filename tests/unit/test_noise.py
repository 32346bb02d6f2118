"""What is noticed about a machine, and what is not."""

from __future__ import annotations

import random
from collections import namedtuple

import pytest

from scenarios.measure import yardstick
from scenarios.measure.noise import groups, kendall, noise
from scenarios.measure.probes import counters
from scenarios.record import Phase, Record


def changed(record: Record, change) -> Record:
    """Return the record with every round replaced by ``change(cell, round)``."""
    experiments = {
        name: e.model_copy(
            update={"arms": {n: a.model_copy(update={"rounds": [change((name, n), r) for r in a.rounds]}) for n, a in e.arms.items()}}
        )
        for name, e in record.experiments.items()
    }
    return record.model_copy(update={"experiments": experiments})


def slowed(round_, times: float):
    latency_ms = round_.latency_ms.model_copy(update={"p50": round_.latency_ms.p50 * times})
    return round_.model_copy(update={"latency_ms": latency_ms})


def kinds(record: Record) -> set[str]:
    return {each.kind for each in noise(record.experiments, cores=2)}


def test_a_quiet_machine_is_not_spoken_of(record):
    assert kinds(record) == set()
    draw = random.Random(1)
    quiet = changed(
        record, lambda _, r: r.model_copy(update={"steal_share": 0.01, "others_cores": 0.05, "yardstick_ms": draw.uniform(2.0, 2.2)})
    )
    assert kinds(quiet) == set()


@pytest.mark.parametrize(("field", "value", "kind"), [("steal_share", 0.2, "steal"), ("others_cores", 1.0, "others")])
def test_what_others_take_is_noticed_when_it_is_no_accident(record, field, value, kind):
    assert kinds(changed(record, lambda _, r: r.model_copy(update={field: value}))) == {kind}
    seen = []
    once = changed(record, lambda cell, r: r.model_copy(update={field: value if not seen and not seen.append(cell) else 0.0}))
    assert kinds(once) == set()
    (told,) = noise(changed(record, lambda _, r: r.model_copy(update={field: value})).experiments, cores=2)
    assert told.said and told.advice


def test_a_processor_of_changing_speed_is_noticed(record):
    draw = random.Random(2)
    assert kinds(changed(record, lambda _, r: r.model_copy(update={"yardstick_ms": draw.uniform(2.0, 3.5)}))) == {"speed"}


@pytest.mark.parametrize(("step", "way"), [(1.06, "slower"), (1 / 1.06, "quicker")])
def test_a_machine_that_changes_from_round_to_round_is_noticed(record, step, way):
    drifted = changed(record, lambda _, r: slowed(r, step**r.round))
    (told,) = [each for each in noise(drifted.experiments, cores=2) if each.kind == "drift"]
    assert way in told.said


def test_one_slow_round_is_no_drift(record):
    assert "drift" not in kinds(changed(record, lambda _, r: slowed(r, 1.5 if r.round == 3 else 1.0)))


def test_two_groups_of_rounds_are_noticed_by_name(record):
    split = changed(record, lambda cell, r: slowed(r, 2.0) if cell == ("headline", "wrecked") and r.round % 2 else r)
    (told,) = noise(split.experiments, cores=2)
    assert told.kind == "groups" and "headline wrecked" in told.said


@pytest.mark.parametrize(
    ("times", "is_two"),
    [
        ([10, 10.1, 20, 20.2, 20.1], True), ([10, 20, 20.2, 20.1, 20.3], False), ([10, 12, 14, 16, 18], False),
        ([10, 10.1, 11, 11.1, 11.05], False),
        ([10, 10.1, 20, 20.2], False), ([5.0] * 5, False), ([5.0, 5.0, 9.0, 9.0, 9.0], True),
    ],
)  # fmt: skip
def test_groups_are_apart_and_of_two_at_least(times, is_two):
    assert (groups(times) is not None) == is_two
    assert groups(times) == groups(list(reversed(times)))


def test_groups_of_one_distribution_are_rarely_two():
    """A false alarm now and then is borne: few enough that a record of 30 cells is usually silent."""
    draw = random.Random(3)
    alarms = sum(groups([draw.lognormvariate(0, 0.1) for _ in range(5)]) is not None for _ in range(3_000))
    assert alarms / 3_000 < 0.02


def test_kendall_is_one_for_a_rise_and_turns_with_it():
    assert kendall([1, 2, 3, 4]) == 1 and kendall([4, 3, 2, 1]) == -1
    assert kendall([1, 3, 2, 4]) == pytest.approx(4 / 6) and kendall([1]) == 0


def test_the_yardstick_takes_as_long_as_its_work(monkeypatch):
    short = min(yardstick.measured_ms())
    monkeypatch.setattr(yardstick, "WORK", yardstick.WORK * 10)
    assert min(yardstick.measured_ms()) > 3 * short


class Ticking:
    """The system's own books, made up: CPU seconds and the clock."""

    def __init__(self, monkeypatch):
        self.clock_s, self.own_s, self.books = 100.0, 1.0, {
            "user": 10.0, "nice": 0.0, "system": 5.0, "idle": 50.0, "steal": 0.0, "softirq": 1.0
        }
        monkeypatch.setattr(counters.time, "monotonic", lambda: self.clock_s)
        monkeypatch.setattr(counters.time, "process_time", lambda: self.own_s)
        monkeypatch.setattr(counters.psutil, "cpu_times", lambda: namedtuple("Times", self.books)(**self.books))

    def go(self, seconds: float, **used_s: float) -> None:
        self.clock_s += seconds
        for kind, more_s in used_s.items():
            self.books[kind] += more_s


def test_what_is_neither_ours_nor_the_runs_is_others(monkeypatch):
    ticking = Ticking(monkeypatch)
    machine = counters.Machine()
    ticking.go(2.0, user=2.5, system=0.5, nice=0.4, softirq=3.0, idle=1.0)
    ticking.own_s += 0.1
    assert machine.others_cores(ours_s=2.3) == pytest.approx((3.4 - 2.3 - 0.1) / 2)
    assert machine.others_cores(ours_s=9.0) == 0, "a process that ended between readings never counts below nothing"


def test_stolen_time_is_a_share_of_all(monkeypatch):
    ticking = Ticking(monkeypatch)
    machine = counters.Machine()
    assert machine.steal_share() == 0
    ticking.go(1.0, user=0.75, steal=0.25)
    assert machine.steal_share() == pytest.approx(0.25)


def test_a_run_that_is_of_two_states_by_design_is_not_accused_of_them(record):
    phase = Phase(start_s=0, end_s=1, requests=3, statuses={"200": 3}, latency_ms={"n": 3, "p50": 5.0})
    split = changed(record, lambda cell, r: slowed(r, 2.0 if r.round % 2 else 1.0).model_copy(update={"phases": {"before": phase}}))
    assert kinds(split) == set()
    assert kinds(changed(split, lambda _, r: r.model_copy(update={"phases": {}}))) == {"groups"}
