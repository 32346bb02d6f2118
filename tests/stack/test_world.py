"""The dice world on real servers: whole, equal from every arm, cached safely, and a good guest."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import NullPool, create_engine

from scenarios.diceworld.app import create_app
from scenarios.diceworld.scales import DEFAULT_SEED, SCALES
from scenarios.errors import StackError
from scenarios.measure.stack.postgres import Postgres
from scenarios.measure.world import ArmAbsent, open_world
from scenarios.measure.world.external import COMMENT, PREFIX
from scenarios.measure.world.kept import PLAIN, key_of, kept_world
from scenarios.measure.world.seeding import seed_world, verify_cast, verify_content, verify_copy
from scenarios.measure.world.world import named
from scenarios.wreck import Arm, load
from tests.stack.conftest import until

WRECK = load("truculent-query")
SMALL = SCALES["small"]


def arm_with(*prepare: str, **more) -> Arm:
    return Arm("any", "Any", "wrecked", prepare=prepare, **more)


@contextlib.contextmanager
def cursor_of(place):
    with contextlib.closing(place.connect()) as connection, connection.cursor() as cursor:
        yield cursor


@contextlib.contextmanager
def client_of(place, handler: str):
    engine = create_engine(place.url)
    try:
        yield create_app(engine, WRECK.routes.blueprint(getattr(WRECK.routes, handler))).test_client()
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def world(cache):
    run = cache / "run-of-the-module"
    with open_world("small", DEFAULT_SEED, run, cast=WRECK.cast) as opened:
        yield opened
    assert not (run / "cluster").exists(), "the copy goes with the run"


# --- what was loaded


def test_the_record_of_the_data(world):
    assert world.dataset.rows["tw_rolls"] == 5_000
    assert world.dataset.rows["tw_players"] == 200
    assert world.dataset.bytes["tw_rolls"] > 5_000 * 40
    assert world.absent == {}


def test_only_primary_keys_and_the_login_are_indexed(world):
    with cursor_of(world.place(arm_with())) as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
        assert [name for (name,) in cursor.fetchall()] == ["tw_games_pkey", "tw_players_login_key", "tw_players_pkey", "tw_rolls_pkey"]
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated")
        assert cursor.fetchone() == (4,)


def test_everything_is_visible_to_index_only_scans(world):
    with cursor_of(world.place(arm_with())) as cursor:
        cursor.execute("SELECT relallvisible = relpages FROM pg_class WHERE relname = 'tw_rolls'")
        assert cursor.fetchone() == (True,)


def test_a_new_row_gets_the_next_number(world):
    with cursor_of(world.place(arm_with("SELECT 1 /* of its own */"))) as cursor:
        cursor.execute("INSERT INTO tw_games (name) VALUES ('one more') RETURNING id")
        assert cursor.fetchone() == (world.dataset.rows["tw_games"] + 1,)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE tw_rolls SET result = result + 1 WHERE id = 2500",
        "DELETE FROM tw_player_to_game WHERE ctid = '(0,1)'",
        "INSERT INTO tw_player_to_game SELECT player_id, game_id FROM tw_player_to_game LIMIT 1",
        "UPDATE tw_players SET last_name = 'Smythe' WHERE id = 1",
        "UPDATE tw_rolls SET player_id = 1 WHERE id = (SELECT max(id) FROM tw_rolls WHERE player_id <> 1)",
    ],
)
def test_a_row_tampered_with_is_found_out(world, tampering):
    place = world._new_place()
    try:
        with kept_world(SMALL, DEFAULT_SEED) as kept, cursor_of(place) as cursor:
            dataset = kept.manifest.dataset
            verify_copy(cursor, kept.manifest)
            verify_content(cursor, dataset.rows, dataset.sha256)
            cursor.execute(tampering)
            with pytest.raises(StackError, match="faithful copy"):
                verify_copy(cursor, kept.manifest)
            with pytest.raises(StackError, match="dice world"):
                verify_content(cursor, dataset.rows, dataset.sha256)
    finally:
        world._drop_place(place)


def test_a_missing_cast_is_named(world):
    with cursor_of(world.place(arm_with())) as cursor, pytest.raises(StackError, match="none like %qqq%, _ at scale"):
        verify_cast(cursor, ("%smith%", "%qqq%", "_"), "small", DEFAULT_SEED)


# --- the arms


def test_every_arm_gives_the_same_answer_to_every_path(world):
    answers: dict[str, set[bytes]] = {path: set() for path in WRECK.paths}
    for arm in WRECK.arms:
        with client_of(world.place(arm), arm.handler) as client:
            for path in WRECK.paths:
                answer = client.get(path + "?format=json")
                assert answer.status_code == 200
                assert answer.get_json()["rows"], f"{path} shows someone"
                answers[path].add(answer.data)
    assert {path: len(different) for path, different in answers.items()} == dict.fromkeys(WRECK.paths, 1)


HOSTILE = (
    "'", "''; DROP TABLE tw_rolls; --", "%", "_", "%%", "a_b", "\\", "%(x)s", "%s", ":x", "{{7*7}}",
    "<script>alert(1)", '"><img src=x onerror=alert(1)>',
    "smith\n", "\x7f", "é", "日本", "😀", "x" * 3_000,
)  # fmt: skip


@pytest.mark.parametrize("handler", sorted({arm.handler for arm in WRECK.arms}))
def test_hostile_patterns_are_only_text(world, handler):
    with client_of(world.place(arm_with()), handler) as client:
        for pattern in HOSTILE:
            answer = client.get("/truculent/" + quote(pattern, safe=""))
            assert answer.status_code == 200, pattern
            assert "<script" not in answer.get_data(as_text=True)
            assert "<img" not in answer.get_data(as_text=True)
            # LIKE's own wildcards are letters like any other: no login holds one.
            assert client.get(f"/truculent/{quote(pattern, safe='')}?format=json").get_json()["rows"] == [], pattern
        assert client.get("/truculent/a%00b").status_code == 400
        assert client.get("/truculent/%ff%fe").status_code in (200, 400)
        assert client.get("/truculent/").status_code == 404
        assert client.get("/truculent/a/b").status_code == 404


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pattern=st.text(st.sampled_from("aegijmnorst1%_\\"), min_size=1, max_size=3).filter(lambda p: p not in (".", "..")))
def test_arms_agree_on_any_pattern(world, pattern):
    place = world.place(arm_with())
    answers = set()
    for handler in sorted({arm.handler for arm in WRECK.arms}):
        with client_of(place, handler) as client:
            answers.add(client.get(f"/truculent/{quote(pattern, safe='')}?format=json").data)
    assert len(answers) == 1


def test_arms_prepared_alike_share_a_database_and_others_do_not(world):
    assert world.place(WRECK.arm("covered")) is world.place(WRECK.arm("rewrite-covered"))
    assert world.place(WRECK.arm("covered")) is not world.place(WRECK.arm("wrecked"))


def test_an_index_has_its_price(world):
    cost = world.insert_cost(WRECK.arm("covered"), rows=2_000, repeats=2)["rolls_by_player"]
    assert cost == world.indexes["rolls_by_player"]
    assert cost.build_s > 0
    assert cost.bytes > 5_000 * 20
    assert min(cost.insert_us_per_row_with, cost.insert_us_per_row_without) > 0
    with cursor_of(world.place(WRECK.arm("covered"))) as cursor:
        cursor.execute("SELECT count(*) FROM tw_rolls")
        assert cursor.fetchone() == (5_000,), "measured elsewhere"
    assert world.insert_cost(WRECK.arm("wrecked")) == {}


def test_an_arm_whose_extension_is_nowhere_is_absent(world):
    with pytest.raises(ArmAbsent) as absent:
        world.place(arm_with("CREATE EXTENSION wings", needs_extension="wings"))
    assert absent.value.why == "this Postgres has no extension wings"


def test_sql_that_fails_is_told_in_a_line(world):
    with pytest.raises(StackError, match='relation "tw_roles" does not exist'):
        world.place(arm_with("CREATE INDEX x ON tw_roles (id)"))


def test_no_password_shows_in_a_place(world):
    assert world.postgres._password not in repr(world.place(arm_with()))


# --- the cache

OPEN = """
import sys
from pathlib import Path
from scenarios.measure.world import open_world
with open_world("small", int(sys.argv[1]), Path(sys.argv[2])) as world:
    print(world.dataset.sha256)
