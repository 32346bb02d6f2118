"""The charts of the deep in a browser: names that hold on a phone, a picture that comes alive with its zone."""

from __future__ import annotations

import shutil

import pytest

from scenarios.publish import site
from scenarios.publish.soundings.drawings.deep import text
from tests.browser.browsing import PHONE, await_instant, opened
from tests.browser.fixture_site import HERE, ROOT
from tests.browser.server import served
from tests.site.deep_factory import keep, some_soundings

PAGE = "# Deep\n\n" + "\n".join(f"```sounding\nshow: {show}\n```\n" for show in ("deep", "deep-order", "deep-application", "deep-reckoned"))
TOUCHING = """svg => {
  const texts = [...svg.querySelectorAll("text")].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
  const room = svg.closest("figure").getBoundingClientRect();
  const out = texts.filter(({ box }) => box.left < room.left - 1 || box.right > room.right + 1)
    .map(({ text }) => `${text} leaves the figure`);
  texts.forEach((a, i) => texts.slice(i + 1).forEach((b) => {
    const apart = a.box.right <= b.box.left || b.box.right <= a.box.left || a.box.bottom <= b.box.top + 3 || b.box.bottom <= a.box.top + 3;
    if (!apart) out.push(`${a.text} on ${b.text}`);
  }));
  return out;
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deep")
    (folder / "docs").mkdir()
    (folder / "site_data").mkdir()
    shutil.copytree(ROOT / "docs" / "assets", folder / "docs" / "assets")
    (folder / "docs" / "index.md").write_text("# Home\n\n[Deep](deep.md)\n", encoding="utf-8")
    (folder / "docs" / "deep.md").write_text(PAGE, encoding="utf-8")
    keep(folder / "site_data", some_soundings())
    config = folder / "mkdocs.yml"
    theme = ROOT / "scenarios" / "publish" / "theme"
    config.write_text(f"INHERIT: {ROOT / 'mkdocs.yml'}\nnav: null\ntheme:\n  custom_dir: {theme}\n", encoding="utf-8")
    (folder / "wrecks").mkdir()
    site.build(folder / "docs", folder / "site", folder / "site_data", wrecks=folder / "wrecks", config=config, say=lambda line: None)
    with served(folder / "site") as address:
        yield address


@pytest.fixture
def on_a_phone(browser, address):
    with opened(browser, address, viewport=PHONE, has_touch=True, is_mobile=True) as (page, seen):
        page.goto(address + "deep/")
        yield page
        assert seen.errors == [] and seen.foreign == []


def test_no_name_runs_into_another_on_a_phone(on_a_phone):
    pictures = on_a_phone.locator("figure .exhibit-svg")
    assert pictures.count() == 2
    for at in range(2):
        assert pictures.nth(at).evaluate(TOUCHING) == []
    assert on_a_phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_that_check_sees_names_that_do(on_a_phone):
    picture = on_a_phone.locator("figure .exhibit-svg").first
    more = " and a good deal more than there is any room for"
    picture.evaluate("(svg, more) => { for (const text of svg.querySelectorAll('text')) text.textContent += more; }", more)
    assert picture.evaluate(TOUCHING)


def test_touch_brings_it_to_life_with_its_zone(on_a_phone):
    exhibit = on_a_phone.locator("#sounding-deep")
    exhibit.locator(".exhibit-live").scroll_into_view_if_needed()
    exhibit.locator(".exhibit-live").tap()
    exhibit.locator(".exhibit-chart .main-svg").first.wait_for()
    assert exhibit.locator(".exhibit-chart .shapelayer path").count() == 1
    assert "where Python's tricks live" in " ".join(exhibit.locator(".exhibit-chart .legend").all_text_contents())


def put(page, name: str, count: str) -> None:
    page.get_by_label(f"How many: {name}").fill(count)


def together(page) -> str:
    return page.locator(".reckon output").text_content()


def test_a_sum_can_be_changed_by_keyboard(on_a_phone):
    assert together(on_a_phone) == "–"
    put(on_a_phone, "The row deep-scan", "51")
    assert together(on_a_phone) == text(51 * 40e6, 2)
    put(on_a_phone, "The row deep-lookup-orm", "7")
    put(on_a_phone, "Round trip in a data centre, as in 2016", "600")
    assert together(on_a_phone) == text(51 * 40e6 + 7 * 350e3 + 600 * 500e3, 2)
    put(on_a_phone, "The row deep-scan", "")  # Nothing counts as none.
    assert together(on_a_phone) == text(7 * 350e3 + 600 * 500e3, 2)
    put(on_a_phone, "The row deep-lookup-orm", "-7")
    assert together(on_a_phone) == text(600 * 500e3, 2)


def test_times_are_written_as_the_page_writes_them(on_a_phone):
    values = (1.0, 1.84, 999.0, 9_949.0, 12_345.0, 999_400.0, 1.24e6, 4.56e8, 7.89e9)
    assert [on_a_phone.evaluate("ns => wreckReckon.said(ns)", value) for value in values] == [
        "1.0\u00a0ns", "1.8\u00a0ns", "1.0\u00a0µs", "9.9\u00a0µs", "12\u00a0µs", "1.0\u00a0ms", "1.2\u00a0ms", "460\u00a0ms", "7.9\u00a0s",
    ]  # fmt: skip


def test_nothing_moves_when_the_sum_comes_alive(browser, address):
    places = []
    for script in (False, True):
        with opened(browser, address, viewport=PHONE, java_script_enabled=script) as (page, _):
            page.goto(address + "deep/", wait_until="networkidle")
            sum_, after = page.locator(".reckon").bounding_box(), page.locator("#sounding-deep-reckoned .exhibit-links").bounding_box()
            places.append((round(sum_["height"]), round(after["y"] - sum_["y"])))
    assert places[0] == places[1]


def test_the_sum_comes_alive_after_instant_navigation_too(browser, address):
    with opened(browser, address, viewport=PHONE) as (page, seen):
        page.goto(address)
        await_instant(page)
        page.evaluate("window.stayed = true")
        for _ in range(2):
            page.locator(".md-content").get_by_role("link", name="Deep").click()
            page.locator(".reckon[data-live]").wait_for()
            put(page, "The row deep-scan", "1")
            assert together(page) == text(40e6, 2)
            page.go_back()
            page.locator(".reckon").wait_for(state="detached")
        assert page.evaluate("window.stayed") and seen.errors == []
