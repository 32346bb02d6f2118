"""The content-security policy where it counts: nothing of ours offends it, and what is not ours cannot.

That no page of ours offends it as it comes is seen in ``test_ours``.
"""

from __future__ import annotations

import contextlib

import pytest

from tests.browser.browsing import await_instant, opened

LISTEN = """
    window.refused = [];
    addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI, sourceFile, lineNumber}) =>
        refused.push([violatedDirective, blockedURI, sourceFile, lineNumber].join(" ")));
"""
AWAIT = """async directive => {
    const began = performance.now();
    while (!refused.some(each => each.startsWith(directive))) {
        if (performance.now() - began > 5_000) throw new Error(`nothing refused by ${directive}: ${refused}`);
        await new Promise(requestAnimationFrame);
    } }"""


@pytest.fixture
def listening(browser):
    """Return a function that opens a page of a site and gives it with all that its policy refused."""
    with contextlib.ExitStack() as stack:

        def listen(origin, path="", **context):
            page, seen = stack.enter_context(opened(browser, origin, bypass_csp=False, **context))
            page.add_init_script(LISTEN)
            page.goto(origin + path, wait_until="networkidle")
            return page, seen

        yield listen


def refused(page) -> list[str]:
    return page.evaluate("refused")


def test_a_live_chart_does_not(listening, address, site):
    page, seen = listening(address, site.dive)
    exhibit = page.locator(f"#{site.exhibit}")
    exhibit.locator(".exhibit-live").click()
    exhibit.locator(".exhibit-chart .main-svg").first.wait_for()
    exhibit.locator(".exhibit-chart .scatterlayer .point").first.wait_for()
    page.locator("form[data-md-component=palette] label:visible").click()
    page.locator("body[data-md-color-scheme=slate]").wait_for()
    # Rules that the library added while it drew are in force.
    assert page.evaluate("[...document.styleSheets].some(({ownerNode, cssRules}) => /plotly/.test(ownerNode.id) && cssRules.length)")
    assert refused(page) == [] and seen.errors == []


def test_search_and_instant_navigation_do_not(listening, our_address):
    page, seen = listening(our_address)
    await_instant(page)
    page.evaluate("window.sameDocument = true")
    page.locator(".wreck-card h3 a").first.click()
    page.wait_for_url("**/dives/**")
    page.locator("figure.exhibit").first.wait_for()
    page.locator("nav.md-footer__inner a").last.click()
    page.wait_for_url(lambda url: not url.endswith("truculent-query/"))
    assert page.evaluate("window.sameDocument"), "instant navigation is off"
    # A page that has just come closes the search.
    page.locator("h1", has_text="SS Highly Selective").wait_for()
    page.keyboard.press("/")
    page.locator("[name=query]:focus").wait_for()
    page.keyboard.type("wreck")
    page.locator(".md-search-result__item").first.wait_for()
    assert refused(page) == [] and seen.errors == []


def test_holding_ones_own_run_against_ours_does_not(listening, ours, our_address):
    page, seen = listening(our_address, "your-run/")
    page.locator("#your-run-file").set_input_files(ours / "evidence" / "truculent-query" / "record.json")
    page.locator("#your-run-result table").first.wait_for()
    assert refused(page) == [] and seen.errors == []


@pytest.mark.parametrize(
    "deed, directive",
    [
        ("const it = document.createElement('script'); it.textContent = 'window.ran = true'; document.body.append(it)", "script-src"),
        ("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = true\">')", "script-src"),
        (
            "const it = document.createElement('script'); it.src = 'data:text/javascript,window.ran=true'; document.body.append(it)",
            "script-src",
        ),
        ("const it = document.createElement('style'); it.textContent = 'body { color: red }'; document.body.append(it)", "style-src-elem"),
        ("fetch('http://127.0.0.1:9/elsewhere').catch(() => 0)", "connect-src"),
        ("new Image().src = 'http://127.0.0.1:9/elsewhere.png'", "img-src"),
        (
            "const it = document.createElement('iframe'); it.src = 'about:blank#'; it.src = location.href; document.body.append(it)",
            "frame-src",
        ),
        ("const it = document.createElement('base'); it.href = 'http://127.0.0.1:9/'; document.head.append(it)", "base-uri"),
        ("const it = document.createElement('form'); it.action = 'x'; document.body.append(it); it.submit()", "form-action"),
    ],
)
def test_what_is_not_ours_is_refused(listening, address, site, deed, directive):
    page, _ = listening(address, site.dive)
    page.evaluate(deed)
    page.evaluate(AWAIT, directive)
    assert page.evaluate("window.ran") is None
