"""The page that compares a reader's record with ours: agrees with ``invoke compare``, refuses what is no record, is for everybody."""

import json
from dataclasses import asdict

import pytest

from scenarios.claims import student_t95
from scenarios.compare import machines, records, welch
from scenarios.record import dumps
from tests.browser.browsing import DESK, PHONE, await_instant, opened
from tests.browser.fixture_site import build_ours
from tests.browser.server import served
from tests.browser.test_page import faults
from tests.record_pairs import elsewhere, every_pair, noisy, ours, reread, steady, trial

PAGE = "your-run/"
SLUG = "truculent-query"
HOSTILE = '<img src=x onerror="window.broken = true"><script>window.broken = true</script>'


@pytest.fixture(scope="module")
def address(browser, tmp_path_factory):
    with served(build_ours(tmp_path_factory.mktemp("ours"))) as address:
        yield address


@pytest.fixture(scope="module")
def calculator(browser, address):
    """The page, once, for what is only calculated in it."""
    with opened(browser, address) as (page, seen):
        page.goto(address + PAGE)
        come_to(page)
        page.evaluate("async address => { window.schema = await (await fetch(address + 'evidence/schema.json')).json() }", address)
        yield page
    assert seen.foreign == [] and seen.errors == []


def come_to(page) -> None:
    """Go to the form, and wait for what reads and compares, which comes when somebody does."""
    page.locator("#your-run label").first.hover()
    page.wait_for_function("() => window.wreckRecord && window.wreckCompare && window.wreckVerdicts")


def give(page, text: str) -> str:
    """Give the page ``text`` as a file; return its answer."""
    page.locator("#your-run").wait_for()
    page.locator("#your-run-file").set_input_files({"name": "record.json", "mimeType": "application/json", "buffer": text.encode()})
    return answer(page)


def answer(page) -> str:
    status = page.locator("#your-run [role=status]")
    page.wait_for_function("() => /^(Compared|Not compared)/.test(document.querySelector('#your-run [role=status]').textContent)")
    return status.text_content()


# --- the same as in Python ---------------------------------------------------------------------


def test_rules_are_pythons(calculator):
    rules = calculator.evaluate("wreckCompare.RULES")
    t95 = rules.pop("t95")
    assert t95 == [student_t95(degrees) for degrees in range(1, len(t95) + 1)]
    assert student_t95(len(t95) + 1) == t95[-1]
    assert rules == {
        "margin": welch.MARGIN, "share_margin": welch.SHARE_MARGIN, "memory_tolerance": machines.MEMORY_TOLERANCE,
        "machine_units": list(machines.MACHINE_UNITS), "set_up": list(machines.SET_UP), "reference_arm": records.REFERENCE_ARM,
    }  # fmt: skip


def test_comparisons_are_pythons(calculator):
    seen = set()
    for name, (a, b) in every_pair().items():
        texts = [dumps(a), dumps(b)]
        expected = json.loads(json.dumps(asdict(records.compare(*map(reread, texts)))))
        found = calculator.evaluate("([a, b]) => wreckCompare.compare(wreckRecord.read(a, schema), wreckRecord.read(b, schema))", texts)
        assert_alike(found, expected, name)
        seen |= {(row["by"], row["verdict"]) for row in expected["claims"] + expected["arms"]}
    # All kinds of answer were among them.
    assert seen >= {("ratio", v) for v in welch.VERDICTS} | {("nothing", "cannot tell"), ("bound", "same"), ("difference", "cannot tell")}


def assert_alike(found, expected, where):
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), where
        for key in expected:
            assert_alike(found[key], expected[key], f"{where} {key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), where
        for i, each in enumerate(expected):
            assert_alike(found[i], each, f"{where} {each['name'] if isinstance(each, dict) else i}")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-12), where
    else:
        assert found == expected, where


# --- what is refused ---------------------------------------------------------------------------


def changed(path: str, value=None) -> str:
    """Return our record's text with ``value`` at a dotted path; without one, with nothing there."""
    data = json.loads(dumps(ours(SLUG)))
    at = data
    *way, last = path.split("/")
    for step in way:
        at = at[int(step)] if isinstance(at, list) else at[step]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return json.dumps(data)


