"""A chart as a live plotly figure: the same marks, ticks and words as the still drawing.

Colours are written as the palette's CSS custom properties; the page's script puts in the values that the
reader's palette gives them, and does so again when it changes.
"""

from __future__ import annotations

import json
from html import escape

from scenarios.publish import units
from scenarios.publish.characters import visible
from scenarios.publish.charts import palette, point_words, upright_words
from scenarios.publish.charts.chart import Area, Axis, Band, Bars, Chart, Heat, Line, Points, Rule
from scenarios.publish.charts.layout import LINE_PX, Layout, bar_spans, lay_out
from scenarios.publish.charts.scales import Scale

ROW_SHIFT, ROW_THICKNESS = 0.25, 0.4
"""In a chart of named rows each name stands above its bar, as in the still drawing: beside it, it would take half a phone's width."""

CONFIG = {"displaylogo": False, "responsive": True, "showSendToCloud": False, "plotlyServerURL": "", "topojsonURL": ""}


def to_json(chart: Chart) -> str:
    """Return ``{"data", "layout", "config"}`` as compact, deterministic JSON."""
    document = figure(chart) | {"config": CONFIG}
    return json.dumps(_rounded(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n"


def figure(chart: Chart) -> dict:
    """Return ``{"data", "layout"}`` of plotly's schema, to which the tests hold it: plotly for Python takes a second to be loaded."""
    layout, spans = lay_out(chart), bar_spans(chart)
    shapes = [_rule(m) for m in chart.marks if isinstance(m, Rule)] + [_band(m) for m in chart.marks if isinstance(m, Band)]
    words = [_rule_word(m, chart, layout.words.get(i)) for i, m in enumerate(chart.marks) if isinstance(m, Rule) and m.label]
    words += _row_names(chart)
    return {"data": _traces(chart, spans, layout), "layout": _layout(chart, layout, shapes, words)}


def _traces(chart: Chart, spans: dict[int, list[tuple[float, float]]], layout: Layout) -> list[dict]:
    traces, sides = [], point_words.placed(chart, layout)
    for index, mark in enumerate(chart.marks):
        match mark:
            case Bars():
                traces.append(_bars(mark, spans[index], chart))
            case Line():
                traces.append(_line(mark, chart))
            case Points():
                traces.append(_points(mark, chart, [sides.get((index, i)) for i in range(len(mark.labels))]))
            case Area():
                traces.append(_area(mark))
            case Heat():
                traces.append(_heat(mark))
    return traces


def _layout(chart: Chart, layout: Layout, shapes: list, words: list) -> dict:
    named = {m.name for m in chart.series() if not isinstance(m, Heat)}
    above_px = LINE_PX * upright_words.rows(layout.words)
    return {
        "height": round(layout.height_px) + (60 if len(named) > 1 else 20),
        "margin": {"l": 8, "r": round(layout.right_px), "t": 12 + above_px, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": palette.colour("ink"), "size": 13},
        "hoverlabel": {"bgcolor": palette.colour("paper"), "font": {"color": palette.colour("ink")}},
        "barmode": "overlay",
        "bargap": 0.2,
        "showlegend": len(named) > 1,
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02 + above_px / layout.plot_px, "x": 0},
        "xaxis": _axis(chart.x, layout.x),
        "yaxis": _axis(chart.y, layout.y) | ({"autorange": "reversed", "showticklabels": False} if chart.y.scale == "category" else {}),
        "dragmode": "zoom",
        "hovermode": "closest",
        **({"shapes": shapes} if shapes else {}),
        **({"annotations": words} if words else {}),
    }


def _row_names(chart: Chart) -> list[dict]:
    """Return the names of the rows of a chart that has such."""
    if chart.y.scale != "category":
        return []
    top = ROW_SHIFT - ROW_THICKNESS / 2
    place = {"xref": "paper", "x": 0, "xanchor": "left", "align": "left", "yref": "y", "yanchor": "bottom"}
    place |= {"showarrow": False, "bgcolor": palette.colour("paper"), "borderpad": 0}
    return [place | {"y": row + top, "text": _words(name)} for row, name in enumerate(chart.y.categories)]


def _rows(places, chart: Chart) -> list[float]:
    """Return vertical places, moved down beneath their names where the rows have names."""
    return [at + ROW_SHIFT for at in places] if chart.y.scale == "category" else list(places)


def _axis(axis: Axis, scale: Scale) -> dict:
    values = [v for v, _ in scale.ticks]
    described = {
        "title": {"text": axis.label} if axis.label else None,
        "tickmode": "array",
        "tickvals": values,
        "ticktext": [_words(t) for _, t in scale.ticks],
        "automargin": True,
        "zeroline": False,
        "gridcolor": palette.colour("grid"),
        "linecolor": palette.colour("grid"),
        "showgrid": axis.scale != "category",
    }
    if axis.scale == "log":
        import math

        described |= {"type": "log", "range": [math.log10(scale.low), math.log10(scale.high)]}
    else:
        described |= {"type": "linear", "range": [scale.low, scale.high]}
    return {k: v for k, v in described.items() if v is not None}


def _words(text: str) -> str:
    """Return text as plotly shows it, which reads a little HTML: what comes from evidence stays text."""
    return escape(visible(text), quote=False).replace("\n", "<br>")


def _bars(mark: Bars, spans, chart: Chart) -> dict:
    along, across = ("x", "y") if mark.horizontal else ("y", "x")
    trace = {
        "type": "bar",
        "name": _words(mark.name),
        "orientation": "h" if mark.horizontal else "v",
        across: _rows(mark.at, chart) if mark.horizontal else list(mark.at),
        along: [end - start for start, end in spans],
        "base": [start for start, _ in spans],
        "width": mark.thickness / 0.8 * ROW_THICKNESS if mark.horizontal else mark.thickness,
        "marker": {
            "color": palette.colour(mark.role),
            "pattern": {
                "shape": palette.LOOKS[mark.role].hatch,
                "fgcolor": palette.colour("paper"),
                "fgopacity": 0.6,
                "fillmode": "overlay",
                "size": 6,
            },
        },
        "hovertext": _hover(mark.name, mark.at, mark.length, mark.notes or mark.labels, chart.y if mark.horizontal else chart.x, chart.x),
        "hoverinfo": "text",
    }
    if mark.low:
        trace[f"error_{along}"] = _interval(mark, [end for _, end in spans])
    return {k: v for k, v in trace.items() if v is not None}


def _interval(mark: Bars, ends: list[float]) -> dict:
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - end for high, end in zip(mark.high, ends, strict=True)],
        "arrayminus": [end - low for low, end in zip(mark.low, ends, strict=True)],
        "color": palette.colour("ink"),
        "thickness": 1.5,
    }


