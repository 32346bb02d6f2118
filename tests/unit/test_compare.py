"""Two records held against each other: what is the same, what is not, and what nobody can tell."""

import math
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.compare import machines, welch
from scenarios.compare.records import Row, compare
from scenarios.errors import EvidenceError
from tests.record_pairs import OURS, elsewhere, noisy, ours, scaled, steady, trial, without

OPPOSITE = {"better": "worse", "worse": "better", "same": "same", "cannot tell": "cannot tell"}
rounds = st.lists(st.floats(0.01, 1e5), min_size=1, max_size=12)


@pytest.fixture(scope="module", params=OURS)
def record(request):
    return ours(request.param)


@pytest.fixture(scope="module")
def truculent():
    return ours("truculent-query")


def rows(a, b) -> list[Row]:
    found = compare(a, b)
    return [*found.claims, *found.arms]


# --- the statistic -----------------------------------------------------------------------------


def test_the_interval_is_welchs():
    # Worked by hand: means 3 and 7, variances 2.5 and 10, n 5 and 5; t(5 of 5.88) = 2.571.
    effect = welch.difference([1, 2, 3, 4, 5], [3, 5, 7, 9, 11])
    assert effect.value == 4
    assert effect.high - effect.value == pytest.approx(2.571 * math.sqrt(2.5 / 5 + 10 / 5))


def test_a_ratio_is_of_geometric_means():
    effect = welch.ratio([2, 8], [8, 32])
    assert effect.value == pytest.approx(4)
    assert effect.value / effect.low == pytest.approx(effect.high / effect.value)


@given(rounds, rounds)
def test_swapping_inverts_a_ratio(a, b):
    there, back = welch.ratio(a, b), welch.ratio(b, a)
    assert there.value * back.value == pytest.approx(1)
    if there.low is None:
        assert back.low is None
    else:
        assert math.log(there.low) == pytest.approx(-math.log(back.high), rel=1e-6, abs=1e-9)
        assert there.low <= there.value * (1 + 1e-9) and there.value <= there.high * (1 + 1e-9)


@given(rounds, rounds, st.booleans())
def test_swapping_swaps_the_verdict(a, b, lower):
    there = welch.verdict(welch.ratio(a, b), lower_is_better=lower)
    assert welch.verdict(welch.ratio(b, a), lower_is_better=lower) == OPPOSITE[there]


@given(rounds, st.booleans())
def test_a_run_is_never_better_or_worse_than_itself(a, lower):
    assert welch.verdict(welch.ratio(a, a), lower_is_better=lower) in ("same", "cannot tell")


@given(st.lists(st.integers(900, 1100), min_size=5, max_size=9, unique=True), st.floats(1.9, 50))
def test_a_scale_is_caught(a, by):
    # The interval of five rounds within a tenth of their middle is narrower than 1.9.
    assert welch.verdict(welch.ratio(a, [value * by for value in a]), lower_is_better=True) == "worse"
    assert welch.verdict(welch.ratio(a, [value * by for value in a]), lower_is_better=False) == "better"


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    import random

    draw = random.Random(11)
    covered = 0
    for _ in range(2_000):
        a = [draw.lognormvariate(0, 0.1) for _ in range(5)]
        b = [draw.lognormvariate(math.log(1.5), 0.3) for _ in range(5)]
        effect = welch.ratio(a, b)
        covered += effect.low <= 1.5 <= effect.high
    assert 0.935 < covered / 2_000 < 0.975


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.9, 1.1, "same"), (1.01, 1.14, "same"), (1.01, 1.16, "worse"), (1.5, 2, "worse"), (0.5, 0.99, "better"),
     (0.9, 1.2, "cannot tell"), (0.2, 5, "cannot tell")],
)  # fmt: skip
def test_the_verdict_is_by_the_whole_interval(low, high, said):
    effect = welch.Effect("ratio", math.sqrt(low * high), low, high)
    assert welch.verdict(effect, lower_is_better=True) == said


@pytest.mark.parametrize(("a", "b"), [([5], [5, 6]), ([5, 6], [5]), ([5, 5, 5], [9, 9, 9])])
def test_one_round_or_no_spread_tells_nothing(a, b):
    effect = welch.ratio(a, b)
    assert effect.low is None and welch.verdict(effect, lower_is_better=True) == "cannot tell"


