"""Predict, then reveal: the fence ``guess``. A question, its options or a scale, and an answer that is read from the evidence.

    wreck: truculent-query
    id: which-suspect
    kind: choice
    ask: Which one, taken away alone, makes the page fastest?
    right: greatest
    means: One line on what follows from it.
    - The sub-query = {{ truculent-query: wrecked / no-subquery }}
    - LIKE = {{ truculent-query: wrecked / no-like }}

Three kinds, whose answers are never typed:

layer   which layer holds most of a request's time: ``arm`` and ``experiment`` name whose.
choice  ``right: greatest`` or ``least`` of the numbers behind the options, and all that their ends do not tell from it;
        or ``right: holds``, the options whose claim holds (``not`` before a token turns it about).
amount  a number between ``from`` and ``to`` in ``unit``; ``answer`` is the token that measured it, ``scale: log`` its scale.

Committing to a prediction before seeing is what makes a demonstration teach (Crouch and others, "Classroom
demonstrations: Learning tools or entertainment?", 2004; Miller and others, 2013). Without a script the question
and its options are prose, and the answer is a fold beneath them; guess.js makes a form of the same elements.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from scenarios import claims
from scenarios.errors import EvidenceError, UsageError, WreckError, nearest
from scenarios.publish import units
from scenarios.publish.dive import HEADLINE, NOT_DIVED, Dive, Fleet
from scenarios.publish.evidence import TOKEN, look_up, parse
from scenarios.publish.facts.fact import Fact
from scenarios.publish.prose.guess_html import UNKNOWN, Option, Question, box
from scenarios.publish.prose.guess_scale import GuessScale, guess_scale
from scenarios.record import LAYERS, Interval

Prose = Callable[[str], str]
"""Turns a line of Markdown, tokens and all, into HTML."""

_EVERY = ("wreck", "id", "kind", "ask", "means")
OPTIONS = {"layer": ("arm", "experiment"), "choice": ("right",), "amount": ("answer", "unit", "from", "to", "scale")}
RIGHT = ("greatest", "least", "holds")
NOT_TOLD = "This run does not tell."
_LAYERS = {
    "nginx": "nginx",
    "gunicorn": "the queue for a worker",
    "flask": "Flask",
    "template": "the template",
    "sqlalchemy": "SQLAlchemy, making objects of rows included",
    "postgres": "Postgres",
}
_LAYERS_OF = {layer: "sqlalchemy" if layer == "fetch" else layer for layer in LAYERS}


def render(fleet: Fleet, ident: str, options: dict[str, str], items: list[str], prose: Prose) -> str:
    """Return a ``guess`` fence as HTML. Raises UsageError for what is missing, unknown or has no number."""
    _check(options, items)
    dive = fleet.dive(options["wreck"])
    kind = options["kind"]
    if kind == "layer":
        options_, answer, scale = *_layers(dive, options), None
    elif kind == "choice":
        options_, answer, scale = *_choice(fleet, options, items, prose), None
    else:
        options_, (answer, scale) = (), _amount(fleet, options, prose)
    if not dive.is_dived:
        answer = escape(f"The answer is {NOT_DIVED}.")
    means = prose(options["means"]) if "means" in options else ""
    return box(Question(ident, prose(options["ask"]), means, answer, tuple(options_), scale))


def _check(options: dict[str, str], items: list[str]) -> None:
    kind = options.get("kind", "")
    if kind not in OPTIONS:
        raise UsageError("a kind of guess", f"'{kind}'", nearest(kind, OPTIONS))
    known = (*_EVERY, *OPTIONS[kind])
    for name in options:
        if name not in known:
            raise UsageError(f"an option of a guess of kind '{kind}'", f"'{name}'", nearest(name, known))
    for name in ("wreck", "id", "ask", *(n for n in OPTIONS[kind] if n not in ("arm", "experiment", "scale"))):
        if name not in options:
            raise UsageError(f"'{name}: ...' in a guess of kind '{kind}'", "none", "add it")
    if kind == "choice" and not 2 <= len(items) <= 6:
        raise UsageError(f"two to six options in a guess; '{UNKNOWN}' is added", f"{len(items)}", "write each as '- text = {{ token }}'")
    if kind != "choice" and items:
        raise UsageError(f"no list in a guess of kind '{kind}'", f"'{items[0]}'", "its answers come from the evidence")


# --- which layer -----------------------------------------------------------------------------------


def _layers(dive: Dive, options: dict[str, str]) -> tuple[list[Option], str]:
    """Return the layers with their shares of a request's mean time, and which has most."""
    try:
        shares = _shares(dive, options) if dive.is_dived else {}
    except EvidenceError as fault:
        if dive.excuse(fault) is None:
            raise
        shares = {}
    if not shares:
        return [Option(escape(name)) for name in _LAYERS.values()], NOT_TOLD
    right = _alike(shares, "greatest")
    found = [Option(escape(_LAYERS[each]), units.text(m.value, "share"), m.value, each in right) for each, m in shares.items()]
    return found, f"{_said([each for each in found if each.is_right])} The shares are of a request’s mean time."


def _shares(dive: Dive, options: dict[str, str]) -> dict[str, Interval]:
    """Return each layer's share of a request's mean time: the mean over rounds, and the least and greatest round."""
    experiment, arm = options.get("experiment", HEADLINE), options.get("arm", "wrecked")
    rounds = [r.layers_ms for r in dive.arm(experiment, arm).rounds if r.layers_ms]
    if not rounds:
        wanted = f"time by layer in {dive.slug} {experiment}.{arm}"
        raise EvidenceError(wanted, "none: its probes were off", "choose an experiment whose probes were on")
    shares = {
        name: [sum(ms for layer, ms in each.items() if _LAYERS_OF[layer] == name) / sum(each.values()) for each in rounds]
        for name in _LAYERS
    }
    return {name: claims.exact(values) for name, values in shares.items()}


