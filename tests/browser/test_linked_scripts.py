"""What the scripts behind live charts calculate, held against Python's answers to the same: repeats, waterfalls, numbers, addresses."""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path

import pytest

from scenarios.publish import units
from scenarios.publish.exhibits.aligned_traces import flattened
from scenarios.publish.traces import linked
from scenarios.publish.traces.layer_names import NAMES
from scenarios.publish.traces.repeats import folded, tally
from scenarios.publish.traces.spans import fold, read_spans
from scenarios.record import LAYERS
from tests.browser.browsing import opened
from tests.browser.server import served

ROOT = Path(__file__).parents[2]
TRACES = sorted((ROOT / "site_data").glob("*/traces/*.json"))
SOME = [*TRACES[:: max(1, len(TRACES) // 8)], *sorted((ROOT / "site_data/highly-selective/traces").glob("*.json"))]


@pytest.fixture(scope="module")
def scripts(browser, tmp_path_factory):
    """A page in which a script of ours is asked: ``scripts(file, body, argument)``."""
    folder = tmp_path_factory.mktemp("scripts")
    shutil.copytree(ROOT / "docs/assets/linked", folder / "linked")
    (folder / "index.html").write_text("<!doctype html><title>Scripts</title><link rel=icon href=data:,>", encoding="utf-8")
    wrapped = "async ([file, argument]) => {{ const module = await import(file); return ({body})(module, argument); }}"
    with served(folder) as address, opened(browser, address) as (page, seen):
        page.goto(address)
        yield lambda file, body, argument: page.evaluate(wrapped.format(body=body), [f"{address}linked/{file}", argument])
    assert seen.errors == []


def test_repeats_are_pythons(scripts):
    chance = random.Random(5)
    cases = [[chance.choice("abcd") for _ in range(chance.randint(0, 60))] for _ in range(300)]
    cases.append(["players"] + [w for count in (17, 20, 14) for w in ["games", *["names", "rolls"] * count]])
    theirs = scripts("repeats.js", "(m, cases) => cases.map(c => m.folded(c).map(p => [p.start, p.end, p.repeats, m.tally(p)]))", cases)
    ours = [[[p.start, p.end, p.repeats, [[times, list(what)] for times, what in tally(p)]] for p in folded(case)] for case in cases]
    assert theirs == json.loads(json.dumps(ours))


def test_statements_have_pythons_keys(scripts):
    asked = [
        ("", "SELECT 1"),
        ("a.html", "SELECT x FROM t WHERE a = %(b)s AND c = 'd''e' AND f IN (1, 2, 3)"),
        (linked.ANY, "SELECT def test_numbers_are_pythons || \n  ESCAPE "),
    ]
    asked += [("", span.sql) for file in SOME for span in read_spans(json.loads(file.read_text(encoding="utf-8"))) if span.sql]
    theirs = scripts("spans.js", "(m, asked) => asked.map(([template, sql]) => m.senderKey(template, sql))", asked)
    assert theirs == [linked.key(*each) for each in asked]
    assert len(set(theirs)) > 10


def test_numbers_are_pythons(scripts):
    chance = random.Random(6)
    values = [chance.choice((-1, 1)) * 10 ** chance.uniform(-5, 7) for _ in range(400)] + [0, 1, 0.5, 1000, 999.6, 0.9996, 59.6, 12]
    theirs = scripts("quantity.js", "(m, values) => values.map(v => [m.digits(v), m.ms(v), m.seconds(v), m.share(v)])", values)
    ours = [[units.digits(v), units.text(v, "ms"), units.text(v, "s"), units.text(v, "share")] for v in values]
    assert theirs == ours


@pytest.mark.parametrize("file", SOME, ids=lambda p: p.stem[:8])
def test_waterfalls_are_pythons(scripts, file):
    document = json.loads(file.read_text(encoding="utf-8"))
    body = """(m, [trace, layers, titles]) => { const spans = m.readSpans(trace, layers);
        return [m.fold(spans, layers, titles).map(({spans: _, ...step}) => step), m.flattened(spans, layers)]; }"""
    steps, strip = scripts("spans.js", body, [document, list(LAYERS), NAMES])
    spans = read_spans(document)
    ours = fold(spans)
    assert [(s["name"], s["layer"], s["depth"], s["count"], s["text"]) for s in steps] == [
        (s.name, s.layer, s.depth, s.count, s.text) for s in ours
    ]
    for theirs, step in zip(steps, ours, strict=True):
        assert (theirs["start"], theirs["took"], theirs["own"]) == pytest.approx((step.start_ms, step.duration_ms, step.own_ms), abs=1e-6)
        assert dict(theirs["layers"] or []) == pytest.approx(step.layers_ms, abs=1e-6)
    assert [layer for layer, *_ in strip] == [layer for layer, *_ in flattened(spans)]


def span(ident, parent, start, end, layer="flask"):
    said = [{"key": "wreck.layer", "value": {"stringValue": layer}}]
    lasts = {"startTimeUnixNano": f"{start}000000", "endTimeUnixNano": f"{end}000000"}
    return {"spanId": ident, "parentSpanId": parent, "name": ident, "attributes": said} | lasts


@pytest.mark.parametrize(
    ("spans", "path"),
    [
        ([("a", "", 0, 10), ("b", "a", 2, 5), ("c", "a", 6, 9)], {"a": [[9, 10], [5, 6], [0, 2]], "b": [[2, 5]], "c": [[6, 9]]}),
        # b ran beside c, which ended later: b held nobody up.
        ([("a", "", 0, 10), ("b", "a", 1, 6), ("c", "a", 1, 9)], {"a": [[9, 10], [0, 1]], "c": [[1, 9]]}),
        ([("a", "", 0, 10), ("b", "a", 0, 12)], {"b": [[0, 10]]}),
    ],
)
def test_the_critical_path_is_what_held_the_request_up(scripts, spans, path):
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [span(*each) for each in spans]}]}]}
    body = "(m, [trace, layers]) => Object.fromEntries(m.criticalPath(m.readSpans(trace, layers)))"
    assert scripts("spans.js", body, [document, list(LAYERS)]) == path


@pytest.mark.parametrize("fault", [{"layer": "elsewhere"}, {"parent": "b"}])
def test_a_trace_that_is_none_of_ours_is_refused(scripts, fault):
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [span("b", fault.get("parent", ""), 0, 1, fault.get("layer", "flask"))]}]}]}
    body = "(m, [trace, layers]) => { try { m.readSpans(trace, layers); return ''; } catch (fault) { return fault.message; } }"
    assert re.search("layer 'elsewhere'|without end", scripts("spans.js", body, [document, list(LAYERS)]))


def test_addresses_of_selections_are_read_as_they_were_written(scripts):
    chosen = [
        {"id": "heat", "box": {"from": 1.6, "to": 3.742, "least": 0, "most": 128.5}, "traces": ["a" * 32]},
        {"id": "a-b", "box": None, "traces": ["0123456789abcdef" * 2, "f" * 32]},
        {"id": "x", "box": {"from": 0, "to": 1, "least": 2, "most": 3}, "traces": []},
    ]
    assert scripts("requests.js", "(m, all) => all.map(one => m.readHash(m.writeHash(one)))", chosen) == chosen
    wrong = ["", "#heat", "#heat:", "#heat:1-2s", "#heat:<b>", "#heat:1-2s,3-4ms:zz", "#Heat:1-2s,3-4ms", "#heat:1-2s,3-4ms:a:b"]
    assert scripts("requests.js", "(m, all) => all.map(m.readHash)", wrong) == [None] * len(wrong)


