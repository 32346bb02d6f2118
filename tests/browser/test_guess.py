"""Predict, then reveal; where a reader was; what is known: by mouse, by keyboard, without a script, without storage, and again later."""

import json
import re

import pytest

from scenarios.publish.prose.guess_scale import STEPS, GuessScale
from tests.browser.browsing import DESK, PHONE, await_instant, opened
from tests.browser.test_page import faults

SIZES = pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
ALL_REFUSED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('refused', 'SecurityError') } })"
OURS_REFUSED = """for (const name of ["getItem", "setItem", "removeItem"]) {
    const own = Storage.prototype[name];
    Storage.prototype[name] = function (key, ...rest) {
        if (key.startsWith("wreck:")) throw new DOMException("refused", "SecurityError");
        return own.call(this, key, ...rest);
    };
}"""
WATCH_SHIFTS = """window.shifts = [];
    new PerformanceObserver(list => window.shifts.push(...list.getEntries().filter(entry => !entry.hadRecentInput)
        .map(entry => [entry.value, entry.sources
            .map(source => source.node && (source.node.outerHTML || source.node.data).slice(0, 120))])))
        .observe({ type: "layout-shift", buffered: true })"""


@pytest.fixture
def at_dive(open_page, site):
    """Return a function that opens the dive with its questions ready."""

    def open_dive(**context):
        page, seen = open_page(site.dive, **context)
        page.locator("div.guess[data-live]").first.wait_for()
        return page

    return open_dive


def question(page, ident="guess-layer"):
    return page.locator(f"#{ident}")


def said(box) -> str:
    box.locator(".guess-said:not(:empty)").wait_for()
    return box.locator(".guess-said").text_content()


def listening(page):
    """Return the page when it has what answers questions, which comes when somebody comes to one."""
    question(page).locator("legend").hover()
    page.wait_for_function("() => window.wreckGuess")
    return page


def commit(box, option="Postgres") -> None:
    box.get_by_label(option).check()
    box.get_by_role("button", name="That is my guess").click()


def kept(page) -> dict:
    return page.evaluate("JSON.parse(localStorage.getItem(`wreck:${location.pathname}`))")


# --- a guess is made -------------------------------------------------------------------------------


def test_a_choice_is_committed_and_held_against_what_was_measured(at_dive):
    page = at_dive()
    box = question(page, "guess-suspect")
    assert not box.locator(".guess-reveal").is_visible()
    commit(box, "Without LIKE")
    assert said(box) == "You said: Without LIKE. It was measured otherwise."
    assert box.locator(".guess-reveal").get_by_text("Rewritten and indexed").first.is_visible()
    assert box.locator("tr.guess-right").count() == 1
    assert box.locator("tr", has=page.locator(".guess-you")).get_attribute("data-option") == "0"
    # One who was right is told so.
    box.get_by_label("Rewritten and indexed").check()
    box.get_by_role("button", name="Change my guess").click()
    assert said(box).endswith("So it was measured. At first you said: Without LIKE.")
    assert [row.inner_text().split("←")[1].strip() for row in box.locator("tr th:has(.guess-you)").all()] == [
        "your first guess", "your guess"
    ]


def test_not_knowing_is_met_kindly(at_dive):
    page = at_dive()
    box = question(page)
    assert not page.evaluate("'wreckGuess' in window")
    commit(box, "I don’t know")
    assert "fair place to start" in said(box)
    assert box.locator(".guess-answer").is_visible()
    amount = question(page, "guess-amount")
    amount.get_by_role("button", name="I don’t know").click()
    amount.locator(".guess-reveal[open]").wait_for()
    assert "fair place to start" in said(amount) and amount.locator(".guess-scale").is_visible()


def test_nothing_chosen_is_answered_with_a_request(at_dive):
    box = question(at_dive())
    box.get_by_role("button", name="That is my guess").click()
    assert "Choose one first" in said(box) and not box.locator(".guess-reveal").is_visible()


def test_what_follows_a_question_is_never_hidden(at_dive):
    page = at_dive()
    for part in page.locator("article > *, article figure").all():
        is_seen = part.evaluate("node => ['SCRIPT'].includes(node.tagName) || node.checkVisibility()")
        assert is_seen, part.evaluate("node => node.outerHTML.slice(0, 80)")


