"""What the instruments themselves cost: the evidence that ``invoke bench`` leaves in ``site_data/bench.json``.

``measure`` and the task write it, ``publish`` reads it. Strict as the records are: an unknown field, or a verdict
that its own numbers do not bear out, is refused. Units stand last in names.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from scenarios.kept import Kept
from scenarios.record import Environment, Hex, Interval, Model, Name, NonNegative, Positive

BENCH_VERSION = 1
# History
# 1  the first.

FILE = "bench.json"
COMMAND = "invoke bench"

Verdict = Literal["met", "missed", "untold", "no budget"]


class Finding(Model):
    """One figure, how far it spread over repeats, and whether it keeps to its budget."""

    sentence: str
    unit: str
    measured: Interval
    is_range: bool = False
    """Whether ``measured`` runs from the least to the greatest, and is no confidence interval."""
    at_least: float | None = None
    at_most: float | None = None
    verdict: Verdict
    about: str = ""
    """What a reader should know beside the number."""

    @model_validator(mode="after")
    def _verdict_follows(self):
        if self.verdict != (due := judged(self.measured, self.at_least, self.at_most)):
            raise ValueError(f"the verdict '{due}' by its own numbers, got '{self.verdict}'")
        return self


def judged(measured: Interval, at_least: float | None, at_most: float | None) -> Verdict:
    """Return whether the whole interval keeps to the budget, lies beyond it, or leaves that open."""
    if (at_least is None) == (at_most is None):
        if at_least is None:
            return "no budget"
        raise ValueError("at_least or at_most, one of them")
    # As they stand in the file: a digit that is not kept must not change a verdict.
    low, high = (float(f"{end:.6g}") for end in (measured.low, measured.high))
    keeps, breaks = (low >= at_least, high < at_least) if at_least is not None else (high <= at_most, low > at_most)
    return "met" if keeps else "missed" if breaks else "untold"


def finding(
    sentence: str, unit: str, measured: Interval, *, at_least: float | None = None, at_most: float | None = None, **more
) -> Finding:
    """Return a finding with the verdict that its numbers give."""
    verdict = judged(measured, at_least, at_most)
    return Finding(sentence=sentence, unit=unit, measured=measured, at_least=at_least, at_most=at_most, verdict=verdict, **more)


class ProbeSetting(Model):
    """One page served with some probes off."""

    page: Name
    """The arm that answered."""
    setting: Name
    """``on``, ``off``, or the one probe that was off."""
    title: str
    statements_per_request: NonNegative
    cpu_ms: Interval
    """Of the worker, a request."""
    share: Interval | None = None
    """Of the worker's CPU with all probes on: what is saved by this setting. None for all on."""


class Load(Model):
    """The traffic's client at one rate against a page that nginx answers by itself."""

    rate_per_s: Positive
    requests: int
    answered: int
    """With status 200."""
    lateness_ms_p50: Interval
    lateness_ms_p95: Interval
    cores: Interval
    """CPU seconds that the client used per second."""


class Recorded(Model):
    """What boiling one run down took, of a made-up run of so many requests."""

    requests: int
    time_s: Interval
    memory_mb: Interval
    """The most that was resident, beyond what the same program holds before it reads."""
    evidence_bytes: Interval
    """Round and samples, as they would be written."""


class PageBytes(Model):
    page: str
    bytes_gzip: int
    """Of the page and all that its markup loads."""
    bytes_at_most: int | None = None
    """Its budget, where that is not the site's."""


class PageFelt(Model):
    """What a reader feels of one page; each interval runs over loads, from the least to the greatest."""

    page: str
    layout_shift: Interval
    """Cumulative, from its load to its last line. 0: nothing moved that stood already."""
    longest_task_ms: Interval
    """For which the page answered to nothing, before anything was touched."""
    chart_ms: Interval | None = None
    """From the touch of its first chart until that is drawn. None: it has none."""


class PageScored(Model):
    """One page's scores, out of 100; each interval runs over loads, from the least to the greatest."""

    page: str
    performance: Interval
    accessibility: Interval
    best_practices: Interval
    seo: Interval


class Scored(Model):
    """Pages judged by Lighthouse as on a slow phone."""

    tool: str
    """With its version."""
    pages: Annotated[list[PageScored], Field(min_length=1)]


class Felt(Model):
    """Pages opened in a browser, on a phone's screen, its processor slowed down."""

    browser: str
    slowed_by: Positive
    pages: Annotated[list[PageFelt], Field(min_length=1)]
    scored: Scored | None = None
    not_scored_because: str = ""
    """Where ``scored`` is None."""


class SiteBuild(Model):
    """What the publishing side measured of itself."""

    build_s: Annotated[list[Positive], Field(min_length=1)]
    """Each by a Python of its own, from its start to its end."""
    pages: Annotated[list[PageBytes], Field(min_length=1)]
    build_s_at_most: Positive
    bytes_at_most: int
    felt: Felt | None = None
    """None where there was no browser."""


class Bench(Model):
    bench_version: Literal[1] = BENCH_VERSION
    made_at: datetime
    publishable: bool
    """False for a quick run, which shows only that all works."""
    command: str
    commit: Hex | None
    commit_is_clean: bool
    code_sha256: Hex
    """Of the machinery and the benchmarks."""
    environment: Environment
    elapsed_s: NonNegative
    load1_before: NonNegative
    findings: dict[Name, Finding]
    probes: list[ProbeSetting]
    client: list[Load]
    recorder: list[Recorded]
    pages: list[PageBytes]
    felt: Felt | None = None


KEPT = Kept(Bench, FILE, "benchmarks", "bench_version", BENCH_VERSION, COMMAND)
loads, read = KEPT.loads, KEPT.read
