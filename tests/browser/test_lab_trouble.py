"""The reader's lab when things go otherwise: slow lines, no network, no memory, readers who leave; and for those who cannot see it."""

from __future__ import annotations

import contextlib
import re

import pytest

from scenarios.publish import lab
from tests.browser.browsing import PHONE, await_instant, opened
from tests.browser.lab_page import (
    ENGINE, READY_MS, RUNAWAY, TRUCULENT, assert_ended, begin, choose, next_text, rows, run, said, settled, slow_handler, status, until,
)  # fmt: skip
from tests.browser.server import served
from tests.browser.test_csp import LISTEN, refused


@pytest.fixture(scope="module")
def truculent(browser, lab_address):
    """A page with its lab open, once."""
    with opened(browser, lab_address) as (page, seen):
        begin(page, lab_address + TRUCULENT)
        yield page
    assert seen.foreign == [] and seen.errors == []


# --- while it loads ----------------------------------------------------------------------------

SLOW = {"offline": False, "latency": 562, "downloadThroughput": 180_000, "uploadThroughput": 84_000}
"""Of a network, as Chromium's own slow 4G is: ms, and bytes a second."""
SLOWED_BY = 4
TICKS = """() => { window.longest = 0; let last = performance.now(); const tick = () => { const now = performance.now();
    window.longest = Math.max(window.longest, now - last); last = now; requestAnimationFrame(tick) }; tick() }"""


