"""An exhibit: a picture that comes alive in its place, and goes back to being one."""

import json
import xml.etree.ElementTree as ElementTree

import pytest

from tests.browser.browsing import PHONE

BUNDLE = "vendor/plotly"


@pytest.fixture
def at_dive(open_page, site):
    """Return a function that opens the dive and gives page, what it does, and the exhibit."""

    def open_dive(**context):
        page, seen = open_page(site.dive, **context)
        return page, seen, page.locator(f"#{site.exhibit}")

    return open_dive


def live(exhibit):
    """Wait until an exhibit's chart is drawn; return it."""
    exhibit.locator(".exhibit-chart .main-svg").first.wait_for()
    return exhibit.locator(".exhibit-chart")


def box(locator):
    """Return an element's place and size in px, within one."""
    return pytest.approx(locator.bounding_box(), abs=1)


def dot_colour(exhibit):
    return exhibit.locator(".exhibit-chart .scatterlayer .point").first.evaluate("dot => getComputedStyle(dot).fill")


def role_colour(page, role):
    """Return what the browser makes of a role's custom property."""
    return page.evaluate(
        """name => { const probe = document.createElement("i"); probe.style.color = `var(${name})`; document.body.append(probe);
           const colour = getComputedStyle(probe).color; probe.remove(); return colour; }""",
        f"--wreck-{role}",
    )


def test_touch_brings_the_chart_to_life_in_the_pictures_place(at_dive):
    page, seen, exhibit = at_dive(viewport=PHONE, has_touch=True, is_mobile=True)
    assert not seen.asked_for(BUNDLE)
    exhibit.locator(".exhibit-live").scroll_into_view_if_needed()
    picture, caption = box(exhibit.locator(".exhibit-facade")), box(exhibit.locator("figcaption"))
    button = exhibit.locator(".exhibit-live").bounding_box()
    exhibit.locator(".exhibit-live").tap()
    chart = live(exhibit)
    assert seen.asked_for(BUNDLE) == 1
    assert not exhibit.locator(".exhibit-facade").is_visible()
    assert chart.evaluate("chart => chart.scrollWidth <= chart.clientWidth")
    assert chart.bounding_box() == picture
    assert exhibit.locator("figcaption").bounding_box() == caption
    assert exhibit.locator(".exhibit-live").bounding_box()["y"] == pytest.approx(button["y"], abs=1)


def test_touching_the_picture_itself_does_too(at_dive):
    page, seen, exhibit = at_dive(viewport=PHONE, has_touch=True, is_mobile=True)
    exhibit.locator(".exhibit-facade").tap()
    live(exhibit)


def test_keyboard_brings_it_to_life_and_back(at_dive):
    page, seen, exhibit = at_dive()
    button = exhibit.locator(".exhibit-live")
    button.focus()
    page.keyboard.press("Enter")
    chart = live(exhibit)
    assert button.evaluate("button => button === document.activeElement")
    assert "live" in exhibit.get_by_role("status").first.text_content()
    name = chart.evaluate("chart => document.getElementById(chart.getAttribute('aria-labelledby').split(' ')[0]).textContent")
    assert name.strip()
    page.keyboard.press("Enter")
    assert exhibit.locator(".exhibit-facade").is_visible()
    assert exhibit.locator(".exhibit-chart").count() == 0
    page.keyboard.press("Enter")
    live(exhibit)
    assert seen.asked_for(BUNDLE) == 1


def test_the_palette_reaches_picture_and_live_chart(at_dive):
    page, seen, exhibit = at_dive(color_scheme="light")
    exhibit.locator(".exhibit-live").click()
    live(exhibit)
    role = exhibit.evaluate("""async figure => {
        const data = (await (await fetch(figure.querySelector("[data-figure]").dataset.figure)).json()).data;
        return JSON.stringify(data.find(d => (d.mode || "").includes("markers")).marker.color).match(/--wreck-(\\w+)/)[1]; }""")
    before = dot_colour(exhibit)
    assert before == role_colour(page, role)
    page.locator("form[data-md-component=palette] label:visible").click()
    page.wait_for_function("document.body.dataset.mdColorScheme === 'slate'")
    after = role_colour(page, role)
    assert after != before
    page.wait_for_function(
        "([id, colour]) => getComputedStyle(document.querySelector(`#${id} .scatterlayer .point`)).fill === colour",
        arg=[exhibit.get_attribute("id"), after],
    )
    exhibit.locator(".exhibit-live").click()
    fills = exhibit.locator(".exhibit-facade").evaluate(
        "facade => [...facade.querySelectorAll('svg *')].map(node => getComputedStyle(node).fill)"
    )
    assert after in fills and before not in fills


