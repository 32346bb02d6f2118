"""What the front page is made of beside prose: fences for its cards, for the way through the site, and for the notices of its evidence.

The notices stand beneath every other page's title. A page with a fence ``notices`` has them there instead, but for what
must be seen first: that a number is of a trial, or that there is none.
"""

from __future__ import annotations

import xml.etree.ElementTree as etree
from html import escape

from markdown import Markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from scenarios.errors import UsageError, WreckError
from scenarios.publish import html, reading_order
from scenarios.publish.dive import NOT_DIVED, Fleet
from scenarios.publish.prose import banner, card, fences
from scenarios.publish.prose.page import Page, placed
from scenarios.wreck import slugs

_PLACE = "\u2042wreck:notices\u2042"
"""Holds the notices' place until all of the page's wrecks are known."""


def register(md: Markdown, page: Page) -> None:
    """Let ``md`` read these fences."""
    md.preprocessors.register(_Fences(md, page), "wreck_front_fences", 29)
    # After the page's own notices (4), which leave these out.
    md.treeprocessors.register(_Notices(md, page), "wreck_front_notices", 3)


class _Fences(Preprocessor):
    def __init__(self, md: Markdown, page: Page):
        super().__init__(md)
        self.page = page

    def run(self, lines: list[str]) -> list[str]:
        out, at = [], 0
        for fence in fences.find(lines, ("card", "way", "notices")):
            out += lines[at : fence.start]
            try:
                drawn = self._draw(fence)
            except WreckError as fault:
                raise placed(fault, self.page.docs, "\n".join(fence.lines)) from fault
            out += ["", fence.indent + drawn, ""]
            at = fence.end
        return out + lines[at:]

    def _draw(self, fence: fences.Fence) -> str:
        options = fences.options(fence)
        if fence.kind == "card":
            ident = self.page.unique(f"card-{options.get('wreck', '')}")
            drawn = card.render(self.page.fleet, ident, options)
            self.page.wrecks.add(options["wreck"])
            return self.md.htmlStash.store(html.visible(drawn))
        if options:
            raise UsageError(f"no option in a fence '{fence.kind}'", f"'{next(iter(options))}'", "drop it")
        if fence.kind == "way":
            return self.md.htmlStash.store(way(reading_order.entries(self.page.docs), _undived(self.page.fleet)))
        self.page.has_notices = True
        return _PLACE


def way(sections: dict[str, list[reading_order.Entry]], undived: frozenset[str] = frozenset()) -> str:
    """Return the pages of the site in the order in which they are read, each with its one line, as HTML. Of ``undived`` it says so."""
    parts = []
    for name, entries in sections.items():
        items = "".join(
            f'<li><a href="{html.ROOT}{escape(entry.url)}">{escape(entry.title)}</a> <span>{escape(_said(entry, undived))}</span></li>'
            for entry in entries
        )
        parts.append(f"<li><strong>{escape(name)}</strong><ul>{items}</ul></li>")
    return f'<ol class="wreck-way">{"".join(parts)}</ol>'


def _undived(fleet: Fleet) -> frozenset[str]:
    """Return the pages of wrecks that have no evidence yet."""
    return frozenset(f"dives/{slug}.md" for slug in slugs(fleet.wrecks) if not (fleet.site_data / slug / "record.json").exists())


def _said(entry: reading_order.Entry, undived: frozenset[str]) -> str:
    return f"{NOT_DIVED.capitalize()}. {entry.description}".strip() if entry.path in undived else entry.description


class _Notices(Treeprocessor):
    def __init__(self, md: Markdown, page: Page):
        super().__init__(md)
        self.page = page

    def run(self, root: etree.Element) -> None:
        dives = [self.page.fleet.dive(slug) for slug in sorted(self.page.wrecks)]
        for paragraph in root.iter("p"):
            if (paragraph.text or "").strip() == _PLACE:
                paragraph.text = self.md.htmlStash.store(banner.later(dives) or "<!-- no evidence -->")
