"""A chart as still SVG: inline, of fluid width, deterministic, coloured by the page's palette.

Colours are CSS custom properties, so the one drawing serves both palettes and print. Needs no browser.
This module draws the frame, its axes and the key; ``svg_marks.py`` draws what stands within.
"""

from __future__ import annotations

from html import escape

from scenarios.publish.charts import arm_marks, palette, svg_marks
from scenarios.publish.charts.chart import Area, Band, Bars, Chart, Heat, Line, Points
from scenarios.publish.charts.ink import HATCHES, MARKERS, dash, fill, n
from scenarios.publish.charts.layout import LINE_PX, Layout, lay_out


def draw(chart: Chart, ident: str, small: Layout | None = None) -> str:
    """Return ``chart`` as one ``<svg>`` element whose ids begin with ``ident``; laid out as ``small``, its axes say nothing."""
    layout = small or lay_out(chart)
    side = f"{n(layout.left_px)}px"
    style = f"margin:{n(layout.top_px)}px {n(layout.right_px)}px {n(layout.bottom_px)}px {side}"
    style += f";width:calc(100% - {n(layout.left_px + layout.right_px)}px);height:{n(layout.plot_px)}px"
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" class="exhibit-svg"'
        f' role="img" aria-labelledby="{ident}-t {ident}-d"'
        f' height="{n(layout.plot_px)}" style="{style}">',
        f'<title id="{ident}-t">{escape(chart.title)}</title><desc id="{ident}-d">{escape(chart.alt)}</desc>',
        _defs(chart, ident),
        "" if small else _grid(chart, layout),
        *svg_marks.draw(chart, layout, ident),
        "" if small else arm_marks.row_bands(chart, layout),
        "" if small else _words(chart, layout),
        "</svg>",
    ]
    return "".join(p for p in parts if p)


def legend(chart: Chart, ident: str) -> str:
    """Return the key to the chart as an HTML list; "" where there is but one series."""
    seen: dict[tuple[str, str], str] = {}
    for mark in chart.series():
        if not isinstance(mark, Heat) and not getattr(mark, "small", False):
            seen.setdefault((mark.name, mark.role), _swatch(mark, ident))
    if len(seen) < 2:
        return ""
    items = "".join(f"<li{arm_marks.attribute(chart, name)}>{swatch}{escape(name)}</li>" for (name, _), swatch in seen.items())
    return f'<ul class="exhibit-legend">{items}</ul>'


def _swatch(mark, ident: str) -> str:
    colour = palette.colour(mark.role)
    if isinstance(mark, Bars | Area):
        inner = f'<rect width="22" height="12" fill="{fill(mark.role, ident)}"/>'
    elif isinstance(mark, Band):
        inner = f'<rect x=".5" y=".5" width="21" height="11" fill="{colour}" fill-opacity=".14" stroke="{colour}"/>'
    else:
        inner = ""
        if isinstance(mark, Line):
            inner = f'<line x2="22" y1="6" y2="6" stroke="{colour}" stroke-width="2"{dash(mark.role, mark.variant)}/>'
        if isinstance(mark, Points) or mark.markers:
            shape = MARKERS.get(palette.marker(mark.role, mark.variant), "M-4 0a4 4 0 108 0a4 4 0 10-8 0")
            inner += f'<path transform="translate(11 6)" d="{shape}" fill="{colour}" stroke="{colour}"/>'
    return f'<svg width="22" height="12" aria-hidden="true">{inner}</svg> '


# --- what the marks refer to ---------------------------------------------------------------------


def _defs(chart: Chart, ident: str) -> str:
    hatched = {m.role for m in chart.marks if isinstance(m, Bars) and palette.LOOKS[m.role].hatch}
    shapes = {palette.marker(m.role, m.variant) for m in chart.marks if isinstance(m, Points) or getattr(m, "markers", False)}
    parts = [
        f'<pattern id="{ident}-{role}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<rect width="6" height="6" fill="{palette.colour(role)}"/>'
        f'<path d="{HATCHES[palette.LOOKS[role].hatch]}" stroke="{palette.colour("paper")}" stroke-opacity=".6" fill="none"/></pattern>'
        for role in sorted(hatched)
    ]
    parts += [f'<path id="{ident}-m-{shape}" d="{MARKERS[shape]}"/>' for shape in sorted(shapes) if shape in MARKERS]
    return f"<defs>{''.join(parts)}</defs>" if parts else ""


# --- axes ------------------------------------------------------------------------------------------


def _grid(chart: Chart, layout: Layout) -> str:
    lines = []
    if chart.x.scale != "category":
        places = (f"{n(layout.x_percent(v))}%" for v, _ in layout.x.ticks)
        lines = [f'<line x1="{at}" x2="{at}" y2="{n(layout.plot_px)}"/>' for at in places]
    if chart.y.scale != "category":
        lines += [f'<line x2="100%" y1="{at}" y2="{at}"/>' for at in (n(layout.y_px(v)) for v, _ in layout.y.ticks)]
    return f'<g class="grid" stroke="{palette.colour("grid")}">{"".join(lines)}</g>'


def _words(chart: Chart, layout: Layout) -> str:
    """Return the words of both axes. They are drawn after the marks: a row's name stands across a guide line, not under it."""
    height = layout.plot_px
    words = [
        f'<text x="{n(layout.x_percent(value))}%" y="{n(height + 18 + LINE_PX * i)}">{escape(line)}</text>'
        for value, text in layout.x.ticks
        for i, line in enumerate(text.split("\n"))
    ]
    names = []
    for value, text in layout.y.ticks:
        if chart.y.scale == "category":
            top = value * layout.slot_px + 14
            names += [f'<text y="{n(top + LINE_PX * i)}">{escape(line)}</text>' for i, line in enumerate(text.split("\n"))]
        else:
            names.append(f'<text x="-7" y="{n(layout.y_px(value))}" dy="4">{escape(text)}</text>')
    anchor = "start" if chart.y.scale == "category" else "end"
    labels = ""
    if chart.x.label:
        labels += f'<text class="l" x="100%" y="{n(height + layout.bottom_px - 8)}" text-anchor="end">{escape(chart.x.label)}</text>'
    if chart.y.label and chart.y.scale != "category":
        labels += f'<text class="l" x="{n(-layout.left_px + 2)}" y="{n(15 - layout.top_px)}">{escape(chart.y.label)}</text>'
    return f'<g text-anchor="middle">{"".join(words)}</g><g text-anchor="{anchor}">{"".join(names)}</g>{labels}'
