"""Which of the site's own style sheets a page needs: the others wait until its reader reaches out, for the pages that follow.

A sheet that waits is marked ``disabled``, and a browser does not fetch it. The theme's script (``mended.js``) lets them all
come with the first touch, so that a page that instant navigation brings finds its sheet there.
"""

from __future__ import annotations

import re
from pathlib import Path

from scenarios.publish.built import lean

_LINK = re.compile(r'<link rel="stylesheet" href="((?:\.\./)*assets/[\w.-]+\.css)">')

_TIGHT = re.compile(r"""("[^"]*"|'[^']*')|/\*.*?\*/|\s*([{};,])\s*|\s+""", re.DOTALL)


def pack(site: Path) -> None:
    """Rewrite the own style sheets of ``site`` without remarks and spare room: they are to be read where they are written."""
    for sheet in sorted(site.glob(lean.OWN_SHEETS)):
        sheet.write_text(packed(sheet.read_text(encoding="utf-8")), encoding="utf-8")


def packed(css: str) -> str:
    return _TIGHT.sub(lambda found: found[1] or found[2] or ("" if found[0].startswith("/*") else " "), css).strip()


def spare(site: Path) -> None:
    """Mark, in every page of ``site``, the own style sheets of which no rule can match anything on it."""
    css = {sheet.name: sheet.read_text(encoding="utf-8") for sheet in site.glob(lean.OWN_SHEETS)}
    for page in sorted(site.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        classes, attributes = lean.classes(text), lean.attributes(text)

        def marked(link: re.Match, classes=classes, attributes=attributes) -> str:
            rules = css.get(link[1].rpartition("/")[2])
            needed = rules is None or lean.is_needed(rules, classes, attributes)
            return link[0] if needed else link[0].replace(">", " disabled>")

        page.write_text(_LINK.sub(marked, text), encoding="utf-8")
