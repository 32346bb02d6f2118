"""Every arm in a row: what it takes away, how fast it answers, how much it asks, whether the answer is the same."""

from __future__ import annotations

from scenarios.publish import units
from scenarios.publish.charts.chart import Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, chosen_arms, chosen_experiment, median, requests, spread, traffic
from scenarios.record import ArmResult

OPTIONS = ("experiment", "arms", "title")


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    name, experiment = chosen_experiment(dive, options)
    arms = chosen_arms(dive, name, options)
    answers = {a.answer_sha256 for a in experiment.arms.values()}
    same = len(answers) == 1 and None not in answers
    title = options.get("title") or (f"{len(arms)} arms, one answer" if same else f"{len(arms)} arms")
    # The answers are judged over all arms of the experiment, not the ones this table picks.
    first = next(iter(experiment.arms.values())).answer_sha256
    rows = tuple((*_numbers(arm), _answer(arm, first)) for arm in arms.values())
    columns = ("arm", "takes away", "requests", "failed", "p50", "p95", "slowest", "statements each", "answer")
    # A column of which no arm has anything is left out: where nothing is taken away, or answers are too few for a p95.
    told = [i for i in range(len(columns)) if any(row[i] not in ("–", "too few") for row in rows)]
    return Exhibit(
        title=title,
        caption="Medians over rounds; the slowest is that of all rounds. "
        f"{experiment.title}: {traffic(experiment)}, {spread(experiment)}.",
        table=Table(title, tuple(columns[i] for i in told), tuple(tuple(row[i] for i in told) for row in rows)),
        command=experiment.command,
    )


def _numbers(arm: ArmResult) -> tuple[str, ...]:
    failed = sum(count for r in arm.rounds for status, count in r.statuses.items() if status != "200")
    slowest = [r.latency_ms.max for r in arm.rounds if r.latency_ms.max is not None]
    counted = [r.statements_per_request for r in arm.rounds if r.statements_per_request is not None]
    return (
        arm.title,
        arm.removes or "–",
        f"{requests(arm):,}",
        f"{failed:,}",
        _over_rounds(arm, "p50"),
        _over_rounds(arm, "p95"),
        units.text(max(slowest), "ms") if slowest else "–",
        units.digits(median(counted)) if counted else "–",
    )


def _over_rounds(arm: ArmResult, name: str) -> str:
    values = [v for r in arm.rounds if (v := getattr(r.latency_ms, name)) is not None]
    return units.text(median(values), "ms") if values else "too few"


def _answer(arm: ArmResult, first: str | None) -> str:
    if arm.answer_sha256 is None:
        return "not taken"
    return f"{'same' if arm.answer_sha256 == first else 'DIFFERS'} ({arm.answer_sha256[:8]})"
