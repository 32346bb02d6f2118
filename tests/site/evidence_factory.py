"""Believable evidence made up for tests: deterministic, whole, and never to be published.

``make(wreck, speed)`` runs nothing. It draws latencies about the median given for each arm, for every
experiment the wreck declares, and judges the wreck's own claims on them.
"""

from __future__ import annotations

import hashlib
import json
import random
import statistics
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scenarios import claims
from scenarios.record import (
    ArmResult,
    ArmSamples,
    Dataset,
    Environment,
    Experiment,
    Index,
    LoggedStatement,
    Plan,
    PlanNode,
    Plans,
    Quantiles,
    Record,
    Round,
    Samples,
    SeriesFile,
    Statement,
    dumps,
)
from scenarios.wreck import ClosedLoop, Wreck
from scenarios.wreck import Experiment as Declared
from tests.site import memory_factory, neighbour_factory

ROWS = {"small": 5_000, "tenth": 50_000, "talk": 500_000, "deep": 5_000_000}
SHARES = {"nginx": 0.002, "gunicorn": 0.003, "flask": 0.012, "template": 0.004, "sqlalchemy": 0.019, "fetch": 0.01, "postgres": 0.95}
SQL = """SELECT p.login, sum(r.result)
FROM tw_players p JOIN tw_rolls r ON r.player_id = p.id
WHERE p.login LIKE '%' || $1 || '%' AND r.die_sides < 101
GROUP BY p.login"""


@dataclass(frozen=True)
class Evidence:
    record: Record
    samples: Samples
    plans: Plans
    traces: dict[str, dict]
    series: SeriesFile = SeriesFile(runs=[])

    def write(self, folder: Path) -> Path:
        """Write it as ``measure`` would, into ``folder``/<slug>, and return that."""
        into = folder / self.record.wreck
        (into / "traces").mkdir(parents=True, exist_ok=True)
        for name, model in (("record", self.record), ("samples", self.samples), ("plans", self.plans), ("series", self.series)):
            (into / f"{name}.json").write_text(dumps(model), encoding="utf-8")
        for ident, document in self.traces.items():
            (into / "traces" / f"{ident}.json").write_text(json.dumps(document, sort_keys=True), encoding="utf-8")
        return into


def make(wreck: Wreck, speed: dict[str, float], *, publishable: bool = True, warnings: tuple[str, ...] = (), seed: int = 7) -> Evidence:
    """Return evidence for ``wreck``; ``speed`` is arm to its median in ms at its largest scale."""
    chance = random.Random(seed)
    runs: list[ArmSamples] = []
    plans: dict[str, dict[str, Plan]] = {}
    traces: dict[str, dict] = {}
    experiments = {e.name: _experiment(wreck, e, speed, chance, runs, plans, traces) for e in wreck.experiments}
    record = Record(
        wreck=wreck.slug,
        made_at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
        publishable=publishable,
        unpublishable_because=[] if publishable else ["a quick run: 1 round"],
        command=f"invoke rebuild --wreck {wreck.slug}",
        seed=seed,
        commit=_hex("commit")[:40],
        commit_is_clean=True,
        code_sha256=_hex("code"),
        environment=_environment(),
        datasets={scale: _dataset(scale) for scale in {e.scale for e in wreck.experiments}},
        experiments=experiments,
        indexes={
            "rolls_by_player": Index(statement="CREATE INDEX rolls_by_player ON tw_rolls (player_id)", build_s=4.2, bytes=182_000_000)
        },
        absent={"kernel log": "not readable without root"},
        warnings=list(warnings),
        elapsed_s=1834.5,
        stack_start_s=Quantiles(n=5, mean=2.1, min=1.9, p50=2.0, max=2.6),
    )
    record = record.model_copy(update={"claims": claims.judge_all(wreck, record)[0]})
    return Evidence(record, Samples(paths=list(wreck.paths), runs=runs), Plans(plans=plans), traces, neighbour_factory.series(wreck))


def _experiment(wreck: Wreck, declared: Declared, speed, chance, runs, plans, traces) -> Experiment:
    closed = isinstance(declared.traffic, ClosedLoop)
    arms = {}
    for name in declared.arms:
        median_ms = max(speed[name] * (ROWS[declared.scale] / ROWS["deep"]) ** 0.9, 0.8)
        arms[name] = _arm(wreck, declared, name, median_ms, chance, runs, traces)
        if declared.keep_plans:
            plans.setdefault(declared.scale, {})[name] = _plan(median_ms, ROWS[declared.scale])
    traffic = declared.traffic
    return Experiment(
        title=declared.title,
        scale=declared.scale,
        loop="closed" if closed else "open",
        rate_per_s=None if closed else traffic.rate_per_s,
        clients=traffic.clients if closed else None,
        arrivals=None if closed else traffic.arrivals,
        duration_s=traffic.duration_s,
        workers=declared.workers,
        probes=declared.probes,
        round_trip_ms=declared.round_trip_ms,
        memory_limit_mb=declared.memory_limit_mb,
        command=f"invoke rebuild --wreck {wreck.slug}",
        arms=arms,
    )


