"""What the front page is made of beside prose: fences for its cards, for lists of pages, and for the notices of its evidence.

The notices stand beneath every other page's title. A page with a fence ``notices`` has them there instead, but for what
must be seen first: that a number is of a trial, or that there is none.
"""

from __future__ import annotations

import xml.etree.ElementTree as etree

from markdown import Markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from scenarios.errors import UsageError, WreckError
from scenarios.publish import html, reading_order
from scenarios.publish.prose import banner, card, fences, way
from scenarios.publish.prose.page import Page, placed

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
        for fence in fences.find(lines, ("card", "way", "more", "notices")):
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
        listed = reading_order.entries(self.page.docs, self.page.fleet.undived)
        if fence.kind == "more":
            drawn = way.more(listed.get(reading_order.MORE, []), options)
            return self.md.htmlStash.store(drawn) if drawn else ""
        if options:
            raise UsageError(f"no option in a fence '{fence.kind}'", f"'{next(iter(options))}'", "drop it")
        if fence.kind == "way":
            return self.md.htmlStash.store(way.way(listed))
        self.page.has_notices = True
        return _PLACE


class _Notices(Treeprocessor):
    def __init__(self, md: Markdown, page: Page):
        super().__init__(md)
        self.page = page

    def run(self, root: etree.Element) -> None:
        dives = self.page.dives()
        for paragraph in root.iter("p"):
            if (paragraph.text or "").strip() == _PLACE:
                paragraph.text = self.md.htmlStash.store(banner.later(dives) or "<!-- no evidence -->")