def test_slowly_it_tells_bytes_stays_awake_and_can_be_cancelled(browser, labs):
    with served(labs, slow_handler(SLOW["downloadThroughput"])) as address, opened(browser, address, viewport=PHONE) as (page, seen):
        page.goto(address + TRUCULENT, wait_until="networkidle")
        devtools = page.context.new_cdp_session(page)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED_BY})
        devtools.send("Network.emulateNetworkConditions", SLOW)
        page.locator(".lab-start").press("Enter")
        assert page.locator(".lab-end:focus").count() == 1
        bar = page.locator(".lab-progress progress")
        bar.wait_for()
        told = [re.fullmatch(r"([\d.]+) of ([\d.]+) MB", next_text(page, ".lab-progress span")).groups() for _ in range(3)]
        assert len({loaded for loaded, _ in told}) == 3 and float(told[0][0]) < float(told[-1][0]) < float(told[-1][1])
        assert 0 < bar.evaluate("bar => bar.value") < 1 and bar.get_attribute("aria-label") == "Loading Postgres"
        assert "Loading Postgres" in status(page) and page.locator(".lab-plans .wreck-plan").count() == 1
        page.evaluate(TICKS)
        page.locator(".lab textarea").fill("SELECT 2")  # the page is its reader's meanwhile
        next_text(page, ".lab-progress span")
        assert page.evaluate("longest") < 1_000
        page.locator(".lab-end").press("Enter")
        page.get_by_text("Loading was cancelled.").wait_for()
        assert page.locator(".lab-start:focus").count() == 1 and page.locator(".lab-room").count() == 0
        assert_ended(page)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        devtools.send("Network.emulateNetworkConditions", SLOW | {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
    assert seen.foreign == [] and seen.errors == []


def test_what_is_cancelled_at_once_is_not_opened_after_all(browser, lab_address):
    with opened(browser, lab_address) as (page, seen):
        held = []
        page.route("**/lab/panel.js", lambda route: held.append(route))
        page.goto(lab_address + TRUCULENT)
        page.locator(".lab-start").click()
        page.wait_for_function("() => document.querySelector('.lab').dataset.state === 'loading'")
        page.locator(".lab-end").press("Enter")
        assert status(page) == "Loading was cancelled." and page.locator(".lab-start").is_visible()
        with page.expect_response("**/lab/progress.js"):
            for route in held:
                route.continue_()
        for _ in range(60):  # frames: more than it needs to show its form
            page.evaluate("() => new Promise(requestAnimationFrame)")
            assert page.locator(".lab-room").count() == 0
        assert seen.asked_for(ENGINE) == 0 and page.workers == []


def test_who_leaves_while_it_loads_leaves_nothing_running(browser, labs):
    with served(labs, slow_handler(500_000)) as address, opened(browser, address) as (page, _):
        page.goto(address)
        await_instant(page)
        page.evaluate("window.sameDocument = true")
        page.locator("article a[href*=truculent]").click()
        page.locator(".lab-start").click()
        page.locator(".lab-progress progress").wait_for()
        until(page, lambda: len(page.workers) == 1)
        page.locator(".md-logo").first.click()
        page.locator("h1", has_text="Home").wait_for()
        assert_ended(page)
        assert page.evaluate("window.sameDocument")


def test_a_browser_without_the_memory_says_so(browser, lab_address):
    with opened(browser, lab_address) as (page, _):
        none = "WebAssembly.Memory = class { constructor() { throw new RangeError('could not allocate memory'); } };\n"
        page.route("**/lab/worker.js", lambda route: route.fulfill(body=none + route.fetch().text(), content_type="text/javascript"))
        page.goto(lab_address + TRUCULENT)
        page.locator(".lab-start").click()
        page.get_by_text(f"did not give Postgres the memory it needs, about {lab.MEMORY_MB} MB").wait_for(timeout=READY_MS)
        assert page.locator(".lab-start").is_enabled() and page.locator(".lab-room").count() == 0
        assert_ended(page)


# --- without the network -----------------------------------------------------------------------


def test_once_open_it_needs_no_server(browser, labs):
    """Nor to come up anew, again and again, and not for its extension."""
    with contextlib.ExitStack() as stack:
        server = contextlib.ExitStack()
        stack.enter_context(server)
        address = server.enter_context(served(labs))
        page, seen = stack.enter_context(opened(browser, address, bypass_csp=False))
        page.add_init_script(LISTEN)
        begin(page, address + TRUCULENT)
        page.wait_for_function("() => document.querySelector('.lab-shown').getAttribute('aria-busy') === 'false'")
        until(page, lambda: len(page.workers) == 2)  # the spare one
        page.wait_for_load_state("networkidle")
        server.close()
        page.context.set_offline(True)
        choose(page, "way", "rewrite-covered")
        run(page)
        assert page.locator(".lab-plans .wreck-plan").count() == 2
        page.locator(".lab textarea").fill(RUNAWAY)
        page.locator(".lab-run").click()
        page.locator(".lab-act button", has_text="Cancel").click()
        page.get_by_text("It was stopped by you. Postgres was started anew").wait_for(timeout=READY_MS)
        settled(page)
        page.locator(".lab-boxes input[value=players_by_login_trigram]").check()
        settled(page)
        assert "players_by_login_trigram was made" in said(page)
        page.get_by_role("button", name="Reset everything").click()
        settled(page)
        assert said(page) == "Everything is as it began." and page.locator(".lab-boxes input:checked").count() == 0
        assert refused(page) == [] and seen.foreign == []


# --- what is left of a reader's deeds ----------------------------------------------------------


def test_a_reset_leaves_nothing_of_what_a_reader_did(truculent):
    page = truculent
    run(page, "CREATE SCHEMA theirs; CREATE TABLE theirs.things (id int); DROP TABLE tw_rolls")
    run(page, "SET enable_seqscan TO off; SET work_mem TO '1MB'")
    run(page, "BEGIN")
    page.get_by_role("button", name="Reset everything").click()
    settled(page)
    left = "to_regclass('theirs.things'), current_setting('work_mem'), current_setting('enable_seqscan')"
    run(page, f"SELECT {left}, (SELECT count(*) FROM tw_rolls)")
    assert rows(page, "answer") == [["NULL", "4MB", "on", "50000"]]


def test_an_answer_too_large_for_a_page_is_not_begun(truculent):
    page = truculent
    run(page, "SELECT a.* FROM tw_rolls a, tw_rolls b")
    assert said(page) == "That statement was not run." and "2,500,000,000 rows" in page.locator(".lab-answer").text_content()
    run(page, "SELECT 1")
    assert rows(page, "answer") == [["1"]]


def test_the_focus_stays_where_it_helps(truculent):
    page = truculent
    run(page, "SELECT 1")
    assert page.locator(".lab-run:focus").count() == 1
    page.locator(".lab textarea").fill(RUNAWAY)
    page.locator(".lab-run").click()
    page.locator(".lab-act button", has_text="Cancel").press("Enter")
    page.get_by_text("Postgres was started anew, with").wait_for(timeout=READY_MS)
    settled(page)
    assert page.locator(".lab-run:focus").count() == 1
    page.locator(".lab textarea").fill("SELECT nonsense")
    page.locator(".lab textarea").press("Control+Enter")
    settled(page)
    assert page.locator(".lab textarea:focus").count() == 1
    assert page.locator(".lab textarea").evaluate("text => text.value.slice(text.selectionStart)") == "nonsense"


def test_a_screen_reader_finds_what_came_of_it(truculent):
    page = truculent
    choose(page, "way", "wrecked")
    run(page)
    assert page.locator(".lab-said").get_attribute("role") == page.locator(".lab-status").get_attribute("role") == "status"
    assert page.locator("[aria-busy] .lab-said, [aria-busy] .lab-status").count() == 0
    here, captured = page.get_by_role("heading", level=3).filter(has_text="blocks looked at").all()
    assert here.text_content().startswith("Here: ") and captured.text_content().startswith("As captured (")
    for plan in page.locator(".lab-plans section").all():
        assert plan.get_by_role("list").count() > 1 and plan.get_by_role("listitem").count() > 3
    assert page.get_by_role("region", name="What came of it").count() == 1


def test_closed_it_gives_its_memory_back_and_keeps_what_was_written(browser, lab_address):
    with opened(browser, lab_address) as (page, _):
        begin(page, lab_address + TRUCULENT)
        assert page.evaluate("document.activeElement.id").endswith("-way")
        page.locator(".lab textarea").fill("SELECT 7")
        page.locator(".lab-end").click()
        assert status(page).startswith("The lab is closed") and page.locator(".lab-without").is_visible()
        assert_ended(page)
        page.locator(".lab-start").click()
        page.locator(".lab[data-state=open]").wait_for(timeout=READY_MS)
        run(page)
        assert rows(page, "answer") == [["7"]]


def test_on_paper_it_is_a_paragraph(truculent):
    page = truculent
    page.emulate_media(media="print")
    assert not page.locator(".lab-room").is_visible() and not page.locator(".lab-head").is_visible()
    assert page.get_by_text("What this is not").is_visible() and page.locator(".lab-without").is_visible()
    page.emulate_media(media="screen")


def test_with_forced_colours_it_can_be_seen(browser, lab_address):
    with opened(browser, lab_address, forced_colors="active", viewport=PHONE) as (page, _):
        page.goto(lab_address + TRUCULENT)
        button = page.locator(".lab-start")
        assert button.evaluate("node => getComputedStyle(node).borderTopStyle") == "solid" and button.is_visible()
        # A fill that is forced away would leave no bar at all.
        page.evaluate("""document.querySelector(".lab").insertAdjacentHTML("beforeend", "<span class='wreck-plan-bar'></span>")""")
        colours = "node => [getComputedStyle(node).backgroundColor, getComputedStyle(document.body).backgroundColor]"
        bar, ground = page.locator(".wreck-plan-bar").evaluate(colours)
        assert bar != ground
