"""Frequency times duration: the kinds of statement, or the pages, of several runs, placed by calls and mean, in order of the total."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scenarios.errors import EvidenceError, UsageError, nearest
from scenarios.publish import others, units
from scenarios.publish.charts.chart import Axis, Chart, Points, Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, chosen_experiment, whole_number
from scenarios.publish.exhibits.query_log import diagonals
from scenarios.publish.html import data_table
from scenarios.publish.traces import statements
from scenarios.record import NeighbourRound, Round

OPTIONS = ("experiment", "arm", "others", "of", "most", "title")
MOST = 12


@dataclass(frozen=True)
class Kind:
    """One kind of thing that takes time, over all rounds of one run: a kind of statement, or a page."""

    wreck: str
    name: str
    text: str
    calls: int
    total_ms: float

    @property
    def mean_ms(self) -> float:
        return self.total_ms / self.calls


@dataclass(frozen=True)
class Subject:
    """What is priced, and the words for it."""

    word: str
    words: str
    whose: str
    role: str
    """Of its marks."""
    find: Callable[[Dive, str, str], list[Kind]]


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``of``: ``statements``, or ``pages``; ``arm`` (``wrecked``); ``others``: runs of other wrecks, each
    ``wreck.experiment.arm``; ``most``: how many kinds to show (12), the most costly first.
    """
    name, experiment = chosen_experiment(dive, options)
    of = options.get("of", "statements")
    if of not in SUBJECTS:
        raise UsageError("what to price for option 'of'", f"'{of}'", nearest(of, SUBJECTS))
    subject = SUBJECTS[of]
    runs = [subject.find(dive, name, options.get("arm", "wrecked")), *others.drawn(dive, options, others.RUN, subject.find)]
    found = sorted((kind for run in runs for kind in run), key=lambda kind: (-kind.total_ms, kind.wreck, kind.text))
    if not found:
        raise EvidenceError(f"{subject.words} of {dive.slug} {name}", "none", "choose an experiment whose probes were on")
    shown = found[: whole_number(options, "most", MOST)]
    title = options.get("title") or _finding(found, subject)
    return Exhibit(
        title=title,
        caption=f"Each mark is one {subject.word}, over all rounds of its wreck’s run; "
        f"on a dashed diagonal all have cost the same in total. {_left_out(found, shown)}"
        "Each run had the traffic of its own experiment: how often a page is asked for is part of the finding.",
        chart=_chart(title, shown, subject) if len(shown) > 1 else None,
        # Not folded: its order is what there is to see, and it says what the letters stand for.
        html=data_table(_table(found, shown, subject), folded=False) + others.links(dive, options, others.RUN),
        command=experiment.command,
    )


# --- what takes time -------------------------------------------------------------------------------


def _statements(dive: Dive, experiment: str, arm: str) -> list[Kind]:
    found = dive.arm(experiment, arm).statements
    return [Kind(dive.wreck.title, statements.name(s.text), s.text, s.calls, s.total_ms) for s in found if s.calls and s.total_ms > 0]


def _pages(dive: Dive, experiment: str, arm: str) -> list[Kind]:
    """Return the run's own page, and its neighbour's where it had one."""
    rounds = dive.arm(experiment, arm).rounds
    declared = next((e for e in dive.wreck.experiments if e.name == experiment), None)
    own = (declared.paths if declared else None) or dive.wreck.paths
    found = [_page(dive.wreck.title, own, rounds)]
    if declared and declared.neighbour:
        found.append(_page(f"{dive.wreck.title}, the neighbour", declared.neighbour.paths, [r.neighbour for r in rounds if r.neighbour]))
    return [kind for kind in found if kind is not None]


def _page(wreck: str, paths: Sequence[str], rounds: Sequence[Round | NeighbourRound]) -> Kind | None:
    answered = [r.latency_ms for r in rounds if r.latency_ms.mean]
    if not answered:
        return None
    name = f"/{paths[0].strip('/').split('/')[0]}/…"
    return Kind(wreck, name, name, sum(q.n for q in answered), sum(q.n * q.mean for q in answered))


