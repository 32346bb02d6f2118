"""What live charts lead on to, written at build: traces, statements' senders; and the marks that belong to an arm."""

from __future__ import annotations

import json
import re

import pytest

from scenarios.errors import UsageError
from scenarios.publish import exhibit, html
from scenarios.publish.charts import svg
from scenarios.publish.charts.chart import Axis, Bars, Chart, Line
from scenarios.publish.dive import Fleet
from scenarios.publish.traces import linked
from scenarios.record import LAYERS
from tests.site.conftest import ROOT

OURS = ("truculent-query", "highly-selective", "oryx-antlerson", "remembrance-lost")


@pytest.fixture
def dive(project):
    return Fleet(project.site_data, project.wrecks).dive("paper-boat")


@pytest.fixture(scope="module")
def ours():
    fleet = Fleet(ROOT / "site_data")
    return {slug: fleet.dive(slug) for slug in OURS}


# --- the document ------------------------------------------------------------------------------


def test_it_names_each_kept_trace_once_with_all_that_it_shows(dive):
    found = linked.document(dive)
    kept = [(n, a, w, i) for n, e in dive.record.experiments.items() for a, r in e.arms.items() for w, i in r.traces.items()]
    told = [(t["experiment"], t["arm"], shows, t["id"]) for t in found["traces"] for shows in t["shows"]]
    assert sorted(told) == sorted(kept) and len({t["id"] for t in found["traces"]}) == len(found["traces"])
    assert all(t["ms"] > 0 for t in found["traces"])
    assert [layer["name"] for layer in found["layers"]] == list(LAYERS)


def test_it_knows_every_experiment(dive):
    found = linked.document(dive)["experiments"]
    assert set(found) == set(dive.record.experiments)
    assert found["neighbour"]["arms"]["wrecked"]["phases"][1] == ["while it was there", 2, 4]
    assert found["neighbour"]["arms"]["wrecked"]["alike"] is True  # one shape in every phase of every round
    assert found["headline"]["arms"]["wrecked"]["alike"] is False  # nobody looked


def test_requests_are_alike_only_where_every_part_of_every_round_had_one_and_the_same_shape(dive):
    arm = dive.arm("neighbour", "wrecked")
    for shapes in (["cd"], ["ab", "cd"], []):
        last = arm.rounds[-1]
        phases = last.phases | {"after": last.phases["after"].model_copy(update={"shapes": shapes})}
        changed = arm.model_copy(update={"rounds": [*arm.rounds[:-1], last.model_copy(update={"phases": phases})]})
        assert linked._statements(arm)["alike"] and not linked._statements(changed)["alike"], shapes


@pytest.mark.parametrize("slug", OURS)
def test_of_ours_every_statement_of_every_trace_has_a_line_that_sent_it(ours, slug):
    found = linked.document(ours[slug])
    asked = [
        linked.key(template, sql)
        for trace in found["traces"]
        for sql, template in linked._asked(linked.read_spans(ours[slug].trace(trace["id"])))
    ]
    senders = {key: sent for by_key in found["senders"].values() for key, sent in by_key.items()}
    assert set(asked) <= set(senders)
    for index, lit in senders.values():
        code = found["code"][index]
        assert lit and all(code["first"] <= n < code["first"] + len(code["lines"]) for n in lit)


@pytest.mark.parametrize("slug", OURS)
def test_of_ours_it_is_small_and_the_same_every_time(ours, slug):
    name, text = linked.file(ours[slug])
    assert (name, text) == linked.file(ours[slug]) and len(text) < 60_000
    assert re.fullmatch(rf"linked-{slug}-[0-9a-f]{{8}}\.json", name)
    assert str(ROOT) not in text


