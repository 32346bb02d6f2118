"""How did some players fare? So many of them, drawn by lot: for each game they rolled in, how often and for how much.

Every function below answers that question, row for row alike, but ``bounded``, which answers for fewer
players than it is asked for. ``wrecked`` is how it sank. ``collected``, ``emptied`` and ``trimmed``
clean up behind it; the others ask the database for less.
"""

from __future__ import annotations

import ctypes
import gc
import runpy
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response, after_this_request, request, stream_template
from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session, joinedload

from scenarios.diceworld.models import Player, Roll
from scenarios.diceworld.sessions import answer, session

TEMPLATE = "remembrance/players.html"
MOST_PLAYERS = 16
"""That ``bounded`` shows, however many it is asked for."""
ROWS_AT_A_TIME = 1_000
SMALLEST = Path(__file__).with_name("segfault.py")

Page = Callable[[int], Response | str | Iterable[str]]


class Line(NamedTuple):
    """A line of the page: one player in one game."""

    login: str
    game: int
    rolls: int
    total: int


def blueprint(page: Page) -> Blueprint:
    """Return the page ``/grenade/<count>``, answered by ``page``."""
    remembrance = Blueprint("remembrance", __name__, template_folder="templates")

    @remembrance.get("/grenade/<int:count>")
    def players_by_lot(count: int):
        return page(count)

    return remembrance


def drawn(count: int) -> Select:
    """Return the ids of ``count`` players by lot: the same lot for everyone who asks for as many."""
    return select(Player.id).order_by(func.md5(func.concat(Player.id, ":", count))).limit(count)


def wrecked(count: int):
    """Load the players and every roll they made as objects, regroup those by game, and sum up."""
    query = select(Player).where(Player.id.in_(drawn(count))).options(joinedload(Player.rolls))
    lines = []
    for player in session().scalars(query).unique():
        games = defaultdict(list)
        for roll in player.rolls:
            games[roll.game_id].append(roll)
        lines += [Line(player.login, game, len(rolls), sum(r.result for r in rolls)) for game, rolls in games.items()]
    return answer(TEMPLATE, count=count, lines=sorted(lines))


def circled(count: int):
    """As wrecked, but that each roll is asked who rolled it: players and rolls then refer to each other in circles."""
    query = select(Player).where(Player.id.in_(drawn(count))).options(joinedload(Player.rolls))
    games = defaultdict(list)
    for player in session().scalars(query).unique():
        for roll in player.rolls:
            games[roll.player.login, roll.game_id].append(roll.result)
    return answer(TEMPLATE, count=count, lines=sorted(Line(*key, len(results), sum(results)) for key, results in games.items()))


def smallest(count: int):
    """Run the smallest program that kills Python 3.11, in the worker itself, and answer if it lives."""
    runpy.run_path(str(SMALLEST))
    return answer(TEMPLATE, count=count, lines=[])


def bounded(count: int):
    """As wrecked, for no more than a few players, whoever asks."""
    return wrecked(min(count, MOST_PLAYERS))


def collected(count: int):
    """As wrecked; when the answer is made, what refers to itself in circles is looked for and freed."""
    return after(gc.collect, wrecked, count)


def emptied(count: int):
    """As wrecked; then a full collection that may look at nothing: all it can do is empty Python's free lists."""
    return after(lambda: (gc.freeze(), gc.collect(), gc.unfreeze()), wrecked, count)


def trimmed(count: int):
    """As wrecked; then the circles are freed, and what the C library keeps for later goes back to the system."""
    return after(lambda: (gc.collect(), ctypes.CDLL(None).malloc_trim(0)), wrecked, count)


def columns(count: int):
    """Load the few columns that the page is made of, as plain rows, and regroup those."""
    query = select(Player.login, Roll.game_id, Roll.result).join(Player.rolls).where(Player.id.in_(drawn(count)))
    games = defaultdict(list)
    for login, game, result in session().execute(query).all():
        games[login, game].append(result)
    return answer(TEMPLATE, count=count, lines=sorted(Line(*key, len(results), sum(results)) for key, results in games.items()))


def aggregated(count: int):
    """Have the database count and sum up, and load a row for each line of the page."""
    query = select(Player.login, Roll.game_id, func.count(), func.sum(Roll.result)).join(Player.rolls)
    query = query.where(Player.id.in_(drawn(count))).group_by(Player.login, Roll.game_id)
    return answer(TEMPLATE, count=count, lines=sorted(Line(*row) for row in session().execute(query)))


def streamed(count: int):
    """Let the database hold the rows, take some at a time in the page's order, and send lines as they are done."""
    query = select(Player.login, Roll.game_id, Roll.result).join(Player.rolls).where(Player.id.in_(drawn(count)))
    # By bytes, as Python compares text, whatever language the database sorts by.
    query = query.order_by(Player.login.collate("C"), Roll.game_id).execution_options(yield_per=ROWS_AT_A_TIME)
    lines = summed(session().get_bind(), query)
    if request.args.get("format") == "json":
        return answer(TEMPLATE, count=count, lines=list(lines))
    return stream_template(TEMPLATE, count=count, lines=lines)


def summed(engine: Engine, query: Select) -> Iterator[Line]:
    """Yield the lines of rows that come in the page's order."""
    # A session of its own: the request's is closed when its handler returns, and that is before the first line is sent.
    with Session(engine) as own:
        for (login, game), rows in groupby(own.execute(query), key=lambda row: row[:2]):
            rolls = total = 0
            for _, _, result in rows:
                rolls, total = rolls + 1, total + result
            yield Line(login, game, rolls, total)


def after(tidy: Callable[[], object], page: Page, count: int):
    """Answer by ``page``, and ``tidy`` up once the answer is made and its session closed."""

    @after_this_request
    def leave_word(response: Response) -> Response:
        response.call_on_close(tidy)
        return response

    return page(count)
