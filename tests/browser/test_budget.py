"""How the pages are felt: nothing holds them up, a touched picture soon lives. That nothing moves is seen in ``test_ours``.

Here at this machine's own speed, and of several loads the luckiest counts: what else the machine did can only add to a time. What a
slowed processor makes of it, ``invoke bench`` measures where nothing else runs.
"""

from __future__ import annotations

import pytest

from scenarios.publish.built.weight import weigh
from tests.browser import felt
from tests.browser.browsing import PHONE, opened
from tests.browser.shots import pages_of

LONGEST_TASK_MS = 200
CHART_MS = 1_000
LOADS = 3


def dives(ours) -> list[str]:
    return [path for path in pages_of(ours) if path.startswith("dives/")]


def test_what_moves_is_noticed(browser, our_address):
    """The check can fail: a line that comes late moves all beneath it."""
    with opened(browser, our_address, viewport=PHONE) as (page, _):
        page.add_init_script(felt.OBSERVE)
        page.goto(our_address, wait_until="networkidle")
        page.evaluate("document.querySelector('article').prepend(Object.assign(document.createElement('p'), {textContent: 'Late.'}))")
        page.wait_for_function("felt.shift > 0")


@pytest.mark.parametrize("path", ["", "method/", "dives/truculent-query/"])
def test_no_page_is_held_up(browser, our_address, path):
    tasks_ms = [felt.load(browser, our_address, path, slowed_by=1, touch=False)[1] for _ in range(LOADS)]
    assert min(tasks_ms) <= LONGEST_TASK_MS, tasks_ms


def test_a_touched_picture_soon_lives(browser, our_address, ours):
    charts_ms = [felt.load(browser, our_address, dives(ours)[0], slowed_by=1)[2] for _ in range(LOADS)]
    assert min(charts_ms) <= CHART_MS, charts_ms


def test_every_page_keeps_to_its_weight(ours):
    weights = [weigh(ours, page) for page in sorted(ours.rglob("*.html"))]
    assert {each.budget_bytes for each in weights} == {80_000, 115_000, 150_000}
    assert [str(each) for each in weights if each.total_bytes > each.budget_bytes] == []


def test_the_sheets_of_other_pages_come_with_the_first_touch(browser, our_address):
    with opened(browser, our_address) as (page, seen):
        page.goto(our_address + "glossary/", wait_until="networkidle")
        assert not seen.asked_for("assets/guess.css")
        page.mouse.move(300, 300)
        page.wait_for_function("[...document.styleSheets].some(({href}) => href && href.endsWith('assets/guess.css'))")
        assert page.locator("link[disabled]").count() == 0
