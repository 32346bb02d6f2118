"""What servers and kernel said of trouble during a run, cut down and freed of what names this machine."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import clock_gettime

from scenarios.measure.probes.lines import complete_lines
from scenarios.measure.probes.postgres_log import split_comment
from scenarios.record import LogLine

MAX_CHARS = 300
MAX_LINES = {"nginx": 12, "gunicorn": 12, "kernel": 3, "postgres": 12}
"""Of each source in a run, lines that are alike counted as one."""
KERNEL_LOG = Path("/dev/kmsg")
_GRAVE = ("WARNING", "ERROR", "FATAL", "PANIC")

_NGINX = re.compile(r"(?P<day>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<level>warn|error|crit|alert|emerg)\] \d+#\d+: (?:\*\d+ )?(?P<said>.*)")
_NGINX_NAMES = re.compile(r", (?:client|server|upstream|host|referrer): (?:\"[^\"]*\"|[^,]*)")
_GUNICORN = re.compile(r"\[(?P<day>[^\]]+ [+-]\d{4})\] \[\d+\] \[(?P<level>WARNING|ERROR|CRITICAL)\] (?P<said>.*)")
_RAISED = re.compile(r"(?P<said>[A-Za-z_][\w.]*(?:Error|Exception|Timeout)(?:: .*)?)")
_LOCK_WAIT = re.compile(r"process \d{1,10} (?:still waiting for|acquired|avoided deadlock|detected deadlock)\b")
_VALUES = re.compile(r"'(?:[^']|'')*'|\b\d+\b")
MAX_STATEMENT_CHARS = 120
_BOOTED = re.compile(r"Booting worker with pid: (\d{1,10})\b", re.ASCII)
_KERNEL = re.compile(r"Killed process (?P<pid>\d{1,10}) |\[(?P<traced>\d{1,10})\]: segfault|traps: \S+\[(?P<trapped>\d{1,10})\]", re.ASCII)
_STAMPS = re.compile(r"\d{1,10},\d{1,20},(?P<us>\d{1,16})\b[^;]*;(?P<words>[^\n]*)", re.ASCII)
_MACHINE = (
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?"), "…"),
    (re.compile(r"\bport \d+"), "port …"),
    (re.compile(r"\b0x[0-9a-f]+|\b[0-9a-f]{8,16}\b"), "…"),
    (re.compile(r"\bpid[: ]\d+"), "pid …"),
    (re.compile(r"\b([Pp])rocess \d+"), r"\1rocess …"),
    (re.compile(r"\b(relation|tuple \(\d+,\d+\) of relation|transaction|database) \d+"), r"\1 …"),
    # What was waited for so long differs by a hair from time to time.
    (re.compile(r"\bafter (\d+)\.\d+ ms"), r"after \1 ms"),
    # What was promised to it, beside what it held; and "vm" is many a machine's name.
    (re.compile(r"total-vm:\d+kB, "), ""),
    (re.compile(r"\[\d+\]: segfault"), "[…]: segfault"),
    # Files' folders; what a client asked for begins with a slash too, and stays.
    (re.compile(r"(?<![\w\"])(?<!GET )/(?:[\w.+-]+/)+"), "…/"),
)


def read(stage, own: dict, entries: Iterable[dict] = ()) -> list[LogLine]:
    """Return the lines of one run. ``own`` is what the generator said of itself, ``entries`` the database's log of that run."""
    zero_s = own["wall_start_ns"] / 1e9
    workers = {int(pid) for line in complete_lines(stage.web.gunicorn.log_file) for pid in _BOOTED.findall(line)}
    return [
        *of_host(stage.web, zero_s),
        *_counted("kernel", kernel(_kernel_lines(), workers), zero_s),
        *_counted("postgres", postgres(entries, stage.place.database_name), zero_s),
    ]


def of_host(host, zero_s: float) -> list[LogLine]:
    """Return what the servers of one application host said; ``zero_s`` is when traffic began, in Unix time."""
    return [
        *_counted("nginx", nginx(complete_lines(host.nginx.error_log)), zero_s),
        *_counted("gunicorn", of_gunicorn(complete_lines(host.gunicorn.log_file)), zero_s),
    ]