A_ROUND = "experiments/headline/arms/wrecked/rounds/0"
REFUSED = {
    "no JSON": (lambda: "experiments.headline: }", "not JSON"),
    "NaN": (lambda: changed("elapsed_s", float("nan")), "not JSON"),
    "a list": (lambda: "[]", "no record"),
    "nothing": (lambda: "null", "no record"),
    "another version": (lambda: changed("schema_version", 2), "schema version 2"),
    "no version": (lambda: changed("schema_version"), "schema version"),
    "a missing field": (lambda: changed("environment"), "record.environment: missing"),
    "a wrong type": (lambda: changed(f"{A_ROUND}/latency_ms", [1]), "wanted object, got array"),
    "text for a number": (lambda: changed(f"{A_ROUND}/latency_ms/p50", "12"), "wanted number, got string"),
    "half a round": (lambda: changed(f"{A_ROUND}/round", 1.5), "wanted a whole number"),
    "an unknown field": (lambda: changed("more", 1), "record.more: unknown"),
    "a number without an end": (lambda: changed("elapsed_s", 12345.5).replace("12345.5", "1e999"), "a number without an end"),
    "below zero": (lambda: changed("elapsed_s", -1), "out of range"),
    "no rounds": (lambda: changed("experiments/headline/arms/wrecked/rounds", []), "0 entries"),
    "endless text": (lambda: changed("command", "x" * 200_000), "200000 characters"),
    "endless lists": (lambda: changed("warnings", ["x"] * 20_000), "20000 entries"),
    "a prototype": (lambda: changed("claims/__proto__", {"holds": True}), "a name that no record has"),
    "a prototype among versions": (lambda: changed("environment/versions/__proto__", "x"), "a name that no record has"),
    "a constructor": (lambda: changed("constructor", {}), "record.constructor: unknown"),
    "deep": (lambda: changed("command", "bottomless").replace('"bottomless"', "[" * 2_000 + "]" * 2_000), "wanted string, got array"),
    "a way out": (lambda: changed("wreck", "../../../etc"), "not of the form"),
    "a claim's name": (lambda: changed("claims/<b>", {}), "record.claims.<b>: unknown"),
    "a loop without its number": (lambda: changed("experiments/headline/loop", "closed"), "a closed loop, and only that"),
    "a trial that is none": (lambda: changed("publishable", False), "exactly when nothing speaks against it"),
    "no time of day": (lambda: changed("made_at", "yesterday"), "no time of day"),
    "hostile": (lambda: changed(f"{A_ROUND}/<img src=x onerror=alert(1)>", 1), "unknown"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_record_is_refused(calculator, name):
    make, why = REFUSED[name]
    text = make()
    said = calculator.evaluate(
        """text => { try { wreckRecord.read(text, schema) } catch (fault) {
            return fault instanceof wreckRecord.Refusal ? fault.message : `broke: ${fault}` } }""", text,
    )  # fmt: skip
    assert said is not None and why in said and not said.startswith("broke")
    assert len(said) < 2_000
    with pytest.raises(Exception, match=r"wanted "):  # nor does Python take it
        reread_strictly(text, name)


def reread_strictly(text: str, name: str):
    """Python's reader has no limits of length, for it reads what a checkout holds, and takes digits in quotes for their number."""
    if name in ("endless text", "endless lists", "a prototype among versions", "text for a number"):
        raise ValueError("wanted less, by this page alone")
    return reread(text)


def test_a_whole_record_is_read(calculator):
    text = dumps(ours(SLUG))
    assert calculator.evaluate("text => wreckRecord.read(text, schema).wreck", text) == SLUG
    assert calculator.evaluate("({}).holds === undefined")


# --- the page --------------------------------------------------------------------------------


def test_a_file_is_compared_and_drawn(open_page):
    page, seen = open_page(PAGE)
    before = len(seen.responses)
    assert give(page, dumps(noisy(ours(SLUG), 3))).startswith("Compared: ")
    assert page.locator("#your-run-result tbody tr").count() > 20
    assert page.locator("#your-run-result svg[role=img] g").count() > 5
    asked = {response.url.rsplit("/evidence/")[-1] for response in seen.responses[before:] if "/evidence/" in response.url}
    assert asked == {"schema.json", f"{SLUG}/record.json"}
    assert {response.request.method for response in seen.responses} == {"GET"}


def test_what_compares_comes_with_whoever_comes_to_the_form(open_page):
    page, seen = open_page(PAGE)
    page.locator("#your-run").wait_for()
    page.wait_for_load_state("networkidle")
    parts = ("assets/record.js", "assets/compare.js", "assets/verdicts.js")
    assert [seen.asked_for(part) for part in parts] == [0, 0, 0]
    page.locator("#your-run-text").focus()
    page.wait_for_function("() => window.wreckVerdicts")
    assert give(page, dumps(ours(SLUG))).startswith("Compared: ")
    assert [seen.asked_for(part) for part in parts] == [1, 1, 1]


@pytest.mark.parametrize("part", ["record.js", "verdicts.js"])
def test_what_does_not_load_is_said_and_can_be_tried_again(open_page, part):
    page, _ = open_page(PAGE, errors_expected=True)
    page.route(f"**/assets/{part}", lambda route: route.abort())
    assert f"{part} did not load" in give(page, dumps(ours(SLUG)))
    page.unroute(f"**/assets/{part}")
    assert give(page, dumps(ours(SLUG))).startswith("Compared: ")


def test_it_can_be_pasted_and_dropped(open_page):
    page, _ = open_page(PAGE)
    text = dumps(ours(SLUG))
    page.locator("#your-run").wait_for()
    area = page.locator("#your-run-text")
    area.evaluate("""(area, text) => {
        const data = new DataTransfer();
        data.setData("text", text);
        area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }""", text)  # fmt: skip
    assert answer(page).startswith("Compared: ")
    area.fill("{}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("schema version").first.wait_for()
    assert "schema version" in answer(page)
    page.evaluate("""text => {
        const data = new DataTransfer();
        data.items.add(new File([text], "record.json"));
        document.getElementById("your-run").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }""", "not JSON")  # fmt: skip
    page.get_by_text("It is not JSON").wait_for()
    assert page.locator("#your-run-result").text_content() == ""


def test_the_file_button_is_reached_by_keyboard(open_page):
    page, _ = open_page(PAGE)
    page.locator("#your-run").wait_for()
    page.locator("#your-run-file").focus()
    assert page.evaluate("document.activeElement.id") == "your-run-file"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert page.locator("#your-run-file").bounding_box()["height"] >= 44


def test_what_is_too_large_is_not_even_read(open_page):
    page, seen = open_page(PAGE)
    page.evaluate("() => { File.prototype.text = () => { throw new Error('it was read') } }")
    assert "too large" in give(page, " " * 4_000_001)


def test_an_unknown_wreck_is_refused(open_page):
    page, _ = open_page(PAGE, errors_expected=True)
    assert "no evidence of a wreck called paper-boat" in give(page, changed("wreck", "paper-boat"))


def test_a_trial_is_compared_and_marked(open_page):
    page, _ = open_page(PAGE)
    assert give(page, dumps(trial(ours(SLUG)))).startswith("Compared: ")
    assert page.get_by_text("B is a trial, not to be published").count() == 1


def test_unlike_machines_have_no_times_compared(open_page):
    page, _ = open_page(PAGE)
    give(page, dumps(elsewhere(ours(SLUG))))
    assert page.get_by_text("The machines are unlike").count() == 1
    assert page.get_by_text("refused: ms on unlike machines").count() > 0


def test_what_a_record_says_is_text(open_page):
    page, _ = open_page(PAGE)
    record = elsewhere(ours(SLUG), cpu_model=HOSTILE, versions={HOSTILE: HOSTILE})
    claims = {name: each.model_copy(update={"unit": HOSTILE}) for name, each in record.claims.items()}
    mark = {"publishable": False, "unpublishable_because": [HOSTILE], "claims": claims}
    assert give(page, dumps(record.model_copy(update=mark))).startswith("Compared: ")
    result = page.locator("#your-run-result")
    assert HOSTILE in result.text_content()
    assert result.locator("img, script").count() == 0
    assert page.evaluate("window.broken") is None


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("palette", ["light", "dark"])
def test_it_is_for_everybody(open_page, viewport, palette):
    page, _ = open_page(PAGE, viewport=viewport, color_scheme=palette)
    give(page, dumps(elsewhere(steady(noisy(ours(SLUG), 5, 0.3)), cpu_count=64)))
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_it_works_after_instant_navigation(open_page):
    page, _ = open_page("method/")
    await_instant(page)
    page.evaluate("window.stayed = true")
    page.locator(".md-nav--primary a[href$='your-run/']").first.evaluate("link => link.click()")
    page.wait_for_url("**/your-run/")
    page.locator("#your-run").wait_for()
    assert page.evaluate("window.stayed")
    assert give(page, dumps(ours(SLUG))).startswith("Compared: ")


def test_without_script_it_says_what_to_run(open_page):
    page, _ = open_page(PAGE, java_script_enabled=False)
    assert page.get_by_text("invoke compare HEAD site_data").is_visible()
    assert not page.locator("#your-run").is_visible()
