"""What stands around a page's prose: the notices of its evidence, the line of its steps, the mark that it was converted."""

from __future__ import annotations

import xml.etree.ElementTree as etree
from urllib.parse import urlsplit

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from scenarios.publish import html
from scenarios.publish.prose import steps
from scenarios.publish.prose.banner import banners, own_banner, urgent
from scenarios.publish.prose.page import Page

PAGE_MARK = "<!-- wreck:page -->"
"""Closes every page this extension has been through; a page without it was not converted."""
SCRIPT = f'<script src="{html.ROOT}assets/place.js" defer></script>'
"""Of pages with questions or steps, and of no others."""


def register(md: Markdown, page: Page) -> None:
    """Let ``md`` put that around each page."""
    md.treeprocessors.register(_Outward(md), "wreck_outward", 5)
    # When all tokens have been read (20). A tree's affair: MkDocs puts titles through every postprocessor.
    md.treeprocessors.register(_Frame(md, page), "wreck_frame", 4)


class _Outward(Treeprocessor):
    """Marks links that leave the site: the only way out of it."""

    def run(self, root: etree.Element) -> None:
        for link in root.iter("a"):
            if urlsplit(link.get("href", "")).scheme in ("http", "https"):
                link.set("rel", "external noopener")


class _Frame(Treeprocessor):
    """Puts the notices of the evidence used beneath the page's title, and the page's mark at its end."""

    def __init__(self, md: Markdown, page: Page):
        super().__init__(md)
        self.page = page

    def run(self, root: etree.Element) -> None:
        dives = self.page.dives()
        said = own_banner(*dives) if self.page.is_evidence else (urgent if self.page.has_notices else banners)(dives)
        line = steps.line(root)
        said += line + steps.place(self.page.guesses)
        if said:
            titles = [i for i, child in enumerate(root) if child.tag == "h1"]
            root.insert(titles[0] + 1 if titles else 0, self._raw(said))
        if line or self.page.guesses:
            root.append(self._raw(SCRIPT))
        root.append(self._raw(PAGE_MARK))

    def _raw(self, text: str) -> etree.Element:
        held = etree.Element("p")
        held.text = self.md.htmlStash.store(text)
        return held
