"""The application as a drawing on which one real request's time accrues, and the same, leg by leg, as a table.

The drawing and the table need no script. With one, a slider walks along the request (``docs/assets/architecture.js``).
Several requests stand behind one choice, which is a matter of the style sheet alone; printed, all are there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from html import escape

from scenarios.errors import EvidenceError, UsageError, nearest
from scenarios.publish import others, units
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, chosen_experiment
from scenarios.publish.neighbours import PHASE_WORDS
from scenarios.publish.traces import architecture
from scenarios.publish.traces.journey import Leg, legs, stays
from scenarios.publish.traces.spans import read_spans

OPTIONS = ("experiment", "arm", "trace", "others", "title")
WHICH = {"median": "its median request", "slowest": "its slowest request"} | {
    phase: f"a request {words}" for phase, words in PHASE_WORDS.items()
}
MOST = 4
"""Requests to choose from; the style sheet knows so many."""
FIRST = {
    "nginx": "reads the request and hands it on",
    "gunicorn": "the request waits for a worker, which then reads it",
    "flask": "finds the handler, which begins",
}
LAST = {
    "nginx": "sends the answer, to its last byte",
    "gunicorn": "hands the answer on",
    "flask": "closes the session and hands the answer back",
}
ELSE = {
    "nginx": "passes on",
    "gunicorn": "passes on",
    "flask": "back in the handler",
    "template": "makes HTML of what there is",
    "sqlalchemy": "makes the statement and sends it",
    "fetch": "makes objects of the rows",
    "postgres": "runs the statement",
}


@dataclass(frozen=True)
class Request:
    """One request to walk along."""

    dive: Dive
    experiment: str
    arm: str
    which: str
    ident: str
    legs: tuple[Leg, ...]

    @property
    def whole_ms(self) -> float:
        return sum(architecture.totals(self.legs).values())

    @property
    def name(self) -> str:
        result = self.dive.arm(self.experiment, self.arm)
        return f"{self.dive.wreck.title}: {result.title}, {WHICH.get(self.which, self.which)}"


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``arm`` (``wrecked``), ``trace``: which of its traces (``median``); ``others``: more requests to choose
    from, parted by commas, each ``wreck.experiment.arm.trace``.
    """
    name, experiment = chosen_experiment(dive, options)
    first = _request(dive, name, options.get("arm", "wrecked"), options.get("trace", "median"))
    requests = [first, *others.drawn(dive, options, others.TRACE, _request)]
    if len(requests) > MOST:
        raise UsageError(f"at most {MOST} requests in a picture", f"{len(requests)}", "name fewer")
    return Exhibit(
        title=options.get("title") or _finding(requests),
        caption="; ".join(_said(request) for request in requests)
        + ". A bar is the time that a part had for itself, as a share of the whole; what it waits for is drawn where it waits.",
        html=(_choice(requests, options) if len(requests) > 1 else _panel(first, 0)) + others.links(dive, options, others.TRACE),
        command=experiment.command,
        evidence=f"traces/{first.ident}.json",
    )


def _request(dive: Dive, experiment: str, arm: str, which: str) -> Request:
    traces = dive.arm(experiment, arm).traces
    if which not in traces:
        raise UsageError(f"a trace of {dive.slug} {experiment}.{arm}", f"'{which}'", nearest(which, traces))
    found = legs(stays(read_spans(dive.trace(traces[which]))))
    if not found:
        raise EvidenceError(f"spans in {dive.slug}/traces/{traces[which]}.json", "none", "run 'invoke rebuild' to make it")
    return Request(dive, experiment, arm, which, traces[which], tuple(found))


# --- words -----------------------------------------------------------------------------------------