# --- a choice --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Item:
    text: str
    measured: str = ""
    """What its token says, as HTML."""
    is_negated: bool = False
    fact: Fact | None = None

    def holds(self) -> bool:
        return self.fact is not None and self.fact.verdict == ("fails" if self.is_negated else "holds")


def _choice(fleet: Fleet, options: dict[str, str], items: list[str], prose: Prose) -> tuple[list[Option], str]:
    rule = options["right"]
    if rule not in RIGHT:
        raise UsageError("what makes an option right", f"'{rule}'", nearest(rule, RIGHT))
    found = [_item(fleet, each, prose) for each in items]
    if rule == "holds":
        right = {i for i, each in enumerate(found) if each.holds()}
        if not any(each.fact for each in found):
            raise UsageError("an option with a claim where 'right: holds'", "none", "write it as '- text = {{ wreck: claim:name }}'")
        lengths = {}
    else:
        right, lengths = _furthest(found, rule)
    drawn = [Option(prose(each.text), each.measured, lengths.get(i), i in right) for i, each in enumerate(found)]
    said = _said([drawn[i] for i in sorted(right)])
    if rule == "holds":
        # The claims speak for themselves, each once.
        said = " ".join(dict.fromkeys([said, *(drawn[i].measured for i in sorted(right))]))
    return drawn, said


def _item(fleet: Fleet, line: str, prose: Prose) -> _Item:
    text, equals, behind = (part.strip() for part in line.rpartition(" = ")) if TOKEN.search(line) else (line, "", "")
    if not equals:
        if TOKEN.search(line):
            raise UsageError("an option as '- text = {{ token }}'", f"'{line}'", "put ' = ' before its token")
        return _Item(line)
    token = TOKEN.fullmatch(re.sub(r"^not\s+", "", behind))
    if not token:
        raise UsageError("one token behind an option", f"'{behind}'", "write '- text = {{ token }}'")
    return _Item(text, prose(token[0]), behind.startswith("not "), look_up(fleet, parse(token[1])))


def _furthest(items: list[_Item], rule: str) -> tuple[set[int], dict[int, float]]:
    """Return which options have the greatest (least) number or cannot be told from the one that has, and all lengths."""
    for each in items:
        if each.fact is None or (each.fact.measured is None and not _is_missing(each.fact)):
            raise UsageError(f"a number behind every option where 'right: {rule}'", f"'{each.text}'", "write '- text = {{ token }}'")
    numbers = {i: each.fact.measured for i, each in enumerate(items)}
    units_ = {each.fact.unit for each in items if each.fact.measured}
    if len(units_) > 1:
        raise UsageError("options in one unit", f"{', '.join(sorted(units_))}", "choose tokens that measure the same")
    if None in numbers.values():
        return set(), {}
    most = max(abs(each.value) for each in numbers.values()) or 1.0
    return _alike(numbers, rule), {i: abs(each.value) / most for i, each in numbers.items()}


def _is_missing(fact: Fact) -> bool:
    """Return whether a fact names a number that this run had no part to measure, rather than something that is none."""
    return fact.text == "–" or fact.verdict == "unmeasured"


def _alike(numbers: dict, rule: str) -> set:
    """Return the keys of the greatest (least) number and of those whose ends reach its own: these cannot be told from it."""
    best = (max if rule == "greatest" else min)(numbers.values(), key=lambda each: each.value)
    low, high = ends(best)
    return {key for key, each in numbers.items() if ends(each)[0] <= high and ends(each)[1] >= low}


def ends(measured: Interval) -> tuple[float, float]:
    """Return the ends of what was measured; of one round, which has none, the value itself."""
    return (measured.low, measured.high) if len(measured.rounds) > 1 else (measured.value, measured.value)


def _said(right: list[Option]) -> str:
    if not right:
        return NOT_TOLD
    names = [f"<strong>{each.text}</strong>" for each in right]
    if len(names) == 1:
        return f"{names[0]}."
    return f"{', '.join(names[:-1])} and {names[-1]}: these rounds cannot tell them apart."


# --- an amount -------------------------------------------------------------------------------------


def _amount(fleet: Fleet, options: dict[str, str], prose: Prose) -> tuple[str, GuessScale]:
    token = TOKEN.fullmatch(options["answer"])
    if not token:
        raise UsageError("one token as a guess's answer", f"'{options['answer']}'", "write 'answer: {{ wreck: subject }}'")
    shown, unit = prose(token[0]), options["unit"]
    fact = look_up(fleet, parse(token[1]))
    if fact.measured is None:
        if not _is_missing(fact):
            raise UsageError("a number as a guess's answer", f"'{fact.text}'", "choose a token that measures one")
        return NOT_TOLD, guess_scale(options, None)
    try:
        value, low, high = (_converted(each, fact.unit, unit) for each in (fact.measured.value, *ends(fact.measured)))
    except WreckError as fault:
        raise UsageError(f"a unit that fits the answer, '{fact.unit}'", f"'{unit}'", fault.do) from fault
    if fact.kind == "claim":
        said = shown
    else:
        said = f"Measured: <strong>{shown}</strong>" + (f" ({escape(fact.span)})." if fact.span else ".")
    return said, guess_scale(options, (value, low, high))


def _converted(value: float, unit: str, to: str) -> float:
    return value if unit == to else units.convert(value, unit, to)
