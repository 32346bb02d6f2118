"""The front page's own fences: small pictures, the way through the site, and where the notices stand."""

from __future__ import annotations

import re
import shutil
import threading
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree

import pytest

from scenarios.errors import EvidenceError, UsageError
from scenarios.publish.charts.chart import Axis, Bars, Chart, Line, Points, Rule
from scenarios.publish.dive import Fleet
from scenarios.publish.prose import card
from scenarios.publish.serve import server
from scenarios.publish.traces.spans import read_spans

LADDER = "```card\nwreck: paper-boat\nkind: ladder\nsays: Each bar <an arm>.\n```"


def front(project) -> str:
    text = (project.site / "index.html").read_text(encoding="utf-8")
    return re.search(r"<article[^>]*>(.*?)</article>", text, re.DOTALL)[1]


def test_a_card_is_a_picture_of_the_evidence_without_its_words(project):
    project.write("index.md", f"# Front\n\n{LADDER}\n")
    project.build()
    text = front(project)
    figure = re.search(r'<figure class="wreck-card-picture">(.*?)</figure>', text, re.DOTALL)[1]
    drawing = ElementTree.fromstring(re.search(r"<svg.*</svg>", figure, re.DOTALL)[0])
    bars = [each for each in drawing.iter("{http://www.w3.org/2000/svg}rect") if each.get("y") and each.get("width", "").endswith("%")]
    assert len(bars) == 2  # two arms beside the wrecked one
    assert not list(drawing.iter("{http://www.w3.org/2000/svg}text"))
    assert drawing.find("{http://www.w3.org/2000/svg}desc").text
    assert "Each bar &lt;an arm&gt;." in figure


def test_a_card_changes_with_the_evidence(project):
    project.write("index.md", f"# Front\n\n{LADDER}\n")
    project.build()
    before = front(project)
    project.evidence("paper-boat", {"wrecked": 900.0, "no-sail": 450.0, "waxed": 15.0})
    project.build()
    assert front(project) != before


def test_a_request_is_a_bar_a_statement(project):
    dive = Fleet(project.site_data, project.wrecks).dive("paper-boat")
    drawn = card.render(Fleet(project.site_data, project.wrecks), "x", {"wreck": "paper-boat", "kind": "statements", "says": "Bars."})
    trace = dive.trace(dive.arm("headline", "wrecked").traces["median"])
    assert drawn.count("<rect ") == len([each for each in read_spans(trace) if each.layer == "postgres"]) > 0


def test_marks_lose_words_guides_and_rounds():
    chart = Chart(
        "t", "a", Axis("x"), Axis("y"),
        (
            Line("l", "wrecked", (0.0, 1.0), (0.0, 1.0), label="said"), Line("g", "muted", (0.0, 1.0), (0.0, 1.0), thin=True),
            Points("r", "ink", (0.0,), (0.0,), small=True), Points("p", "fix", (0.0,), (0.0,), labels=("said",)), Rule("x", 0.5, "said"),
        ),
    )  # fmt: skip
    marks = card.bare(chart).marks
    assert [getattr(mark, "name", "rule") for mark in marks] == ["l", "p", "rule"]
    assert all(not getattr(mark, "label", "") and not getattr(mark, "labels", ()) for mark in marks)


@pytest.mark.parametrize("rows", [1, 3, 12])
def test_rows_fill_a_picture_of_one_height(rows):
    names = tuple(map(str, range(rows)))
    chart = card.bare(Chart(
        "t", "a", Axis("x"), Axis("", scale="category", categories=names),
        (Bars("b", "fix", tuple(map(float, range(rows))), (1.0,) * rows),),
    ))  # fmt: skip
    layout = card.layout(chart)
    places = [layout.y_px(float(row)) for row in range(rows)]
    assert layout.plot_px == card.HEIGHT_PX
    assert places[0] == pytest.approx(card.HEIGHT_PX - places[-1])
    assert all(0 < place < card.HEIGHT_PX for place in places)


