"""An exhibit as HTML: figure, caption, still drawing, table, and the way to its evidence.

Links from the site's root are written ``wreck-root:evidence/...``: whoever writes the page's file knows how
deep it lies and puts in the way there (``site.py``).
"""

from __future__ import annotations

import hashlib
import json
import re
from html import escape

from scenarios.publish.characters import visible
from scenarios.publish.charts import plotly_figure, svg
from scenarios.publish.charts.chart import Table
from scenarios.publish.charts.layout import lay_out
from scenarios.publish.evidence_page import anchors
from scenarios.publish.exhibit import Exhibit
from scenarios.publish.facts.fact import Fact

ROOT = "wreck-root:"


def figure_file(ident: str, exhibit: Exhibit) -> tuple[str, str]:
    """Return the live figure's file name (it changes with its content) and its JSON."""
    text = plotly_figure.to_json(exhibit.chart)
    return f"{ident}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.json", text


def exhibit_html(exhibit: Exhibit, slug: str, ident: str, figure_url: str = "", links: str = "", linked_url: str = "") -> str:
    """Return the whole ``<figure class="exhibit">``. ``links``: the way to its evidence, where that is no wreck's.

    ``linked_url``: what the page's script must know to lead on from it (``linked.py``).
    """
    caption = f'<strong id="{ident}-h">{_unbroken(exhibit.title)}</strong> <span>{_unbroken(exhibit.caption)}</span>'
    leads = _leads(exhibit, slug, linked_url)
    parts = [f'<figure class="exhibit" id="{ident}" aria-labelledby="{ident}-h"{leads}><figcaption>{caption}</figcaption>']
    if exhibit.chart is not None:
        height = round(lay_out(exhibit.chart).height_px)
        parts.append(
            f'<div class="exhibit-facade" data-search-exclude data-figure="{escape(figure_url)}" style="min-height:{height}px">'
            f"{svg.draw(exhibit.chart, ident)}{svg.legend(exhibit.chart, ident)}</div>"
            f'<button type="button" class="exhibit-live" hidden aria-describedby="{ident}-h">Make it live</button>'
        )
    if exhibit.html:
        parts.append(f'<div class="exhibit-body">{exhibit.html}</div>')
    if exhibit.table is not None:
        is_said = exhibit.chart is None and exhibit.table.caption == exhibit.title
        parts.append(data_table(exhibit.table, folded=exhibit.chart is not None, named_by=f"{ident}-h" if is_said else ""))
    parts.append(links or _links(exhibit, slug, ident))
    parts.append("</figure>")
    return "".join(parts)


def absent_html(ident: str, why: str) -> str:
    """Return what stands where an exhibit would, had its run been possible."""
    anchor = f' id="{ident}"' if ident else ""
    return f'<p class="exhibit-absent"{anchor}>{escape(why)}</p>'


def _leads(exhibit: Exhibit, slug: str, linked_url: str) -> str:
    """Return what the page's scripts find on a figure: whose numbers it shows, and where it leads."""
    given = {"wreck": slug, "experiment": exhibit.experiment} if slug and exhibit.chart else {}
    if exhibit.linked is not None and exhibit.linked.toggles:
        given["toggles"] = "yes"
    if exhibit.linked is not None and linked_url:
        drawn = {"experiment": exhibit.linked.experiment, "arms": exhibit.linked.arms}
        given |= {"evidence": f"{ROOT}evidence/{slug}/", "linked": linked_url, "open": " ".join(exhibit.linked.traces)}
        given |= {"brush": json.dumps(drawn | {"rounds": exhibit.linked.rounds})} if exhibit.linked.rounds else {}
        given |= {"log": json.dumps(drawn)} if exhibit.linked.statements else {}
        given |= {"rows": ",".join(exhibit.linked.rows)} if any(exhibit.linked.rows) else {}
    return "".join(f' data-{name}="{escape(value)}"' for name, value in given.items() if value)


def _unbroken(text: str) -> str:
    """Return words as HTML in which no line ends between a number and its sign: "51 × games", "n = 10"."""
    return re.sub(r"(?<=[\dn]) ([×=]) ", "\u00a0\\1\u00a0", escape(text))


def data_table(table: Table, folded: bool, named_by: str = "") -> str:
    """Return a table as HTML, in a box that scrolls; ``folded`` behind its words. ``named_by``: the id of what already says its caption."""
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in table.columns)
    rows = "".join(f'<tr><th scope="row">{escape(r[0])}</th>{"".join(f"<td>{escape(c)}</td>" for c in r[1:])}</tr>' for r in table.rows)
    named = f' aria-labelledby="{named_by}"' if named_by else ""
    caption = "" if named_by else f"<caption>{escape(table.caption)}</caption>"
    # A column of letters or numbers needs not the width of a column of names.
    heads = ' data-heads="short"' if all(len(r[0]) <= 3 for r in table.rows) else ""
    drawn = f"<table{named}{heads}>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    scroll = f'<div class="exhibit-table" tabindex="0" role="group" aria-label="{escape(table.caption)}">{drawn}</div>'
    return (
        f'<details class="exhibit-data" data-search-exclude><summary>The data as a table</summary>{scroll}</details>' if folded else scroll
    )


def _links(exhibit: Exhibit, slug: str, ident: str) -> str:
    command = f"<span>Made by <code>{_by_options(exhibit.command)}</code></span>" if exhibit.command else ""
    return (
        f'<p class="exhibit-links"><a href="{ROOT}{anchors.at(slug, escape(exhibit.anchor))}">Evidence</a> '
        f'<a href="{ROOT}evidence/{slug}/{escape(exhibit.evidence)}">JSON</a> <a href="#{ident}">Link to this</a> {command}</p>'
    )


def _by_options(command: str) -> str:
    """Return a command as HTML in which no line ends within an option's name."""
    return re.sub(r"--[\w-]+", r"<span>\g<0></span>", escape(command))


def links_to_file(exhibit: Exhibit, name: str, ident: str) -> str:
    """Return the way to evidence that is a file of its own, beside the wrecks' folders."""
    return (
        f'<p class="exhibit-links"><a href="{ROOT}evidence/{escape(name)}">JSON</a> <a href="#{ident}">Link to this</a> '
        f"<span>Made by <code>{_by_options(exhibit.command)}</code></span></p>"
    )


def fact_attributes(fact: Fact) -> dict[str, str]:
    """Return the attributes of the element that shows a fact."""
    kind = {
        "number": "wreck-number",
        "fact": "wreck-number",
        "claim": f"wreck-claim wreck-claim-{fact.verdict}",
        "logbook": "wreck-logbook",
    }[fact.kind]
    # A number stays on its line; with its interval it is too long for that.
    long = " wreck-number--long" if len(fact.text) > 24 and fact.kind != "claim" else ""
    return {"class": kind + long, "title": visible(fact.origin)} | {f"data-{k}": v for k, v in fact.data.items()}
