"""A chart as still SVG: inline, of fluid width, deterministic, coloured by the page's palette.

Colours are CSS custom properties, so the one drawing serves both palettes and print. Needs no browser.
"""

from __future__ import annotations

import math
from html import escape

from scenarios.publish import arm_marks, palette
from scenarios.publish.chart import Area, Band, Bars, Chart, Heat, Line, Points, Rule
from scenarios.publish.layout import BAR_PX, LINE_PX, Layout, bar_spans, lay_out

_MARKERS = {
    "square": "M-4-4h8v8h-8z",
    "diamond": "M0-5.5 5.5 0 0 5.5-5.5 0z",
    "triangle-up": "M0-5.5 5.2 4-5.2 4z",
    "x": "M-4-4 4 4M-4 4 4-4",
}
HATCHES = {
    "-": "M0 1.5h6",
    "|": "M1.5 0v6",
    "/": "M-1 7 7-1M-1 1 1-1M5 7 7 5",
    "\\": "M-1-1 7 7M5-1 7 1M-1 5 1 7",
    "x": "M0 0 6 6M6 0 0 6",
    ".": "M2 2h2v2h-2z",
}


def draw(chart: Chart, ident: str, small: Layout | None = None) -> str:
    """Return ``chart`` as one ``<svg>`` element whose ids begin with ``ident``; laid out as ``small``, its axes say nothing."""
    layout = small or lay_out(chart)
    side = f"{_n(layout.left_px)}px"
    style = f"margin:{_n(layout.top_px)}px {_n(layout.right_px)}px {_n(layout.bottom_px)}px {side}"
    style += f";width:calc(100% - {_n(layout.left_px + layout.right_px)}px);height:{_n(layout.plot_px)}px"
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" class="exhibit-svg"'
        f' role="img" aria-labelledby="{ident}-t {ident}-d"'
        f' height="{_n(layout.plot_px)}" style="{style}">',
        f'<title id="{ident}-t">{escape(chart.title)}</title><desc id="{ident}-d">{escape(chart.alt)}</desc>',
        _defs(chart, ident),
        "" if small else _grid(chart, layout),
        *_marks(chart, layout, ident),
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
        inner = f'<rect width="22" height="12" fill="{_fill(mark.role, ident)}"/>'
    elif isinstance(mark, Band):
        inner = f'<rect x=".5" y=".5" width="21" height="11" fill="{colour}" fill-opacity=".14" stroke="{colour}"/>'
    else:
        inner = ""
        if isinstance(mark, Line):
            inner = f'<line x2="22" y1="6" y2="6" stroke="{colour}" stroke-width="2"{_dash(mark.role, mark.variant)}/>'
        if isinstance(mark, Points) or mark.markers:
            shape = _MARKERS.get(palette.marker(mark.role, mark.variant), "M-4 0a4 4 0 108 0a4 4 0 10-8 0")
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
    parts += [f'<path id="{ident}-m-{shape}" d="{_MARKERS[shape]}"/>' for shape in sorted(shapes) if shape in _MARKERS]
    return f"<defs>{''.join(parts)}</defs>" if parts else ""


def _fill(role: str, ident: str) -> str:
    return f"url(#{ident}-{role})" if palette.LOOKS[role].hatch else palette.colour(role)


def _dash(role: str, variant: int = 0) -> str:
    dash = palette.dash(role, variant)
    return f' stroke-dasharray="{dash}"' if dash else ""


# --- axes ------------------------------------------------------------------------------------------


def _grid(chart: Chart, layout: Layout) -> str:
    lines = []
    if chart.x.scale != "category":
        lines = [f'<line x1="{at}" x2="{at}" y2="{_n(layout.plot_px)}"/>' for at in (f"{_n(layout.x_percent(v))}%" for v, _ in layout.x.ticks)]
    if chart.y.scale != "category":
        lines += [f'<line x2="100%" y1="{at}" y2="{at}"/>' for at in (_n(layout.y_px(v)) for v, _ in layout.y.ticks)]
    return f'<g class="grid" stroke="{palette.colour("grid")}">{"".join(lines)}</g>'


def _words(chart: Chart, layout: Layout) -> str:
    """Return the words of both axes. They are drawn after the marks: a row's name stands across a guide line, not under it."""
    height = layout.plot_px
    words = [
        f'<text x="{_n(layout.x_percent(value))}%" y="{_n(height + 18 + LINE_PX * i)}">{escape(line)}</text>'
        for value, text in layout.x.ticks
        for i, line in enumerate(text.split("\n"))
    ]
    names = []
    for value, text in layout.y.ticks:
        if chart.y.scale == "category":
            top = value * layout.slot_px + 14
            names += [f'<text y="{_n(top + LINE_PX * i)}">{escape(line)}</text>' for i, line in enumerate(text.split("\n"))]
        else:
            names.append(f'<text x="-7" y="{_n(layout.y_px(value))}" dy="4">{escape(text)}</text>')
    anchor = "start" if chart.y.scale == "category" else "end"
    labels = ""
    if chart.x.label:
        labels += f'<text class="l" x="100%" y="{_n(height + layout.bottom_px - 8)}" text-anchor="end">{escape(chart.x.label)}</text>'
    if chart.y.label and chart.y.scale != "category":
        labels += f'<text class="l" x="{_n(-layout.left_px + 2)}" y="-12">{escape(chart.y.label)}</text>'
    return f'<g text-anchor="middle">{"".join(words)}</g><g text-anchor="{anchor}">{"".join(names)}</g>{labels}'


