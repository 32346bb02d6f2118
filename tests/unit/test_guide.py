"""The guide for contributors says what is so: its example runs, and what it names is there."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

import tasks
from scenarios import claims, wreck
from scenarios.diceworld.models import Base, Game, Player, Roll
from scenarios.diceworld.scales import SCALES
from scenarios.measure import options
from scenarios.measure.assemble import SAMPLES_PER_RUN
from scenarios.publish import evidence, exhibit
from scenarios.record import SIZE_BUDGET_BYTES
from scenarios.scaffold.main import Places, new
from tests import wreck_checks

GUIDE = "\n".join((Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8") for page in ("contributing.md", "declaring.md"))
CODE = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)

HANDLERS = next(block for block in CODE if "def wrecked(" in block)


@pytest.fixture
def handlers(tmp_path):
    """What the example's functions are, put where the guide puts them: among what a new wreck's routes.py imports."""
    (tmp_path / "wrecks").mkdir()
    new("Deep Pages", Places(tmp_path / "wrecks", tmp_path / "docs" / "dives", tmp_path / "site_data"))
    names = dict(vars(wreck.load("deep-pages", tmp_path / "wrecks").routes))
    exec(HANDLERS, names)
    return names


def declared() -> dict:
    """Return what the example declares."""
    names = {**vars(claims), **vars(wreck)}
    for block in CODE:
        if block != HANDLERS:
            exec(block, names)
    return names


def test_the_examples_functions_answer_alike(handlers):
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Player(id=1, login="a", password="", first_name="", last_name=""), Game(id=1, name="g")])
        rolls = [Roll(id=n, game_id=1, player_id=1, code=f"{n}d6", num_dice=n, die_sides=6, bonus=0, result=n) for n in range(1, 61)]
        session.add_all(rolls)
        session.commit()
        for after, ids in ((0, range(1, 26)), (25, range(26, 51)), (50, range(51, 61)), (60, ())):
            found = [[dict(row) for row in handlers[name](session, after)] for name in ("wrecked", "without_objects", "salvaged")]
            assert found[0] == found[1] == found[2] and [row["id"] for row in found[0]] == list(ids)
    engine.dispose()


def test_the_examples_declaration_is_sound(handlers):
    made = declared()
    paths = re.findall(r'"(/deep-pages/\d+)"', GUIDE)
    assert len(paths) == 2 and all(int(path.rpartition("/")[2]) < SCALES["talk"].rolls for path in paths)
    assert all(arm.handler in handlers for arm in made["ARMS"])
    whole = wreck.Wreck(
        title="SS Deep Pages", finding="x", arms=made["ARMS"], paths=tuple(paths), experiments=made["EXPERIMENTS"], claims=made["CLAIMS"],
        slug="deep-pages", routes=SimpleNamespace(**handlers),
    )  # fmt: skip
    assert wreck_checks.declaration(whole) == []


def test_what_it_names_is_there():
    assert not [name for name in re.findall(r"bin/invoke (\w+)|`invoke (\w+)", GUIDE) if not hasattr(tasks, name[0] or name[1])]
    tokens = [evidence.parse(inner) for inner in evidence.TOKEN.findall(GUIDE)]
    assert len(tokens) > 5 and {token.slug for token in tokens} == {"pool-party"}
    table = GUIDE.partition("| exhibit | shows | needs |")[2].partition("\n\n")[0]
    kinds = re.findall(r"`([a-z-]+)`", " ".join(line.split("|")[1] for line in table.splitlines()[2:]))
    assert len(kinds) > 10 and set(kinds) <= set(exhibit.kinds())
    assert set(re.findall(r"`keep_(\w+)`", GUIDE)) <= {name.removeprefix("keep_") for name in wreck.Experiment.__dataclass_fields__}


def test_what_it_says_of_a_second_host_and_of_settings_can_be_declared():
    rows = GUIDE.partition("| your fault needs | declare | mind |")[2].partition("\n\n")[0].splitlines()[2:]
    codes = [re.sub(r'"[^"]*"', "", code) for row in rows for code in re.findall(r"`([^`]+)`", row.split("|")[2])]
    declared_ = [name for code in codes for name in re.findall(r"\b(\w+)=|^(\w+)$", code)]
    kinds = (wreck.Arm, wreck.Pool, wreck.Experiment, wreck.Neighbour, wreck.NeighbourArm)
    known = {name for each in kinds for name in each.__dataclass_fields__}
    assert len(rows) > 10 and len(declared_) > 15
    assert {name or alone for name, alone in declared_} <= known


def test_what_it_says_of_a_quick_run_and_of_size_is_so():
    words = {4: "four", 5: "five"}
    assert f"one round, of {options.QUICK_S:g} s at most ({2 * options.QUICK_S:g} s with a neighbour)" in GUIDE
    assert f"at least {words[options.QUICK_REQUESTS]} requests, no more than {words[options.QUICK_WORKERS]} workers" in GUIDE
    assert all(f"`{large}` data cut to `{small}`" in GUIDE for large, small in options.QUICK_SCALES.items())
    assert f"up to {SAMPLES_PER_RUN} requests a run" in GUIDE
    # As many again at some 100 bytes each leave a fifth of the budget for all else.
    assert "no more than\n4,000 over all experiments" in GUIDE and 2 * 4_000 * 100 <= 0.8 * SIZE_BUDGET_BYTES


def test_exhibits_and_measures_it_names_are_there():
    line = next(line for line in GUIDE.splitlines() if line.startswith("For a run with a neighbour there are"))
    assert {name for name in re.findall(r"`([a-z-]+)`", line)} <= set(exhibit.kinds())
    line = next(line for line in GUIDE.splitlines() if line.startswith("Such faults have claims of their own"))
    assert (named := re.findall(r"`(\w+)`", line)) and all(hasattr(claims, name) for name in named)
