"""The plan behind each arm: the statement its handler really sends, explained on its own database."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import create_engine, event

from scenarios.diceworld.app import create_app
from scenarios.errors import StackError
from scenarios.measure.probes.plans import explain
from scenarios.measure.world.world import Place, with_options
from scenarios.record import Plan, Plans
from scenarios.wreck import Arm, Wreck

ASKED_AT_ONCE = 2
"""Pages, each a core's work; the fewest cores that a rebuild is meant for."""


def plans(wreck: Wreck, cells: Iterable, worlds: dict) -> Plans:
    """Return, for every experiment that keeps plans, the plan of each arm's costliest statement for the first path."""
    wanted = {(cell.experiment.scale, cell.arm.name): cell.arm for cell in cells if cell.experiment.keep_plans}
    places = {key: _as_set(worlds[key[0]].place(arm), arm) for key, arm in wanted.items()}
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:  # What is sent is asked here, not how long it takes.
        sent = dict(zip(wanted, pool.map(lambda key: statements_sent(wreck, wanted[key], places[key].url), wanted), strict=True))
    found: dict[str, dict[str, Plan]] = {}
    for scale, arm in wanted:
        found.setdefault(scale, {})[arm] = _plan(places[scale, arm], sent[scale, arm])
    return Plans(plans=found)


def _as_set(place: Place, arm: Arm) -> Place:
    """Return a place whose connections set what the arm's do: the planner heeds it."""
    return replace(place, url=with_options(place.url, arm.database_options)) if arm.database_options else place


def _plan(place: Place, sent: Sequence[str]) -> Plan:
    connection = place.connect()
    try:
        return explain(connection, costliest(connection, sent))
    finally:
        connection.close()


def costliest(connection, sent: Sequence[str]) -> str:
    """Return a statement of the kind that costs most, by the planner's estimate, over all of that kind; numbers tell no kinds apart."""
    kinds = [re.sub(r"\d+", "?", sql) for sql in sent]
    first = {kind: sql for kind, sql in zip(reversed(kinds), reversed(sent), strict=True)}
    if len(first) == 1:
        return sent[0]
    calls = Counter(kinds)
    return first[max(first, key=lambda kind: calls[kind] * planned_cost(connection, first[kind]))]


def planned_cost(connection, sql: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql)
        return cursor.fetchone()[0][0]["Plan"]["Total Cost"]


def statements_sent(wreck: Wreck, arm: Arm, url: str) -> list[str]:
    """Return the SELECTs, parameters filled in, that the arm's handler sends for the wreck's first path."""
    engine = create_engine(url)
    sent: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(conn, cursor, statement, parameters, context, executemany):
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append(cursor.mogrify(statement, parameters).decode())

    app = create_app(engine, wreck.routes.blueprint(getattr(wreck.routes, arm.handler)))
    response = app.test_client().get(wreck.paths[0])
    response.get_data()  # A page that streams asks only now.
    engine.dispose()
    if response.status_code != 200 or not sent:
        raise StackError(f"a page and its statement from arm {arm.name}", f"status {response.status_code}, {len(sent)} statements", "see its handler")
    return sent
