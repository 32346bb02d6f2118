"""A line for a lock, on a real server: who idles in a transaction, who waits for it, and who waits behind."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from scenarios.measure.probes.activity import Activity
from scenarios.measure.stack.postgres import Postgres, copy_cluster
from scenarios.measure.world.world import Place
from tests.stack.conftest import until


@pytest.fixture
def place(folder, cluster):
    copy_cluster(cluster, folder / "cluster")
    with Postgres(folder / "cluster", folder) as postgres:
        yield Place(postgres.url("postgres"), "postgres", "public")


def ask(place: Place, name: str, sql: str) -> threading.Thread:
    """Send ``sql`` on a thread and a connection of its own, under a name."""

    def run():
        with closing(place.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(f"SET application_name = '{name}'; SET lock_timeout = '60s'")
            cursor.execute(sql)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_line_behind_an_idle_transaction_is_told(place):
    with closing(place.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE told (id int)")
    activity, threads = Activity(place), []
    with closing(place.connect(autocommit=False)) as holder, holder.cursor() as cursor:
        cursor.execute("SET application_name = 'office'; SELECT * FROM told")

        def seen(count: int) -> bool:
            activity.sample()
            return sum(activity.samples[-1].waits.values()) >= count

        threads.append(ask(place, "deployment", "ALTER TABLE told ADD COLUMN name text"))
        until(lambda: seen(1), "a deployment that waits")
        threads.append(ask(place, "web", "SELECT count(*) FROM told"))
        until(lambda: seen(2), "a page that waits behind it")
        holder.rollback()
    for thread in threads:
        thread.join(60)
    last = activity.samples[-1]
    found = {(key[0], key[3], key[6]) for key in last.waits}
    assert found == {("deployment", "office", "idle in transaction"), ("web", "deployment", "active")}
    assert [key[0] for key in last.idle] == ["office"] and sum(last.busy.values()) == 2
    (idle,) = activity.idlest(last.at_s, last.at_s + 1)
    assert idle.client == "office" and "SELECT * FROM told" in idle.statement
    activity.sample()
    assert not activity.samples[-1].idle and not activity.samples[-1].waits
    activity.close()
