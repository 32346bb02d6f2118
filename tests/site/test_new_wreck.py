"""A wreck just begun: without evidence it is shown as not yet dived, everywhere, and its page works with evidence of a trial."""

from __future__ import annotations

import re

import pytest

from scenarios.scaffold.main import Places, new
from scenarios.wreck import load
from tests.site import evidence_factory

SPEED_MS = {"wrecked": 900.0, "no-rolls": 80.0, "no-sort": 880.0, "salvaged": 40.0}


@pytest.fixture
def begun(project):
    new("Leaky Bilge", Places(project.wrecks, project.docs / "dives", project.site_data))
    card = "```card\nwreck: leaky-bilge\nkind: ladder\nsays: Bars.\n```"
    project.write("index.md", f"# Front\n\n{card}\n\n{{{{ leaky-bilge: claim:salvage }}}}\n\n```way\n```\n\n```notices\n```\n")
    return project


def page(project, path: str) -> str:
    return (project.site / path / "index.html").read_text(encoding="utf-8")


def test_it_is_shown_as_not_yet_dived_and_breaks_nothing(begun):
    begun.build()
    dive, front = page(begun, "dives/leaky-bilge"), page(begun, ".")
    assert "leaky-bilge is not yet dived" in dive and "invoke rebuild --wreck leaky-bilge" in dive
    assert dive.count('<p class="exhibit-absent"') == 7 and "The answer is not yet dived." in dive
    assert "def wrecked" in re.sub(r"<[^>]+>", "", dive), "code needs no evidence"
    assert "The picture: not yet dived." in front and "leaky-bilge is not yet dived" in front
    assert re.search(r'SS Leaky Bilge</a> <span>Not yet dived\. The SS Leaky Bilge had a page that', front)
    assert re.search(r'href="[^"]*dives/leaky-bilge/"[^>]*>\s*<span class="md-ellipsis">\s*SS Leaky Bilge \(not yet dived\)', front), "in the navigation"


def test_a_trial_draws_its_page_and_says_that_it_is_one(begun):
    evidence_factory.make(load("leaky-bilge", begun.wrecks), SPEED_MS, publishable=False).write(begun.site_data)
    begun.build()
    dive = page(begun, "dives/leaky-bilge")
    assert "A trial run of leaky-bilge" in dive and "not yet dived" not in dive and "exhibit-absent" not in dive
    assert dive.count('class="exhibit"') == 7 and dive.count('class="guess') >= 3
    assert "Not yet dived" not in page(begun, ".")
