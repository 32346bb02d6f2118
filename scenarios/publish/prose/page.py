"""The page that is being converted: what is known of it so far, and where in its file a fault stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from scenarios.errors import UsageError, WreckError
from scenarios.publish import reading_order
from scenarios.publish.dive import Dive, Fleet
from scenarios.publish.prose.ledger import Ledger


@dataclass
class Page:
    """What is known of the page being converted."""

    fleet: Fleet
    docs: Path
    figures: Path | None
    wrecks: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    linked: dict[str, str] = field(default_factory=dict)
    """Wreck to the address of what its live charts lead on to."""
    is_evidence: bool = False
    """Whether it is a wreck's own page of evidence."""
    has_notices: bool = False
    """Whether it says itself where the notices of its evidence stand."""
    guesses: int = 0
    ledger: Ledger = field(default_factory=Ledger)

    def dives(self) -> list[Dive]:
        """Return the dives that the page rests on, in the order in which their own pages are read."""
        pages = [page for section in reading_order.sections(self.docs).values() for page in section]
        read = {page.removeprefix("dives/").removesuffix(".md"): at for at, page in enumerate(pages) if page.startswith("dives/")}
        return [self.fleet.dive(slug) for slug in sorted(self.wrecks, key=lambda slug: (read.get(slug, len(pages)), slug))]

    def clear(self) -> None:
        self.is_evidence = self.has_notices = False
        self.guesses, self.ledger = 0, Ledger()
        self.wrecks.clear()
        self.ids.clear()
        self.linked.clear()

    def unique(self, wanted: str) -> str:
        """Return ``wanted``, numbered where the page has it already."""
        ident, n = wanted, 1
        while ident in self.ids:
            n += 1
            ident = f"{wanted}-{n}"
        self.ids.add(ident)
        return ident

    def own(self, given: str) -> str:
        """Return an id that a fence gives itself, as it stands. Raises UsageError for one that is taken, or is none."""
        if not re.fullmatch(r"[a-z][a-z0-9-]*", given) or given in self.ids:
            raise UsageError("an id of small letters, digits and dashes, once a page", f"'{given}'", "choose another")
        return self.unique(given)


def placed(fault: WreckError, docs: Path, source: str, offset: int = 0) -> WreckError:
    """Return ``fault`` as the same kind of error, its line beginning with the file and line of ``source``.

    An extension is given text, not a file's name, so the text is looked for in the pages.
    """
    if not str(fault).startswith("wanted "):
        return fault  # placed already, and nearer
    error = type(fault)(fault.wanted, fault.got, fault.do)
    for path in sorted(docs.rglob("*.md")):
        text = path.read_text(encoding="utf-8", errors="replace")
        at = text.find(source)
        if at >= 0:
            line = text.count("\n", 0, at) + 1 + offset
            error.args = (f"{docs.name}/{path.relative_to(docs).as_posix()}:{line}: {fault}",)
            return error
    error.args = (f"'{source.splitlines()[min(offset, source.count(chr(10)))].strip()}': {fault}",)
    return error
