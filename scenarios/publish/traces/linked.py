"""What a live chart leads on to: the kept traces of a wreck, where they come from, and the source that sent their statements.

The page's scripts read it when a reader first touches a chart that leads somewhere. Requests, traces and plans themselves stay where
they are: in the evidence, as it was written.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from scenarios.publish.charts import palette
from scenarios.publish.charts.ink import HATCHES
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import median
from scenarios.publish.neighbours import PHASE_WORDS
from scenarios.publish.traces.layer_names import NAMES
from scenarios.publish.traces.senders import Sender, sender, template_of
from scenarios.publish.traces.spans import Span, read_spans
from scenarios.record import LAYERS, ArmResult

ANY = "*"
"""In place of a template's name, where it is not known which."""
_PARAMETERS = (
    (re.compile(r"%\(\w+\)s|\$\d+\b", re.ASCII), "?"),
    (re.compile(r"'(?:[^']|'')*'"), "?"),
    (re.compile(r"\b\d+(?:\.\d+)?\b", re.ASCII), "?"),
    (re.compile(r"\(\?(?:, ?\?)*\)"), "(?)"),
)


@lru_cache(maxsize=32)
def file(dive: Dive) -> tuple[str, str]:
    """Return the file's name, which changes with its content, and its JSON."""
    text = json.dumps(document(dive), sort_keys=True, separators=(",", ":"), allow_nan=False) + "\n"
    return f"linked-{dive.slug}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.json", text


def document(dive: Dive) -> dict:
    """Return the document: ``layers``, ``experiments``, ``traces``, ``code`` and ``senders``, as ``linked.js`` reads them."""
    traces = _traces(dive)
    code: list[Sender] = []
    titles = {arm.name: arm.title for arm in dive.wreck.arms}
    return {
        "wreck": dive.slug,
        "layers": [{"name": layer, "title": NAMES[layer], "hatch": HATCHES.get(palette.LOOKS[layer].hatch, "")} for layer in LAYERS],
        "experiments": {
            name: {
                "scale": experiment.scale,
                "loop": experiment.loop,
                "arms": {
                    arm: {"title": titles.get(arm, arm)} | _statements(result) | _phases(result) for arm, result in experiment.arms.items()
                },
            }
            for name, experiment in dive.record.experiments.items()
        },
        "traces": traces,
        "senders": {arm: _senders(dive, arm, traces, code) for arm in sorted({t["arm"] for t in traces})},
        "code": [{name: value for name, value in asdict(each).items() if name != "lit"} for each in code],
        "code_is_newer": dive.code_is_newer,
    }


def _traces(dive: Dive) -> list[dict]:
    """Return every kept trace, each once: its experiment and arm, what it shows, its path and how long it took."""
    found: dict[str, dict] = {}
    for name, experiment in dive.record.experiments.items():
        for arm, result in experiment.arms.items():
            for which, ident in result.traces.items():
                if ident not in found:
                    found[ident] = {"id": ident, "experiment": name, "arm": arm, "shows": []} | _told(dive.trace(ident))
                if re.fullmatch(r"[a-z][a-z0-9-]*", which):  # a word of ours, such as "median"
                    found[ident]["shows"].append(which)
    return list(found.values())


def _told(document: dict) -> dict:
    """Return how long a trace's request took, in ms, and its path."""
    took_ms = max((span.end_ms for span in read_spans(document)), default=0.0)
    return {"ms": round(took_ms, 4), "path": _said(document, "url.path")}


def _statements(arm: ArmResult) -> dict:
    """Return how many statements a request sent in each round, and whether all requests of all rounds sent the same ones."""
    counted = [r.statements_per_request for r in arm.rounds if r.statements_per_request is not None]
    shapes = [shape for r in arm.rounds for phase in r.phases.values() for shape in phase.shapes]
    seen = bool(shapes) and all(phase.shapes for r in arm.rounds for phase in r.phases.values() if phase.requests)
    return {"statements": counted, "alike": seen and len(set(shapes)) == 1} if counted else {}


def _phases(arm: ArmResult) -> dict:
    """Return the parts of a run with a neighbour as [name, from, to] in s, the median over rounds."""
    rounds = [r for r in arm.rounds if r.phases]
    found = []
    for name, words in PHASE_WORDS.items():
        mine = [r.phases[name] for r in rounds if name in r.phases]
        if mine:
            found.append([words, round(median(p.start_s for p in mine), 3), round(median(p.end_s for p in mine), 3)])
    return {"phases": found} if found else {}


def _senders(dive: Dive, arm: str, traces: list[dict], code: list[Sender]) -> dict[str, list]:
    """Return what sent each statement of an arm's traces: its key, also as of any template, to [index in ``code``, lines to mark]."""
    routes = Path(dive.wreck.routes.__file__)
    handler = next((a.handler for a in dive.wreck.arms if a.name == arm), "")
    found: dict[str, list] = {}
    for ident in (t["id"] for t in traces if t["arm"] == arm):
        document = dive.trace(ident)
        route = _said(document, "http.route")
        for sql, template in _asked(read_spans(document)):
            if key(template, sql) not in found and (sent := sender(routes, handler, route, sql, template)):
                for named in (template, ANY):
                    found.setdefault(key(named, sql), [_index(code, sent), list(sent.lit)])
    return found


@lru_cache(maxsize=4096)
def key(template: str, sql: str) -> str:
    """Return a statement's key: 32 bits (FNV-1a) of the template being rendered and what is the same whatever its parameters."""
    said = " ".join(sql.split())
    for pattern, short in _PARAMETERS:
        said = pattern.sub(short, said)
    value = 2166136261
    for byte in f"{template}\n{said}".encode(errors="replace"):
        value = (value ^ byte) * 16777619 % 2**32
    return f"{value:08x}"


def _index(code: list[Sender], sent: Sender) -> int:
    """Return where these lines stand in ``code``, added if they are new."""
    same = next((i for i, each in enumerate(code) if (each.path, each.first, each.lines) == (sent.path, sent.first, sent.lines)), None)
    if same is None:
        code.append(sent)
        return len(code) - 1
    return same


def _asked(spans: list[Span]) -> list[tuple[str, str]]:
    """Return each statement, its blanks made single, with the template that was being rendered when it was sent."""
    by_ident = {span.ident: span for span in spans}
    found = []
    for span in spans:
        if span.layer == "sqlalchemy" and span.sql:
            at, template = span, ""
            while not template and at.parent in by_ident:
                at = by_ident[at.parent]
                template = template_of(at.name) if at.layer == "template" else ""
            found.append((" ".join(span.sql.split()), template))
    return found


def _said(document: dict, key: str) -> str:
    """Return the first span's attribute of that name, "" where no span has it."""
    spans = (span for r in document["resourceSpans"] for scope in r["scopeSpans"] for span in scope["spans"])
    named = (a["value"].get("stringValue", "") for span in spans for a in span.get("attributes", []) if a["key"] == key)
    return next((value for value in named if isinstance(value, str) and value), "")
