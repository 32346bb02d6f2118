"""A dashboard: averages of a whole run over time, as such things look, and how few requests were like the average."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from scenarios.publish import units
from scenarios.publish.charts.chart import Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, chosen_experiment, traffic
from scenarios.publish.html import data_table
from scenarios.publish.neighbours import samples_of
from scenarios.record import ArmSamples

OPTIONS = ("experiment", "arm", "title")
BUCKETS = 12
NEAR_SHARE = 0.2
"""What is within a fifth of the average is near it."""
_WIDTH, _HEIGHT = 200, 56


@dataclass(frozen=True)
class Gauge:
    """One number of a dashboard: the average of the run, and one a bucket; None where a bucket has nothing to average."""

    name: str
    unit: str
    average: float
    values: tuple[float | None, ...]


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    name, experiment = chosen_experiment(dive, options)
    arm = options.get("arm", "wrecked")
    runs = samples_of(dive, name, arm)
    took = [value for run in runs for value in run.latency_ms]
    gauges, width_s = _gauges(runs), _width_s(runs)
    title = options.get("title") or (
        f"The average answer took {units.text(statistics.fmean(took), 'ms')}; {_near(took)} of {len(took):,} answers took anything like it"
    )
    return Exhibit(
        title=title,
        caption=f"Averages over {units.text(width_s, 's')} each. "
        f"Anything like it: within {units.text(NEAR_SHARE, 'share')} of the average. "
        f"{experiment.title}: {traffic(experiment)}, all {len(runs)} rounds, n = {len(took):,} requests.",
        html=f'<div class="dashboard">{"".join(map(_tile, gauges))}</div>{data_table(_table(gauges, width_s), folded=True)}',
        command=experiment.command,
        evidence="samples.json",
    )


def _near(took: Sequence[float]) -> int:
    mean = statistics.fmean(took)
    return sum(abs(value - mean) <= NEAR_SHARE * mean for value in took)


def _width_s(runs: Sequence[ArmSamples]) -> float:
    return max(max(run.due_s) for run in runs) / BUCKETS * 1.0001 or 1.0


def _gauges(runs: Sequence[ArmSamples]) -> list[Gauge]:
    """Return what a dashboard has of the requests of all rounds."""
    width_s = _width_s(runs)
    took: list[list[float]] = [[] for _ in range(BUCKETS)]
    failed = [0] * BUCKETS
    for run in runs:
        for due_s, latency_ms, status in zip(run.due_s, run.latency_ms, run.status, strict=True):
            at = min(max(int(due_s / width_s), 0), BUCKETS - 1)
            took[at].append(latency_ms)
            failed[at] += status != "200"
    everything = [value for bucket in took for value in bucket]
    seconds = width_s * len(runs)
    failures = tuple(f / len(bucket) if bucket else None for f, bucket in zip(failed, took, strict=True))
    return [
        Gauge("response time, average", "ms", statistics.fmean(everything), tuple(statistics.fmean(b) if b else None for b in took)),
        Gauge("requests", "/s", len(everything) / (seconds * BUCKETS), tuple(len(b) / seconds for b in took)),
        Gauge("errors", "share", sum(failed) / len(everything), failures),
    ]


def _tile(gauge: Gauge) -> str:
    return (
        f'<div class="dashboard-tile"><p class="dashboard-name">{escape(gauge.name)}</p>'
        f'<p class="dashboard-value">{escape(_said(gauge.average, gauge.unit))}</p>{_curve(gauge.values)}</div>'
    )


def _said(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return units.with_unit(units.digits(value), "/s") if unit == "/s" else units.text(value, unit)


def _curve(values: Sequence[float | None]) -> str:
    """Return the gauge's course as a small curve from zero up, broken where there was nothing."""
    top = max((v for v in values if v is not None), default=0.0) or 1.0
    step = _WIDTH / (len(values) - 1)
    path, is_down = "", False
    for i, value in enumerate(values):
        if value is None:
            is_down = False
            continue
        path += f"{'L' if is_down else 'M'}{i * step:.0f} {_HEIGHT - 3 - (_HEIGHT - 6) * value / top:.1f}"
        is_down = True
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" width="{_WIDTH}" height="{_HEIGHT}" aria-hidden="true">'
        f'<path class="dashboard-ground" d="M0 {_HEIGHT - 1}H{_WIDTH}"/><path class="dashboard-curve" d="{path}"/></svg>'
    )


def _table(gauges: Sequence[Gauge], width_s: float) -> Table:
    rows = tuple(
        (f"{units.text(i * width_s, 's')} to {units.text((i + 1) * width_s, 's')}", *(_said(g.values[i], g.unit) for g in gauges))
        for i in range(BUCKETS)
    )
    return Table("What the dashboard shows", ("time since traffic began", *(g.name for g in gauges)), rows)
