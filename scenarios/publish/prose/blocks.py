"""Fences of ours, each drawn where it stands: pictures, code that ran, questions, the ledger, a page of evidence's parts."""

from __future__ import annotations

import re

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from scenarios.bench import FILE as BENCH_FILE
from scenarios.errors import EvidenceError, UsageError, WreckError
from scenarios.publish import api, bench, exhibit, html, lab, lab_engine
from scenarios.publish.dive import NOT_DIVED, Dive
from scenarios.publish.evidence_page import pages
from scenarios.publish.prose import fences, guess, ran
from scenarios.publish.prose.page import Page, placed
from scenarios.publish.prose.tokens import prose
from scenarios.publish.soundings import sounding
from scenarios.publish.traces import linked
from scenarios.soundings import FILE as SOUNDINGS_FILE
from scenarios.wreck import slugs

KINDS = ("exhibit", "ran", "evidence", "bench", "sounding", "guess", "ledger", "api", "lab")


def register(md: Markdown, page: Page) -> None:
    """Let ``md`` read these fences."""
    # Before any other fence is read (25), after line ends are settled (30).
    md.preprocessors.register(_Blocks(md, page), "wreck_fences", 28)


class _Blocks(Preprocessor):
    def __init__(self, md: Markdown, page: Page):
        super().__init__(md)
        self.page = page

    def run(self, lines: list[str]) -> list[str]:
        out, at = [], 0
        for fence in fences.find(lines, KINDS):
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
        if fence.kind == "api":
            return api.render(options)
        if fence.kind == "bench":
            return self._bench(options)
        if fence.kind == "sounding":
            return self._sounding(options)
        for name in ("wreck", "kind") if fence.kind == "exhibit" else ("wreck",):
            if name not in options:
                raise UsageError(f"'{name}: ...' in a fence '{fence.kind}'", "none", "add it")
        dive = self.page.fleet.dive(options["wreck"])
        self.page.wrecks.add(dive.slug)
        if fence.kind == "lab":
            return self._lab(dive, options)
        if fence.kind == "evidence":
            self.page.is_evidence = True
            return pages.part(dive, options)
        if fence.kind == "ran":
            return self._ran(dive, options)
        return self._exhibit(dive, options)

    def _exhibit(self, dive: Dive, options: dict[str, str]) -> str:
        """Draw a picture of a wreck, or say why there is none."""
        kind, given = options.pop("kind"), options.pop("id", "")
        del options["wreck"]
        ident = self._ident(dive, kind, given, options.get("experiment", ""))
        if not dive.is_dived:
            return html.absent_html(ident, f"The picture '{kind}' of {dive.wreck.title}: {NOT_DIVED}.")
        try:
            drawn = exhibit.draw(dive, kind, options)
        except EvidenceError as fault:
            if (why := dive.excuse(fault)) is None:
                raise
            return html.absent_html(ident, f"The picture '{kind}' of {dive.wreck.title} could not be drawn from this run: {why}.")
        return html.exhibit_html(drawn, dive.slug, ident, self._figure(drawn, ident), linked_url=self._linked(drawn, dive))

    def _ran(self, dive: Dive, options: dict[str, str]) -> str:
        """Show code as it ran."""
        ident = self._ident(dive, "ran", options.pop("id", ""), ran.ident_part(options))
        if not dive.is_dived and "sql" in options:
            return html.absent_html(ident, f"The SQL is {NOT_DIVED}.")
        return ran.render(dive, options, ident)

    def _ident(self, dive: Dive, kind: str, given: str, shown: str) -> str:
        """Return the id that a fence gives itself, or one of its wreck, its kind and what of it is shown."""
        return self.page.own(given) if given else self.page.unique("-".join(part for part in (dive.slug, kind, shown) if part))

    def _lab(self, dive: Dive, options: dict[str, str]) -> str:
        """Offer Postgres in the page, or say why it cannot be had."""
        ident = self.page.unique("lab")
        if not dive.is_dived:
            return html.absent_html(ident, f"A lab for {dive.wreck.title}: {NOT_DIVED}.")
        return lab.render(self.page.fleet, dive, ident, options, lab_engine.engine(), self.page.figures)

    def _told(self, fence: fences.Fence, items: list[str]) -> str:
        """Ask a question or add to the ledger: fences whose lines are prose."""
        options, to_html = fences.options(fence), prose(self.page, self.md)
        if fence.kind == "ledger":
            return self.page.ledger.render(self.page.unique("known"), options, [to_html(each) for each in items])
        for name in ("wreck", "id"):
            if name not in options:
                raise UsageError(f"'{name}: ...' in a fence 'guess'", "none", "add it")
        self.page.wrecks.add(options["wreck"])
        self.page.guesses += 1
        return guess.render(self.page.fleet, self.page.own(options["id"]), options, items, to_html)

    def _sounding(self, options: dict[str, str]) -> str:
        """Draw what ``show`` names of the soundings, or say that there are none."""
        fleet, show = self.page.fleet, _show(options, "sounding", sounding.shown())
        known = set(slugs(fleet.wrecks))
        self.page.wrecks |= known.intersection(sounding.rests_on(show))
        ident = self.page.unique(f"sounding-{show}")
        if fleet.soundings is None:
            return html.absent_html(ident, sounding.NOT_MEASURED)
        drawn = sounding.draw(fleet.soundings, fleet, show)
        return html.exhibit_html(drawn, "", ident, self._figure(drawn, ident), html.links_to_file(drawn, SOUNDINGS_FILE, ident))

    def _bench(self, options: dict[str, str]) -> str:
        """Draw what ``show`` names of the benchmarks, or say that there are none."""
        show = _show(options, "bench", list(bench.SHOWN))
        ident, found = self.page.unique(f"bench-{show}"), self.page.fleet.bench
        if found is None:
            return html.absent_html(ident, bench.NOT_MEASURED)
        drawn = bench.draw(found, show)
        return html.exhibit_html(drawn, "", ident, self._figure(drawn, ident), html.links_to_file(drawn, BENCH_FILE, ident))

    def _linked(self, drawn: exhibit.Exhibit, dive: Dive) -> str:
        """Write what live charts of this wreck lead on to where figures go, once a page, and return its URL."""
        if drawn.chart is None or self.page.figures is None or drawn.linked is None or not drawn.linked.leads:
            return ""
        if dive.slug not in self.page.linked:
            self.page.linked[dive.slug] = self._written(*linked.file(dive))
        return self.page.linked[dive.slug]

    def _figure(self, drawn: exhibit.Exhibit, ident: str) -> str:
        """Write the live figure where figures go and return its URL."""
        return "" if drawn.chart is None else self._written(*html.figure_file(ident, drawn))

    def _written(self, name: str, text: str) -> str:
        """Write a file for the page's scripts, where there is a place for such, and return its URL."""
        if self.page.figures is not None:
            self.page.figures.mkdir(parents=True, exist_ok=True)
            (self.page.figures / name).write_text(text, encoding="utf-8")
        return f"{html.ROOT}exhibits/{name}"


def _show(options: dict[str, str], kind: str, known: list[str]) -> str:
    """Return what a fence's one option names. Raises UsageError for any other, and for none."""
    if set(options) != {"show"}:
        got = ", ".join(sorted(options)) or "nothing"
        raise UsageError(f"'show: ...' alone in a fence '{kind}'", got, f"name one of {', '.join(known)}")
    return options["show"]


def _culprit(fence: fences.Fence, fault: WreckError) -> int:
    """Return which of the fence's lines the fault is about: the one that holds the name it got."""
    quoted = re.findall(r"'([^']+)'", fault.got)
    for i, line in enumerate(fence.lines[1:-1], start=1):
        value = re.split(r"[:,]\s*", line)
        if any(q in (part.strip() for part in value) or q == line.strip() for q in quoted):
            return i
    return 0