def test_by_keyboard_alone(at_dive):
    page = at_dive()
    box = question(page)
    box.locator("input").first.focus()
    page.keyboard.press("Space")
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert said(box) == "You said: Postgres. So it was measured."
    slider = question(page, "guess-amount").get_by_role("slider", name=re.compile("How many times"))
    slider.focus()
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "1×"
    page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == "1,000×" == question(page, "guess-amount").locator("output").text_content()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "You said: 930×. It was less, by a factor of" in said(question(page, "guess-amount"))


def test_an_amount_is_drawn_where_it_lies(at_dive):
    page = at_dive()
    box = question(page, "guess-amount")
    box.get_by_role("slider").fill("50")
    box.get_by_role("button", name="That is my guess").click()
    assert "You said: 32×." in said(box)
    low, high, value = (float(box.get_attribute(f"data-{name}")) for name in ("low", "high", "value"))
    scale = GuessScale(low, high, True, "times", None)
    axis = box.locator(".guess-scale").bounding_box()
    mark = box.locator(".guess-scale path").bounding_box()
    dot = box.locator(".guess-scale circle").bounding_box()
    for drawn, number in ((mark, 32), (dot, value)):
        assert drawn["x"] + drawn["width"] / 2 - axis["x"] == pytest.approx(scale.share(number) * axis["width"], abs=1.5)
    slider = box.get_by_role("slider").bounding_box()
    assert slider["x"] + 12 == pytest.approx(axis["x"], abs=1) and slider["width"] - 24 == pytest.approx(axis["width"], abs=1)
    words = [text.bounding_box() for text in box.locator(".guess-scale > text").all()]
    assert all(axis["x"] - 12 <= each["x"] and each["x"] + each["width"] <= axis["x"] + axis["width"] + 12 for each in words)


def test_scales_are_pythons(at_dive):
    page = listening(at_dive())
    for low, high, is_log in ((1, 1000, True), (0.5, 80, True), (0, 100, False), (20, 250, False)):
        scale = {"low": low, "high": high, "log": is_log}
        mine = GuessScale(low, high, is_log, "ms", None)
        values = [low * 0.5, low, (low + high) / 3, high, high * 3]
        found = page.evaluate("([values, scale]) => values.map(value => wreckGuess.share(value, scale))", [values, scale])
        assert found == pytest.approx([mine.share(value) for value in values])
        steps = list(range(STEPS + 1))
        numbers = page.evaluate("([steps, scale]) => steps.map(step => wreckGuess.numberAt(step, scale))", [steps, scale])
        assert numbers == pytest.approx([mine.at(step) for step in steps], rel=0.1) and numbers == sorted(numbers)
        assert numbers[0] == low and numbers[-1] == high


COMPARED = [
    (10, {"log": True, "sign": "×"}, "It was more, by a factor of 4."),
    (160, {"log": True, "sign": "×"}, "It was less, by a factor of 4."),
    (42, {"log": True, "sign": "×"}, "That is close: it was less, by a factor of 1.05."),
    (39.5, {"log": True, "sign": "×"}, "That is within what was measured."),
    (90, {"high": 100, "log": False, "sign": "\u00a0%"}, "It was less, by 50 percentage points."),
    (10, {"high": 100, "log": False, "sign": "\u00a0MB"}, "It was more, by 30\u00a0MB."),
]


@pytest.mark.parametrize("guess, scale, words", COMPARED)
def test_a_guess_is_compared_in_words(at_dive, guess, scale, words):
    scale = {"low": 1, "high": 1000, "value": 40, "least": 39, "most": 41} | scale
    assert listening(at_dive()).evaluate("([guess, scale]) => wreckGuess.compared(guess, scale)", [guess, scale]) == words


def test_an_answer_that_cannot_be_drawn_is_shown_all_the_same(open_page, site):
    page, _ = open_page("", errors_expected=True)
    page.context.route("**/guess.js", lambda route: route.abort())
    page.goto(page.url + site.dive)
    page.locator("div.guess[data-live]").first.wait_for()
    commit(question(page), "Flask")
    question(page).locator(".guess-answer").wait_for()


# --- and kept --------------------------------------------------------------------------------------


