"""The page of a wreck's evidence: its Markdown, made when the site is, and the parts that its fences name.

Nobody keeps it in ``docs/``: MkDocs is given it among its files.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files, InclusionLevel

from scenarios.errors import UsageError, nearest
from scenarios.publish.dive import Dive, Fleet
from scenarios.publish.evidence_page import anchors, claimed, experiments, plans, run

OPTIONS = ("wreck", "part", "experiment")
PARTS: dict[str, Callable[[Dive], str]] = {
    "run": run.repeat,
    "environment": run.environment,
    "data": run.data,
    "indexes": run.indexes,
    "absent": run.absent,
    "noise": run.noise,
    "claims": claimed.draw,
    "plans": plans.draw,
}


def part(dive: Dive, options: dict[str, str]) -> str:
    """Return what an ``evidence`` fence names, as HTML. Raises UsageError for an unknown name."""
    for name in options:
        if name not in OPTIONS:
            raise UsageError("an option of an 'evidence' fence", f"'{name}'", nearest(name, OPTIONS))
    if {"part", "experiment"} <= options.keys():
        raise UsageError("one of part and experiment in an 'evidence' fence", "both", "drop one")
    if "experiment" in options:
        drawn = experiments.draw(dive, options["experiment"])
    elif options.get("part") in PARTS:
        drawn = PARTS[options["part"]](dive)
    else:
        raise UsageError("a part of the evidence", f"'{options.get('part', '')}'", nearest(options.get("part", ""), PARTS))
    return f'<div class="evidence">{drawn}</div>'


def source(dive: Dive, story: bool) -> str:
    """Return the page as Markdown; ``story`` is whether the dive has a page of its own.

    Names of experiments are the only words of the evidence in it, and are plain by the contract.
    """
    title = f"Evidence: {dive.wreck.title}"
    heading = title.replace("SS ", "SS\u00a0").replace("-", "\u2011")  # No line ends within the ship's name but between its words.
    lines = ["---", f"title: {json.dumps(title)}", "search:", "  exclude: true", "---", f"# {heading}", ""]
    lines += [f"All that was measured on this wreck. Its story is told [in its dive](../../dives/{dive.slug}.md).", ""] if story else []
    for heading, anchor, name in (
        ("How to repeat it", anchors.RUN, "run"),
        ("Noise and warnings", anchors.NOISE, "noise"),
        ("What is absent", anchors.ABSENT, "absent"),
        ("Environment", anchors.ENVIRONMENT, "environment"),
        ("Data", anchors.DATA, "data"),
        *((("Indexes", anchors.INDEXES, "indexes"),) if dive.record.indexes else ()),
        ("Claims", anchors.CLAIMS, "claims"),
    ):
        lines += [f"## {heading} {{ #{anchor} }}", "", *_fence(dive, f"part: {name}")]
    lines += [f"## Experiments {{ #{anchors.EXPERIMENTS} }}", ""]
    for name in dive.record.experiments:
        lines += [f"### `{name}` {{ #{name} }}", "", *_fence(dive, f"experiment: {name}")]
    return "\n".join([*lines, f"## Plans {{ #{anchors.PLANS} }}", "", *_fence(dive, "part: plans")])


def _fence(dive: Dive, line: str) -> list[str]:
    return ["```evidence", f"wreck: {dive.slug}", line, "```", ""]


class EvidencePages(BasePlugin):
    """Gives MkDocs a page for every wreck that has evidence."""

    def __init__(self, fleet: Fleet, slugs: list[str]):
        super().__init__()
        self.fleet, self.slugs = fleet, slugs

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        for slug in self.slugs:
            name = f"{anchors.page(slug)}index.md"
            story = files.get_file_from_path(f"dives/{slug}.md") is not None
            content = source(self.fleet.dive(slug), story)
            files.append(File.generated(config, name, content=content, inclusion=InclusionLevel.NOT_IN_NAV))
        return files
