import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.claims import interval
from scenarios.measure.quantiles import quantile, summarised

values = st.floats(0.001, 1e6, allow_nan=False)


@given(st.lists(values, min_size=1, max_size=200))
def test_quantiles_are_ordered_and_within_the_values(xs):
    q = summarised(xs)
    assert q.n == len(xs) and q.min == min(xs) and q.max == max(xs)
    assert q.min <= q.p50 <= q.max
    assert math.isclose(q.p50, statistics.median(xs))
    assert (q.p95 is None) == (len(xs) < 20)
    assert q.p99 is None
    if q.p95 is not None:
        assert q.p50 <= q.p95 <= q.max


@given(st.lists(values, min_size=2, max_size=50))
def test_quantile_is_the_standard_librarys(xs):
    inclusive = statistics.quantiles(xs, n=20, method="inclusive")
    for i, expected in enumerate(inclusive, 1):
        assert math.isclose(quantile(sorted(xs), i / 20), expected, rel_tol=1e-9)


def test_no_p99_from_under_a_thousand():
    assert summarised(range(999)).p99 is None
    assert summarised(range(1000)).p99 is not None


def test_nothing_has_no_quantiles():
    assert summarised([]).p50 is None


def test_the_interval_is_students():
    # Worked by hand: mean 3, s = sqrt(2.5), t(4) = 2.776.
    found = interval([1, 2, 3, 4, 5])
    half = 2.776 * math.sqrt(2.5) / math.sqrt(5)
    assert found.value == 3
    assert found.low == pytest.approx(3 - half) and found.high == pytest.approx(3 + half)


def test_a_ratio_is_averaged_on_a_logarithmic_scale():
    found = interval([2, 8], is_ratio=True)
    assert found.value == pytest.approx(4)
    assert found.value / found.low == pytest.approx(found.high / found.value)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    draw = random.Random(5)
    covered = 0
    for _ in range(2_000):
        found = interval([draw.gauss(10, 3) for _ in range(5)])
        covered += found.low <= 10 <= found.high
    assert 0.935 < covered / 2_000 < 0.965


def test_one_round_proves_nothing():
    found = interval([100.0], is_ratio=True)
    assert found.low == 0 and found.high >= 1e308


@given(st.lists(values, min_size=2, max_size=30), st.booleans())
def test_the_value_lies_in_its_interval(xs, is_ratio):
    found = interval(xs, is_ratio=is_ratio)
    assert found.low <= found.value * (1 + 1e-9) and found.value <= found.high * (1 + 1e-9)


@pytest.mark.parametrize("bad", [[], None])
def test_no_rounds_no_interval(bad):
    with pytest.raises((ValueError, TypeError)):
        interval(bad or [])
