"""The site's content-security policy: what a page may load and run, said in each page itself.

Nothing but the site's own files, and of scripts within pages only those that were there when the site was built: each is
named by its hash. One policy serves all pages, since instant navigation brings one page's scripts into another's document.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from pathlib import Path

from scenarios.publish.built import links

PLACEHOLDER = "wreck-policy"
"""What the theme's templates have where the policy goes: as ``<meta>``, before any script."""
_META = f'<meta http-equiv="Content-Security-Policy" content="{PLACEHOLDER}">'
_SAID = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
_WITHIN = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL)
_IS_NO_SCRIPT = re.compile(r"""\bsrc=|\btype=["']?+(?!(?:module|(?:text|application)/javascript)\b)""")
"""Of a script's attributes: that it is a file, or data."""


def put(site: Path) -> str:
    """Write the policy into every page of ``site`` and return it."""
    pages = {page: page.read_text(encoding="utf-8") for page in sorted(site.rglob("*.html"))}
    policy = text_of(set().union(*map(scripts, pages.values())), set().union(*map(styles, pages.values())))
    for page, text in pages.items():
        page.write_text(text.replace(_META, _META.replace(PLACEHOLDER, escape(policy, quote=False)), 1), encoding="utf-8")
    return policy


def scripts(page: str) -> list[str]:
    """Return the scripts within a page, as they stand."""
    return [text for tag, attributes, text in _WITHIN.findall(page) if tag == "script" and not _IS_NO_SCRIPT.search(attributes)]


def styles(page: str) -> list[str]:
    """Return the style sheets within a page, as they stand."""
    return [text for tag, _, text in _WITHIN.findall(page) if tag == "style"]


def text_of(scripts: set[str], styles: set[str]) -> str:
    """Return the policy that allows these scripts and style sheets within pages, beside the site's own files."""
    # The library for live charts makes an empty style sheet, and adds its rules to it one by one.
    looks = styles | {""}
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(["script-src 'self'", *sorted(map(named, scripts))]),
            # Drawings, still and live, have their places written as style attributes: those must be allowed. Older browsers
            # know that only as one permission for style of every kind; the two lines after it take it back from the others.
            "style-src 'self' 'unsafe-inline'",
            " ".join(["style-src-elem 'self'", *sorted(map(named, looks))]),
            "style-src-attr 'unsafe-inline'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def named(text: str) -> str:
    """Return the name that a policy has for a script or style sheet: its SHA-256."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def faults(site: Path) -> list[str]:
    """Return what stands against a site's policy, one line each."""
    return [f"{page.relative_to(site).as_posix()}: {fault}" for page in sorted(site.rglob("*.html")) for fault in _faults(page)]


def _faults(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    said = _SAID.search(text)
    if not said or said[1] == PLACEHOLDER:
        return ["no content-security policy"]
    first = _WITHIN.search(text)
    found = ["its policy comes after what it is to rule"] if first and first.start() < said.start() else []
    found += [f"{handler}, which the policy forbids" for handler in links.read(page).handlers]
    unnamed = [script for script in scripts(text) if named(script) not in said[1]]
    return found + [f"a script that its policy does not name: '{' '.join(script.split())[:60]}'" for script in unnamed]
