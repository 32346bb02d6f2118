"""What keeps the first tasks of a page short on a slow phone: nothing is styled twice, and what is out of sight waits its turn.

No test here takes a time: those are ``invoke bench``'s. What is counted comes out the same on any machine.
"""

from __future__ import annotations

import pytest

from tests.browser.browsing import DESK, PHONE, await_instant, opened

BUNDLE = "javascripts/bundle."
TRACED = "devtools.timeline"
PUT_OFF = ".md-sidebar--primary > .md-sidebar__scrollwrap"
DRAWN = "node => node.checkVisibility({ contentVisibilityAuto: true })"
"""Whether it is laid out: what a ``content-visibility`` above it keeps back is not."""
SCHEME = "getComputedStyle(document.documentElement).colorScheme"
NO_REST = "window.requestIdleCallback = () => 0;"
"""A page that is never at rest."""


def traced(browser, address: str, path: str) -> tuple[list[dict], int]:
    """Return what the main thread of a page did while it came, and how many elements are in its body."""
    with opened(browser, address, viewport=PHONE, is_mobile=True, has_touch=True) as (page, _):
        devtools, events, ended = browser.new_browser_cdp_session(), [], []
        devtools.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
        devtools.on("Tracing.tracingComplete", lambda _: ended.append(True))
        devtools.send("Tracing.start", {"categories": TRACED, "transferMode": "ReportEvents"})
        page.goto(address + path, wait_until="networkidle")
        page.wait_for_function("() => 'component$' in window")
        devtools.send("Tracing.end")
        while not ended:
            page.wait_for_timeout(20)
        devtools.detach()
        return events, page.evaluate("document.body.querySelectorAll('*').length")


def styled_within(events: list[dict], script: str) -> int:
    """Return how many elements were styled while a script ran for the first time."""
    (ran,) = [e for e in events if e["name"] == "EvaluateScript" and script in e["args"]["data"]["url"]]
    end = ran["ts"] + ran["dur"]
    inside = [e for e in events if e.get("tid") == ran["tid"] and e.get("pid") == ran["pid"] and ran["ts"] <= e["ts"] < end]
    return sum(e["args"].get("elementCount", 0) for e in inside if e["name"] == "UpdateLayoutTree")


@pytest.mark.parametrize("which", ["dive", "other"])
def test_the_themes_script_has_less_styled_than_there_is(browser, address, site, which):
    events, elements = traced(browser, address, getattr(site, which))
    assert styled_within(events, BUNDLE) < elements / 2


@pytest.mark.parametrize(("palette", "other"), [("light", "dark"), ("dark", "light")])
def test_the_window_is_of_the_pages_palette_though_its_head_is_told_nothing(browser, address, site, palette, other):
    with opened(browser, address, color_scheme=palette) as (page, seen):
        page.goto(address + site.dive, wait_until="networkidle")
        assert page.locator("meta[name=color-scheme]").count() == 0
        assert page.locator("meta[name=theme-color]").count() >= 1
        assert page.evaluate(SCHEME) == palette
        page.locator("form[data-md-component=palette] label:visible").click()
        page.wait_for_function(f"() => {SCHEME} === '{other}'")
    assert seen.errors == []


def test_the_root_has_its_classes_from_the_first(browser, address, site):
    with opened(browser, address) as (page, _):
        page.route(f"**/{BUNDLE}*", lambda route: route.abort())
        page.goto(address + site.dive)
        before = page.evaluate("document.documentElement.className")
        page.unroute(f"**/{BUNDLE}*")
        page.goto(address + site.dive, wait_until="networkidle")
        page.wait_for_function("() => 'component$' in window")
        assert page.evaluate("document.documentElement.className") == before
        page.keyboard.press("Tab")
        assert page.locator(".focus-visible").count() == 1, "the theme shows the focus as ever"


# --- what waits its turn -----------------------------------------------------------------------------


def test_the_list_of_pages_waits_and_is_there_for_who_pulls_it_in(browser, address, site):
    with opened(browser, address, viewport=PHONE) as (page, _):
        page.add_init_script(NO_REST)
        page.goto(address + site.dive, wait_until="networkidle")
        link = page.locator(".md-nav--primary a.md-nav__link").first
        assert not link.evaluate(DRAWN)
        page.locator("label[for=__drawer].md-header__button").click()
        assert link.evaluate(DRAWN)


def test_once_a_page_is_at_rest_all_of_it_is_laid_out(browser, address, site):
    with opened(browser, address, viewport=PHONE) as (page, _):
        page.goto(address + site.dive, wait_until="networkidle")
        page.wait_for_function(f"() => document.querySelector('{PUT_OFF}.is-laid-out')")
        assert page.locator(".md-nav--primary a.md-nav__link").first.evaluate(DRAWN)
        page.wait_for_function("() => !document.querySelector('figure:is(.exhibit, .wreck-ran):not(.is-laid-out)')")


def test_on_a_desk_and_without_script_the_list_is_there_at_once(browser, address, site):
    for scene in ({"viewport": DESK}, {"viewport": PHONE, "java_script_enabled": False}):
        with opened(browser, address, **scene) as (page, _):
            if scene.get("java_script_enabled", True):
                page.add_init_script(NO_REST)
            page.goto(address + site.dive)
            assert page.locator(PUT_OFF).evaluate("box => getComputedStyle(box).contentVisibility") == "visible"


def test_a_page_that_is_brought_in_is_laid_out_too(browser, address, site):
    with opened(browser, address, viewport=DESK) as (page, _):
        page.goto(address + site.other)
        await_instant(page)
        page.evaluate("window.isTheSame = true")
        page.locator(f"a[href$='{site.dive}']").first.click()
        page.locator(f"#{site.exhibit}").wait_for()
        page.wait_for_function("() => !document.querySelector('figure:is(.exhibit, .wreck-ran):not(.is-laid-out)')")
        assert page.evaluate("window.isTheSame") and page.locator(f"{PUT_OFF}.is-laid-out").count() == 1


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_a_block_of_code_takes_the_same_room_before_and_after(browser, address, site, viewport):
    with opened(browser, address, viewport=viewport) as (page, _):
        page.add_init_script(NO_REST)
        page.goto(address + site.other, wait_until="networkidle")
        blocks = page.locator(".md-content__inner > .highlight")
        assert blocks.count() == 3
        for first in (blocks.nth(0), blocks.nth(1)):
            assert first.evaluate("block => getComputedStyle(block).contentVisibility") == "visible", "what is in the first window"
        block = blocks.nth(2)
        below = "Math.round(document.querySelector('.md-content__inner > .highlight + :not(.highlight)').getBoundingClientRect().top)"
        before = page.evaluate(below)
        assert block.evaluate("block => getComputedStyle(block).contentVisibility") == "auto"
        block.evaluate("block => block.classList.add('is-laid-out')")
        assert block.evaluate("block => getComputedStyle(block).contentVisibility") == "visible"
        assert page.evaluate(below) == before
