"""The one Markdown extension: numbers and claims in prose, fences for exhibits and for code that ran.

Plain Python-Markdown, whatever generator calls it::

    markdown.markdown(text, extensions=[WreckExtension(docs="docs", site_data="site_data")])

A name that does not exist, or a claim that fails, raises a WreckError that begins with file and line.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as etree
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from scenarios.bench import FILE as BENCH_FILE
from scenarios.bench import read as read_bench
from scenarios.errors import EvidenceError, UsageError, WreckError
from scenarios.publish import bench, exhibit, fences, front, guess, html, linked, ran, sounding, steps
from scenarios.publish.banner import banners, own_banner, urgent
from scenarios.publish.dive import NOT_DIVED, Dive, Fleet
from scenarios.publish.evidence import TOKEN, VERDICTS, Fact, look_up, parse
from scenarios.publish.evidence_page import pages
from scenarios.publish.ledger import Ledger
from scenarios.soundings import FILE as SOUNDINGS_FILE
from scenarios.wreck import WRECKS, slugs

PAGE_MARK = "<!-- wreck:page -->"
"""Closes every page this extension has been through; a page without it was not converted."""


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


class WreckExtension(Extension):
    def __init__(self, **kwargs):
        self.config = {
            "docs": ["docs", "Folder of the pages, searched for the place of an error"],
            "site_data": ["site_data", "Folder of the evidence"],
            "wrecks": [str(WRECKS), "Folder of the wrecks' declarations"],
            "figures": ["", "Folder to write live figures to; none are written without it"],
        }
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:
        figures = self.getConfig("figures")
        fleet = Fleet(Path(self.getConfig("site_data")), Path(self.getConfig("wrecks")))
        self.page = Page(fleet, Path(self.getConfig("docs")), Path(figures) if figures else None)
        # Before any other fence is read (25), after line ends are settled (30).
        md.preprocessors.register(_Fences(md, self.page), "wreck_fences", 28)
        # After code in backticks (190) and after links (125 to 170), whose text is then read again, as theirs.
        md.inlinePatterns.register(_Linked(md, self.page), "wreck_token", 123)
        md.inlinePatterns.register(_Unlinked(md, self.page), "wreck_token_in_link", 122)
        md.treeprocessors.register(_Outward(md), "wreck_outward", 5)
        # When all tokens have been read (20). A tree's affair: MkDocs puts titles through every postprocessor.
        md.treeprocessors.register(_Banner(md, self.page), "wreck_banner", 4)
        front.register(md, self.page, placed)
        md.registerExtension(self)

    def reset(self) -> None:
        self.page.clear()


def makeExtension(**kwargs) -> WreckExtension:
    return WreckExtension(**kwargs)


# --- fences ----------------------------------------------------------------------------------------


class _Fences(Preprocessor):
    def __init__(self, md: Markdown, page: Page):
        super().__init__(md)
        self.page = page

    def run(self, lines: list[str]) -> list[str]:
        out, at = [], 0
        for fence in fences.find(lines, ("exhibit", "ran", "evidence", "bench", "sounding", "guess", "ledger")):
            out += lines[at : fence.start]
            try:
                drawn = self._draw(fence)
            except WreckError as fault:
                raise placed(fault, self.page.docs, "\n".join(fence.lines), _culprit(fence, fault)) from fault
            out += ["", fence.indent + self.md.htmlStash.store(html.visible(drawn)), ""]
            at = fence.end
        return out + lines[at:]

    def _draw(self, fence: fences.Fence) -> str:
        if fence.kind in ("guess", "ledger"):
            return self._told(*fences.listed(fence))
        options = fences.options(fence)
        if fence.kind == "bench":
            return self._bench(options)
        if fence.kind == "sounding":
            return self._sounding(options)
        for name in ("wreck", "kind") if fence.kind == "exhibit" else ("wreck",):
            if name not in options:
                raise UsageError(f"'{name}: ...' in a fence '{fence.kind}'", "none", "add it")
        slug = options["wreck"]
        dive = self.page.fleet.dive(slug)
        self.page.wrecks.add(slug)
        if fence.kind == "evidence":
            self.page.is_evidence = True
            return pages.part(dive, options)
        if fence.kind == "ran":
            return ran.render(dive, options) if dive.is_dived or "sql" not in options else html.absent_html("", f"The SQL is {NOT_DIVED}.")
        kind = options.pop("kind")
        del options["wreck"]
        ident = _ident(self.page, options.pop("id", ""), slug, kind, options)
        if not dive.is_dived:
            return html.absent_html(ident, f"The picture '{kind}' of {dive.wreck.title}: {NOT_DIVED}.")
        try:
            drawn = exhibit.draw(dive, kind, options)
        except EvidenceError as fault:
            if (why := dive.excuse(fault)) is None:
                raise
            return html.absent_html(ident, f"The picture '{kind}' of {dive.wreck.title} could not be drawn from this run: {why}.")
        return html.exhibit_html(drawn, slug, ident, self._figure(drawn, ident), linked_url=self._linked(drawn, dive))

    def _told(self, fence: fences.Fence, items: list[str]) -> str:
        """Ask a question or add to the ledger: fences whose lines are prose."""
        options, prose = fences.options(fence), _prose(self.page)
        if fence.kind == "ledger":
            return self.page.ledger.render(self.page.unique("known"), options, [prose(each) for each in items])
        for name in ("wreck", "id"):
            if name not in options:
                raise UsageError(f"'{name}: ...' in a fence 'guess'", "none", "add it")
        self.page.wrecks.add(options["wreck"])
        self.page.guesses += 1
        return guess.render(self.page.fleet, _ident(self.page, options["id"], "", "", {}), options, items, prose)

    def _sounding(self, options: dict[str, str]) -> str:
        """Draw what ``show`` names of the soundings, or say that there are none."""
        if set(options) != {"show"}:
            raise UsageError("'show: ...' alone in a fence 'sounding'", ", ".join(sorted(options)) or "nothing", f"name one of {', '.join(sounding.shown())}")
        fleet, show = self.page.fleet, options["show"]
        known = set(slugs(fleet.wrecks))
        self.page.wrecks |= known.intersection(sounding.rests_on(show))
        ident = self.page.unique(f"sounding-{show}")
        if fleet.soundings is None:
            return html.absent_html(ident, sounding.NOT_MEASURED)
        drawn = sounding.draw(fleet.soundings, fleet, show)
        return html.exhibit_html(drawn, "", ident, self._figure(drawn, ident), html.links_to_file(drawn, SOUNDINGS_FILE, ident))

    def _bench(self, options: dict[str, str]) -> str:
        """Draw what ``show`` names of the benchmarks, or say that there are none."""
        if set(options) != {"show"}:
            raise UsageError("'show: ...' alone in a fence 'bench'", ", ".join(sorted(options)) or "nothing", f"name one of {', '.join(bench.SHOWN)}")
        ident, found = self.page.unique(f"bench-{options['show']}"), read_bench(self.page.fleet.site_data)
        if found is None:
            return html.absent_html(ident, bench.NOT_MEASURED)
        drawn = bench.draw(found, options["show"])
        return html.exhibit_html(drawn, "", ident, self._figure(drawn, ident), html.links_to_file(drawn, BENCH_FILE, ident))

    def _linked(self, drawn: exhibit.Exhibit, dive: Dive) -> str:
        """Write what live charts of this wreck lead on to where figures go, once a page, and return its URL."""
        if drawn.chart is None or self.page.figures is None or drawn.linked is None or not drawn.linked.leads:
            return ""
        if dive.slug not in self.page.linked:
            name, text = linked.file(dive)
            self.page.figures.mkdir(parents=True, exist_ok=True)
            (self.page.figures / name).write_text(text, encoding="utf-8")
            self.page.linked[dive.slug] = f"{html.ROOT}exhibits/{name}"
        return self.page.linked[dive.slug]

    def _figure(self, drawn: exhibit.Exhibit, ident: str) -> str:
        """Write the live figure where figures go and return its URL."""
        if drawn.chart is None:
            return ""
        name, text = html.figure_file(ident, drawn)
        if self.page.figures is not None:
            self.page.figures.mkdir(parents=True, exist_ok=True)
            (self.page.figures / name).write_text(text, encoding="utf-8")
        return f"{html.ROOT}exhibits/{name}"


def _ident(page: Page, given: str, slug: str, kind: str, options: dict[str, str]) -> str:
    if given:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", given) or given in page.ids:
            raise UsageError("an id of small letters, digits and dashes, once a page", f"'{given}'", "choose another")
        return page.unique(given)
    experiment = options.get("experiment", "")
    return page.unique("-".join(part for part in (slug, kind, experiment) if part))


def _culprit(fence: fences.Fence, fault: WreckError) -> int:
    """Return which of the fence's lines the fault is about: the one that holds the name it got."""
    quoted = re.findall(r"'([^']+)'", fault.got)
    for i, line in enumerate(fence.lines[1:-1], start=1):
        value = re.split(r"[:,]\s*", line)
        if any(q in (part.strip() for part in value) or q == line.strip() for q in quoted):
            return i
    return 0