def test_a_guess_outlives_the_visit_and_its_answer_waits(at_dive):
    page = at_dive()
    commit(question(page), "Flask")
    question(page, "guess-amount").get_by_role("slider").fill("20")
    question(page, "guess-amount").get_by_role("button", name="That is my guess").click()
    page.evaluate("scrollTo(0, 0)")
    page.reload()
    page.locator("div.guess[data-live]").first.wait_for()
    box = question(page)
    box.get_by_role("button", name="Show the answer").wait_for()
    assert box.get_by_label("Flask").is_checked() and not box.locator(".guess-reveal").is_visible()
    box.get_by_role("button", name="Show the answer").click()
    assert said(box) == "You said: Flask. It was measured otherwise."
    assert question(page, "guess-amount").locator("output").text_content() == "4×"
    # Another one does not undo the first.
    commit_again = box.get_by_role("button", name="Change my guess")
    box.get_by_label("Postgres").check()
    commit_again.click()
    assert said(box).endswith("At first you said: Flask.")
    assert kept(page)["guesses"]["guess-layer"] == {"first": "2", "now": "5"}


def test_guesses_can_be_forgotten(at_dive):
    page = at_dive()
    commit(question(page), "Flask")
    assert said(question(page))
    page.get_by_role("button", name="Forget my guesses").click()
    box = question(page)
    assert not box.locator(".guess-reveal").is_visible() and box.locator(".guess-said").text_content() == "" and not box.get_by_label(
        "Flask"
    ).is_checked()
    assert page.evaluate("document.activeElement.className").startswith("place")
    assert "Forgotten." in page.locator("p.place").inner_text()
    page.reload()
    assert not question(page).get_by_label("Flask").is_checked()
    assert page.get_by_role("button", name="Forget my guesses").count() == 0


def test_a_reader_who_returns_is_led_to_where_they_were(at_dive):
    page = at_dive(viewport=PHONE)
    assert page.locator("p.place a").count() == 0
    page.locator("#what-to-do").evaluate("heading => heading.scrollIntoView()")
    page.wait_for_function("() => document.querySelector('.steps [aria-current]')?.textContent.includes('Fix')")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function("() => !document.querySelector('.steps [aria-current]')")
    page.reload()
    page.locator("div.guess[data-live]").first.wait_for()
    link = page.locator("p.place a")
    assert page.locator("p.place").inner_text().strip() == "Continue where you were: Fix"
    link.click()
    page.wait_for_function("() => document.querySelector('.steps [aria-current]')?.textContent.includes('Fix')")


@pytest.mark.parametrize("script", [OURS_REFUSED, ALL_REFUSED], ids=["ours", "all"])
def test_without_storage_it_works_as_long_as_the_page_stands(browser, address, site, script):
    with opened(browser, address) as (page, seen):
        page.add_init_script(script)
        page.goto(address + site.dive)
        page.locator("div.guess[data-live]").first.wait_for()
        commit(question(page), "Flask")
        page.mouse.wheel(0, 3000)
        assert said(question(page)) == "You said: Flask. It was measured otherwise."
        question(page).get_by_label("Postgres").check()
        question(page).get_by_role("button", name="Change my guess").click()
        assert said(question(page)).endswith("At first you said: Flask.")
    # Where all of it is refused the theme itself complains.
    assert script is ALL_REFUSED or seen.errors == []


TAMPERED = [
    "no JSON", "null", "[]", '{"step": 5, "guesses": []}',
    '{"step": "no-such-step", "guesses": {"guess-layer": null, "guess-amount": {"first": {}, "now": []}}}',
    '{"step": "__proto__", "guesses": {"guess-layer": {"first": "99", "now": "<img src=x onerror=alert(1)>"}, '
    '"guess-amount": {"first": "abc", "now": "abc"}}}',
]  # fmt: skip


@pytest.mark.parametrize("text", TAMPERED)
def test_whatever_is_found_in_storage_does_no_harm(at_dive, text):
    page = at_dive()
    page.evaluate("text => localStorage.setItem(`wreck:${location.pathname}`, text)", text)
    page.reload()
    page.locator("div.guess[data-live]").first.wait_for()
    listening(page)
    for box in page.locator("div.guess").all():
        box.locator("button").first.click()
    commit(question(page))
    assert said(question(page)).startswith("You said: Postgres. So it was measured.")
    assert page.locator("div.guess img").count() == 0


