"""The charts of the deep as their page shows them."""

from __future__ import annotations

import json
import re

import pytest

from scenarios.errors import UsageError
from scenarios.publish.charts.chart import Points, reach
from scenarios.publish.charts.layout import lay_out
from scenarios.publish.dive import Fleet
from scenarios.publish.markdown import WreckExtension
from scenarios.publish.soundings import latency_list
from scenarios.publish.soundings.drawings import deep, deep_application, deep_order, deep_reckoned
from scenarios.wreck import WRECKS
from tests.site.conftest import ROOT
from tests.site.deep_factory import ABSENT, LINE_CHARACTERS, keep, some_soundings

FENCE = "```sounding\nshow: {}\n```\n"
DRAWINGS = ("deep", "deep-application", "deep-order", "deep-reckoned")

@pytest.fixture
def fleet(tmp_path):
    """Our wrecks, none of them dived yet."""
    return Fleet(tmp_path, WRECKS)


@pytest.fixture
def committed():
    """Our wrecks with the evidence that is published."""
    return Fleet(ROOT / "site_data", WRECKS)


def page(project, text: str) -> str:
    import markdown

    extension = WreckExtension(docs=str(project.docs), site_data=str(project.site_data), wrecks=str(project.wrecks))
    return markdown.markdown(text, extensions=[extension])


def series(exhibit, name: str) -> list[tuple[float, float]]:
    return [place for mark in exhibit.chart.marks if isinstance(mark, Points) and mark.name == name for place in zip(
        mark.x, mark.y, strict=True
    )]


@pytest.mark.parametrize("show", DRAWINGS)
def test_each_can_be_read_without_a_script(project, show):
    keep(project.site_data, some_soundings())
    html = page(project, FENCE.format(show))
    assert f'id="sounding-{show}"' in html and "<caption>" in html and "evidence/soundings.json" in html and "invoke rebuild" in html
    assert ("<svg" in html) == (show in ("deep", "deep-application"))


def test_every_row_of_the_list_is_there_with_its_figure_of_2016(fleet):
    drawn = deep.draw(some_soundings(), fleet)
    rows = drawn.chart.y.categories
    for row in latency_list.LIST:
        at = next(i for i, name in enumerate(rows) if name.startswith(f"{row.title}\n"))
        assert (row.talk_ns, at) in series(drawn, deep.THEN)
    assert len(series(drawn, deep.THEN)) == len(latency_list.LIST)


def test_what_was_not_measured_has_no_mark_and_says_so(fleet):
    drawn = deep.draw(some_soundings(deep_l1=None), fleet)
    names = drawn.chart.y.categories
    silent = [i for i, name in enumerate(names) if "not measured here" in name]
    assert [names[i].split("\n")[0] for i in silent] == [
        row.title for row in latency_list.LIST if row.sounding in ABSENT or row.sounding == "deep-l1"
    ]  # fmt: skip
    assert not [at for _, at in series(drawn, deep.HERE) if at in silent]
    assert next(row for row in drawn.table.rows if row[0] == "L1 cache reference")[2:4] == ("not measured", "of this processor")


def test_the_zone_of_tricks_is_what_pythons_rows_took(fleet):
    (zone,) = [mark for mark in deep.draw(some_soundings(), fleet).chart.marks if type(mark).__name__ == "Band"]
    assert (zone.low, zone.high) == (12.0, 60.0)
    (wider,) = [mark for mark in deep.draw(some_soundings(deep_python_call=99.0), fleet).chart.marks if type(mark).__name__ == "Band"]
    assert wider.high == 99.0


