"""What is resident of a worker after each request of a climb, a line an arm; the talk's own row beside."""

from __future__ import annotations

from scenarios.errors import EvidenceError, UsageError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Points, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, arm_role, median
from scenarios.record import ArmResult

OPTIONS = ("experiments", "arms", "measure", "logbook", "salvaged", "title")
MEASURES = {"rss_mb": "resident after the request", "peak_mb": "the most that was resident during the request"}


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``experiments`` (comma between; those that were not run are passed over but for the first), ``arms`` of them,
    ``measure`` (``rss_mb`` or ``peak_mb``), ``logbook``, the prefix of the talk's figures by last part of the path (none without it)."""
    measure = options.get("measure", "rss_mb")
    if measure not in MEASURES:
        raise UsageError("a measure of memory", f"'{measure}'", f"choose from {', '.join(MEASURES)}")
    names = [each.strip() for each in options.get("experiments", "headline").split(",")]
    arms = climbed(dive, names, options)
    steps, command = _steps(next(iter(arms.values()))), dive.experiment(names[0]).command
    climbs = {name: [median(each) for each in _values(arm, measure)] for name, arm in arms.items()}
    first = next(iter(arms))
    alone = f"{arms[first].title}: {_finding(climbs[first], measure)}"
    title = options.get("title") or (alone if len(arms) == 1 else _range(climbs, measure))
    talks = _talks(dive, options, steps)
    rounds = "; ".join(f"{arm.title}: {len(arm.rounds)}" for arm in arms.values())
    return Exhibit(
        title=title,
        caption=f"One worker, one client, one request after the other (closed loop), each for so many players: {MEASURES[measure]}, "
        f"in MB, read by the worker of itself. Median over rounds; small marks are rounds ({rounds}).",
        chart=_chart(title, arms, steps, climbs, measure, talks, options),
        table=_table(arms, steps, climbs, talks),
        command=command,
    )


def _finding(climb: list[float], measure: str) -> str:
    return _course(climb) if measure == "rss_mb" else f"{units.text(max(climb), 'MB')} at its peak"


def _range(climbs: dict[str, list[float]], measure: str) -> str:
    """Return what several arms have in common, or not: from where to where they end, or their peaks lie."""
    values = sorted(climb[-1] if measure == "rss_mb" else max(climb) for climb in climbs.values())
    does = "end" if measure == "rss_mb" else "peak"
    return f"{len(values)} arms {does} between {units.text(values[0], 'MB')} and {units.text(values[-1], 'MB')}"


def _course(climb: list[float]) -> str:
    up = f"from {units.text(climb[0], 'MB')} to {units.text(max(climb), 'MB')}"
    stays = climb[-1] - climb[0] > 0.8 * (max(climb) - climb[0])
    return f"{up}, and there it stays" if stays else f"{up}, and back to {units.text(climb[-1], 'MB')}"


def climbed(dive: Dive, experiments: list[str], options: dict[str, str]) -> dict[str, ArmResult]:
    """Return the arms of ``experiments`` that were climbed to the end, in declared order, or those of option ``arms``.

    A round whose worker died on the way is left out.
    """
    dive.experiment(experiments[0])
    watched = {n: a for e in experiments if e in dive.record.experiments for n, a in dive.experiment(e).arms.items()}
    height = max((len(r.memory) for arm in watched.values() for r in arm.rounds), default=0) or 1
    whole = {n: [r for r in arm.rounds if len(r.memory) == height] for n, arm in watched.items()}
    found = {n: arm.model_copy(update={"rounds": whole[n]}) for n, arm in watched.items() if whole[n]}
    declared = [arm.name for arm in dive.wreck.arms if arm.name in found]
    chosen = [each.strip() for each in options["arms"].split(",")] if "arms" in options else declared
    kept = {name: found[name] for name in chosen if name in found}
    if not kept:
        raise EvidenceError(
            f"arms of {dive.slug} whose memory was watched", f"'{chosen[0] if chosen else experiments[0]}'", "run 'invoke rebuild'"
        )
    return kept


def _steps(arm: ArmResult) -> list[str]:
    """Return what each request asked for: the last part of its path."""
    return [reading.path.rsplit("/", 1)[-1] for reading in arm.rounds[0].memory]


def _values(arm: ArmResult, measure: str) -> list[list[float]]:
    """Return, for each step, the measure of every round."""
    return [[v for each in step if (v := getattr(each, measure)) is not None] for step in zip(*(r.memory for r in arm.rounds), strict=True)]


def _talks(dive: Dive, options: dict[str, str], steps: list[str]) -> dict[int, float]:
    prefix = options.get("logbook")
    if prefix is None:
        return {}
    return {i: dive.wreck.logbook[prefix + step].value for i, step in enumerate(steps) if prefix + step in dive.wreck.logbook}


def _chart(title, arms, steps, climbs, measure, talks, options) -> Chart:
    marks, seen = [], {}
    if talks:
        marks.append(Line("The talk, 2016", "muted", tuple(map(float, talks)), tuple(talks.values()), markers=True))
    for name, arm in arms.items():
        role = arm_role(name, arm, options)
        variant = seen[role] = seen.get(role, -1) + 1
        marks.append(Line(arm.title, role, tuple(map(float, range(len(steps)))), tuple(climbs[name]), variant, markers=True))
        dots = [(float(i), value) for i, values in enumerate(_values(arm, measure)) for value in values]
        marks.append(Points(arm.title, "ink", *zip(*dots, strict=True), small=True))
    said = "; ".join(f"{arm.title} from {units.text(climbs[n][0], 'MB')} to {units.text(climbs[n][-1], 'MB')}" for n, arm in arms.items())
    x = Axis("players asked for, one request after the other", scale="category", categories=tuple(steps))
    return Chart(title, f"Lines of memory against requests. {said}.", x, Axis("resident", "MB", low=0.0), tuple(marks), height_px=360)


def _table(arms, steps, climbs, talks) -> Table:
    rows = [(arm.title, *(units.digits(value) for value in climbs[name])) for name, arm in arms.items()]
    if talks:
        rows.append(("The talk, 2016", *(units.digits(talks[i]) if i in talks else "–" for i in range(len(steps)))))
    return Table("Memory after each request, MB", ("arm", *steps), tuple(rows))
