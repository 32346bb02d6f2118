"""The database's own log (``log_destination = jsonlog``): each statement with its duration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from scenarios.measure.probes.lines import json_objects

DURATION = re.compile(r"duration: ([0-9]{1,15}(?:\.[0-9]{1,15})?) ms  (?:statement|execute [^:]*|parse [^:]*): (.*)", re.DOTALL)
COMMENT = re.compile(r" ?/\*traceparent='00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}'\*/\s*$")


@dataclass(frozen=True)
class Logged:
    """A statement the server finished, by its own clock."""

    duration_ms: float
    text: str
    """Without the trace comment."""
    trace_id: str | None
    span_id: str | None
    database: str | None


def read(path: Path, offset: int = 0) -> Iterator[Logged]:
    """Yield the timed statements logged after byte ``offset``; other messages are passed over.

    A COMMIT bears no comment: it belongs to the request whose statement its session ran last.
    """
    last: dict[str, str] = {}
    for entry in json_objects(path, offset):
        logged = parse(entry)
        if not logged:
            continue
        session = str(entry.get("session_id"))
        if logged.text == "COMMIT" and logged.trace_id is None:
            logged = replace(logged, trace_id=last.pop(session, None))
        elif logged.trace_id:
            last[session] = logged.trace_id
        yield logged


def failed(path: Path, offset: int = 0) -> Iterator[str]:
    """Yield the trace id of each statement that the server refused or broke off after byte ``offset``: those have no duration."""
    for entry in json_objects(path, offset):
        trace_id = split_comment(str(entry.get("statement", "")))[1]
        if trace_id and entry.get("error_severity") == "ERROR":
            yield trace_id


def parse(entry: dict) -> Logged | None:
    """Return the statement in one log entry, or None where it is about something else."""
    match = DURATION.match(str(entry.get("message", "")))
    if not match:
        return None
    text, trace_id, span_id = split_comment(match[2])
    database = entry.get("dbname")
    return Logged(float(match[1]), text, trace_id, span_id, None if database is None else str(database))


def split_comment(statement: str) -> tuple[str, str | None, str | None]:
    """Return the statement without its trace comment, the trace id and the span id (None without one)."""
    match = COMMENT.search(statement)
    if not match:
        return statement, None, None
    return statement[: match.start()], match[1], match[2]
