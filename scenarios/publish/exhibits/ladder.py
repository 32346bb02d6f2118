"""The ablation ladder: how many times faster each arm is than the wreck, one bar an arm."""

from __future__ import annotations

from scenarios import claims
from scenarios.errors import UsageError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Points, Rule, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, arm_role, chosen_arms, chosen_experiment, spread, traffic
from scenarios.publish.neighbours import PHASE_WORDS
from scenarios.record import Interval

OPTIONS = ("experiment", "arms", "path", "salvaged", "over", "title")
_ROLES = {"suspect": "one suspect taken away", "fix": "a fix", "salvaged": "salvaged"}


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Ratio of p50 between ``over`` (default: wrecked) and each other arm, paired round by round."""
    name, experiment = chosen_experiment(dive, options)
    path, over = options.get("path", "latency_ms.p50"), options.get("over", "wrecked")
    dive.arm(name, over)
    arms = {n: a for n, a in chosen_arms(dive, name, options).items() if n != over}
    if not arms:
        raise UsageError(f"an arm to hold against '{over}'", "none", "name one in option 'arms'")
    found = {n: claims.interval(claims.ratio(name, over, n, path)(dive.record), is_ratio=True) for n in arms}
    best = max(found, key=lambda n: found[n].value)
    title = options.get("title") or f"{arms[best].title}: {units.said(found[best].value, 'times')} as fast"
    several = any(len(v.rounds) > 1 for v in found.values())
    spread_shown = "geometric mean, bar with 95\u00a0% interval, one dot a round" if several else "one round, so no interval"
    return Exhibit(
        title=title,
        caption=f"{_subject(path)} of ‘{experiment.arms[over].title}’ divided by that of each arm, in the same round; {spread_shown}. "
        f"{experiment.title}: {traffic(experiment)}, {spread(experiment)}.",
        chart=_chart(title, arms, found, options),
        table=_table(arms, found),
        command=experiment.command,
    )


def _subject(path: str) -> str:
    words = {"latency_ms.p50": "Median latency (p50)", "latency_ms.mean": "Mean latency", "latency_ms.max": "Slowest answer"}
    if path.startswith("phases."):
        _, phase, path = path.split(".", 2)
        return f"{words.get(path, path)} {PHASE_WORDS.get(phase, phase)}"
    return words.get(path, path)


def _chart(title, arms, found: dict[str, Interval], options) -> Chart:
    roles = {n: arm_role(n, a, options) for n, a in arms.items()}
    order = list(arms)
    marks = [Rule("x", 1.0, "")]
    for role in dict.fromkeys(roles.values()):
        mine = [n for n in order if roles[n] == role]
        marks.append(_bars(role, mine, order, found))
        dots = [(value, order.index(n)) for n in mine for value in found[n].rounds]
        x, y = zip(*dots, strict=True)
        marks.append(Points(_ROLES.get(role, role), "ink", x, y, small=True))
    alt = "; ".join(f"{arms[n].title} {_times(found[n].value)}" for n in order)
    axis = Axis("times as fast, log scale", "times", "log", low=0.8)
    return Chart(
        title,
        f"Horizontal bars, times as fast as the wreck: {alt}.",
        axis,
        Axis("", scale="category", categories=_names(arms)),
        tuple(marks),
    )


def _bars(role: str, mine: list[str], order: list[str], found: dict[str, Interval]) -> Bars:
    values = [found[n] for n in mine]
    several = all(len(v.rounds) > 1 for v in values)
    return Bars(
        _ROLES.get(role, role),
        role,
        at=tuple(float(order.index(n)) for n in mine),
        length=tuple(v.value - 1 for v in values),
        base=(1.0,) * len(mine),
        low=tuple(v.low for v in values) if several else (),
        high=tuple(v.high for v in values) if several else (),
        labels=tuple(_label(v) for v in values),
    )


def _names(arms) -> tuple[str, ...]:
    return tuple(a.title for a in arms.values())


def _times(value: float) -> str:
    return units.with_unit(units.digits(value), "times")


def _label(v: Interval) -> str:
    return _times(v.value) if len(v.rounds) == 1 else f"{_times(v.value)} ({units.digits(v.low)}–{units.digits(v.high)})"


def _table(arms, found: dict[str, Interval]) -> Table:
    rows = []
    for name, arm in arms.items():
        v = found[name]
        between = f"{units.digits(v.low)} to {units.digits(v.high)}" if len(v.rounds) > 1 else "one round"
        rows.append((arm.title, arm.removes or "–", units.digits(v.value), between, ", ".join(units.digits(r) for r in v.rounds)))
    return Table("How many times as fast as the wreck", ("arm", "takes away", "times as fast", "95 % interval", "each round"), tuple(rows))
