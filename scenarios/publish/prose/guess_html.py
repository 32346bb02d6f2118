"""A question as HTML: prose and a fold as it stands, a form once the page's script has come, and of the same height.

What the script turns on is in its place from the start: ``hidden`` keeps it off the page, style keeps its room.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from scenarios.publish.prose.guess_scale import STEPS, GuessScale, answer_svg, axis_svg, number
from scenarios.publish.units import with_unit

UNKNOWN = "I don’t know"
KICKER = "Before you read on"


@dataclass(frozen=True)
class Option:
    text: str
    """HTML."""
    measured: str = ""
    """HTML; "" where nothing was measured of it alone."""
    length: float | None = None
    """Of its bar, 0 to 1."""
    is_right: bool = False


@dataclass(frozen=True)
class Question:
    ident: str
    ask: str
    means: str
    """HTML, as ``ask`` is."""
    answer: str
    """HTML, one line."""
    options: tuple[Option, ...] = ()
    scale: GuessScale | None = None


def box(question: Question) -> str:
    """Return the whole ``<div class="guess">``."""
    ident = question.ident
    asked = _amount(question.scale, ident) if question.scale else _radios(question.options, ident)
    return (
        f'<div class="guess" id="{ident}"{_data(question)}><form>'
        f'<fieldset><legend id="{ident}-q"><span class="guess-kicker">{KICKER}</span> {question.ask}</legend>{asked}</fieldset>'
        f'<div class="guess-act" hidden>{_buttons(question)}</div></form>'
        f'<p class="guess-said" role="status"></p>'
        f'<details class="guess-reveal" data-search-exclude><summary>What was measured</summary>{_reveal(question)}</details>'
        f'<a class="guess-link" href="#{ident}" aria-label="Link to this question">Link to this</a></div>'
    )


def _data(question: Question) -> str:
    """Return what the script needs to read the slider and to hold a guess against what was measured."""
    scale = question.scale
    if scale is None:
        return f' data-right="{" ".join(str(i) for i, each in enumerate(question.options) if each.is_right)}"'
    said = {"low": scale.low, "high": scale.high, "log": int(scale.is_log)}
    if scale.answer:
        said |= dict(zip(("value", "least", "most"), scale.answer, strict=True))
    numbers = "".join(f' data-{name}="{value:.6g}"' for name, value in said.items())
    return f'{numbers} data-sign="{escape(with_unit("", scale.unit))}"'


def _radios(options: tuple[Option, ...], ident: str) -> str:
    texts = [*(each.text for each in options), UNKNOWN]
    items = "".join(
        f'<li><label><input type="radio" name="{ident}" value="{i if i < len(options) else "unknown"}" hidden>'
        f" <span>{text}</span></label></li>"
        for i, text in enumerate(texts)
    )
    return f'<ul class="guess-options">{items}</ul>'


def _amount(scale: GuessScale, ident: str) -> str:
    said = f"A number from {number(scale.low, scale.unit)} to {number(scale.high, scale.unit)}"
    how = ", on a logarithmic scale" if scale.is_log else ""
    return (
        f'<p class="guess-amount"><output hidden>{escape(number(scale.at(STEPS // 2), scale.unit))}</output>'
        f"<span>{escape(said)}{how}</span></p>"
        f'<div class="guess-slide"><input type="range" min="0" max="{STEPS}" value="{STEPS // 2}" aria-labelledby="{ident}-q" hidden></div>'
        f"{axis_svg(scale)}"
    )


def _buttons(question: Question) -> str:
    unsure = f'<button type="submit" value="unknown">{UNKNOWN}</button>' if question.scale else ""
    return f'<button type="submit">That is my guess</button>{unsure}'


# --- the answer ------------------------------------------------------------------------------------


def _reveal(question: Question) -> str:
    drawn = ""
    if question.scale and question.scale.answer:
        drawn = answer_svg(question.scale, question.ident)
    elif any(each.length is not None for each in question.options):
        drawn = _table(question)
    means = f'<p class="guess-means">{question.means}</p>' if question.means else ""
    return f'<p class="guess-answer">{question.answer}</p>{drawn}{means}'


def _table(question: Question) -> str:
    rows = "".join(_row(i, each) for i, each in enumerate(question.options))
    return (
        '<table class="guess-table"><caption>What was measured of each</caption>'
        f'<thead><tr><th scope="col">option</th><th scope="col">measured</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _row(index: int, option: Option) -> str:
    wide = f"{100 * (option.length or 0):.3g}%"
    bar = f'<svg class="guess-bar" width="100%" height="8" aria-hidden="true"><rect width="{wide}" height="8"/></svg>'
    right = ' class="guess-right"' if option.is_right else ""
    mark = '<span class="guess-tick">✓ </span>' if option.is_right else ""
    return f'<tr{right} data-option="{index}"><th scope="row">{mark}{option.text}</th><td>{option.measured or "–"}{bar}</td></tr>'
