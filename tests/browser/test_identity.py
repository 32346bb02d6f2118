"""What the site looks like to those who come to it: the first screen, the way through, a wrong address, paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scenarios.publish.reading_order import DIVES, MORE, entries, sections
from tests.browser.browsing import DESK, PHONE, opened
from tests.browser.shots import pages_of
from tests.browser.test_page import faults

ROOT = Path(__file__).parents[2]
TABLET = {"width": 768, "height": 1024}

APART = ("evidence/", "notebooks/")
"""What the dives lead to, and is on no way from page to page."""


@pytest.fixture
def open_ours(browser, our_address):
    """Return a function that opens one of our pages."""
    scenes = []

    def open_one(path="", **context):
        scene = opened(browser, our_address, **context)
        scenes.append(scene)
        page, _ = scene.__enter__()
        page.goto(our_address + path, wait_until="networkidle")
        return page

    yield open_one
    for scene in scenes:
        scene.__exit__(None, None, None)


@pytest.mark.parametrize("viewport", [PHONE, TABLET, DESK], ids=["phone", "tablet", "desk"])
def test_the_first_screen_says_what_this_is_and_where_to_begin(open_ours, viewport):
    page = open_ours(viewport=viewport)
    for what in (page.get_by_role("heading", level=1), page.locator(".wreck-hero p").first, page.locator(".wreck-button")):
        box = what.bounding_box()
        assert box["y"] >= 48 and box["y"] + box["height"] <= viewport["height"]
        assert box["x"] >= 0 and box["x"] + box["width"] <= viewport["width"]
    page.locator(".wreck-button").click()
    page.wait_for_url("**/dives/truculent-query/")


def test_each_wreck_has_a_picture_and_the_whole_card_leads_to_it(open_ours):
    page = open_ours(viewport=DESK)
    cards = page.locator(".wreck-card")
    dives = sections(ROOT / "docs")[DIVES]
    assert cards.count() == len(dives) >= 4
    for number in range(len(dives)):
        picture = cards.nth(number).locator("svg[role=img]")
        assert picture.bounding_box()["height"] > 80
        name = "svg => document.getElementById(svg.getAttribute('aria-labelledby').split(' ')[0]).textContent"
        assert len(page.evaluate(name, picture.element_handle())) > 10
        assert cards.nth(number).locator(".wreck-verdict").count() >= 1
    picture = cards.nth(2).locator("svg[role=img]").bounding_box()
    page.mouse.click(picture["x"] + 5, picture["y"] + 5)
    page.wait_for_url("**/dives/oryx-antlerson/")


def test_a_line_beneath_the_cards_leads_to_every_other_wreck(open_ours):
    page = open_ours(viewport=DESK)
    more = [entry.title for entry in entries(ROOT / "docs").get(MORE, [])]
    assert page.locator(".wreck-more a").all_inner_texts() == more


def test_a_number_within_a_card_leads_to_its_own_evidence(open_ours):
    page = open_ours(viewport=DESK)
    page.locator(".wreck-card").first.locator(".wreck-verdict").first.click()
    page.wait_for_url(re.compile("evidence/truculent-query/#"))


@pytest.mark.parametrize("palette", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "dives/remembrance-lost/", "method/"])
def test_axe_finds_nothing_in_either_palette(open_ours, path, palette):
    assert faults(open_ours(path, viewport=DESK, color_scheme=palette)) == []


def test_every_page_follows_another(open_ours, ours):
    """From the front page on, 'next' leads through every page in order."""
    page, seen = open_ours(), []
    while page.locator(".md-footer__link--next").count() and len(seen) < 40:
        address = page.locator(".md-footer__link--next").evaluate("link => link.href")
        page.goto(address)
        seen.append(address)
    told = {path for path in pages_of(ours) if path and not path.startswith(APART)}
    assert len(seen) == len(set(seen)) == len(told)
    assert seen[-1].endswith("/declaring/")


def test_a_phone_finds_every_page_in_the_drawer(open_ours, ours):
    page = open_ours(viewport=PHONE)
    page.locator("label[for=__drawer].md-header__button").click()
    page.locator(".md-nav--primary").wait_for()
    links = page.locator(".md-nav--primary a.md-nav__link").evaluate_all("links => links.map(link => link.href)")
    told = [path for path in pages_of(ours) if not path.startswith(APART)]
    assert {path for path in told if not any(link.split("#")[0].endswith(path or "/base/") for link in links)} == set()


# --- a wrong address ---------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["nothing", "dives/nothing/", "evidence/of/nothing/at/all/"])
def test_a_wrong_address_leads_to_every_page_from_any_depth(browser, ours, our_address, wrong):
    with opened(browser, our_address) as (page, _):
        body = (ours / "404.html").read_text(encoding="utf-8")
        page.route(f"**/{wrong}", lambda route: route.fulfill(status=404, content_type="text/html", body=body))
        page.goto(our_address + wrong)
        page.locator("nav#way").wait_for()
        links = page.locator("nav#way a").evaluate_all("links => links.map(link => link.href)")
        assert set(links) == {our_address + path for path in pages_of(ours) if not path.startswith(APART)}
        assert not page.locator("#no-way").is_visible()
        assert faults(page) == []


def test_a_wrong_address_says_so_without_script(browser, ours, our_address):
    with opened(browser, our_address, java_script_enabled=False) as (page, _):
        page.goto(our_address + "404.html")
        assert page.locator("#no-way").is_visible() and not page.locator("nav#way").is_visible()


# --- what is told to those who link here -----------------------------------------------------------


def test_every_page_describes_itself_and_has_a_picture_to_show(ours):
    described = {}
    for path in pages_of(ours):
        text = (ours / path / "index.html").read_text(encoding="utf-8")
        described[path] = re.search(r'<meta name="description" content="([^"]+)">', text)[1]
        picture = re.search(r'<meta property="og:image" content="([^"]+)">', text)[1]
        assert (ours / path / picture).resolve() == (ours / "assets" / "social-card.png").resolve()
        assert (ours / path / picture).is_file()
        for name in ("og:title", "og:description", "og:type", "twitter:card"):
            assert re.search(rf'<meta (?:property|name)="{name}" content="[^"]+">', text), (path, name)
        assert '<meta name="theme-color" content="#' in text
    told = [said for path, said in described.items() if not path.startswith("evidence/")]
    assert len(told) == len(set(told)), "two pages say the same of themselves"


def test_the_pictures_shown_elsewhere_are_of_their_size_and_light():
    root = Path(__file__).parents[2] / "docs" / "assets"
    for name, size in {"social-card": (1200, 630), "front-light": (1280, 880), "front-dark": (1280, 880)}.items():
        data = (root / f"{name}.png").read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) == size
        assert len(data) < 200_000


# --- paper -----------------------------------------------------------------------------------------


def test_paper_has_the_article_alone_in_the_light_palette(open_ours):
    page = open_ours("dives/truculent-query/", viewport=DESK, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    for gone in (".md-header", ".md-sidebar", ".md-footer", ".exhibit-live", ".headerlink"):
        assert not any(each.is_visible() for each in page.locator(gone).all()), gone
    assert page.locator("figure.exhibit svg[role=img]").first.is_visible()
    assert page.locator("figure.exhibit figcaption").first.is_visible()
    for code in ("figure.wreck-ran [role=group]", "figure.wreck-ran pre", "figure.wreck-ran pre .k"):
        paper, ink = page.locator(code).first.evaluate(
            "node => (({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(node))"
        )
        assert ink == "rgb(0, 0, 0)" and paper in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"), code
    assert page.locator("figure.exhibit").first.evaluate("figure => getComputedStyle(figure).breakInside") == "avoid"
