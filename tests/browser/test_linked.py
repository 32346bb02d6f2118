"""From a picture to some of its requests, to a trace, a statement, its plan and the line that sent it: by mouse, keyboard and touch.

On our own evidence; test_linked_scripts.py has what the scripts calculate.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from scenarios.publish import units
from scenarios.publish.site import build
from scenarios.publish.traces.spans import read_spans
from scenarios.record import read_plans, read_record, read_samples
from tests.browser.browsing import DESK, PHONE
from tests.browser.server import served

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EVIDENCE = ROOT / "site_data"
PAGE = "linked/"
MOVED = """
    window.moved = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) moved += entry.value; })
        .observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("linked")
    shutil.copytree(HERE / "linked_docs", folder / "docs")
    shutil.copytree(ROOT / "docs" / "assets", folder / "docs" / "assets")
    theme = ROOT / "scenarios" / "publish" / "theme"
    (folder / "mkdocs.yml").write_text(f"INHERIT: {ROOT / 'mkdocs.yml'}\nnav: null\ntheme:\n  custom_dir: {theme}\n", encoding="utf-8")
    build(folder / "docs", folder / "site", EVIDENCE, config=folder / "mkdocs.yml", say=lambda line: None)
    with served(folder / "site") as address:
        yield address


@pytest.fixture
def at(open_page):
    """Return a function that opens the page and gives it, what it does, and one of its exhibits."""

    def open_at(ident, hash_="", **context):
        page, seen = open_page(PAGE + hash_, **context)
        return page, seen, page.locator(f"#{ident}")

    return open_at


def alive(exhibit):
    """Make an exhibit live and wait until it leads on; return its panel."""
    exhibit.locator(".exhibit-live").click()
    panel = exhibit.locator(".exhibit-leads:not([aria-busy])")
    panel.wait_for()
    return panel


def told(panel) -> str:
    return panel.locator(".linked-brush [role=status]").text_content()


def pick(panel, **box) -> str:
    for end, value in box.items():
        panel.locator(f"input[name={end}]").fill(str(value))
    panel.get_by_role("button", name="Show these").click()
    return told(panel)


def requests(slug: str, experiment: str, *arms: str) -> list[tuple[float, float]]:
    runs = [run for run in read_samples(EVIDENCE / slug).runs if run.experiment == experiment and run.arm in arms]
    return [pair for run in runs for pair in zip(run.due_s, run.latency_ms, strict=True)]


def inside(found: list[tuple[float, float]], box) -> int:
    return sum(box["from"] <= due <= box["to"] and box["least"] <= took <= box["most"] for due, took in found)


# --- before and after the touch ----------------------------------------------------------------


def test_nothing_of_it_comes_before_the_touch_and_nothing_moves_after(at):
    page, seen, heat = at("heat")
    page.evaluate(MOVED)
    page.wait_for_load_state("networkidle")
    assert not any(seen.asked_for(part) for part in ("assets/linked/", "samples.json", "exhibits/", "traces/"))
    heat.locator(".exhibit-live").scroll_into_view_if_needed()
    panel = alive(heat)
    panel.locator("form").wait_for()
    assert seen.asked_for("samples.json") == 1 and not seen.asked_for("traces/") and not seen.asked_for("record.json")
    assert page.evaluate("moved") == 0


def test_without_script_the_pictures_stand_alone(open_page):
    page, _ = open_page(PAGE, java_script_enabled=False)
    assert page.locator("#heat .exhibit-facade svg[role=img]").is_visible() and page.locator(".exhibit-leads").count() == 0


# --- picking requests out ----------------------------------------------------------------------


def test_by_keyboard_alone(at):
    page, _, heat = at("heat")
    heat.locator(".exhibit-live").focus()
    page.keyboard.press("Enter")
    panel = heat.locator(".exhibit-leads:not([aria-busy])")
    panel.wait_for()
    fields = ["from", "to", "least", "most"]
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == fields[0]:
            break
    box = {"from": 1.8, "to": 3.6, "least": 40, "most": 150}
    for name in fields:
        assert page.evaluate("document.activeElement.name") == name
        page.keyboard.press("Control+A")
        page.keyboard.type(str(box[name]))
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Show these"
    page.keyboard.press("Enter")
    everyone = requests("oryx-antlerson", "headline", "wrecked")
    assert told(panel).startswith(f"{inside(everyone, box)} of {len(everyone)} requests")
    assert panel.get_by_role("table", name=re.compile("Mean time a request by layer")).locator("tbody tr").count() >= 5
    assert heat.locator(".exhibit-chart").evaluate("chart => chart.layout.selections.length") == 1


