"""SQL in few words."""

from __future__ import annotations

import re

_TABLE = re.compile(
    r"\b(?:from|join|into|update|table(?:\s+if\s+(?:not\s+)?exists)?(?:\s+only)?)\s+\"?([a-z_][\w.]*)", re.IGNORECASE
)


def tables(sql: str) -> list[str]:
    """Return the tables a statement names, in order, each once, without the data's own prefix ``tw_``."""
    return list(dict.fromkeys(name.removeprefix("tw_") for name in _TABLE.findall(sql)))


def brief(sql: str, most: int = 80) -> str:
    """Return a statement on one line, cut to ``most`` characters."""
    line = " ".join(sql.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def name(sql: str) -> str:
    """Return a statement's verb and tables: ``SELECT players, rolls``."""
    verb = sql.split(None, 1)[0].upper() if sql.split() else "statement"
    return " ".join([verb, ", ".join(tables(sql))]).strip()