def test_zero_has_no_ratio():
    with pytest.raises(ValueError, match="above zero"):
        welch.ratio([0, 1], [1, 2])


# --- records -----------------------------------------------------------------------------------


def test_a_record_is_the_same_as_itself(record):
    found = compare(record, record)
    told = [row for row in rows(record, record) if row.by != "nothing"]
    assert told and {row.verdict for row in told} == {"same"}
    assert all(row.verdict == "same" for row in found.claims if record.claims[row.name].is_exact)
    assert (found.environment, found.unlike_machines, found.warnings, found.only_a, found.only_b) == ({}, [], [], [], [])
    assert len(found.arms) == sum(len(e.arms) for e in record.experiments.values()) and len(found.claims) == len(record.claims)


@pytest.mark.parametrize("seed", range(4))
def test_swapping_swaps(record, seed):
    other = noisy(record, seed, 0.3)
    there, back = rows(record, other), rows(other, record)
    for one, two in zip(there, back, strict=True):
        assert two.verdict == OPPOSITE[one.verdict], one
        if one.by == "ratio":
            assert one.effect * two.effect == pytest.approx(1)
        elif one.by == "difference":
            assert one.effect == pytest.approx(-two.effect)


@pytest.mark.parametrize("by", [1.3, 0.6])
def test_all_times_scaled_is_caught(record, by):
    calm = steady(record)
    for row in compare(calm, scaled(calm, by)).arms:
        assert row.verdict == ("worse" if by > 1 else "better"), row
        assert row.effect == pytest.approx(by)


def test_a_hair_is_no_difference(record):
    calm = steady(record)
    assert {row.verdict for row in compare(calm, scaled(calm, 1.03)).arms} == {"same"}


def test_unlike_machines_have_no_times_compared(record):
    calm = steady(record)
    other = elsewhere(scaled(calm, 3))
    found = compare(calm, other)
    assert len(found.unlike_machines) == 2
    for row in [*found.claims, *found.arms]:
        if row.unit in ("ms", "s", "MB"):
            assert (row.by, row.verdict) == ("nothing", "cannot tell") and "refused" in row.because, row
    # Every arm is three times as slow, so beside one another they are as they were.
    assert all(row.effect == pytest.approx(1) for row in found.arms if row.over)
    # Only two different arms of one experiment can be held against each other.
    assert sum(row.over is not None for row in found.arms) == sum(len(e.arms) - 1 for e in calm.experiments.values())


def test_one_arm_slower_is_seen_across_machines(truculent):
    calm = steady(truculent)
    data = calm.model_dump(mode="json")
    for each in data["experiments"]["headline"]["arms"]["rewrite"]["rounds"]:
        each["latency_ms"]["p50"] *= 2
    found = {row.name: row for row in compare(calm, elsewhere(type(calm).model_validate(data))).arms}
    assert found["headline/rewrite"].verdict == "worse" and found["headline/rewrite"].over == "wrecked"
    assert found["headline/no-like"].verdict == "same"


@pytest.mark.parametrize(
    ("changed", "alike"),
    [({"memory_mb": 0.96}, True), ({"memory_mb": 0.94}, False), ({"cpu_count": 3.0}, False), ({"kernel": "Linux 9"}, True),
     ({"kernel": "Darwin 25"}, False), ({"cpu_model": "other"}, False), ({"libc": "musl"}, True)],
)  # fmt: skip
def test_what_makes_machines_alike(truculent, changed, alike):
    environment = truculent.environment
    values = {k: v if isinstance(v, str) else round(getattr(environment, k) * v) for k, v in changed.items()}
    other = environment.model_copy(update=values)
    assert (machines.unlike(environment, other) == []) == alike
    assert machines.differences(environment, other).keys() == values.keys()


def test_environments_show_only_what_differs(truculent):
    versions = {k: v for k, v in truculent.environment.versions.items() if k != "flask"} | {"python": "9.9", "more": "1"}
    found = compare(truculent, elsewhere(truculent, versions=versions)).environment
    assert found == {
        "versions.python": (truculent.environment.versions["python"], "9.9"),
        "versions.flask": (truculent.environment.versions["flask"], None), "versions.more": (None, "1"),
    }  # fmt: skip