@pytest.mark.parametrize(
    "options, kind, wanted",
    [
        ({"kind": "ladder", "says": "x"}, UsageError, "'wreck: ...'"),
        ({"wreck": "paper-boat", "says": "x"}, UsageError, "'kind: ...'"),
        ({"wreck": "paper-boat", "kind": "ladder"}, UsageError, "'says: ...'"),
        ({"wreck": "paper-boat", "kind": "ladder", "says": "x", "colour": "red"}, UsageError, "'colour'"),
        ({"wreck": "paper-boat", "kind": "provenance", "says": "x"}, UsageError, "has a chart"),
        ({"wreck": "paper-boat", "kind": "statements", "says": "x", "colour": "red"}, UsageError, "'colour'"),
        ({"wreck": "paper-boat", "kind": "statements", "says": "x", "arm": "nobody"}, EvidenceError, "'nobody'"),
    ],
)
def test_a_wrong_card_says_what_is_wrong(built, options, kind, wanted):
    with pytest.raises(kind, match=re.escape(wanted)):
        card.render(Fleet(built.site_data, built.wrecks), "x", options)


@pytest.mark.parametrize(
    "fence, wanted",
    [
        ("card\nwreck: paper-boat\nkind: ladder", "says"), ("way\nall: of it", "'all'"), ("notices\nall: of it", "'all'"),
        ("more", "'says: ...'"), ("more\nsays: x\nall: of it", "'all'"),
    ],
)
def test_a_wrong_fence_stops_the_build_at_its_line(project, fence, wanted):
    project.write("index.md", f"# Front\n\nA line.\n\n```{fence}\n```\n")
    with pytest.raises(UsageError) as stopped:
        project.build()
    assert str(stopped.value).startswith("docs/index.md:5: wanted ") and wanted in str(stopped.value)


def test_the_way_names_every_page_once_in_order(project):
    project.write("method.md", "---\ntitle: How <it> is done\ndescription: In \"short\".\n---\n\n# Method\n")
    project.write("index.md", "# Front\n\n```way\n```\n")
    project.build()
    way = re.search(r'<ol class="wreck-way">.*?</ol>', front(project), re.DOTALL)[0]
    assert re.findall(r'href="([^"]+)"', way) == ["dives/paper-boat/", "dives/tin-raft/", "method/"]
    assert "How &lt;it&gt; is done" in way and "In &quot;short&quot;." in way


MORE = "Some paragraph.\n\n```more\nsays: Others <too>:\n```\n\nAnother.\n"


def test_more_wrecks_are_named_in_a_line_and_those_not_dived_say_so(project):
    shutil.rmtree(project.site_data / "tin-raft")
    project.write("dives/tin-raft.md", "---\ntitle: A <raft>\n---\n\n# Raft\n")
    project.write("index.md", f"# Front\n\n{MORE}")
    project.build()
    line = re.search(r'<p class="wreck-more">.*?</p>', front(project), re.DOTALL)[0]
    assert line.startswith('<p class="wreck-more">Others &lt;too&gt;: <a href="dives/paper-boat/">Paper boat</a> and ')
    assert line.endswith('<a href="dives/tin-raft/">A &lt;raft&gt;</a> (not yet dived).</p>')


def test_where_there_are_no_more_wrecks_there_is_no_line(project):
    for name in ("paper-boat", "tin-raft"):
        project.write(f"dives/{name}.md", f"---\norder: 1\n---\n\n# {name}\n")
    project.write("index.md", f"# Front\n\n{MORE}\n```way\n```\n")
    project.build()
    assert "Some paragraph." in front(project) and "wreck-more" not in front(project)
    assert "More wrecks" not in (project.site / "index.html").read_text(encoding="utf-8")


def test_notices_stand_where_the_page_says_but_for_what_must_be_seen_first(project):
    tokens = "{{ paper-boat: wrecked.latency_ms.p50 }} {{ tin-raft: wrecked.latency_ms.p50 }}"
    project.write("index.md", f"# Front\n\n{tokens}\n\n## Believe it\n\n```notices\n```\n")
    project.build()
    text = front(project)
    assert text.index("A trial run of tin-raft") < text.index("Believe it") < text.index("Measured on")
    assert "wreck:notices" not in text
    assert text.count("Measured on") == 1


def test_the_server_answers_a_wrong_address_with_the_sites_own_page(built):
    with server(built.site) as bound:
        threading.Thread(target=bound.serve_forever, daemon=True).start()
        with pytest.raises(urllib.error.HTTPError) as answered:
            urllib.request.urlopen(f"http://127.0.0.1:{bound.server_port}/dives/nothing/")
        assert answered.value.code == 404
        assert answered.value.read() == (built.site / "404.html").read_bytes()
        bound.shutdown()
