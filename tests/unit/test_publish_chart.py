"""One description, two drawings: the still picture and the live figure show the same marks at the same values."""

from __future__ import annotations

import itertools
import math
import re
import xml.etree.ElementTree as etree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.publish.charts import palette, plotly_figure, svg
from scenarios.publish.charts.chart import Area, Axis, Bars, Chart, Heat, Line, Points, Rule
from scenarios.publish.charts.layout import lay_out
from tests.live_figures import taken

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = ["</svg><script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "&amp;&lt;", "]]>", "a\u202eb", "{{ x }}", "-->"]
VALUE = st.floats(min_value=0.01, max_value=1e7)
ROLE = st.sampled_from(["wrecked", "fix", "salvaged", "suspect", "postgres", "sqlalchemy"])


def drawn(chart: Chart) -> etree.Element:
    """Return the still picture, proven to be XML without a NaN in it."""
    text = svg.draw(chart, "x")
    assert "nan" not in text.lower().replace("nano", "") and "inf" not in re.sub(r">[^<]*<", "><", text).lower()
    return etree.fromstring(text)


def live(chart: Chart) -> dict:
    return taken(plotly_figure.to_json(chart))


def group(root: etree.Element, name: str) -> list[etree.Element]:
    return [e for g in root.iter(f"{SVG}g") if g.get("class") == name for e in g]


def percent(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1])


@st.composite
def points_chart(draw):
    n = draw(st.integers(min_value=1, max_value=20))
    x, y = (tuple(draw(st.lists(VALUE, min_size=n, max_size=n))) for _ in "xy")
    scale_x, scale_y = (draw(st.sampled_from(["linear", "log"])) for _ in "xy")
    mark = Points("points", draw(ROLE), x, y, draw(st.integers(0, 5)))
    return Chart("Title", "Words", Axis("across", "s", scale_x), Axis("up", "ms", scale_y), (mark,))


@given(points_chart())
@settings(max_examples=60, deadline=None)
def test_points_lie_where_both_drawings_say(chart):
    mark, layout = chart.marks[0], lay_out(chart)
    dots = group(drawn(chart), "dots")
    trace = live(chart)["data"][0]
    assert len(dots) == len(mark.x) == len(trace["x"])
    for dot, x, y, live_x, live_y in zip(dots, mark.x, mark.y, trace["x"], trace["y"], strict=True):
        assert percent(dot.get("cx") or dot.get("x")) == pytest.approx(layout.x_percent(x), abs=0.006)
        assert float(dot.get("cy") or dot.get("y")) == pytest.approx(layout.y_px(y), abs=0.006)
        assert 0 <= layout.x.share(x) <= 1 and 0 <= layout.y.share(y) <= 1
        assert (live_x, live_y) == pytest.approx((x, y), rel=1e-5)


