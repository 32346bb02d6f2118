"""Good answers a second over the course of a run, a line an arm."""

from __future__ import annotations

from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, arm_role, chosen_arms, chosen_experiment, median, traffic, whole_number
from scenarios.publish.exhibits import errors
from scenarios.record import ArmSamples

OPTIONS = ("experiment", "arms", "round", "width_s", "salvaged", "title")


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``round`` (1), ``width_s``, how many seconds an answer is counted over (1)."""
    name, experiment = chosen_experiment(dive, options)
    arms = chosen_arms(dive, name, options)
    width_s = float(whole_number(options, "width_s", 1))
    runs = {arm: errors.kept_round(dive, name, arm, whole_number(options, "round", 1)) for arm in arms}
    lines = {arm: good_per_s(run, width_s) for arm, run in runs.items()}
    overall = {arm: median(_good(r) for r in arms[arm].rounds) for arm in arms}
    first = next(iter(arms))
    title = options.get("title") or f"{arms[first].title}: {units.digits(overall[first])} good answers a second"
    each = "second" if width_s == 1 else units.text(width_s, "s")
    said = "; ".join(f"{arms[n].title} {units.digits(v)} a second over a whole round" for n, v in overall.items())
    marks, seen = [], {}
    for arm, (x, y) in lines.items():
        role = arm_role(arm, arms[arm], options)
        variant = seen[role] = seen.get(role, -1) + 1
        marks.append(Line(arms[arm].title, role, x, y, variant, markers=True))
    return Exhibit(
        title=title,
        caption=f"Answers with status 200 in each {each}, until the last answer of the run; "
        "a shorter line was done sooner. "
        f"Over whole rounds, median: {said}. {experiment.title}: {traffic(experiment)}; drawn: round {next(iter(runs.values())).round}.",
        chart=Chart(
            title,
            f"Lines of good answers a second against time. {said}.",
            Axis("time since traffic began", "s"),
            Axis("good answers a second", low=0.0),
            tuple(marks),
        ),
        table=Table(
            "Good answers a second",
            ("arm", "median of whole rounds", "each stretch"),
            tuple((arms[n].title, units.digits(overall[n]), ", ".join(units.digits(v) for v in lines[n][1])) for n in arms),
        ),
        command=experiment.command,
        evidence="samples.json",
    )


def good_per_s(run: ArmSamples, width_s: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the middles of the run's stretches in s, and the good answers a second in each; the last may be cut short."""
    came_s = [due + latency / 1e3 for due, latency in zip(run.due_s, run.latency_ms, strict=True)]
    end_s = max(came_s)
    parts = max(1, -(-end_s // width_s))
    edges = [min(i * width_s, end_s) for i in range(int(parts) + 1)]
    good = [at for at, status in zip(came_s, run.status, strict=True) if status == "200"]
    x, y = [], []
    for a, b in zip(edges, edges[1:], strict=False):
        if b - a >= width_s / 2 or parts == 1:
            x.append((a + b) / 2)
            y.append(sum(a < at <= b for at in good) / (b - a) if b > a else 0.0)
    return tuple(x), tuple(y)


def _good(round_) -> float:
    return round_.statuses.get("200", 0) / round_.duration_s
