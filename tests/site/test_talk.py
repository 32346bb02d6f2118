"""Every slide of the talk has its place: the table on ``docs/talk.md`` names each once, and leads to a page that takes it up."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SLIDES = 85
ROW = re.compile(r"^\| (\d+)(?:–(\d+))? \| (\S.*?) \| (\S.*?) \|$")
"""``| 4–5 | what it is about | [place](page.md#step) |``"""


def rows(text: str) -> list[tuple[range, str]]:
    """Return the slides of each row and what its last column says."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| slides ")]
    found = [ROW.match(line) or f"no row: {line}" for line in lines]
    assert not [each for each in found if isinstance(each, str)], found
    return [(range(int(row[1]), int(row[2] or row[1]) + 1), row[4]) for row in found]


def test_every_slide_has_one_place_in_order():
    table = rows((ROOT / "docs" / "talk.md").read_text(encoding="utf-8"))
    assert [slide for slides, _ in table for slide in slides] == [*range(1, SLIDES + 1)]
    assert all(re.search(r"\]\([a-z/-]+\.md(#[a-z0-9-]+)?\)", place) for _, place in table)


def test_a_slide_left_out_or_named_twice_is_seen():
    assert [slide for slides, _ in rows("| 1–2 | a | [x](x.md) |\n| 4 | b | [y](y.md) |") for slide in slides] == [1, 2, 4]
