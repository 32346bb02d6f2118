"""How wide words are in a drawing, estimated: nothing here can ask a browser, and every reader's has fonts of its own."""

from __future__ import annotations

TYPE_PX = 13
"""The size of a drawing's type."""
_EM = {
    0.28: "ijl'|",
    0.34: " \u00a0.,:;!·I",
    0.41: "frt-/()[]’‘“”\"",
    0.58: "csvxyzkJ",
    0.7: "ABKRVXY&",
    0.78: "CDGHNOQU",
    0.85: "w×+<>=−→",
    0.99: "mMW%…",
}
_OF = {character: em for em, characters in _EM.items() for character in characters}
_OTHER_EM = 0.64
"""Digits, and most small letters."""
_FULL_FROM = "\u2e80"
"""From here on characters are as wide as they are high."""


def text_px(text: str) -> float:
    """Return how wide a text's widest line is, in px.

    The widths are those of DejaVu Sans, the widest of the fonts that a page is usually set in without fonts of its own.
    """
    return max((sum(map(_em, line)) for line in text.split("\n")), default=0.0) * TYPE_PX


def _em(character: str) -> float:
    return _OF.get(character, 1.0 if character >= _FULL_FROM else _OTHER_EM)
