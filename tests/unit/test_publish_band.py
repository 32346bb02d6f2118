"""A zone across a chart: the same in the still drawing and in the live one, and behind what is drawn after it."""

from __future__ import annotations

from xml.etree import ElementTree as etree

import pytest

from scenarios.publish.charts import plotly_figure, svg
from scenarios.publish.charts.chart import Axis, Band, Chart, Points
from scenarios.publish.charts.layout import lay_out
from tests.live_figures import taken

SVG = "{http://www.w3.org/2000/svg}"


def chart(band: Band) -> Chart:
    points = Points("dots", "accent", (1.0, 1e6), (0.0, 1.0))
    return Chart("T", "W", Axis("time", "ns", "log"), Axis("", scale="category", categories=("one", "two")), (band, points))


def test_it_lies_between_its_ends_in_both_and_behind_the_points():
    made = chart(Band("zone", "suspect", 10.0, 100.0))
    layout, root = lay_out(made), etree.fromstring(svg.draw(made, "x"))
    (zone,) = [each for each in root if each.get("class") == "band"]
    assert float(zone.get("x")[:-1]) == pytest.approx(layout.x_percent(10.0), abs=0.01)
    assert float(zone.get("x")[:-1]) + float(zone.get("width")[:-1]) == pytest.approx(layout.x_percent(100.0), abs=0.02)
    order = [each.get("class") for each in root]
    assert order.index("band") < order.index("dots")
    (shape,) = taken(plotly_figure.to_json(made))["layout"]["shapes"]
    assert (shape["x0"], shape["x1"], shape["yref"], shape["layer"]) == (10, 100, "paper", "below")


def test_the_axis_reaches_as_far_as_it_does():
    assert lay_out(chart(Band("zone", "suspect", 0.01, 100.0))).x.low <= 0.01


def test_it_is_in_the_key_by_name():
    assert "zone" in svg.legend(chart(Band("zone", "suspect", 10.0, 100.0)), "x")


@pytest.mark.parametrize("end", [float("nan"), float("inf")])
def test_an_end_that_is_no_number_is_refused(end):
    with pytest.raises(ValueError, match="Band"):
        chart(Band("zone", "suspect", 1.0, end))
