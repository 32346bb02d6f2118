"""The one Markdown extension: numbers and claims in prose, fences for exhibits and for code that ran.

Plain Python-Markdown, whatever generator calls it::

    markdown.markdown(text, extensions=[WreckExtension(docs="docs", site_data="site_data")])

A name that does not exist, or a claim that fails, raises a WreckError that begins with file and line.
What it reads, and what becomes of it, is in ``prose/``.
"""

from __future__ import annotations

from pathlib import Path

from markdown import Extension, Markdown

from scenarios.publish.dive import Fleet
from scenarios.publish.prose import blocks, frame, front, tokens
from scenarios.publish.prose.page import Page
from scenarios.wreck import WRECKS


class WreckExtension(Extension):
    def __init__(self, **kwargs):
        self.config = {
            "docs": ["docs", "Folder of the pages, searched for the place of an error"],
            "site_data": ["site_data", "Folder of the evidence"],
            "wrecks": [str(WRECKS), "Folder of the wrecks' declarations"],
            "figures": ["", "Folder to write live figures to; none are written without it"],
            "fleet": ["", "The wrecks and their evidence as they were read already, for all pages of a build; read anew without it"],
        }
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:
        figures = self.getConfig("figures")
        fleet = self.getConfig("fleet") or Fleet(Path(self.getConfig("site_data")), Path(self.getConfig("wrecks")))
        self.page = Page(fleet, Path(self.getConfig("docs")), Path(figures) if figures else None)
        for part in (blocks, front, tokens, frame):
            part.register(md, self.page)
        md.registerExtension(self)

    def reset(self) -> None:
        self.page.clear()


def makeExtension(**kwargs) -> WreckExtension:
    return WreckExtension(**kwargs)
