"""What was done about a neighbour: how much faster the quiet page was for it, and what the neighbour had of it."""

from __future__ import annotations

from scenarios import claims
from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Points, Rule, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, median, traffic
from scenarios.publish.neighbours import ms, phase_median, phase_rounds
from scenarios.record import ArmResult, Interval, Round

OPTIONS = ("experiments", "over", "arms", "salvaged", "title")
PATH = "phases.during.latency_ms.p50"


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``experiments`` of the same traffic, parted by commas; ``over``: the arm of the first that all are held against."""
    names = [n.strip() for n in options.get("experiments", "fixes").split(",")]
    over = options.get("over", "wrecked")
    recorded = [n for n in names if n in dive.record.experiments]
    lacking = [n for n in names if n not in recorded]
    if lacking and (dive.record.publishable or names[0] in lacking):
        raise EvidenceError(f"an experiment of {dive.slug}", f"no '{lacking[0]}'", f"there is {', '.join(dive.record.experiments)}")
    base = {r.round: r for r in phase_rounds(dive.arm(names[0], over), f"{dive.slug} {names[0]}.{over}")}
    arms = _arms(dive, recorded, over, options)
    found = {n: _paired(base, phase_rounds(a, f"{dive.slug} {n}")) for n, a in arms.items()}
    best = max(found, key=lambda n: found[n].value)
    faster = units.said(found[best].value, "times")
    title = options.get("title") or f"{arms[best].title}: the quiet page is {faster} as fast as beside the neighbour as it came"
    experiment = dive.experiment(names[0])
    counts = sorted({len(v.rounds) for v in found.values()})
    return Exhibit(
        title=title,
        caption=f"Median latency (p50) of the quiet page while the neighbour was there, of ‘{dive.arm(names[0], over).title}’ "
        "divided by that of each arm, in the same round; geometric mean, one dot a round, and a 95\u00a0% interval where there are "
        f"more than two. {experiment.title}: {traffic(experiment)}; "
        f"{' or '.join(map(str, counts))} rounds.",
        chart=_chart(title, arms, found, options),
        table=_table(arms, found, list(base.values()), dive.arm(names[0], over).title),
        command=experiment.command,
    )


def _arms(dive: Dive, experiments: list[str], over: str, options: dict[str, str]) -> dict[str, ArmResult]:
    known = {n: a for e in experiments for n, a in dive.experiment(e).arms.items() if n != over}
    wanted = [n.strip() for n in options.get("arms", "").split(",") if n.strip()] or [a.name for a in dive.wreck.arms if a.name in known]
    found = {n: known[n] for n in wanted if n in known}
    # What a machine cannot do is absent from every run, and the page's provenance says so.
    missing = [n for n in wanted if n not in known and f"arm {n}" not in dive.record.absent]
    if not found or (missing and dive.record.publishable):
        got = f"no '{(missing or wanted)[0]}'"
        raise EvidenceError(f"arms of {', '.join(experiments)} of {dive.slug}", got, f"there is {', '.join(known)}")
    return found


def _paired(base: dict[int, Round], rounds: list[Round]) -> Interval:
    ratios = [claims.round_value(base[r.round], PATH) / claims.round_value(r, PATH) for r in rounds if r.round in base]
    return claims.interval(ratios, is_ratio=True)


def _times(value: float) -> str:
    return units.with_unit(units.digits(value), "times")


def _chart(title: str, arms, found: dict[str, Interval], options) -> Chart:
    order = list(arms)
    roles = {n: "salvaged" if n == options.get("salvaged") else "fix" for n in order}
    marks = [Rule("x", 1.0, "")]
    for role, label in (("fix", "a remedy"), ("salvaged", "the cure")):
        mine = [n for n in order if roles[n] == role]
        if mine:
            marks.append(_bars(label, role, mine, order, found))
    dots = [(value, float(order.index(n))) for n in order for value in found[n].rounds]
    marks.append(Points("one round", "ink", tuple(x for x, _ in dots), tuple(y for _, y in dots), small=True))
    alt = "; ".join(f"{arms[n].title} {_times(found[n].value)}" for n in order)
    names = Axis("", scale="category", categories=tuple(a.title for a in arms.values()))
    x = Axis("times as fast, log scale", "times", "log", low=0.8)
    return Chart(title, f"Horizontal bars, times as fast. {alt}.", x, names, tuple(marks))


def _bars(label: str, role: str, mine: list[str], order: list[str], found: dict[str, Interval]) -> Bars:
    values = [found[n] for n in mine]
    # Of two rounds the interval is wider than the picture: their dots say more.
    several = all(len(v.rounds) > 2 for v in values)
    return Bars(
        label, role,
        at=tuple(float(order.index(n)) for n in mine),
        length=tuple(v.value - 1 for v in values),
        base=(1.0,) * len(mine),
        low=tuple(v.low for v in values) if several else (),
        high=tuple(v.high for v in values) if several else (),
        labels=tuple(_times(v.value) for v in values),
    )  # fmt: skip


def _table(arms, found, base: list[Round], over: str) -> Table:
    rows = [_row(over, base, None)] + [_row(a.title, phase_rounds(a, n), found[n]) for n, a in arms.items()]
    columns = (
        "next door", "rounds", "quiet p50 while it was there", "times as fast", "neighbour’s answers", "of these failed", "database’s core",
    )  # fmt: skip
    return Table("What was done, and what it did to either side", columns, tuple(rows))


def _row(title: str, rounds: list[Round], v: Interval | None) -> tuple[str, ...]:
    per_s = median(r.neighbour.requests / (r.neighbour.ends_s - r.neighbour.begins_s) for r in rounds)
    asked = sum(r.neighbour.requests for r in rounds)
    failed = asked - sum(r.neighbour.statuses.get("200", 0) for r in rounds)
    core = phase_median(rounds, "during", "cores.postgres")
    return (
        title,
        str(len(rounds)),
        ms(phase_median(rounds, "during")),
        _times(v.value) if v else "–",
        f"{units.digits(per_s)}/s",
        units.text(failed / asked, "share") if asked else "–",
        units.text(core, "share") if core is not None else "–",
    )
