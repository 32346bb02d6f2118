"""The query log: statements by how often and how long, and the slowest lines as the server wrote them."""

from __future__ import annotations

import math
from html import escape

from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Points, Table
from scenarios.publish.dive import Dive
from scenarios.publish.evidence_page import anchors
from scenarios.publish.exhibit import Exhibit, Linked, arm_role, chosen_arms, chosen_experiment, requests, whole_number
from scenarios.publish.traces import statements
from scenarios.record import LoggedStatement, Statement

OPTIONS = ("experiment", "arms", "salvaged", "lines", "title")
_MARKS = "Each mark is one kind of statement; on a dashed diagonal all have cost the same in total, which stands at its end. "


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Option ``arms``: default ``wrecked``; ``lines``: how many of the slow log's lines to show (3)."""
    name, experiment = chosen_experiment(dive, options)
    arms = chosen_arms(dive, name, {"arms": "wrecked"} | options)
    named = _named(arms)
    if not named:
        raise EvidenceError(f"statements of {dive.slug} {name}", "none logged", "choose an experiment whose probes were on")
    only = len(named) == 1  # a single mark is no picture: the table says it all
    worst = max((s for _, _, s in named), key=lambda s: s.total_ms)
    title = options.get("title") or f"{worst.calls:,} calls of {units.text(worst.mean_ms, 'ms')}: {statements.name(worst.text)}"
    return Exhibit(
        title=title,
        caption=("" if only else _MARKS)
        + "Over all rounds, by the database's own count. "
        + "; ".join(f"{a.title}: n = {requests(a):,} requests" for a in arms.values())
        + ".",
        chart=None if only else _chart(title, arms, named, options),
        html=("" if only else _key(named)) + _slow_log(arms, whole_number(options, "lines", 3)),
        table=_table(named),
        command=experiment.command,
        anchor=anchors.arms(name, list(arms)),
        linked=Linked(name, tuple(arms), statements=True),
    )


def _named(arms) -> list[tuple[str, str, Statement]]:
    """Return (letter, arm, statement), the most costly first within each arm."""
    found = [(arm, s) for arm, a in arms.items() for s in sorted(a.statements, key=lambda s: -s.total_ms) if s.mean_ms > 0]
    return [(f"{chr(65 + i % 26)}{i // 26 or ''}", arm, s) for i, (arm, s) in enumerate(found)]


def _chart(title, arms, named, options) -> Chart:
    calls = [s.calls for *_, s in named]
    means = [s.mean_ms for *_, s in named]
    x, y = (min(calls) / 4, max(calls) * 4), (min(means) / 4, max(means) * 4)
    marks = list(diagonals(x, y))
    for arm, result in arms.items():
        mine = [(letter, s) for letter, of, s in named if of == arm]
        if mine:
            marks.append(
                Points(
                    result.title,
                    arm_role(arm, result, options),
                    tuple(float(s.calls) for _, s in mine),
                    tuple(s.mean_ms for _, s in mine),
                    labels=tuple(letter for letter, _ in mine),
                    notes=tuple(statements.brief(s.text, 120) for _, s in mine),
                )
            )
    alt = "; ".join(f"{letter}: {s.calls:,} calls, mean {units.text(s.mean_ms, 'ms')}" for letter, _, s in named[:8])
    axes = Axis("calls, log scale", scale="log", low=x[0], high=x[1]), Axis("mean, log scale", "ms", "log", low=y[0], high=y[1])
    return Chart(title, f"Scatter of mean duration against calls. {alt}.", *axes, tuple(marks))


def _key(named) -> str:
    """Return what the letters stand for: written beside the marks, such names run into each other."""
    items = "".join(f"<li><strong>{letter}</strong> {escape(statements.brief(statements.name(s.text), 60))}</li>" for letter, _, s in named)
    return f'<ul class="exhibit-legend" aria-label="The marks, by letter">{items}</ul>'


def diagonals(x: tuple[float, float], y: tuple[float, float]):
    """Yield a guide for each power of ten of total time that crosses the picture."""
    low, high = math.log10(x[0] * y[0]), math.log10(x[1] * y[1])
    for power in range(math.ceil(low), math.floor(high) + 1):
        total = 10.0**power
        left, right = max(x[0], total / y[1]), min(x[1], total / y[0])
        if right / left > 4:
            # A word fits at the end of those only that end at the right.
            word = units.text(total, "ms") if right == x[1] else ""
            yield Line(f"total {total:g} ms", "muted", (left, right), (total / left, total / right), label=word, thin=True)


def _table(named) -> Table:
    rows = tuple(
        (
            letter,
            statements.brief(s.text, 400),
            f"{s.calls:,}",
            units.text(s.mean_ms, "ms"),
            units.text(s.max_ms, "ms"),
            units.text(s.total_ms, "ms"),
            f"{s.rows:,}",
            f"{s.shared_blocks_hit:,} / {s.shared_blocks_read:,}",
        )
        for letter, _, s in named
    )
    return Table(
        "Statements, the most costly first", ("mark", "statement", "calls", "mean", "max", "total", "rows", "blocks hit / read"), rows
    )


def _slow_log(arms, most: int) -> str:
    lines = [line for arm in arms.values() for line in arm.slow_log]
    lines = sorted(lines, key=lambda line: -line.duration_ms)[:most]
    if not lines:
        return ""
    items = "".join(f"<li>{_line(line)}</li>" for line in lines)
    return f'<p class="exhibit-subtitle">The slowest lines of the server’s own log</p><ol class="wreck-log">{items}</ol>'


def _line(line: LoggedStatement) -> str:
    when = f" at {units.text(line.offset_s, 's')}" if line.offset_s is not None else ""
    trace = f' data-trace="{escape(line.trace_id)}"' if line.trace_id else ""
    return f"<code{trace}>duration: {line.duration_ms:.3f} ms{when}: {escape(' '.join(line.text.split()))}</code>"