# --- marks -----------------------------------------------------------------------------------------


def _marks(chart: Chart, layout: Layout, ident: str) -> list[str]:
    spans = bar_spans(chart)
    drawn = []
    floor: dict[float, float] = {}
    for index, mark in enumerate(chart.marks):
        match mark:
            case Bars():
                drawn.append(_bars(mark, spans[index], layout, ident))
            case Line():
                drawn.append(_line(mark, layout, ident))
            case Points():
                drawn.append(_points(mark, layout, ident))
            case Area():
                drawn.append(_area(mark, layout, floor))
            case Heat():
                drawn.append(_heat(mark, layout))
            case Rule():
                drawn.append(_rule(mark, layout))
            case Band():
                drawn.append(_band(mark, layout))
        drawn[-1] = arm_marks.grouped(chart, mark, drawn[-1])
    drawn.append(_bar_labels(chart, layout))
    return drawn


def _bars(mark: Bars, spans, layout: Layout, ident: str) -> str:
    rects, whiskers = [], []
    for i, (start, end) in enumerate(spans):
        thick = BAR_PX * mark.thickness / 0.8
        if mark.horizontal:
            left, right = sorted((layout.x_percent(start), layout.x_percent(end)))
            y = layout.y_px(mark.at[i])
            rects.append(f'<rect x="{_n(left)}%" width="{_n(right - left)}%" y="{_n(y - thick / 2)}" height="{_n(thick)}"/>')
            if mark.low:
                whiskers.append(_whisker(layout.x_percent(mark.low[i]), layout.x_percent(mark.high[i]), y))
        else:
            wide = 100 * mark.thickness / (len(layout.x.axis.categories) or len(layout.x.ticks))
            top, bottom = sorted((layout.y_px(start), layout.y_px(end)))
            x = layout.x_percent(mark.at[i]) - wide / 2
            rects.append(f'<rect x="{_n(x)}%" width="{_n(wide)}%" y="{_n(top)}" height="{_n(bottom - top)}"/>')
            if mark.low:
                low, high, at = layout.y_px(mark.low[i]), layout.y_px(mark.high[i]), _n(x + wide / 2)
                whiskers.append(f'<line x1="{at}%" x2="{at}%" y1="{_n(low)}" y2="{_n(high)}"/>')
    stroke = f'<g stroke="{palette.colour("ink")}" stroke-width="1.5">{"".join(whiskers)}</g>' if whiskers else ""
    return f'<g class="bars" fill="{_fill(mark.role, ident)}">{"".join(rects)}</g>{stroke}'


def _whisker(low: float, high: float, y: float) -> str:
    ends = "".join(f'<line x1="{_n(x)}%" x2="{_n(x)}%" y1="{_n(y - 6)}" y2="{_n(y + 6)}"/>' for x in (low, high))
    return f'<line x1="{_n(low)}%" x2="{_n(high)}%" y1="{_n(y)}" y2="{_n(y)}"/>{ends}'


def _bar_labels(chart: Chart, layout: Layout) -> str:
    """Return what bars say, at the right end of their category's name (or above, for upright bars)."""
    words: dict[float, list[str]] = {}
    drawn = []
    for mark in chart.marks:
        if not isinstance(mark, Bars) or not mark.labels:
            continue
        for at, end, label in zip(mark.at, mark.length, mark.labels, strict=True):
            if mark.horizontal and label:
                words.setdefault(at, []).append(label)
            elif label:
                y = layout.y_px(end) - 6
                drawn.append(f'<text x="{_n(layout.x_percent(at))}%" y="{_n(y)}" text-anchor="middle">{escape(label)}</text>')
    for at, said in sorted(words.items()):
        y = at * layout.slot_px + layout.head_px - 7
        drawn.append(f'<text x="100%" y="{_n(y)}" text-anchor="end">{escape(" · ".join(said))}</text>')
    return f'<g class="v">{"".join(drawn)}</g>' if drawn else ""


def _line(mark: Line, layout: Layout, ident: str) -> str:
    points = [(10 * layout.x_percent(x), layout.y_px(y)) for x, y in zip(mark.x, mark.y, strict=True)]
    path = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    width = "1" if mark.thin else "2"
    drawn = (
        f"{_stretched(layout)}"
        f'<polyline points="{path}" fill="none" stroke="{palette.colour(mark.role)}" stroke-width="{width}"'
        f'{_dash(mark.role, mark.variant)} vector-effect="non-scaling-stroke"/></svg>'
    )
    if mark.markers:
        drawn += _dots(mark.x, mark.y, palette.marker(mark.role, mark.variant), mark.role, layout, ident, 4)
    if mark.label:
        x, y = points[-1]
        drawn += f'<text class="l" x="{_n(x / 10)}%" y="{_n(max(y, 12))}" dx="-4" dy="-5" text-anchor="end">{escape(mark.label)}</text>'
    return drawn


