"""The back office and the page that stands still behind it, with no database."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from psycopg2.errors import AdminShutdown, LockNotAvailable
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import NotFound, ServiceUnavailable

from scenarios.diceworld.app import create_app
from scenarios.wreck import load
from scenarios.wrecks.idle_hands import routes


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
    assert {(arm.handler, arm.prepare, arm.workers) for arm in wreck.arms} == {("wrecked", wreck.arms[0].prepare, wreck.arms[0].workers)}
    for experiment in wreck.experiments:
        office = experiment.neighbour
        assert office.begins_s < office.ends_s < office.begins_s + routes.MAIL_TAKES_S and experiment.fresh_data
        looks = office.clients * (office.ends_s - office.begins_s) / routes.LOOK_EVERY_S
        assert len(office.paths) > 2 + looks and office.paths.count("/idle-hands/office/prize") == 1


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


def test_what_waits_is_shown_as_text():
    row = {"waits": "<b>", "statement": "SELECT '<i>'", "holder": "aux"}
    page = routes.blueprint(lambda _session, _job: {"behind_idle": [row], "behind_waiting": [row]})
    answer = create_app(create_engine("postgresql+psycopg2://"), page).test_client().get("/idle-hands/office/waits")
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 200 and shown.count("&lt;b&gt;") == 2 and "<b>" not in shown and "<i>" not in shown
