"""The page Instruments as a reader has it: a request walked by keyboard and by mouse, a choice of requests, no script, print.

On our own pages, from the committed evidence: the checklist to print is one of them.
"""

import contextlib
import re

import pytest

from tests.browser.browsing import DESK, PHONE, await_instant, opened
from tests.browser.test_page import faults

PAGE = "instruments/"
SHIFTS = """() => {
  const observer = new PerformanceObserver(() => {});
  observer.observe({ type: "layout-shift", buffered: true });
  return observer.takeRecords().filter(entry => !entry.hadRecentInput).reduce((sum, entry) => sum + entry.value, 0);
}"""


@pytest.fixture
def open_ours(browser, our_address):
    """Return a function that opens a page of ours; none may have erred or gone abroad."""
    with contextlib.ExitStack() as stack:
        scenes = []

        def open_one(path=PAGE, **context):
            page, seen = stack.enter_context(opened(browser, our_address, **context))
            scenes.append(seen)
            page.goto(our_address + path)
            return page

        yield open_one
        for seen in scenes:
            assert seen.foreign == [] and seen.errors == []


def first_of(page):
    """Return the request that shows at first, as (its part of the page, its slider)."""
    shown = page.locator(".architecture").first
    return shown, shown.get_by_role("slider", name="Walk with the request")


def widths(shown) -> list[float]:
    return [float(bar.get_attribute("width")) for bar in shown.locator(".architecture-bar").all()]


def lit(shown) -> list[str]:
    return shown.locator("[data-part].is-here").evaluate_all("nodes => nodes.map(node => node.dataset.part)")


def test_the_keyboard_walks_from_the_client_and_back(open_ours):
    page = open_ours()
    shown, slider = first_of(page)
    whole, clock = widths(shown), shown.locator(".architecture-clock").text_content()
    rows = shown.locator("tr[data-took]")
    slider.focus()
    page.keyboard.press("Home")
    assert lit(shown) == ["client"] and widths(shown) == [0] * len(whole) and rows.locator("[aria-current]").count() == 0
    assert shown.get_by_role("status").text_content().startswith("The client asks")
    before = widths(shown)
    for leg in range(1, rows.count() + 1):
        page.keyboard.press("ArrowRight")
        now = widths(shown)
        assert all(b >= a for a, b in zip(before, now, strict=True)) and now != before
        assert rows.nth(leg - 1).get_attribute("aria-current") == "step" and shown.locator("[aria-current]").count() == 1
        assert slider.get_attribute("aria-valuetext") == f"leg {leg} of {rows.count()}"
        assert f"Leg {leg} of" in shown.get_by_role("status").text_content()
        before = now
    assert widths(shown) == whole and shown.locator(".architecture-clock").text_content() == clock
    assert "The answer is there" in shown.get_by_role("status").text_content()
    page.keyboard.press("ArrowRight")
    assert slider.input_value() == str(rows.count())


def test_what_is_lit_is_where_the_row_says(open_ours):
    page = open_ours()
    shown, slider = first_of(page)
    slider.focus()
    page.keyboard.press("Home")
    for row in shown.locator("tr[data-took]").all():
        page.keyboard.press("ArrowRight")
        assert lit(shown) == sorted((pair.split(":")[0] for pair in row.get_attribute("data-took").split()), key=order(shown).index)


def order(shown) -> list[str]:
    return shown.locator("[data-part]").evaluate_all("nodes => nodes.map(node => node.dataset.part)")


def test_the_mouse_walks_as_well_and_the_clock_agrees_with_the_table(open_ours):
    page = open_ours(viewport=PHONE)
    shown, slider = first_of(page)
    shown.get_by_role("button", name="Back").click()
    rows = shown.locator("tr[data-took]")
    assert slider.input_value() == str(rows.count() - 1)
    shown.get_by_role("button", name="Back").click()
    told = rows.nth(rows.count() - 3).locator("td").last.text_content()
    assert shown.locator(".architecture-clock").text_content() == told
    for _ in range(3):
        shown.get_by_role("button", name="On").click()
    assert slider.input_value() == str(rows.count())


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_walking_moves_nothing_about_it(open_ours, viewport):
    page = open_ours(viewport=viewport)
    for choice in page.locator("#one-request input[type=radio]").all():
        choice.check()
        shown = page.locator(".architecture:visible")
        places = "node => [...node.querySelectorAll('.exhibit-table, input')].map(part => part.getBoundingClientRect().top + scrollY)"
        at = shown.evaluate(places)
        shown.get_by_role("slider").focus()
        for key in ("Home", *["ArrowRight"] * shown.locator("tr[data-took]").count()):
            page.keyboard.press(key)
            assert shown.evaluate(places) == at, shown.get_by_role("status").text_content()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_shifts_while_the_page_arrives(open_ours, viewport):
    page = open_ours(viewport=viewport)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(SHIFTS) < 0.001


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_another_request_is_chosen_by_keyboard_script_or_none(open_ours, has_script):
    page = open_ours(java_script_enabled=has_script)
    panels = page.locator("#one-request .architecture")
    assert [panel.is_visible() for panel in panels.all()] == [True] + [False] * (panels.count() - 1) and panels.count() >= 2
    page.locator("#one-request input[type=radio]").first.focus()
    page.keyboard.press("ArrowDown")
    assert [panel.is_visible() for panel in panels.all()][:2] == [False, True]


def test_without_script_drawing_and_table_tell_all_and_nothing_is_dead(open_ours):
    page = open_ours(java_script_enabled=False, viewport=PHONE)
    shown, slider = first_of(page)
    assert shown.locator("svg[role=img]").is_visible() and shown.locator("table").is_visible()
    assert not slider.is_visible() and not shown.locator(".architecture-walk button").first.is_visible()
    assert page.locator("#total-time table").is_visible() and page.locator("#a-wall .log-wall").is_visible()


def test_on_paper_every_request_is_there(open_ours):
    page = open_ours()
    page.emulate_media(media="print")
    assert all(panel.is_visible() for panel in page.locator("#one-request .architecture").all())
    assert not page.locator("#one-request .architecture-walk").first.is_visible()


def test_the_walk_is_there_after_instant_navigation(open_ours):
    page = open_ours("glossary/")
    await_instant(page)
    page.locator("main a[href$='instruments/#where-the-time-goes']").first.click()
    page.wait_for_url("**/instruments/#where-the-time-goes")
    shown, slider = first_of(page)
    slider.press("Home")
    assert lit(shown) == ["client"]


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_axe_finds_nothing_half_way(open_ours, palette):
    page = open_ours(color_scheme=palette)
    shown, slider = first_of(page)
    slider.press("Home")
    for _ in range(3):
        slider.press("ArrowRight")
    page.evaluate("document.getAnimations().forEach(animation => animation.finish())")
    assert faults(page) == []


def test_a_finger_finds_the_controls(open_ours):
    page = open_ours(viewport=PHONE, is_mobile=True, has_touch=True)
    small = page.evaluate("""[...document.querySelectorAll(".architecture-walk :is(input, button), .architecture-choice label")]
        .map(node => [node.textContent, node.getBoundingClientRect()])
        .filter(([, box]) => box.width && box.height < 44).map(([text]) => text)""")
    assert small == []


def test_the_checklist_prints_alone_on_one_sheet(open_ours):
    page = open_ours("surfacing/")
    page.emulate_media(media="print")
    assert page.locator(".checklist").is_visible() and not page.locator("#one-problem").is_visible()
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
