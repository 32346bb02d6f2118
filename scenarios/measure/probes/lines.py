"""Reading logs that someone else is still writing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path


def size(path: Path) -> int:
    """Return how long the file is now, 0 if there is none: where a run's part of it begins."""
    return path.stat().st_size if path.exists() else 0


def complete_lines(path: Path, offset: int = 0) -> Iterator[str]:
    """Yield the lines after byte ``offset``, without a last one that has no end yet."""
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(offset)
        for line in file:
            if line.endswith(b"\n"):
                yield line.decode("utf-8", errors="replace").rstrip("\n")


def json_objects(path: Path, offset: int = 0) -> Iterator[dict]:
    """Yield the objects of a log of one JSON object a line; lines that are none are passed over, however deep they nest."""
    for line in complete_lines(path, offset):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            yield entry
