"""What was mended in the theme: its script holds nothing up, and what one comes to never lies beneath what sticks to the window's top."""

from __future__ import annotations

import pytest

from tests.browser.browsing import DESK, PHONE, opened
from tests.browser.felt import OBSERVE

THEIRS = "**/javascripts/bundle.*.js"
TABS = 40
COVERED = """() => {
    const at = document.activeElement, { top, height } = at.getBoundingClientRect();
    const header = document.querySelector(".md-header").getBoundingClientRect(), line = document.querySelector("nav.steps")?.getBoundingClientRect();
    const above = line && line.top <= header.bottom + 1 ? line.bottom : header.bottom;
    const isOurs = at.closest("article") && !at.closest("nav.steps") && height < innerHeight - above;
    return isOurs && top < above - 1 ? at.outerHTML.slice(0, 120) : "";
}"""


def shift(page) -> float:
    return page.evaluate("felt.shift")


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_a_page_is_there_before_the_themes_script_and_does_not_move_when_it_comes(browser, address, site, viewport):
    with opened(browser, address, viewport=viewport) as (page, seen):
        held = []
        page.add_init_script(OBSERVE)
        page.route(THEIRS, lambda route: held.append(route))
        page.goto(address + site.dive, wait_until="domcontentloaded")
        page.locator(f"#{site.exhibit} .exhibit-live").wait_for()
        page.locator("div.guess[data-live]").first.wait_for()
        assert not page.evaluate("'component$' in window")
        page.wait_for_function("() => performance.getEntriesByType('paint').length > 0")
        held[0].continue_()
        page.wait_for_function("() => 'component$' in window")
        page.locator(".md-typeset__scrollwrap").first.wait_for(state="attached")
        page.wait_for_load_state("networkidle")
        assert shift(page) == 0
    assert seen.errors == [] and seen.foreign == []


def test_should_the_themes_script_never_come_pictures_live_all_the_same(browser, address, site):
    with opened(browser, address) as (page, _):
        page.route(THEIRS, lambda route: route.abort())
        page.goto(address + site.dive)
        exhibit = page.locator(f"#{site.exhibit}")
        exhibit.locator(".exhibit-live").click()
        exhibit.locator(".exhibit-chart .main-svg").first.wait_for()
        box = page.locator("#guess-layer")
        box.get_by_label("Flask").check()
        box.get_by_role("button", name="That is my guess").click()
        box.locator(".guess-answer").wait_for()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("which", ["dive", "other"])
def test_what_the_keyboard_comes_to_is_never_covered(browser, address, site, which, viewport):
    with opened(browser, address, viewport=viewport) as (page, _):
        page.goto(address + getattr(site, which), wait_until="networkidle")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.locator(".md-footer a").first.focus()
        covered, reached = [], 0
        for _ in range(TABS):
            page.keyboard.press("Shift+Tab")
            covered.append(page.evaluate(COVERED))
            reached += page.evaluate("Boolean(document.activeElement.closest('article'))")
        assert [each for each in covered if each] == []
        assert reached
