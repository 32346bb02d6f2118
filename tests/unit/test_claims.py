"""Claims hold when the evidence bears them out, and fail, by name, when it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import claims
from scenarios.errors import EvidenceError, UsageError
from scenarios.record import Statement
from scenarios.wreck import Claim, load


def claim(values, **bounds) -> Claim:
    return Claim("a-claim", "It is {value}.", lambda record: values, "times", **bounds)


def holds(record, values, **bounds) -> bool:
    return claims.judge(claim(values, **bounds), record).holds


ROUNDS = [9.0, 10.0, 11.0, 10.0, 10.0]
"""Mean 10, 95 % interval 9.12 to 10.88."""


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"at_least": 9}, True),
        ({"at_least": 9.5}, False),  # the mean is above, the interval is not
        ({"at_least": 12}, False),
        ({"at_most": 11}, True),
        ({"at_most": 10.5}, False),
        ({"at_most": 8}, False),
    ],
)
def test_the_whole_interval_must_be_on_the_right_side(record, bounds, expected):
    assert holds(record, ROUNDS, **bounds) is expected


def test_one_round_proves_nothing(record):
    assert not holds(record, [100.0], at_least=1)
    assert not holds(record, [0.001], at_most=1)
    assert not holds(record, [100.0], at_least=1, is_ratio=True)


@given(st.lists(st.floats(0.01, 1e4), min_size=2, max_size=10), st.floats(0.01, 1e4))
def test_a_claim_never_holds_both_ways_unless_it_is_exact(record, values, bound):
    at_least, at_most = holds(record, values, at_least=bound, is_ratio=True), holds(record, values, at_most=bound, is_ratio=True)
    assert not (at_least and at_most) or max(values) - min(values) <= 1e-9 * max(values)


def test_a_bound_of_one_kind_is_asked_for():
    for bounds in ({}, {"at_least": 1, "at_most": 2}):
        with pytest.raises(ValueError, match="at_least or at_most"):
            claim([1], **bounds)
    with pytest.raises(ValueError, match="must show"):
        Claim("a", "No number here.", lambda record: [1], "x", at_least=1)


@pytest.mark.parametrize("fault", [KeyError("x"), ZeroDivisionError(), TypeError("x"), ValueError("x")])
def test_evidence_that_lacks_what_a_claim_asks_for(record, fault):
    def measure(record):
        raise fault

    with pytest.raises(EvidenceError, match="evidence for claim 'a-claim' of truculent-query"):
        claims.judge(Claim("a-claim", "{value}", measure, "x", at_least=1), record)


def test_a_path_that_is_not_there_names_the_nearest(record):
    with pytest.raises(EvidenceError, match="no 'p5'.*did you mean .*'p50'"):
        claims.value("headline", "wrecked", "latency_ms.p5")(record)
    with pytest.raises(EvidenceError, match="too few requests"):
        claims.value("headline", "wrecked", "latency_ms.p99")(record)


def test_failing_claims_say_their_margin(record):
    bad, good = (claims.judge(claim(ROUNDS, at_least=bound), record) for bound in (12, 1))
    said = claims.failing({"a-claim": bad, "good": good})
    assert said == ["a-claim: fails: measured 10 times (95 % interval 9.122 to 10.88 over 5 rounds), wanted at least 12"]


# --- the wreck's own claims can fail ---------------------------------------------------------------


def with_arm(record, experiment: str, arm: str, result):
    """Return ``record`` with another result in an arm's place."""
    before = record.experiments[experiment]
    after = before.model_copy(update={"arms": {**before.arms, arm: result}})
    return record.model_copy(update={"experiments": {**record.experiments, experiment: after}})


def failed(wreck, record) -> set[str]:
    return {name for name, result in claims.judge_all(wreck, record)[0].items() if not result.holds}


def test_every_claim_holds_on_the_wreck(wreck, record):
    assert failed(wreck, record) == set()


def test_without_the_planted_fault_claims_fail_by_name(wreck, record):
    mended = record
    for name, experiment in record.experiments.items():
        if {"wrecked", "rewrite-covered"} <= experiment.arms.keys():
            mended = with_arm(mended, name, "wrecked", experiment.arms["rewrite-covered"])
    fallen = failed(wreck, mended)
    assert {"salvage", "rewrite-alone"} <= fallen
    lines = claims.failing(claims.judge_all(wreck, mended)[0])
    assert any(line.startswith("salvage: fails: measured 1 times") for line in lines)


@pytest.mark.parametrize("arm", ["no-like", "trigram"])
def test_a_guilty_like_is_found(wreck, record, arm):
    """Had LIKE been the culprit, taking it away would have made the page fast."""
    salvaged = record.experiments["headline"].arms["rewrite-covered"]
    assert failed(wreck, with_arm(record, "talk-size", arm, salvaged)) & {"like-is-innocent", "trigram-is-no-cure"}


