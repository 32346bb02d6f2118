"""One request, span by span, from its OTLP trace; repeats of the same statements folded into one bar."""

from __future__ import annotations

from scenarios.errors import EvidenceError, UsageError, nearest
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, Linked, chosen_experiment
from scenarios.publish.traces import statements
from scenarios.publish.traces.layer_names import NAMES
from scenarios.publish.traces.spans import Step, fold, read_spans
from scenarios.record import LAYERS

OPTIONS = ("experiment", "arm", "trace", "title")
ROW_CHARACTERS = 42


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``arm`` (``wrecked``), ``trace``: which of the arm's traces (``median``)."""
    name, experiment = chosen_experiment(dive, options)
    arm = dive.arm(name, options.get("arm", "wrecked"))
    which = options.get("trace", "median")
    if which not in arm.traces:
        raise UsageError(f"a trace of {dive.slug} {name}.{options.get('arm', 'wrecked')}", f"'{which}'", nearest(which, arm.traces))
    ident = arm.traces[which]
    spans = read_spans(dive.trace(ident))
    if not spans:
        raise EvidenceError(f"spans in {dive.slug}/traces/{ident}.json", "none", "run 'invoke rebuild' to make it")
    steps = fold(spans)
    longest = max(steps, key=lambda s: s.own_ms)
    title = (
        options.get("title") or f"{arm.title}: {units.text(longest.own_ms, 'ms')} of {units.text(_whole(steps), 'ms')} in {longest.name}"
    )
    return Exhibit(
        title=title,
        caption=f"{experiment.title}; arm: {arm.title}, its {which} request; n = 1 request, {len(spans)} spans. "
        "Bars run from a span’s start to its end; spans inside others stand beneath them."
        + (" What repeats is folded into one bar, its spans’ times heaped up by layer." if any(s.layers_ms for s in steps) else ""),
        chart=_chart(title, steps),
        table=_table(steps),
        command=experiment.command,
        evidence=f"traces/{ident}.json",
        linked=Linked(name, (options.get("arm", "wrecked"),), traces=(ident,)),
    )


def _whole(steps: list[Step]) -> float:
    return max(s.start_ms + s.duration_ms for s in steps)


def _chart(title: str, steps: list[Step]) -> Chart:
    marks = []
    for layer in LAYERS:
        mine = [(float(i), bar) for i, step in enumerate(steps) for bar in _bars(step) if bar[0] == layer]
        if mine:
            marks.append(
                Bars(
                    NAMES[layer],
                    layer,
                    at=tuple(i for i, _ in mine),
                    length=tuple(length for _, (_, _, length, *_) in mine),
                    base=tuple(start for _, (_, start, *_) in mine),
                    labels=tuple(label for *_, (*_, label, _) in mine),
                    notes=tuple(note for *_, (*_, note) in mine),
                )
            )
    alt = "; ".join(f"{s.name} {units.text(s.duration_ms, 'ms')}" for s in steps[:10])
    names = tuple(map(_row_name, steps))
    return Chart(
        title,
        f"Waterfall of one request. {alt}.",
        Axis("time since the request came", "ms"),
        Axis("", scale="category", categories=names),
        tuple(marks),
    )


def _row_name(step: Step) -> str:
    """Return a line's name, as long as leaves its duration, which stands at the line's other end, room on a phone."""
    depth = min(step.depth, 6)
    return "\u2007" * depth + statements.brief(step.name, ROW_CHARACTERS - depth - len(units.text(step.duration_ms, "ms")))


def _bars(step: Step) -> list[tuple[str, float, float, str, str]]:
    """Return a step's bars as (layer, start, length, label, note): one, or for a folded step its layers' sums end to end."""
    said = f"{step.name}: {step.text}" if step.text else step.name
    duration = units.text(step.duration_ms, "ms")
    if not step.layers_ms:
        return [(step.layer, step.start_ms, step.duration_ms, duration, said)]
    bars, at = [], step.start_ms
    for layer, took in step.layers_ms.items():
        bars.append((layer, at, took, "" if bars else duration, f"{units.text(took, 'ms')} of {said}"))
        at += took
    return bars


def _table(steps: list[Step]) -> Table:
    rows = tuple(
        (
            s.name,
            NAMES[s.layer],
            str(s.count),
            units.text(s.start_ms, "ms"),
            units.text(s.duration_ms, "ms"),
            units.text(s.own_ms, "ms"),
            s.text or "–",
        )
        for s in steps
    )
    return Table("Spans of the request, folded", ("span", "layer", "spans", "start", "duration", "own time", "statement"), rows)
