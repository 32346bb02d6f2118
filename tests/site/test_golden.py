"""The two-wreck project's pages and live figures, against tests/golden/. Its README says how to renew them."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden"


def article(page: Path) -> str:
    """Return a page's own part, a line an element; the theme's part around it is its maker's affair."""
    text = re.search(r"<article[^>]*>(.*?)</article>", page.read_text(encoding="utf-8"), re.DOTALL)[1]
    return re.sub(r">\s*<", ">\n<", text).strip() + "\n"


def made(built) -> dict[str, str]:
    """Return golden name -> text of everything compared."""
    pages = {"index.html", "dives/paper-boat/index.html", "dives/tin-raft/index.html"}
    texts = {page.replace("/", "-"): article(built.site / page) for page in pages}
    figures = {
        f"exhibits-{re.sub(r'-[0-9a-f]{8}.json', '.json', f.name)}": f.read_text(encoding="utf-8")
        for f in (built.site / "exhibits").iterdir()
    }
    return texts | figures


def test_pages_and_figures_are_as_kept(built):
    texts = made(built)
    if os.environ.get("UPDATE_GOLDEN"):
        for old in [*GOLDEN.glob("*.html"), *GOLDEN.glob("*.json")]:
            old.unlink()
        for name, text in texts.items():
            (GOLDEN / name).write_text(text, encoding="utf-8")
    kept = {p.name: p.read_text(encoding="utf-8") for p in GOLDEN.iterdir() if p.name != "README.md"}
    assert sorted(texts) == sorted(kept)
    for name in sorted(texts):
        changed = list(difflib.unified_diff(kept[name].splitlines(), texts[name].splitlines(), "golden", "built", lineterm="", n=1))
        assert not changed, f"{name}\n" + "\n".join(line[:300] for line in changed[:40])
