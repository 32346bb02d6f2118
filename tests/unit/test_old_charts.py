"""The league and the job that loads its seasons, with no database."""

from __future__ import annotations

import pytest

from scenarios.wreck import load
from scenarios.wrecks.old_charts import routes
from scenarios.wrecks.old_charts.wreck import BEFORE, LOADED, SEASONS

AUTOVACUUM_ANALYZE_SCALE_FACTOR = 0.1
"""Postgres's own default."""


class Told:
    """A session that notes what it is told, in order."""

    def __init__(self):
        self.did = []

    def execute(self, statement):
        self.did.append(str(statement).split()[0])

    def commit(self):
        self.did.append("commit")


@pytest.fixture
def told():
    return Told()


def test_the_newest_season_is_too_small_for_autovacuum_to_come():
    assert 1 / (SEASONS - 1) < AUTOVACUUM_ANALYZE_SCALE_FACTOR


def test_what_the_planner_knows_ends_before_the_newest_season():
    assert "ANALYZE" in BEFORE[-1] and LOADED[: len(BEFORE)] == BEFORE
    (after,) = LOADED[len(BEFORE) :]
    assert after.startswith("INSERT INTO tw_scores") and f"season = {SEASONS}" in after


def test_each_arm_has_one_thing_else_than_the_wreck():
    headline = load("old-charts").experiment("headline").arms
    wrecked, *others = (load("old-charts").arm(name) for name in headline)
    for arm in others:
        differs = [getattr(arm, what) != getattr(wrecked, what) for what in ("handler", "prepare", "database_options")]
        assert sum(differs) == 1, arm.name
        assert arm.prepare[: len(LOADED)] == LOADED and len(arm.prepare) <= len(LOADED) + 1, arm.name


def test_a_season_and_its_charts_arrive_in_one_transaction(told):
    routes.loaded(told, SEASONS)
    assert told.did == ["DELETE", "INSERT", "commit"]
    told.did.clear()
    routes.loaded_and_analysed(told, SEASONS)
    assert told.did == ["DELETE", "INSERT", "ANALYZE", "commit"]
