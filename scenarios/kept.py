"""Evidence that is one file of ``site_data/`` and belongs to no wreck: how such a file is read, or refused by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from scenarios import record
from scenarios.errors import EvidenceError
from scenarios.record import Model

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Kept(Generic[M]):
    """One kind of file: ``bench.json``, say."""

    model: type[M]
    file: str
    what: str
    """In the plural, for people: ``benchmarks``."""
    field: str
    """Which of its fields holds its version."""
    version: int
    command: str
    """Makes it anew."""

    def loads(self, text: str, origin: str) -> M:
        """Return the model of ``text``. Raises EvidenceError for what is not JSON, is of another version, or does not fit."""
        do = f"restore it from version control or run '{self.command}'"
        try:
            version = json.loads(text).get(self.field)
        except (ValueError, RecursionError, AttributeError) as fault:
            raise EvidenceError(f"a JSON object in {origin}", str(fault), do) from None
        if version != self.version:
            do = f"run '{self.command}', or update this checkout"
            raise EvidenceError(f"{self.what} of version {self.version} in {origin}", f"version {version!r}", do)
        try:
            return record.loads(self.model, text, origin=origin)
        except EvidenceError as fault:
            raise EvidenceError(fault.wanted, fault.got, do) from None

    def read(self, site_data: Path) -> M | None:
        """Return what is kept in ``site_data``, None where there is none yet. Raises EvidenceError as ``loads`` does."""
        origin = f"{site_data.name}/{self.file}"
        try:
            text = (site_data / self.file).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as fault:
            raise EvidenceError(f"readable text in {origin}", str(fault), f"restore it or run '{self.command}'") from None
        return self.loads(text, origin)