@pytest.mark.parametrize(
    "text, step, guesses",
    [
        ('{"step": "a", "guesses": {"x": {"first": 1, "now": "b"}, "y": {"first": "c"}, "z": 5}}', "a", {"x": {"first": 1, "now": "b"}}),
        ('{"step": ["a"], "guesses": "x"}', "", {}), ("}", "", {}), ("null", "", {}), ('[{"step": "a"}]', "", {}),
    ],
)  # fmt: skip
def test_what_was_kept_is_read_or_left(at_dive, text, step, guesses):
    found = at_dive().evaluate(
        "text => { const { step, guesses } = wreckPlace.parse(text); return [step, Object.fromEntries(guesses)] }", text
    )
    assert found == [step, guesses]


# --- nothing moves -----------------------------------------------------------------------------------


@SIZES
@pytest.mark.parametrize("is_back", [False, True], ids=["first", "again"])
def test_nothing_moves_when_scripts_come_or_one_scrolls(browser, address, site, viewport, is_back):
    with opened(browser, address, viewport=viewport) as (page, _):
        page.add_init_script(WATCH_SHIFTS)
        page.goto(address + site.dive)
        name = page.evaluate("`wreck:${location.pathname}`")
        if is_back:
            state = {"step": "what-to-do", "guesses": {"guess-layer": {"first": "2", "now": "5"}, "guess-amount": {"first": 5, "now": 50}}}
            page.evaluate("([name, text]) => localStorage.setItem(name, text)", [name, json.dumps(state)])
            page.reload()
        page.locator("div.guess[data-live]").first.wait_for()
        height = page.evaluate("document.body.scrollHeight")
        for at in range(0, height, 300):
            page.evaluate("at => scrollTo(0, at)", at)
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.evaluate("window.shifts") == []


@SIZES
def test_a_question_is_as_tall_with_its_form_as_without(at_dive, browser, address, site, viewport):
    tall = "() => [...document.querySelectorAll('.guess, .place, .steps')].map(node => node.getBoundingClientRect().height)"
    with opened(browser, address, viewport=viewport, java_script_enabled=False) as (page, _):
        page.goto(address + site.dive)
        without = page.evaluate(tall)
    assert at_dive(viewport=viewport).evaluate(tall) == pytest.approx(without, abs=0.5)


# --- for everybody ---------------------------------------------------------------------------------


def test_without_a_script_a_question_is_prose_and_its_answer_a_fold(open_page, site):
    page, _ = open_page(site.dive, java_script_enabled=False)
    box = question(page)
    assert box.get_by_text("Which layer would you open first?").is_visible() and box.get_by_text("Flask").first.is_visible()
    assert not box.locator("input").first.is_visible() and not box.locator("button").first.is_visible()
    assert not box.locator(".guess-answer").is_visible()
    box.locator("summary").click()
    assert box.locator(".guess-answer").is_visible()
    assert page.locator(".ledger li").first.is_visible() and page.locator(".steps a").first.is_visible()


@SIZES
@pytest.mark.parametrize("palette", ["light", "dark"])
def test_axe_finds_nothing_in_answered_questions(at_dive, viewport, palette):
    page = at_dive(viewport=viewport, color_scheme=palette)
    commit(question(page), "Flask")
    for ident in ("guess-suspect", "guess-amount"):
        if ident == "guess-suspect":
            question(page, ident).locator("input").last.check()
        question(page, ident).locator("button").first.click()
        assert said(question(page, ident))
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function("() => document.querySelector('.steps [aria-current]')?.textContent.includes('Fix')")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize("viewport, least", [(PHONE, 44), (DESK, 24)], ids=["phone", "desk"])
def test_what_is_pressed_is_large_enough(at_dive, viewport, least):
    page = at_dive(viewport=viewport, has_touch=viewport == PHONE, is_mobile=viewport == PHONE)
    small = page.evaluate(
        """least => [...document.querySelectorAll(".guess label, .guess button, .guess summary, .guess input[type=range], .ledger summary")]
            .filter(node => node.checkVisibility() && node.getBoundingClientRect().height < least - .5)
            .map(node => node.outerHTML)""", least,
    )  # fmt: skip
    assert small == []
    tight = page.evaluate("""() => [...document.querySelectorAll(".steps a")].map(node => node.getBoundingClientRect())
        .filter(({ width, height }) => width < 24 || height < 24).length""")
    assert tight == 0


