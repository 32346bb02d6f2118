"""A wreck's small picture for the front page: a chart of its evidence, redrawn without axes and words.

In a fence::

    ```card
    wreck: truculent-query
    kind: ladder
    says: Each bar a suspect taken away; the long one is the cure.
    ```

``kind`` is a kind of exhibit, whose options may follow, or ``statements``: one request, a row for each statement's text.
"""

from __future__ import annotations

from dataclasses import replace
from html import escape

from scenarios.errors import EvidenceError, UsageError
from scenarios.publish import exhibit
from scenarios.publish.charts import svg
from scenarios.publish.charts.chart import Axis, Bars, Chart, Line, Points, Rule
from scenarios.publish.charts.layout import BAR_PX, Layout, lay_out
from scenarios.publish.dive import NOT_DIVED, Dive, Fleet
from scenarios.publish.traces.spans import read_spans

HEIGHT_PX = 104
_ROOM_PX = 4
"""Around the plot, for marks that stand on its edge."""
_FULL = 0.72
"""Of a category's height, what its bar fills."""
_THINNEST = 0.004
"""Of the picture, the width of what is too short to be seen."""


def render(fleet: Fleet, ident: str, options: dict[str, str]) -> str:
    """Return the picture as HTML. Raises UsageError for a name that is missing or unknown."""
    given = dict(options)
    for name in ("wreck", "kind", "says"):
        if name not in given:
            raise UsageError(f"'{name}: ...' in a fence 'card'", "none", "add it")
    dive, kind, says = fleet.dive(given.pop("wreck")), given.pop("kind"), given.pop("says")
    chart = _chart(dive, kind, given) if dive.is_dived else None
    if chart is None:
        why = "This run has no such picture." if dive.is_dived else f"The picture: {NOT_DIVED}."
        return f'<p class="wreck-card-absent">{escape(why)}</p>'
    drawn = svg.draw(chart, ident, layout(chart))
    return f'<figure class="wreck-card-picture">{drawn}<figcaption>{escape(says)}</figcaption></figure>'


def _chart(dive: Dive, kind: str, options: dict[str, str]) -> Chart | None:
    """Return the chart, bare; None where the run has an excuse for lacking it."""
    try:
        chart = _statements(dive, options) if kind == "statements" else exhibit.draw(dive, kind, options).chart
    except EvidenceError as fault:
        if dive.excuse(fault) is None:
            raise
        return None
    if chart is None:
        raise UsageError("a kind of exhibit that has a chart", f"'{kind}'", "choose another for the card")
    return bare(chart)


def bare(chart: Chart) -> Chart:
    """Return ``chart`` without words, guides, intervals and the marks of single rounds."""
    kept = [m for m in chart.marks if not getattr(m, "small", False) and not getattr(m, "thin", False)]
    rows = len(chart.y.categories)
    thickness = 0.8 * _FULL * HEIGHT_PX / rows / BAR_PX if rows else 0.0
    marks = tuple(_bare(mark, thickness) for mark in kept)
    return replace(chart, marks=marks, x=replace(chart.x, label=""), y=replace(chart.y, label=""), height_px=HEIGHT_PX, arms=())


def _bare(mark, thickness: float):
    match mark:
        case Bars():
            return replace(mark, labels=(), low=(), high=(), thickness=thickness or mark.thickness)
        case Points():
            return replace(mark, labels=())
        case Line() | Rule():
            return replace(mark, label="")
    return mark


def layout(chart: Chart) -> Layout:
    """Return where a bare chart's parts go: the plot fills the picture, whose height is ``HEIGHT_PX``."""
    usual, rows = lay_out(chart), len(chart.y.categories)
    slot = HEIGHT_PX / rows if rows else 0.0
    x = usual.x
    if chart.x.scale == "linear":
        # No tick says where it ends: it ends where the data do.
        x = replace(x, low=chart.extent("x")[0], high=chart.extent("x")[1])
    room = {"top_px": _ROOM_PX, "bottom_px": _ROOM_PX, "left_px": _ROOM_PX, "right_px": _ROOM_PX}
    return replace(usual, x=x, plot_px=HEIGHT_PX, slot_px=slot, head_px=slot / 2 - BAR_PX / 2 if rows else 0.0, **room)


def _statements(dive: Dive, options: dict[str, str]) -> Chart:
    """One request's time, left to right; a row for each statement's text, a bar each time Postgres works on it.

    Options: ``arm``, ``experiment``.
    """
    for name in options:
        if name not in ("arm", "experiment"):
            raise UsageError("arm or experiment in a fence 'card' of statements", f"'{name}'", "drop it")
    name, _ = exhibit.chosen_experiment(dive, options)
    arm = dive.arm(name, options.get("arm", "wrecked"))
    if "median" not in arm.traces:
        raise EvidenceError(f"a trace of {dive.slug} {name}", "none", "choose an experiment that keeps traces")
    spans = read_spans(dive.trace(arm.traces["median"]))
    sent = [span for span in spans if span.layer == "postgres"]
    if not sent:
        raise EvidenceError(f"statements in the trace of {dive.slug} {name}", "none", "choose another picture")
    # SQLAlchemy, around it, has the text without its parameters.
    asked = {span.ident: span.sql for span in spans}
    said_of = [asked.get(span.parent) or span.sql for span in sent]
    texts = list(dict.fromkeys(said_of))
    end = max(span.end_ms for span in spans)
    bars = Bars(
        "statements", "postgres",
        at=tuple(float(texts.index(text)) for text in said_of),
        length=tuple(max(span.end_ms - span.start_ms, end * _THINNEST) for span in sent),
        base=tuple(span.start_ms for span in sent),
    )  # fmt: skip
    said = f"{len(sent)} statements of one request, {len(texts)} of them different."
    axis = Axis("", "ms", low=0.0, high=end)
    return Chart(said, said, axis, Axis("", scale="category", categories=tuple(map(str, range(len(texts))))), (bars,))
