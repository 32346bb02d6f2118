"""Fences of ours in Markdown: blocks of ``name: value`` lines between three backticks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from scenarios.errors import UsageError

_OPEN = re.compile(r"^(?P<indent>\s*)(?P<ticks>`{3,}|~{3,})\s*(?P<info>[^`]*)$")


@dataclass(frozen=True)
class Fence:
    kind: str
    indent: str
    start: int
    """Index of its opening line."""
    end: int
    """Index one past its closing line."""
    lines: tuple[str, ...]
    """Its source, opening and closing lines included."""


def find(lines: list[str], kinds: tuple[str, ...]) -> list[Fence]:
    """Return the fences whose info string is one of ``kinds``; those shown inside other fences are not."""
    fences, at = [], 0
    while at < len(lines):
        opened = _OPEN.match(lines[at])
        if not opened:
            at += 1
            continue
        end = _end(lines, at, opened["ticks"])
        if opened["info"].strip() in kinds:
            fences.append(Fence(opened["info"].strip(), opened["indent"], at, end, tuple(lines[at:end])))
        at = end
    return fences


def _end(lines: list[str], start: int, ticks: str) -> int:
    closing = re.compile(rf"^\s*{re.escape(ticks[0])}{{{len(ticks)},}}\s*$")
    return next((i + 1 for i in range(start + 1, len(lines)) if closing.match(lines[i])), len(lines))


def options(fence: Fence) -> dict[str, str]:
    """Return a fence's ``name: value`` lines. Raises UsageError for any other line."""
    found: dict[str, str] = {}
    for line in fence.lines[1:-1]:
        if not line.strip():
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not name or not value:
            raise UsageError(f"'name: value' in a fence '{fence.kind}'", f"'{line.strip()}'", "write one option a line")
        if name in found:
            raise UsageError(f"'{name}' once in a fence '{fence.kind}'", "it twice", "drop one of them")
        found[name] = value
    return found


def listed(fence: Fence) -> tuple[Fence, list[str]]:
    """Return a fence without its list, and the list: the lines that begin with ``- ``, each with the indented lines after it."""
    rest, items, at = [], [], len(fence.indent)
    for line in (each[at:] if each[:at].isspace() or not at else each for each in fence.lines[1:-1]):
        if line.startswith("- "):
            items.append(line[2:].strip())
        elif line.startswith("  ") and line.strip():
            # It goes on with what stands above it, be that an entry or an option.
            above = items if items else rest
            if not above:
                raise UsageError(f"an option or an entry first in a fence '{fence.kind}'", f"'{line.strip()}'", "begin it at the margin")
            above[-1] += " " + line.strip()
        elif line.strip() and items:
            raise UsageError(f"options before the list in a fence '{fence.kind}'", f"'{line.strip()}'", "move it up, or indent it")
        else:
            rest.append(line)
    return replace(fence, lines=(fence.lines[0], *rest, fence.lines[-1])), items