def test_the_line_of_steps_says_where_one_is_and_stays_in_sight(at_dive):
    page = at_dive(viewport=PHONE)
    nav = page.get_by_role("navigation", name="Steps of this dive")
    assert [link.text_content() for link in nav.get_by_role("link").all()] == ["1Layer", "2Suspects", "3Fix"]
    assert nav.locator("[aria-current]").count() == 0 and nav.locator(".steps-now").text_content() == "3 steps"
    for heading, name in (("where-the-time-goes", "1 of 3: Layer"), ("what-to-do", "3 of 3: Fix"), ("which-of-them", "2 of 3: Suspects")):
        nav.locator(f"a[href$='#{heading}']").click()
        page.wait_for_function("name => document.querySelector('.steps-now').textContent === name", arg=name)
        assert nav.locator("[aria-current=step]").count() == 1
        header, bar = page.locator(".md-header").bounding_box(), nav.bounding_box()
        assert bar["y"] == pytest.approx(header["y"] + header["height"], abs=1.5)
        assert page.locator(f"#{heading}").bounding_box()["y"] >= bar["y"] + bar["height"]


def test_what_is_known_stands_beside_the_story_where_there_is_room(at_dive):
    page = at_dive()
    beside = page.locator(".ledger-beside")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function("() => document.querySelectorAll('.ledger-beside li:not([hidden])').length <= 1")
    page.locator("#what-to-do").evaluate("heading => heading.scrollIntoView()")
    page.wait_for_function("() => document.querySelectorAll('.ledger-beside li:not([hidden])').length === 3")
    assert beside.is_visible() and "holds" not in beside.inner_text()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function("() => document.querySelectorAll('.ledger-beside li:not([hidden])').length === 4")


def test_on_a_phone_it_stands_in_the_story_alone(at_dive):
    page = at_dive(viewport=PHONE)
    page.locator("#what-to-do").evaluate("heading => heading.scrollIntoView()")
    page.wait_for_function("() => document.querySelector('.steps [aria-current]')?.textContent.includes('Fix')")
    assert not page.locator(".ledger-beside").is_visible()
    earlier = page.locator(".ledger details").first
    assert not earlier.locator("li").first.is_visible()
    earlier.locator("summary").click()
    assert earlier.locator("li").first.is_visible()


def test_every_question_list_and_exhibit_has_a_link_to_itself(at_dive):
    page = at_dive()
    lacking = page.evaluate("""() => [...document.querySelectorAll("article :is(.guess, .ledger:has(.ledger-title), figure:is(.exhibit, .wreck-ran), h2, h3)")]
        .filter(node => !node.id || ![...node.querySelectorAll("a")].some(link => link.hash === `#${node.id}` && link.checkVisibility()))
        .map(node => node.outerHTML.slice(0, 100))""")
    assert lacking == []


def test_it_works_after_instant_navigation(at_dive, site):
    page = at_dive()
    await_instant(page)
    page.evaluate("window.stayed = true")
    commit(question(page), "Flask")
    page.locator("#up").evaluate("link => link.click()")
    page.wait_for_url(re.compile(r"/base/$"))
    page.locator("article h1").first.wait_for()
    page.wait_for_function("() => !document.querySelector('.guess')")
    page.go_back()
    page.locator("div.guess[data-live]").first.wait_for()
    assert page.evaluate("window.stayed")
    box = question(page)
    box.get_by_role("button", name="Show the answer").wait_for()
    assert box.get_by_label("Flask").is_checked()
    box.get_by_role("button", name="Show the answer").click()
    assert said(box).startswith("You said: Flask.")
    assert box.locator(".guess-you").count() == 1
    assert page.locator(".ledger-beside").count() == 1
    assert set(kept(page)["guesses"]) == {"guess-layer"}


def test_on_paper_there_are_no_buttons(at_dive):
    page = at_dive()
    page.emulate_media(media="print")
    assert not page.locator(".guess-act").first.is_visible() and not page.locator(".steps").is_visible()
    assert question(page).get_by_text("Which layer would you open first?").is_visible()
