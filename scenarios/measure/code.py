"""Which code the evidence comes from."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

SCENARIOS = Path(__file__).parent.parent
CONTRACT = ("record.py", "wreck.py", "claims.py", "errors.py")


def files(slug: str) -> list[Path]:
    """Return all files that can change what a wreck's run finds: its own, the dice world's, the machinery's."""
    folders = [SCENARIOS / "diceworld", SCENARIOS / "measure", SCENARIOS / "wrecks" / slug.replace("-", "_")]
    found = [SCENARIOS / name for name in CONTRACT]
    found += [path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".html", ".sql")]
    return sorted(found)


def sha256(slug: str) -> str:
    """Return the hash of those files, names and contents."""
    digest = hashlib.sha256()
    for path in files(slug):
        digest.update(path.relative_to(SCENARIOS).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def commit() -> tuple[str | None, bool]:
    """Return the commit checked out and whether the code is exactly that; (None, False) where git cannot say."""
    if not shutil.which("git"):
        return None, False
    asked = [_git("rev-parse", "HEAD"), _git("status", "--porcelain", "--", "scenarios")]
    if any(answer.returncode for answer in asked):
        return None, False
    return asked[0].stdout.strip(), not asked[1].stdout.strip()


def _git(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(["git", *words], cwd=SCENARIOS, capture_output=True, text=True, timeout=30, check=False)
