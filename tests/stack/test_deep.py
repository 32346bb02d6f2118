"""The list of latencies for real, as quick as can be: every row on a real server, and nothing left."""

from __future__ import annotations

import contextlib
import shutil

import pytest

from scenarios.diceworld.scales import DEFAULT_SEED
from scenarios.errors import StackError
from scenarios.measure.soundings import deep, disk, request, statements
from scenarios.measure.soundings.place import QUICK, Place
from scenarios.measure.world import open_world
from tests.site.deep_factory import ABSENT, LINE_CHARACTERS, VALUES_NS
from tests.stack.conftest import processes_of

ANY_HAS = ("deep-python", "deep-round", "deep-select", "deep-lookup", "deep-scan", "deep-commit")
FROM_ANY_MACHINE = {name for name in VALUES_NS if name.startswith(ANY_HAS)}


@pytest.fixture(scope="module")
def place(cache):
    folder = cache / "deep"
    (folder / "deep").mkdir(parents=True)
    folder.chmod(0o755)
    with open_world("small", DEFAULT_SEED, folder / "world") as world:
        yield Place(world, folder / "deep")
    assert processes_of(folder) == []
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def found(place):
    return deep.measured(place, QUICK, lambda what: None)


def test_every_row_is_there_measured_or_not_and_why(found):
    assert set(found) == {*VALUES_NS, *ABSENT}
    for name in FROM_ANY_MACHINE | {"deep-nginx", "deep-request"}:
        assert found[name].absent is None and found[name].measured.value > 0 and len(found[name].measured.rounds) == QUICK.rounds
    assert all(each.absent or each.how for each in found.values())
    # A phone's width, as the drawings' own test has it.
    assert max(len(each.title) for each in found.values()) <= LINE_CHARACTERS


def test_what_must_take_longer_does(found):
    def ns(name: str) -> float:
        return min(found[f"deep-{name}"].measured.rounds)

    # By so much that no luck turns them round.
    assert ns("python-lookup") < ns("round-trip-unix") < ns("select-1-session")
    assert ns("select-1") < ns("request") and ns("nginx") < ns("request")


def test_a_commit_says_what_its_server_promises(found):
    assert "synchronous_commit on" in found["deep-commit"].how and "fsync on" in found["deep-commit"].how
    assert "synchronous_commit off" in found["deep-commit-unwaited"].how


def test_the_world_is_as_it_was_and_no_file_is_left(place, found):
    with contextlib.closing(place.database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('soundings'), (SELECT count(*) FROM tw_rolls), (SELECT array_agg(datname) FROM pg_database)")
        table, rolls, databases = cursor.fetchone()
    assert table is None and rolls == place.world.dataset.rows["tw_rolls"]
    assert len([name for name in databases if name.startswith("arms_")]) == 1
    assert not list(place.folder.glob("disk*"))


def test_there_is_an_index_where_the_title_says_so_and_none_where_it_says_not(place):
    with contextlib.closing(place.database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")  # So small a table would be read whole: what is asked is what there is.
        cursor.execute("EXPLAIN " + statements.LOOK_UP, ["jgarcia1"])
        assert "Index" in cursor.fetchone()[0]
        cursor.execute("EXPLAIN " + statements.COUNT, [1])
        assert "Seq Scan on tw_rolls" in " ".join(line for (line,) in cursor.fetchall())


def test_a_page_that_fails_is_told(place, monkeypatch):
    monkeypatch.setattr(request, "some_logins", lambda cursor: ["nobody"])
    with place.world.fresh(deep.AS_LOADED) as database, pytest.raises(StackError, match="status 404"):
        request.measured(database, place.folder / "fails", QUICK)


def test_a_disk_is_told_of_a_real_folder(place):
    assert disk.disk_of(place.folder).file_system not in ("", "a file system")