@given(st.lists(st.lists(VALUE, min_size=3, max_size=3), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_stacked_bars_reach_their_sums(rows):
    roles = ("flask", "template", "sqlalchemy", "postgres")
    marks = tuple(Bars(role, role, (0.0, 1.0, 2.0), tuple(row)) for role, row in zip(roles, rows, strict=False))
    chart = Chart("T", "W", Axis("time", "ms"), Axis("", scale="category", categories=("a", "b", "c")), marks)
    layout, data = lay_out(chart), live(chart)["data"]
    rects = group(drawn(chart), "bars")
    assert len(rects) == 3 * len(rows)
    for at in range(3):
        total = sum(row[at] for row in rows)
        last = rects[-3 + at]
        assert percent(last.get("x")) + percent(last.get("width")) == pytest.approx(layout.x_percent(total), abs=0.02)
        assert data[-1]["base"][at] + data[-1]["x"][at] == pytest.approx(total, rel=1e-4)


def test_bars_on_a_log_axis_start_at_one_and_carry_their_interval():
    bars = Bars("a", "fix", (0.0, 1.0), (4.0, -0.5), (1.0, 1.0), low=(4.0, 0.4), high=(6.0, 0.6))
    chart = Chart(
        "T", "W", Axis("ratio", "times", "log"), Axis("", scale="category", categories=("up", "down")), (bars, Rule("x", 1.0, "as it sank"))
    )
    up, down = group(drawn(chart), "bars")
    layout, trace = lay_out(chart), live(chart)["data"][0]
    assert percent(up.get("x")) == pytest.approx(layout.x_percent(1), abs=0.01)
    assert percent(up.get("width")) == pytest.approx(layout.x_percent(5) - layout.x_percent(1), abs=0.02)
    assert percent(down.get("x")) == pytest.approx(layout.x_percent(0.5), abs=0.01)
    assert [b + x for b, x in zip(trace["base"], trace["x"], strict=True)] == [5, 0.5]
    assert trace["error_x"]["array"] == [1, pytest.approx(0.1)] and trace["error_x"]["arrayminus"] == [1, pytest.approx(0.1)]


def everything() -> Chart:
    """A chart with every kind of mark."""
    marks = (
        Line("line", "wrecked", (1.0, 2.0), (3.0, 4.0), markers=True, label="end"),
        Line("guide", "muted", (0.0, 9.0), (0.0, 9.0), thin=True),
        Points("dots", "suspect", (1.0,), (2.0,), notes=("note",), links=("ab12",), labels=("A",)),
        Area("area", "postgres", (1.0, 2.0), (1.0, 1.0)),
        Area("more", "flask", (1.0, 2.0), (1.0, 2.0)),
        Heat("heat", "fix", (0.0, 1.0, 2.0), (0.0, 1.0), ((3, 0),)),
        Bars("bars", "nginx", (1.0, 2.0), (2.0, 3.0), horizontal=False, labels=("two", "three")),
        Rule("y", 2.0, "limit"),
        Rule("x", 1.5, "event"),
    )
    return Chart("T", "W", Axis("across", "s"), Axis("up", "ms"), marks)


def test_every_kind_of_mark_is_drawn_by_both():
    root, figure = drawn(everything()), live(everything())
    assert len(group(root, "dots")) == 3 and len(group(root, "bars")) == 2 and len(group(root, "heat")) == 1
    assert len(list(root.iter(f"{SVG}polyline"))) == 2 and len(list(root.iter(f"{SVG}polygon"))) == 2
    assert [t["type"] for t in figure["data"]] == ["scatter"] * 5 + ["heatmap", "bar"]
    assert len(figure["layout"]["shapes"]) == len(figure["layout"]["annotations"]) == 2
    assert figure["data"][2]["customdata"] == ["ab12"]


def test_both_axes_have_the_same_ticks_in_both():
    chart = everything()
    words = {t.text for t in drawn(chart).iter(f"{SVG}text")}
    figure = live(chart)["layout"]
    assert {*figure["xaxis"]["ticktext"], *figure["yaxis"]["ticktext"]} <= words


def test_no_colour_but_the_palettes():
    text = svg.draw(everything(), "x") + svg.legend(everything(), "x") + plotly_figure.to_json(everything())
    assert not re.search(r"#[0-9a-f]{6}\b", text)
    assert set(re.findall(r"var\(--wreck-([a-z]+)\)", text)) <= set(palette.LOOKS)
    assert '"template"' not in text


def test_the_picture_has_a_name_and_is_the_same_each_time():
    root = drawn(everything())
    assert root.get("role") == "img"
    ids = {e.get("id"): e for e in root.iter() if e.get("id")}
    assert [ids[i].text for i in root.get("aria-labelledby").split()] == ["T", "W"]
    assert svg.draw(everything(), "x") == svg.draw(everything(), "x")


@pytest.mark.parametrize("text", HOSTILE)
def test_words_from_evidence_stay_words(text):
    marks = (
        Points(text, "fix", (1.0,), (1.0,), notes=(text,), labels=(text,)),
        Line(text, "wrecked", (0.0, 1.0), (0.0, 1.0), label=text),
        Bars(text, "nginx", (0.0,), (1.0,), labels=(text,)),
        Rule("x", 0.5, text),
    )
    chart = Chart(text, text, Axis(text, "ms"), Axis(text, scale="category", categories=(text, "b")), marks)
    root = drawn(chart)
    assert {e.tag for e in root.iter()} <= {
        f"{SVG}{t}" for t in "svg title desc defs pattern rect path g line text circle use polyline".split()
    }
    assert root.find(f"{SVG}title").text == text
    etree.fromstring(f"<div>{svg.legend(chart, 'x')}</div>")
    figure = live(chart)
    # Plotly reads a little HTML in its texts: none may come from evidence.
    said = [figure["data"][0]["name"], *figure["data"][0]["hovertext"], *figure["layout"]["yaxis"]["ticktext"]]
    assert not [s for s in said if re.search(r"<(?!br>)", s)]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_cannot_be_drawn_is_refused(bad):
    with pytest.raises(ValueError, match="Points"):
        Chart("T", "W", Axis("x"), Axis("y"), (Points("p", "fix", (1.0,), (bad,)),))
    with pytest.raises(ValueError, match="lengths"):
        Chart("T", "W", Axis("x"), Axis("y"), (Points("p", "fix", (1.0, 2.0), (1.0,)),))


# --- the palette -----------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("side", ["light", "dark"])
def test_roles_stand_out_from_the_page(side):
    paper = getattr(palette.LOOKS["paper"], side)
    for role, look in palette.LOOKS.items():
        if role not in ("paper", "grid"):
            # Words need more than marks do (WCAG 1.4.3 and 1.4.11).
            least = 4.5 if role in ("ink", "muted", "accent", "wrecked", "suspect", "fix", "salvaged") else 3.0
            assert contrast(getattr(look, side), paper) >= least, role


def test_roles_differ_by_more_than_colour():
    layers = ("nginx", "gunicorn", "flask", "template", "sqlalchemy", "fetch", "postgres")
    assert len({palette.LOOKS[r].hatch for r in layers}) == len(layers)
    arms = ("wrecked", "suspect", "fix", "salvaged")
    for look in ("marker", "dash", "hatch"):
        assert len({getattr(palette.LOOKS[r], look) for r in arms}) == len(arms)
    for role, (a, b) in itertools.product(arms, itertools.combinations(range(4), 2)):
        assert (palette.marker(role, a), palette.dash(role, a)) != (palette.marker(role, b), palette.dash(role, b))
