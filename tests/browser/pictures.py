"""Pictures of the site for where it is spoken of: the README, and the card that a link to it shows.

``python -m tests.browser.pictures SITE`` takes them of a built site and leaves them in ``docs/assets/``.
"""

import sys
from pathlib import Path

from tests.browser.browsing import chromium, opened
from tests.browser.provision import find_browser
from tests.browser.server import served

INTO = Path(__file__).parents[2] / "docs" / "assets"
DESK = {"width": 1280, "height": 672}
CARD_SCALE = 0.9375
"""To the 1,200 by 630 px that such cards have."""
README = {"width": 1280, "height": 880}
PICTURES = {
    "social-card": {"viewport": DESK, "device_scale_factor": CARD_SCALE, "color_scheme": "light"},
    "front-light": {"viewport": README, "color_scheme": "light"},
    "front-dark": {"viewport": README, "color_scheme": "dark"},
}


def take(site: Path, into: Path = INTO) -> list[Path]:
    """Photograph the front page's first screen; return the files."""
    taken = []
    with served(site) as address, chromium(find_browser()) as browser:
        for name, context in PICTURES.items():
            with opened(browser, address, **context) as (page, _):
                page.goto(address, wait_until="networkidle")
                taken.append(into / f"{name}.png")
                page.screenshot(path=taken[-1])
    return taken


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for picture in take(Path(sys.argv[1])):
        print(picture)