# --- tokens ----------------------------------------------------------------------------------------


class _Token(InlineProcessor):
    """``{{ ... }}`` in prose."""

    linked = True

    def __init__(self, md: Markdown, page: Page):
        super().__init__(TOKEN.pattern, md)
        self.page = page

    def handleMatch(self, m, data):
        try:
            token = parse(m.group(1))
            fact = look_up(self.page.fleet, token)
        except WreckError as fault:
            raise placed(fault, self.page.docs, m.group(0)) from fault
        if token.slug != sounding.SLUG:
            self.page.wrecks.add(token.slug)
        is_told = fact.kind == "claim" and "bare" not in token.options
        return self._claim(fact) if is_told else self._number(fact), m.start(0), m.end(0)

    def _number(self, fact: Fact) -> etree.Element:
        linked = self.linked and fact.href
        element = etree.Element("a" if linked else "span", html.fact_attributes(fact))
        if linked:
            element.set("href", html.ROOT + fact.href)
        element.text = AtomicString(html.visible(fact.text))
        return element

    def _claim(self, fact: Fact) -> etree.Element:
        element = etree.Element("span", html.fact_attributes(fact))
        del element.attrib["title"]
        element.text = AtomicString(html.visible(fact.text) + " " if fact.text else "")
        verdict = etree.SubElement(element, "a" if self.linked else "span", {"class": "wreck-verdict", "title": html.visible(fact.origin)})
        if self.linked:
            verdict.set("href", html.ROOT + fact.href)
        verdict.text = AtomicString(f"({VERDICTS[fact.verdict]})")
        return element


