"""The dice world as rows: pure, seeded, streamed.

The same seed gives the same bytes on every Python, since every draw is ``random.random()``, whose
sequence Python promises to keep. Scales are cut from one cloth: those of 2,000 players share
them, and the games of a larger scale begin with those of a smaller.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import accumulate, islice
from typing import NamedTuple

from scenarios.diceworld.names import FIRST_NAMES, GAME_ADJECTIVES, GAME_NOUNS, LAST_NAMES, REGULARS
from scenarios.diceworld.scales import Scale

COLUMNS = {
    "tw_players": ("id", "login", "password", "first_name", "last_name"),
    "tw_rolls": ("id", "game_id", "player_id", "code", "num_dice", "die_sides", "bonus", "result"),
    "tw_games": ("id", "name"),
    "tw_player_to_game": ("player_id", "game_id"),
}
"""Tables in the order ``copy_text`` gives them, and their columns."""

DIE_SIDES = (4, 6, 8, 10, 12, 20)
ROWS_PER_CHUNK = 5_000


class Player(NamedTuple):
    id: int
    login: str
    password: str
    first_name: str
    last_name: str


class Code(NamedTuple):
    """A dice code with what it can roll: ``3d6+2`` has 16 outcomes, not equally likely."""

    cumulative: tuple[float, ...]
    """The chance of each outcome or a lower one, but for the highest, whose is 1."""
    endings: tuple[str, ...]
    """A roll's last columns, by outcome."""


def copy_text(scale: Scale, seed: int) -> Iterator[tuple[str, str]]:
    """Yield the whole world as ``(table, text)``, text in the format of COPY, at most 5,000 rows each.

    Tables come one after the other, in the order of ``COLUMNS``. Rolls come before games, so that
    only the small tables wait in memory: foreign keys have to be added afterwards.
    """
    draw = random.Random(2 * seed).random
    for rows in _chunks("\t".join(map(str, player)) + "\n" for player in players(scale.players, draw)):
        yield "tw_players", rows
    # A stream of its own, so that a world's games do not hang on how many players were drawn.
    draw = random.Random(2 * seed + 1).random
    games: list[str] = []
    seats: list[str] = []
    for rows in _chunks(_rolls(scale, draw, games, seats)):
        yield "tw_rolls", rows
    for table, lines in (("tw_games", games), ("tw_player_to_game", seats)):
        for rows in _chunks(lines):
            yield table, rows


def players(count: int, draw: Callable[[], float]) -> Iterator[Player]:
    """Yield the regulars, then others, no name twice: one of 200 first names by one of 100 surnames."""
    seen: set[tuple[str, str]] = set()
    namesakes: dict[str, int] = {}
    regulars = iter(REGULARS)
    while len(seen) < count:
        name = next(regulars, None) or (_pick(FIRST_NAMES, draw), _pick(LAST_NAMES, draw))
        if name in seen:
            continue
        seen.add(name)
        stem = login_stem(*name)
        namesakes[stem] = namesakes.get(stem, 0) + 1
        yield Player(len(seen), f"{stem}{namesakes[stem]}", f"{int(draw() * 2**52):013x}", *name)


def login_stem(first_name: str, last_name: str) -> str:
    """Return the initial and the surname's first 8 letters: ``gsmith``, and ``jobrien`` for Jack O'Brien."""
    letters = "".join(letter for letter in last_name.lower() if letter.isalpha())
    return first_name[0].lower() + letters[:8]


def _rolls(scale: Scale, draw: Callable[[], float], games: list[str], seats: list[str]) -> Iterator[str]:
    """Yield exactly ``scale.rolls`` rows, and note the games and who sat in them as they come up.

    A game has 2 to 6 players and 10 to 20 dice codes; every player of it rolls every code.
    """
    roll, left = 0, scale.rolls
    while left > 0:
        game = len(games) + 1
        games.append(f"{game}\t{_pick(GAME_ADJECTIVES, draw)} {_pick(GAME_NOUNS, draw)} {game}\n")
        at_table = _distinct(2 + int(draw() * 5), scale.players, draw)
        seats.extend(f"{player}\t{game}\n" for player in at_table)
        middles = [f"\t{game}\t{player}\t" for player in at_table]
        codes = [_any_code(draw) for _ in range(10 + int(draw() * 11))]
        # The innermost loop of 5 million turns: one draw a roll, not one a die.
        rows = [
            f"{number}{middle}{code.endings[bisect_right(code.cumulative, draw())]}"
            for number, (code, middle) in enumerate(((c, m) for c in codes for m in middles), roll + 1)
        ]
        yield from rows[:left]
        roll += len(rows)
        left -= len(rows)


def _any_code(draw: Callable[[], float]) -> Code:
    return _code(1 + int(draw() * 6), _pick(DIE_SIDES, draw), int(draw() * 5))


@cache
def _code(num_dice: int, die_sides: int, bonus: int) -> Code:
    ways = ways_to_roll(num_dice, die_sides)
    below = accumulate(ways)
    name = f"{num_dice}d{die_sides}" + (f"+{bonus}" if bonus else "")
    return Code(
        cumulative=tuple(n / die_sides**num_dice for n in below)[:-1],
        endings=tuple(f"{name}\t{num_dice}\t{die_sides}\t{bonus}\t{num_dice + i + bonus}\n" for i in range(len(ways))),
    )


def ways_to_roll(num_dice: int, die_sides: int) -> list[int]:
    """Return in how many ways the dice can sum to ``num_dice``, ``num_dice + 1``, ... ``num_dice * die_sides``."""
    ways = [1]
    for _ in range(num_dice):
        ways = [sum(ways[max(0, i - die_sides + 1) : i + 1]) for i in range(len(ways) + die_sides - 1)]
    return ways


def _pick(things: tuple, draw: Callable[[], float]):
    return things[int(draw() * len(things))]


def _distinct(count: int, highest: int, draw: Callable[[], float]) -> list[int]:
    """Return ``count`` different numbers from 1 to ``highest``."""
    chosen: list[int] = []
    while len(chosen) < count:
        number = 1 + int(draw() * highest)
        if number not in chosen:
            chosen.append(number)
    return chosen


def _chunks(lines: Iterable[str]) -> Iterator[str]:
    lines = iter(lines)
    while chunk := "".join(islice(lines, ROWS_PER_CHUNK)):
        yield chunk
