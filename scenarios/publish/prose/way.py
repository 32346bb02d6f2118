"""Lists of the site's pages: the whole way through it (fence ``way``), and in a line the wrecks beyond the talk's (fence ``more``)."""

from __future__ import annotations

from html import escape

from scenarios.errors import UsageError
from scenarios.publish.dive import NOT_DIVED
from scenarios.publish.html import ROOT
from scenarios.publish.reading_order import Entry


def way(sections: dict[str, list[Entry]]) -> str:
    """Return the pages in the order in which they are read, each with its one line, as HTML."""
    parts = []
    for name, entries in sections.items():
        items = "".join(f"<li>{_link(entry)} <span>{escape(_said(entry))}</span></li>" for entry in entries)
        parts.append(f"<li><strong>{escape(name)}</strong><ul>{items}</ul></li>")
    return f'<ol class="wreck-way">{"".join(parts)}</ol>'


def more(entries: list[Entry], options: dict[str, str]) -> str:
    """Return links to these pages in a sentence that ``says`` begins, as HTML; "" where there are none.

    Raises UsageError for an option that is missing or unknown.
    """
    if set(options) != {"says"}:
        wrong = next((name for name in options if name != "says"), None)
        do = "drop it" if wrong else "add it: the words before the links"
        raise UsageError("'says: ...' in a fence 'more', and no other option", f"'{wrong}'" if wrong else "none", do)
    if not entries:
        return ""
    *links, last = (_link(entry) + ("" if entry.is_dived else f" ({NOT_DIVED})") for entry in entries)
    return f'<p class="wreck-more">{escape(options["says"])} {", ".join(links) + " and " if links else ""}{last}.</p>'


def _link(entry: Entry) -> str:
    return f'<a href="{ROOT}{escape(entry.url)}">{escape(entry.title)}</a>'


def _said(entry: Entry) -> str:
    return entry.description if entry.is_dived else f"{NOT_DIVED.capitalize()}. {entry.description}".strip()