"""


def test_later_openings_are_quicker_since_nothing_is_seeded_again(folder, monkeypatch):
    from scenarios.measure.world import kept

    def opening_s(number: int) -> float:
        started = time.monotonic()
        with open_world("tenth", 11, folder / str(number)):
            return time.monotonic() - started

    first_s = opening_s(0)
    monkeypatch.setattr(kept, "_make", lambda *_: pytest.fail("made again"))
    # The best of three, as a machine with other work to do is slow now and then.
    assert min(opening_s(number) for number in (1, 2, 3)) < first_s * 0.8


def test_runs_at_once_make_one_world_and_share_it(folder, cache):
    runs = [subprocess.Popen([sys.executable, "-c", OPEN, "12", folder / str(n)], stdout=subprocess.PIPE, text=True) for n in range(2)]
    hashes = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [0, 0]
    assert len(hashes) == 1
    assert [p.name for p in (cache / "worlds").glob(f"*{key_of(SMALL, 12)}*") if p.is_dir()] == [key_of(SMALL, 12)]


def test_a_run_killed_while_seeding_leaves_nothing_damaged(folder, cache):
    worlds = cache / "worlds"
    run = subprocess.Popen([sys.executable, "-c", OPEN, "13", folder / "killed"])
    half_made = f".{key_of(SMALL, 13)}.making-*"
    until(lambda: list(worlds.glob(half_made + "/cluster/postmaster.pid")), "seeding under way")
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert list(worlds.glob(half_made))
    assert not (worlds / key_of(SMALL, 13)).exists()
    done = subprocess.run([sys.executable, "-c", OPEN, "13", folder / "next"], check=True, capture_output=True, text=True)
    assert re.fullmatch(r"[0-9a-f]{64}\n", done.stdout)
    assert list(worlds.glob(half_made)) == []


def test_a_full_disk_is_told_in_a_line_and_leaves_nothing(folder, monkeypatch):
    from scenarios.measure.world import kept

    def no_room(connection, scale, seed):
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$")

    monkeypatch.setattr(kept, "seed_world", no_room)
    with pytest.raises(StackError, match="no space left"), open_world("small", 14, folder / "run"):
        raise AssertionError("opened")
    assert not list((kept.cache_folder() / "worlds").glob(f"*{key_of(SMALL, 14)}*/"))


def test_a_kept_world_that_rotted_is_not_used(folder):
    with kept_world(SMALL, 15) as kept, Postgres(kept.cluster, folder / "rot") as postgres:
        with contextlib.closing(postgres.connect(PLAIN)) as connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM tw_rolls WHERE id = 1")
    with pytest.raises(StackError, match="faithful copy"), open_world("small", 15, folder / "run"):
        raise AssertionError("opened")


# --- an owner's server


@pytest.fixture
def owner(postgres):
    """An owner's server: a database with a table in it, a user who may make schemas, one who may not."""
    with contextlib.closing(postgres.connect("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE theirs")
        cursor.execute("CREATE ROLE guest LOGIN PASSWORD 'hunter2'")
        cursor.execute("CREATE ROLE stranger LOGIN PASSWORD 'hunter3'")
        cursor.execute("GRANT CREATE ON DATABASE theirs TO guest")
    with contextlib.closing(postgres.connect("theirs")) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE tw_players (precious text)")
        cursor.execute("INSERT INTO tw_players VALUES ('theirs')")
        yield postgres, cursor


def url_of(postgres, user: str = "guest", password: str = "hunter2", database: str = "theirs") -> str:
    return f"postgresql://{user}:{password}@127.0.0.1:{postgres.port}/{database}"


def inventory(cursor) -> list[tuple]:
    cursor.execute(
        """
        SELECT nspname, relname, relkind FROM pg_class RIGHT JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname !~ '^pg_t' ORDER BY 1, 2
        """
    )
    return cursor.fetchall()


def test_a_guest_works_and_leaves_nothing(owner, folder):
    postgres, cursor = owner
    before = inventory(cursor)
    with open_world("small", DEFAULT_SEED, folder / "run", cast=WRECK.cast, database_url=url_of(postgres)) as world:
        assert world.postgres is None
        assert set(world.absent) == {"postgres log", "postgres cpu", "pg_stat_statements"}
        assert world.dataset.rows["tw_rolls"] == 5_000
        answers = set()
        for name in ("wrecked", "trigram", "rewrite-covered"):
            place = world.place(WRECK.arm(name))
            assert place.schema.startswith(PREFIX)
            assert place.database_name == "theirs"
            with client_of(place, WRECK.arm(name).handler) as client:
                answers.add(client.get("/truculent/smith?format=json").data)
        assert len(answers) == 1
        assert world.insert_cost(WRECK.arm("covered"), rows=500, repeats=1)["rolls_by_player"].insert_us_per_row_with > 0
        assert inventory(cursor) != before
    assert inventory(cursor) == before
    cursor.execute("SELECT precious FROM tw_players")
    assert cursor.fetchall() == [("theirs",)]


def test_two_worlds_of_one_run_are_neighbours(owner, folder):
    postgres, cursor = owner
    before = inventory(cursor)
    url = url_of(postgres)
    with open_world("small", 1, folder / "a", database_url=url) as one, open_world("small", 2, folder / "b", database_url=url) as two:
        assert one.place(WRECK.arm("trigram")) != two.place(WRECK.arm("trigram"))
        assert one.dataset.sha256 != two.dataset.sha256
    assert inventory(cursor) == before


def test_an_exception_leaves_nothing_on_the_owner_s_server(owner, folder):
    postgres, cursor = owner
    before = inventory(cursor)
    with pytest.raises(KeyboardInterrupt), open_world("small", 1, folder / "run", database_url=url_of(postgres)):
        raise KeyboardInterrupt
    assert inventory(cursor) == before


GUEST = """
import sys
from pathlib import Path
from scenarios.measure.world import open_world
with open_world("small", 1, Path(sys.argv[1]), database_url=sys.argv[2]):
    print("up", flush=True)
    sys.stdin.read()
"""


def test_a_killed_run_s_schemas_are_swept_and_a_live_one_s_are_not(owner, folder):
    postgres, cursor = owner
    before = inventory(cursor)
    cursor.execute(f"CREATE SCHEMA {PREFIX}of_the_owner")  # Named like ours, but not marked as ours.
    ours = "SELECT nspname FROM pg_namespace WHERE starts_with(obj_description(oid, 'pg_namespace'), %s)"
    guest = [sys.executable, "-c", GUEST, folder / "guest", url_of(postgres)]
    runs = [subprocess.Popen(guest, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [run.stdout.readline() for run in runs] == ["up\n", "up\n"]
    runs[0].kill()
    runs[0].wait()
    until(lambda: _sessions(cursor) == 1, "the server noticing that one is gone")
    with open_world("small", 1, folder / "run", database_url=url_of(postgres)):
        cursor.execute(ours, [COMMENT])
        assert len(cursor.fetchall()) == 2, "the live run's and this one's"
    runs[1].communicate("")
    assert runs[1].returncode == 0
    cursor.execute(f"DROP SCHEMA {PREFIX}of_the_owner")
    assert inventory(cursor) == before


def _sessions(cursor) -> int:
    cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'guest'")
    return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"user": "stranger", "password": "hunter3"}, "the right to create schemas"),
        ({"password": "sesame"}, "password refused"),
        ({"database": "nowhere"}, "no such database"),
        ({"user": "nobody-here"}, "password refused"),
    ],
)
def test_a_server_that_will_not_have_us(owner, folder, change, told):
    postgres, cursor = owner
    refuse(url_of(postgres, **change), told, folder)