def test_by_mouse_a_box_drawn_on_the_chart_does_the_same(at):
    page, _, heat = at("heat")
    panel = alive(heat)
    chart = heat.locator(".exhibit-chart")
    chart.scroll_into_view_if_needed()
    place = chart.evaluate("""chart => { const {xaxis, yaxis} = chart._fullLayout, {left, top} = chart.getBoundingClientRect();
        return [[1.8, 10 ** (yaxis.range[1] - 0.02)], [3.6, 30]]
            .map(([x, y]) => [left + xaxis._offset + xaxis.d2p(x), top + yaxis._offset + yaxis.d2p(y)]); }""")
    page.mouse.move(*place[0])
    page.mouse.down()
    page.mouse.move(*[(a + b) / 2 for a, b in zip(*place, strict=True)], steps=5)
    page.mouse.move(*place[1], steps=5)
    page.mouse.up()
    panel.locator(".linked-brush [role=status]:not(:empty)").wait_for()
    box = {end: float(panel.locator(f"input[name={end}]").input_value()) for end in ("from", "to", "least", "most")}
    assert box["from"] == pytest.approx(1.8, abs=0.1) and box["least"] == pytest.approx(30, rel=0.1)
    everyone = requests("oryx-antlerson", "headline", "wrecked")
    assert told(panel).startswith(f"{inside(everyone, box)} of {len(everyone)} requests") and inside(everyone, box) > 10
    by_mouse = told(panel)
    panel.get_by_role("button", name="Clear").click()
    assert told(panel) == "" and chart.evaluate("chart => chart.layout.selections.length") == 0
    assert pick(panel, **box) == by_mouse


def test_by_finger_with_fields_and_only_then_by_drawing(at):
    page, _, dots = at("dots", viewport=PHONE, is_mobile=True, has_touch=True)
    dots.locator(".exhibit-live").tap()
    panel = dots.locator(".exhibit-leads:not([aria-busy])")
    panel.wait_for()
    chart = dots.locator(".exhibit-chart")
    assert chart.evaluate("chart => chart._fullLayout.dragmode") is False
    drag = panel.get_by_role("button", name="Draw a box on the chart")
    drag.tap()
    assert drag.get_attribute("aria-pressed") == "true" and chart.evaluate("chart => chart._fullLayout.dragmode") == "select"
    everyone = requests("truculent-query", "headline", "wrecked", "rewrite-covered")
    assert pick(panel, least=500).startswith(f"{sum(took >= 500 for _, took in everyone)} of {len(everyone)} requests")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    small = panel.evaluate("""panel => [...panel.querySelectorAll("button, input, select, summary")]
        .filter(node => node.getClientRects().length && node.type !== "checkbox")
        .map(node => [node.textContent, node.getBoundingClientRect().height])
        .filter(([, height]) => height < 24)""")
    assert small == []


def test_parts_of_the_run_and_the_slowest_are_one_press_away(at):
    _, _, heat = at("heat")
    panel = alive(heat)
    panel.get_by_role("button", name="due while it was there").click()
    assert "same 5 statements" in panel.locator(".linked-brush").text_content()
    assert "is in SQLAlchemy" in panel.locator(".linked-brush").text_content()
    panel.get_by_role("button", name="the slowest tenth").click()
    everyone = requests("oryx-antlerson", "headline", "wrecked")
    assert told(panel).startswith(f"{len(everyone) - len(everyone) * 9 // 10} of {len(everyone)}")


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_those_inside_are_held_against_all_others_and_against_no_one_twice(at):
    _, _, heat = at("heat")
    panel = alive(heat)
    box = {"from": 0, "to": 1000, "least": 60, "most": 100_000}
    pick(panel, **box)
    everyone = requests("oryx-antlerson", "headline", "wrecked")
    those, others = ([took for due, took in everyone if (took >= 60) == is_in] for is_in in (True, False))
    assert 0 < len(those) < len(others)
    said = panel.locator(".linked-brush").text_content()
    assert f"On average they took {units.text(mean(those), 'ms')}, the others {units.text(mean(others), 'ms')}." in said
    assert f"Of the difference, +{units.text(mean(those) - mean(others), 'ms')}" in said
    names = panel.locator(".linked-brush .linked-name span:first-child").all_text_contents()
    assert names == [f"these, {units.digits(len(those))}", f"the others, {units.digits(len(others))}"]


