"""Pages of wrecks that are not published yet: while they are written, one that cannot be built keeps nobody from the others.

For ``invoke serve`` alone. Any other build stops at what is wrong with a page, whoever's it is.
"""

from __future__ import annotations

import html
from pathlib import Path

from markdown import Markdown
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from scenarios.errors import WreckError
from scenarios.publish.dive import Fleet
from scenarios.wreck import load, slugs

HALF_WRITTEN = (SyntaxError, ImportError, NameError, AttributeError, TypeError, ValueError)
"""What a wreck's own files raise that are not yet all there."""


class Drafts(BasePlugin):
    """Puts, in place of a draft that cannot be built, a page that says why."""

    def __init__(self, fleet: Fleet, docs: Path):
        super().__init__()
        self.fleet, self.docs = fleet, docs
        self.pages = {f"dives/{slug}.md": slug for slug in slugs(fleet.wrecks) if _is_draft(fleet, slug)}
        self.faults: list[str] = []
        """What is wrong with them, each beginning with its file."""

    def on_page_markdown(self, text: str, *, page: Page, config: MkDocsConfig, files: Files) -> str | None:
        slug = self.pages.get(page.file.src_uri)
        if slug is None:
            return None
        try:
            self._read(slug)
            Markdown(extensions=config.markdown_extensions, extension_configs=config.mdx_configs).convert(text)
        except WreckError as fault:
            said = " ".join(str(fault).split())
            where = f"{self.docs.name}/{page.file.src_uri}"
            said = said if said.startswith(where) else f"{where}: {said}"
            self.faults.append(said)
            return f"# {page.meta.get('title', slug)}\n\n<p>This page cannot be built yet:</p>\n\n<pre>{html.escape(said)}</pre>\n"
        return None

    def _read(self, slug: str) -> None:
        try:
            load(slug, self.fleet.wrecks)
        except HALF_WRITTEN as fault:
            where = f"scenarios/wrecks/{slug.replace('-', '_')}/"
            raise WreckError(f"a wreck in {where}", f"{type(fault).__name__}: {fault}", "mend its wreck.py or routes.py") from fault

    def let_be(self, said: list[str]) -> list[str]:
        """Return what of ``said`` stops the build: all but what names a draft's page, which is kept among the faults."""
        stopping = []
        for each in said:
            is_of_draft = any(f"'{page}'" in each or each.startswith(f"{self.docs.name}/{page}:") for page in self.pages)
            (self.faults if is_of_draft else stopping).append(each)
        return stopping


def _is_draft(fleet: Fleet, slug: str) -> bool:
    return slug in fleet.undived or not fleet.dive(slug).record.publishable
