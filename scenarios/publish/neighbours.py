"""What exhibits of a run with a neighbour share: its phases, its readings over time, and words for both."""

from __future__ import annotations

from scenarios.claims import round_value
from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Rule
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import median
from scenarios.record import PHASES, ArmResult, ArmSamples, Round, Series

PHASE_WORDS = {"before": "before it came", "during": "while it was there", "after": "after it left"}


WHOLE = "in the whole run"
"""Of a run without a neighbour, the only part."""


def visited_rounds(arm: ArmResult) -> list[Round]:
    """Return the rounds of an arm that a neighbour came into; none where nobody was to come."""
    return [r for r in arm.rounds if r.neighbour and all(p in r.phases and r.phases[p].latency_ms.p50 for p in ("before", "during"))]


def phase_rounds(arm: ArmResult, where: str) -> list[Round]:
    """Return the rounds of an arm that a neighbour came into. Raises EvidenceError where there is none."""
    found = visited_rounds(arm)
    if not found:
        wanted = f"requests before a neighbour came and while it was there in {where}"
        raise EvidenceError(wanted, "nothing of one or the other", "choose an experiment that has a neighbour")
    return found


def phase_median(rounds: list[Round], phase: str, path: str = "latency_ms.p50") -> float | None:
    """Return the median over rounds of a number in one phase, None where no round has it."""
    found = []
    for each in rounds:
        try:
            found.append(round_value(each, f"phases.{phase}.{path}"))
        except EvidenceError:
            continue
    return median(found) if found else None


def phases_of(rounds: list[Round]) -> list[str]:
    """Return the phases that every round has, in order of time."""
    return [name for name in PHASES if all(name in r.phases for r in rounds)]


def phase_at(round_: Round, due_s: float) -> str | None:
    """Return the phase a moment of a round lies in, None between them."""
    return next((name for name, p in round_.phases.items() if p.start_s <= due_s < p.end_s), None)


def middle_round(rounds: list[Round], known: list[int]) -> Round:
    """Return, of the rounds numbered in ``known``, the one whose latency with the neighbour there is the middle one."""
    chosen = sorted((r for r in rounds if r.round in known), key=lambda r: (r.phases["during"].latency_ms.p50 or 0.0, r.round))
    if not chosen:
        raise EvidenceError("a round whose single requests were kept", "nothing", "keep samples in its experiment")
    return chosen[(len(chosen) - 1) // 2]


def samples_of(dive: Dive, experiment: str, arm: str) -> list[ArmSamples]:
    """Return the kept requests of an arm, by round. Raises EvidenceError where none were kept."""
    found = [r for r in dive.samples.runs if (r.experiment, r.arm) == (experiment, arm) and r.latency_ms]
    if not found:
        wanted = f"single requests of {dive.slug} {experiment}.{arm} in samples.json"
        raise EvidenceError(wanted, "nothing", "keep samples in its experiment")
    return sorted(found, key=lambda r: r.round)


def series_of(dive: Dive, experiment: str, arm: str) -> Series:
    """Return the readings over time of an arm. Raises EvidenceError where none were kept."""
    found = next((s for s in dive.series.runs if (s.experiment, s.arm) == (experiment, arm)), None)
    if found is None or not found.at_s:
        raise EvidenceError(f"readings over time of {dive.slug} {experiment}.{arm} in series.json", "nothing", "keep its series")
    return found


def round_of(arm: ArmResult, number: int, where: str) -> Round:
    """Return a round of an arm by its number."""
    return next(r for r in phase_rounds(arm, where) if r.round == number)


def rules_of(rounds: list[Round], number: int) -> tuple[Rule, ...]:
    """Return the lines of the round of that number; none where it is not among those a neighbour came into."""
    return next((rules(r) for r in rounds if r.round == number), ())


def rules(round_: Round) -> tuple[Rule, Rule]:
    """Return a line where the neighbour comes and one where it asks for the last time."""
    return (
        Rule("x", round_.phases["during"].start_s, "it comes", "muted"),
        Rule("x", round_.phases["during"].end_s, "it leaves", "muted"),
    )


def ms(value: float | None) -> str:
    """Return milliseconds in words, a dash for none."""
    return "–" if value is None else units.text(value, "ms")
