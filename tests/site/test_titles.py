"""A picture's title and a claim that speak of one measure say the same number, in the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.publish import exhibit, units
from scenarios.publish.dive import Fleet
from scenarios.publish.facts.claim import claim_value

SITE_DATA = Path(__file__).parents[2] / "site_data"
SAME = [
    ("truculent-query", "layers", {"arms": "wrecked"}, "mostly-database"),
    ("truculent-query", "ladder", {"salvaged": "rewrite-covered"}, "salvage"),
    ("truculent-query", "ladder", {"arms": "no-subquery"}, "subquery-alone"),
    ("highly-selective", "layers", {"arms": "wrecked"}, "mostly-database"),
    ("highly-selective", "ladder", {"arms": "selectin-indexed", "over": "indexed", "path": "latency_ms.mean"}, "eager-when-indexed"),
    ("oryx-antlerson", "step", {}, "rises"),
    ("oryx-antlerson", "step", {"experiments": "fixes"}, "rises-when-busier"),
    ("oryx-antlerson", "cores-over-time", {}, "core-is-busy"),
    ("oryx-antlerson", "sessions-over-time", {}, "one-culprit"),
    ("oryx-antlerson", "remedies", {"experiments": "fixes", "arms": "mended"}, "mended-helps"),
    ("remembrance-lost", "memory-ladder", {"experiments": "storm", "salvaged": "wrecked"}, "kills"),
]


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return Fleet(SITE_DATA)


@pytest.mark.parametrize("slug, kind, options, claim", SAME, ids=lambda each: each if isinstance(each, str) else "")
def test_a_title_says_what_the_claim_says(fleet, slug, kind, options, claim):
    dive = fleet.dive(slug)
    said = claim_value(dive.claim(claim))
    title = exhibit.draw(dive, kind, options).title
    assert said in title.removesuffix(".").replace(",", " ") or said in title


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(5.3777, "times", "5.38 times"), (0.87123, "share", "87.1\u00a0%"), (1.0, "statements", "one"), (66.0, "statements", "66")],
)
def test_a_value_is_said_in_one_way(value, unit, said):
    assert units.said(value, unit) == said
