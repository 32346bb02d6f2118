"""What a built site points at: every link leads somewhere, and nothing is fetched from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

_URLS = ("href", "src", "data", "poster", "action", "formaction", "background", "xlink:href", "data-figure")
_CSS_URL = re.compile(r"""url\(\s*['"]?([^'")]+)['"]?\s*\)|@import\s+['"]([^'"]+)['"]""")
_RAW = ("code", "pre", "script", "style")
"""Where braces are no token of ours."""
_SAYS_NOTHING = re.compile(
    r"</?(?!(?:code|pre|script|style)\b)[a-z][a-z0-9]*"
    r'(?: (?:class|scope|fill|stroke|width|height|text-anchor|x|y|cx|cy|r|d|dx|dy|x1|x2|y1|y2)="[^"\n]*")*/?>'
)
"""Tags that name nothing, lead nowhere and run nothing: cells and strokes, which are most of a page."""
_FETCH_NOTHING = {"canonical", "prev", "next", "alternate"}
"""Kinds of <link> that a browser does not load."""


@dataclass(frozen=True)
class Reference:
    line: int
    tag: str
    url: str
    rel: str
    """Of an <a> or a <link>."""


@dataclass(frozen=True)
class Fault:
    page: str
    """The built file, from the site's root."""
    line: int
    """0 where it is no page's."""
    url: str
    """What was written, as it stands in the page."""
    said: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.said}" if self.line else f"{self.page}: {self.said}"


@dataclass
class Document(HTMLParser):
    """One page's anchors, references, what runs within it, and tokens left in its prose."""

    anchors: set[str] = field(default_factory=set)
    references: list[Reference] = field(default_factory=list)
    tokens: list[tuple[int, str]] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)
    """Attributes that are scripts."""
    _raw: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag, attrs):
        if tag in _RAW:
            self._raw.append(tag)
        given = {k: v or "" for k, v in attrs}
        self.anchors.update(given[k] for k in ("id", "name") if given.get(k))
        self.handlers += [f'<{tag} {name}="...">' for name in given if name.startswith("on")]
        found = [given[k] for k in _URLS if k in given and not (k == "data" and tag != "object")]
        if "srcset" in given:
            found += [part.split()[0] for part in given["srcset"].split(",") if part.strip()]
        if "style" in given:
            found += css_urls(given["style"])
        if found:
            # A sheet that waits is not loaded with the page.
            rel = " ".join(["disabled"] * ("disabled" in given) + [given.get("rel", "")]).strip()
            self.references += [Reference(self.getpos()[0], tag, url, rel) for url in found]

    def handle_endtag(self, tag):
        if tag in self._raw:
            # An unclosed element inside ends with it.
            del self._raw[len(self._raw) - 1 - self._raw[::-1].index(tag) :]

    def handle_data(self, data):
        if "style" in self._raw:
            self.references += [Reference(self.getpos()[0], "style", url, "") for url in css_urls(data)]
        elif not self._raw and "{{" in data:
            self.tokens.append((self.getpos()[0], data[data.index("{{") :].strip()[:60]))


def css_urls(css: str) -> Iterator[str]:
    """Yield what a style sheet refers to."""
    for match in _CSS_URL.finditer(css):
        yield match[1] or match[2]


def read(path: Path) -> Document:
    return _parsed(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=256)
def _parsed(text: str) -> Document:
    """Return a page's document; links and weight are told from the same."""
    document = Document()
    # The parser takes its time over each tag.
    document.feed(_SAYS_NOTHING.sub("", text))
    document.close()
    return document


def faults(site: Path) -> list[str]:
    """Return what is wrong with a site's links, one line each: file, line, and the fault."""
    return list(map(str, find(site)))


def find(site: Path) -> list[Fault]:
    """Return what is wrong with a site's links."""
    documents = {path: read(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, document in documents.items():
        where = path.relative_to(site).as_posix()
        for reference in document.references:
            fault = _fault(site, path, where, reference, documents)
            if fault:
                found.append(Fault(where, reference.line, reference.url, fault))
        found += [Fault(where, line, text, f"a token left as it was: '{text}'") for line, text in document.tokens]
    for path in sorted([*site.rglob("*.css"), *site.rglob("*.svg")]):
        text = path.read_text(encoding="utf-8")
        urls = list(css_urls(text)) + (re.findall(r"""href=["']([^"']+)["']""", text) if path.suffix == ".svg" else [])
        for url in urls:
            fault = _fault(site, path, path.relative_to(site).as_posix(), Reference(0, "style", url, ""), documents)
            if fault:
                found.append(Fault(path.relative_to(site).as_posix(), 0, url, fault))
    return found


def _fault(site: Path, page: Path, where: str, reference: Reference, documents: dict[Path, Document]) -> str:
    url = reference.url.strip()
    parts = urlsplit(url)
    if parts.scheme in ("data", "mailto", "javascript", "blob") or not url:
        return f"a script as a link: '{url}'" if parts.scheme == "javascript" else ""
    if parts.scheme or parts.netloc:
        return _foreign(reference, url)
    if parts.path.startswith("/") and page.name != "404.html":
        return f"'{url}' begins at the host's root, and breaks below another path"
    if not parts.path and reference.tag not in ("a", "link", "area"):
        return "" if parts.fragment in documents.get(page, Document()).anchors or not parts.fragment else f"no '#{parts.fragment}' here"
    target = unquote(urlsplit(urljoin("/" + where, url)).path)
    file = site / target.lstrip("/")
    if file.is_dir():
        file = file / "index.html"
    if not file.is_file() or ".." in Path(target).parts:
        return f"'{url}' leads nowhere"
    return _fragment_fault(file, unquote(parts.fragment), url, documents)


def _foreign(reference: Reference, url: str) -> str:
    rel = set(reference.rel.split())
    if reference.tag == "a":
        return "" if "external" in rel else f"'{url}' leaves the site and is not marked rel=external"
    if reference.tag == "link" and rel & _FETCH_NOTHING:
        return ""
    return f"<{reference.tag}> fetches '{url}' from elsewhere"


def _fragment_fault(file: Path, fragment: str, url: str, documents: dict[Path, Document]) -> str:
    if not fragment:
        return ""
    if file.suffix == ".json":
        return "" if _points(_json(file), fragment) else f"'{url}' points at nothing in {file.name}"
    if file in documents and fragment not in documents[file].anchors and not fragment.startswith("__"):
        return f"'{url}': no '#{fragment}' there"
    return ""


@cache
def _json(file: Path):
    return json.loads(file.read_text(encoding="utf-8"))


def _points(document, pointer: str) -> bool:
    """Return whether a JSON pointer (RFC 6901) leads to anything; keys with a slash are not ours."""
    at = document
    for step in pointer.strip("/").split("/"):
        if isinstance(at, list) and step.isdigit() and int(step) < len(at):
            at = at[int(step)]
        elif isinstance(at, dict) and step in at:
            at = at[step]
        else:
            return False
    return True
