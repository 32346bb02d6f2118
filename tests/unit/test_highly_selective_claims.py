"""The wreck's claims on made-up evidence: they hold on the story's numbers, and fail where either of its two faults is taken out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scenarios import claims
from scenarios import record as contract
from scenarios.errors import EvidenceError
from scenarios.wreck import load

NOISE = (1.0, 1.02, 0.98, 1.01, 0.99)
# Mean ms, statements, rows, blocks, and how the time divides: in Postgres, on the way, other Python.
MEASURED = {
    "wrecked": (900, 68.4, 2278, 140_000, (780, 60, 60)),
    "indexed": (100, 68.4, 2278, 800, (10, 50, 40)),
    "selectin": (90, 4, 2278, 4_500, (45, 5, 40)),
    "selectin-indexed": (55, 4, 2278, 350, (4, 6, 45)),
    "joined": (170, 1, 10_048, 4_500, (50, 3, 117)),
    "joined-indexed": (140, 1, 10_048, 1_300, (17, 3, 120)),
    "aggregate": (860, 1, 33, 139_800, (850, 2, 8)),
    "aggregate-indexed": (10, 1, 33, 770, (2, 2, 6)),
    "grouped": (45, 1, 33, 5_000, (38, 1, 6)),
}


def a_round(number: int, arm: str, round_trip_ms: float) -> contract.Round:
    noise = NOISE[number - 1]
    mean_ms, statements, rows, blocks, (postgres, way, python) = MEASURED[arm]
    added = statements * round_trip_ms
    latency = contract.Quantiles(n=5, mean=(mean_ms + added) * noise, min=1, p50=(mean_ms + added) * noise, max=5_000)
    return contract.Round(
        round=number, position=1, duration_s=1, requests=5, statuses={"200": 5},
        latency_ms=latency, service_ms=latency, lateness_ms=latency, requests_per_s=1, load1_before=0,
        statements_per_request=statements, rows_per_request=rows, round_trip_ms=0.02 + round_trip_ms,
        layers_ms={"nginx": 1, "flask": 2, "template": 1, "sqlalchemy": way * noise + added, "fetch": python, "postgres": postgres},
        database={"blocks_hit": blocks * 5, "blocks_read": 0},
    )  # fmt: skip


def an_experiment(declared) -> contract.Experiment:
    arms = {
        arm: contract.ArmResult(
            title=arm, answer_sha256="ab" * 32, rounds=[a_round(n, arm, declared.round_trip_ms) for n in range(1, declared.rounds + 1)]
        )
        for arm in declared.arms
    }
    if declared.name == "one-page":
        rounds = [r.model_copy(update={"statements_per_request": 106}) for r in arms["wrecked"].rounds]
        arms["wrecked"] = arms["wrecked"].model_copy(update={"rounds": rounds})
    return contract.Experiment(
        title=declared.title, scale=declared.scale, loop="closed", clients=declared.traffic.clients, duration_s=1, workers=1, probes=True,
        command="invoke rebuild", arms=arms,
    )  # fmt: skip


@pytest.fixture
def record():
    wreck = load("highly-selective")
    environment = contract.Environment(
        versions={}, kernel="Linux", libc="glibc", cpu_model="made up", cpu_count=2, memory_mb=8, postgres_settings={}, privileged=False
    )
    latency = contract.Quantiles(n=0)
    return contract.Record(
        wreck=wreck.slug, made_at=datetime(2026, 11, 2, tzinfo=UTC), publishable=True, command="invoke rebuild", seed=1, commit=None,
        commit_is_clean=False, code_sha256="0f", datasets={}, environment=environment, elapsed_s=1, stack_start_s=latency,
        experiments={e.name: an_experiment(e) for e in wreck.experiments},
    )  # fmt: skip


def failing(record) -> set[str]:
    results, left_out = claims.judge_all(load("highly-selective"), record)
    assert not left_out
    return {name for name, result in results.items() if not result.holds}


def with_arm(record, arm: str, instead: str):
    """Return the record with ``arm`` having measured what ``instead`` did, wherever both were run."""
    experiments = {
        name: e.model_copy(update={"arms": e.arms | {arm: e.arms[instead]}}) if arm in e.arms and instead in e.arms else e
        for name, e in record.experiments.items()
    }
    return record.model_copy(update={"experiments": experiments})


def test_the_story_s_numbers_bear_out_every_claim(record):
    assert failing(record) == set()


def test_without_the_many_statements_the_story_does_not_hold(record):
    fallen = failing(with_arm(record, "wrecked", "selectin"))
    assert fallen >= {"many-statements", "mostly-database", "eager-alone", "index-alone", "salvage"}


def test_with_the_index_there_from_the_start_it_does_not_hold_either(record):
    assert failing(with_arm(record, "wrecked", "indexed")) >= {"mostly-database", "index-alone", "eager-alone", "blame-overlaps", "salvage"}


def test_without_the_relay_the_ranking_does_not_turn(record):
    near = record.model_copy(update={"experiments": record.experiments | {"round-trip-2": record.experiments["headline"]}})
    declared = {claim.name: claim for claim in load("highly-selective").claims}
    assert not claims.judge(declared["joined-wins-far"], near).holds
    with pytest.raises(EvidenceError, match="each-millisecond"):  # Round trips that do not differ: nothing to divide by.
        claims.judge(declared["each-millisecond"], near)


def test_one_arm_that_answers_otherwise_is_told(record):
    headline = record.experiments["headline"]
    other = headline.arms["grouped"].model_copy(update={"answer_sha256": "cd" * 32})
    changed = headline.model_copy(update={"arms": headline.arms | {"grouped": other}})
    assert failing(record.model_copy(update={"experiments": record.experiments | {"headline": changed}})) == {"same-answer"}
