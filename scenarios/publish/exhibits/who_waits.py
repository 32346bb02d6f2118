"""Who waited for a lock and for whom: how many over time, and the whole line at the moment when it was longest."""

from __future__ import annotations

from html import escape

from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Area, Axis, Chart, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, chosen_experiment, traffic
from scenarios.publish.neighbours import rules_of, series_of, visited_rounds
from scenarios.publish.traces import statements
from scenarios.record import Series, Waits

OPTIONS = ("experiment", "arm", "title")
KINDS = {
    "idle": ("a transaction that idles", "wrecked"),
    "line": ("one that waits itself", "accent"),
    "work": ("one at work", "ink"),
}
"""What somebody is waited for as, in words, and its colour's role."""

Session = tuple[str, str, str]
"""Client, address and statement."""


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    name, experiment = chosen_experiment(dive, options)
    arm = options.get("arm", "wrecked")
    series = series_of(dive, name, arm)
    totals = [sum(pair.counts[i] for pair in series.waits) for i in range(len(series.at_s))]
    if not any(totals):
        raise EvidenceError(f"sessions of {dive.slug} {name}.{arm} that wait for each other in series.json", "nothing", "keep its series")
    longest = totals.index(max(totals))
    visited = visited_rounds(dive.arm(name, arm))
    title = options.get("title") or _told(series, longest)
    return Exhibit(
        title=title,
        caption="Sessions that wait for a lock, by what they wait for: ‘pg_stat_activity’ and ‘pg_blocking_pids’, "
        "read every fifth of a second or so; one that waits for two counts twice. "
        f"{experiment.title}: {traffic(experiment)}, round {series.round} of "
        f"{len(visited or dive.arm(name, arm).rounds)}, n = {len(series.at_s)} readings.",
        chart=_chart(title, series, rules_of(visited, series.round)),
        html=_line(series, longest),
        table=_table(series),
        command=experiment.command,
        evidence="series.json",
    )


def kinds_at(series: Series, reading: int) -> dict[str, int]:
    """Return how many waited at a reading, by what they waited for (``KINDS``)."""
    there = [pair for pair in series.waits if pair.counts[reading]]
    in_line = {_waiter(pair) for pair in there}
    found = dict.fromkeys(KINDS, 0)
    for pair in there:
        kind = "idle" if pair.holder_state.startswith("idle") else "line" if _holder(pair) in in_line else "work"
        found[kind] += pair.counts[reading]
    return found


def _told(series: Series, longest: int) -> str:
    found = {kind: count for kind, count in kinds_at(series, longest).items() if count}
    total = sum(found.values())
    parts = [f"{units.said(count, '')} for {KINDS[kind][0]}" for kind, count in found.items()]
    told = f": {', '.join(parts)}" if len(parts) > 1 else f" for {KINDS[next(iter(found))][0]}"
    who = f"{units.said(total, '').capitalize()} session{' waits' if total == 1 else 's wait'}"
    return f"{who}{' for a lock' if len(parts) > 1 else ''}{told}"


def _waiter(pair: Waits) -> Session:
    return pair.client, pair.address, pair.statement


def _holder(pair: Waits) -> Session:
    return pair.holder, pair.holder_address, pair.holder_statement


def _chart(title: str, series: Series, shown) -> Chart:
    readings = [kinds_at(series, i) for i in range(len(series.at_s))]
    most = {kind: max(each[kind] for each in readings) for kind in KINDS}
    marks = [
        Area(f"wait for {words}", role, tuple(series.at_s), tuple(float(each[kind]) for each in readings))
        for kind, (words, role) in KINDS.items()
        if most[kind]
    ]
    said = "; ".join(f"for {words}, {most[kind]} at most" for kind, (words, _) in KINDS.items() if most[kind])
    axes = Axis("time since traffic began", "s"), Axis("sessions that wait")
    return Chart(title, f"Stacked areas, sessions that wait for a lock against time. {said}.", *axes, (*marks, *shown), height_px=260)


# --- the line, from its head to its end ------------------------------------------------------------


def _line(series: Series, reading: int) -> str:
    """Return who waits for whom at one reading as nested lists: beneath each, those who wait for it."""
    there = [pair for pair in series.waits if pair.counts[reading]]
    waiting = {_waiter(pair) for pair in there}
    # Of a ring, in which everybody waits, one stands at the head as well as another.
    heads = dict.fromkeys(_holder(pair) for pair in there if _holder(pair) not in waiting) or dict.fromkeys([_holder(there[0])])
    states = {_holder(pair): pair.holder_state for pair in there}
    items = "".join(f"<li>{_head(head, states[head])}{_behind(head, there, reading, {head})}</li>" for head in heads)
    at = units.text(series.at_s[reading], "s")
    said = f"The line at its longest, {at} after traffic began. Beneath each stand those who wait for it:"
    return f'<p>{said}</p><div class="wreck-plan"><ul>{items}</ul></div>'


def _behind(holder: Session, there: list[Waits], reading: int, above: set[Session]) -> str:
    items = []
    for pair in there:
        if _holder(pair) == holder:
            one, count = _waiter(pair), pair.counts[reading]
            further = "" if one in above else _behind(one, there, reading, above | {one})
            items.append(f"<li>{count:,} × {_named(one)} {'wait' if count > 1 else 'waits'}:{_code(one)}{further}</li>")
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _head(one: Session, state: str) -> str:
    is_at = {"active": "is at work:", "": "is no client’s session."}.get(state, f"is {escape(state)}; its last statement:")
    return f"{_named(one)} {is_at}{_code(one)}"


def _named(one: Session) -> str:
    client, address, _ = one
    return f"<strong>{escape(client or 'somebody')}</strong>{f' from {escape(address)}' if address else ''}"


def _code(one: Session) -> str:
    return f'<code class="wreck-plan-detail">{escape(statements.brief(one[2], 120))}</code>' if one[2] else ""


def _table(series: Series) -> Table:
    ranked = sorted(series.waits, key=lambda pair: (-sum(pair.counts), pair.client, pair.statement, pair.holder))
    rows = tuple((*_cells(pair), f"{sum(pair.counts) / len(series.at_s):.2f}", str(max(pair.counts))) for pair in ranked)
    columns = ("who waits", "with", "for whom", "which is", "at, or at last", "mean", "most")
    return Table("Who waits for whom", columns, rows)


def _cells(pair: Waits) -> tuple[str, ...]:
    waits, holds = (" ".join(filter(None, (client, address))) for client, address, _ in (_waiter(pair), _holder(pair)))
    at, at_last = (statements.brief(sql, 80) for sql in (pair.statement, pair.holder_statement))
    return waits, at, holds or "no client", pair.holder_state or "–", at_last
