"""A run with a neighbour for real, small: who is seen from where, whose cores are whose.

And what is left when its statement is taken out.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from scenarios import claims
from scenarios.measure.options import Options
from scenarios.measure.rebuild import rebuild
from scenarios.measure.stack import cores
from scenarios.measure.stack.doorway import Doorway
from scenarios.measure.world import open_world
from scenarios.measure.world.world import Place, at_port, named
from scenarios.record import read_samples, read_series
from scenarios.wreck import Experiment, Neighbour, OpenLoop, Wreck, load
from scenarios.wrecks.oryx_antlerson import routes

ARMS = ("wrecked", "held")
SHORT = Experiment(
    "headline", "Three clients come and go", "tenth", OpenLoop(rate_per_s=10, duration_s=3), ARMS, rounds=1, workers=10,
    neighbour=Neighbour(("/noisy/smith",), clients=3, begins_s=1, ends_s=2, workers=3),
    hosts_apart=True, fresh_data=True, keep_samples=True, keep_traces=True, keep_series=True,
)  # fmt: skip


def small(*names: str) -> Wreck:
    """Return the wreck cut to one short experiment with these arms."""
    wreck = load("oryx-antlerson")
    arms = tuple(a for a in wreck.arms if a.name in names)
    return replace(wreck, experiments=(replace(SHORT, arms=tuple(a.name for a in arms)),), arms=arms, claims=())


def in_no_time(wreck: Wreck) -> Wreck:
    """Return the wreck with a lower limit for its low time-out: less data, quicker statements."""
    limit = "-c statement_timeout=1"
    arms = [replace(a, neighbour=replace(a.neighbour, database_options=limit)) if a.name == "timeout-low" else a for a in wreck.arms]
    return replace(wreck, arms=tuple(arms))


@pytest.fixture(scope="module")
def folder_of_evidence(cache, tmp_path_factory):
    return tmp_path_factory.mktemp("neighbour")


@pytest.fixture(scope="module")
def record(folder_of_evidence):
    return rebuild(in_no_time(small(*ARMS, "timeout-low", "cancel", "replica")), Options(), folder_of_evidence)


def only(record, arm: str):
    (round_,) = record.experiments["headline"].arms[arm].rounds
    return round_


# --- what is seen ----------------------------------------------------------------------------------------


def test_the_run_has_three_parts_and_our_page_does_the_same_in_all(record):
    for arm in ("wrecked", "held"):
        round_ = only(record, arm)
        assert round_.statuses == {"200": 30} and set(round_.neighbour.statuses) == {"200"}
        assert {"before", "during"} <= set(round_.phases) <= {"before", "during", "after"}
        assert 1 <= round_.neighbour.first_s < 2 and round_.neighbour.clients == 3
        parts = [round_.phases[p] for p in ("before", "during")]
        assert [p.statements_per_request for p in parts] == [5, 5]
        assert len({shape for p in parts for shape in p.shapes}) == 1
        assert {"postgres", "gunicorn", "aux-gunicorn", "relay", "traffic", "aux-traffic"} <= set(parts[1].cores)


def test_the_database_tells_the_hosts_apart_by_address_and_by_name(record):
    busiest = only(record, "wrecked").phases["during"].sessions[0]
    assert (busiest.client, busiest.address) == ("aux", "127.0.0.5") and busiest.statement.startswith("SELECT tw_players.login")
    seen = {(s.client, s.address) for arm in ("wrecked", "held") for p in only(record, arm).phases.values() for s in p.sessions}
    assert seen <= {("web", "127.0.0.4"), ("aux", "127.0.0.5")}
    assert not only(record, "wrecked").phases["before"].sessions or only(record, "wrecked").phases["before"].sessions[0].client == "web"


def test_traces_series_and_samples_are_kept(record, folder_of_evidence):
    folder = folder_of_evidence / "oryx-antlerson"
    traces = record.experiments["headline"].arms["wrecked"].traces
    assert {"before", "during", "median", "slowest"} <= set(traces)
    assert all((folder / "traces" / f"{ident}.json").exists() for ident in traces.values())
    run = next(s for s in read_series(folder).runs if s.arm == "wrecked")
    assert max(run.values["under_way.aux"]) == 3 and "cores.postgres" in run.values
    assert {s.client for s in run.sessions} <= {"web", "aux"} and run.sessions
    assert {"wrecked", "held"} <= {s.arm for s in read_samples(folder).runs}


def test_a_request_is_split_down_to_its_commit(record):
    layers = only(record, "wrecked").phases["before"].layers_ms
    assert layers["postgres"] > 0 and layers["sqlalchemy"] > 0
    assert any(s.text.startswith("INSERT INTO tw_rolls") for s in record.experiments["headline"].arms["wrecked"].statements)


# --- the planted fault ---------------------------------------------------------------------------------------


def test_with_the_neighbours_statement_taken_out_the_claims_fail(record, tmp_path):
    wreck = load("oryx-antlerson")
    mended = small(*ARMS)
    arms = tuple(replace(a, neighbour=replace(a.neighbour, handler="held"), prepare=wreck.arm("held").prepare) for a in mended.arms)
    calm = rebuild(replace(mended, arms=arms), Options(), tmp_path)
    busy = claims.value("headline", "wrecked", "phases.during.cores.postgres")
    assert busy(record)[0] > 3 * busy(calm)[0]
    claim = next(c for c in wreck.claims if c.name == "core-is-busy")
    assert not claims.judge(claim, calm).holds and busy(calm)[0] < claim.at_least
    # What is found at work has no culprit any more: no session of the neighbour's at the statement that was.
    assert not any(
        "tw_players.login" in each.statement and each.client == "aux" for each in only(calm, "wrecked").phases["during"].sessions
    )


# --- what is done about it -----------------------------------------------------------------------------------


def test_an_operator_cancels_what_runs(record, folder_of_evidence):
    run = next(s for s in read_series(folder_of_evidence / "oryx-antlerson").runs if s.arm == "cancel")
    assert run.events and all(e.kind == "remedy" and "cancelled" in e.text for e in run.events)
    assert only(record, "cancel").statuses == {"200": 30}


def test_a_copy_of_the_data_takes_the_load_away(record):
    if why := cores.why_not_second():
        assert record.absent["arm replica"] == why
        return
    during = only(record, "replica").phases["during"]
    assert during.cores["aux-postgres"] > during.cores["postgres"]
    assert all(s.client == "web" for s in during.sessions)


def test_a_timeout_reaches_the_neighbours_sessions_and_not_ours(record):
    round_ = only(record, "timeout-low")
    assert round_.statuses == {"200": 30} and set(round_.neighbour.statuses) == {"500"}


# --- its parts -----------------------------------------------------------------------------------------------


def test_mended_and_wrecked_and_kept_answers_are_the_same(folder):
    prepare = load("oryx-antlerson").arm("held")
    with open_world("small", 3040, folder) as world, world.fresh(prepare) as place:
        engine = create_engine(place.url)
        with Session(engine) as session:
            answers = [find(session, "smith") for find in (routes.wrecked, routes.rewritten, routes.held)]
        engine.dispose()
    assert answers[0] and [tuple(map(str, row)) for row in answers[0]] == [tuple(map(str, row)) for row in answers[1]]
    assert [tuple(map(str, row)) for row in answers[0]] == [tuple(map(str, row)) for row in answers[2]]


def test_a_second_request_of_a_player_joins_no_game_twice(folder):
    with open_world("small", 3040, folder) as world, world.fresh(load("oryx-antlerson").arm("wrecked")) as place:
        engine = create_engine(place.url)
        with contextlib.closing(place.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM tw_player_to_game WHERE player_id = 1 AND game_id = 1")
            cursor.execute("SELECT count(*) FROM tw_rolls")
            before = cursor.fetchone()[0]
            for _ in range(2):
                with Session(engine) as session:
                    shown = routes.roll_and_keep(session, "gsmith1", 1, "2d6+1")
                    assert 3 <= shown["result"] <= 13
            cursor.execute("SELECT count(*) FROM tw_player_to_game WHERE player_id = 1 AND game_id = 1")
            assert cursor.fetchone() == (1,)
            cursor.execute("SELECT count(*) FROM tw_rolls")
            assert cursor.fetchone()[0] == before + 2
        engine.dispose()


def test_through_a_doorway_the_database_sees_its_address(postgres, folder):
    seen = []
    for address, name in (("127.0.0.4", "web"), ("127.0.0.5", "aux")):
        at = folder / name
        at.mkdir()
        with Doorway(at, postgres.port, address) as doorway:
            url = named(at_port(postgres.url("postgres"), doorway.port), name, "-c statement_timeout=12345")
            with contextlib.closing(Place(url, "postgres", "public").connect()) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT host(inet_client_addr()), current_setting('application_name'), current_setting('statement_timeout')")
                seen.append(cursor.fetchone())
    assert seen == [("127.0.0.4", "web", "12345ms"), ("127.0.0.5", "aux", "12345ms")]


@contextlib.contextmanager
def sleeper():
    """Give a process that sleeps and a child of it."""
    script = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        try:
            yield [parent.pid, child]
        finally:
            os.kill(child, 9)
            parent.wait()


def test_cores_are_shared_out_and_given_back():
    ours = os.sched_getaffinity(0)
    with sleeper() as database, sleeper() as others, sleeper() as second:
        with cores.apart(lambda: database, lambda: others, lambda: second):
            first = {min(ours)}
            assert all(os.sched_getaffinity(pid) == first for pid in database)
            assert all(os.sched_getaffinity(pid).isdisjoint(first) for pid in (*others, *second, os.getpid()))
            if len(ours) == 2:
                assert all(os.getpriority(os.PRIO_PROCESS, pid) == cores.LOWEST for pid in second)
        assert os.sched_getaffinity(0) == ours and all(os.sched_getaffinity(pid) == ours for pid in database)


def test_a_process_that_has_gone_is_passed_over():
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    cores.renice(gone.pid)
    if not cores.why_not_lower():
        cores.lower(gone.pid)
    with cores.apart(lambda: [gone.pid], lambda: []):
        pass


def test_a_session_of_its_own_is_weighed_as_a_session():
    if why := cores.why_not_lower():
        assert why
        return
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        cores.lower(process.pid)
        group = f"/proc/{process.pid}/autogroup"
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == cores.LOWEST
        assert not os.path.exists(group) or open(group).read().split()[-1] == str(cores.LOWEST)
        process.kill()


def test_a_process_outside_every_session_group_is_left_to_its_own_niceness(tmp_path):
    group = tmp_path / "autogroup"
    cores.weigh_least(group)  # a kernel without groups
    assert not group.exists()
    group.write_text("")  # a process it has not grouped: writing would be refused
    cores.weigh_least(group)
    assert group.read_text() == ""
    group.write_text("/autogroup-7 nice 0\n")
    cores.weigh_least(group)
    assert group.read_text() == str(cores.LOWEST)
