"""How large a dice world is, by name."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.errors import UsageError, nearest

DEFAULT_SEED = 3040
"""With this one the three players called jgarcia sit in 51 games at scale ``talk``, which made the talk's 106 queries."""


@dataclass(frozen=True)
class Scale:
    name: str
    players: int
    rolls: int
    """Games follow from this: about one for every 60 rolls."""


SCALES = {
    scale.name: scale
    for scale in (
        Scale("small", players=200, rolls=5_000),
        Scale("tenth", players=2_000, rolls=50_000),
        Scale("talk", players=2_000, rolls=500_000),
        Scale("deep", players=2_000, rolls=5_000_000),
        Scale("huge", players=2_000, rolls=50_000_000),
    )
}


def scale_named(name: str) -> Scale:
    """Return the scale called ``name``. Raises UsageError naming those there are."""
    if name not in SCALES:
        raise UsageError("a scale", f"'{name}'", nearest(name, SCALES))
    return SCALES[name]
