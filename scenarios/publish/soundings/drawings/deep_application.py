"""From a line of Python to a whole request: what the application is made of, on the same axis as the list."""

from __future__ import annotations

from scenarios.publish import units
from scenarios.publish.charts.chart import Chart, Table
from scenarios.publish.dive import Fleet
from scenarios.publish.exhibit import Exhibit
from scenarios.publish.soundings import sounding
from scenarios.publish.soundings.drawings.deep import HERE, Row, axes, band, points
from scenarios.soundings import Soundings

GROUPS = {
    "Python itself": ("flask", 1, ("deep-python-lookup", "deep-python-attribute", "deep-python-lock", "deep-python-call")),
    "the kernel": ("accent", 0, ("deep-page-cache", "deep-round-trip-unix", "deep-round-trip-tcp")),
    "a statement": (
        "postgres", 2,
        ("deep-select-1", "deep-select-1-sqlalchemy", "deep-select-1-session", "deep-lookup", "deep-lookup-orm", "deep-scan"),
    ),  # fmt: skip
    "the disk": ("ink", 4, ("deep-disk-sync", "deep-commit-unwaited", "deep-commit")),
    "a request": ("nginx", 3, ("deep-nginx", "deep-request")),
}
"""Role and variant that each group is drawn in, and its soundings, in the picture's order."""


def draw(found: Soundings, fleet: Fleet) -> Exhibit:
    """Return the chart of the application's own latencies."""
    rows = {group: [_row(found, name) for name in names] for group, (_, _, names) in GROUPS.items()}
    title = _title(found)
    listed = [row for each in rows.values() for row in each]
    return Exhibit(
        title=title,
        caption="One operation at a time, nobody else asking; the mean over rounds of what one took. "
        f"Server and application are on one machine: no network is in it. {sounding.made(found)}",
        chart=_chart(title, found, rows, listed),
        table=Table(
            "What the application is made of", ("what", "here", "95 % interval, or why not", "how"),
            tuple((row.name, row.said, sounding.spread(row.kept), row.kept.how) for row in listed),
        ),
        command=found.command,
    )  # fmt: skip


def _row(found: Soundings, name: str) -> Row:
    kept = sounding.of(found, name)
    return Row(kept.title, sounding.told(kept), {HERE: (kept.measured.value,)} if kept.measured else {}, kept)


def _title(found: Soundings) -> str:
    asked, looked_up = (sounding.of(found, name).measured for name in ("deep-select-1", "deep-python-lookup"))
    if asked is None or looked_up is None:
        return "From a line of Python to a whole request"
    times = units.text(asked.value / looked_up.value, significant=2)
    return f"The least that a database can be asked costs as much as {times} look-ups in a dict"


def _chart(title: str, found: Soundings, rows: dict[str, list[Row]], listed: list[Row]) -> Chart:
    marks: list = [band(found)]
    for group, (role, variant, _) in GROUPS.items():
        places = [(value, float(listed.index(row))) for row in rows[group] for value in row.points_ns.get(HERE, ())]
        if places:
            marks.append(points(group, role, variant, places, listed))
    said = "; ".join(f"{row.name}: {row.said}" for row in listed)
    return Chart(title, f"Points on a logarithmic axis of time. {said}.", *axes(listed), tuple(marks))