def test_what_only_one_has_is_listed(truculent):
    found = compare(truculent, without(truculent, experiment="clients-1", claim="queueing"))
    assert (found.only_a, found.only_b) == (["experiment clients-1", "claim queueing"], [])
    back = compare(without(truculent, experiment="clients-1", claim="queueing"), truculent)
    assert back.only_b == found.only_a


def test_another_wreck_is_refused(truculent):
    with pytest.raises(EvidenceError, match="'truculent-query' and 'highly-selective'"):
        compare(truculent, ours("highly-selective"))


def test_a_trial_is_marked_and_has_nothing_to_stand_on(record):
    found = compare(record, trial(record))
    assert found.warnings[0].startswith("B is a trial, not to be published: a quick run")
    assert found.arms == [] and all("set up differently (scale" in warning for warning in found.warnings[1:])
    assert Counter(row.verdict for row in found.claims) == {"cannot tell": len(record.claims)}


def test_other_data_is_not_compared(truculent):
    datasets = {name: each.model_copy(update={"sha256": "00"}) for name, each in truculent.datasets.items()}
    found = compare(truculent, truculent.model_copy(update={"datasets": datasets}))
    assert found.arms == [] and "other data" in found.warnings[0]


# --- claims ------------------------------------------------------------------------------------


def claimed(record, name, **changes):
    claim = record.claims[name].model_copy(update=changes)
    return record.model_copy(update={"claims": {name: claim}})


def the_claim(a, b) -> Row:
    [row] = compare(a, b).claims
    return row


def test_an_exact_claim_goes_by_its_bound(truculent):
    holds, fails = (claimed(truculent, "same-answer", holds=holds) for holds in (True, False))
    pairs = ((holds, holds), (holds, fails), (fails, holds), (fails, fails))
    assert [the_claim(a, b).verdict for a, b in pairs] == ["same", "worse", "better", "same"]
    assert the_claim(holds, fails).holds == (True, False)


def test_a_claim_gets_better_on_its_good_side(truculent):
    a = truculent.claims["like-is-innocent"].measured.model_copy(update={"rounds": [1, 1.01, 0.99]})
    b = a.model_copy(update={"rounds": [2, 2.01, 1.99]})
    most, least = {"at_most": 1.5, "at_least": None}, {"at_most": None, "at_least": 1.5}
    for bound, said in ((most, "worse"), (least, "better")):
        one, two = (claimed(truculent, "like-is-innocent", measured=measured, **bound) for measured in (a, b))
        assert the_claim(one, two).verdict == said


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"unit": "ms"}, "another unit: 'times' and 'ms'"), ({"at_least": 3.0}, "its bound changed"),
     ({"at_least": None, "at_most": 3.0}, "another test"), ({"is_exact": True}, "another test")],
)  # fmt: skip
def test_another_test_is_no_comparison(truculent, changes, why):
    row = the_claim(claimed(truculent, "salvage"), claimed(truculent, "salvage", **changes))
    assert row.verdict == "cannot tell" and why in row.because


def test_a_share_that_touches_zero_is_compared_by_difference():
    record = ours("oryx-antlerson")
    measured = record.claims["returns"].measured
    a, b, c = (claimed(record, "returns", measured=measured.model_copy(update={"rounds": values}))
               for values in ([-0.01, 0.01, 0.0], [0.3, 0.31, 0.29], [0.0, 0.02, 0.01]))  # fmt: skip
    assert (the_claim(a, b).by, the_claim(a, b).verdict, the_claim(b, a).verdict) == ("difference", "worse", "better")
    assert the_claim(a, c).verdict == "same"
    assert "no ratio" in the_claim(*(claimed(each, "returns", unit="times") for each in (a, b))).because


def test_when_it_was_made_makes_no_difference(truculent):
    later = truculent.model_copy(update={"made_at": truculent.made_at + timedelta(days=1), "commit": "ab"})
    assert rows(truculent, later) == rows(truculent, truculent)
