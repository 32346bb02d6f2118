"""Spans of one request, read from OTLP/JSON, laid out in order, repeats folded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from scenarios.errors import EvidenceError
from scenarios.publish import statements
from scenarios.record import LAYERS

FOLD_FROM = 3
"""Fewer repeats than this are shown one by one."""
LONGEST_PATTERN = 4


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
    text: str = ""


def read_spans(document: dict) -> list[Span]:
    """Return a trace's spans by start. Raises EvidenceError for a document that is not OTLP/JSON."""
    try:
        raw = [span for r in document["resourceSpans"] for scope in r["scopeSpans"] for span in scope["spans"]]
        zero = min((int(s["startTimeUnixNano"]) for s in raw), default=0)
        spans = [_span(s, zero) for s in raw]
    except (KeyError, TypeError, ValueError) as fault:
        raise EvidenceError("an OTLP/JSON trace", repr(fault), "run 'invoke rebuild' to make it anew") from None
    return sorted(spans, key=lambda s: (s.start_ms, -s.end_ms, s.ident))


def _span(raw: dict, zero: int) -> Span:
    attributes = {a["key"]: a["value"].get("stringValue", "") for a in raw.get("attributes", [])}
    layer = attributes.get("wreck.layer", "")
    if layer not in LAYERS:
        raise ValueError(f"wreck.layer '{layer}' of span '{raw['name']}'")
    start, end = (max(int(raw[k]) - zero, 0) / 1e6 for k in ("startTimeUnixNano", "endTimeUnixNano"))
    return Span(raw["spanId"], raw.get("parentSpanId", ""), raw["name"], layer, start, max(start, end), attributes.get("db.query.text", ""))


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
    siblings = children[parent]
    at = 0
    while at < len(siblings):
        period, repeats = repeat([_signature(s, children) for s in siblings[at:]])
        if repeats >= FOLD_FROM:
            steps.append(_folded(siblings[at : at + period * repeats], period, depth, children))
            at += period * repeats
        else:
            span = siblings[at]
            text = " ".join(span.sql.split())
            steps.append(Step(_name(span), span.layer, depth, span.start_ms, span.end_ms - span.start_ms, _own_ms(span, children), 1, text))
            _descend(span.ident, depth + 1, children, steps)
            at += 1


def repeat(signatures: Sequence[tuple]) -> tuple[int, int]:
    """Return (period, repeats) of the longest run that a list opens with, alternations included."""
    best = (1, 1)
    for period in range(1, min(LONGEST_PATTERN, len(signatures)) + 1):
        repeats = 1
        pattern = signatures[:period]
        while signatures[repeats * period : (repeats + 1) * period] == pattern:
            repeats += 1
        if repeats >= FOLD_FROM and repeats * period > best[0] * best[1]:
            best = (period, repeats)
    return best


def _signature(span: Span, children) -> tuple:
    """Return what makes a span a repeat of another; only spans that lead to SQL are folded."""
    sql = span.sql or next((c.sql for c in children[span.ident] if c.sql), "")
    return (span.layer, span.name, sql) if sql else (span.ident,)


def _folded(run: list[Span], period: int, depth: int, children) -> Step:
    pattern = [_signature(s, children)[2] for s in run[:period]]
    tables = [", ".join(statements.tables(sql)) or statements.brief(sql, 20) for sql in pattern]
    start, end = run[0].start_ms, max(s.end_ms for s in run)
    # What runs inside the folded spans is folded with them, so it counts as theirs.
    own = sum(s.end_ms - s.start_ms for s in run)
    text = "; ".join(" ".join(sql.split()) for sql in pattern)
    return Step(f"{len(run) // period} × {', '.join(tables)}", run[0].layer, depth, start, end - start, own, len(run), text)


def _name(span: Span) -> str:
    said = statements.name(span.sql) if span.sql else span.name
    return said if said == span.layer else f"{span.layer}: {said}"


def _own_ms(span: Span, children) -> float:
    inside = sum(min(c.end_ms, span.end_ms) - max(c.start_ms, span.start_ms) for c in children[span.ident] if c.end_ms > span.start_ms)
    return max(span.end_ms - span.start_ms - max(inside, 0.0), 0.0)