def nginx(lines: Iterable[str]) -> Iterator[tuple[float | None, str]]:
    """Yield (Unix time, words) of nginx's complaints; who was asked by whom at what port is left out."""
    for line in lines:
        if found := _NGINX.match(line):
            at = _moment(f"{found['day']} +0000", "%Y/%m/%d %H:%M:%S %z")
            yield at, f"[{found['level']}] {_NGINX_NAMES.sub('', found['said'])}"


def of_gunicorn(lines: Iterable[str]) -> Iterator[tuple[float | None, str]]:
    """Yield (Unix time, words) of gunicorn's complaints, and the last line of each traceback."""
    at = None
    for line in lines:
        if found := _GUNICORN.match(line):
            at = _moment(found["day"], "%Y-%m-%d %H:%M:%S %z")
            yield at, f"[{found['level']}] {found['said']}"
        elif found := _RAISED.fullmatch(line):
            yield at, found["said"]


def postgres(entries: Iterable[dict], database: str) -> Iterator[tuple[float | None, str]]:
    """Yield (Unix time, words) of what the server says of sessions of ``database``: errors, sessions ended, long waits for a lock.

    The client by the name it gave and the statement, its values left out, go along: they tell whose trouble it was.
    """
    for entry in entries:
        level, said = str(entry.get("error_severity", "")), str(entry.get("message", ""))
        if entry.get("dbname") != database or not (level in _GRAVE or _LOCK_WAIT.match(said)):
            continue
        client = f"; client {entry['application_name']}" if entry.get("application_name") else ""
        statement = _VALUES.sub("?", " ".join(split_comment(str(entry.get("statement", "")))[0].split()))[:MAX_STATEMENT_CHARS]
        at = _moment(str(entry.get("timestamp", "")).replace(" UTC", " +0000"), "%Y-%m-%d %H:%M:%S.%f %z")
        yield at, f"[{level}] {said}{client}{f'; statement: {statement}' if statement else ''}"


def _moment(said: str, form: str) -> float | None:
    """Return the Unix time that a line says, None if it says none: what the application prints is in gunicorn's log too."""
    try:
        return datetime.strptime(said, form).timestamp()
    except (ValueError, OverflowError):
        return None


def kernel(lines: Iterable[tuple[float, str]], pids: set[int]) -> Iterator[tuple[float, str]]:
    """Yield those of the kernel's lines that tell of the death of one of ``pids``."""
    for at, line in lines:
        found = _KERNEL.search(line)
        if found and int(found["pid"] or found["traced"] or found["trapped"]) in pids:
            yield at, line


def _kernel_lines() -> Iterator[tuple[float, str]]:
    """Yield (Unix time, words) of the kernel's log as it stands; nothing where it is not ours to read."""
    try:
        log = os.open(KERNEL_LOG, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return
    began_s = datetime.now(UTC).timestamp() - clock_gettime(1)  # CLOCK_MONOTONIC, which the kernel's stamps follow.
    try:
        while True:
            try:
                entry = os.read(log, 8_192).decode("utf-8", errors="replace")
            except BrokenPipeError:  # Overwritten while we read; the next is there.
                continue
            except OSError:  # No more, for now.
                return
            if found := _STAMPS.match(entry):
                yield began_s + int(found["us"]) / 1e6, found["words"]
    finally:
        os.close(log)


def _counted(source: str, lines: Iterable[tuple[float | None, str]], zero_s: float) -> list[LogLine]:
    """Return lines without what names this machine, those then alike counted, up to the source's most."""
    found: dict[str, LogLine] = {}
    for at, words in lines:
        text = printable(unnamed(words)[:MAX_CHARS])
        if text in found:
            found[text] = found[text].model_copy(update={"count": found[text].count + 1})
        elif len(found) < MAX_LINES[source]:
            found[text] = LogLine(source=source, text=text, offset_s=None if at is None else round(at - zero_s, 1))
    return list(found.values())


def printable(words: str) -> str:
    """Return ``words`` with a mark in place of each character that would not be seen, or would turn those around it about."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in words)


def unnamed(words: str) -> str:
    """Return ``words`` without addresses, process ids, folders and the host's name."""
    for pattern, instead in _MACHINE:
        words = pattern.sub(instead, words)
    node = platform.node()
    return re.sub(rf"\b{re.escape(node)}\b", "…", words) if node else words