def test_built_pages_lead_to_it(built):
    page = (built.site / "dives/paper-boat/index.html").read_text(encoding="utf-8")
    figures = re.findall(r'<figure class="exhibit"[^>]*data-linked="([^"]*)"[^>]*>', page)
    assert figures
    for address in figures:
        document = json.loads((built.site / "dives/paper-boat" / address).read_text(encoding="utf-8"))
        assert document["wreck"] == "paper-boat"
    brushed = [json.loads(b.replace("&quot;", '"')) for b in re.findall(r'data-brush="([^"]*)"', page)]
    assert {"experiment": "headline", "arms": ["wrecked", "waxed"]}.items() <= brushed[0].items() and brushed[0]["rounds"]
    assert 'data-evidence="../../evidence/paper-boat/"' in page


# --- marks that belong to an arm ---------------------------------------------------------------


def chart(*marks, rows=("As it sank", "Rewritten", "Rewritten, rolls indexed", "Nobody’s")):
    arms = (("wrecked", "As it sank"), ("rewrite", "Rewritten"), ("rewrite-covered", "Rewritten, rolls indexed"))
    return Chart("T", "W", Axis("ms", "ms"), Axis("", scale="category", categories=rows), marks, arms=arms)


def test_rows_and_series_bear_the_name_of_the_arm_whose_title_they_have():
    drawn = svg.draw(chart(Bars("layer", "postgres", (0.0, 1.0, 2.0, 3.0), (1.0, 2.0, 3.0, 4.0))), "x")
    assert re.findall(r'class="row" data-arm="([^"]*)"', drawn) == ["wrecked", "rewrite", "rewrite-covered"]
    line = Line("Rewritten, rolls indexed: p50", "fix", (1.0, 2.0), (0.0, 1.0))
    assert '<g data-arm="rewrite-covered">' in svg.draw(chart(line), "x")
    assert "data-arm" not in svg.draw(chart(Line("Rewritten by hand", "fix", (1.0, 2.0), (0.0, 1.0)), rows=("a", "b")), "x")


def test_a_band_behind_a_row_is_unseen_where_the_picture_stands_alone():
    assert set(re.findall(r'class="row"[^>]*fill="(\w+)"', svg.draw(chart(), "x"))) == {"none"}


def test_a_number_and_a_picture_of_its_experiment_name_the_same(built):
    page = (built.site / "dives/paper-boat/index.html").read_text(encoding="utf-8")
    number = re.search(r'<a[^>]*class="wreck-number"[^>]*data-experiment="headline"[^>]*>', page)[0]
    arm = re.search(r'data-arm="([^"]+)"', number)[1]
    given = 'data-wreck="paper-boat" data-experiment="headline"'
    figure = re.search(rf'<figure class="exhibit" id="the-ladder"[^>]*{given}.*?</figure>', page, re.DOTALL)
    assert figure and arm == "wrecked"
    assert {"no-sail", "waxed"} <= set(re.findall(r'data-arm="([^"]+)"', figure[0]))


# --- a plan without its crumbs -----------------------------------------------------------------


def test_nodes_below_a_share_of_the_time_are_left_out_and_counted(dive):
    whole, few = (exhibit.draw(dive, "plan", options) for options in ({}, {"least": "5%"}))
    bars = [sum(len(m.at) for m in found.chart.marks if isinstance(m, Bars)) for found in (whole, few)]
    assert bars == [3, 2] and len(whole.table.rows) == len(few.table.rows) == 3
    assert "1 of the 3 nodes have less than 5\u00a0% of the time each" in few.caption and "no bar" not in whole.caption
    assert "and 1 node beneath, too quick to draw" in few.html and "Index Scan" not in few.html and "Seq Scan" in few.html


@pytest.mark.parametrize("least", ["1", "x%", "100%", "-1%", "%"])
def test_a_share_that_is_none_is_refused(dive, least):
    with pytest.raises(UsageError, match="share of the time"):
        exhibit.draw(dive, "plan", {"least": least})


def test_the_whole_exhibit_is_html_without_a_figure_folder(dive):
    shown = html.exhibit_html(exhibit.draw(dive, "heat-map", {"experiment": "neighbour"}), "paper-boat", "x", "")
    assert "data-linked" not in shown and "data-brush" not in shown
