"""Where soundings are taken, and how many of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scenarios import soundings as contract
from scenarios.measure.options import PUBLISHABLE_ROUNDS
from scenarios.measure.world import Place as Database
from scenarios.measure.world import World
from scenarios.soundings import Sounding
from scenarios.wreck import Arm

AS_LOADED = Arm("as-loaded", "Data as loaded", handler="")


@dataclass(frozen=True)
class Size:
    """How much is measured. A part makes its own numbers of these."""

    scale: str = "talk"
    """Of the dice world that is up."""
    rounds: int = 10
    """Of what is quick to measure. What takes seconds has fewer, at least 5 to be published."""
    round_s: float = 0.05
    """How long a round of a small thing goes on, at least."""
    traffic_s: float = 1.0
    """How long a round of traffic goes on."""
    command: str = contract.COMMAND

    @property
    def is_quick(self) -> bool:
        return self.rounds < PUBLISHABLE_ROUNDS


FULL = Size()
QUICK = Size("small", rounds=2, round_s=0.002, traffic_s=0.1, command=f"{contract.COMMAND} --quick")


@dataclass(frozen=True)
class Place:
    """A dice world that is up, on a Postgres of our own, and a folder for what is written on the way: raw logs, sockets."""

    world: World
    folder: Path
    database: Database = field(init=False)
    """Where the tables are, as they were loaded: ``database.connect()``, ``database.url``."""

    def __post_init__(self):
        object.__setattr__(self, "database", self.world.place(AS_LOADED))


Begin = Callable[[str], None]
"""Says what is begun now."""
Measured = Callable[[Place, Size, Begin], Mapping[str, Sounding]]
"""What a part is: it returns its soundings by name, ``myth-...`` or ``deep-...``, those that cannot be had too, with why."""
