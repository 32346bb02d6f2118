"""Whether a site that stands is what a build would give now: by a key of all that goes into one."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

NAME = "build.json"
"""In the site's root. It says nothing but the key."""
_SCENARIOS = Path(__file__).resolve().parents[2]
_NO_PART = {"__pycache__"}


def key(docs: Path, site_data: Path, wrecks: Path, config: Path) -> str:
    """Return a hash of pages, evidence, code, settings, and the versions of Python and of every package."""
    digest = hashlib.sha256()
    versions = sorted(map(_name_and_version, metadata.distributions()))
    digest.update("\0".join([platform.python_version(), *versions]).encode())
    # Pages quote source as it stands, remarks included.
    for name, place in {"docs": docs, "evidence": site_data, "wrecks": wrecks, "code": _SCENARIOS, "settings": config}.items():
        for path in _files(place):
            digest.update(f"{name}/{path.relative_to(place).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _name_and_version(package: metadata.Distribution) -> str:
    """Return a package's name and version alone: ``metadata`` would take all of it apart, and some say much."""
    said = package.read_text("METADATA") or package.read_text("PKG-INFO") or ""
    return "\n".join(line for line in said.partition("\n\n")[0].splitlines() if line.startswith(("Name:", "Version:")))


def mark(site: Path, key_: str) -> None:
    """Write into a built site what it was built from."""
    (site / NAME).write_text(json.dumps({"key": key_}) + "\n", encoding="utf-8")


def is_fresh(site: Path, key_: str) -> bool:
    """Return whether ``site`` was built from just that."""
    try:
        return json.loads((site / NAME).read_text(encoding="utf-8"))["key"] == key_
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _files(place: Path) -> Iterable[Path]:
    if place.is_file():
        return [place]
    return sorted(p for p in place.rglob("*") if p.is_file() and not _NO_PART & set(p.parts))
