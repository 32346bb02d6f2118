"""The reader's lab at work: Postgres runs in the page, on the measured data, and refuses what it must gracefully.

Opening one takes some seconds, so this file looks at two pages, in the order of its tests. The first has no server any more once it
is open; of the second only the last test leaves it. What needs pages of its own is in ``test_lab_trouble``.
"""

from __future__ import annotations

import contextlib
import re

import pytest

from scenarios.publish import lab_engine
from tests.browser.browsing import DESK, PHONE, await_instant, opened
from tests.browser.lab_page import (
    READY_MS, RUNAWAY, SPARES, TRUCULENT, assert_ended, begin, cancel, choose, reset, rows, run, said, settled, start, status,
)  # fmt: skip
from tests.browser.server import served
from tests.browser.test_csp import LISTEN, refused
from tests.browser.test_page import faults


@pytest.fixture(scope="module")
def truculent(browser, labs):
    """A page with its lab open, once, and neither server nor network from then on: whatever it does now, it does alone."""
    with contextlib.ExitStack() as scene:
        with served(labs) as address:
            page, seen = scene.enter_context(opened(browser, address, bypass_csp=False, reduced_motion="reduce"))
            page.add_init_script(LISTEN + SPARES)
            begin(page, address + TRUCULENT)
            page.wait_for_function("() => spares.ready === 3", timeout=READY_MS)
        page.context.set_offline(True)
        yield page
    assert seen.foreign == [] and seen.errors == []


@pytest.fixture(scope="module")
def selective(browser, lab_address):
    """A page come to by instant navigation, with its lab open at the second try."""
    with opened(browser, lab_address, bypass_csp=False) as (page, seen):
        page.add_init_script(LISTEN)
        page.goto(lab_address)
        await_instant(page)
        page.evaluate("window.sameDocument = true")
        page.locator("article a[href*=selective]").click()
        page.route("**/pglite.wasm.gz", lambda route: route.abort())
        page.locator(".lab-start").click()
        page.get_by_text("The lab did not start: what it needs could not be fetched").wait_for(timeout=READY_MS)
        page.unroute("**/pglite.wasm.gz")
        start(page)
        yield page
    assert seen.foreign == [] and seen.errors == []


# --- its data and its ways ---------------------------------------------------------------------


def test_it_opens_on_the_measured_data(truculent):
    assert "50,000 rolls" in status(truculent) and "byte for byte those that were measured" in status(truculent)
    assert status(truculent).startswith(f"Postgres {lab_engine.POSTGRES} is ready")


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
    assert "median of 5" in latest[1] and latest[2].endswith("times") and latest[4:] == ["the wreck’s", "50,000"]
    assert first[2:] == ["1", "1", "–", "50,000"]
    assert re.match(r"[\d.,]+ times \(50,000 rolls, rows-50k\)", latest[3])
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


def test_its_planner_goes_by_the_measured_settings(truculent):
    page = truculent
    run(page, "SELECT current_setting('max_parallel_workers_per_gather'), current_setting('work_mem'), current_setting('jit')")
    assert rows(page, "answer") == [["0", "4MB", "off"]]


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


def test_what_data_says_is_text(truculent):
    page = truculent
    run(page, """SELECT '<img src=x onerror="window.broken = true">' AS "<b>head</b>", NULL""")
    assert rows(page, "answer")[0] == ['<img src=x onerror="window.broken = true">', "NULL"]
    assert page.locator(".lab img, .lab b").count() == 0 and page.evaluate("window.broken") is None


def test_an_answer_too_large_for_a_page_is_not_begun(truculent):
    page = truculent
    run(page, "SELECT a.* FROM tw_rolls a, tw_rolls b")
    assert re.match(r"That statement was not run\. Its planner expects 2,500,000,000 rows", said(page))
    assert page.locator(".lab-answer").text_content() == "No answer."
    run(page, "SELECT 1")
    assert rows(page, "answer") == [["1"]]


# --- its beginnings anew -----------------------------------------------------------------------


