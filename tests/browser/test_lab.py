"""The reader's lab in a browser: Postgres runs in the page, on the measured data, and refuses what it must gracefully.

Opening one takes some seconds, so most of this file looks at one page after the other has used it.
"""

from __future__ import annotations

import hashlib
import re

import pytest

from scenarios.diceworld import names
from scenarios.diceworld.generation import copy_text
from scenarios.diceworld.scales import Scale
from scenarios.publish import lab_engine
from tests.browser import felt
from tests.browser.browsing import DESK, PHONE, await_instant, opened
from tests.browser.lab_page import (
    ENGINE, READY_MS, RUNAWAY, SELECTIVE, TRUCULENT, assert_ended, begin, choose, rows, run, said, settled, status,
)  # fmt: skip
from tests.browser.test_csp import LISTEN, refused
from tests.browser.test_page import faults


@pytest.fixture(scope="module")
def truculent(browser, lab_address):
    """A page with its lab open, once."""
    with opened(browser, lab_address, bypass_csp=False) as (page, seen):
        page.add_init_script(LISTEN)
        begin(page, lab_address + TRUCULENT)
        yield page
    assert seen.foreign == [] and seen.errors == []


@pytest.fixture(scope="module")
def selective(browser, lab_address):
    with opened(browser, lab_address) as (page, seen):
        begin(page, lab_address + SELECTIVE)
        yield page
    assert seen.foreign == [] and seen.errors == []


# --- before the click --------------------------------------------------------------------------


def test_a_page_without_a_click_loads_nothing_of_it(browser, lab_address):
    with opened(browser, lab_address) as (page, seen):
        page.goto(lab_address + TRUCULENT, wait_until="networkidle")
        page.locator(".lab-start").hover()
        page.locator(".lab-start").focus()
        page.wait_for_load_state("networkidle")
        assert [seen.asked_for(part) for part in (ENGINE, "exhibits/lab-", "lab/panel", "lab/worker")] == [0, 0, 0, 0]
        assert seen.gzip_bytes()[f"{lab_address}assets/lab/lab.js"] < 2_000
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
        ("delete window.Worker; Object.defineProperty(window, 'Worker', {get: () => undefined, set() {}})", "no workers"),
    ],
    ids=["wasm", "memory", "workers"],
)
def test_what_cannot_work_is_said_and_not_begun(browser, lab_address, lack, why):
    with opened(browser, lab_address) as (page, seen):
        page.add_init_script(lack)
        page.goto(lab_address + TRUCULENT)
        page.get_by_text(why).wait_for()
        assert page.locator(".lab-start").is_disabled() and seen.asked_for(ENGINE) == 0


def test_what_does_not_load_is_said_and_can_be_tried_again(browser, lab_address):
    with opened(browser, lab_address) as (page, _):
        page.route("**/pglite.wasm", lambda route: route.abort())
        page.goto(lab_address + TRUCULENT)
        page.locator(".lab-start").click()
        page.get_by_text("The lab did not start").wait_for(timeout=READY_MS)
        page.unroute("**/pglite.wasm")
        page.locator(".lab-start").click()
        page.locator(".lab[data-state=open]").wait_for(timeout=READY_MS)


# --- the data ----------------------------------------------------------------------------------

HASHED = """async ([base, given]) => {
    const { copyText } = await import(base + "assets/lab/world.js");
    const parts = [...copyText(given)].map(([table, text]) => text);
    const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
    return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, "0")).join(""); }"""


@pytest.mark.parametrize("seed", [0, 1, 3040, 2**31 - 1, 2**32 + 5, 2**40 + 17])
def test_the_world_is_pythons_byte_for_byte(browser, lab_address, seed):
    scale = Scale("here", players=400, rolls=7_001)
    digest = hashlib.sha256()
    for _, text in copy_text(scale, seed):
        digest.update(text.encode())
    called = {"first": names.FIRST_NAMES, "last": names.LAST_NAMES, "adjectives": names.GAME_ADJECTIVES, "nouns": names.GAME_NOUNS}
    given = {"players": scale.players, "rolls": scale.rolls, "seed": seed, "names": called | {"regulars": names.REGULARS}}
    with opened(browser, lab_address) as (page, _):
        page.goto(lab_address)
        assert page.evaluate(HASHED, [lab_address, given]) == digest.hexdigest()


