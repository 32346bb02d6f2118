"""The theme's style sheets without what no page can use."""

from __future__ import annotations

import re

import pytest

from scenarios.publish.built import lean

PALETTES = {("data-md-color-scheme", "slate"), ("data-md-color-primary", "custom")}


@pytest.mark.parametrize(
    "css, kept",
    [
        (".used{a:b}.unused{a:b}", ".used{a:b}"),
        (".used .unused{a:b}", ""),
        (".used,.unused:hover,.unused>p{a:b}", ".used{a:b}"),
        ("p,.unused{a:b}", "p{a:b}"),
        (".used:not(.unused){a:b}", ".used:not(.unused){a:b}"),
        (":is(.unused,.used) p{a:b}", ":is(.unused,.used) p{a:b}"),
        (".used :where(.unused, .also):not(.used){a:b}", ""),
        ("[dir=rtl] p{a:b}", ""),
        ("[data-md-color-switching] *,.used{a:b}", ".used{a:b}"),
        ("[data-md-color-primary=red] p{a:b}[data-md-color-scheme=slate]{a:b}", "[data-md-color-scheme=slate]{a:b}"),
        ('[data-md-color-scheme="other"]{a:b}', ""),
        ("@media print{.unused{a:b}.used{c:d}}", "@media print{.used{c:d}}"),
        ("@media print{.unused{a:b}}", ""),
        ("@keyframes x{from{a:b}to{c:d}}", "@keyframes x{from{a:b}to{c:d}}"),
        ('@charset "utf-8";.used{a:b}', '@charset "utf-8";.used{a:b}'),
        ("/* .unused */.used{a:url('data:x;{.unused}')}", ".used{a:url('data:x;{.unused}')}"),
        (r".used\:wide{a:b}", r".used\:wide{a:b}"),
        ('[href=".unused"]{a:b}', '[href=".unused"]{a:b}'),
    ],
)
def test_a_rule_goes_that_needs_what_is_nowhere(css, kept):
    assert lean.without_unused(css, {"used"}, PALETTES) == kept
    assert lean.is_needed(css, {"used"}, PALETTES) == bool(kept)


@pytest.mark.parametrize(
    "css, kept",
    [
        (":root{--read:1;--unread:url('a;b}c');--too:2}", ":root{--read:1;--too:2}"),
        (":root{--unread:1}", ":root{}"),
        (".block--unread:hover{a:b}", ".block--unread:hover{a:b}"),
    ],
)
def test_a_property_goes_that_nothing_reads(css, kept):
    assert lean.without_unread(css, {"--read", "--too"}) == kept


def test_pages_name_the_sheets_they_have(built):
    sheets = {sheet.name for sheet in built.site.glob(lean.THEME_SHEETS)}
    for page in built.site.rglob("index.html"):
        assert set(re.findall(r"assets/stylesheets/([\w.]+\.css)", page.read_text(encoding="utf-8"))) == sheets
    assert not list(built.site.glob("assets/stylesheets/*.map"))


def test_what_pages_and_scripts_use_stays_and_the_rest_is_gone(built):
    css = "".join(sheet.read_text(encoding="utf-8") for sheet in built.site.glob(lean.THEME_SHEETS))
    for name in ("md-header", "md-search-result__item", "md-typeset", "headerlink", "md-nav--secondary"):
        assert f".{name}" in css
    for gone in ("[dir=rtl]", "data-md-color-primary=red", ".tx-"):
        assert gone not in css
