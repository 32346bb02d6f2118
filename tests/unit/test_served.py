"""How an arm was served, as the record says it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, make_url

from scenarios import record as contract
from scenarios.measure import assemble, explaining
from scenarios.measure.stack import application
from scenarios.measure.world.world import Place, named, with_options
from scenarios.publish.evidence_page import arms, markup
from scenarios.publish.facts import fields
from scenarios.wreck import Arm, Pool, options_named

URL = "postgresql+psycopg2://wreck:secret@127.0.0.1:5/x"


def test_an_arm_that_asks_for_nothing_leaves_no_word(record):
    assert assemble.served(Arm("wrecked", "As it sank", "wrecked")) is None
    assert '"served"' not in contract.dumps(record)


def test_what_an_arm_asks_for_is_told():
    arm = Arm(
        "wrecked", "Threads", "wrecked", gunicorn=("--worker-class", "gthread", "--threads=8", "--reload"),
        environment=(("PYTHONMALLOC", "malloc"),), workers=1, preload="jemalloc",
    )  # fmt: skip
    assert json.loads(assemble.served(arm).model_dump_json()) == {
        "workers": 1, "gunicorn": {"worker-class": "gthread", "threads": "8", "reload": ""}, "environment": {"PYTHONMALLOC": "malloc"},
        "preload": "jemalloc",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "named"),
    [((), {}), (("-t", "30"), {"t": "30"}), (("--threads", "8", "--threads", "9"), {"threads": "9"}), (("stray",), {})],
)
def test_options_are_named_without_their_dashes(words, named):
    assert options_named(words) == named


# --- the pool, and what connections set -------------------------------------------------------------------


def test_the_pool_of_an_arm_is_the_application_s():
    environment = {application.SLUG: "truculent-query", application.HANDLER: "wrecked", application.DATABASE_URL: URL}
    said = application.said_of(Pool(size=3, max_overflow=0, timeout_s=0.5))
    pool = engine_of(application.build(environment | {application.POOL: said})).pool
    assert (pool.size(), pool._max_overflow, pool._timeout) == (3, 0, 0.5)
    assert application.said_of(None) == ""
    usual = engine_of(application.build(environment | {application.POOL: ""})).pool
    assert (usual.size(), usual._max_overflow, usual._timeout) == (Pool().size, Pool().max_overflow, Pool().timeout_s)


def engine_of(app):
    (engine,) = [each for each in app.extensions.values() if isinstance(each, Engine)]
    return engine


@pytest.mark.parametrize("wrong", [{"size": 0}, {"max_overflow": -1}, {"timeout_s": 0}])
def test_a_pool_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="a pool of"):
        Pool(**wrong)


def test_the_record_says_the_pool_and_what_connections_set():
    arm = Arm("wrecked", "Few", "wrecked", pool=Pool(size=3, max_overflow=0), database_options="-c work_mem=64MB")
    told = json.loads(assemble.served(arm).model_dump_json())
    assert told == {"pool": {"size": 3, "max_overflow": 0, "timeout_s": 30}, "database_options": "-c work_mem=64MB"}


def test_options_are_added_to_those_there_are():
    assert with_options(URL, "") == URL
    once = with_options(URL, "-c a=1")
    assert make_url(with_options(once, "-c b=2")).query["options"] == "-c a=1 -c b=2" and make_url(once).password == "secret"
    assert dict(make_url(named(once, "web", "-c b=2")).query) == {"options": "-c a=1 -c b=2", "application_name": "web"}


def test_plans_are_asked_for_as_the_arm_asks():
    place = Place(URL, "x", "public")
    asked = explaining._as_set(place, Arm("wrecked", "Few", "wrecked", database_options="-c enable_nestloop=off"))
    assert make_url(asked.url).query["options"] == "-c enable_nestloop=off" and asked.database_name == "x"
    assert explaining._as_set(place, Arm("wrecked", "Few", "wrecked")) is place


# --- told to readers ---------------------------------------------------------------------------------------


def an_arm(record, **update) -> contract.ArmResult:
    return record.experiments["headline"].arms["wrecked"].model_copy(update=update)


def test_an_arm_of_today_has_no_word_of_it_on_its_page(record):
    assert arms._served(an_arm(record)) == []


def test_its_page_says_how_it_was_served_and_says_it_as_data(record):
    served = contract.Served(
        workers=3, gunicorn={"threads": "8"}, environment={"A": "<script>"}, pool=contract.Pool(size=8, max_overflow=0, timeout_s=0.5)
    )
    said = markup.facts(arms._served(an_arm(record, served=served)))
    for words in ("--threads 8", "size 8, max_overflow 0, timeout_s 0.5", "A=&lt;script&gt;"):
        assert words in said
    assert "<script>" not in said


def test_a_neighbours_log_is_told_as_data_and_apart(record):
    line = contract.LogLine(source="gunicorn", text="<b>", offset_s=1.5)
    said = arms._logs(an_arm(record, neighbours_log=[line]))
    assert "neighbour" in said and "&lt;b&gt;" in said and "<b>" not in said and arms._logs(an_arm(record)) == ""


@pytest.mark.parametrize(("path", "text"), [("pool.size", "8"), ("pool.max_overflow", "0"), ("gunicorn.threads", "16"), ("pool.timeout_s", "500\u00a0ms")])
def test_prose_may_name_it(record, path, text):
    served = contract.Served(gunicorn={"threads": "16"}, pool=contract.Pool(size=8, max_overflow=0, timeout_s=0.5))
    experiment = record.experiments["headline"].model_copy(update={"arms": {"wrecked": an_arm(record, served=served)}})
    dive = SimpleNamespace(slug="dry-well", record=record.model_copy(update={"experiments": {"headline": experiment}}))
    fact = fields.experiment(dive, f"headline.arms.wrecked.served.{path}", ())
    assert fact.text == text and fact.href == "evidence/dry-well/#headline--wrecked"
