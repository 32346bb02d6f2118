"""Characters of evidence that no page may hold as they are."""

from __future__ import annotations

import re

_PICTURES = {n: 0x2400 + n for n in range(32) if n not in (9, 10)} | {127: 0x2421}
# Nor may evidence turn about the words that stand around it.
_PICTURES |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)
_UNSEEN = re.compile(f"[{re.escape(''.join(map(chr, _PICTURES)))}]")


def visible(text: str) -> str:
    """Return ``text`` with pictures for control characters, bidirectional ones too: some are marks to Markdown, none may stand in HTML."""
    return text.translate(_PICTURES) if _UNSEEN.search(text) else text