def test_a_wrong_answer_is_found(wreck, record):
    arm = record.experiments["headline"].arms["rewrite"].model_copy(update={"answer_sha256": "cd" * 32})
    assert failed(wreck, with_arm(record, "headline", "rewrite", arm)) == {"same-answer"}


def test_an_answer_that_was_not_taken_is_no_evidence(wreck, record):
    arm = record.experiments["headline"].arms["rewrite"].model_copy(update={"answer_sha256": None})
    with pytest.raises(EvidenceError, match="same-answer"):
        claims.judge_all(wreck, with_arm(record, "headline", "rewrite", arm))


def test_time_spent_elsewhere_is_found(wreck, record):
    arm = record.experiments["headline"].arms["wrecked"]
    rounds = [r.model_copy(update={"layers_ms": {**r.layers_ms, "template": r.layers_ms["postgres"]}}) for r in arm.rounds]
    assert "mostly-database" in failed(wreck, with_arm(record, "headline", "wrecked", arm.model_copy(update={"rounds": rounds})))


def test_a_chatty_page_is_found(wreck, record):
    arm = record.experiments["headline"].arms["wrecked"]
    rounds = [r.model_copy(update={"statements_per_request": 106}) for r in arm.rounds]
    assert failed(wreck, with_arm(record, "headline", "wrecked", arm.model_copy(update={"rounds": rounds}))) == {"one-statement"}


def test_rounds_are_compared_with_their_own(record):
    """A slow round slows both arms: the ratio within a round does not see it."""
    experiment = record.experiments["headline"]
    slow = {}
    for name in ("wrecked", "rewrite"):
        rounds = experiment.arms[name].rounds
        twice = rounds[2].model_copy(update={"latency_ms": rounds[2].latency_ms.model_copy(update={"p50": rounds[2].latency_ms.p50 * 2})})
        slow[name] = experiment.arms[name].model_copy(update={"rounds": [twice, rounds[4], rounds[0], rounds[1], rounds[3]]})
    seen = with_arm(with_arm(record, "headline", "wrecked", slow["wrecked"]), "headline", "rewrite", slow["rewrite"])
    ratios = claims.ratio("headline", "wrecked", "rewrite")
    assert ratios(seen) == pytest.approx(ratios(record))


def test_an_unknown_wreck_names_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'truculent-query'"):
        load("truculent-qery")


# --- what may be missing ------------------------------------------------------------------------------------


def without(record, experiment: str, **changed):
    left = {name: e for name, e in record.experiments.items() if name != experiment}
    return record.model_copy(update={"experiments": left, **changed})


def test_a_claim_on_an_experiment_that_this_machine_could_not_run_is_left_out_with_the_reason(wreck, record):
    lacking = without(record, "clients-5", absent={"experiment clients-5": "no such thing here"})
    results, left_out = claims.judge_all(wreck, lacking)
    assert left_out == {"queueing": "no such thing here"} and "queueing" not in results


def test_a_claim_on_an_experiment_that_is_missing_for_no_reason_stops(wreck, record):
    with pytest.raises(EvidenceError, match="clients-5"):
        claims.judge_all(wreck, without(record, "clients-5", absent={"experiment clients-2": "another"}))


def test_a_trial_may_lack_what_it_left_out(wreck, record):
    trial = without(record, "clients-5", publishable=False, unpublishable_because=["quick"])
    assert claims.judge_all(wreck, trial)[1] == {"queueing": "not part of this trial run"}


def test_exact_values_pass_each_by_itself(record):
    claim = Claim("kills", "{value} kills.", lambda _: [2.0, 0.0, 3.0], "kills", at_least=1, is_exact=True)
    assert not claims.judge(claim, record).holds
    assert claims.judge(replace(claim, measure=lambda _: [2.0, 1.0]), record).holds
    one = claims.judge(replace(claim, measure=lambda _: [1.0]), record)
    assert one.holds and "exact" in claims.explain(one)


def test_one_round_is_not_said_to_refute(record):
    result = claims.judge(Claim("x", "{value}.", lambda _: [30.0], "times", at_least=20, is_ratio=True), record)
    assert not result.holds and claims.explain(result).startswith("cannot be told")


# --- what more rounds might tell ------------------------------------------------------------------------------


def with_rounds(record, experiment, arm, *times):
    """Return the record with an arm's medians multiplied, round by round."""
    found = record.experiments[experiment]
    result = found.arms[arm]
    rounds = [
        r.model_copy(update={"latency_ms": r.latency_ms.model_copy(update={"p50": r.latency_ms.p50 * each})})
        for r, each in zip(result.rounds, times, strict=True)
    ]
    arms = found.arms | {arm: result.model_copy(update={"rounds": rounds})}
    return record.model_copy(update={"experiments": record.experiments | {experiment: found.model_copy(update={"arms": arms})}})


