"""A new wreck to start from: its names, what is refused, what is written, and that it is sound as it is."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from scenarios.diceworld.app import create_app
from scenarios.diceworld.models import Base, Game, Player, Roll
from scenarios.errors import UsageError, WreckError
from scenarios.scaffold.main import QUESTION, Names, Places, begin, names, new
from scenarios.wreck import WRECKS, load, slugs
from tests import wreck_checks

DOCS = Path(__file__).parents[2] / "docs"
HANDLERS = ("wrecked", "without_rolls", "without_sort", "salvaged")


@pytest.fixture
def places(tmp_path) -> Places:
    (tmp_path / "wrecks").mkdir()
    return Places(tmp_path / "wrecks", tmp_path / "docs" / "dives", tmp_path / "site_data")


def written(places: Places) -> set[str]:
    root = places.wrecks.parent
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


# --- names -----------------------------------------------------------------------------------------


WRITTEN = ("Pool Party", "pool party", "pool-party", "pool_party", "SS Pool Party", "ss pool party", "  Pool   Party ")
NONE = ("", "  ", "--help", "-f", "SS", "7 Seas", "Café", "a/b", "../up", "a.b", "x" * 41, "Pool\0Party", "pool; rm")
NOT_FREE = ("class", "Import", "index", "Soundings", "bench")


@pytest.mark.parametrize("given", WRITTEN)
def test_a_name_is_one_name_however_it_is_written(given):
    assert names(given) == Names("SS Pool Party", "pool-party", "pool_party")


def test_capitals_that_were_meant_stay():
    assert names("McKinley B2B").title == "SS McKinley B2B"


@pytest.mark.parametrize("given", [*NONE, *NOT_FREE])
def test_a_name_that_is_none_is_refused_by_saying_so(places, given):
    with pytest.raises(UsageError, match="wanted a .*name"):
        new(given, places)
    assert written(places) == set()


@pytest.mark.parametrize("taken", ["wrecks/pool_party", "docs/dives/pool-party.md", "site_data/pool-party"])
def test_a_name_that_is_taken_is_refused_by_saying_what_has_it(places, taken):
    (places.wrecks.parent / taken).mkdir(parents=True)
    with pytest.raises(UsageError, match=f"'pool-party', which has {'/'.join(Path(taken).parts[-2:])} already"):
        new("Pool Party", places)
    assert written(places) == set()


# --- what is written -------------------------------------------------------------------------------


def test_a_wreck_and_its_page_are_written_and_nothing_else(places):
    files = new("Pool Party", places)
    package = "wrecks/pool_party"
    assert written(places) == {
        "docs/dives/pool-party.md",
        *(f"{package}/{name}" for name in ("__init__.py", "routes.py", "wreck.py", "templates/pool_party/players.html")),
    }  # fmt: skip
    assert files[0] == places.dives / "pool-party.md" and len(files) == 5
    assert not any("$" in path.read_text(encoding="utf-8") for path in files)


def test_it_is_sound_as_it_is_but_for_its_questions(places):
    new("Pool Party", places)
    wreck = load("pool-party", places.wrecks)
    assert wreck.title == "SS Pool Party"
    assert wreck_checks.declaration(wreck) == [] == wreck_checks.page(wreck, places.dives.parent)
    asked = [line.partition(" ")[0].partition(":")[0] for line in wreck_checks.questions(wreck, places.dives.parent)]
    assert set(asked) == {"wreck.py", "routes.py", "pool-party.md"} and len(asked) > 12


def test_its_arms_answer_alike(places):
    """On a few rolls in memory: two players tie, one never threw."""
    new("Pool Party", places)
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        players = [Player(id=n, login=f"p{n}", password="", first_name="F", last_name="<L>") for n in range(1, 5)]
        pairs = ((1, 3), (2, 5), (3, 4), (3, 1))
        thrown = [Roll(game_id=1, player_id=p, code="3d6", num_dice=n, die_sides=6, bonus=0, result=9) for p, n in pairs]
        session.add_all([Game(id=1, name="g"), *players, *thrown])
        session.commit()
    routes = load("pool-party", places.wrecks).routes
    for count, logins in (("2", ["p2", "p3"]), ("100", ["p2", "p3", "p1"]), ("0", [])):
        clients = [create_app(engine, routes.blueprint(getattr(routes, each))).test_client() for each in HANDLERS]
        said = [client.get(f"/pool-party/{count}?format=json") for client in clients]
        assert len({answer.data for answer in said}) == 1
        assert [row["login"] for row in said[0].get_json()["rows"]] == logins
    engine.dispose()


def test_what_cannot_be_written_leaves_nothing(places):
    places.dives.parent.write_text("a file where a folder should be")
    with pytest.raises(WreckError, match="room and rights to write pool_party/ and pool-party.md"):
        new("Pool Party", places)
    assert written(places) == {"docs"} and not list(places.wrecks.iterdir())


def test_what_comes_next_is_said(places):
    said = []
    begin("Pool Party", places, say=said.append)
    assert "  docs/dives/pool-party.md" in said and "  wrecks/pool_party/wreck.py" in said
    assert any("invoke rebuild --wreck pool-party --quick" in line for line in said)


# --- from another ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ours")
    shutil.copytree(WRECKS, folder / "wrecks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(DOCS / "dives", folder / "docs" / "dives")
    return Places(folder / "wrecks", folder / "docs" / "dives", folder / "site_data")


@pytest.mark.parametrize("like", slugs())
def test_any_wreck_can_be_started_from(ours, like, monkeypatch):
    before = written(ours)
    made = f"copy of {like.replace('-', ' ')}"
    new(made, ours, like)
    slug = names(made).slug
    # A dataclass looks its module up; one loaded from a folder that is no package has none there.
    module = f"_wreck_{names(made).package}_routes"
    monkeypatch.setitem(sys.modules, module, ModuleType(module))
    wreck = load(slug, ours.wrecks)
    assert wreck.title == names(made).title and [arm.name for arm in wreck.arms] == [arm.name for arm in load(like).arms]
    page = (ours.dives / f"{slug}.md").read_text(encoding="utf-8")
    assert wreck_checks.page(wreck, ours.dives.parent) == []
    assert not re.search(rf"\{{\{{\s*{like}\s*:|^wreck: {like}$", page, re.MULTILINE) and not re.search(r"^order:", page, re.MULTILINE)
    assert page.count("```") == (ours.dives / f"{like}.md").read_text(encoding="utf-8").count("```")
    assert f'!!! question "{QUESTION}' in page
    assert {name.partition("/")[2].partition("/")[0] for name in written(ours) - before} == {slug.replace("-", "_"), "dives"}


def test_a_copy_imports_modules_of_its_own_and_none_of_the_wreck_it_was_made_from(places):
    new("Pool Party", places)
    routes = places.wrecks / "pool_party" / "routes.py"
    own = "from scenarios.wrecks.pool_party.data import ROWS\nfrom scenarios.wrecks.pool_party_two import data\n"
    routes.write_text(own + routes.read_text(encoding="utf-8"), encoding="utf-8")
    (places.wrecks / "pool_party" / "data.py").write_text("ROWS = ()\n", encoding="utf-8")
    new("Tea Party", places, "pool-party")
    copied = (places.wrecks / "tea_party" / "routes.py").read_text(encoding="utf-8").splitlines()
    assert copied[:2] == ["from scenarios.wrecks.tea_party.data import ROWS", "from scenarios.wrecks.pool_party_two import data"]


def test_a_wreck_that_there_is_not_is_told_with_the_nearest(ours):
    with pytest.raises(UsageError, match="wanted a wreck to start from; got 'truculent'; did you mean 'truculent-query'"):
        new("Pool Party", ours, "truculent")