def _line(mark: Line, chart: Chart) -> dict:
    dash = palette.dash(mark.role, mark.variant)
    trace = {
        "type": "scatter",
        "mode": "lines+markers" if mark.markers else "lines",
        "name": _words(mark.name),
        "x": list(mark.x),
        "y": _rows(mark.y, chart),
        "line": {"color": palette.colour(mark.role), "width": 1 if mark.thin else 2, "dash": _px(dash)},
        "marker": {"symbol": palette.marker(mark.role, mark.variant), "size": 9, "color": palette.colour(mark.role)},
        "hovertext": _hover(mark.name, mark.x, mark.y, (), chart.x, chart.y),
        "hoverinfo": "text",
    }
    if mark.thin:
        trace |= {"showlegend": False, "hoverinfo": "skip"}
    return trace


def _hover(name: str, places, values, notes, place_axis: Axis, value_axis: Axis) -> list[str]:
    """Return what is said of each mark that is pointed at: its name, its place, and its note or value."""
    said = notes or [units.text(v, value_axis.unit) if value_axis.scale != "category" else "" for v in values]
    return [_words("\n".join(p for p in (name, _place(at, place_axis), note) if p)) for at, note in zip(places, said, strict=True)]


def _place(at: float, axis: Axis) -> str:
    if axis.scale == "category":
        return axis.categories[round(at)]
    return f"{axis.label}: {units.text(at, axis.unit)}"


