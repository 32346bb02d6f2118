"""All wrecks, one after the other: which to run, which are fresh."""

from __future__ import annotations

import sys
from pathlib import Path

from scenarios import record as contract
from scenarios import wreck as wrecks
from scenarios.errors import ClaimError, EvidenceError
from scenarios.measure import code, environment
from scenarios.measure.options import Options, adjusted
from scenarios.measure.rebuild import rebuild
from scenarios.record import Record


def rebuild_all(slug: str | None, options: Options, site_data: Path, *, force: bool) -> ClaimError | None:
    """Rebuild one wreck or all; return the failure of a claim, if any, so that the site can still be built from what stands.

    Raises UsageError for an unknown wreck before anything is started, and the errors of ``rebuild``.
    """
    chosen = [wrecks.load(each) for each in ([slug] if slug else wrecks.slugs())]
    for wreck in chosen:
        adjusted(wreck, options)
    failures = []
    for wreck in chosen:
        why = "it was asked for" if force else stale_because(wreck.slug, options, site_data)
        if not why:
            _say(f"{wreck.slug}: nothing changed since its evidence was made; --force runs it all the same")
            continue
        _say(f"{wreck.slug}: running, because {why}")
        try:
            rebuild(wreck, options, site_data)
        except ClaimError as failure:
            _say(f"{wreck.slug}: {failure}")
            failures.append(failure)
    _write_schema(site_data)
    return failures[0] if failures else None


def stale_because(slug: str, options: Options, site_data: Path) -> str | None:
    """Return why a wreck's evidence is not what a run would give now, None if it is."""
    try:
        record = contract.read_record(site_data / slug)
    except EvidenceError as fault:
        return fault.got
    now = environment.describe(record.environment.postgres_settings, environment.postgres_version(), environment.nginx_version())
    was = record.environment
    if options.database_url:
        return "a database of its owner's may have changed"
    if record.command != options.command(slug):
        return "it was made by another command"
    if record.code_sha256 != code.sha256(slug):
        return "the code it depends on has changed"
    changed = [name for name in Record.model_fields["environment"].annotation.model_fields if getattr(now, name) != getattr(was, name)]
    if changed:
        return f"this is another machine or other software ({', '.join(sorted(changed))})"
    return None


def _write_schema(site_data: Path) -> None:
    path, text = site_data / "schema.json", contract.json_schema()
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        site_data.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