def test_a_server_that_is_not_there(folder):
    refuse("postgresql://guest:hunter2@127.0.0.1:1/theirs", "connection refused", folder)


@pytest.mark.parametrize("url", ["mysql://guest:hunter2@127.0.0.1/x", "hunter2", "postgresql://guest:hunter2@127.0.0.1:port/x"])
def test_a_url_that_is_none(folder, url):
    refuse(url, "postgresql://user:password@host/database", folder)


def test_an_option_unknown_to_libpq(folder):
    refuse("postgresql://guest:hunter2@127.0.0.1/x?colour=hunter2", "an option that libpq does not know", folder)


def refuse(url: str, told: str, folder) -> None:
    with pytest.raises(StackError) as refusal, open_world("small", 1, folder / "run", database_url=url):
        raise AssertionError("opened")
    line = str(refusal.value)
    assert told in line
    assert "\n" not in line
    assert "127.0.0.1" not in line
    assert "hunter" not in line


def test_a_read_only_database_is_refused(owner, folder):
    postgres, cursor = owner
    cursor.execute("ALTER ROLE guest SET default_transaction_read_only = on")
    refuse(url_of(postgres), "a read-only one", folder)


def test_seeding_straight_into_a_database_verifies_itself(postgres, monkeypatch):
    from scenarios.measure.world import seeding

    monkeypatch.setattr(seeding, "_advance_sequences", lambda cursor: cursor.execute("DELETE FROM tw_rolls WHERE id = 7"))
    with contextlib.closing(postgres.connect("postgres")) as connection, pytest.raises(StackError, match="rows in the dice world's tables"):
        seed_world(connection, SMALL, 1)


