"""The noisy neighbour's pages and declaration, with no database."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from werkzeug.exceptions import BadRequest

from scenarios.diceworld.app import create_app
from scenarios.wreck import load
from scenarios.wrecks.oryx_antlerson import routes


def client(find):
    return create_app(create_engine("postgresql+psycopg2://"), routes.blueprint(find)).test_client()


def test_the_declaration_is_sound():
    wreck = load("oryx-antlerson")
    assert wreck.routes is routes
    assert {arm.handler for arm in wreck.arms} == {"wrecked"}, "nothing on the first host differs"
    assert all(arm.neighbour for arm in wreck.arms)
    for experiment in wreck.experiments:
        assert experiment.fresh_data and experiment.hosts_apart and experiment.neighbour
        assert 0 < experiment.neighbour.begins_s < experiment.neighbour.ends_s <= experiment.traffic.duration_s


def test_the_neighbour_comes_in_the_middle_and_every_arm_is_run():
    wreck = load("oryx-antlerson")
    for experiment in wreck.experiments:
        if experiment.name == "headline":
            assert experiment.neighbour.ends_s < experiment.traffic.duration_s
    assert {arm for e in wreck.experiments for arm in e.arms} == {arm.name for arm in wreck.arms}
    assert {e.neighbour.clients for e in wreck.experiments} == {2, 5, 10}


@pytest.mark.parametrize("name", ["wrecked", "rewritten", "held"])
def test_each_handler_says_in_a_line_what_it_does(name):
    doc = getattr(routes, name).__doc__
    assert doc and "\n" not in doc


@settings(deadline=None)
@given(st.integers(1, 99), st.integers(1, 999), st.integers(0, 999))
def test_a_dice_code_is_read(num_dice, die_sides, bonus):
    assert routes.dice(f"{num_dice}d{die_sides}" + (f"+{bonus}" if bonus else "")) == (num_dice, die_sides, bonus)


@pytest.mark.parametrize("code", ["", "d6", "0d6", "3d0", "3d6+", "3d6-1", "3d6+2 ", "100d6", "٣d6", "3d6\n"])
def test_what_is_no_dice_code_is_refused(code):
    with pytest.raises(BadRequest):
        routes.dice(code)


def test_no_dice_code_is_a_400_before_the_database_is_asked():
    assert client(None).get("/quiet/gsmith1/1/many").status_code == 400


def test_the_noisy_page_asks_for_its_pattern_and_escapes_it():
    asked = []

    def find(session, pattern):
        asked.append(pattern)
        return [SimpleNamespace(login="<b>", first_name="A", last_name="B", die_sides=6, dice=3, average="3.50")]

    answer = client(find).get("/noisy/smi%25th")
    assert (answer.status_code, asked) == (200, ["smi%th"])
    assert "&lt;b&gt;" in answer.get_data(as_text=True) and "<b>" not in answer.get_data(as_text=True)


def test_the_quiet_page_knows_nothing_of_what_is_measured():
    source = inspect.getsource(routes)
    assert "measure" not in source and "trace" not in source and "time." not in source
