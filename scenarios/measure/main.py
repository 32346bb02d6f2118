"""All wrecks, one after the other: which to run, which are fresh."""

from __future__ import annotations

import sys
from pathlib import Path

from scenarios import code, seal
from scenarios import record as contract
from scenarios import wreck as wrecks
from scenarios.errors import EvidenceError, WreckError
from scenarios.measure import environment, store
from scenarios.measure.options import Options, adjusted
from scenarios.measure.rebuild import rebuild
from scenarios.record import Record


def rebuild_all(slug: str | None, options: Options, site_data: Path, *, force: bool) -> WreckError | None:
    """Rebuild one wreck or all, each for itself: one that fails loses nothing of the others'.

    Return what failed, one error that names each, so that the site can still be built from what
    stands; None when all went well. Raises UsageError for an unknown wreck before anything is
    started, and at once what failed where there is no evidence at all to build from.
    """
    chosen = [wrecks.load(each) for each in ([slug] if slug else wrecks.slugs())]
    for wreck in chosen:
        adjusted(wreck, options)
    failures: dict[str, WreckError] = {}
    for wreck in chosen:
        store.sweep(site_data / wreck.slug)
        why = "it was asked for" if force else stale_because(wreck.slug, options, site_data)
        if not why:
            _say(f"{wreck.slug}: fresh, {fresh_because(contract.read_record(site_data / wreck.slug))}; --force runs it all the same")
            continue
        _say(f"{wreck.slug}: running, because {why}")
        try:
            rebuild(wreck, options, site_data)
        except WreckError as failure:
            _say(f"{wreck.slug}: {failure}")
            failures[wreck.slug] = failure
    failure = _together(failures, len(chosen))
    if failure and len(failures) == len(chosen) and not any((site_data / wreck.slug).exists() for wreck in chosen):
        raise failure
    _write_schema(site_data)
    return failure


def _together(failures: dict[str, WreckError], asked: int) -> WreckError | None:
    """Return the one failure as it is, and so one that all have met; several as one that names each."""
    if len({str(failure) for failure in failures.values()}) <= 1:
        return next(iter(failures.values()), None)
    told = "; ".join(f"{slug}: {failure.got}" for slug, failure in failures.items())
    together = WreckError(f"{asked} wrecks rebuilt", f"{len(failures)} that failed ({told})", "each is told of above")
    together.exit_code = max(failure.exit_code for failure in failures.values())
    return together


def stale_because(slug: str, options: Options, site_data: Path) -> str | None:
    """Return why a wreck's evidence is not what a run would give now, None if it is."""
    try:
        record = seal.read_whole(site_data / slug)
    except EvidenceError as fault:
        return f"instead of {fault.wanted} there was: {fault.got}"
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


def fresh_because(record: Record) -> str:
    """Return what was compared and found to be as it was when ``record`` was made."""
    data = ", ".join(f"{scale} {dataset.sha256[:8]}" for scale, dataset in sorted(record.datasets.items()))
    env = record.environment
    return (
        f"for all is as on {record.made_at:%Y-%m-%d %H:%M} UTC: code {record.code_sha256[:8]}, data {data}, '{record.command}', "
        f"{len(env.versions)} versions, {env.cpu_count} x {env.cpu_model}, {env.kernel}"
    )


def _write_schema(site_data: Path) -> None:
    path, text = site_data / "schema.json", contract.json_schema()
    if not path.exists() or path.read_text(encoding="utf-8", errors="replace") != text:
        store.write_text(path, text)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
