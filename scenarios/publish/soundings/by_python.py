"""Ways to write one thing, each timed on every Python there was."""

from __future__ import annotations

from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Points, Table
from scenarios.publish.exhibit import Exhibit
from scenarios.publish.soundings import sounding
from scenarios.record import Interval
from scenarios.soundings import Sounding, Soundings

ON_ANOTHER = "-python-"


def versions(found: Soundings, name: str) -> dict[str, Sounding]:
    """Return a sounding on every Python, by its suffix ("" for our own), oldest first, those that are absent too."""
    mine = {key.removeprefix(name): each for key, each in found.soundings.items() if key == name or key.startswith(name + ON_ANOTHER)}
    return dict(sorted(mine.items(), key=lambda item: _version(item[0], item[1])))


def _version(suffix: str, each: Sounding) -> list[int]:
    text = each.python or suffix.removeprefix(ON_ANOTHER).replace("-", ".")
    return [int(part) for part in text.split(".") if part.isdigit()]


def draw(found: Soundings, ways: dict[str, tuple[str, str]], title: str, what: str) -> Exhibit:
    """Draw ``ways``, by sounding a name and a role, on a logarithmic axis, a row a Python; ``what`` one operation is."""
    by_way = {name: versions(found, name) for name in ways}
    measured = [suffix for suffix, each in versions(found, next(iter(ways))).items() if each.measured]
    names = [f"Python {by_way[next(iter(ways))][suffix].python}" for suffix in measured]
    marks, said = [], []
    for name, (label, role) in ways.items():
        known = ((at, by_way[name].get(suffix)) for at, suffix in enumerate(measured))
        here = [(at, each.measured) for at, each in known if each and each.measured]
        x, y = tuple(each.value for _, each in here), tuple(float(at) for at, _ in here)
        marks.append(Points(label, role, x, y, notes=tuple(_note(label, each) for _, each in here)))
        said += [f"{names[at]}, {label}: {units.text(each.value, 'ns')}" for at, each in here]
    rounds = max((len(each.rounds) for name in ways for each in [by_way[name][""].measured] if each), default=0)
    return Exhibit(
        title=title,
        caption=f"Time of one {what}, mean over {rounds} {'process' if rounds == 1 else 'processes'}, the quickest of each, by pyperf. "
        + sounding.made(found),
        chart=Chart(
            title, f"Marks on a logarithmic axis, a row for each Python: {'; '.join(said)}.",
            Axis(f"time of one {what}, log scale", "ns", "log"), Axis("", scale="category", categories=tuple(names)), tuple(marks),
        ),
        table=Table(title, ("way", "Python", "time", "95 % interval"), tuple(_rows(ways, by_way))),
        command=found.command,
    )  # fmt: skip


def _note(label: str, measured: Interval) -> str:
    return f"{label}: {units.text(measured.value, 'ns')}"


def _rows(ways: dict[str, tuple[str, str]], by_way: dict[str, dict[str, Sounding]]):
    for name, (label, _) in ways.items():
        for suffix, each in by_way[name].items():
            python = each.python or suffix.removeprefix(ON_ANOTHER).replace("-", ".")
            yield label, python, sounding.told(each), sounding.spread(each)
