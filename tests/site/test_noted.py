"""What runs noted: the deaths that a wreck is about stand apart from what was not to happen."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.publish.dive import Fleet
from scenarios.publish.prose.banner import banners
from scenarios.publish.prose.noted import meant_deaths, noted

SITE_DATA = Path(__file__).parents[2] / "site_data"
SLUG = "remembrance-lost"


@pytest.fixture
def dive():
    return Fleet(SITE_DATA).dive(SLUG)


def changed(dive, experiment, arm, **fields):
    """Put other values into the first round of an arm."""
    found = dive.record.experiments[experiment]
    first, *rest = found.arms[arm].rounds
    rounds = [first.model_copy(update=fields), *rest]
    arms = found.arms | {arm: found.arms[arm].model_copy(update={"rounds": rounds})}
    experiments = dive.record.experiments | {experiment: found.model_copy(update={"arms": arms})}
    dive.__dict__["record"] = dive.record.model_copy(update={"experiments": experiments, "warnings": []})


def test_the_deaths_that_a_claim_rests_on_are_meant(dive):
    assert {"storm", "workers", "segfaults"} <= meant_deaths(dive) and "headline" not in meant_deaths(dive)
    assert any("workers died: SIGKILL" in each for each in noted(dive).meant)


def test_a_death_where_none_was_claimed_alarms(dive):
    changed(dive, "headline", "wrecked", workers_died=["SIGSEGV"], warnings=["1 workers died: SIGSEGV"])
    assert any("headline" in each and "SIGSEGV" in each for each in noted(dive).unforeseen)


def test_more_failures_than_deaths_alarm(dive):
    statuses = {"200": 5, "500": 50}
    note = "50 of 55 requests were not answered with 200: 500"
    changed(dive, "storm", "wrecked", statuses=statuses, warnings=[note])
    assert any(note in each for each in noted(dive).unforeseen)


def test_another_note_of_such_a_round_alarms(dive):
    note = "the generator was late by 80 ms: its due times do not describe the traffic"
    changed(dive, "storm", "wrecked", warnings=[note])
    assert any(note in each for each in noted(dive).unforeseen)


def test_nothing_is_told_twice_and_nothing_lost(dive):
    each = noted(dive)
    rounds = {w for e in dive.record.experiments.values() for a in e.arms.values() for r in a.rounds for w in r.warnings}
    noted_anywhere = rounds | {note.split(": ", 1)[1] for note in dive.record.warnings}
    assert all(any(note in told for told in (*each.meant, *each.unforeseen)) for note in noted_anywhere)
    assert len(each.meant) + len(each.unforeseen) <= sum(
        len(r.warnings) for e in dive.record.experiments.values() for a in e.arms.values() for r in a.rounds
    )


def test_the_page_says_so(dive):
    said = banners([dive])
    assert f"Workers died in the runs of {dive.wreck.title}, as they were meant to" in said
    assert "would fail had nobody died" in said
