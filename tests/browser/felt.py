"""What a reader feels of a page: whether it moves, whether it answers, how soon a touched picture is alive.

A phone's screen in Chromium, its processor slowed down. A load can be unlucky, and is never lucky.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Browser, Page

from scenarios.bench import Felt, PageFelt, Scored
from scenarios.claims import exact
from tests.browser import scores
from tests.browser.browsing import PHONE, chromium, opened
from tests.browser.provision import find_browser, installed
from tests.browser.server import served
from tests.browser.shots import pages_of

SLOWED_BY = 4.0
"""As Lighthouse's phone is, against a desk's processor."""
LOADS = 2
OBSERVE = """
    window.felt = {shift: 0, task: 0, moved: []};
    new PerformanceObserver(list => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) {
        felt.shift += entry.value;
        felt.moved.push(...entry.sources.map(({node}) => node && (node.id || node.className || node.nodeName)));
    } }).observe({type: "layout-shift", buffered: true});
    new PerformanceObserver(list => { for (const {duration} of list.getEntries()) felt.task = Math.max(felt.task, duration); })
        .observe({type: "longtask", buffered: true});
"""
_PICTURE = ".exhibit-facade[data-figure]"
_TOUCHED = """async picture => {
    const began = performance.now(), figure = picture.closest("figure");
    picture.click();
    await new Promise(resolve => {
        const look = () => figure.querySelector(".exhibit-chart .main-svg") ? resolve() : requestAnimationFrame(look);
        look();
    });
    return performance.now() - began; }"""


def load(browser: Browser, address: str, path: str, slowed_by: float = SLOWED_BY, *, touch: bool = True) -> tuple[
    float, float, float | None
]:
    """Open a page on a slowed processor and read it to its end; at full speed again, touch its first picture.

    Return its layout shift, its longest task before the touch in ms, and the ms from the touch to the chart, None without a picture.
    """
    with opened(browser, address, viewport=PHONE, is_mobile=True, has_touch=True) as (page, _):
        page.add_init_script(OBSERVE)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": slowed_by})
        page.goto(address + path, wait_until="networkidle")
        task_ms = page.evaluate("felt.task")
        read_to_the_end(page)
        shift = page.evaluate("felt.shift")
        # A megabyte of library is read then: told at the processor's own speed.
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        picture = page.locator(_PICTURE).first
        chart_ms = picture.evaluate(_TOUCHED) if touch and picture.count() else None
    return shift, task_ms, chart_ms


def read_to_the_end(page: Page) -> None:
    """Scroll a screen a frame, so that whatever stands lower is laid out in sight of its reader."""
    page.evaluate("""async () => {
        for (let at = 0; at < document.body.scrollHeight; at += innerHeight / 2) {
            scrollTo(0, at);
            await new Promise(requestAnimationFrame);
        } }""")


def look(site: Path, pages: Iterable[str] | None = None) -> Felt:
    """Return what is felt of a built site's pages: all but those of evidence, unless named by their paths."""
    chosen = [page for page in pages_of(site) if not page.startswith("evidence/")] if pages is None else list(pages)
    with served(site) as address, chromium(find_browser()) as browser:
        found = {page: [load(browser, address, page) for _ in range(LOADS)] for page in chosen}
        name = f"Chromium {browser.version}"
    scored, why_not = _scored(site)
    felt = [_page(path, loads) for path, loads in found.items()]
    return Felt(browser=name, slowed_by=SLOWED_BY, pages=felt, scored=scored, not_scored_because=why_not)


def _scored(site: Path) -> tuple[Scored | None, str]:
    try:
        return scores.look(site), ""
    except scores.LighthouseMissing as fault:
        return None, fault.got


def _page(path: str, loads: list[tuple[float, float, float | None]]) -> PageFelt:
    shifts, tasks_ms, charts_ms = zip(*loads, strict=True)
    return PageFelt(
        page=f"{path}index.html",
        layout_shift=exact([round(shift, 4) for shift in shifts]),
        longest_task_ms=exact(tasks_ms),
        chart_ms=None if None in charts_ms else exact(charts_ms),
    )


def has_browser() -> bool:
    """Return whether there is a browser already: to bring one is the tests' affair."""
    return bool(os.environ.get("CHROME_PATH") or installed())