def test_what_runs_too_long_is_stopped(truculent):
    page = truculent
    page.locator("[id$='-limit']").evaluate("select => { select.options[0].value = '1'; select.selectedIndex = 0 }")
    run(page, RUNAWAY)
    assert said(page).startswith("It was stopped after 1 s, the time limit. Postgres was started anew")
    page.locator("[id$='-limit']").evaluate("select => { select.selectedIndex = 1 }")
    run(page, "SELECT 1")
    assert rows(page, "answer") == [["1"]]


def test_what_its_reader_stops_ends_too(truculent):
    """And Postgres comes up anew once more, with no server there, its extension with it."""
    page = truculent
    page.locator(".lab textarea").fill(RUNAWAY)
    page.locator(".lab-run").click()
    cancel(page)
    assert page.locator(".lab-run:focus").count() == 1
    page.locator(".lab-boxes input[value=players_by_login_trigram]").check()
    settled(page)
    assert "players_by_login_trigram was made" in said(page)
    run(page, "SELECT count(*) FROM tw_rolls")
    assert rows(page, "answer") == [["50000"]]


def test_a_reset_leaves_nothing_of_what_a_reader_did(truculent):
    page = truculent
    run(page, "CREATE INDEX theirs ON tw_players (last_name)")
    assert page.locator(".lab-boxes input[value=theirs]").is_checked()
    run(page, "CREATE SCHEMA theirs; CREATE TABLE theirs.things (id int); DROP TABLE tw_rolls")
    run(page, "SET enable_seqscan TO off; SET work_mem TO '1MB'")
    run(page, "BEGIN")
    reset(page)
    assert page.locator(".lab-boxes input:checked").count() == 0
    left = "to_regclass('theirs.things'), current_setting('work_mem'), current_setting('enable_seqscan')"
    run(page, f"SELECT {left}, (SELECT count(*) FROM tw_rolls)")
    assert rows(page, "answer") == [["NULL", "4MB", "on", "50000"]]


# --- many statements ---------------------------------------------------------------------------


def test_statements_are_counted_and_each_waits_its_round_trip(selective):
    page = selective
    choose(page, "way", "wrecked")
    run(page)
    count = int(re.search(r"(\d+) statements", said(page))[1])
    theirs = "FROM tw_player_to_game g JOIN tw_players p ON p.id = g.player_id WHERE p.login LIKE 'gsmith%'"
    run(page, f"SELECT count(DISTINCT g.game_id) {theirs}")
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


def test_it_is_for_everybody(truculent):
    page = truculent
    run(page, "SELECT login, first_name FROM tw_players LIMIT 9")
    page.set_viewport_size(PHONE)
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


def test_the_focus_stays_where_it_helps(truculent):
    page = truculent
    run(page, "SELECT 1")
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


def test_on_paper_it_is_a_paragraph(truculent):
    page = truculent
    page.emulate_media(media="print")
    assert not page.locator(".lab-room").is_visible() and not page.locator(".lab-head").is_visible()
    assert page.get_by_text("What this is not").is_visible() and page.locator(".lab-without").is_visible()
    page.emulate_media(media="screen")


# --- its end -----------------------------------------------------------------------------------


def test_the_policy_of_its_page_refuses_nothing_of_it(truculent):
    assert refused(truculent) == []


def test_closed_it_keeps_what_was_written_and_left_it_gives_its_memory_back(selective):
    """It comes last in this file: the page is another after it."""
    page = selective
    page.locator(".lab textarea").fill("SELECT 7")
    page.locator(".lab-end").click()
    assert status(page).startswith("The lab is closed") and page.locator(".lab-without").is_visible()
    assert_ended(page)
    start(page)
    assert page.evaluate("document.activeElement.id").endswith("-way")
    run(page)
    assert rows(page, "answer") == [["7"]] and page.workers
    page.locator(".md-logo").first.click()
    page.locator("h1", has_text="Home").wait_for()
    page.wait_for_function("() => !document.querySelector('.lab')")
    assert_ended(page)
    assert page.evaluate("window.sameDocument") and refused(page) == []
