"""A wreck's evidence as a whole: every file of it readable, and each byte as it was written.

``seal.json`` beside the record names each file with the SHA-256 of its bytes. A digit that a bad
disk turned, or a person mended, is a number like any other to the contract; here it is told.
Evidence made before there were seals has none, and is taken as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from scenarios import record as contract
from scenarios.errors import EvidenceError
from scenarios.record import Record

NAME = "seal.json"
_RESTORE = "restore it from version control or run 'invoke rebuild'"


def text(files: Mapping[str, str]) -> str:
    """Return the seal for ``files``: name, as in ``traces/<id>.json``, to content."""
    sums = {name: hashlib.sha256(content.encode()).hexdigest() for name, content in files.items()}
    return json.dumps({"sha256": sums}, sort_keys=True, indent=0) + "\n"


def read_whole(folder: Path) -> Record:
    """Return the record of the evidence in ``folder``, all of which was read. Raises EvidenceError that names the file at fault."""
    record = contract.read_record(folder)
    contract.read_samples(folder)
    contract.read_plans(folder)
    contract.read_series(folder)
    check(folder)
    return record


def check(folder: Path) -> None:
    """Compare the files in ``folder`` with its seal, if it has one. Raises EvidenceError for the first that differs."""
    if (folder / NAME).exists():
        _compare(folder, _sums(folder))


def _sums(folder: Path) -> dict[str, str]:
    origin = f"{folder.name}/{NAME}"
    try:
        sums = json.loads((folder / NAME).read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, RecursionError, KeyError, TypeError) as fault:
        raise EvidenceError(f"the sums of its files in {origin}", f"{type(fault).__name__}: {fault}", _RESTORE) from None
    if not isinstance(sums, dict):
        raise EvidenceError(f"the sums of its files in {origin}", f"{sums!r:.50}", _RESTORE)
    return sums


def _compare(folder: Path, sums: Mapping[str, str]) -> None:
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.json") if path.name != NAME}
    for name in sorted(sums.keys() | found.keys()):
        where = f"{folder.name}/{name}"
        if name not in found:
            raise EvidenceError(f"{where}, which the seal names", "no such file", _RESTORE)
        if name not in sums:
            raise EvidenceError(f"the files that {folder.name}/{NAME} names", f"{where} besides", _RESTORE)
        if hashlib.sha256(found[name].read_bytes()).hexdigest() != sums[name]:
            raise EvidenceError(f"{where} as it was written", f"other bytes than {folder.name}/{NAME} has the sum of", _RESTORE)