def test_requests_are_where_the_records_have_them(committed):
    drawn = deep.draw(some_soundings(), committed)
    for slug in deep.RESTS_ON:
        rounds = committed.dive(slug).arm("headline", "wrecked").rounds
        database_ms = sorted(each.layers_ms["postgres"] for each in rounds)[len(rounds) // 2]
        at = next(i for i, name in enumerate(drawn.chart.y.categories) if committed.dive(slug).wreck.title in name)
        assert (pytest.approx(database_ms * 1e6), at) in series(drawn, deep.DATABASE)
        assert at in [row for _, row in series(drawn, deep.PYTHON)]
    assert "for its database" in drawn.title


def test_without_records_there_is_the_list_alone(fleet):
    drawn = deep.draw(some_soundings(), fleet)
    assert "for its database" not in drawn.title and not [name for name in drawn.chart.y.categories if "request" in name]


def test_a_request_without_probes_is_in_no_place(committed):
    arm = committed.dive("truculent-query").arm("headline", "wrecked")
    blind = arm.model_copy(update={"rounds": [each.model_copy(update={"layers_ms": {}}) for each in arm.rounds]})
    assert deep.spent_ns(blind) == {} and deep.spent_ns(arm)[deep.DATABASE] > 0


def test_no_two_series_of_a_chart_look_alike_without_colour():
    from scenarios.publish.charts import palette

    for looks in (deep.LOOKS.values(), [(role, variant) for role, variant, _ in deep_application.GROUPS.values()]):
        markers = [palette.marker(role, variant) for role, variant in looks]
        assert len(set(markers)) == len(markers)


def test_names_fit_a_phone(committed):
    for draw in (deep.draw, deep_application.draw):
        chart = draw(some_soundings(), committed).chart
        # The made-up rows' own titles are not the point here.
        lines = [line for name in chart.y.categories for line in name.split("\n") if "The row" not in line]
        assert max(map(len, lines)) <= LINE_CHARACTERS, max(lines, key=len)


def test_every_mark_is_within_the_picture(committed):
    chart = deep.draw(some_soundings(), committed).chart
    layout = lay_out(chart)
    places = [layout.x_percent(value) for mark in chart.marks for value in reach(mark, "x")]
    assert places and 0 <= min(places) and max(places) <= 100


def test_the_title_counts_look_ups(fleet):
    assert "4,000 look-ups" in deep_application.draw(some_soundings(), fleet).title
    assert "40,000 look-ups" in deep_application.draw(some_soundings(deep_select_1=800_000.0), fleet).title


def test_steps_are_factors_and_need_both_ends(fleet):
    rows = deep_order.draw(some_soundings(), fleet).table.rows
    assert rows[0] == ("CPU to memory", "100×", "83×")
    assert [row[2] for row in rows[2:]] == ["not measured"] * 3
    assert deep_order.draw(some_soundings(deep_l1=None), fleet).table.rows[0][2] == "not measured"


def test_a_page_is_reckoned_by_its_statements(committed):
    sank, indexed = deep_reckoned.draw(some_soundings(), committed).table.rows
    record = committed.dive("highly-selective").record.experiments["one-page"].arms
    assert float(sank[1]) + float(sank[2]) == record["wrecked"].rounds[0].statements_per_request
    assert indexed[1] == "0" and float(indexed[2]) == record["indexed"].rounds[0].statements_per_request
    # 51 that read all the rolls at 40 ms, 55 others at 0.35 ms.
    scans, others = float(sank[1]), float(sank[2])
    assert sank[3] == deep.text(scans * 40e6 + others * 350e3, 2) and sank[4] == deep.text(record["wrecked"].rounds[0].latency_ms.p50 * 1e6)


def test_without_the_record_or_a_row_nothing_is_reckoned(committed, fleet):
    for drawn in (deep_reckoned.draw(some_soundings(), fleet), deep_reckoned.draw(some_soundings(deep_scan=None), committed)):
        assert drawn.table.rows[0][1:] == ("–",) * 4 and "took" not in drawn.title


def test_the_sum_adds_up_without_a_script(committed):
    html = deep_reckoned.draw(some_soundings(), committed).html
    terms = re.findall(r'<tr data-ns="([^"]+)">.*?value="(\d+)" readonly', html)
    assert len(terms) == len(deep_reckoned.TERMS) + 1 and [count for _, count in terms].count("0") == 4
    assert f"<output>{deep.text(sum(float(ns) * int(count) for ns, count in terms), 2)}</output>" in html


def test_a_row_that_was_not_measured_is_no_term(fleet):
    html = deep_reckoned.draw(some_soundings(deep_commit=None), fleet).html
    assert html.count("data-ns") == len(deep_reckoned.TERMS) and "<output>–</output>" in html


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("soundings: logbook:l1", "1\u00a0ns"), ("soundings: logbook:ssd-random", "16\u00a0µs"),
        ("soundings: logbook:wan / l1", "150,000,000 times"),
        ("soundings: logbook:seek | us", "3,000\u00a0µs"), ("soundings: logbook:seek | bare", "3"),
        ("soundings: deep-select-1 / deep-python-lookup | bare", "4,000"),
    ],
)  # fmt: skip
def test_tokens(project, token, said):
    keep(project.site_data, some_soundings())
    assert f">{said}<" in page(project, f"{{{{ {token} }}}}")


def test_the_talks_figures_need_no_measurement(project):
    assert re.search(r'class="wreck-logbook"[^>]*>1\xa0ns<', page(project, "{{ soundings: logbook:l1 }}"))


@pytest.mark.parametrize("token", ["soundings: logbook:l2", "soundings: logbook:wan / l2", "soundings: logbook:wan / l1 / l1"])
def test_a_row_that_is_none_stops_the_build(project, token):
    with pytest.raises(UsageError, match="l1"):
        page(project, f"{{{{ {token} }}}}")


def test_words_of_the_evidence_stay_words(project):
    found = some_soundings()
    evil = found.soundings["deep-memory-1mb"].model_copy(update={"title": "<script>alert(1)</script>", "how": "<b>how</b>"})
    keep(project.site_data, found.model_copy(update={"soundings": {**found.soundings, "deep-memory-1mb": evil}}))
    html = page(project, FENCE.format("deep"))
    assert "<script>alert" not in html and "<b>how" not in html and "&lt;script&gt;" in html


def test_the_live_picture_has_the_zone_too(project):
    keep(project.site_data, some_soundings())
    project.write("deep.md", "# Deep\n\n" + FENCE.format("deep"))
    project.build()
    (figure,) = (project.site / "exhibits").glob("sounding-deep-*.json")
    layout = json.loads(figure.read_text(encoding="utf-8"))["layout"]
    (zone,) = [shape for shape in layout["shapes"] if shape["type"] == "rect"]
    assert (zone["x0"], zone["x1"], zone["name"]) == (12, 60, "where Python's tricks live")
