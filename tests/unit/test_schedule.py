import random
from collections import Counter
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from scenarios.measure.traffic.schedule import dealt, open_loop, shuffled

rates = st.floats(0.1, 500)
durations = st.floats(1, 60)


@given(rates, durations, st.sampled_from(["poisson", "constant"]), st.integers(1, 9), st.integers(0, 2**32))
def test_a_schedule_is_ordered_inside_its_time_and_repeats(rate, duration, arrivals, paths, seed):
    count = round(rate * duration)
    if count < 1:
        return
    schedule = open_loop(rate, duration, arrivals, paths, seed)
    times = [due.due_s for due in schedule]
    assert len(schedule) == count
    assert times == sorted(times) and 0 <= times[0] and times[-1] < duration
    assert [due.path for due in schedule] == [i % paths for i in range(count)]
    assert len({due.trace_id for due in schedule}) == count
    assert all(len(due.trace_id) == 32 and int(due.trace_id, 16) for due in schedule)
    assert schedule == open_loop(rate, duration, arrivals, paths, seed)


def test_another_seed_is_another_schedule():
    assert open_loop(5, 10, "poisson", 3, 1) != open_loop(5, 10, "poisson", 3, 2)


def test_poisson_gaps_vary_as_they_should():
    times = [due.due_s for due in open_loop(100, 100, "poisson", 1, 7)]
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
    mean = sum(gaps) / len(gaps)
    variation = (sum((g - mean) ** 2 for g in gaps) / len(gaps)) ** 0.5 / mean
    assert 0.9 < variation < 1.1  # of an exponential distribution it is 1


@given(st.lists(st.integers(), unique=True, max_size=20), st.integers(1, 9), st.integers())
def test_a_round_runs_every_cell_once_in_a_settled_order(cells, round_, seed):
    assert sorted(shuffled(cells, round_, seed)) == sorted(cells)
    assert shuffled(cells, round_, seed) == shuffled(cells, round_, seed)


def test_rounds_differ_in_order():
    cells = list(range(10))
    assert len({tuple(shuffled(cells, round_, 1)) for round_ in range(1, 6)}) > 1


@given(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.integers(1, 4), st.integers())
def test_every_whole_pack_is_the_mix_exactly(weights, packs, seed):
    size = sum(weights)
    found = [*islice(dealt(weights, random.Random(seed)), packs * size)]
    for at in range(0, len(found), size):
        assert Counter(found[at : at + size]) == dict(enumerate(weights))
    assert found == [*islice(dealt(weights, random.Random(seed)), packs * size)]


def test_packs_are_shuffled_each_anew():
    draw = random.Random(1)
    first, second = ([*islice(dealt([1] * 30, draw), 30)] for _ in range(2))
    assert len({tuple(range(30)), tuple(first), tuple(second)}) == 3
