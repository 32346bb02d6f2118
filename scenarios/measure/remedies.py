"""What an operator can do about a busy neighbour while it is busy, each by name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

REMEDIES: dict[str, Callable] = {}
"""Name to what is done, with the stage, when the operator acts."""


class Operator:
    """Watches, and acts where its arm says so."""

    def __init__(self):
        self.did: list[tuple[float, str]] = []
        """Unix time and words of each thing done."""

    def act(self) -> None:
        """Do what is due now, if anything."""


@contextlib.contextmanager
def operator(stage) -> Iterator[Operator]:
    """Give the operator of this run."""
    yield Operator()


def why_not(name: str) -> str | None:
    """Return why a remedy cannot be had here, None if it can."""
    return None if name in REMEDIES else "there is no such remedy"
