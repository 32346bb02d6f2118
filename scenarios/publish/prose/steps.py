"""The line of a dive's steps, drawn from the headings that name one: ``## Which layer? { data-step="Layer" }``.

It stands beneath the title and stays in sight; the page's script marks where its reader is. Without one it is the way to each step.
"""

from __future__ import annotations

import xml.etree.ElementTree as etree
from html import escape

STEP = "data-step"


def line(root: etree.Element) -> str:
    """Return the page's steps as ``<nav>``, and room for where its reader was; "" where no heading names a step."""
    found = [(heading.get("id", ""), heading.get(STEP, "")) for heading in root.iter("h2") if heading.get(STEP)]
    if not found:
        return ""
    items = "".join(
        f'<li><a href="#{escape(ident)}"><span class="steps-number" aria-hidden="true">{n}</span>'
        f'<span class="steps-name">{escape(name)}</span></a></li>'
        for n, (ident, name) in enumerate(found, 1)
    )
    return (
        f'<nav class="steps" aria-label="Steps of this dive"><p class="steps-now" aria-hidden="true">{len(found)} steps</p>'
        f"<ol>{items}</ol></nav>"
    )


def place(guesses: int) -> str:
    """Return the line that says what is to be guessed; the page's script says there where its reader was."""
    if not guesses:
        return ""
    one, many = "One question stands on the way, before its answer.", f"{guesses} questions stand on the way, each before its answer."
    asked = many if guesses > 1 else one
    return f'<p class="place"><span>{asked} Commit to a guess: what one has predicted, one remembers.</span></p>'