def test_the_superuser_may_be_the_guest_too(owner, folder):
    postgres, cursor = owner
    before = inventory(cursor)
    with pytest.raises(ArmAbsent), open_world("small", 1, folder / "run", database_url=postgres.url("theirs")) as world:
        world.place(arm_with("CREATE EXTENSION wings", needs_extension="wings"))
    assert inventory(cursor) == before


# --- what the guide for contributors says of an arm's SQL

GUIDE = "\n".join((Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8") for page in ("contributing.md", "declaring.md"))


def test_settings_that_the_guide_gives_an_arms_connections_hold_there_and_in_fresh_copies(world):
    (options,) = re.findall(r'`database_options="(-c work_mem=[^"]*)"`', GUIDE)
    arm = arm_with("CREATE TABLE with_settings ()")
    with world.fresh(arm) as fresh:
        for place in (world.place(arm), fresh):
            engine = create_engine(named(place.url, "web", options), poolclass=NullPool)
            with engine.connect() as connection:
                assert connection.exec_driver_sql("SHOW work_mem").scalar_one() == "64kB"


def test_a_table_of_the_arms_own_is_left_as_its_sql_leaves_it(world):
    """Each statement commits by itself, so VACUUM may be one; only the dice world's tables are analysed after."""
    place = world.place(arm_with("CREATE TABLE own AS SELECT 1 AS a", "VACUUM own"))
    with cursor_of(place) as cursor:
        cursor.execute("SELECT tablename, count(*) > 0 FROM pg_stats WHERE tablename IN ('own', 'tw_players') GROUP BY tablename")
        assert cursor.fetchall() == [("tw_players", True)]
