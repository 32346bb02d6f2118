"""What we know so far: the fence ``ledger``, whose entries add up as a page goes on.

    - The page is slow for everyone, all the time.
    - {{ truculent-query: claim:mostly-database }}

Each fence adds its entries; those before it are folded above them, as plain text. With ``show: all``, as at the end, they
stand there whole. Beside the story, where a screen is wide, the page's script keeps those that its reader has come to.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from scenarios.errors import UsageError, nearest

TITLE = "What we know so far"
_TOLD = ' class="ledger-told"'


@dataclass
class Ledger:
    """The entries of one page, as HTML, in order."""

    entries: list[str] = field(default_factory=list)

    def render(self, ident: str, options: dict[str, str], entries: list[str]) -> str:
        """Add ``entries`` (HTML) and return the fence as HTML. Raises UsageError."""
        for name, value in options.items():
            if (name, value) != ("show", "all"):
                raise UsageError("'show: all' or nothing in a ledger", f"'{name}'", nearest(name, ("show",)))
        if not entries:
            raise UsageError("an entry in a ledger", "none", "write each as '- text'")
        before, self.entries = self.entries, [*self.entries, *entries]
        whole = "show" in options
        earlier = "" if whole or not before else _earlier(before)
        shown = self.entries if whole else entries
        start = f' start="{len(before) + 1}"' if before and not whole else ""
        # What stands on the page already is marked: the list beside the story has it once.
        told = len(before) if whole else 0
        listed = "".join(f"<li{_TOLD if i < told else ''}>{each}</li>" for i, each in enumerate(shown))
        title = "" if whole else _title(ident)
        return f'<div class="ledger" id="{ident}">{title}{earlier}<ol{start}>{listed}</ol></div>'


def _title(ident: str) -> str:
    return f'<p class="ledger-title">{TITLE} <a class="guess-link" href="#{ident}" aria-label="Link to this list">Link to this</a></p>'


def _earlier(entries: list[str]) -> str:
    items = "".join(f"<li>{html.escape(_plain(each), quote=False)}</li>" for each in entries)
    return f"<details data-search-exclude><summary>Known before this: {len(entries)}</summary><ol>{items}</ol></details>"


def _plain(markup: str) -> str:
    """Return markup's text without the verdicts of claims: it is read again, and its evidence is linked where it stood first."""
    said = re.sub(r'<a [^>]*class="wreck-verdict".*?</a>|<span class="wreck-verdict".*?</span>', "", markup)
    return html.unescape(re.sub(r"<[^>]+>", "", said)).strip()
