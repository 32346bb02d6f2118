"""What a page weighs before its reader touches anything."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from scenarios.publish.built import links

BUDGET_BYTES = 115_000
"""Of a page with live charts, before one is touched."""
TEXT_BUDGET_BYTES = 80_000
"""Of a page without."""
EVIDENCE_BUDGET_BYTES = 150_000
"""Of a page of evidence, which is read by those who seek something in it."""


@dataclass(frozen=True)
class PageWeight:
    page: str
    html_bytes: int
    css_bytes: int
    js_bytes: int
    image_bytes: int
    has_charts: bool = True
    """Whether there are pictures on it that come alive."""

    @property
    def total_bytes(self) -> int:
        return self.html_bytes + self.css_bytes + self.js_bytes + self.image_bytes

    @property
    def budget_bytes(self) -> int:
        if self.page.startswith("evidence/"):
            return EVIDENCE_BUDGET_BYTES
        return BUDGET_BYTES if self.has_charts else TEXT_BUDGET_BYTES

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {size / 1000:.1f}" for name, size in zip(("html", "css", "js", "images"), self._parts(), strict=True))
        over = f", over {self.budget_bytes / 1000:.0f}" if self.total_bytes > self.budget_bytes else ""
        return f"{self.page}: {self.total_bytes / 1000:.1f} kB with gzip ({parts}){over}"

    def _parts(self) -> tuple[int, ...]:
        return self.html_bytes, self.css_bytes, self.js_bytes, self.image_bytes


def told(pages: Sequence[PageWeight]) -> list[str]:
    """Return a line for each page over its budget, and one for all: how many, and which is nearest to its own."""
    nearest = max(pages, key=lambda page: page.total_bytes / page.budget_bytes)
    return [
        *(str(page) for page in pages if page.total_bytes > page.budget_bytes),
        f"{len(pages)} pages; nearest to its budget of {nearest.budget_bytes / 1000:.0f} kB is {nearest}",
    ]


def weigh(site: Path, page: Path) -> PageWeight:
    """Return the gzip bytes of a page and of what its markup loads: style sheets, scripts, images."""
    sizes = {"css": 0, "js": 0, "image": 0}
    seen: set[Path] = set()
    where = "/" + page.relative_to(site).as_posix()
    for reference in links.read(page).references:
        if not (kind := _kind(reference)):
            continue
        file = site / unquote(urlsplit(urljoin(where, reference.url)).path).lstrip("/")
        if file.is_file() and file not in seen:
            seen.add(file)
            sizes[kind] += gzipped(file)
    has_charts = 'data-figure="' in page.read_text(encoding="utf-8")
    return PageWeight(page.relative_to(site).as_posix(), gzipped(page), sizes["css"], sizes["js"], sizes["image"], has_charts)


def _kind(reference: links.Reference) -> str:
    if reference.tag == "link":
        return {"stylesheet": "css", "icon": "image"}.get(reference.rel, "")
    return {"script": "js", "img": "image"}.get(reference.tag, "")


def gzipped(file: Path) -> int:
    data = file.read_bytes()
    # Images are packed already and are sent as they are.
    return len(data) if file.suffix in (".png", ".webp", ".jpg", ".ico") else _packed(data)


@lru_cache(maxsize=64)
def _packed(data: bytes) -> int:
    """Return the size of ``data`` with gzip; most pages load the same scripts and style sheets."""
    return len(gzip.compress(data, 6, mtime=0))