def _px(dash: str) -> str:
    return ",".join(f"{d}px" for d in dash.split(",")) if dash else "solid"


def _points(mark: Points, chart: Chart, sides: list[point_words.Side | None]) -> dict:
    colour = palette.colour(mark.role)
    trace = {
        "type": "scatter",
        "mode": "markers+text" if mark.labels else "markers",
        "name": _words(mark.name),
        "x": list(mark.x),
        "y": _rows(mark.y, chart),
        "marker": {
            "symbol": palette.marker(mark.role, mark.variant),
            "size": 5 if mark.small else 9,
            "color": colour,
            "line": {"color": palette.colour("paper"), "width": 0.7},
        },
        "text": [_words(t) for t in mark.labels] or None,
        "textposition": [(side or point_words.RIGHT).plotly for side in sides] or None,
        "hovertext": _hover(mark.name, mark.x, mark.y, mark.notes, chart.x, chart.y),
        "hoverinfo": "text",
        "customdata": list(mark.links) if any(mark.links) else None,
    }
    if mark.small:
        trace["showlegend"] = False
    return {k: v for k, v in trace.items() if v is not None}


def _area(mark: Area) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _words(mark.name),
        "x": list(mark.x),
        "y": list(mark.y),
        "stackgroup": "one",
        "line": {"color": palette.colour(mark.role), "width": 1},
        "fillcolor": palette.colour(mark.role),
    }


def _heat(mark: Heat) -> dict:
    return {
        "type": "heatmap",
        "name": _words(mark.name),
        "x": list(mark.x_edges),
        "y": list(mark.y_edges),
        "z": [list(row) for row in mark.counts],
        "colorscale": [[0, palette.colour("paper")], [1, palette.colour(mark.role)]],
        "showscale": False,
    }


def _rule(mark: Rule) -> dict:
    other = "y" if mark.axis == "x" else "x"
    return {
        "type": "line",
        f"{mark.axis}0": mark.value,
        f"{mark.axis}1": mark.value,
        f"{other}0": 0,
        f"{other}1": 1,
        f"{other}ref": "paper",
        "line": {"color": palette.colour(mark.role), "width": 1.5, "dash": _px(palette.dash(mark.role))},
    }


def _band(mark: Band) -> dict:
    return {
        "type": "rect",
        "name": _words(mark.name),
        "showlegend": True,
        "layer": "below",
        "x0": mark.low,
        "x1": mark.high,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "fillcolor": palette.colour(mark.role),
        "opacity": 0.3,
        "line": {"color": palette.colour(mark.role), "width": 1},
    }


def _rule_word(mark: Rule, chart: Chart, above: upright_words.Word | None) -> dict:
    import math

    axis = chart.x if mark.axis == "x" else chart.y
    value = math.log10(mark.value) if axis.scale == "log" else mark.value
    if above is not None:
        side = {"start": "left", "middle": "center", "end": "right"}[above.anchor]
        place = {"x": value, "y": 1, "yref": "paper", "yshift": LINE_PX * above.row, "xanchor": side, "yanchor": "bottom"}
        return place | {"text": _words(mark.label), "showarrow": False}
    place = {"x": value, "y": 0, "yref": "paper"} if mark.axis == "x" else {"x": 1, "y": value, "xref": "paper"}
    return place | {"text": _words(mark.label), "showarrow": False, "xanchor": "right" if mark.axis == "y" else "left", "yanchor": "bottom"}


def _rounded(value):
    if isinstance(value, float):
        short = float(f"{value:.6g}")
        return int(short) if short.is_integer() and abs(short) < 1e15 else short
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    return value