def _points(mark: Points, layout: Layout, ident: str) -> str:
    size = 2.5 if mark.small else 4
    drawn = _dots(mark.x, mark.y, palette.marker(mark.role, mark.variant), mark.role, layout, ident, size)
    words = []
    for x, y, label in zip(mark.x, mark.y, mark.labels, strict=True) if mark.labels else ():
        at = layout.x_percent(x)
        side = ' dx="-9" text-anchor="end"' if at > 70 else ' dx="9"'
        words.append(f'<text x="{_n(at)}%" y="{_n(layout.y_px(y))}" dy="4"{side}>{escape(label)}</text>')
    return drawn + "".join(words)


def _dots(xs, ys, shape: str, role: str, layout: Layout, ident: str, size: float) -> str:
    drawn = []
    for x, y in zip(xs, ys, strict=True):
        at, down = _n(layout.x_percent(x)), _n(layout.y_px(y))
        if shape in _MARKERS:
            # Not plain href: Material's instant navigation sets that on all that bear it, and here it cannot be set.
            drawn.append(f'<use xlink:href="#{ident}-m-{shape}" x="{at}%" y="{down}"/>')
        else:
            drawn.append(f'<circle cx="{at}%" cy="{down}" r="{_n(size)}"/>')
    stroke = palette.colour(role if shape == "x" else "paper")
    return (
        f'<g class="dots" fill="{palette.colour(role)}" stroke="{stroke}" stroke-width="{2 if shape == "x" else 0.7}">{"".join(drawn)}</g>'
    )


def _area(mark: Area, layout: Layout, floor: dict[float, float]) -> str:
    lower = [(x, floor.get(x, 0.0)) for x in mark.x]
    upper = [(x, below + y) for (x, below), y in zip(lower, mark.y, strict=True)]
    floor.update(upper)
    corners = [*upper, *reversed(lower)]
    path = " ".join(f"{_n(10 * layout.x_percent(x))},{_n(layout.y_px(y))}" for x, y in corners)
    return (
        f"{_stretched(layout)}"
        f'<polygon points="{path}" fill="{palette.colour(mark.role)}" stroke="{palette.colour("paper")}"'
        ' vector-effect="non-scaling-stroke"/></svg>'
    )


def _heat(mark: Heat, layout: Layout) -> str:
    most = max((c for row in mark.counts for c in row), default=0)
    cells = []
    for row, counts in enumerate(mark.counts):
        top, bottom = sorted(layout.y_px(v) for v in mark.y_edges[row : row + 2])
        for column, count in enumerate(counts):
            if count:
                left, right = (layout.x_percent(v) for v in mark.x_edges[column : column + 2])
                shade = 0.15 + 0.85 * math.sqrt(count / most)
                place = f'x="{_n(left)}%" width="{_n(right - left)}%" y="{_n(top)}" height="{_n(bottom - top)}"'
                cells.append(f'<rect {place} fill-opacity="{_n(shade)}"/>')
    return f'<g class="heat" fill="{palette.colour(mark.role)}">{"".join(cells)}</g>'


def _stretched(layout: Layout) -> str:
    """Return the opening of a part that is 1000 wide whatever the page is, for what percentages cannot place."""
    tall = _n(layout.plot_px)
    return f'<svg width="100%" height="{tall}" style="height:{tall}px" viewBox="0 0 1000 {tall}" preserveAspectRatio="none">'


def _rule(mark: Rule, layout: Layout) -> str:
    colour = palette.colour(mark.role)
    if mark.axis == "x":
        at = layout.x_percent(mark.value)
        side = ' dx="-5" text-anchor="end"' if at > 60 else ' dx="5"'
        line = f'<line x1="{_n(at)}%" x2="{_n(at)}%" y2="{_n(layout.plot_px)}"'
        word = f'<text class="l" x="{_n(at)}%" y="{_n(layout.plot_px - 4)}"{side}>{escape(mark.label)}</text>' if mark.label else ""
    else:
        at = layout.y_px(mark.value)
        line = f'<line x2="100%" y1="{_n(at)}" y2="{_n(at)}"'
        word = f'<text class="l" x="100%" y="{_n(at)}" dy="-5" text-anchor="end">{escape(mark.label)}</text>' if mark.label else ""
    return f'{line} stroke="{colour}" stroke-width="1.5"{_dash(mark.role)}/>{word}'


def _band(mark: Band, layout: Layout) -> str:
    left, right = layout.x_percent(mark.low), layout.x_percent(mark.high)
    return (
        f'<rect class="band" x="{_n(left)}%" width="{_n(right - left)}%" height="{_n(layout.plot_px)}"'
        f' fill="{palette.colour(mark.role)}" fill-opacity=".14" stroke="{palette.colour(mark.role)}"/>'
    )


def _n(value: float) -> str:
    """Return a number as short as it may be: two decimals, no trailing zeros."""
    short = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short