def test_it_opens_on_the_measured_data(truculent):
    assert "50,000 rolls" in status(truculent) and "byte for byte those that were measured" in status(truculent)
    assert status(truculent).startswith(f"Postgres {lab_engine.POSTGRES} is ready")


# --- running -----------------------------------------------------------------------------------


def test_wreck_and_fix_stand_beside_what_was_captured(truculent):
    page = truculent
    choose(page, "way", "wrecked")
    run(page)
    assert rows(page, "answer") and page.locator(".lab-plans .wreck-plan").count() == 2
    assert "blocks looked at" in page.locator(".lab-plans").text_content()
    choose(page, "way", "rewrite-covered")
    assert page.locator(".lab-boxes input:checked").evaluate_all("boxes => boxes.map(({value}) => value)") == ["rolls_by_player"]
    run(page)
    latest, first = rows(page, "runs")
    assert "median of 5" in latest[2] and latest[3].endswith("times") and first[3:] == ["1", "1", "–"] and latest[5] == "the wreck’s"
    assert re.match(r"[\d.,]+ times \(50,000 rolls, rows-50k\)", latest[4])
    assert "rolls_by_player" in page.locator(".lab-plans section").first.text_content()


def test_every_way_runs_and_answers_alike(truculent):
    page = truculent
    choose(page, "repeats", "1")
    answers = set()
    for name in page.locator("[id$='-way'] option").evaluate_all("options => options.map(({value}) => value)"):
        choose(page, "way", name)
        run(page)
        answers.add(str(sorted(rows(page, "answer"))))
    assert len(answers) == 1 and "smith" in answers.pop()


def test_indexes_come_and_go(truculent):
    page = truculent
    choose(page, "way", "wrecked")
    box = page.locator(".lab-boxes input[value=rolls_by_player]")
    box.check()
    settled(page)
    run(page, "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'rolls_by%'")
    assert rows(page, "answer") == [["rolls_by_player"]]
    page.locator(".lab-boxes input[value=rolls_by_player]").uncheck()
    settled(page)
    run(page)
    assert rows(page, "answer") == []
    run(page, "CREATE INDEX mine ON tw_rolls (die_sides)")
    assert page.locator(".lab-boxes input[value=mine]").is_checked()


def test_wrong_sql_gets_postgres_own_words_and_place(truculent):
    page = truculent
    run(page, "SELECT login\nFROM tw_players\nWHERE lgoin = 'x'")
    told = page.locator(".lab-refused[role=alert]")
    assert 'column "lgoin" does not exist' in told.text_content() and "42703" in told.text_content()
    line, caret = told.locator("pre").text_content().split("\n")
    assert line[caret.index("^") :].startswith("lgoin")
    assert page.locator(".lab-plans .wreck-plan").count() == 1, "a plan of the statement before stands beside it"
    run(page, "SELECT 1")
    assert rows(page, "answer") == [["1"]]


def test_its_planner_goes_by_the_measured_settings(truculent):
    page = truculent
    run(page, "SELECT current_setting('max_parallel_workers_per_gather'), current_setting('work_mem'), current_setting('jit')")
    assert rows(page, "answer") == [["0", "4MB", "off"]]


def test_what_data_says_is_text(truculent):
    page = truculent
    run(page, """SELECT '<img src=x onerror="window.broken = true">' AS "<b>head</b>", NULL""")
    assert rows(page, "answer")[0] == ['<img src=x onerror="window.broken = true">', "NULL"]
    assert page.locator(".lab img, .lab b").count() == 0 and page.evaluate("window.broken") is None


def test_what_runs_away_is_cancelled_and_all_begins_anew(truculent):
    page = truculent
    page.locator(".lab textarea").fill(RUNAWAY)
    page.locator(".lab textarea").press("Control+Enter")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("It was stopped by you. Postgres was started anew").wait_for(timeout=READY_MS)
    settled(page)
    run(page, "SELECT count(*) FROM tw_rolls")
    assert rows(page, "answer") == [["50000"]]