def _arm(wreck: Wreck, declared: Declared, name: str, median_ms: float, chance, runs, traces) -> ArmResult:
    arm = wreck.arm(name)
    clients = declared.traffic.clients if isinstance(declared.traffic, ClosedLoop) else 1
    queued_ms = median_ms * max(1.0, clients / 2)
    rounds, idents = [], {}
    for number in range(1, declared.rounds + 1):
        luck = chance.lognormvariate(0, 0.03)
        if isinstance(declared.traffic, ClosedLoop):
            n = max(4, min(60, int(declared.traffic.duration_s * clients * 1000 / queued_ms)))
        else:
            n = max(4, int(declared.traffic.duration_s * declared.traffic.rate_per_s))
        latency = [queued_ms * luck * chance.lognormvariate(0, 0.18) for _ in range(n)]
        has_relay = any(e.round_trip_ms for e in wreck.experiments)
        rounds.append(_round(number, latency, declared, chance, 0.03 + declared.round_trip_ms if has_relay else None))
        if declared.neighbour:
            rounds[-1] = neighbour_factory.phased(rounds[-1], declared)
        if declared.watch_memory:
            rounds[-1] = memory_factory.remembered(rounds[-1], name)
        if declared.keep_samples:
            runs.append(_samples(declared, name, number, latency, chance, wreck, {}))
        if declared.keep_traces and number == 1:
            parts = neighbour_factory.middles(rounds[-1]) if declared.neighbour else ()
            for which, chosen in (("median", statistics.median_low(latency)), ("slowest", max(latency)), *parts):
                ident = _hex(f"{declared.name}{name}{which}")[:32]
                idents[which] = ident
                traces[ident] = trace(ident, chosen)
                if declared.keep_samples and chosen in latency:
                    runs[-1].trace[latency.index(chosen)] = ident
    calls = sum(r.requests for r in rounds)
    return ArmResult(
        title=arm.title,
        removes=arm.removes,
        rounds=rounds,
        statements=_statements(calls, queued_ms) if declared.probes else [],
        slow_log=[LoggedStatement(duration_ms=queued_ms * 1.4, text=SQL, trace_id=idents.get("slowest"), offset_s=3.25)]
        if declared.probes
        else [],
        traces=idents,
        answer_sha256=_hex("answer"),
        log=memory_factory.LOG if declared.memory_limit_mb else [],
    )


def _round(number: int, latency: list[float], declared: Declared, chance, round_trip_ms: float | None) -> Round:
    mean = statistics.fmean(latency)
    return Round(
        round=number,
        position=chance.randint(1, len(declared.arms)),
        duration_s=declared.traffic.duration_s,
        requests=len(latency),
        statuses={"200": len(latency)},
        latency_ms=_quantiles(latency),
        service_ms=_quantiles([v * 0.999 for v in latency]),
        lateness_ms=_quantiles([0.4] * len(latency)),
        requests_per_s=len(latency) / declared.traffic.duration_s,
        layers_ms={k: v * mean for k, v in SHARES.items()} if declared.probes else {},
        statements_per_request=1 if declared.probes else None,
        round_trip_ms=round_trip_ms,
        cpu_s={"postgres": 0.9 * sum(latency) / 1000, "gunicorn": 0.05 * sum(latency) / 1000},
        rss_mb_max={"gunicorn": 512.5},
        database={"blocks_hit": 40_000 * len(latency)},
        load1_before=0.2,
    )


def _quantiles(values: list[float]) -> Quantiles:
    many = len(values) >= 20
    p95 = statistics.quantiles(values, n=20, method="inclusive")[-1] if many else None
    return Quantiles(n=len(values), mean=statistics.fmean(values), min=min(values), p50=statistics.median(values), p95=p95, max=max(values))


def _samples(declared, name, number, latency, chance, wreck, links) -> ArmSamples:
    due = sorted(chance.uniform(0, declared.traffic.duration_s) for _ in latency)
    return ArmSamples(
        experiment=declared.name,
        arm=name,
        round=number,
        due_s=due,
        latency_ms=latency,
        path=[i % len(wreck.paths) for i in range(len(latency))],
        status=["200"] * len(latency),
        trace=[None] * len(latency),
        layers_ms={layer: [share * v for v in latency] for layer, share in SHARES.items()} if declared.neighbour else {},
    )