def test_instant_navigation_there_and_back(at_dive, site):
    page, seen, exhibit = at_dive()
    exhibit.locator(".exhibit-live").click()
    live(exhibit)
    page.evaluate("window.sameDocument = true")
    page.locator("nav.md-footer__inner a, #up").first.click()
    exhibit.wait_for(state="detached")
    assert page.evaluate("window.sameDocument"), "the page was loaded anew: instant navigation is off"
    page.go_back()
    exhibit.locator(".exhibit-live").wait_for()
    exhibit.locator(".exhibit-live").click()
    live(exhibit)
    assert page.evaluate("window.sameDocument")
    assert seen.asked_for(BUNDLE) == 1


def test_a_request_is_shown_span_by_span(at_dive, site):
    page, seen, exhibit = at_dive()
    exhibit.locator(".exhibit-live").click()
    live(exhibit)
    select = exhibit.locator(".exhibit-trace select").first
    select.wait_for()
    assert any("<jones>" in name for name in select.locator("option").all_text_contents())
    select.focus()
    page.keyboard.press("ArrowDown")
    exhibit.locator("summary", has_text="Every span").click()
    table = exhibit.locator(".exhibit-spans table")
    table.wait_for()
    assert table.locator("tbody tr").count() > 1
    assert exhibit.locator(".exhibit-spans img").count() == 0


def test_clicking_a_mark_shows_its_request(at_dive):
    page, seen, exhibit = at_dive()
    exhibit.locator(".exhibit-live").click()
    chart = live(exhibit)
    exhibit.locator(".exhibit-trace select").first.wait_for()
    place = chart.evaluate("""chart => {
        const trace = chart._fullData.find(trace => (trace.customdata || []).some(Boolean));
        const at = trace.customdata.findIndex(Boolean), {xaxis, yaxis} = chart._fullLayout, {left, top} = chart.getBoundingClientRect();
        return [left + xaxis._offset + xaxis.d2p(trace.x[at]), top + yaxis._offset + yaxis.d2p(trace.y[at])]; }""")
    page.mouse.move(*place)
    page.mouse.click(*place)
    exhibit.locator(".linked-steps").wait_for()


@pytest.mark.parametrize("is_live", [False, True])
def test_copies_as_svg_that_stands_alone(at_dive, is_live):
    page, seen, exhibit = at_dive(permissions=["clipboard-read", "clipboard-write"])
    if is_live:
        exhibit.locator(".exhibit-live").click()
        live(exhibit)
    exhibit.locator(".exhibit-copy").click()
    exhibit.get_by_role("status").filter(has_text="clipboard").wait_for()
    text = page.evaluate("navigator.clipboard.readText()")
    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in text


def test_a_failure_is_said_in_place_and_the_picture_stays(at_dive):
    page, seen, exhibit = at_dive(errors_expected=True)
    figure = exhibit.locator(".exhibit-facade").get_attribute("data-figure").split("/")[-1]
    page.route(f"**/{figure}", lambda route: route.fulfill(status=404))
    exhibit.locator(".exhibit-live").click()
    exhibit.get_by_role("status").filter(has_text="404").wait_for()
    assert exhibit.locator(".exhibit-facade").is_visible()
    page.unroute(f"**/{figure}")
    exhibit.locator(".exhibit-live").click()
    live(exhibit)


def test_reduced_motion_is_honoured(at_dive):
    page, seen, exhibit = at_dive(reduced_motion="reduce")
    exhibit.locator(".exhibit-live").click()
    chart = live(exhibit)
    assert chart.evaluate("chart => chart._fullLayout.transition.duration") == 0
    moving = page.evaluate("""[...document.querySelectorAll("main *")].filter(node => {
        const {transitionDuration, animationDuration} = getComputedStyle(node);
        return [transitionDuration, animationDuration].some(all => all.split(",").some(one => parseFloat(one) > 0.01)); }).length""")
    assert moving == 0


def test_a_figures_own_settings_cannot_send_it_abroad(at_dive):
    page, seen, exhibit = at_dive()
    address = exhibit.locator(".exhibit-facade").get_attribute("data-figure")
    figure = page.evaluate("async address => await (await fetch(address)).json()", address)
    figure["config"] = {"showSendToCloud": True, "plotlyServerURL": "https://example.invalid", "displaylogo": True}
    page.route(f"**/{address.split('/')[-1]}", lambda route: route.fulfill(json=figure))
    exhibit.locator(".exhibit-live").click()
    settings = live(exhibit).evaluate("({_context: c}) => [c.showSendToCloud, c.plotlyServerURL, c.displaylogo]")
    assert json.dumps(settings) == '[false, "", false]'