SUBJECTS = {
    "statements": Subject("kind of statement", "kinds of statement", "the database’s time", "postgres", _statements),
    "pages": Subject("page", "pages", "the time that people waited", "flask", _pages),
}


# --- words -----------------------------------------------------------------------------------------


def _total_ms(kinds: Sequence[Kind]) -> float:
    return sum(kind.total_ms for kind in kinds)


def _finding(found: Sequence[Kind], subject: Subject) -> str:
    first = found[0]
    share = units.text(first.total_ms / _total_ms(found), "share", significant=2)
    calls = f"{first.calls:,} calls of {units.text(first.mean_ms, 'ms')}"
    return f"{share} of {subject.whose} went into one of {len(found)} {subject.words}: {calls}"


def _left_out(found: Sequence[Kind], shown: Sequence[Kind]) -> str:
    rest = found[len(shown) :]
    if not rest:
        return ""
    share = units.text(_total_ms(rest) / _total_ms(found), "share", significant=2)
    return f"Left out: {len(rest)} more, together {share} of the time. "


def _letter(at: int) -> str:
    return f"{chr(65 + at % 26)}{at // 26 or ''}"


def _nth(place: int) -> str:
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"


# --- pictures --------------------------------------------------------------------------------------


def _chart(title: str, shown: Sequence[Kind], subject: Subject) -> Chart:
    calls, means = [kind.calls for kind in shown], [kind.mean_ms for kind in shown]
    x, y = (min(calls) / 4, max(calls) * 4), (min(means) / 4, max(means) * 4)
    marks = list(diagonals(x, y))
    for variant, wreck in enumerate(dict.fromkeys(kind.wreck for kind in shown)):
        mine = [(_letter(i), kind) for i, kind in enumerate(shown) if kind.wreck == wreck]
        marks.append(
            Points(
                wreck,
                subject.role,
                tuple(float(kind.calls) for _, kind in mine),
                tuple(kind.mean_ms for _, kind in mine),
                variant,
                labels=tuple(letter for letter, _ in mine),
                notes=tuple(f"{letter}: {statements.brief(kind.text, 120)}" for letter, kind in mine),
            )
        )
    said = "; ".join(f"{_letter(i)}: {k.calls:,} calls, mean {units.text(k.mean_ms, 'ms')}" for i, k in enumerate(shown[:8]))
    axes = Axis("calls, log scale", scale="log", low=x[0], high=x[1]), Axis("mean, log scale", "ms", "log", low=y[0], high=y[1])
    return Chart(title, f"Scatter of mean duration against calls. {said}.", *axes, tuple(marks))


def _table(found: Sequence[Kind], shown: Sequence[Kind], subject: Subject) -> Table:
    by_calls, by_mean, whole = _places([k.calls for k in found]), _places([k.mean_ms for k in found]), _total_ms(found)
    rows = tuple(
        (
            f"{_letter(i)}: {kind.name}",
            kind.wreck,
            f"{kind.calls:,} ({by_calls[i]})",
            f"{units.text(kind.mean_ms, 'ms')} ({by_mean[i]})",
            units.text(kind.total_ms, "ms"),
            units.text(kind.total_ms / whole, "share", significant=2),
        )
        for i, kind in enumerate(shown)
    )
    columns = (subject.word, "wreck", "calls (place)", "mean (place)", "total", "share")
    return Table(f"{subject.words.capitalize()} in order of total time; in brackets the place by calls alone, by mean alone", columns, rows)


def _places(values: Sequence[float]) -> list[str]:
    """Return each value's place, ``1st`` for the greatest; equals share the better one."""
    ordered = sorted(values, reverse=True)
    return [_nth(ordered.index(value) + 1) for value in values]