def _statements(calls: int, mean_ms: float) -> list[Statement]:
    return [
        Statement(
            fingerprint="ab12",
            text=SQL,
            calls=calls,
            mean_ms=mean_ms * 0.95,
            max_ms=mean_ms * 1.6,
            total_ms=mean_ms * 0.95 * calls,
            rows=calls * 12,
            shared_blocks_hit=40_000 * calls,
        ),
        Statement(fingerprint="cd34", text="SELECT 1", calls=calls * 2, mean_ms=0.02, max_ms=0.4, total_ms=0.04 * calls, rows=calls * 2),
    ]


def _plan(median_ms: float, rows: int) -> Plan:
    scan = PlanNode(
        node="Seq Scan",
        relation="tw_rolls",
        detail="(die_sides < 101)",
        rows_estimated=rows / 3,
        rows_actual=rows,
        rows_removed=0,
        loops=1,
        own_ms=median_ms * 0.6,
        total_ms=median_ms * 0.6,
        blocks_hit=40_000,
        blocks_read=12,
    )
    index = PlanNode(
        node="Index Scan",
        relation="tw_players",
        index="tw_players_login_key",
        rows_estimated=1,
        rows_actual=40,
        rows_removed=1960,
        loops=1,
        own_ms=median_ms * 0.02,
        total_ms=median_ms * 0.02,
        blocks_hit=31,
    )
    join = PlanNode(
        node="Hash Join",
        detail="(r.player_id = p.id)",
        rows_estimated=rows / 50,
        rows_actual=rows / 40,
        loops=1,
        own_ms=median_ms * 0.3,
        total_ms=median_ms * 0.92,
        temp_blocks=800,
        children=[scan, index],
    )
    return Plan(sql=SQL, planning_ms=0.6, execution_ms=median_ms * 0.95, shape_sha256=_hex("shape"), root=join)


def trace(ident: str, latency_ms: float, statements: tuple[str, ...] = (SQL,)) -> dict:
    """Return one request as OTLP/JSON: nginx, gunicorn, flask, then for each statement sqlalchemy and postgres."""
    start = 1_793_600_000_000_000_000
    spans: dict[str, list[dict]] = {"nginx": [], "application": [], "postgres": []}

    def span(number, parent, name, layer, begin, end, sql=""):
        attributes = [{"key": "wreck.layer", "value": {"stringValue": layer}}]
        attributes += [{"key": "db.query.text", "value": {"stringValue": sql}}] if sql else []
        where = layer if layer in ("nginx", "postgres") else "application"
        spans[where].append(
            {
                "traceId": ident,
                "spanId": f"{number:016x}",
                "parentSpanId": f"{parent:016x}" if parent else "",
                "name": name,
                "kind": 2,
                "startTimeUnixNano": str(start + round(begin * latency_ms * 1e6)),
                "endTimeUnixNano": str(start + round(end * latency_ms * 1e6)),
                "attributes": attributes,
            }
        )

    span(1, 0, "GET", "nginx", 0, 1)
    span(2, 1, "GET /page/<pattern>", "gunicorn", 0.002, 0.998)
    span(3, 2, "page", "flask", 0.005, 0.995)
    each = 0.97 / len(statements)
    for i, sql in enumerate(statements):
        at = 0.01 + i * each
        span(10 + 2 * i, 3, "SELECT", "sqlalchemy", at, at + each * 0.98, sql)
        span(11 + 2 * i, 10 + 2 * i, "postgres", "postgres", at + each * 0.02, at + each * 0.97, sql)
    span(4, 3, "fetch", "fetch", 0.981, 0.988)
    span(5, 3, "render", "template", 0.989, 0.994)
    resources = [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": name}}]},
            "scopeSpans": [{"scope": {"name": "made-up"}, "spans": found}],
        }
        for name, found in spans.items()
    ]
    return {"resourceSpans": resources}


def _dataset(scale: str) -> Dataset:
    return Dataset(seed=7, rows={"tw_players": 2_000, "tw_rolls": ROWS[scale]}, sha256=_hex(scale), bytes={"tw_rolls": ROWS[scale] * 85})


def _environment() -> Environment:
    return Environment(
        versions={
            "python": "3.13.0",
            "postgres": "18.6",
            "nginx": "1.31.3",
            "gunicorn": "27.0.1",
            "flask": "3.1.2",
            "sqlalchemy": "2.0.44",
        },
        kernel="Linux 6.1",
        libc="glibc 2.36",
        cpu_model="A made-up processor",
        cpu_count=2,
        memory_mb=7_800,
        postgres_settings={"shared_buffers": "128MB", "jit": "off"},
        privileged=False,
    )


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
