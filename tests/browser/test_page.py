"""A page as a whole: for everybody, on any screen, in either palette, at little weight."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.browsing import DESK, PHONE

WEIGHT_BUDGET_BYTES = 115_000
"""Of a dive, compressed, before a reader touches a chart."""

SIZES = pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
PALETTES = pytest.mark.parametrize("palette", ["light", "dark"])


@SIZES
@PALETTES
def test_axe_finds_nothing(open_page, site, viewport, palette):
    page, _ = open_page(site.dive, viewport=viewport, color_scheme=palette)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    assert faults(page) == []


def test_axe_finds_nothing_in_a_live_chart(open_page, site):
    page, _ = open_page(site.dive)
    exhibit = page.locator(f"#{site.exhibit}")
    exhibit.locator(".exhibit-live").click()
    exhibit.locator(".exhibit-chart .main-svg").first.wait_for()
    assert faults(page) == []


def faults(page) -> list[str]:
    """Return one line a rule of axe that an element breaks."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("which", ["dive", "other"])
def test_a_phone_scrolls_one_way_only(open_page, site, which):
    page, _ = open_page(getattr(site, which), viewport=PHONE, is_mobile=True, has_touch=True)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_touch_targets_are_large(open_page, site):
    page, _ = open_page(site.dive, viewport=PHONE, is_mobile=True, has_touch=True)
    small = page.evaluate("""[...document.querySelectorAll("main figure button, main figure summary")]
        .map(node => [node.textContent, node.getBoundingClientRect().height]).filter(([, height]) => height < 44)""")
    assert small == []


def test_a_dive_is_light_before_the_first_touch(open_page, site):
    page, seen = open_page(site.dive)
    page.wait_for_load_state("networkidle")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    weights = seen.gzip_bytes()
    assert sum(weights.values()) <= WEIGHT_BUDGET_BYTES, weights


def test_without_script_there_are_pictures_captions_and_tables(open_page, site):
    page, _ = open_page(site.dive, java_script_enabled=False)
    exhibits = page.locator("figure.exhibit:has(.exhibit-facade)")
    assert exhibits.count() >= 1
    for exhibit in exhibits.all():
        assert exhibit.locator(".exhibit-facade svg[role=img]").bounding_box()["height"] > 50
        assert exhibit.locator("figcaption").first.is_visible()
        assert not exhibit.locator(".exhibit-live").is_visible()
        exhibit.locator("details:has(table) > summary").first.click()
        assert exhibit.locator("table").first.is_visible()


def test_a_permalink_leads_to_its_exhibit(open_page, site):
    page, _ = open_page(f"{site.dive}#{site.exhibit}", viewport=PHONE)
    top = "id => document.getElementById(id).getBoundingClientRect().top"
    page.wait_for_function(f"id => {{ const top = ({top})(id); return top >= 0 && top < 300 }}", arg=site.exhibit)
    header = page.locator(".md-header").bounding_box()
    assert page.locator(f"#{site.exhibit}").bounding_box()["y"] >= header["height"]


def test_everything_of_ours_is_reached_by_keyboard(open_page, site):
    page, _ = open_page(site.dive)
    controls = page.locator("main figure button:visible, main figure summary:visible").count()
    reached = page.evaluate("""() => [...document.querySelectorAll("main figure button, main figure summary")]
        .filter(node => node.offsetParent && node.tabIndex >= 0).length""")
    assert reached == controls > 0


def test_search_loads_when_it_is_sought_and_finds(open_page, site):
    page, seen = open_page(site.dive)
    page.wait_for_load_state("networkidle")
    assert not seen.asked_for("/search")
    page.keyboard.press("/")
    page.keyboard.type("wreck")
    page.locator(".md-search-result__item").first.wait_for()
    assert seen.asked_for("search_index.json") == 1