class _Linked(_Token):
    ANCESTOR_EXCLUDES = ("a",)


class _Unlinked(_Token):
    """Inside a link of the author's a number is no link itself."""

    linked = False


def _prose(page: Page) -> Callable[[str], str]:
    """Return what turns a line inside a fence into HTML: Markdown and tokens, as outside of it."""
    inner = Markdown()
    inner.inlinePatterns.register(_Linked(inner, page), "wreck_token", 123)
    inner.inlinePatterns.register(_Unlinked(inner, page), "wreck_token_in_link", 122)
    return lambda line: inner.reset().convert(line).removeprefix("<p>").removesuffix("</p>")


# --- the page --------------------------------------------------------------------------------------

SCRIPT = f'<script src="{html.ROOT}assets/place.js" defer></script>'
"""Of pages with questions or steps, and of no others."""


class _Outward(Treeprocessor):
    """Marks links that leave the site: the only way out of it."""

    def run(self, root: etree.Element) -> None:
        for link in root.iter("a"):
            if urlsplit(link.get("href", "")).scheme in ("http", "https"):
                link.set("rel", "external noopener")


class _Banner(Treeprocessor):
    """Puts the notices of the evidence used beneath the page's title, and the page's mark at its end."""

    def __init__(self, md: Markdown, page: Page):
        super().__init__(md)
        self.page = page

    def run(self, root: etree.Element) -> None:
        dives = [self.page.fleet.dive(slug) for slug in sorted(self.page.wrecks)]
        said = own_banner(*dives) if self.page.is_evidence else (urgent if self.page.has_notices else banners)(dives)
        line = steps.line(root)
        said += line + steps.place(self.page.guesses)
        if said:
            titles = [i for i, child in enumerate(root) if child.tag == "h1"]
            root.insert(titles[0] + 1 if titles else 0, self._raw(said))
        if line or self.page.guesses:
            root.append(self._raw(SCRIPT))
        root.append(self._raw(PAGE_MARK))

    def _raw(self, text: str) -> etree.Element:
        held = etree.Element("p")
        held.text = self.md.htmlStash.store(text)
        return held


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