@pytest.mark.parametrize(
    ("times", "verdict"),
    [((1, 1, 1, 1, 1), "holds"), ((0.2, 0.2, 0.2, 0.2, 0.2), "fails"), ((0.2, 1, 0.3, 3, 1), "untold")],
)
def test_a_claim_is_untold_when_its_bound_lies_within_the_interval(wreck, record, times, verdict):
    claim = next(c for c in wreck.claims if c.name == "salvage")
    result = claims.judge(claim, with_rounds(record, "headline", "wrecked", *times))
    assert claims.verdict(result) == verdict
    assert claims.untold({"salvage": result}) == (["salvage"] if verdict == "untold" else [])
    assert bool(claims.failing({"salvage": result})) == (verdict != "holds")  # what cannot be told is not published either


def test_it_is_known_what_a_claim_reads(wreck, record):
    read = {claim.name: claims.reads(claim, record) for claim in wreck.claims}
    assert read["salvage"] == {"headline"} and read["queueing"] == {"clients-5", "clients-1"}
    assert read["like-is-innocent"] == {"talk-size"}


def test_experiments_that_a_claim_compares_get_as_many_rounds(wreck, record):
    assert claims.resting_together(wreck, record, ["salvage"]) == {"headline"}
    assert claims.resting_together(wreck, record, ["queueing"]) == {"clients-5", "clients-1"}
    assert claims.resting_together(wreck, record, []) == set()
    both = replace(wreck, claims=(*wreck.claims, replace(
        wreck.claims[0], name="bridge", measure=claims.ratio_of_experiments(("headline", "wrecked"), ("clients-1", "wrecked")),
    )))  # fmt: skip
    assert claims.resting_together(both, record, ["salvage"]) == {"headline", "clients-1", "clients-5"}


# --- statements --------------------------------------------------------------------------------------


def asked(record, *statements):
    """Return ``record`` with an arm ``wrecked`` that sent statements, (text, calls, total_ms, rows) each, and the others none."""
    made = [
        Statement(fingerprint=f"{i:016x}", text=text, calls=calls, mean_ms=total_ms / calls, max_ms=total_ms, total_ms=total_ms, rows=rows)
        for i, (text, calls, total_ms, rows) in enumerate(statements)
    ]
    experiment = record.experiments["headline"]
    arm = experiment.arms["wrecked"].model_copy(update={"statements": made})
    experiment = experiment.model_copy(update={"arms": experiment.arms | {"wrecked": arm}})
    return record.model_copy(update={"experiments": record.experiments | {"headline": experiment}})


SENT = (("SELECT a FROM t WHERE id = $1", 10, 40.0, 30), ("SELECT b FROM t", 5, 80.0, 5), ("ALTER TABLE u", 5, 5.0, 0))


def test_statements_are_counted_for_a_run_and_their_mean_is_over_calls(record):
    found = asked(record, *SENT)
    rounds = len(found.experiments["headline"].arms["wrecked"].rounds)
    assert claims.statement_calls("headline", "wrecked", "FROM t")(found) == [15 / rounds]
    assert claims.statement_rows("headline", "wrecked", "FROM t")(found) == [35 / rounds]
    assert claims.statement_mean_ms("headline", "wrecked", "FROM t")(found) == [120 / 15]


def test_words_that_no_statement_holds_prove_nothing(record):
    found = asked(record, *SENT)
    for measure in (claims.statement_calls, claims.statement_rows, claims.statement_mean_ms):
        with pytest.raises(EvidenceError, match="DELETE"):
            measure("headline", "wrecked", "DELETE")(found)
    with pytest.raises(EvidenceError, match="ALTER TABEL"):
        claims.no_statement("headline", "rewrite", "ALTER TABEL", but="wrecked")(found)
    assert claims.no_statement("headline", "rewrite", "ALTER TABLE", but="wrecked")(found) == [0]
    assert claims.no_statement("headline", "wrecked", "ALTER TABLE", but="wrecked")(found) == [1]


def test_a_trial_that_measured_no_such_statement_is_excused_and_a_full_run_is_not(wreck, record):
    rests = claim([1], at_least=1, is_exact=True)
    rests = replace(rests, measure=claims.statement_calls("headline", "wrecked", "DELETE"))
    wreck = replace(wreck, claims=(rests,))
    trial = record.model_copy(update={"publishable": False, "unpublishable_because": ["quick"]})
    assert list(claims.judge_all(wreck, trial)[1]) == ["a-claim"]
    with pytest.raises(EvidenceError, match="DELETE"):
        claims.judge_all(wreck, record)


def test_a_trial_too_short_to_have_anything_to_divide_by_is_excused_and_a_full_run_is_not(wreck, record):
    divides = replace(claim([1], at_least=1), measure=lambda _: [1 / 0])
    wreck = replace(wreck, claims=(divides,))
    trial = record.model_copy(update={"publishable": False, "unpublishable_because": ["quick"]})
    assert claims.judge_all(wreck, trial) == ({}, {"a-claim": "not measured in this trial run"})
    with pytest.raises(EvidenceError, match="nothing to divide by"):
        claims.judge_all(wreck, record)
