"""What the parts of a still drawing share: places, fills, dashes and the shapes of markers, by role."""

from __future__ import annotations

from scenarios.publish.charts import palette

MARKERS = {
    "square": "M-4-4h8v8h-8z",
    "diamond": "M0-5.5 5.5 0 0 5.5-5.5 0z",
    "triangle-up": "M0-5.5 5.2 4-5.2 4z",
    "x": "M-4-4 4 4M-4 4 4-4",
}
HATCHES = {
    "-": "M0 1.5h6",
    "|": "M1.5 0v6",
    "/": "M-1 7 7-1M-1 1 1-1M5 7 7 5",
    "\\": "M-1-1 7 7M5-1 7 1M-1 5 1 7",
    "x": "M0 0 6 6M6 0 0 6",
    ".": "M2 2h2v2h-2z",
}


def n(value: float) -> str:
    """Return a number as short as it may be: two decimals, no trailing zeros."""
    short = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def fill(role: str, ident: str) -> str:
    """Return what fills an area of this role: its hatching, defined in the drawing ``ident``, or its colour."""
    return f"url(#{ident}-{role})" if palette.LOOKS[role].hatch else palette.colour(role)


def dash(role: str, variant: int = 0) -> str:
    """Return the attribute that dashes a line of this role, with a blank before it; "" for a solid one."""
    dashes = palette.dash(role, variant)
    return f' stroke-dasharray="{dashes}"' if dashes else ""
