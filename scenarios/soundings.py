"""What was measured of this machine and its Pythons, apart from any wreck: ``site_data/soundings.json``, left by ``invoke rebuild``.

A sounding is one small quantity: what a piece of folk wisdom saves, how long a row of the list of latencies takes.
``measure`` writes it, ``publish`` reads it. Strict as the records are. Units stand last in names.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from scenarios.kept import Kept
from scenarios.record import Environment, Hex, Interval, Model, Name, NonNegative

SOUNDINGS_VERSION = 1
# History
# 1  the first.

FILE = "soundings.json"
COMMAND = "invoke rebuild"

Unit = Literal["ns", "ms", "s", "bytes", "share", "times", "per_s", "count"]


class Sounding(Model):
    """One quantity with its interval over rounds, or why it could not be had."""

    title: str
    """What it is, as a row of a table says it."""
    unit: Unit
    measured: Interval | None = None
    """Over rounds; a time is of one operation."""
    operations: int | None = None
    """How many one round took the time of."""
    absent: str | None = None
    """Why it was not measured here."""
    how: str = ""
    """How it was measured, in a sentence: what was timed, by what, and what was subtracted."""
    python: str | None = None
    """The version that ran it, where that matters."""

    @model_validator(mode="after")
    def _measured_or_absent(self):
        if (self.measured is None) == (self.absent is None):
            raise ValueError("what was measured, or why it was not: one of them")
        return self


class Soundings(Model):
    soundings_version: Literal[1] = SOUNDINGS_VERSION
    made_at: datetime
    publishable: bool
    """False for a quick run, which shows only that all works."""
    command: str
    commit: Hex | None
    commit_is_clean: bool
    code_sha256: Hex
    """Of what takes the soundings and of the machinery it uses."""
    environment: Environment
    elapsed_s: NonNegative
    soundings: Annotated[dict[Name, Sounding], Field(min_length=1)]
    """By name; a name begins with the page it is for: ``myth-`` or ``deep-``."""


KEPT = Kept(Soundings, FILE, "soundings", "soundings_version", SOUNDINGS_VERSION, COMMAND)
loads, read = KEPT.loads, KEPT.read