@pytest.mark.parametrize(("box", "said"), [({"from": "", "to": 1}, "Each of the four"), ({"from": 900, "to": 901}, "None of the")])
def test_what_selects_nothing_is_said(at, box, said):
    _, _, heat = at("heat")
    assert pick(alive(heat), **box).startswith(said)


def test_a_selection_has_an_address_that_brings_it_back(at):
    page, _, heat = at("heat")
    panel = alive(heat)
    said = pick(panel, least=60)
    panel.locator("#heat-first").select_option(index=1)
    panel.locator(".linked-steps").wait_for()
    link = panel.get_by_role("link", name="Link to what is chosen here").get_attribute("href")
    assert page.url.endswith(link) and re.fullmatch(r"#heat:[\d.]+-[\d.]+s,60-[\d.]+ms:[0-9a-f]{32}", link)
    other, _, again = at("heat", link)
    again.locator(".linked-steps").wait_for()
    assert told(again) == said and again.locator("#heat-first").input_value() == link.rpartition(":")[2]
    assert other.evaluate("document.querySelector('#heat').getBoundingClientRect().top") < 300


def test_another_palette_keeps_the_box(at):
    page, _, dots = at("dots")
    panel = alive(dots)
    pick(panel, least=500)
    page.locator("form[data-md-component=palette] label:visible").click()
    page.wait_for_function("document.body.dataset.mdColorScheme === 'slate'")
    assert dots.locator(".exhibit-chart").evaluate("chart => [chart.layout.selections.length, chart.layout.dragmode]") == [1, "select"]


# --- a trace, a statement, its plan, its line --------------------------------------------------


def trace_of(slug: str, experiment: str, arm: str, which: str = "median") -> str:
    return read_record(EVIDENCE / slug).experiments[experiment].arms[arm].traces[which]


def test_from_a_trace_to_a_statement_its_plan_and_the_line_that_sent_it(at):
    page, seen, dots = at("dots")
    panel = alive(dots)
    panel.locator("#dots-first").select_option(trace_of("truculent-query", "headline", "wrecked"))
    opener = panel.locator(".linked-steps .linked-opens").first
    opener.focus()
    page.keyboard.press("Enter")
    assert opener.get_attribute("aria-expanded") == "true"
    shown = panel.locator(".linked-statement:not([hidden])")
    shown.locator(".wreck-plan li").first.wait_for()
    text = " ".join(shown.text_content().split())
    plan = read_plans(EVIDENCE / "truculent-query").plans["deep"]["wrecked"]
    assert f"executed in {units.text(plan.execution_ms, 'ms')}" in shown.text_content()
    assert "LIKE '%' ||" in text and "Sent by routes.py, line" in text
    assert "session.execute(" in shown.locator("pre").nth(1).text_content()
    shown.get_by_role("link", name="Where this page shows it").click()
    page.locator("figure.wreck-ran:target").wait_for()
    assert 0 <= page.locator("figure.wreck-ran").bounding_box()["y"] < 900
    assert seen.asked_for("plans.json") == 1


def test_what_repeats_is_one_line_with_each_of_its_statements(at):
    _, _, fall = at("fall")
    panel = alive(fall)
    line = panel.locator(".linked-steps li", has_text="3 × games; 51 × (players, rolls)")
    line.wait_for()
    line.locator(".linked-opens").click()
    assert line.locator(".linked-statement > [role=group]").count() == 3
    assert "Sent 51 times" in line.text_content() and "Sent 3 times" in line.text_content()
    lit = line.locator(".linked-statement > [role=group]").filter(has_text="tw_rolls.game_id").locator(".linked-lit")
    assert "game.rolls|length" in lit.first.text_content()


def test_two_traces_stand_on_one_scale_the_faster_above(at):
    _, _, pair = at("pair")
    panel = alive(pair)
    panel.locator(".linked-strip").nth(1).wait_for()
    ends = panel.evaluate("""panel => [...panel.querySelectorAll(".linked-strip")]
        .map(strip => Math.max(...[...strip.querySelectorAll("rect")]
        .map(rect => parseFloat(rect.getAttribute("x")) + parseFloat(rect.getAttribute("width")))))""")
    assert ends[0] < ends[1] == pytest.approx(100, abs=0.1)
    assert "the same 5 statements in the same order" in panel.locator(".linked-traces").text_content()
    rows = panel.get_by_role("table", name=re.compile("Statements of both")).locator("tbody tr")
    assert rows.count() == 5 and "INSERT rolls" in " ".join(rows.all_text_contents())
    panel.locator("#pair-second").select_option("")
    panel.locator(".linked-strip").nth(1).wait_for(state="detached")
    assert panel.locator(".linked-strip").count() == 1
    panel.locator("#pair-second").select_option(trace_of("oryx-antlerson", "headline", "wrecked", "slowest"))
    panel.locator(".linked-strip").nth(1).wait_for()


