"""Spans of one request, read from OTLP/JSON, laid out in order, repeats folded (``repeats.py`` finds them)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from scenarios.errors import EvidenceError
from scenarios.publish.traces import repeats, statements
from scenarios.publish.traces.layer_names import NAMES
from scenarios.record import LAYERS

DEEPEST = 100
"""Spans within spans: ours are a handful deep."""


@dataclass(frozen=True)
class Span:
    ident: str
    parent: str
    name: str
    layer: str
    start_ms: float
    """From the start of the request."""
    end_ms: float
    sql: str = ""


@dataclass(frozen=True)
class Step:
    """A line of the waterfall: one span, or a run of ``count`` spans folded into one."""

    name: str
    layer: str
    depth: int
    start_ms: float
    duration_ms: float
    own_ms: float
    """Its spans' time without that of the spans inside them."""
    count: int = 1
    """Statements, where it is folded."""
    text: str = ""
    layers_ms: dict[str, float] = field(default_factory=dict)
    """Of a folded step: its spans' time by layer, each without the ones inside it."""


def read_spans(document: dict) -> list[Span]:
    """Return a trace's spans by start. Raises EvidenceError for a document that is not OTLP/JSON."""
    try:
        raw = [span for r in document["resourceSpans"] for scope in r["scopeSpans"] for span in scope["spans"]]
        zero = min((int(s["startTimeUnixNano"]) for s in raw), default=0)
        spans = [_span(s, zero) for s in raw]
        _check_tree({span.ident: span.parent for span in spans}, len(spans))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as fault:
        raise EvidenceError("an OTLP/JSON trace", repr(fault)[:200], "run 'invoke rebuild' to make it anew") from None
    return sorted(spans, key=lambda s: (s.start_ms, -s.end_ms, s.ident))


def _check_tree(parents: dict[str, str], count: int) -> None:
    """Raise ValueError where two spans share an id, or a span lies within itself or too deep."""
    if len(parents) < count:
        raise ValueError("two spans of one id")
    for ident in parents:
        at, depth = ident, 0
        while at in parents:
            at, depth = parents[at], depth + 1
            if depth > DEEPEST:
                raise ValueError("spans within spans without end")


def _span(raw: dict, zero: int) -> Span:
    attributes = {a["key"]: a["value"].get("stringValue", "") for a in raw.get("attributes", [])}
    layer = attributes.get("wreck.layer", "")
    if layer not in LAYERS:
        raise ValueError(f"wreck.layer '{layer}' of span '{raw['name']}'")
    start, end = (max(int(raw[k]) - zero, 0) / 1e6 for k in ("startTimeUnixNano", "endTimeUnixNano"))
    words = raw["spanId"], raw.get("parentSpanId", ""), raw["name"], attributes.get("db.query.text", "")
    if not all(isinstance(word, str) for word in words):
        raise ValueError("a span's words are text")
    ident, parent, name, sql = words
    return Span(ident, parent, name, layer, start, max(start, end), sql)


def fold(spans: Sequence[Span]) -> list[Step]:
    """Return the waterfall's lines: parents before children, repeated siblings in one line."""
    known = {s.ident for s in spans}
    children: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        children[span.parent if span.parent in known else ""].append(span)
    steps: list[Step] = []
    _descend("", 0, children, steps)
    return steps


def _descend(parent: str, depth: int, children: dict[str, list[Span]], steps: list[Step]) -> None:
    units = _units(children[parent], children)
    for part in repeats.folded([_signature(unit[0], children) for unit in units]):
        inside = [span for unit in units[part.start : part.end] for span in unit]
        if part.repeats > 1:
            steps.append(_folded(inside, part, depth, children))
            continue
        for span in inside:
            text = " ".join(span.sql.split())
            steps.append(Step(_name(span), span.layer, depth, span.start_ms, span.end_ms - span.start_ms, _own_ms(span, children), 1, text))
            _descend(span.ident, depth + 1, children, steps)


def statements_of(spans: Sequence[Span]) -> list[str]:
    """Return the statements that a request sent, in order."""
    return [span.sql for span in spans if span.layer == "sqlalchemy" and span.sql]


def _units(siblings: list[Span], children) -> list[list[Span]]:
    """Return siblings, each statement together with the fetching of its rows that follows it."""
    units: list[list[Span]] = []
    for span in siblings:
        is_its_fetch = span.layer == "fetch" and units and len(units[-1]) == 1 and _sql(units[-1][0], children) and not children[span.ident]
        if is_its_fetch:
            units[-1].append(span)
        else:
            units.append([span])
    return units


def _sql(span: Span, children) -> str:
    return span.sql or next((c.sql for c in children[span.ident] if c.sql), "")


def _signature(span: Span, children) -> tuple:
    """Return what makes a span a repeat of another; only spans that lead to SQL are folded."""
    sql = _sql(span, children)
    return (span.layer, span.name, sql) if sql else (span.ident,)


def _folded(run: list[Span], part: repeats.Part, depth: int, children) -> Step:
    told = repeats.tally(part)
    start, end = run[0].start_ms, max(s.end_ms for s in run)
    # What runs inside the folded spans is folded with them, so it counts as theirs.
    own = sum(s.end_ms - s.start_ms for s in run)
    text = "; ".join(" ".join(sql.split()) for _, what in told for *_, sql in what)
    count = sum(times * len(what) for times, what in told)
    return Step(repeats_in_words(told), run[0].layer, depth, start, end - start, own, count, text, _by_layer(run, children))


def repeats_in_words(told: list[tuple[int, tuple]]) -> str:
    """Return a tally of signatures, as ``3 × games; 51 × (players, rolls)``."""
    return "; ".join(f"{times} × {_in_words([sql for *_, sql in what])}" for times, what in told)


def _in_words(pattern: list[str]) -> str:
    named = ["+".join(statements.tables(sql)) or statements.brief(sql, 20) for sql in pattern]
    return named[0] if len(named) == 1 else f"({', '.join(named)})"


def _by_layer(spans: Sequence[Span], children) -> dict[str, float]:
    """Return the time of spans and of all inside them by layer, each span's without those inside it."""
    found: dict[str, float] = defaultdict(float)
    waiting = list(spans)
    while waiting:
        span = waiting.pop()
        found[span.layer] += _own_ms(span, children)
        waiting += children[span.ident]
    return {layer: found[layer] for layer in LAYERS if found[layer] > 0}


def _name(span: Span) -> str:
    said = statements.name(span.sql) if span.sql else span.name
    return NAMES[span.layer] if said == span.layer else f"{NAMES[span.layer]}: {said}"


def _own_ms(span: Span, children) -> float:
    inside = sum(min(c.end_ms, span.end_ms) - max(c.start_ms, span.start_ms) for c in children[span.ident] if c.end_ms > span.start_ms)
    return max(span.end_ms - span.start_ms - max(inside, 0.0), 0.0)
