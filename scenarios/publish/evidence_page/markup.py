"""The few shapes that an evidence page is made of. Whatever is passed as text is data, and escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from scenarios.publish.html import ROOT, visible


@dataclass(frozen=True)
class Markup:
    """HTML of our own making: all else is text."""

    html: str


Cell = str | Markup
_CODE_CHARACTERS = 2_000


def html(cell: Cell) -> str:
    return cell.html if isinstance(cell, Markup) else escape(visible(cell))


def joined(cells: Iterable[Cell], between: str = ", ") -> Markup:
    return Markup(between.join(html(cell) for cell in cells))


def code(text: str) -> Markup:
    """Return text as code, cut where it is longer than anybody reads here."""
    rest = len(text) - _CODE_CHARACTERS
    cut = f" … and {rest:,} characters more, in the JSON" if rest > 0 else ""
    return Markup(f"<code>{html(text[:_CODE_CHARACTERS])}</code>{cut}")


def link(text: str, href: str) -> Markup:
    """Return a link; ``href`` begins with ``#``, or at the site's root."""
    return Markup(f'<a href="{escape(href if href.startswith("#") else ROOT + href)}">{html(text)}</a>')


def raw(slug: str, pointer: str, text: str = "JSON") -> Markup:
    """Return the link to a place in a file of the evidence, such as ``record.json#/claims``."""
    return link(text, f"evidence/{slug}/{pointer}")


def facts(rows: Iterable[tuple[str, Cell]]) -> str:
    """Return names and what they are."""
    return '<dl class="evidence-facts">' + "".join(f"<div><dt>{html(name)}</dt><dd>{html(is_)}</dd></div>" for name, is_ in rows) + "</dl>"


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table that scrolls by itself; the first cell of a row is its heading."""
    head = "".join(f'<th scope="col">{html(column)}</th>' for column in columns)
    body = "".join(f'<tr><th scope="row">{html(first)}</th>{"".join(f"<td>{html(c)}</td>" for c in rest)}</tr>' for first, *rest in rows)
    drawn = f"<table><caption>{html(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="exhibit-table" tabindex="0" role="group" aria-label="{html(caption)}">{drawn}</div>'


def folded(summary: Cell, inside: str) -> str:
    return f"<details><summary>{html(summary)}</summary>{inside}</details>"


def items(cells: Iterable[Cell]) -> str:
    return "<ul>" + "".join(f"<li>{html(cell)}</li>" for cell in cells) + "</ul>"


def paragraph(cell: Cell) -> str:
    return f"<p>{html(cell)}</p>"
