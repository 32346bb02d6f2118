"""Who was at work in the database and at what, sampled from ``pg_stat_activity``."""

from __future__ import annotations

from scenarios import claims
from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Area, Axis, Chart, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, chosen_experiment, traffic
from scenarios.publish.neighbours import rules_of, series_of, visited_rounds
from scenarios.publish.traces import statements
from scenarios.record import Round, Series, Sessions

OPTIONS = ("experiment", "arm", "title")
SHOWN = 3
_ROLES = ("wrecked", "accent", "ink")


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Nothing here knows who the neighbour is: sessions are ranked by how often they were found at work."""
    name, experiment = chosen_experiment(dive, options)
    arm = options.get("arm", "wrecked")
    where = f"{dive.slug} {name}.{arm}"
    series = series_of(dive, name, arm)
    ranked = sorted((s for s in series.sessions if sum(s.counts)), key=lambda s: (-sum(s.counts), s.client, s.statement))
    if not ranked:
        raise EvidenceError(f"sessions of {where} in series.json", "nothing was found at work", "keep its series")
    worst, visited = ranked[0], visited_rounds(dive.arm(name, arm))
    share = units.said(_busiest_share(visited, ranked), "share")
    title = options.get("title") or (
        f"{f'While the neighbour was there, {share}' if visited else share} of all sessions found at work were "
        f"{worst.client}’s ({worst.address}), at one statement: {statements.name(worst.statement)}"
    )
    return Exhibit(
        title=title,
        caption="Sessions in state ‘active’, by client name, address and statement; one reading every fifth of a second or so. "
        f"{experiment.title}: {traffic(experiment)}, round {series.round} of {len(visited or dive.arm(name, arm).rounds)}, "
        f"n = {len(series.at_s)} readings.",
        chart=_chart(title, series, ranked, rules_of(visited, series.round)),
        table=_table(ranked, len(series.at_s)),
        command=experiment.command,
        evidence="series.json",
    )


def _busiest_share(rounds: list[Round], ranked: list[Sessions]) -> float:
    """Return the busiest one's share of all sessions found at work while the neighbour was there, as claims take it: the mean of the rounds.

    Where no round tells it is that of the readings drawn.
    """
    found = [[each.mean for each in r.phases["during"].sessions] for r in rounds]
    shares = [max(means) / sum(means) for means in found if means]
    return claims.interval(shares).value if shares else sum(ranked[0].counts) / sum(sum(each.counts) for each in ranked)


def _label(one: Sessions) -> str:
    return f"{one.client} from {one.address}: {statements.name(one.statement)}"


def _chart(title: str, series: Series, ranked: list[Sessions], shown) -> Chart:
    x = tuple(series.at_s)
    marks = [Area(_label(s), role, x, tuple(map(float, s.counts))) for s, role in zip(ranked[:SHOWN], _ROLES, strict=False)]
    if rest := ranked[SHOWN:]:
        marks.append(Area("all others", "muted", x, tuple(float(sum(column)) for column in zip(*(s.counts for s in rest), strict=True))))
    said = "; ".join(f"{_label(s)}, {max(s.counts)} at most" for s in ranked[:SHOWN])
    axes = Axis("time since traffic began", "s"), Axis("sessions at work")
    return Chart(title, f"Stacked areas, sessions at work against time. {said}.", *axes, (*marks, *shown))


def _table(ranked: list[Sessions], readings: int) -> Table:
    rows = tuple(
        (s.client, s.address, statements.brief(s.statement, 200), f"{sum(s.counts) / readings:.2f}", str(max(s.counts))) for s in ranked
    )
    return Table("Sessions found at work", ("client", "address", "statement", "mean", "most"), rows)
