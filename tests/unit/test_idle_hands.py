"""The back office and the page that stands still behind it, with no database."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from psycopg2.errors import AdminShutdown, LockNotAvailable
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import NotFound, ServiceUnavailable

from scenarios.diceworld.app import create_app
from scenarios.record import BusySessions, Wait
from scenarios.wreck import load
from scenarios.wrecks.idle_hands import routes
from scenarios.wrecks.idle_hands import wreck as declared


class Told:
    """A session that notes what it is told, in order; ``refusals`` are raised, one an attempt to add the column."""

    def __init__(self, *refusals):
        self.did, self.refusals = [], list(refusals)

    def execute(self, statement):
        self.did.append(str(statement).split()[0])
        if statement is routes.ADD_COLUMN and self.refusals:
            raise OperationalError("ALTER", {}, self.refusals.pop(0))
        return SimpleNamespace(one=lambda: SimpleNamespace(id=1, login="gsmith1"))

    def add(self, _):
        self.did.append("add")

    def commit(self):
        self.did.append("commit")

    def rollback(self):
        self.did.append("rollback")


@pytest.fixture
def told(monkeypatch):
    session = Told()
    monkeypatch.setattr(routes, "pause", lambda _: session.did.append("wait"))
    return session


def test_on_the_first_host_nothing_differs_and_no_job_is_done_twice():
    wreck = load("idle-hands")
    assert {(arm.handler, arm.prepare, arm.workers) for arm in wreck.arms} == {("wrecked", (), None)}
    for experiment in wreck.experiments:
        office = experiment.neighbour
        assert office.requests == office.clients == len(set(office.paths)) and experiment.fresh_data
        assert office.begins_s < office.ends_s < office.begins_s + routes.MAIL_TAKES_S


def test_the_database_is_given_the_time_to_say_that_somebody_waits():
    deadlock_timeout_s = 1
    assert routes.MAIL_TAKES_S - routes.UNPACKING_TAKES_S > 1.05 * deadlock_timeout_s


def test_who_is_active_and_waits_is_told_from_who_works():
    busy = [BusySessions(client="web", address="", statement="", mean=3.0, waiting={"Lock": 2.0, "IO": 0.5})]
    waits = [
        Wait(client=who, address="", statement="", holder="aux", holder_address="", holder_statement="", holder_state=state, mean=mean)
        for who, state, mean in (("web", "active", 2.0), ("aux", "idle in transaction", 0.8), ("web", "idle in transaction", 0.1))
    ]
    round_ = SimpleNamespace(phases={"during": SimpleNamespace(sessions=busy, waits=waits)})
    assert (declared.active(round_), declared.waiting_share(round_)) == (3.0, pytest.approx(2 / 3))
    assert (declared.readers_behind_idle(round_), declared.stalled(round_)) == (0.1, pytest.approx(2.9))


def test_mail_goes_out_within_a_transaction_or_between_two(told):
    routes.wrecked(told, "prize")
    assert told.did == ["SELECT", "wait", "add", "commit"]
    told.did.clear()
    routes.without_writing(told, "prize")
    assert told.did == ["SELECT", "wait", "commit"]
    told.did.clear()
    routes.salvaged(told, "prize")
    assert told.did == ["SELECT", "commit", "wait", "add", "commit"]


def test_a_deployment_changes_the_table_or_leaves_it_alone(told):
    routes.wrecked(told, "deployment")
    assert told.did == ["wait", "ALTER", "commit"]
    told.did.clear()
    routes.without_migration(told, "deployment")
    assert told.did == ["wait"]


def test_a_patient_migration_steps_aside_until_it_has_its_lock(told):
    told.refusals = [LockNotAvailable(), LockNotAvailable()]
    assert routes.patient(told, "deployment") == {"attempts": 3}
    assert told.did[1:] == ["SET", "ALTER", "rollback", "wait"] * 2 + ["SET", "ALTER", "commit"]


def test_it_gives_up_in_the_end_and_at_once_for_any_other_reason(told):
    told.refusals = [LockNotAvailable() for _ in range(routes.ATTEMPTS)]
    with pytest.raises(ServiceUnavailable):
        routes.patient(told, "deployment")
    told.refusals, told.did = [AdminShutdown()], []
    with pytest.raises(OperationalError):
        routes.migrate_patiently(told)
    assert told.did == ["SET", "ALTER", "rollback"]


def test_the_office_has_no_other_jobs(told):
    with pytest.raises(NotFound):
        routes.wrecked(told, "coffee")
    assert told.did == []


def test_what_the_office_did_is_shown_as_text():
    page = routes.blueprint(lambda _session, _job: {"winner": "<b>", "attempts": "<i>"})
    client = create_app(create_engine("postgresql+psycopg2://"), page).test_client()
    for job in ("prize", "deployment"):
        answer = client.get(f"/idle-hands/office/{job}")
        shown = answer.get_data(as_text=True)
        assert answer.status_code == 200 and shown.count("&lt;") == 1 and "<b>" not in shown and "<i>" not in shown
