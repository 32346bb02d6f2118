"""Pictures of the site for where it is spoken of: the README, and the card that a link to it shows.

``python -m tests.browser.pictures SITE`` takes them of a built site and leaves them in ``docs/assets/``.
"""

import struct
import sys
import zlib
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
                taken[-1].write_bytes(unfiltered(page.screenshot()))
    return taken


def unfiltered(png: bytes) -> bytes:
    """Return the same 8-bit RGB picture with its rows unfiltered: plain areas, as a page has, then pack a quarter smaller."""
    chunks, at = [], 8
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        chunks.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + size]))
        at += size + 12
    stride = 3 * struct.unpack_from(">I", chunks[0][1])[0]
    packed = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    rows, above = [], bytes(stride)
    for start in range(0, len(packed), stride + 1):
        above = _row(packed[start], packed[start + 1 : start + 1 + stride], above)
        rows.append(b"\0" + above)
    parts = (chunks[0], (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return png[:8] + b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)


def _row(filtered_by: int, row: bytes, above: bytes) -> bytes:
    """Return a row as it was before its filter (PNG specification, section 9)."""
    made = bytearray(row)
    for i in range(len(made)):
        left, corner = (made[i - 3], above[i - 3]) if i > 2 else (0, 0)
        nearest = min((left, above[i], corner), key=lambda each: abs(left + above[i] - corner - each))
        made[i] = (made[i] + (0, left, above[i], (left + above[i]) // 2, nearest)[filtered_by]) & 255
    return bytes(made)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for picture in take(Path(sys.argv[1])):
        print(picture)
