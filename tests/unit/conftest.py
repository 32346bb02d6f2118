"""Small, whole evidence of the real wreck, made up without running anything."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scenarios import record as contract
from scenarios.measure.store import Evidence
from scenarios.wreck import OpenLoop, Wreck, load

SPEED_MS = {"wrecked": 800.0, "no-like": 790.0, "trigram": 795.0, "no-join-back": 300.0, "no-subquery": 310.0, "covered": 700.0,
            "rewrite": 250.0, "rewrite-covered": 12.0, "lateral-covered": 9.0}  # fmt: skip
NOISE = (1.0, 1.02, 0.98, 1.01, 0.99)
TRACE = "00000000000000000000000000000abc"


def quantiles(ms: float) -> contract.Quantiles:
    return contract.Quantiles(n=14, mean=ms * 1.1, min=ms * 0.9, p50=ms, max=ms * 1.5)


def a_round(number: int, ms: float) -> contract.Round:
    return contract.Round(
        round=number, position=number, duration_s=20, requests=14, statuses={"200": 14}, latency_ms=quantiles(ms),
        service_ms=quantiles(ms * 0.99), lateness_ms=quantiles(0.3), requests_per_s=0.7, statements_per_request=1, load1_before=0.1,
        layers_ms={"nginx": 0.4, "gunicorn": 0.3, "flask": 0.5, "template": 0.5, "sqlalchemy": 0.4, "fetch": 0.2, "postgres": ms},
    )  # fmt: skip


def an_experiment(declared) -> contract.Experiment:
    is_open = isinstance(declared.traffic, OpenLoop)
    clients = 1 if is_open else declared.traffic.clients
    arms = {
        arm: contract.ArmResult(
            title=arm,
            rounds=[a_round(n, SPEED_MS[arm] * NOISE[n - 1] * max(1, clients / 2)) for n in range(1, declared.rounds + 1)],
            answer_sha256="ab" * 32,
            traces={"median": TRACE} if declared.keep_traces else {},
        )
        for arm in declared.arms
    }
    return contract.Experiment(
        title=declared.title, scale=declared.scale, loop="open" if is_open else "closed", duration_s=declared.traffic.duration_s,
        rate_per_s=declared.traffic.rate_per_s if is_open else None, arrivals="poisson" if is_open else None,
        clients=None if is_open else clients, workers=10, probes=declared.probes, command="invoke rebuild", arms=arms,
    )  # fmt: skip


def a_record(wreck: Wreck) -> contract.Record:
    return contract.Record(
        wreck=wreck.slug, made_at=datetime(2026, 11, 2, tzinfo=UTC), publishable=True, command="invoke rebuild", seed=1, commit=None,
        commit_is_clean=False, code_sha256="0f", datasets={"deep": contract.Dataset(seed=1, rows={"tw_rolls": 5}, sha256="aa")},
        environment=contract.Environment(
            versions={"python": "3.13.0"}, kernel="Linux 6.1", libc="glibc 2.36", cpu_model="made up", cpu_count=2, memory_mb=8000,
            postgres_settings={"jit": "off"}, privileged=False,
        ),
        experiments={e.name: an_experiment(e) for e in wreck.experiments}, elapsed_s=12.3456789, stack_start_s=quantiles(2.0),
    )  # fmt: skip


@pytest.fixture(scope="session")
def wreck() -> Wreck:
    return load("truculent-query")


@pytest.fixture(scope="session")
def record(wreck) -> contract.Record:
    """A record on which every claim of the wreck holds."""
    return a_record(wreck)


@pytest.fixture
def evidence(record) -> Evidence:
    samples = contract.Samples(
        paths=["/truculent/smith"],
        runs=[contract.ArmSamples(experiment="headline", arm="wrecked", round=1, due_s=[0.5, 1.25], latency_ms=[1 / 3, 2e3], path=[0, 0],
                                  status=["200", "timeout"], trace=[TRACE, None])],
    )  # fmt: skip
    node = contract.PlanNode(node="Seq Scan", relation="tw_rolls", rows_estimated=5, rows_actual=5, loops=1, own_ms=1.5, total_ms=1.5)
    plan = contract.Plan(sql="SELECT 1", planning_ms=0.1, execution_ms=2.0, shape_sha256="ff", root=node)
    return Evidence(
        record, samples, contract.Plans(plans={"deep": {"wrecked": plan}}), contract.SeriesFile(runs=[]), {TRACE: '{"resourceSpans":[]}\n'}
    )
