"""A site of two labs, and what a reader does in one."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from scenarios.publish import lab_engine, site
from tests.browser.fixture_site import ROOT
from tests.browser.server import Handler

TRUCULENT = "truculent/"
READY_MS = 120_000
ENGINE = "vendor/pglite"
RUNAWAY = "SELECT count(*) FROM tw_rolls a CROSS JOIN tw_rolls b CROSS JOIN tw_rolls c"
LARGE = (".wasm.gz", ".data.gz")
SPARES = """
    window.spares = {ready: 0};
    window.Worker = class extends Worker {
        constructor(...given) {
            super(...given);
            this.addEventListener("message", ({data}) => { spares.ready += data.id === 0 && "done" in data; });
        }
    };
"""
"""Counts the spare workers that have read their code."""


def build_labs(folder: Path) -> Path:
    """Build two labs on the committed evidence, and a page that links to them; return the site."""
    assert isinstance(lab_engine.engine(), lab_engine.Engine), lab_engine.engine()
    docs = folder / "docs"
    docs.mkdir()
    shutil.copytree(ROOT / "docs" / "assets", docs / "assets")
    (docs / "index.md").write_text("# Home\n\n[one](truculent.md) [two](selective.md)\n", encoding="utf-8")
    for name, options in (("truculent", "wreck: truculent-query"), ("selective", "wreck: highly-selective\npath: latency_ms.mean")):
        text = f"# A page\n\nText.\n\n## Try it yourself\n\n```lab\n{options}\n```\n\nText below.\n"
        (docs / f"{name}.md").write_text(text, encoding="utf-8")
    config, theme = folder / "mkdocs.yml", ROOT / "scenarios" / "publish" / "theme"
    sheets = re.search(r"^extra_css:\n((?:  - .*\n)+)", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)[1]
    sheets += "" if "assets/lab.css" in sheets else "  - assets/lab.css\n"
    config.write_text(f"INHERIT: {ROOT / 'mkdocs.yml'}\nnav: null\nextra_css:\n{sheets}theme:\n  custom_dir: {theme}\n", encoding="utf-8")
    site.build(docs, folder / "site", ROOT / "site_data", config=config, say=lambda line: None)
    return folder / "site"


def slow_handler(bytes_per_s: int) -> type[Handler]:
    """Return a server's handler that sends the engine's large files no faster than that."""
    chunk = bytes_per_s // 10

    class Slow(Handler):
        def copyfile(self, source, outputfile) -> None:
            try:
                while data := source.read(chunk):
                    outputfile.write(data)
                    if self.path.endswith(LARGE):
                        threading.Event().wait(0.1)  # what makes it slow
            except ConnectionError:
                self.close_connection = True  # it was cancelled

    return Slow


def begin(page, url: str) -> None:
    page.goto(url)
    start(page)


def start(page) -> None:
    page.locator(".lab-start").click()
    page.locator(".lab[data-state=open]").wait_for(timeout=READY_MS)


def cancel(page) -> None:
    """Cancel what runs, by keyboard, and wait until Postgres is there again."""
    page.locator(".lab-act button", has_text="Cancel").press("Enter")
    page.get_by_text("It was stopped by you. Postgres was started anew, with").wait_for(timeout=READY_MS)
    settled(page)


def reset(page) -> None:
    page.get_by_role("button", name="Reset everything").click()
    settled(page)
    assert said(page) == "Everything is as it began."


def status(page) -> str:
    """Return what is said of the lab as a whole: what its data is, or why it is not open."""
    return page.locator(".lab-status").text_content()


def said(page) -> str:
    """Return what is said of what was done last."""
    return page.locator(".lab-said").text_content()


def settled(page) -> None:
    page.wait_for_function("() => document.querySelector('.lab-shown').getAttribute('aria-busy') === 'false'", timeout=READY_MS)


def choose(page, name: str, value: str) -> None:
    page.locator(f"[id$='-{name}']").select_option(value)
    settled(page)


def run(page, sql: str | None = None) -> None:
    if sql is not None:
        page.locator(".lab textarea").fill(sql)
    page.locator(".lab-run").click()
    settled(page)


def rows(page, part: str) -> list[list[str]]:
    return page.locator(f".lab-{part} tbody tr").evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.textContent))")


def next_text(page, css: str) -> str:
    """Return what an element says when it says something else than now."""
    page.wait_for_function(
        "([css, before]) => { const at = document.querySelector(css); return at && at.textContent && at.textContent !== before }",
        arg=[css, page.locator(css).text_content()],
    )
    return page.locator(css).text_content()


def until(page, is_so: Callable[[], bool]) -> None:
    """Wait, a frame at a time, for what only the test can see."""
    for _ in range(600):
        if is_so():
            return
        page.evaluate("() => new Promise(requestAnimationFrame)")
    raise AssertionError("it did not come to be")


def assert_ended(page) -> None:
    """A worker ends when it hears of it."""
    until(page, lambda: not page.workers)
