import contextlib
import json
import os
import shutil
import signal
import socket
import stat

import psutil
import psycopg2
import pytest
import sqlalchemy

from scenarios.errors import StackError
from scenarios.measure.stack import postgres as module
from scenarios.measure.stack.ports import free_port
from scenarios.measure.stack.postgres import Postgres, copy_cluster, make_cluster, render
from tests.stack.conftest import is_there, shared_memory_of, until


def ask(connection, statement: str):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()


def test_answers_with_the_settings_it_was_given(postgres):
    with contextlib.closing(postgres.connect("postgres")) as connection:
        assert ask(connection, "SHOW server_encoding") == ("UTF8",)
        assert ask(connection, "SELECT datcollate FROM pg_database WHERE datname = 'template1'") == ("C",)
        assert ask(connection, "SHOW listen_addresses") == ("127.0.0.1",)
    settings = postgres.settings()
    assert settings["shared_buffers"] == "128MB"
    assert settings["jit"] == "off"
    assert settings["max_parallel_workers_per_gather"] == "0"
    assert settings["fsync"] == "on"
    assert set(settings) == set(module.SETTINGS_THAT_MATTER)


def test_url_is_sqlalchemys(postgres):
    engine = sqlalchemy.create_engine(postgres.url("postgres"))
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT current_user")).scalar() == "wreck"
    engine.dispose()


def test_its_extensions_are_there(postgres):
    with contextlib.closing(postgres.connect("postgres")) as connection:
        for extension in ("pg_stat_statements", "pg_trgm"):
            connection.cursor().execute(f"CREATE EXTENSION {extension}")
        assert ask(connection, "SELECT count(*) > 0 FROM pg_stat_statements") == (True,)
        assert ask(connection, "SHOW auto_explain.log_min_duration") == ("-1",)


def test_its_log_is_json(data, folder):
    with Postgres(data, folder, {"log_min_duration_statement": 0}) as postgres:
        with contextlib.closing(postgres.connect("postgres")) as connection:
            ask(connection, "SELECT 'spar' || 'row'")
    entries = [json.loads(line) for line in postgres.log_file.read_text().splitlines()]
    assert any("SELECT 'spar' || 'row'" in entry["message"] and "duration:" in entry["message"] for entry in entries)
    assert not [entry for entry in entries if "PASSWORD" in entry["message"]]


def test_another_password_every_time_and_no_way_in_without(data, folder):
    with Postgres(data, folder) as first:
        pass
    with Postgres(data, folder) as second:
        assert first.url("postgres").split("@")[0] != second.url("postgres").split("@")[0]
        first.port = second.port
        for known in (first.connect, lambda database: psycopg2.connect(f"host=127.0.0.1 port={second.port} user=wreck dbname={database}")):
            with pytest.raises(psycopg2.OperationalError):
                known("postgres")
        listens = {tuple(c.laddr) for c in psutil.Process(second.server.pid).net_connections() if c.status == psutil.CONN_LISTEN}
        assert listens == {("127.0.0.1", second.port)}
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_size < 1_000_000:
            assert second._password.encode() not in path.read_bytes(), path


def test_data_outlive_a_stop(data, folder):
    with Postgres(data, folder) as postgres, contextlib.closing(postgres.connect("postgres")) as connection:
        connection.cursor().execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with Postgres(data, folder) as postgres, contextlib.closing(postgres.connect("postgres")) as connection:
        assert ask(connection, "SELECT answer FROM kept") == (42,)


def test_data_outlive_a_crash_that_left_its_lock(data, folder):
    with Postgres(data, folder) as postgres:
        with contextlib.closing(postgres.connect("postgres")) as connection:
            connection.cursor().execute("CREATE TABLE kept AS SELECT 42 AS answer")
        segments = shared_memory_of(postgres.server.pids())
        postgres.server.signal(signal.SIGKILL)
        until(lambda: not postgres.server.is_running(), "its death")
        with pytest.raises(StackError, match="SIGKILL"):
            postgres.server.check()
    assert (data / "postmaster.pid").exists()
    with Postgres(data, folder) as postgres, contextlib.closing(postgres.connect("postgres")) as connection:
        assert ask(connection, "SELECT answer FROM kept") == (42,)
    assert [segment for segment in segments if is_there(segment)] == []


def test_temporary_data_go(data, folder):
    with Postgres(data, folder, is_temporary=True):
        assert data.exists()
    assert not data.exists()
    assert (folder / "postgres" / "postgres.json").exists()


def test_a_copy_is_whole_and_apart(data, folder, cluster):
    with Postgres(data, folder) as postgres, contextlib.closing(postgres.connect("postgres")) as connection:
        connection.cursor().execute("CREATE TABLE kept AS SELECT 42 AS answer")
        with pytest.raises(StackError, match="running"):
            copy_cluster(data, folder / "copy")
    copy_cluster(data, folder / "copy")
    assert stat.S_IMODE((folder / "copy").stat().st_mode) == 0o700
    shutil.rmtree(data)
    with Postgres(folder / "copy", folder) as postgres, contextlib.closing(postgres.connect("postgres")) as connection:
        assert ask(connection, "SELECT answer FROM kept") == (42,)
    with pytest.raises(FileExistsError):
        copy_cluster(cluster, folder / "copy")


def test_a_failed_copy_leaves_nothing(cluster, folder, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_copy_file", full)
    with pytest.raises((OSError, shutil.Error), match="No space"):
        copy_cluster(cluster, folder / "copy")
    assert list(folder.iterdir()) == []


def test_no_cluster_where_something_is(folder):
    (folder / "full").mkdir()
    (folder / "full" / "thing").write_text("mine")
    with pytest.raises(StackError, match="not empty"):
        make_cluster(folder / "full")
    assert (folder / "full" / "thing").read_text() == "mine"


def test_a_setting_it_refuses(data, folder):
    with pytest.raises(StackError, match="no_such_setting"), Postgres(data, folder, {"no_such_setting": 1}):
        pass


def test_a_folder_that_is_no_cluster(folder):
    with pytest.raises(StackError, match=r"postgres to do its work"), Postgres(folder / "none", folder):
        pass


def test_a_cluster_in_use(postgres, folder):
    with pytest.raises(StackError, match="postmaster.pid"), Postgres(postgres.data_folder, folder / "other"):
        pass
    postgres.server.check()


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        yield occupant.getsockname()[1]


def test_a_port_taken_is_chosen_again(data, folder, taken, monkeypatch):
    ports = iter([taken, free_port()])
    monkeypatch.setattr("scenarios.measure.stack.ports.free_port", lambda: next(ports))
    with Postgres(data, folder) as postgres:
        assert postgres.port != taken
        assert "in use" not in postgres.log_file.read_text()


def test_ports_taken_again_and_again(data, folder, taken, monkeypatch):
    monkeypatch.setattr("scenarios.measure.stack.ports.free_port", lambda: taken)
    with pytest.raises(StackError, match=f"port {taken}"), Postgres(data, folder):
        pass
    assert psutil.Process().children(recursive=True) == []


def test_render_quotes():
    assert render({"a": "it's", "b": "back\\slash", "c": 1}) == "a = 'it''s'\nb = 'back\\\\slash'\nc = '1'\n"


def test_runs_as_nobody_for_root(postgres):
    assert psutil.Process(postgres.server.pid).uids().effective != 0
    assert os.stat(postgres.data_folder).st_uid == psutil.Process(postgres.server.pid).uids().effective
