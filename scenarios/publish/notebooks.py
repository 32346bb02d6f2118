"""What a notebook is written with: a wreck's evidence, its exhibits, and pictures of one's own.

    from scenarios.publish.notebooks import evidence, exhibit, picture

    dive = evidence("truculent-query")
    exhibit(dive, "ladder", salvaged="rewrite-covered")

``dive.record``, ``dive.samples``, ``dive.plans``, ``dive.series`` and ``dive.trace(id)`` are the evidence, typed as scenarios/record.py
has it. The last value of a cell is shown: in Jupyter as a still drawing, on the site as any other exhibit.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from scenarios.errors import EvidenceError
from scenarios.publish.charts import svg
from scenarios.publish.charts.chart import Chart, Table
from scenarios.publish.charts.palette import css
from scenarios.publish.dive import Dive
from scenarios.publish.evidence_page import anchors
from scenarios.publish.exhibit import Exhibit, draw
from scenarios.publish.html import data_table
from scenarios.publish.traces.spans import read_spans, statements_of
from scenarios.publish.units import digits
from scenarios.wreck import WRECKS

SITE_DATA = "DIVING_SITE_DATA"
"""Environment variable: the folder of the evidence, if it is not the one beside the code."""
DECLARED = "DIVING_WRECKS"
"""Environment variable: the folder of the wrecks' declarations, if it is not our own."""


@dataclass(frozen=True)
class Shown:
    """An exhibit as the value of a cell."""

    exhibit: Exhibit
    slug: str

    def _repr_html_(self) -> str:
        """Return it as a still drawing with its own colours, for wherever the site's style sheets are not."""
        chart, table = self.exhibit.chart, self.exhibit.table
        drawn = svg.draw(chart, "drawing") + svg.legend(chart, "drawing") if chart else self.exhibit.html
        rows = data_table(table, folded=bool(drawn)) if table else ""
        colours = css().replace("[data-md-color-scheme]", "figure").split("@media")[0]
        looks = "svg { overflow: visible } svg text { font: 13px sans-serif; fill: var(--wreck-ink) }"
        return f"<style>{colours} {looks}</style><figure>{drawn}{rows}</figure>"


def evidence(slug: str) -> Dive:
    """Return a wreck's declaration and evidence. Raises EvidenceError where there is none."""
    place = Path(os.environ.get(SITE_DATA) or WRECKS.parents[1] / "site_data")
    dive = Dive(slug, place, Path(os.environ.get(DECLARED) or WRECKS))
    if not dive.is_dived:
        raise EvidenceError(f"evidence of {slug}", "none", "run 'invoke rebuild'")
    return dive


def exhibit(dive: Dive, kind: str, **options: str) -> Shown:
    """Return an exhibit of the site, by its kind and the options of its fence."""
    return Shown(draw(dive, kind, options), dive.slug)


def picture(dive: Dive, chart: Chart, caption: str, table: Table | None = None) -> Shown:
    """Return a chart of one's own, drawn as the site draws its own. ``caption``: what was done, with n and unit."""
    return Shown(Exhibit(chart.title, caption, chart, table=table, anchor=anchors.RUN), dive.slug)


def statements(dive: Dive, experiment: str, arm: str, which: str = "median") -> list[str]:
    """Return the statements of one kept request, in the order they were sent, parameters aside."""
    traces = dive.arm(experiment, arm).traces
    if which not in traces:
        raise EvidenceError(f"a trace '{which}' of {dive.slug} {experiment}.{arm}", "none", f"there is {', '.join(traces) or 'none'}")
    return [" ".join(sql.split()) for sql in statements_of(read_spans(dive.trace(traces[which])))]


def off_by(reckoned: float, measured: float) -> str:
    """Return by how much a reckoned value misses a measured one, in percent of that: ``+4 %``."""
    percent = round(100 * (reckoned / measured - 1))
    return f"{'+' if percent > 0 else ''}{digits(percent)} %"
