"""All wrecks, one after the other: which to run, which are fresh."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from scenarios import claims, code, seal
from scenarios import record as contract
from scenarios import wreck as wrecks
from scenarios.errors import EvidenceError, WreckError
from scenarios.measure import environment, store
from scenarios.measure.options import Options, adjusted
from scenarios.measure.rebuild import rebuild
from scenarios.measure.rounds import cells_of, expected_s
from scenarios.measure.voyage import Voyage
from scenarios.record import Record
from scenarios.wreck import Wreck

VERDICT_CHARS = 100


def rebuild_all(slug: str | None, options: Options, site_data: Path, *, force: bool) -> WreckError | None:
    """Rebuild one wreck or all, each for itself: one that fails loses nothing of the others'.

    Return what failed, one error that names each, so that the site can still be built from what
    stands; None when all went well. Raises UsageError for an unknown wreck before anything is
    started, and at once what failed where there is no evidence at all to build from.
    """
    chosen = in_order(wrecks.load(each) for each in ([slug] if slug else wrecks.slugs()))
    expected = {wreck.slug: _expected_s(adjusted(wreck, options)[0]) for wreck in chosen}
    whys = {wreck.slug: _why(wreck.slug, options, site_data, force=force) for wreck in chosen}
    voyage = Voyage({slug: seconds for slug, seconds in expected.items() if whys[slug]})
    failures: dict[str, WreckError] = {}
    for wreck in chosen:
        if not (why := whys[wreck.slug]):
            voyage.left_out(wreck.slug, "fresh")
            continue
        _say(f"{wreck.slug}: running, because {why}")
        voyage.begin(wreck.slug)
        try:
            voyage.end(wreck.slug, _verdict(rebuild(wreck, options, site_data, voyage)))
        except WreckError as failure:
            _say(f"{wreck.slug}: {failure}")
            failures[wreck.slug] = failure
            voyage.end(wreck.slug, f"failed: {failure.got}"[:VERDICT_CHARS], is_whole=False)
    for line in voyage.lines():
        _say(line)
    failure = _together(failures, len(chosen))
    if failure and len(failures) == len(chosen) and not any((site_data / wreck.slug).exists() for wreck in chosen):
        raise failure
    _write_schema(site_data)
    return failure


def in_order(chosen: Iterable[Wreck]) -> list[Wreck]:
    """Return wrecks as they are run: the talk's own first, which have a logbook, then those that came after it; else by name."""
    return sorted(chosen, key=lambda wreck: (not wreck.logbook, wreck.slug))


def _expected_s(wreck: Wreck) -> float:
    return expected_s({cell: cell.experiment.rounds for cell in cells_of(wreck)})


def _why(slug: str, options: Options, site_data: Path, *, force: bool) -> str | None:
    """Return why a wreck is to be run; None, said with its grounds, where it need not be."""
    store.sweep(site_data / slug)
    why = "it was asked for" if force else stale_because(slug, options, site_data)
    if not why:
        _say(f"{slug}: fresh, {fresh_because(contract.read_record(site_data / slug))}; --force runs it all the same")
    return why


def _verdict(record: Record) -> str:
    """Return how a wreck's claims came out, in a few words."""
    counted = Counter(claims.verdict(result) for result in record.claims.values())
    named = {"holds": "hold", "untold": "cannot be told by so few rounds", "fails": "do not hold"}
    said = ", ".join(f"{counted[verdict]} {words}" for verdict, words in named.items() if counted[verdict])
    return f"of {len(record.claims)} claims {said}" if said else "no claims"


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
