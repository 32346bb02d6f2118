"""What a request asked again and again: how many statements, how many kinds of them, and in which runs."""

from __future__ import annotations

from scenarios.errors import EvidenceError
from scenarios.publish.charts.chart import Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit, chosen_arms, chosen_experiment
from scenarios.publish.traces import repeats
from scenarios.publish.traces.spans import read_spans, repeats_in_words, statements_of

OPTIONS = ("experiment", "arms", "trace", "title")
USUAL = 5
"""Equal statements in a row that the usual detector waits for."""


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``arms`` (all that kept traces), ``trace``: which of an arm's traces (``median``)."""
    name, experiment = chosen_experiment(dive, options)
    which = options.get("trace", "median")
    arms = {n: a for n, a in chosen_arms(dive, name, options).items() if which in a.traces}
    if not arms:
        raise EvidenceError(f"traces '{which}' of {dive.slug} {name}", "none", "choose an experiment that keeps traces")
    sent = {n: [" ".join(sql.split()) for sql in statements_of(read_spans(dive.trace(a.traces[which])))] for n, a in arms.items()}
    first = next(iter(arms))
    title = options.get("title") or f"{arms[first].title}: {_finding(sent[first])}"
    rows = tuple((arm.title, *_row(sent[n])) for n, arm in arms.items())
    columns = ("arm", "statements", "repeated", "different", "alike in a row", "seen as N+1")
    return Exhibit(
        title=title,
        caption=f"Statements of one request an arm (its {which} one), parameters aside, in the order they were sent. {experiment.title}. "
        f"Repeated: every run of {repeats.FEWEST} or more of a pattern of up to {repeats.LONGEST} statements, and runs of such runs. "
        f"Alike in a row: the most equal statements one after the other; a detector that waits for {USUAL} of them sees N+1 or does not.",
        table=Table(title, columns, rows),
        command=experiment.command,
        evidence=f"traces/{arms[first].traces[which]}.json",
    )


def _runs(sent: list[str]) -> list[repeats.Part]:
    return [part for part in repeats.folded(sent) if part.repeats > 1]


def _words(part: repeats.Part) -> str:
    return repeats_in_words([(times, tuple((sql,) for sql in what)) for times, what in repeats.tally(part)])


def _finding(sent: list[str]) -> str:
    found = _runs(sent)
    if not found:
        return f"{len(sent)} statements, none of them in a run"
    covered = sum(part.end - part.start for part in found)
    alike = repeats.in_a_row(sent)
    alone = "never two alike in a row" if alike == 1 else f"at most {alike} alike in a row"
    return f"{covered} of {len(sent)} statements are {'; '.join(map(_words, found))}, and {alone}"


def _row(sent: list[str]) -> tuple[str, ...]:
    alike = repeats.in_a_row(sent)
    found = "; ".join(map(_words, _runs(sent))) or "nothing"
    return str(len(sent)), found, str(len(set(sent))), str(alike), "yes" if alike >= USUAL else "no"