def test_the_log_s_statements_are_opened_from_a_list_or_their_marks(at):
    page, _, log = at("log")
    panel = alive(log)
    kinds = sorted(read_record(EVIDENCE / "highly-selective").experiments["headline"].arms["wrecked"].statements, key=lambda s: -s.total_ms)
    names = panel.locator("#log-statement option").all_text_contents()[1:]
    assert [name.split(" ")[1] for name in names] == [units.digits(s.calls) for s in kinds]
    panel.locator("#log-statement").select_option(index=1)
    panel.locator(".wreck-plan li").first.wait_for()
    assert kinds[0].text.split("\n")[0] in panel.text_content() and "game.rolls|length" in panel.locator(".linked-lit").text_content()
    chart = log.locator(".exhibit-chart")
    chart.scroll_into_view_if_needed()
    place = chart.evaluate("""chart => { const {xaxis, yaxis} = chart._fullLayout, {left, top} = chart.getBoundingClientRect();
        const trace = chart._fullData.find(trace => (trace.text || []).includes("C")), at = trace.text.indexOf("C");
        return [left + xaxis._offset + xaxis.d2p(trace.x[at]), top + yaxis._offset + yaxis.d2p(trace.y[at])]; }""")
    page.mouse.move(*place)
    page.mouse.click(*place)
    page.wait_for_function("document.querySelector('#log-statement').value === '2'")
    assert "Sent" in panel.locator("[aria-label='A statement']").text_content()


def test_a_slice_of_a_bar_opens_the_request_that_shows_it(at):
    page, _, parts = at("parts")
    panel = alive(parts)
    chart = parts.locator(".exhibit-chart")
    chart.scroll_into_view_if_needed()
    place = chart.evaluate("""chart => { const {xaxis, yaxis} = chart._fullLayout, {left, top} = chart.getBoundingClientRect();
        const trace = chart._fullData.find(trace => trace.name === "SQLAlchemy");
        return [left + xaxis._offset + xaxis.d2p(trace.base[1] + trace.x[1] / 2), top + yaxis._offset + yaxis.d2p(trace.y[1])]; }""")
    page.mouse.move(*place)
    page.mouse.click(*place)
    panel.locator(".linked-steps").wait_for()
    assert panel.locator("#parts-first").input_value() == trace_of("oryx-antlerson", "headline", "wrecked", "during")


def test_every_span_is_there_as_a_table(at):
    _, _, fall = at("fall")
    panel = alive(fall)
    document = json.loads(
        (EVIDENCE / "highly-selective/traces" / f"{trace_of('highly-selective', 'one-page', 'wrecked')}.json").read_text()
    )
    summary = panel.locator("summary", has_text="Every span, as a table")
    summary.wait_for()
    summary.click()
    rows = panel.locator(".exhibit-spans tbody tr")
    rows.first.wait_for()
    assert rows.count() == len(read_spans(document))


def test_a_trace_that_fails_to_load_is_said_and_can_be_tried_again(at):
    page, _, dots = at("dots", errors_expected=True)
    panel = alive(dots)
    wanted = trace_of("truculent-query", "headline", "wrecked")
    page.route("**/traces/*.json", lambda route: route.fulfill(status=404))
    panel.locator("#dots-first").select_option(wanted)
    panel.locator(".linked-chooser [role=status]").filter(has_text="answered 404").wait_for()
    page.unroute("**/traces/*.json")
    panel.locator("#dots-first").select_option("")
    panel.locator("#dots-first").select_option(wanted)
    panel.locator(".linked-steps").wait_for()


def test_offline_what_was_loaded_goes_on_working(at):
    page, _, heat = at("heat", errors_expected=True)
    panel = alive(heat)
    page.context.set_offline(True)
    assert pick(panel, least=60).split()[0].isdigit()
    panel.locator("#heat-first").select_option(index=1)
    panel.locator(".linked-chooser [role=status]").filter(has_text="failed to load").wait_for()


