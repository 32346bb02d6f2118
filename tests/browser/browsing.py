"""One Chromium, and what a page did in it: errors, requests, bytes."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, sync_playwright

# --no-sandbox: a container, or root, has no user namespace to build the sandbox from. The rest
# keeps the browser from talking to anybody by itself.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@contextlib.contextmanager
def chromium(executable: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(executable), args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Seen:
    """What a page did since it was opened."""

    origin: str
    errors: list[str] = field(default_factory=list)
    """Exceptions, and whatever reached the console as an error or warning."""
    foreign: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    def gzip_bytes(self) -> dict[str, int]:
        """Return what each answer would weigh on the wire from a server that compresses, by address."""
        bodies = {response.url: response.body() for response in self.responses if response.ok}
        return {url: len(gzip.compress(body, 6)) for url, body in bodies.items()}

    def asked_for(self, part: str) -> int:
        return sum(part in response.url for response in self.responses)


@contextlib.contextmanager
def opened(browser: Browser, origin: str, **context) -> Iterator[tuple[Page, Seen]]:
    """Yield a page of a context of its own and what it does. Foreign requests are noted and refused."""
    seen = Seen(origin)
    # A policy refuses what a test would evaluate within a page later on; that it refuses is test_csp's subject.
    scene = browser.new_context(**{"viewport": DESK, "bypass_csp": True, **context})
    page = scene.new_page()

    def gate(route):
        if route.request.url.startswith((origin, "data:", "blob:")):
            route.continue_()
        else:
            seen.foreign.append(route.request.url)
            route.abort()

    scene.route("**/*", gate)
    page.on("pageerror", lambda fault: seen.errors.append(str(fault)))
    page.on("console", lambda message: message.type in ("error", "warning") and seen.errors.append(message.text))
    page.on("response", lambda response: seen.responses.append(response))
    try:
        yield page, seen
    finally:
        scene.close()


def await_instant(page: Page) -> None:
    """Wait until the theme has read the map of the site: a link followed before that loads its page anew."""
    page.wait_for_load_state("networkidle")
