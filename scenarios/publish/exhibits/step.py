"""The step: every answer as a dot, before a neighbour comes, while it is there, and after, for several sizes of neighbour."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios import claims
from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Points, Table
from scenarios.publish.dive import HEADLINE, Dive
from scenarios.publish.exhibit import Exhibit, traffic
from scenarios.publish.neighbours import middle_round, ms, phase_median, phase_rounds, phases_of, rules, samples_of
from scenarios.record import PHASES, ArmSamples, Experiment, Round

OPTIONS = ("experiments", "arm", "title")
_ROLES = ("wrecked", "suspect", "fix", "muted")
P50 = "latency_ms.p50"


@dataclass(frozen=True)
class _Run:
    experiment: Experiment
    rounds: list[Round]
    shown: Round
    samples: ArmSamples

    @property
    def clients(self) -> int:
        return self.shown.neighbour.clients


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Option ``experiments``: their names, parted by commas (default ``headline``); those a trial left out are left out."""
    arm = options.get("arm", "wrecked")
    wanted = [n.strip() for n in options.get("experiments", HEADLINE).split(",")]
    runs = sorted((_run(dive, n, arm) for n in _recorded(dive, wanted)), key=lambda run: -run.clients)
    most = runs[0]
    grown = [claims.phase_value(r, "during", P50) / claims.phase_value(r, "before", P50) for r in most.rounds]
    times = claims.interval(grown, is_ratio=True).value
    title = options.get("title") or (
        f"{most.clients} clients next door: half the answers take {ms(phase_median(most.rounds, 'during'))} instead of "
        f"{ms(phase_median(most.rounds, 'before'))}, {units.said(times, 'times')} as long"
    )
    n = ", ".join(f"{len(r.samples.due_s)} with {r.clients} clients next door" for r in runs)
    return Exhibit(
        title=title,
        caption="Each mark is one request to the quiet page, placed by when it was due; lines are the median of each part. "
        "How many times as long: round by round, the geometric mean. "
        f"The round whose middle part is the middle one of {len(most.rounds)}. "
        f"{most.experiment.title}: {traffic(most.experiment)}. Requests drawn: {n}.",
        chart=_chart(title, runs),
        table=_table(runs),
        command=most.experiment.command,
        evidence="samples.json",
    )


def _recorded(dive: Dive, wanted: list[str]) -> list[str]:
    found = [n for n in wanted if n in dive.record.experiments]
    missing = [n for n in wanted if n not in found]
    if missing and (dive.record.publishable or not found):
        raise EvidenceError(f"an experiment of {dive.slug}", f"no '{missing[0]}'", f"there is {', '.join(dive.record.experiments)}")
    return found


def _run(dive: Dive, name: str, arm: str) -> _Run:
    rounds = phase_rounds(dive.arm(name, arm), f"{dive.slug} {name}.{arm}")
    kept = {s.round: s for s in samples_of(dive, name, arm)}
    shown = middle_round(rounds, list(kept))
    return _Run(dive.experiment(name), rounds, shown, kept[shown.round])


def _chart(title: str, runs: list[_Run]) -> Chart:
    marks = []
    for run, role in zip(runs, _ROLES, strict=False):
        name = f"{run.clients} clients next door"
        marks.append(Points(name, role, tuple(run.samples.due_s), tuple(run.samples.latency_ms)))
        marks.append(Line(name, role, *_steps(run.shown)))
    marks += rules(runs[0].shown)
    medians = [", ".join(f"{p} {ms(phase_median(r.rounds, p))}" for p in phases_of(r.rounds)) for r in runs]
    said = "; ".join(f"{run.clients} clients: {each}" for run, each in zip(runs, medians, strict=True))
    return Chart(
        title,
        f"Scatter of latency against time, with a step up as the neighbour comes and down as it leaves. Medians: {said}.",
        Axis("time since traffic began", "s"),
        Axis("latency, log scale", "ms", "log"),
        tuple(marks),
    )


def _steps(shown: Round) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the medians of a round's phases as a line of steps."""
    parts = [shown.phases[name] for name in PHASES if name in shown.phases]
    ends = [(edge, p.latency_ms.p50) for p in parts if p.latency_ms.p50 for edge in (p.start_s, p.end_s)]
    return tuple(x for x, _ in ends), tuple(y for _, y in ends)


def _table(runs: list[_Run]) -> Table:
    rows = []
    for run in runs:
        cells = [ms(phase_median(run.rounds, p)) for p in ("before", "during", "after")]
        n = sum(p.requests for r in run.rounds for p in r.phases.values())
        rows.append((str(run.clients), str(len(run.rounds)), f"{n:,}", *cells))
    columns = ("clients next door", "rounds", "requests", "before", "during", "after")
    return Table("Median latency, median over rounds", columns, tuple(rows))
