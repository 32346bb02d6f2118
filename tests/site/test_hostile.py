"""Whatever stands in evidence reaches the page as text."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import markdown
import pytest

from scenarios.publish.exhibit import kinds
from scenarios.publish.markdown import WreckExtension

HOSTILE = (
    '</code></pre></svg></td><script>alert("x")</script><img src=x onerror=alert(1)> {{ paper-boat: y }} **bold** & "quoted" \' \x7f <!-- '
)
ELEMENTS = set(
    "p h1 strong em code pre a span div figure figcaption button details summary table caption thead tbody tr th td ul ol li "
    "section br svg title desc defs pattern rect path g line text circle use polyline polygon".split()
)


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes = set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture
def poisoned(project):
    """Evidence in which every free text is hostile."""
    for name in ("record", "plans", "samples", "series"):
        path = project.site_data / "paper-boat" / f"{name}.json"
        path.write_text(json.dumps(_poison(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")
    for path in (project.site_data / "paper-boat" / "traces").iterdir():
        document = json.loads(path.read_text(encoding="utf-8"))
        for resource in document["resourceSpans"]:
            for span in resource["scopeSpans"][0]["spans"]:
                span["name"] = HOSTILE
                for attribute in span["attributes"]:
                    if attribute["key"] == "db.query.text":
                        attribute["value"]["stringValue"] = HOSTILE
        path.write_text(json.dumps(document), encoding="utf-8")
    return project


def _poison(value, key=""):
    if isinstance(value, dict):
        return {k: _poison(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_poison(v, key) for v in value]
    free = {
        "title",
        "removes",
        "text",
        "sql",
        "detail",
        "relation",
        "index",
        "node",
        "paths",
        "command",
        "cpu_model",
        "kernel",
        "libc",
        "warnings",
        "python",
        "client",
        "address",
        "statement",
    }
    return HOSTILE if key in free and isinstance(value, str) else value


OF_A_NEIGHBOUR = {
    **dict.fromkeys(
        ("aligned-traces", "cores-over-time", "heat-map", "onset", "phase-layers", "populations", "sessions-over-time"), "experiment: neighbour\n"
    ),
    **dict.fromkeys(("remedies", "step"), "experiments: neighbour\n"),
}
OF_MEMORY = {
    **dict.fromkeys(("memory-limit", "errors", "throughput"), "experiment: storm\n"),
    **dict.fromkeys(("memory-staircase", "memory-holds"), "experiments: storm\n"),
    "memory-ladder": "experiments: storm\nalone: storm\n",
}


def _page(kind: str) -> str:
    tokens = "# {{ paper-boat: environment.cpu_model }}\n\n{{ paper-boat: wrecked.latency_ms.p50 }}\n\n"
    return f"{tokens}```exhibit\nkind: {kind}\nwreck: paper-boat\n{(OF_A_NEIGHBOUR | OF_MEMORY).get(kind, '')}```\n"


@pytest.mark.parametrize("kind", kinds())
def test_no_element_and_no_attribute_comes_from_evidence(poisoned, kind):
    figures = poisoned.site / "figures"
    extension = WreckExtension(
        docs=str(poisoned.docs), site_data=str(poisoned.site_data), wrecks=str(poisoned.wrecks), figures=str(figures)
    )
    seen = Elements()
    seen.feed(markdown.markdown(_page(kind), extensions=[extension]))
    assert seen.tags <= ELEMENTS
    assert not [a for a in seen.attributes if a.startswith("on") or a == "src"]
    for figure in figures.glob("*.json"):
        assert "<script" not in figure.read_text(encoding="utf-8") and "<img" not in figure.read_text(encoding="utf-8")


@pytest.mark.parametrize("fence", ["sql: headline.wrecked", "function: wrecked"])
def test_code_that_ran_is_text(poisoned, fence):
    extension = WreckExtension(docs=str(poisoned.docs), site_data=str(poisoned.site_data), wrecks=str(poisoned.wrecks))
    seen = Elements()
    seen.feed(markdown.markdown(f"```ran\nwreck: paper-boat\n{fence}\n```\n", extensions=[extension]))
    assert seen.tags <= ELEMENTS and "onerror" not in seen.attributes
