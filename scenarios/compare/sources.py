"""Where records to compare come from: a file, a wreck's folder, a folder of wrecks, or a commit."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scenarios.errors import EvidenceError, UsageError
from scenarios.record import Record, loads, read_record

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = "site_data"
_WANTED = "a record.json, a folder of evidence or a commit"


@dataclass(frozen=True)
class Source:
    """Records by wreck, and what they were asked for as."""

    given: str
    records: dict[str, Record]
    is_one: bool
    """Whether one record was named, rather than all that there are."""


def find(given: str, repository: Path = ROOT) -> Source:
    """Return the records that ``given`` names; what lies on disk comes before a commit of that name.

    Raises UsageError for what is neither, EvidenceError for evidence that is missing or damaged.
    """
    path = Path(given)
    if path.is_file():
        return _one(given, _file(path))
    if not path.is_dir():
        return Source(given, _committed(given, repository), is_one=False)
    if (path / "record.json").is_file():
        return _one(given, read_record(path))
    folders = sorted(file.parent for file in path.glob("*/record.json"))
    if not folders:
        raise UsageError(f"a record.json in {path.name or given}/ or one folder down", "none", "name a wreck's folder or one of wrecks")
    return Source(given, {record.wreck: record for record in map(read_record, folders)}, is_one=False)


def _one(given: str, record: Record) -> Source:
    return Source(given, {record.wreck: record}, is_one=True)


def _file(path: Path) -> Record:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise EvidenceError(f"readable text in {path.name}", str(fault), "give a record.json") from None
    return loads(Record, text, origin=path.name)


def _committed(given: str, repository: Path) -> dict[str, Record]:
    """Return the evidence of a commit, as ``git show COMMIT:site_data/<slug>/record.json``."""
    # A name that begins with a dash would be an option.
    commit = "" if given.startswith("-") else _git(repository, "rev-parse", "--verify", "--quiet", f"{given}^{{commit}}")
    if not commit:
        raise UsageError(_WANTED, f"'{given}', which is no path and no commit here", "see 'git log --oneline' for commits")
    listed = _git(repository, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit.strip(), f"{EVIDENCE}/") or ""
    found = {}
    for name in listed.split("\0"):
        if re.fullmatch(rf"{EVIDENCE}/[^/]+/record\.json", name):
            text = _git(repository, "show", f"{commit.strip()}:{name}") or ""
            record = loads(Record, text, origin=f"{given}:{name}")
            found[record.wreck] = record
    if not found:
        raise EvidenceError(f"evidence in {given}", f"no {EVIDENCE}/<wreck>/record.json", "give a commit that has evidence")
    return found


def _git(repository: Path, *words: str) -> str | None:
    """Return what git answers, None where it refuses."""
    try:
        answer = subprocess.run(["git", *words], cwd=repository, capture_output=True, timeout=60, check=False)
    except FileNotFoundError:
        raise UsageError("git, to read a commit", "no such program", "install it, or give paths") from None
    return answer.stdout.decode("utf-8", "replace") if answer.returncode == 0 else None


def pairs(a: Source, b: Source) -> tuple[list[tuple[Record, Record]], list[str], list[str]]:
    """Return the records to compare, and the wrecks that only A or only B has.

    A record named by itself asks for its wreck alone. Raises UsageError where nothing is left to compare.
    """
    asked = set.intersection(*[set(each.records) for each in (a, b) if each.is_one]) if a.is_one or b.is_one else None
    shared = sorted((a.records.keys() & b.records.keys()) if asked is None else (a.records.keys() & b.records.keys() & asked))
    if not shared:
        raise UsageError("evidence of one wreck in both", f"{_named(a)} and {_named(b)}", "give two that share a wreck")
    only = ([], []) if asked is not None else (sorted(a.records.keys() - b.records.keys()), sorted(b.records.keys() - a.records.keys()))
    return [(a.records[name], b.records[name]) for name in shared], *only


def _named(source: Source) -> str:
    return ", ".join(sorted(source.records)) + f" in '{source.given}'"
