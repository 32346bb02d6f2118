"""Photographs of every page of a built site: ``python -m tests.browser.shots SITE OUT``.

A phone and a desk, light and dark, and the phone without JavaScript: PNG files of whole pages.
"""

import sys
from pathlib import Path

from tests.browser.browsing import DESK, PHONE, chromium, opened
from tests.browser.provision import find_browser
from tests.browser.server import served

WAYS = {
    "phone-light": {"viewport": PHONE, "color_scheme": "light"},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
    "desk-light": {"viewport": DESK, "color_scheme": "light"},
    "desk-dark": {"viewport": DESK, "color_scheme": "dark"},
    "phone-no-script": {"viewport": PHONE, "java_script_enabled": False},
}


def pages_of(site: Path) -> list[str]:
    """Return the addresses of a site's pages below its root: ``""``, ``dives/truculent-query/``, ..."""
    found = (p.parent.relative_to(site).as_posix() for p in site.rglob("index.html"))
    return sorted("" if page == "." else page + "/" for page in found)


def photograph(site: Path, into: Path) -> list[Path]:
    """Take every page in every way; return the files."""
    into.mkdir(parents=True, exist_ok=True)
    taken = []
    with served(site) as address, chromium(find_browser()) as browser:
        for path in pages_of(site):
            for way, context in WAYS.items():
                with opened(browser, address, **context) as (page, _):
                    page.goto(address + path, wait_until="networkidle")
                    # What is far from the window is not laid out until it comes near.
                    page.evaluate("document.querySelectorAll('figure').forEach(figure => { figure.style.contentVisibility = 'visible' })")
                    taken.append(into / f"{path.strip('/').replace('/', '-') or 'index'}-{way}.png")
                    page.screenshot(path=taken[-1], full_page=True)
    return taken


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    for shot in photograph(Path(sys.argv[1]), Path(sys.argv[2])):
        print(shot)
