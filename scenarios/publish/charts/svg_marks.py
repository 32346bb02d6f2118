"""The marks of a chart as still SVG: bars, lines, points, areas, cells, rules and bands, each where its layout has it."""

from __future__ import annotations

import math
from html import escape

from scenarios.publish.charts import arm_marks, palette, point_words
from scenarios.publish.charts.chart import Area, Band, Bars, Chart, Heat, Line, Points, Rule
from scenarios.publish.charts.ink import MARKERS, dash, fill, n
from scenarios.publish.charts.layout import BAR_PX, LINE_PX, Layout, bar_spans
from scenarios.publish.charts.upright_words import Word


def draw(chart: Chart, layout: Layout, ident: str) -> list[str]:
    """Return each mark's drawing, in order, and last what bars say."""
    spans, sides = bar_spans(chart), point_words.placed(chart, layout)
    drawn = []
    floor: dict[float, float] = {}
    for index, mark in enumerate(chart.marks):
        match mark:
            case Bars():
                drawn.append(_bars(mark, spans[index], layout, ident))
            case Line():
                drawn.append(_line(mark, layout, ident))
            case Points():
                drawn.append(_points(mark, layout, ident, {i: side for (of, i), side in sides.items() if of == index}))
            case Area():
                drawn.append(_area(mark, layout, floor))
            case Heat():
                drawn.append(_heat(mark, layout))
            case Rule():
                drawn.append(_rule(mark, layout, layout.words.get(index)))
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
            rects.append(f'<rect x="{n(left)}%" width="{n(right - left)}%" y="{n(y - thick / 2)}" height="{n(thick)}"/>')
            if mark.low:
                whiskers.append(_whisker(layout.x_percent(mark.low[i]), layout.x_percent(mark.high[i]), y))
        else:
            wide = 100 * mark.thickness / (len(layout.x.axis.categories) or len(layout.x.ticks))
            top, bottom = sorted((layout.y_px(start), layout.y_px(end)))
            x = layout.x_percent(mark.at[i]) - wide / 2
            rects.append(f'<rect x="{n(x)}%" width="{n(wide)}%" y="{n(top)}" height="{n(bottom - top)}"/>')
            if mark.low:
                low, high, at = layout.y_px(mark.low[i]), layout.y_px(mark.high[i]), n(x + wide / 2)
                whiskers.append(f'<line x1="{at}%" x2="{at}%" y1="{n(low)}" y2="{n(high)}"/>')
    stroke = f'<g stroke="{palette.colour("ink")}" stroke-width="1.5">{"".join(whiskers)}</g>' if whiskers else ""
    return f'<g class="bars" fill="{fill(mark.role, ident)}">{"".join(rects)}</g>{stroke}'


def _whisker(low: float, high: float, y: float) -> str:
    ends = "".join(f'<line x1="{n(x)}%" x2="{n(x)}%" y1="{n(y - 6)}" y2="{n(y + 6)}"/>' for x in (low, high))
    return f'<line x1="{n(low)}%" x2="{n(high)}%" y1="{n(y)}" y2="{n(y)}"/>{ends}'


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
                drawn.append(f'<text x="{n(layout.x_percent(at))}%" y="{n(y)}" text-anchor="middle">{escape(label)}</text>')
    for at, said in sorted(words.items()):
        y = at * layout.slot_px + layout.head_px - 7
        drawn.append(f'<text x="100%" y="{n(y)}" text-anchor="end">{escape(" · ".join(said))}</text>')
    return f'<g class="v">{"".join(drawn)}</g>' if drawn else ""


def _line(mark: Line, layout: Layout, ident: str) -> str:
    points = [(10 * layout.x_percent(x), layout.y_px(y)) for x, y in zip(mark.x, mark.y, strict=True)]
    path = " ".join(f"{n(x)},{n(y)}" for x, y in points)
    width = "1" if mark.thin else "2"
    drawn = (
        f"{_stretched(layout)}"
        f'<polyline points="{path}" fill="none" stroke="{palette.colour(mark.role)}" stroke-width="{width}"'
        f'{dash(mark.role, mark.variant)} vector-effect="non-scaling-stroke"/></svg>'
    )
    if mark.markers:
        drawn += _dots(mark.x, mark.y, palette.marker(mark.role, mark.variant), mark.role, layout, ident, 4)
    if mark.label:
        x, y = points[-1]
        drawn += f'<text class="l" x="{n(x / 10)}%" y="{n(max(y, 12))}" dx="-4" dy="-5" text-anchor="end">{escape(mark.label)}</text>'
    return drawn


