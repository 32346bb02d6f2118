"""The order in which the pages are read. A page that does not exist is passed over; a new dive is found, not registered."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from scenarios.publish.dive import NOT_DIVED

FRONT = "index.md"
DIVES = "The dives"
"""Those that say their ``order``: the talk's."""
MORE = "More wrecks"
"""All other dives."""
SECTIONS: dict[str, tuple[str, ...]] = {
    "Before the dive": ("myths.md", "deep.md", "instruments.md"),
    DIVES: (),
    "After the dive": ("surfacing.md", "your-run.md"),
    # The talk's way leads to its end; who would dive again finds more then.
    MORE: (),
    "Reference": ("method.md", "glossary.md", "talk.md", "about.md", "contributing.md", "declaring.md"),
}
"""Pages that are not named here stand last."""
_LAST = float("inf")
"""The order of a dive that has none."""


@dataclass(frozen=True)
class Entry:
    """A page as a list of pages shows it."""

    path: str
    """Below the folder of pages: ``dives/truculent-query.md``."""
    title: str
    description: str
    is_dived: bool = True
    """Whether it is no wreck's page, or one of a wreck with evidence."""

    @property
    def url(self) -> str:
        """Where it is on the site, from its root."""
        return self.path.removesuffix("index.md") if self.path.endswith("index.md") else f"{self.path.removesuffix('.md')}/"


def sections(docs: Path) -> dict[str, list[str]]:
    """Return the pages by section, in order, without the front page; no section is empty.

    A dive's ``order`` in its front matter says where it comes among the dives; those without one are more wrecks, by name.
    """
    there = {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")}
    dives = sorted((page for page in there if page.startswith("dives/")), key=lambda page: (_order(docs / page), page))
    found = {name: [page for page in pages if page in there] for name, pages in SECTIONS.items()}
    found |= {DIVES: [page for page in dives if _order(docs / page) < _LAST], MORE: [page for page in dives if _order(docs / page) == _LAST]}
    found["Reference"] += sorted(there - {FRONT}.union(*found.values()))
    return {name: pages for name, pages in found.items() if pages}


def navigation(docs: Path, undived: Collection[str] = ()) -> list:
    """Return the order of the pages as MkDocs takes it; the pages of ``undived`` wrecks say in their titles that they are."""
    listed = {name: [_listed(entry) for entry in found] for name, found in entries(docs, undived).items()}
    return [{"Home": FRONT}, *({name: pages} for name, pages in listed.items())]


def entries(docs: Path, undived: Collection[str] = ()) -> dict[str, list[Entry]]:
    """Return the sections with each page's title and description, as its front matter has them. ``undived`` are wrecks, by slug."""
    return {name: [_entry(docs, page, undived) for page in pages] for name, pages in sections(docs).items()}


def _listed(entry: Entry) -> str | dict[str, str]:
    return entry.path if entry.is_dived else {f"{entry.title} ({NOT_DIVED})": entry.path}


def _entry(docs: Path, page: str, undived: Collection[str]) -> Entry:
    text = (docs / page).read_text(encoding="utf-8")
    matter, heading = front_matter(text), re.search(r"^# +(.+?) *$", text, re.MULTILINE)
    # A number in a heading is read where the heading stands.
    said = re.sub(r",?\s*\{\{.*?\}\}", "", heading[1]) if heading else page
    is_dived = page not in {f"dives/{slug}.md" for slug in undived}
    return Entry(page, matter.get("title", said), matter.get("description", ""), is_dived)


def front_matter(text: str) -> dict[str, str]:
    """Return the ``name: value`` lines above a page."""
    matter = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    lines = re.findall(r"^(\w+): *(.*?) *$", matter[1], re.MULTILINE) if matter else []
    return {name: value[1:-1] if value[:1] in ("'", '"') and value[-1:] == value[:1] else value for name, value in lines}


def _order(page: Path) -> float:
    said = front_matter(page.read_text(encoding="utf-8")).get("order", "")
    return int(said) if said.isdigit() else _LAST
