"""The exhibit of what requests waited for: its parts sum to the request, and a wait for a connection is none of the handler's work."""

from __future__ import annotations

import json

import pytest

from scenarios.errors import EvidenceError
from scenarios.publish.charts.svg import draw as draw_svg
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import draw
from scenarios.publish.exhibits.pool_wait import CONNECTION, DATABASE, REST, THREAD, split
from scenarios.record import LAYERS

LAYERS_MS = dict(zip(LAYERS, (2.0, 530.0, 290.0, 1.0, 12.0, 0.5, 0.5), strict=True))
WAITED = {"n": 20, "mean": 277.0, "min": 0.0, "p50": 22.0, "p95": 1008.0, "max": 1037.0}


def dive_with(project, **said) -> Dive:
    """Return the dive after each of the wrecked arm's rounds was told what ``said`` has."""
    path = project.site_data / "paper-boat" / "record.json"
    record = json.loads(path.read_text(encoding="utf-8")) | {"publishable": False, "unpublishable_because": ["cut"]}
    for each in record["experiments"]["headline"]["arms"]["wrecked"]["rounds"]:
        each.update(said)
    path.write_text(json.dumps(record), encoding="utf-8")
    return Dive("paper-boat", project.site_data, project.wrecks)


def test_its_parts_are_all_of_a_request_each_once(project):
    dive = dive_with(project, layers_ms=LAYERS_MS, pool_wait_ms=WAITED)
    parts = split(dive.arm("headline", "wrecked").rounds[0])
    assert parts == {THREAD: 530.0, CONNECTION: 277.0, DATABASE: 13.0, REST: 16.0}
    assert sum(parts.values()) == sum(LAYERS_MS.values())


def test_it_names_the_wait_and_draws_a_bar_an_arm(project):
    found = draw(dive_with(project, layers_ms=LAYERS_MS, pool_wait_ms=WAITED), "pool-wait", {"arms": "wrecked, waxed"})
    assert found.title == "As it sank: of 836\u00a0ms, 277\u00a0ms is waiting for a connection"
    assert [mark.name for mark in found.chart.marks] == [THREAD, CONNECTION, DATABASE, REST]
    assert [row[0] for row in found.table.rows] == ["As it sank", "Waxed"] and found.table.rows[0][2:4] == ("530", "277")
    assert found.caption and found.chart.alt and draw_svg(found.chart, "x") == draw_svg(found.chart, "x")


def test_where_nobody_waited_it_says_so(project):
    assert draw(dive_with(project), "pool-wait", {}).title == "As it sank: nobody waits for a connection"


def test_a_wait_noted_beyond_the_handlers_time_takes_none_of_another_part(project):
    parts = split(dive_with(project, layers_ms=LAYERS_MS, pool_wait_ms=WAITED | {"mean": 300.0}).arm("headline", "wrecked").rounds[0])
    assert parts[CONNECTION] == 290.0 and min(parts.values()) >= 0


def test_without_probes_it_cannot_be_drawn(project):
    with pytest.raises(EvidenceError, match="its probes were off"):
        draw(dive_with(project, layers_ms={}), "pool-wait", {})
