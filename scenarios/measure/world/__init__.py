"""The dice world, loaded and proven, on a Postgres of our own or an owner's."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from scenarios.diceworld.scales import scale_named
from scenarios.measure.world.embedded import embedded_world
from scenarios.measure.world.external import external_world
from scenarios.measure.world.world import ArmAbsent, Place, World

__all__ = ["ArmAbsent", "Place", "World", "open_world"]


def open_world(
    scale: str,
    seed: int,
    run_folder: Path,
    settings: Mapping[str, str | int] | None = None,
    *,
    cast: tuple[str, ...] = (),
    database_url: str | None = None,
) -> AbstractContextManager[World]:
    """Return a context manager that gives the world of ``scale`` and ``seed``, verified.

    Without ``database_url`` it is on a Postgres of its own, whose data and log lie in
    ``run_folder`` (one for each world) and which runs with ``settings``. ``cast`` holds SQL
    patterns of logins that must be there. Raises UsageError for an unknown scale, StackError for what went wrong.
    """
    if database_url:
        return external_world(scale_named(scale), seed, database_url, cast)
    return embedded_world(scale_named(scale), seed, run_folder, settings or {}, cast)
