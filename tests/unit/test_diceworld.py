"""The dice world as numbers: the same from every Python, whole, and within its rules."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from scenarios.diceworld import generation
from scenarios.diceworld.app import create_app
from scenarios.diceworld.generation import COLUMNS, ROWS_PER_CHUNK, copy_text, login_stem, players, ways_to_roll
from scenarios.diceworld.models import Base
from scenarios.diceworld.names import FIRST_NAMES, LAST_NAMES, REGULARS
from scenarios.diceworld.scales import DEFAULT_SEED, SCALES, Scale, scale_named
from scenarios.diceworld.sessions import canonical_json
from scenarios.errors import UsageError

SMALL_SHA256 = "88097d0c2db8076076b8203e05b772d09fa80668da47c687e672f1f20bdd4506"


def rows_of(scale: Scale, seed: int) -> dict[str, list[list[str]]]:
    tables: dict[str, list[list[str]]] = {table: [] for table in COLUMNS}
    for table, text in copy_text(scale, seed):
        tables[table] += [line.split("\t") for line in text.splitlines()]
    return tables


def test_every_python_makes_the_same_small_world():
    digest = hashlib.sha256()
    for _, text in copy_text(SCALES["small"], DEFAULT_SEED):
        digest.update(text.encode())
    assert digest.hexdigest() == SMALL_SHA256


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**40), rolls=st.integers(1, 3_000), count=st.integers(20, 300))
def test_a_world_is_whole_whatever_its_seed(seed, rolls, count):
    tables = rows_of(Scale("any", players=count, rolls=rolls), seed)
    assert [len(tables[t]) for t in ("tw_players", "tw_rolls")] == [count, rolls]
    for table in ("tw_players", "tw_games", "tw_rolls"):
        assert [row[0] for row in tables[table]] == [str(n) for n in range(1, len(tables[table]) + 1)]
    seats = {(player, game) for player, game in tables["tw_player_to_game"]}
    assert len(seats) == len(tables["tw_player_to_game"]), "nobody sits at one table twice"
    assert {player for player, _ in seats} <= {row[0] for row in tables["tw_players"]}
    assert {game for _, game in seats} == {row[0] for row in tables["tw_games"]}
    assert {(row[2], row[1]) for row in tables["tw_rolls"]} <= seats, "only who sits there rolls there"
    assert len({row[1] for row in tables["tw_players"]}) == count, "logins are unique"


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**40))
def test_every_roll_is_possible_and_coded_right(seed):
    for _, _, _, code, num_dice, die_sides, bonus, result in rows_of(Scale("any", players=50, rolls=2_000), seed)["tw_rolls"]:
        dice, sides, plus = int(num_dice), int(die_sides), int(bonus)
        assert code == f"{dice}d{sides}" + (f"+{plus}" if plus else "")
        assert dice + plus <= int(result) <= dice * sides + plus


def test_a_larger_scale_begins_with_the_smaller():
    tenth, talk = (rows_of(SCALES[name], DEFAULT_SEED) for name in ("tenth", "talk"))
    assert tenth["tw_players"] == talk["tw_players"]
    assert tenth["tw_rolls"] == talk["tw_rolls"][: len(tenth["tw_rolls"])]


def test_the_talk_s_proportions_and_its_106_queries():
    tables = rows_of(SCALES["talk"], DEFAULT_SEED)
    assert len(tables["tw_rolls"]) == 500_000
    games, seats = len(tables["tw_games"]), len(tables["tw_player_to_game"])
    assert 8_000 < games < 8_600
    assert 3.8 < seats / games < 4.2
    garcias = {row[0] for row in tables["tw_players"] if row[1].startswith("jgarcia")}
    theirs = {game for player, game in tables["tw_player_to_game"] if player in garcias}
    # One for the players, one for each player's games, two for each game.
    assert 1 + len(garcias) + 2 * len(theirs) == 106


@pytest.mark.parametrize("scale", SCALES)
def test_the_regulars_are_everywhere(scale):
    logins = {player.login for player in players(SCALES[scale].players, random.Random(2 * DEFAULT_SEED).random)}
    assert {login_stem(*name) + "1" for name in REGULARS} <= logins


def test_chunks_stay_small():
    assert max(text.count("\n") for _, text in copy_text(SCALES["tenth"], 7)) <= ROWS_PER_CHUNK


def test_names():
    assert (len(set(FIRST_NAMES)), len(set(LAST_NAMES))) == (200, 100)
    assert login_stem("Jack", "O'Brien") == "jobrien"
    assert login_stem("Ann", "Fernandez") == "afernande"


@pytest.mark.parametrize(("num_dice", "die_sides"), [(1, 4), (2, 6), (3, 4), (4, 6)])
def test_ways_to_roll_counts_every_way(num_dice, die_sides):
    sums = Counter(sum(dice) for dice in product(range(1, die_sides + 1), repeat=num_dice))
    assert ways_to_roll(num_dice, die_sides) == [sums[total] for total in range(num_dice, num_dice * die_sides + 1)]


def test_one_draw_stands_for_all_dice():
    code = generation._code(2, 6, 1)
    assert code.endings[0] == "2d6+1\t2\t6\t1\t3\n"
    assert code.endings[-1] == "2d6+1\t2\t6\t1\t13\n"
    assert len(code.cumulative) == len(code.endings) - 1


def test_scales_are_named():
    assert scale_named("deep").rolls == 5_000_000
    with pytest.raises(UsageError, match="did you mean 'talk'"):
        scale_named("tlak")


def test_columns_are_those_of_the_models():
    assert {name: set(columns) for name, columns in COLUMNS.items()} == {t.name: set(t.columns.keys()) for t in Base.metadata.sorted_tables}


def test_models_index_primary_keys_and_the_login_only():
    assert [index for table in Base.metadata.sorted_tables for index in table.indexes] == []
    assert [c.name for t in Base.metadata.sorted_tables for c in t.columns if c.unique] == ["login"]


def test_no_connection_before_the_first_request():
    from scenarios.wrecks.truculent_query import routes

    def refuse():
        raise AssertionError("connected")

    engine = create_engine("postgresql+psycopg2://", creator=refuse)
    app = create_app(engine, routes.blueprint(routes.wrecked))
    assert app.test_client().get("/elsewhere").status_code == 404
    with pytest.raises(AssertionError, match="connected"):
        app.testing = True
        app.test_client().get("/truculent/smith")


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


@given(json_like)
def test_canonical_json_is_json_and_equal_for_equal_data(data):
    text = canonical_json(data)
    json.loads(text)
    assert canonical_json(dict(reversed(data.items())) if isinstance(data, dict) else data) == text


def test_canonical_json_is_exact_and_strict():
    assert canonical_json({"b": Decimal("2.50"), "a": 0.1}) == '{"a":"0.1","b":"2.50"}\n'
    with pytest.raises(TypeError, match="object"):
        canonical_json({"a": object()})
