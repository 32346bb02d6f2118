"""A page of evidence: reached from a number, unfolded where the link leads, and for everybody."""

import pytest

from tests.browser.browsing import DESK, PHONE, await_instant
from tests.browser.test_page import faults

EVIDENCE = "evidence/sunken-query/"
ARM = "headline--wrecked"
OPEN_SOME = "which => document.querySelectorAll(which).forEach(details => { details.open = true })"
IN_VIEW = "id => { const {top} = document.getElementById(id).getBoundingClientRect(); return top >= 40 && top < 300 }"


@pytest.mark.parametrize(("viewport", "palette"), [(PHONE, "light"), (DESK, "dark")], ids=["phone", "desk"])
def test_axe_finds_nothing(open_page, viewport, palette):
    page, _ = open_page(EVIDENCE, viewport=viewport, color_scheme=palette)
    # One of each kind: axe takes a minute over all of them.
    page.evaluate(OPEN_SOME, f"#{ARM} details, .evidence > details, [id^=plan]:last-of-type details")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_a_number_opens_its_evidence_and_back_again(open_page, site):
    page, _ = open_page(site.dive)
    number = page.locator("main p a.wreck-number").first
    await_instant(page)
    page.evaluate("window.sameDocument = true")
    number.focus()
    page.keyboard.press("Enter")
    page.locator(f"#{ARM} > details[open]").wait_for()
    page.wait_for_function(IN_VIEW, arg=ARM)
    assert page.evaluate("window.sameDocument"), "instant navigation is off"
    page.go_back()
    page.locator("figure.exhibit").first.wait_for()


def test_a_link_within_the_page_unfolds_too_and_again(open_page):
    page, _ = open_page(EVIDENCE, viewport=PHONE)
    # Instant navigation writes addresses out.
    link = page.locator(f"a[href$='#{ARM}']").first
    fold = page.locator(f"#{ARM} > details")
    for _ in range(2):
        link.click()
        page.wait_for_function(IN_VIEW, arg=ARM)
        assert fold.evaluate("fold => fold.open")
        fold.evaluate("fold => { fold.open = false }")


@pytest.mark.parametrize("fragment", ["no-such-place", "%E0%A4%A", "about-run"])
def test_other_fragments_unfold_nothing(open_page, fragment):
    page, _ = open_page(f"{EVIDENCE}#{fragment}")
    assert page.locator(".evidence details[open]").count() == 0


def test_without_script_every_place_is_reached(open_page):
    page, _ = open_page(f"{EVIDENCE}#{ARM}", viewport=PHONE, java_script_enabled=False)
    place = page.locator(f"#{ARM}")
    assert 0 <= place.bounding_box()["y"] < PHONE["height"]
    place.locator("summary").first.click()
    assert place.locator("table").first.is_visible()


def test_the_age_is_told_by_the_readers_clock(open_page, site):
    page, _ = open_page(site.dive)
    age = page.locator(".wreck-measured time").first
    days = page.evaluate("time => Math.floor((Date.now() - Date.parse(time.dateTime)) / 86400e3)", age.element_handle())
    assert age.text_content() == f"2 November 2026 ({days:,} days ago)"