def test_what_runs_too_long_is_stopped(truculent):
    page = truculent
    page.locator("[id$='-limit']").evaluate("select => { select.options[0].value = '1'; select.selectedIndex = 0 }")
    run(page, RUNAWAY)
    assert said(page).startswith("It was stopped after 1 s, the time limit. Postgres was started anew")
    page.locator("[id$='-limit']").evaluate("select => { select.selectedIndex = 1 }")
    run(page, "SELECT 1")
    assert rows(page, "answer") == [["1"]]


def test_its_pages_policy_refuses_nothing_of_it(truculent):
    assert refused(truculent) == []


# --- many statements ---------------------------------------------------------------------------


def test_statements_are_counted_and_each_waits_its_round_trip(selective):
    page = selective
    choose(page, "way", "wrecked")
    run(page)
    count = int(re.search(r"(\d+) statements", said(page))[1])
    run(page, "SELECT count(DISTINCT g.game_id) FROM tw_player_to_game g JOIN tw_players p ON p.id = g.player_id WHERE p.login LIKE 'gsmith%'")
    games = int(rows(page, "answer")[0][0])
    run(page, "SELECT count(*) FROM tw_players WHERE login LIKE 'gsmith%'")
    assert count == 1 + int(rows(page, "answer")[0][0]) + 2 * games > 4
    choose(page, "way", "wrecked")
    page.locator("[id$='-wait']").fill("20")
    assert page.locator(".lab-far output").text_content() == "20 ms"
    run(page)
    took, unit = re.match(r"([\d.,]+)\s(ms|s)\b", said(page)).groups()
    assert float(took) * (1_000 if unit == "s" else 1) >= 20 * count
    page.locator("[id$='-wait']").fill("0")


def test_lists_take_four_statements_and_one_takes_one(selective):
    page = selective
    for name, wanted in (("selectin", 4), ("grouped", 1), ("aggregate-indexed", 1)):
        choose(page, "way", name)
        run(page)
        assert re.search(rf"\b{wanted} statements?,", said(page)), said(page)


# --- everybody ---------------------------------------------------------------------------------


def test_it_is_for_everybody(browser, lab_address):
    with opened(browser, lab_address, viewport=PHONE, color_scheme="light", reduced_motion="reduce") as (page, _):
        begin(page, lab_address + TRUCULENT)
        run(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        for palette in ("default", "slate"):
            page.evaluate("palette => document.body.setAttribute('data-md-color-scheme', palette)", palette)
            assert faults(page) == []
        page.set_viewport_size(DESK)
        run(page, "SELECT nonsense")
        assert faults(page) == []


def test_targets_are_large_and_a_keyboard_reaches_them_all(truculent):
    page = truculent
    small = page.locator(".lab :is(button:not([hidden]), select, textarea, label:has(input))").evaluate_all(
        "nodes => nodes.map(node => [node.textContent, node.getBoundingClientRect().height]).filter(([, height]) => height < 24)"
    )
    assert small == []
    page.locator("[id$='-way']").focus()
    reached, unseen = set(), set()
    for _ in range(30):
        page.keyboard.press("Tab")
        within, name, outline = page.evaluate("""() => { const at = document.activeElement;
            return [Boolean(at.closest(".lab")), at.id || at.textContent || at.value, getComputedStyle(at).outlineStyle]; }""")
        if not within:
            break
        reached.add(name)
        unseen |= {name} if outline == "none" else set()
    assert not within and unseen == set()
    assert {"Run", "Reset everything"} <= reached and any(each.endswith("-sql") for each in reached)


def test_leaving_by_instant_navigation_ends_it_and_coming_back_begins_anew(browser, lab_address):
    with opened(browser, lab_address, bypass_csp=False) as (page, seen):
        page.add_init_script(LISTEN)
        page.goto(lab_address)
        await_instant(page)
        page.evaluate("window.sameDocument = true")
        page.locator("article a[href*=truculent]").click()
        page.locator(".lab-start").click()
        page.locator(".lab[data-state=open]").wait_for(timeout=READY_MS)
        assert page.evaluate("window.sameDocument") and page.workers
        page.locator(".md-logo").first.click()
        page.locator("h1", has_text="Home").wait_for()
        page.wait_for_function("() => !document.querySelector('.lab')")
        assert_ended(page)
        assert refused(page) == [] and seen.errors == []
