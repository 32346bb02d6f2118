"""Which arm of the wreck a mark, a row or a line of the key belongs to, written where the page's script finds it.

A number in the text names its arm too: whoever points at one lights up the other (``marks.js``). Nothing is said by that
alone; without the script the picture is the same.
"""

from __future__ import annotations

from html import escape

from scenarios.publish.charts.chart import Chart, Mark
from scenarios.publish.charts.layout import Layout


def attribute(chart: Chart, text: str) -> str:
    """Return `` data-arm="<name>"`` for what bears an arm's title, else ""."""
    name = chart.arm_of(text)
    return f' data-arm="{escape(name)}"' if name else ""


def grouped(chart: Chart, mark: Mark, drawn: str) -> str:
    """Return a mark's drawing, in a group of its arm's where its series is an arm's."""
    own = attribute(chart, getattr(mark, "name", ""))
    return f"<g{own}>{drawn}</g>" if own else drawn


def row_bands(chart: Chart, layout: Layout) -> str:
    """Return a band over each row that is an arm's, unseen until it is lit: over it, so that pointing at a bar points at its row."""
    if chart.y.scale != "category":
        return ""
    rows = [(i, attribute(chart, name)) for i, name in enumerate(chart.y.categories)]
    tall = layout.slot_px
    whole = 'fill="none" pointer-events="all" x="-6" width="101%"'
    return "".join(f'<rect class="row"{own} {whole} y="{i * tall:g}" height="{tall - 4:g}"/>' for i, own in rows if own)
