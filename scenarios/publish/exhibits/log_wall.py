"""A wall of log: the lines that servers wrote, one under the other, as somebody sees them who has only a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from scenarios.errors import EvidenceError
from scenarios.publish import others, units
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, chosen_arms, chosen_experiment

OPTIONS = ("experiment", "arms", "others", "title")


@dataclass(frozen=True)
class Line:
    offset_s: float
    source: str
    text: str
    duration_ms: float | None = None
    """Of a statement."""


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``arms`` (all); ``others``: runs of other wrecks to heap on it, each ``wreck.experiment.arm``."""
    name, experiment = chosen_experiment(dive, options)
    lines = [line for arm in chosen_arms(dive, name, options).values() for line in _lines(arm)]
    heaps = others.drawn(dive, options, others.RUN, lambda other, e, a: _lines(other.arm(e, a)))
    lines = sorted((*lines, *(line for heap in heaps for line in heap)), key=lambda line: (line.offset_s, line.source, line.text))
    if not lines:
        raise EvidenceError(f"lines of log of {dive.slug} {name}", "none", "choose an experiment whose probes were on")
    title = options.get("title") or _finding(lines)
    return Exhibit(
        title=title,
        caption="As the servers wrote them, but for what would name this machine, by seconds since traffic began. Of each run the record "
        "keeps the slowest few statements and a few lines of each kind of trouble; a real log has all, and is longer. "
        f"{experiment.title}; n = {len(lines)} lines.",
        html=_wall(lines) + others.links(dive, options, others.RUN),
        command=experiment.command,
    )


def _lines(arm) -> list[Line]:
    """Return what an arm's record keeps of its servers' logs."""
    found = []
    for each in arm.slow_log:
        statement = " ".join(each.text.split())
        text = f"duration: {each.duration_ms:.3f} ms  statement: {statement}"
        found.append(Line(each.offset_s or 0.0, "postgres", text, each.duration_ms))
    for each in arm.log:
        again = f"  (and {each.count - 1} more like it)" if each.count > 1 else ""
        found.append(Line(each.offset_s or 0.0, each.source, " ".join(each.text.split()) + again))
    return found


def _finding(lines: list[Line]) -> str:
    took = sorted(line.duration_ms for line in lines if line.duration_ms is not None)
    if not took:
        return f"{len(lines)} lines of log, every one true"
    return f"{len(lines)} lines of log, every one true: statements of {units.text(took[0], 'ms')} to {units.text(took[-1], 'ms')}"


def _wall(lines: list[Line]) -> str:
    items = "".join(f"<li><code>{line.offset_s:8.3f} {escape(line.source)}: {escape(line.text)}</code></li>" for line in lines)
    label = f"{len(lines)} lines of log"
    return f'<div class="log-wall" tabindex="0" role="group" aria-label="{label}"><ol class="wreck-log">{items}</ol></div>'
