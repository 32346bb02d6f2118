"""Two requests on one scale, one above the other: where the slow one is longer, and whether it did anything else."""

from __future__ import annotations

from scenarios.errors import EvidenceError, UsageError, nearest
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, Linked, chosen_experiment
from scenarios.publish.neighbours import PHASE_WORDS, ms
from scenarios.publish.traces import statements
from scenarios.publish.traces.layer_names import NAMES
from scenarios.publish.traces.spans import Span, read_spans
from scenarios.record import LAYERS

OPTIONS = ("experiment", "arm", "first", "second", "title")
WHOLE = "the whole request"


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options ``first`` and ``second``: which of the arm's traces (``before``, ``during``)."""
    name, experiment = chosen_experiment(dive, options)
    arm = dive.arm(name, options.get("arm", "wrecked"))
    which = [options.get("first", "before"), options.get("second", "during")]
    if missing := [w for w in which if w not in arm.traces]:
        wanted = f"a trace of {dive.slug} {name}.{options.get('arm', 'wrecked')}"
        raise UsageError(wanted, f"'{missing[0]}'", nearest(missing[0], arm.traces))
    traces = [read_spans(dive.trace(arm.traces[w])) for w in which]
    if not all(traces):
        raise EvidenceError(f"spans in two traces of {dive.slug} {name}", "none", "run 'invoke rebuild' to make them")
    asked = [_asked(spans) for spans in traces]
    same = [_text(s) for s in asked[0]] == [_text(s) for s in asked[1]]
    title = options.get("title") or _title(traces, asked, same)
    return Exhibit(
        title=title,
        caption=f"The middle request of each part, by how long it took: {which[0]} and {which[1]}; n = 2 requests. "
        f"Each stretch of time has the colour of the innermost layer that had it. {experiment.title}; arm: {arm.title}.",
        chart=_chart(title, which, traces),
        table=_table(asked, which, same),
        command=experiment.command,
        evidence=f"traces/{arm.traces[which[1]]}.json",
        linked=Linked(name, (options.get("arm", "wrecked"),), traces=tuple(arm.traces[w] for w in which)),
    )


def _asked(spans: list[Span]) -> list[Span]:
    return [s for s in spans if s.layer == "sqlalchemy"]


def _text(span: Span) -> str:
    return " ".join(span.sql.split()) or span.name


def _took(span: Span) -> float:
    return span.end_ms - span.start_ms


def _whole(spans: list[Span]) -> float:
    return max(s.end_ms for s in spans)


def _title(traces, asked, same: bool) -> str:
    whole = [_whole(spans) for spans in traces]
    if not same:
        return f"{ms(whole[0])} and {ms(whole[1])}: {len(asked[0])} statements and {len(asked[1])}, not the same ones"
    grown = sorted(range(len(asked[0])), key=lambda i: _took(asked[0][i]) - _took(asked[1][i]))[:2]
    sums = [sum(_took(of[i]) for i in grown) for of in asked]
    return f"The same {len(asked[0])} statements, {ms(whole[0])} and {ms(whole[1])}: two of them went from {ms(sums[0])} to {ms(sums[1])}"


def flattened(spans: list[Span]) -> list[tuple[str, float, float]]:
    """Return a request as (layer, start, length) in ms, one after another: each moment is the innermost span's."""
    depth = _depths(spans)
    edges = sorted({edge for s in spans for edge in (s.start_ms, s.end_ms)})
    found: list[tuple[str, float, float]] = []
    for start, end in zip(edges, edges[1:], strict=False):
        inside = [s for s in spans if s.start_ms <= start and s.end_ms >= end]
        if not inside:
            continue
        layer = max(inside, key=lambda s: (depth[s.ident], LAYERS.index(s.layer))).layer
        if found and found[-1][0] == layer and abs(found[-1][1] + found[-1][2] - start) < 1e-9:
            found[-1] = (layer, found[-1][1], end - found[-1][1])
        else:
            found.append((layer, start, end - start))
    return found


def _depths(spans: list[Span]) -> dict[str, int]:
    by_ident = {s.ident: s for s in spans}
    found: dict[str, int] = {}
    for span in spans:
        depth, at = 0, span
        while at.parent in by_ident:
            depth, at = depth + 1, by_ident[at.parent]
        found[span.ident] = depth
    return found


def _chart(title: str, which: list[str], traces: list[list[Span]]) -> Chart:
    flat = [flattened(spans) for spans in traces]
    marks = []
    for layer in LAYERS:
        mine = [(float(row), start, length) for row, parts in enumerate(flat) for of, start, length in parts if of == layer]
        if mine:
            at, base, length = zip(*mine, strict=True)
            marks.append(Bars(NAMES[layer], layer, at, length, base, notes=tuple(f"{NAMES[layer]}: {ms(v)}" for v in length)))
    names = tuple(f"due {PHASE_WORDS.get(w, w)}: {ms(_whole(spans))}" for w, spans in zip(which, traces, strict=True))
    axes = Axis("time since the request was sent", "ms"), Axis("", scale="category", categories=names)
    return Chart(title, f"Two requests along one axis. {'; '.join(names)}.", *axes, tuple(marks))


def _table(asked: list[list[Span]], which: list[str], same: bool) -> Table:
    rows = []
    for i in range(max(len(asked[0]), len(asked[1]))):
        pair = [of[i] if i < len(of) else None for of in asked]
        one = next(s for s in pair if s)
        times = [_took(s) if s else None for s in pair]
        grown = units.with_unit(units.digits(times[1] / times[0]), "times") if all(times) else "–"
        name = f"{i + 1}. {statements.name(one.sql) or one.name}"
        rows.append((name, *(ms(t) for t in times), grown if same else "–", statements.brief(_text(one), 160)))
    return Table("Statements in the order they were sent", ("statement", *which, "grew", "text"), tuple(rows))
