"""Which line sent a statement: told by names, in the source of the wrecks as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.publish.traces.senders import sender, template_of
from scenarios.wreck import load

QUIET = "/quiet/<login>/<int:game_id>/<code>"
WALKED = "highly_selective/walked.html"
CASES = {
    "locked": (
        "oryx-antlerson", "wrecked", QUIET, "SELECT tw_players.id FROM tw_players WHERE 1=1 FOR NO KEY UPDATE", "", "select(Player)"
    ),
    "game": ("oryx-antlerson", "wrecked", QUIET, "SELECT tw_games.id FROM tw_games WHERE tw_games.id = 1", "", "select(Game)"),
    "seat": ("oryx-antlerson", "wrecked", QUIET, "SELECT player_id FROM tw_player_to_game LIMIT 1", "", "select(player_to_game)"),
    "seated": ("oryx-antlerson", "wrecked", QUIET, "INSERT INTO tw_player_to_game VALUES (1, 2)", "", "insert(player_to_game)"),
    "roll": (
        "oryx-antlerson", "wrecked", QUIET, "INSERT INTO tw_rolls (game_id) VALUES (1) RETURNING tw_rolls.id", "", "session.add(Roll("
    ),
    "kept": ("oryx-antlerson", "wrecked", QUIET, "COMMIT", "", "session.commit()"),
    "neighbour": (
        "oryx-antlerson", "rewritten", "/noisy/<pattern>", "SELECT 1 FROM tw_players JOIN tw_rolls ON 1=1", "", "query.order_by("
    ),
    "first": (
        "highly-selective", "wrecked", "/1000queries/<login>", "SELECT id FROM tw_players WHERE login LIKE 'a'", "", "session.scalars("
    ),
    "walked": ("highly-selective", "wrecked", "/1000queries/<login>", "SELECT id FROM tw_games, tw_player_to_game", WALKED, "player.games"),
    "names": (
        "highly-selective", "wrecked", "/1000queries/<login>", "SELECT id FROM tw_players, tw_player_to_game", WALKED, "game.players"
    ),
    "counted": (
        "highly-selective", "wrecked", "/1000queries/<login>", "SELECT id FROM tw_rolls WHERE 1 = game_id", WALKED, "game.rolls|length"
    ),
    "slow": (
        "truculent-query", "wrecked", "/truculent/<pattern>", "SELECT 1 FROM tw_players JOIN (SELECT 2 FROM tw_rolls)", "",
        "query.order_by(",
    ),
    "logins": (
        "truculent-query", "without_like", "/truculent/<pattern>", "SELECT 1 FROM tw_players JOIN (SELECT 2 FROM tw_rolls)", "",
        "query.order",
    ),
}


def routes(slug: str) -> Path:
    return Path(load(slug).routes.__file__)


@pytest.mark.parametrize("case", CASES)
def test_the_line_is_found_by_the_names_of_statement_and_source(case):
    slug, handler, route, sql, template, words = CASES[case]
    found = sender(routes(slug), handler, route, sql, template)
    lit = [found.lines[n - found.first] for n in found.lit]
    assert lit and words in " ".join(lit), found
    file = routes(slug).parent / found.path
    assert found.lines == tuple(file.read_text(encoding="utf-8").splitlines()[found.first - 1 : found.first - 1 + len(found.lines)])


def test_where_names_do_not_tell_no_line_is_marked():
    found = sender(routes("oryx-antlerson"), "wrecked", QUIET, "SELECT 1 FROM tw_wallets")
    assert found.lit == () and "def roll_and_keep" in found.lines[0]


def test_of_an_unknown_handler_nothing_is_found():
    assert sender(routes("oryx-antlerson"), "nobody", "/nowhere", "SELECT 1") is None


@pytest.mark.parametrize("template", ["none.html", "../../truculent_query/routes.py", "../../../../pyproject.toml"])
def test_a_template_elsewhere_is_not_read(template):
    assert sender(routes("oryx-antlerson"), "wrecked", QUIET, "SELECT 1 FROM tw_rolls", template) is None


def test_a_template_is_named_by_its_span():
    assert template_of("render oryx/roll.html") == "oryx/roll.html" and template_of("render") == template_of("GET /a b") == ""
