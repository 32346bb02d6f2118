"""Evidence on disk: a wreck's folder replaced whole, or not at all."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scenarios import record as contract
from scenarios import seal
from scenarios.errors import EvidenceError
from scenarios.record import SIZE_BUDGET_BYTES, Plans, Record, Samples, SeriesFile

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_RENAME_SWAP = 2


@dataclass(frozen=True)
class Evidence:
    """All that a rebuild of one wreck leaves."""

    record: Record
    samples: Samples
    plans: Plans
    series: SeriesFile
    traces: Mapping[str, str]
    """OTLP/JSON by id."""


def write(folder: Path, evidence: Evidence) -> int:
    """Put a wreck's evidence into ``folder`` and return its size in bytes.

    Everything is written beside it, read back and checked, and then swapped in with one system
    call: a kill at any moment leaves the old set or the new one. Raises EvidenceError when the
    new set breaks the contract or its size budget, OSError when the disk will not have it; the
    old set is untouched then.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    try:
        new.chmod(0o755)
        (new / "traces").mkdir()
        models = {"record": evidence.record, "samples": evidence.samples, "plans": evidence.plans}
        if evidence.series.runs:
            models["series"] = evidence.series
        files = {f"{name}.json": contract.dumps(model) for name, model in models.items()}
        files |= {f"traces/{id_}.json": text for id_, text in evidence.traces.items()}
        files[seal.NAME] = seal.text(files)
        for name, text in files.items():
            _write_through(new / name, text)
        size_bytes = _check(new, evidence.traces)
        swap(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return size_bytes


def write_text(path: Path, text: str) -> None:
    """Put ``text`` into the file ``path``, all of it or, whatever happens, nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        _write_through(part, text)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_through(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _check(new: Path, traces: Mapping[str, str]) -> int:
    record = seal.read_whole(new)
    named = {id_ for e in record.experiments.values() for arm in e.arms.values() for id_ in arm.traces.values()}
    if missing := sorted(named - set(traces)):
        raise EvidenceError("every trace that the record names", f"none for {', '.join(missing)}", "report this: it is a fault of ours")
    size_bytes = sum(path.stat().st_size for path in new.rglob("*.json"))
    if size_bytes > SIZE_BUDGET_BYTES:
        raise EvidenceError(
            f"at most {SIZE_BUDGET_BYTES:,} bytes of evidence for {record.wreck}", f"{size_bytes:,}", "keep fewer samples or traces in its experiments"
        )
    return size_bytes


def swap(new: Path, folder: Path) -> None:
    """Make ``new`` stand at ``folder``; what stood there, if anything, stands at ``new`` after."""
    if not folder.exists():
        os.rename(new, folder)
        return
    if not _exchange(new, folder):
        # No such call here: two renames, and ``sweep`` undoes the first should we die between them.
        aside = folder.parent / f".{folder.name}.old"
        os.rename(folder, aside)
        os.rename(new, folder)
        shutil.rmtree(aside)


def sweep(folder: Path) -> None:
    """Mend what a killed write left beside ``folder``: bring an old set back, drop half-made ones."""
    aside = folder.parent / f".{folder.name}.old"
    if aside.exists():
        if folder.exists():
            shutil.rmtree(aside)
        else:
            os.rename(aside, folder)
    for left in folder.parent.glob(f".{folder.name}.new-*"):
        shutil.rmtree(left, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names atomically; return whether this system can."""
    with contextlib.suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None, use_errno=True)
        a, b = os.fsencode(one), os.fsencode(other)
        if sys.platform == "linux":
            return libc.renameat2(_AT_FDCWD, a, _AT_FDCWD, b, _RENAME_EXCHANGE) == 0
        if sys.platform == "darwin":
            return libc.renamex_np(a, b, _RENAME_SWAP) == 0
    return False
