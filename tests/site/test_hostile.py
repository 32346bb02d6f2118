"""Whatever stands in evidence reaches the page as text.

The schema of the evidence says where free text may stand: every such place gets a payload, and so does each dictionary whose
names are free.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import markdown
import pytest

from scenarios import record as contract
from scenarios.errors import EvidenceError, WreckError
from scenarios.publish.characters import visible
from scenarios.publish.exhibit import kinds
from scenarios.publish.markdown import WreckExtension
from scenarios.publish.traces.spans import fold, read_spans

MARK = "x-payload"
HOSTILE = (
    f'</code></pre></svg></td></title></script></style></textarea>--><{MARK} onload="x">\'"><{MARK}>'
    f'<script>alert("{MARK}")</script><img src=x onerror=alert(1)> '
    f"{{{{ paper-boat: y }}}} {{% raise %}} **bold** `code` [a](javascript:x) LIKE & &lt;{MARK}&gt; \x7f <!-- ]]> "
    # Python-Markdown's own marks: of HTML put aside, of a character, of an ampersand; then NUL, an escape, and marks that turn text about.
    "\x02wzxhzdk:0\x03 \x0260\x03 \x02999999999\x03 \x02amp\x03 \0 \x1b[2J \u202eabc\u2066 ```"
)
ELEMENTS = set(
    "p h1 strong em code pre a span div figure figcaption button details summary table caption thead tbody tr th td ul ol li "
    "section br time fieldset legend label input small svg title desc defs pattern rect path g line text circle use polyline "
    "polygon".split()
)
UNSEEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
MODELS = {"record": contract.Record, "plans": contract.Plans, "samples": contract.Samples, "series": contract.SeriesFile}
LOOKED_UP = {"scale", "plans"}
"""Names that one file refers to another by: a payload there is a reference to nothing, refused as such (tested below)."""


class Elements(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.tags, self.attributes, self.links, self.words = set(), set(), [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [
            value or "" for name, value in attrs if name in ("href", "src", "action", "data-evidence", "data-linked", "data-figure")
        ]

    def handle_data(self, data):
        self.words.append(data)


def poisoned_by(schema: dict, definitions: dict, value, payload: str, places: list[str], at: str = ""):
    """Return ``value`` with ``payload`` wherever ``schema`` has a text without a pattern, and note the places."""
    schema = _resolved(schema, definitions, value)
    if isinstance(value, str):
        if _is_free(schema):
            places.append(at)
            return payload
        return value
    if isinstance(value, list):
        return [poisoned_by(schema.get("items", {}), definitions, each, payload, places, at) for each in value]
    if not isinstance(value, dict):
        return value
    named, patterned = schema.get("properties", {}), next(iter(schema.get("patternProperties", {}).values()), None)
    free = schema.get("additionalProperties") if isinstance(schema.get("additionalProperties"), dict) else None
    inside = {
        key: each if key == "scale" else poisoned_by(
            named.get(key) or patterned or free or {}, definitions, each, payload, places, f"{at}.{key if key in named else '*'}"
        )
        for key, each in value.items()
    }
    if free and not named and inside and at.rpartition(".")[2] not in LOOKED_UP:
        places.append(f"{at} (name)")
        inside[payload] = next(iter(inside.values()))
    return inside


def _resolved(schema: dict, definitions: dict, value) -> dict:
    """Return the part of a schema that is about a value such as this."""
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    wanted = {str: "string", list: "array", dict: "object"}.get(type(value))
    options = [_resolved(each, definitions, value) for each in schema.get("anyOf", [])]
    return next((each for each in options if each.get("type") == wanted), schema)


def _is_free(schema: dict) -> bool:
    return schema.get("type") == "string" and not {"pattern", "enum", "const", "format"} & set(schema)


def poison(model, data, payload: str) -> tuple[dict, list[str]]:
    """Return evidence with the payload in every free place, and which those are."""
    schema, places = model.model_json_schema(), []
    return poisoned_by(schema, schema.get("$defs", {}), data, payload, places), places


@pytest.fixture
def poisoned(project):
    """Evidence in which every free text is hostile."""
    poison_all(project, HOSTILE)
    return project


def poison_all(project, payload: str) -> None:
    for name, model in MODELS.items():
        path = project.site_data / "paper-boat" / f"{name}.json"
        path.write_text(json.dumps(poison(model, json.loads(path.read_text(encoding="utf-8")), payload)[0]), encoding="utf-8")
    for path in (project.site_data / "paper-boat" / "traces").iterdir():
        document = json.loads(path.read_text(encoding="utf-8"))
        for resource in document["resourceSpans"]:
            for span in resource["scopeSpans"][0]["spans"]:
                span["name"] = payload
                for attribute in span["attributes"]:
                    if attribute["key"] == "db.query.text":
                        attribute["value"]["stringValue"] = payload
        path.write_text(json.dumps(document), encoding="utf-8")


OF_A_NEIGHBOUR = {
    **dict.fromkeys(
        (
            "aligned-traces", "cores-over-time", "heat-map", "onset", "phase-layers", "percentiles", "populations", "sessions-over-time",
            "who-waits",
        ),
        "experiment: neighbour\n",
    ),
    **dict.fromkeys(("remedies", "step"), "experiments: neighbour\n"),
}
OF_MEMORY = {
    **dict.fromkeys(("memory-limit", "errors", "throughput"), "experiment: storm\n"),
    **dict.fromkeys(("memory-staircase", "memory-holds"), "experiments: storm\n"),
    "memory-ladder": "experiments: storm\nalone: storm\n",
}
TOKENS = (
    "environment.cpu_model", "environment.versions.python", "wrecked.latency_ms.p50", "command", "environment.kernel",
    "index:rolls_by_player.statement",
    "experiment:headline.title", "claim:waxing", "claim:database | interval", "environment.postgres_settings.jit",
)  # fmt: skip


def _fence(kind: str) -> str:
    return f"```exhibit\nkind: {kind}\nwreck: paper-boat\n{(OF_A_NEIGHBOUR | OF_MEMORY).get(kind, '')}```\n"


def _page(*wanted: str) -> str:
    tokens = "".join(f"{{{{ paper-boat: {token} }}}}\n\n" for token in TOKENS)
    return f"# {{{{ paper-boat: environment.cpu_model }}}}\n\n{tokens}[{{{{ paper-boat: command }}}}](index.md)\n\n" + "\n".join(
        map(_fence, wanted)
    )


def converted(project, page: str) -> str:
    extension = WreckExtension(
        docs=str(project.docs), site_data=str(project.site_data), wrecks=str(project.wrecks), figures=str(project.site / "figures")
    )
    return markdown.markdown(page, extensions=[extension])


def is_text_alone(seen: Elements, elements: set[str] = ELEMENTS) -> None:
    assert seen.tags <= elements, seen.tags - elements
    assert not [a for a in seen.attributes if a.startswith("on") or a == "src" or "<" in a or '"' in a]
    assert not [link for link in seen.links if re.match(r"\s*(javascript|data|vbscript):", link, re.IGNORECASE)]


@pytest.mark.parametrize("kind", kinds())
def test_no_element_and_no_attribute_comes_from_evidence(poisoned, kind):
    html = converted(poisoned, _page(kind))
    seen = Elements(html)
    is_text_alone(seen)
    assert not UNSEEN.search(html)
    assert any(MARK in words for words in seen.words), "the payload is there, as words"
    for figure in (poisoned.site / "figures").glob("*.json"):
        text = figure.read_text(encoding="utf-8")
        assert not re.search(rf"<(?:script|img|{MARK}|a )|\\u003c", text, re.IGNORECASE)


@pytest.mark.parametrize("fence", ["sql: headline.wrecked", "function: wrecked"])
def test_code_that_ran_is_text(poisoned, fence):
    html = converted(poisoned, f"```ran\nwreck: paper-boat\n{fence}\n```\n")
    is_text_alone(Elements(html))
    assert not UNSEEN.search(html)


def test_a_whole_site_of_it_holds_it_as_text_alone(project):
    """Pages, attributes, figures, search: all but the evidence that is copied beside them as JSON."""
    # What looks like a token of ours stops the build, whoever wrote it.
    poison_all(project, HOSTILE.replace("{{", "{ {"))
    project.write("hostile.md", _page(*kinds()))
    project.build()
    before = Elements((project.site / "dives" / "tin-raft" / "index.html").read_text(encoding="utf-8"))
    pages = [path for path in project.site.rglob("*") if path.suffix in (".html", ".json", ".svg", ".xml") and "evidence" not in path.parts]
    said = 0
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert f"<{MARK}" not in text and f"\\u003c{MARK}" not in text and "<img src=x" not in text and "alert(1)>" not in text, path.name
        assert not UNSEEN.search(text), path.name
        if path.suffix == ".html" and path.name != "404.html":
            seen = Elements(text)
            assert seen.tags <= before.tags | ELEMENTS and MARK not in "".join(seen.attributes)
            assert not [link for link in seen.links if link.strip().lower().startswith("javascript:")]
            said += sum(MARK in words for words in seen.words)
    assert len(pages) > 4 and said > 50


def test_every_place_for_free_text_is_poisoned(project):
    """A field that the contract gains is poisoned from its first day, since the schema says so."""
    folder, found = project.site_data / "paper-boat", {}
    for name, model in MODELS.items():
        data, found[name] = poison(model, json.loads((folder / f"{name}.json").read_text(encoding="utf-8")), HOSTILE)
        contract.loads(model, json.dumps(data), origin="a/b.json")
    assert len(set(found["record"])) > 25 and ".environment.cpu_model" in found["record"] and ".environment.versions (name)" in found[
        "record"
    ]
    assert ".plans" not in found["plans"] and any(place.endswith(".detail") for place in found["plans"])
    assert ".paths" in found["samples"]


def test_an_escape_forgotten_would_be_found():
    for page in (f"<p>{HOSTILE}</p>", f'<p title="{HOSTILE}">x</p>', '<a href=" JavaScript:x">x</a>'):
        with pytest.raises(AssertionError):
            is_text_alone(Elements(page))
    assert UNSEEN.search(HOSTILE) and not UNSEEN.search(visible(HOSTILE)) and len(visible(HOSTILE)) == len(HOSTILE)


# --- files that are not what they should be -----------------------------------------------------------------


@pytest.mark.parametrize("place", ["experiments.headline.scale", "environment.cpu_model"])
def test_a_reference_to_nothing_is_refused_by_name(project, place):
    path = project.site_data / "paper-boat" / "record.json"
    data = at = json.loads(path.read_text(encoding="utf-8"))
    *steps, last = place.split(".")
    for step in steps:
        at = at[step]
    at[last] = HOSTILE
    path.write_text(json.dumps(data), encoding="utf-8")
    try:
        html = converted(project, _page("plan", "ladder", "provenance"))
    except WreckError as refused:
        assert "\n" not in str(refused) and not UNSEEN.search(str(refused))
    else:
        is_text_alone(Elements(html))


@pytest.mark.parametrize(
    "text",
    ['{"schema_version": 1, "a\\nb\\u001b[2J\\u202e": 1}', '{"schema_version": "\\u001b[2J\\n"}', '{"schema_version": 1, "seed": "' + "x" * 100_000 + '"}',
     '{"schema_version": ' + "[" * 500 + "]" * 500 + "}", '{"schema_version": ["' + "x" * 100_000 + '"]}', "[" * 100_000, "9" * 5_000,
     '"\\ud800"',
     '{"schema_version": 1, "' + "x" * 100_000 + '": 1}', '{"schema_version": true}', '{"schema_version": 1e999}',
     '{"schema_version": ' + "9" * 4_000 + "}"],
    ids=range(12),
)  # fmt: skip
@pytest.mark.parametrize("model", MODELS.values())
def test_a_hostile_file_is_refused_in_one_short_line(model, text):
    with pytest.raises(EvidenceError) as refused:
        contract.loads(model, text, origin="a/b.json")
    assert len(str(refused.value)) < 8_000 and str(refused.value).isprintable()


def _spans(*parents: tuple[str, str]) -> dict:
    layer = [{"key": "wreck.layer", "value": {"stringValue": "flask"}}]
    spans = [
        {
            "spanId": ident, "parentSpanId": parent, "name": "x", "startTimeUnixNano": "0", "endTimeUnixNano": "9", "attributes": layer
        } for ident, parent in parents
    ]
    return {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}


def test_a_trace_that_bites_its_tail_is_refused():
    for parents in ((("a", ""), ("a", "a")), (("a", "a"),), (("a", "b"), ("b", "a")), tuple((str(i), str(i - 1)) for i in range(5_000))):
        with pytest.raises(EvidenceError):
            read_spans(_spans(*parents))
    assert len(fold(read_spans(_spans(("a", ""), ("b", "a"), ("c", "nobody"))))) == 3


@pytest.mark.parametrize("value", [None, 3, [], {}, "9" * 5_000, float("inf"), 10**400, "\0"])
@pytest.mark.parametrize("name", ["spanId", "parentSpanId", "name", "startTimeUnixNano", "endTimeUnixNano", "attributes"])
def test_a_trace_with_something_else_in_it_is_read_or_refused(name, value):
    document = _spans(("a", ""))
    document["resourceSpans"][0]["scopeSpans"][0]["spans"][0][name] = value
    try:
        (step,) = fold(read_spans(document))
    except EvidenceError as refused:
        assert str(refused).isprintable() and len(str(refused)) < 1_000
    else:
        assert step.name.startswith("Flask")