def test_what_a_trace_says_is_text(at):
    page, _, dots = at("dots")
    panel = alive(dots)
    hostile = "<img src=x onerror='window.broken = true'>\u202e"
    wanted = trace_of("truculent-query", "headline", "wrecked")
    text = (EVIDENCE / "truculent-query/traces" / f"{wanted}.json").read_text(encoding="utf-8")
    document = json.loads(
        text.replace("SELECT tw_players.login,", f"SELECT {hostile},").replace('"queue for a worker"', json.dumps(hostile))
    )
    page.route("**/traces/*.json", lambda route: route.fulfill(json=document))
    panel.locator("#dots-first").select_option(wanted)
    panel.locator(".linked-steps .linked-opens").first.click()
    assert panel.locator("img").count() == 0 and "<img src=x" in panel.locator(".linked-statement:not([hidden])").first.text_content()
    assert "\u202e" not in panel.text_content() and not page.evaluate("window.broken")


def test_a_link_within_the_page_leaves_what_is_alive_alive(at):
    page, _, heat = at("heat")
    alive(heat)
    page.locator("#dots .exhibit-links a", has_text="Link to this").click()
    page.wait_for_function("location.hash === '#dots'")
    page.go_back()
    page.wait_for_load_state("networkidle")
    assert heat.locator(".linked-form").count() == 1


def test_after_another_page_it_looks_the_same(at):
    page, _, heat = at("heat")
    alive(heat)
    page.wait_for_load_state("networkidle")
    page.evaluate("window.sameDocument = true")
    page.locator(".md-footer__link").first.click()
    heat.wait_for(state="detached")
    page.go_back()
    panel = alive(heat)
    assert page.evaluate("window.sameDocument")
    assert panel.locator(".linked-fields").evaluate("node => getComputedStyle(node).display") == "grid"
    assert pick(panel, least=60).split()[0].isdigit()


# --- series, and text and marks ----------------------------------------------------------------


def test_series_are_taken_out_and_put_back(at):
    page, _, omission = at("omission")
    panel = alive(omission)
    chart = omission.locator(".exhibit-chart")
    box = panel.get_by_role("checkbox", name="from when it was sent")
    box.focus()
    page.keyboard.press("Space")
    visible = "chart => chart._fullData.filter(trace => trace.visible === true).map(trace => trace.name)"
    page.wait_for_function(f"() => ({visible})(document.querySelector('#omission .exhibit-chart')).length === 2")
    assert chart.evaluate(visible) == ["from when it was due", "as a client that waits would tell"]
    page.locator("form[data-md-component=palette] label:visible").click()
    page.wait_for_function("document.body.dataset.mdColorScheme === 'slate'")
    assert len(chart.evaluate(visible)) == 2
    page.keyboard.press("Space")
    box.check()
    assert len(chart.evaluate(visible)) == 3


def test_a_number_lights_its_arm_up_and_a_mark_its_numbers(at):
    page, _, rungs = at("rungs")
    lit = page.locator(".is-lit")
    number = page.locator(".wreck-number[data-experiment=headline][data-arm=rewrite-covered]").first
    number.focus()
    rungs.locator(".row.is-lit").wait_for()
    assert rungs.locator(".row.is-lit").get_attribute("data-arm") == "rewrite-covered"
    assert page.locator("#dots .exhibit-svg.has-lit g.is-lit").count() > 0
    page.locator("h1").hover()
    number.evaluate("node => node.blur()")
    assert lit.count() == 0
    page.locator(".wreck-number[data-experiment=clients-5]").hover()
    assert rungs.locator(".is-lit").count() == 0
    rungs.locator(".row[data-arm=rewrite-covered]").hover()
    assert {node.get_attribute("data-arm") for node in page.locator("p .is-lit").all()} == {"rewrite-covered", "wrecked"}


# --- for everybody -----------------------------------------------------------------------------


@pytest.mark.parametrize(("viewport", "palette"), [(PHONE, "light"), (DESK, "dark")], ids=["phone", "desk"])
def test_axe_finds_nothing_in_all_that_opens(at, palette, viewport):
    page, _, heat = at("heat", color_scheme=palette, viewport=viewport)
    pick(alive(heat), least=60)
    fall = page.locator("#fall")
    panel = alive(fall)
    panel.locator(".linked-opens").first.click()
    panel.locator(".linked-statement:not([hidden]) p").first.wait_for()
    panel.locator("summary", has_text="Every span").click()
    alive(page.locator("#omission"))
    alive(page.locator("#pair"))
    found = Axe().run(page, context={"include": [["figure.exhibit"]]}).response["violations"]
    assert [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
