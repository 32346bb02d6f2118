"""Every number of an arm's rounds by its path, as tokens in prose name it."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.publish import units
from scenarios.publish.evidence_page.markup import table
from scenarios.record import Round

_NO_NUMBERS = ("round", "position")


def draw(where: str, rounds: list[Round]) -> str:
    """Return a table: a row a path, a column a round. Names end in their units."""
    found = [dict(paths(r.model_dump(exclude=set(_NO_NUMBERS)))) for r in rounds]
    names = dict.fromkeys(name for each in found for name in each)
    rows = ((name, *(units.digits(each[name], 4) if name in each else "–" for each in found)) for name in names)
    return table(f"Numbers of {where}", ("path", *(f"round {r.round}" for r in rounds)), rows)


def paths(value: dict, above: str = "") -> Iterator[tuple[str, float]]:
    """Yield each number beneath ``value`` with its dotted path; lists are for their own files."""
    for name, inner in value.items():
        path = f"{above}{name}"
        if isinstance(inner, dict):
            yield from paths(inner, path + ".")
        elif isinstance(inner, int | float) and not isinstance(inner, bool):
            yield path, inner
