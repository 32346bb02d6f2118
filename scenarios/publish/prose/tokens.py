"""Tokens in prose, ``{{ ... }}``: each becomes its number or claim, linked to its evidence."""

from __future__ import annotations

import xml.etree.ElementTree as etree
from collections.abc import Callable

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString

from scenarios.errors import WreckError
from scenarios.publish import html
from scenarios.publish.evidence import TOKEN, look_up, parse
from scenarios.publish.facts.fact import VERDICTS, Fact
from scenarios.publish.prose.page import Page, placed
from scenarios.publish.soundings import sounding


RELATIVE_LINKS = "relpath"
"""What MkDocs calls its own part that turns links to pages' sources into links to pages, and warns of those that lead nowhere."""


def register(md: Markdown, page: Page) -> None:
    """Let ``md`` read tokens."""
    # After code in backticks (190) and after links (125 to 170), whose text is then read again, as theirs.
    md.inlinePatterns.register(_Linked(md, page), "wreck_token", 123)
    md.inlinePatterns.register(_Unlinked(md, page), "wreck_token_in_link", 122)


def prose(page: Page, outer: Markdown | None = None) -> Callable[[str], str]:
    """Return what turns a line inside a fence into HTML: Markdown and tokens, as outside of it.

    ``outer`` reads the page; where MkDocs has it look after links to other pages, links in the line are looked after as well.
    """
    inner = Markdown()
    register(inner, page)
    if outer is not None and RELATIVE_LINKS in outer.treeprocessors:
        inner.treeprocessors.register(outer.treeprocessors[RELATIVE_LINKS], RELATIVE_LINKS, 0)
    return lambda line: inner.reset().convert(line).removeprefix("<p>").removesuffix("</p>")


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
