"""The whole application's side, with a real wreck in it."""

import psutil
import pytest

from scenarios.errors import StackError
from scenarios.measure.stack.ports import get
from scenarios.measure.stack.stack import AppStack
from tests.stack.conftest import is_alive, until


def test_serves_a_wreck(folder, postgres):
    with AppStack(folder, "truculent-query", "wrecked", postgres.url("postgres"), workers=2, spans_folder=folder / "spans") as stack:
        assert get(stack.nginx.address, "/alive") == (200, b"alive\n")
        assert stack.url == f"http://{stack.nginx.address}"
        groups = stack.groups()
        assert (len(groups["nginx"]), len(groups["gunicorn"])) == (2, 3)
        stack.check()
        # No table is there to be asked: the application must fail, be logged, and stay up.
        assert get(stack.nginx.address, "/truculent/smith", timeout_s=30)[0] == 500
        assert stack.gunicorn.deaths() == []
        until(lambda: list((folder / "spans").glob("*.jsonl")), "spans")
    assert not any(map(is_alive, groups["nginx"] + groups["gunicorn"]))


def test_workers_have_connections_of_their_own(folder, postgres):
    with AppStack(folder, "truculent-query", "wrecked", postgres.url("postgres"), workers=2) as stack:
        with postgres.connect("postgres") as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid != pg_backend_pid()")
            assert cursor.fetchone() == (0,), "a connection was opened before the fork"
        stack.check()


def test_a_server_that_dies_is_told_of(folder, postgres):
    with AppStack(folder, "truculent-query", "wrecked", postgres.url("postgres"), workers=1) as stack:
        psutil.Process(stack.gunicorn.server.pid).kill()
        until(lambda: not stack.gunicorn.server.is_running(), "its death")
        with pytest.raises(StackError, match="gunicorn to keep running; got it was killed by SIGKILL"):
            stack.check()


def test_an_arm_that_is_not_there(folder, postgres):
    with pytest.raises(StackError, match="no_such_handler"):
        AppStack(folder, "truculent-query", "no_such_handler", postgres.url("postgres")).__enter__()
    assert len(psutil.Process().children()) == 1  # The warden of Postgres.
