"""The list of latencies as the talk had it in 2016 (slide 16), and which sounding of ours stands beside each row.

Its author is Colin Scott (Berkeley), who made Jeff Dean's list, itself after Peter Norvig's of 2002, a page with a slider for the year:
https://github.com/colin-scott/interactive_latencies. There each figure is a formula of the year, none a measurement.
"""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.errors import UsageError, nearest

WHERE = "slide 16"


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    name: str
    """As a token of the logbook has it."""
    title: str
    talk_ns: float
    sounding: str


LIST = (
    Row("l1", "L1 cache reference", 1, "deep-l1"),
    Row("branch", "Branch mispredict", 3, "deep-branch"),
    Row("mutex", "Mutex lock and unlock", 17, "deep-mutex"),
    Row("memory", "Main memory reference", 100, "deep-memory"),
    Row("ssd-random", "SSD random read", 16_000, "deep-disk-random"),
    Row("ssd-1mb", "Read 1 MB from SSD", 123_000, "deep-disk-1mb"),
    Row("datacentre", "Round trip in a data centre", 500_000, "deep-round-trip-datacentre"),
    Row("disk-1mb", "Read 1 MB from disk", 1_000_000, "deep-spinning-1mb"),
    Row("seek", "Disk seek", 3_000_000, "deep-spinning-seek"),
    Row("wan", "Round trip, California to Amsterdam", 150_000_000, "deep-round-trip-wan"),
)


_PREFIX = "logbook:"
"""Of a token's subject: ``logbook:l1``, or ``logbook:wan / l1`` for how many times the second is in the first."""


def is_about(subject: str) -> bool:
    """Return whether the subject of a token of soundings is a figure of this list, and no measurement of ours."""
    return subject.startswith(_PREFIX)


def figure(subject: str) -> tuple[float, str, str]:
    """Return (value, unit, where from) of such a subject. Raises UsageError for a row that is none."""
    names = [name.strip() for name in subject.removeprefix(_PREFIX).split("/")]
    rows = [row(name) for name in names]
    said = f"the talk, 2016, {WHERE}: " + ", divided by: ".join(each.title for each in rows)
    if len(rows) == 1:
        return rows[0].talk_ns, "ns", said
    if len(rows) > 2:
        raise UsageError("a row, or two parted by '/'", f"'{subject}'", "write 'logbook:wan / l1'")
    return rows[0].talk_ns / rows[1].talk_ns, "times", said


def row(name: str) -> Row:
    """Return the row of that name. Raises UsageError naming the nearest."""
    for each in LIST:
        if each.name == name:
            return each
    raise UsageError("a row of the talk's list of latencies", f"'{name}'", nearest(name, [each.name for each in LIST]))
