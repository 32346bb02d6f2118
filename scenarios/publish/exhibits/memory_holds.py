"""Who holds what is resident after one request of a climb: stacked parts, a bar an arm."""

from __future__ import annotations

from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, median
from scenarios.publish.exhibits import memory_staircase
from scenarios.record import ArmResult, Memory

OPTIONS = ("experiments", "arms", "after", "title")
PARTS = {
    "in use by Python": "flask",
    "Python’s pools, in use by nothing": "wrecked",
    "in use by malloc": "postgres",
    "kept by malloc, in use by nothing": "suspect",
    "code, libraries, stacks": "muted",
}


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Option ``after``: the last part of the request's path (``512``); ``experiments`` and ``arms`` as the staircase has them."""
    names = [each.strip() for each in options.get("experiments", "headline").split(",")]
    arms = memory_staircase.climbed(dive, names, options)
    after = options.get("after", "512")
    held = {name: _median_parts(arm, after) for name, arm in arms.items()}
    first = next(iter(arms))
    unused = held[first]["Python’s pools, in use by nothing"]
    share = unused / (sum(held[first].values()) or 1)
    title = options.get("title") or f"{arms[first].title}: {units.text(share, 'share')} of what is resident is in use by nothing"
    return Exhibit(
        title=title,
        caption=f"What is resident of a worker after it has answered for {after} players, in MB, by the allocators’ own books; "
        "median over rounds. "
        "What malloc keeps counts as far as it is resident: it may have given pages back and not the addresses. "
        "Beside each bar: the pieces (arenas) that Python’s allocator holds, and the blocks on Python’s free lists. "
        + "; ".join(f"{arm.title}: {len(arm.rounds)} round{'s' if len(arm.rounds) > 1 else ''}" for arm in arms.values())
        + ".",
        chart=_chart(title, arms, held, after),
        table=_table(arms, held, after),
        command=dive.experiment(names[0]).command,
    )


def _reading(climb: list[Memory], after: str) -> Memory:
    return next((each for each in climb if each.path.rsplit("/", 1)[-1] == after), climb[-1])


def parts(climb: list[Memory], after: str) -> dict[str, float]:
    """Return MB by part. Code and stacks are taken to be what they were at the first reading, malloc's free memory what is left over."""
    first, at = climb[0], _reading(climb, after)
    ours = (first.pool_mb or 0.0) + (first.malloc_mb or 0.0)
    code_mb = max(0.0, first.rss_mb - ours)
    pool_used, pool = at.pool_used_mb or 0.0, at.pool_mb or 0.0
    malloc_used, malloc = at.malloc_used_mb or 0.0, at.malloc_mb or 0.0
    free_mb = min(malloc - malloc_used, max(0.0, at.rss_mb - pool - malloc_used - code_mb))
    rest = max(0.0, at.rss_mb - pool - malloc_used - free_mb)
    return dict(zip(PARTS, (pool_used, pool - pool_used, malloc_used, free_mb, rest), strict=True))


def _median_parts(arm: ArmResult, after: str) -> dict[str, float]:
    each = [parts(r.memory, after) for r in arm.rounds]
    return {part: median(found[part] for found in each) for part in PARTS}


def _said(arm: ArmResult, after: str) -> str:
    at = _reading(arm.rounds[0].memory, after)
    collected = "" if at.collected is None else f", objects collected: {at.collected:,}"
    if at.pool_mb is None:
        return f"no pools{collected}"
    return f"{at.arenas or 0} arenas, free-listed: {at.free_listed or 0:,}{collected}"


def _chart(title: str, arms, held, after: str) -> Chart:
    order = list(arms)
    at = tuple(float(i) for i in range(len(order)))
    marks = [Bars(part, role, at=at, length=tuple(held[n][part] for n in order)) for part, role in PARTS.items()]
    names = tuple(f"{arms[n].title}: {units.text(sum(held[n].values()), 'MB')}\n{_said(arms[n], after)}" for n in order)
    said = "; ".join(f"{arms[n].title}: " + ", ".join(f"{part} {units.text(mb, 'MB')}" for part, mb in held[n].items()) for n in order)
    return Chart(
        title,
        f"Stacked bars of memory by who holds it. {said}.",
        Axis("resident", "MB", low=0.0),
        Axis("", scale="category", categories=names),
        tuple(marks),
    )


def _table(arms, held, after: str) -> Table:
    rows = [(arms[n].title, *(units.digits(mb) for mb in held[n].values()), _said(arms[n], after)) for n in arms]
    return Table(f"Who holds what is resident after {after} players, MB", ("arm", *PARTS, "of Python’s books"), tuple(rows))
