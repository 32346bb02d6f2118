"""The reader's lab before the click, and when things go otherwise: slow lines, no memory, readers who leave, no colours."""

from __future__ import annotations

import gzip
import hashlib
import re

import pytest

from scenarios.diceworld import names
from scenarios.diceworld.generation import copy_text
from scenarios.diceworld.scales import Scale
from scenarios.publish import lab
from tests.browser import felt
from tests.browser.browsing import PHONE, await_instant, opened
from tests.browser.lab_page import ENGINE, READY_MS, SPARES, TRUCULENT, assert_ended, next_text, slow_handler, status, until
from tests.browser.server import served


# --- before the click --------------------------------------------------------------------------


def test_a_page_without_a_click_loads_nothing_of_it(browser, lab_address):
    with opened(browser, lab_address) as (page, seen):
        page.goto(lab_address + TRUCULENT, wait_until="networkidle")
        page.locator(".lab-start").hover()
        page.locator(".lab-start").focus()
        page.wait_for_load_state("networkidle")
        assert [seen.asked_for(part) for part in (ENGINE, "exhibits/lab-", "lab/panel", "lab/worker")] == [0, 0, 0, 0]
        script = next(each for each in seen.responses if each.url.endswith("assets/lab/lab.js"))
        assert len(gzip.compress(script.body(), 6)) < 2_000
        assert page.locator(".lab-start").is_visible() and "MB" in page.locator(".lab-start").text_content()


def test_nothing_moves_when_its_script_comes(browser, lab_address):
    with opened(browser, lab_address, viewport=PHONE) as (page, _):
        page.add_init_script(felt.OBSERVE)
        page.goto(lab_address + TRUCULENT, wait_until="networkidle")
        felt.read_to_the_end(page)
        assert page.evaluate("felt.shift") == 0


def test_without_script_it_says_where_the_statements_are(browser, lab_address):
    with opened(browser, lab_address, java_script_enabled=False) as (page, _):
        page.goto(lab_address + TRUCULENT)
        assert not page.locator(".lab-start").is_visible() and page.locator(".lab-without a").is_visible()
        assert page.locator(".lab noscript p").is_visible() and page.get_by_text("What this is not").is_visible()


@pytest.mark.parametrize(
    "lack, why",
    [
        ("delete window.WebAssembly", "no WebAssembly"),
        ("Object.defineProperty(navigator, 'deviceMemory', {get: () => 0.25})", "0.25 GB of memory"),
        ("delete window.DecompressionStream", "too old to unpack"),
        ("delete window.Worker; Object.defineProperty(window, 'Worker', {get: () => undefined, set() {}})", "no workers"),
    ],
    ids=["wasm", "memory", "gzip", "workers"],
)
def test_what_cannot_work_is_said_and_not_begun(browser, lab_address, lack, why):
    with opened(browser, lab_address) as (page, seen):
        page.add_init_script(lack)
        page.goto(lab_address + TRUCULENT)
        page.get_by_text(why).wait_for()
        assert page.locator(".lab-start").is_disabled() and seen.asked_for(ENGINE) == 0


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


# --- the data ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(browser, lab_address):
    with opened(browser, lab_address) as (page, _):
        page.goto(lab_address)
        yield page


HASHED = """async ([base, given]) => {
    const { copyText } = await import(base + "assets/lab/world.js");
    const parts = [...copyText(given)].map(([table, text]) => text);
    const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
    return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, "0")).join(""); }"""


@pytest.mark.parametrize("seed", [0, 1, 3040, 2**31 - 1, 2**32 + 5, 2**40 + 17])
def test_the_world_is_pythons_byte_for_byte(home, lab_address, seed):
    scale = Scale("here", players=400, rolls=7_001)
    digest = hashlib.sha256()
    for _, text in copy_text(scale, seed):
        digest.update(text.encode())
    called = {"first": names.FIRST_NAMES, "last": names.LAST_NAMES, "adjectives": names.GAME_ADJECTIVES, "nouns": names.GAME_NOUNS}
    given = {"players": scale.players, "rolls": scale.rolls, "seed": seed, "names": called | {"regulars": names.REGULARS}}
    assert home.evaluate(HASHED, [lab_address, given]) == digest.hexdigest()


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


# --- starting anew -----------------------------------------------------------------------------

FAKE = "addEventListener('message', ({data: {id, deed}}) => postMessage({id, done: deed}));"
BEGUN = """async url => {
    const { Client } = await import(url + "client.js");
    const client = new Client(url + "fake.js");
    window.client = client;
    await client.ask("open");
    client.prepare({}); }"""
AGAIN = """async url => {
    const { reason } = await import(url + "client.js");
    client.stop();
    return client.ask("open").catch(fault => reason(fault, 600)); }"""


def test_without_network_it_starts_anew_as_often_as_there_are_spares(home, lab_address):
    page, scripts = home, f"{lab_address}assets/lab/"
    page.route("**/fake.js", lambda route: route.fulfill(body=FAKE, content_type="text/javascript"))
    page.evaluate(SPARES + "null")
    page.evaluate(BEGUN, scripts)
    page.wait_for_function("() => spares.ready === 3", timeout=10_000)
    page.unroute("**/fake.js")
    page.route("**/fake.js", lambda route: route.abort())
    assert [page.evaluate(AGAIN, scripts) for _ in range(3)] == ["open"] * 3
    assert page.evaluate(AGAIN, scripts) == "what it needs could not be fetched, as when the network is gone"