def _points(mark: Points, layout: Layout, ident: str, sides: dict[int, point_words.Side]) -> str:
    size = 2.5 if mark.small else 4
    drawn = _dots(mark.x, mark.y, palette.marker(mark.role, mark.variant), mark.role, layout, ident, size)
    words = []
    for i, side in sides.items():
        across = f' dx="{side.dx}"' if side.dx else ""
        at, down = n(layout.x_percent(mark.x[i])), n(layout.y_px(mark.y[i]))
        words.append(f'<text x="{at}%" y="{down}" dy="{side.dy}"{across} text-anchor="{side.anchor}">{escape(mark.labels[i])}</text>')
    return drawn + "".join(words)


def _dots(xs, ys, shape: str, role: str, layout: Layout, ident: str, size: float) -> str:
    drawn = []
    for x, y in zip(xs, ys, strict=True):
        at, down = n(layout.x_percent(x)), n(layout.y_px(y))
        if shape in MARKERS:
            # Not plain href: Material's instant navigation sets that on all that bear it, and here it cannot be set.
            drawn.append(f'<use xlink:href="#{ident}-m-{shape}" x="{at}%" y="{down}"/>')
        else:
            drawn.append(f'<circle cx="{at}%" cy="{down}" r="{n(size)}"/>')
    stroke = palette.colour(role if shape == "x" else "paper")
    return (
        f'<g class="dots" fill="{palette.colour(role)}" stroke="{stroke}" stroke-width="{2 if shape == "x" else 0.7}">{"".join(drawn)}</g>'
    )


def _area(mark: Area, layout: Layout, floor: dict[float, float]) -> str:
    lower = [(x, floor.get(x, 0.0)) for x in mark.x]
    upper = [(x, below + y) for (x, below), y in zip(lower, mark.y, strict=True)]
    floor.update(upper)
    corners = [*upper, *reversed(lower)]
    path = " ".join(f"{n(10 * layout.x_percent(x))},{n(layout.y_px(y))}" for x, y in corners)
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
                place = f'x="{n(left)}%" width="{n(right - left)}%" y="{n(top)}" height="{n(bottom - top)}"'
                cells.append(f'<rect {place} fill-opacity="{n(shade)}"/>')
    return f'<g class="heat" fill="{palette.colour(mark.role)}">{"".join(cells)}</g>'


def _stretched(layout: Layout) -> str:
    """Return the opening of a part that is 1000 wide whatever the page is, for what percentages cannot place."""
    tall = n(layout.plot_px)
    return f'<svg width="100%" height="{tall}" style="height:{tall}px" viewBox="0 0 1000 {tall}" preserveAspectRatio="none">'


def _rule(mark: Rule, layout: Layout, above: Word | None) -> str:
    colour = palette.colour(mark.role)
    if above is not None:
        at = layout.x_percent(mark.value)
        line = f'<line x1="{n(at)}%" x2="{n(at)}%" y1="-4" y2="{n(layout.plot_px)}"'
        place = f'x="{n(at)}%" y="{-7 - LINE_PX * above.row}" text-anchor="{above.anchor}"'
        word = f'<text class="l" {place}>{escape(mark.label)}</text>'
    elif mark.axis == "x":
        at = layout.x_percent(mark.value)
        side = ' dx="-5" text-anchor="end"' if at > 60 else ' dx="5"'
        line = f'<line x1="{n(at)}%" x2="{n(at)}%" y2="{n(layout.plot_px)}"'
        word = f'<text class="l" x="{n(at)}%" y="{n(layout.plot_px - 1)}"{side}>{escape(mark.label)}</text>' if mark.label else ""
    else:
        at = layout.y_px(mark.value)
        line = f'<line x2="100%" y1="{n(at)}" y2="{n(at)}"'
        word = f'<text class="l" x="100%" y="{n(at)}" dy="-5" text-anchor="end">{escape(mark.label)}</text>' if mark.label else ""
    return f'{line} stroke="{colour}" stroke-width="1.5"{dash(mark.role)}/>{word}'


def _band(mark: Band, layout: Layout) -> str:
    left, right = layout.x_percent(mark.low), layout.x_percent(mark.high)
    return (
        f'<rect class="band" x="{n(left)}%" width="{n(right - left)}%" height="{n(layout.plot_px)}"'
        f' fill="{palette.colour(mark.role)}" fill-opacity=".14" stroke="{palette.colour(mark.role)}"/>'
    )
