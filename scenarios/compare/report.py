"""A comparison as text for a terminal, as Markdown for a review, as JSON for a program.

The JSON: ``schema_version``, ``margin``, ``given`` (the two as they were named), ``worse`` (how many rows), ``only_a`` and ``only_b``
(wrecks), and ``wrecks``, a list of ``records.Comparison`` as they stand, field by field.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass

from scenarios.compare.records import Comparison, Row
from scenarios.compare.welch import MARGIN, VERDICTS

SCHEMA_VERSION = 1
# History
# 1  the first.


@dataclass(frozen=True)
class Report:
    """All wrecks that two sources share, compared."""

    given: tuple[str, str]
    wrecks: list[Comparison]
    only_a: list[str]
    only_b: list[str]

    @property
    def worse(self) -> list[str]:
        """What got worse, each as ``wreck kind name``."""
        rows = [(c.wreck, row) for c in self.wrecks for row in (*c.claims, *c.arms)]
        return [f"{wreck} {row.kind} {row.name}" for wreck, row in rows if row.verdict == "worse"]


def as_json(report: Report) -> str:
    """Return the report as one JSON document with sorted keys."""
    head = {"schema_version": SCHEMA_VERSION, "margin": MARGIN, "worse": len(report.worse)}
    return json.dumps(head | asdict(report), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def as_text(report: Report) -> str:
    """Return the report as lines for a terminal; what evidence says cannot command one."""
    lines = [f"A is {report.given[0]}, B is {report.given[1]}; {_margin()}"]
    for c in report.wrecks:
        lines += ["", f"{c.wreck}: {_tally(c)}", *(f"  {said}" for said in _remarks(c))]
        for title, rows in (("claims", c.claims), ("arms, by their median latency", c.arms)):
            lines += [f"  {title}:"] if rows else []
            lines += [f"    {row.verdict:11}  {row.name}: {_values(row)}{_effect(row)}{_because(row)}" for row in rows]
    lines += _only(report)
    return "\n".join(map(plain, lines)) + "\n"


def as_markdown(report: Report) -> str:
    """Return the report as Markdown with tables; what evidence says is escaped."""
    a, b = map(escaped, report.given)
    lines = [f"A is {a}, B is {b}; {_margin()}."]
    for c in report.wrecks:
        lines += ["", f"## {escaped(c.wreck)}", "", f"{_tally(c)}.", ""]
        lines += [f"- {escaped(said)}" for said in _remarks(c)]
        for title, rows in (("claim", c.claims), ("arm", c.arms)):
            if rows:
                lines += ["", f"| {title} | A and B | change | verdict |", "|---|---|---|---|"]
            lines += [_markdown_row(row) for row in rows]
    lines += ["", *(f"- {escaped(said)}" for said in _only(report))]
    return "\n".join(lines).rstrip() + "\n"


FORMATS: dict[str, Callable[[Report], str]] = {"text": as_text, "markdown": as_markdown, "json": as_json}


def _markdown_row(row: Row) -> str:
    said = f"**{row.verdict}**" if row.verdict == "worse" else row.verdict
    cells = [escaped(row.name), escaped(_values(row)), escaped(_effect(row).removeprefix(", ")), said + escaped(_because(row))]
    return f"| {' | '.join(cells)} |"


def _margin() -> str:
    return f"same is within {1 / MARGIN:.2f} to {MARGIN:.2f} times, the whole 95 % interval"


def _tally(c: Comparison) -> str:
    counted = Counter(row.verdict for row in (*c.claims, *c.arms))
    return ", ".join(f"{counted[verdict]} {verdict}" for verdict in VERDICTS if counted[verdict]) or "nothing to compare"


def _remarks(c: Comparison) -> list[str]:
    said = [f"warning: {warning}" for warning in c.warnings]
    if c.unlike_machines:
        said.append(f"the machines are unlike, so no times are compared, only ratios: {'; '.join(c.unlike_machines)}")
    said += [f"{name}: {_or_none(a)} in A, {_or_none(b)} in B" for name, (a, b) in c.environment.items()]
    said += [f"only in {side}: {', '.join(names)}" for side, names in (("A", c.only_a), ("B", c.only_b)) if names]
    return said


def _only(report: Report) -> list[str]:
    return [f"only in {side}: {', '.join(names)}" for side, names in (("A", report.only_a), ("B", report.only_b)) if names]


def _or_none(value: str | None) -> str:
    return "none" if value is None else value


def _values(row: Row) -> str:
    a, b = ("none" if value is None else f"{value:.4g}" for value in (row.a, row.b))
    over = f", over {row.over}" if row.over else ""
    return f"{a} and {b} {row.unit}{over}"


def _effect(row: Row) -> str:
    if row.effect is None:
        return ""
    kind = "B is A times" if row.by == "ratio" else "B is A plus"
    interval = "" if row.low is None or row.high is None else f" ({row.low:.3g} to {row.high:.3g})"
    return f", {kind} {row.effect:.3g}{interval}"


def _because(row: Row) -> str:
    said = [row.because] if row.because else []
    if row.holds and row.holds[0] != row.holds[1]:
        said.append("held in A, does not in B" if row.holds[0] else "did not hold in A, does in B")
    return f"; {'; '.join(said)}" if said else ""


def plain(text: str) -> str:
    """Return ``text`` on one line, without what a terminal would obey: control and format characters show as their code."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


def escaped(text: str) -> str:
    """Return ``text`` as Markdown that shows it as it is: no markup of its own, no HTML, no table cell ended."""
    text = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\`*_{}\[\]()#+!|~$])", r"\\\1", text)
    # An address or a mention becomes a link by itself where Markdown is shown.
    return re.sub(r"(?i)\b(https?|www)(?=[:.])|@", lambda m: f"{m[0]}&#8203;", text)