def _finding(requests: list[Request]) -> str:
    """Return where the one request, or each of several, had the longest of its time."""
    longest = [max(by_layer, key=lambda each: by_layer[each]) for by_layer in (architecture.totals(r.legs) for r in requests)]
    if len(requests) == 1:
        took, whole = architecture.totals(requests[0].legs)[longest[0]], requests[0].whole_ms
        where = architecture.NAMES[longest[0]]
        return f"{requests[0].dive.wreck.title}: {units.text(took, 'ms')} of {units.text(whole, 'ms')} in {where}"
    first, *rest = sorted(set(longest), key=lambda layer: (-longest.count(layer), layer))
    told = f"{longest.count(first)} of {len(requests)} requests were longest in {architecture.NAMES[first]}"
    return ", ".join([told, *(f"{longest.count(layer)} in {architecture.NAMES[layer]}" for layer in rest)])


def _said(request: Request) -> str:
    return f"{request.name} ({request.dive.experiment(request.experiment).title}; n = 1)"


def _what(request: Request, at: int) -> str:
    """Return what happens on a leg."""
    leg, layer = request.legs[at], request.legs[at].layer
    if leg.statements:
        inside = ", ".join(f"{architecture.NAMES[each]} {units.text(took, 'ms')}" for each, took in leg.layers_ms.items())
        return f"{leg.statements} statements, one after another: {inside}"
    same = [i for i, other in enumerate(request.legs) if other.layer == layer and not other.statements]
    if at == same[0] and layer in FIRST:
        return FIRST[layer]
    return LAST[layer] if at == same[-1] and layer in LAST else ELSE[layer]


def _where(leg: Leg) -> str:
    return "Round and round" if leg.statements else architecture.NAMES[leg.layer]


# --- markup ----------------------------------------------------------------------------------------


def _choice(requests: list[Request], options: dict[str, str]) -> str:
    """Return all requests, and buttons for which one shows."""
    group = "architecture-" + hashlib.sha256(repr((requests[0].ident, sorted(options.items()))).encode()).hexdigest()[:8]
    buttons = "".join(
        f'<label><input type="radio" name="{group}" value="{i}"{" checked" if i == 0 else ""}> '
        f"<span>{escape(request.name)} <small>{escape(units.text(request.whole_ms, 'ms'))}</small></span></label>"
        for i, request in enumerate(requests)
    )
    panels = "".join(_panel(request, i) for i, request in enumerate(requests))
    return f'<div class="architecture-choice"><fieldset><legend>Whose request?</legend>{buttons}</fieldset>{panels}</div>'


def _panel(request: Request, number: int) -> str:
    drawing = architecture.draw(request.legs, request.name)
    return (
        f'<div class="architecture" data-panel="{number}"><p class="exhibit-subtitle architecture-title">{escape(request.name)}</p>'
        f"{drawing}{_walk(request)}{_table(request)}</div>"
    )


def _walk(request: Request) -> str:
    """Return slider and buttons, of use only where there are scripts: elsewhere the style sheet leaves them out."""
    last, whole = len(request.legs), escape(units.text(request.whole_ms, "ms"))
    return (
        '<div class="architecture-walk" data-search-exclude><p class="architecture-said" role="status">'
        f"At the end of its way the clock says {whole}. Move the slider to the left end, and walk it again.</p>"
        f'<label><span>Walk with the request</span><input type="range" min="0" max="{last}" step="1" value="{last}"></label>'
        '<p><button type="button" data-by="-1">Back</button> <button type="button" data-by="1">On</button></p></div>'
    )


def _table(request: Request) -> str:
    caption = escape(f"{request.name}: the request’s way, leg by leg")
    rows = "".join(_row(request, i) for i in range(len(request.legs)))
    head = "".join(f'<th scope="col">{word}</th>' for word in ("where", "what happens", "took", "clock"))
    table = f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="exhibit-table" tabindex="0" role="group" aria-label="{caption}">{table}</div>'


def _row(request: Request, at: int) -> str:
    leg = request.legs[at]
    took = " ".join(f"{layer}:{took_ms:.4f}" for layer, took_ms in leg.layers_ms.items())
    cells = (_what(request, at), units.text(leg.end_ms - leg.start_ms, "ms"), units.text(leg.end_ms, "ms"))
    tail = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr data-took="{took}"><th scope="row">{escape(_where(leg))}</th>{tail}</tr>'
