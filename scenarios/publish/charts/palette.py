"""What each role looks like: a colour in both palettes, and what tells it apart without colour.

The seven layers' colours were found by search: at least 12 apart in OKLab (times 100) from one another, as
seen with normal, protanopic, deuteranopic and tritanopic sight (Machado, Oliveira and Fernandes, 2009), and
at least 3:1 against the page. Nothing rests on colour alone all the same: a layer has its hatching, an
arm's role its marker and its dash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal[
    "nginx", "gunicorn", "flask", "template", "sqlalchemy", "fetch", "postgres",
    "wrecked", "suspect", "fix", "salvaged", "muted", "ink", "grid", "paper", "accent",
]  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How a role is drawn. ``hatch`` and ``marker`` are plotly's names for them; ``dash`` is in pixels."""

    light: str
    dark: str
    hatch: str = ""
    marker: str = "circle"
    dash: str = ""


LOOKS: dict[str, Look] = {
    "nginx": Look("#3a3713", "#def134", hatch="-"),
    "gunicorn": Look("#259a9f", "#61f0f4", hatch="/"),
    "flask": Look("#d17e0f", "#e9b579", hatch="."),
    "template": Look("#ad55f1", "#a334ed", hatch="x"),
    "sqlalchemy": Look("#c63334", "#cf3634", hatch="|"),
    "fetch": Look("#890e63", "#f070a9", hatch="\\"),
    "postgres": Look("#173daa", "#72a8f6"),
    "wrecked": Look("#b3261e", "#ff7a66", marker="circle"),
    "suspect": Look("#8f6200", "#e8b84a", hatch="/", marker="diamond", dash="2,3"),
    "fix": Look("#2f74c8", "#6ea8ff", hatch="\\", marker="triangle-up", dash="7,4"),
    "salvaged": Look("#00584a", "#3ddbb8", hatch=".", marker="square", dash="10,3,2,3"),
    "muted": Look("#5d6a70", "#93a5ab", marker="x", dash="3,3"),
    "ink": Look("#14252d", "#dde7e8"),
    "grid": Look("#d8dfe0", "#2c3f49"),
    "paper": Look("#fdfdfb", "#0f1d25"),
    "accent": Look("#0b6bcb", "#7db8ff"),
}

VARIANT_MARKERS = ("circle", "triangle-up", "square", "diamond", "x")
VARIANT_DASHES = ("", "7,4", "2,3", "10,3,2,3")


def colour(role: str) -> str:
    """Return the role's colour as CSS that follows the page's palette."""
    return f"var(--wreck-{role})"


def marker(role: str, variant: int = 0) -> str:
    """Return the marker of the ``variant``-th series of this role."""
    return _nth(LOOKS[role].marker, VARIANT_MARKERS, variant)


def dash(role: str, variant: int = 0) -> str:
    """Return the dash, in pixels, of the ``variant``-th series of this role; "" is a solid line."""
    return _nth(LOOKS[role].dash, VARIANT_DASHES, variant)


def _nth(first: str, others: tuple[str, ...], variant: int) -> str:
    if variant == 0:
        return first
    rest = [o for o in others if o != first]
    return rest[(variant - 1) % len(rest)]


def css() -> str:
    """Return ``palette.css``'s custom properties, both palettes. Print takes the light one."""
    light = "".join(f"  --wreck-{role}: {look.light};\n" for role, look in LOOKS.items())
    dark = "".join(f"  --wreck-{role}: {look.dark};\n" for role, look in LOOKS.items())
    return f':root,\n[data-md-color-scheme] {{\n{light}}}\n\n@media screen {{\n[data-md-color-scheme="slate"] {{\n{dark}}}\n}}\n'
