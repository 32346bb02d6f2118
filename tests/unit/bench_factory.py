"""Benchmarks made up, whole."""

from __future__ import annotations

from datetime import UTC, datetime

from scenarios.bench import Bench, Felt, PageBytes, PageFelt, PageScored, Scored, SiteBuild
from scenarios.claims import exact, interval
from scenarios.measure.bench import generator, main, probes, recorder, start
from scenarios.record import Environment

SCORED = Scored(
    tool="made up 2.0",
    pages=[
        PageScored(
            page=page, performance=exact(performance), accessibility=exact([100.0, 100.0]), best_practices=exact([100.0, 100.0]),
            seo=exact([100.0, 100.0]),
        )
        for page, performance in (("index.html", [99.0, 100.0]), ("dives/boat/index.html", [96.0, 98.0]))
    ],
)  # fmt: skip
FELT = Felt(
    browser="made up 1.0", slowed_by=4.0,
    pages=[
        PageFelt(page="index.html", layout_shift=exact([0.0, 0.0]), longest_task_ms=exact([90.0, 120.0])),
        PageFelt(
            page="dives/boat/index.html", layout_shift=exact([0.0, 0.0]), longest_task_ms=exact([150.0, 180.0]),
            chart_ms=exact([400.0, 600.0]),
        ),
    ],
    scored=SCORED,
)  # fmt: skip
SITE = SiteBuild(
    build_s=[3.1, 3.0, 3.2],
    pages=[PageBytes(page="index.html", bytes_gzip=80_000), PageBytes(page="method/index.html", bytes_gzip=95_000)],
    build_s_at_most=5.0, bytes_at_most=115_000, felt=FELT,
)  # fmt: skip
ENVIRONMENT = Environment(
    versions={"python": "3.13.0"}, kernel="Linux 6.1", libc="glibc 2.36", cpu_model="made up", cpu_count=2, memory_mb=8_000,
    postgres_settings={"jit": "off"}, privileged=False,
)  # fmt: skip


def probe_rounds(share: float, rounds: int = 5) -> list[probes.Round]:
    """Return rounds in which all probes take ``share`` of the worker's CPU, give or take a little."""
    found = []
    for number in range(rounds):
        luck = 1 + 0.001 * number
        cpu_ms = {each: 80.0 * luck * (
            1 - share if each.name == probes.OFF else 1 - share / 10 * (each.name != probes.ON)
        ) for each in probes.settings()}
        found.append(probes.Round(cpu_ms, {probes.CHATTY: 106.0, probes.QUIET: 4.0}))
    return found


def sent(late_ms: float, ceiling_per_s: float, answered: float = 1.0) -> list[generator.Sent]:
    """Return three rounds of a client that is ``late_ms`` late and at most so fast."""
    runs = []
    for number in range(3):
        for rate in (100.0, 400.0):
            runs.append(
                generator.Sent(rate, int(rate), int(rate * answered), 1.0, sorted(late_ms + number / 100 for _ in range(int(rate))), 0.2)
            )
        runs.append(generator.Sent(None, int(ceiling_per_s), int(ceiling_per_s), 1.0 + number / 1000, [0.0] * 20, 0.9))
    return runs


def recorded(growth: float) -> dict[int, list[dict]]:
    """Return sizes of which the longest takes ``growth`` times the memory of the middle one."""
    return {
        size: [{"time_s": size / 1e5 + n / 100, "memory_mb": mb + n / 10, "evidence_bytes": 28_000 + n} for n in range(2)]
        for size, mb in ((1_000, 6.0), (10_000, 60.0), (100_000, 60.0 * growth))
    }


def a_bench(share: float = 0.03, late_ms: float = 2.0, growth: float = 1.0) -> Bench:
    by_probe = probes.table(probe_rounds(share))
    client, records = sent(late_ms, 2_000), recorded(growth)
    found = {
        **probes.findings(by_probe), **generator.findings(client, 20), **start.findings([9.0, 9.5], [2.0, 2.1], "talk"),
        **recorder.findings(records), **main.site_findings(SITE),
    }  # fmt: skip
    return Bench(
        made_at=datetime(2026, 11, 2, tzinfo=UTC), publishable=True, command="invoke bench", commit=None, commit_is_clean=False,
        code_sha256="0f",
        environment=ENVIRONMENT, elapsed_s=150.0, load1_before=0.1, findings=found, probes=by_probe, client=generator.table(client),
        recorder=recorder.table(records), pages=SITE.pages, felt=SITE.felt,
    )  # fmt: skip


def one(value: float):
    return interval([value, value])
