"""Every answer of all rounds, counted in cells of time and latency: a tight band that comes loose."""

from __future__ import annotations

import bisect
import math

from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Heat, Rule, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, Linked, chosen_experiment, traffic
from scenarios.publish.neighbours import PHASE_WORDS, WHOLE, middle_round, ms, phase_at, rules, samples_of, visited_rounds
from scenarios.record import ArmSamples, Round

OPTIONS = ("experiment", "arm", "title")
COLUMNS = 28
ROWS_PER_DOUBLING = 2


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    name, experiment = chosen_experiment(dive, options)
    arm = options.get("arm", "wrecked")
    rounds = visited_rounds(dive.arm(name, arm))
    samples = samples_of(dive, name, arm)
    bands = _bands(rounds, samples)
    title = options.get("title") or _told(bands)
    shown = rules(middle_round(rounds, [s.round for s in samples])) if rounds else ()
    n = sum(len(s.due_s) for s in samples)
    return Exhibit(
        title=title,
        caption="The stronger a cell’s colour, the more requests were due then and took that long. "
        f"{experiment.title}: {traffic(experiment)}, all {len(samples)} rounds, n = {n:,} requests.",
        chart=_chart(title, bands, samples, shown),
        table=_table(bands),
        command=experiment.command,
        evidence="samples.json",
        linked=Linked(name, (arm,), tuple(s.round for s in samples)),
    )


def _bands(rounds: list[Round], samples: list[ArmSamples]) -> dict[str, list[float]]:
    """Return the latencies of each phase, sorted; of the whole run where no neighbour came."""
    if not rounds:
        return {WHOLE: sorted(latency_ms for run in samples for latency_ms in run.latency_ms)}
    by_number = {r.round: r for r in rounds}
    found: dict[str, list[float]] = {}
    for run in samples:
        for due_s, latency_ms in zip(run.due_s, run.latency_ms, strict=True):
            phase = phase_at(by_number[run.round], due_s) if run.round in by_number else None
            if phase:
                found.setdefault(phase, []).append(latency_ms)
    return {phase: sorted(found[phase]) for phase in PHASE_WORDS if phase in found}


def _told(bands: dict[str, list[float]]) -> str:
    if whole := bands.get(WHOLE):
        return f"Eight of ten answers took {_band(whole)}, the slowest {ms(whole[-1])}"
    told = "; ".join(f"{PHASE_WORDS[p]}, eight of ten answers took {_band(bands[p])}" for p in ("before", "during") if p in bands)
    told = told.replace(" it ", " the neighbour ", 1)  # A title stands alone: it says who.
    return told[0].upper() + told[1:]


def _decile(ordered: list[float], tenth: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * tenth // 10)]


def _band(ordered: list[float]) -> str:
    return f"{ms(_decile(ordered, 1))} to {ms(_decile(ordered, 9))}"


def _chart(title: str, bands, samples: list[ArmSamples], shown: tuple[Rule, ...]) -> Chart:
    due = [v for s in samples for v in s.due_s]
    took = [v for s in samples for v in s.latency_ms]
    x = tuple(max(due) * 1.001 * i / COLUMNS for i in range(COLUMNS + 1))
    low, high = math.floor(math.log2(min(took)) * ROWS_PER_DOUBLING), math.floor(math.log2(max(took)) * ROWS_PER_DOUBLING) + 1
    y = tuple(2 ** (i / ROWS_PER_DOUBLING) for i in range(low, high + 1))
    counts = [[0] * COLUMNS for _ in y[1:]]
    for at, value in zip(due, took, strict=True):
        row = min(max(bisect.bisect_right(y, value) - 1, 0), len(counts) - 1)
        counts[row][min(bisect.bisect_right(x, at) - 1, COLUMNS - 1)] += 1
    return Chart(
        title,
        f"Heat map of latency against time. Eight of ten answers: {'; '.join(f'{p} {_band(v)}' for p, v in bands.items())}.",
        Axis("time since traffic began", "s"),
        Axis("latency, log scale", "ms", "log"),
        (Heat("requests", "wrecked", x, y, tuple(map(tuple, counts))), *shown),
    )


def _table(bands) -> Table:
    rows = []
    for phase, ordered in bands.items():
        spread = units.with_unit(units.digits(_decile(ordered, 9) / _decile(ordered, 1)), "times")
        middle = [ms(v) for v in (_decile(ordered, 1), _decile(ordered, 5), _decile(ordered, 9), ordered[-1])]
        rows.append((phase, f"{len(ordered):,}", *middle, spread))
    return Table("Latency of the requests drawn", ("part", "requests", "p10", "p50", "p90", "slowest", "p90 over p10"), tuple(rows))
