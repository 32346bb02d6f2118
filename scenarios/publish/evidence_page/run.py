"""How a run is repeated, when and where it was made, on what data, and what speaks against it."""

from __future__ import annotations

from scenarios.publish import units
from scenarios.publish.dive import Dive
from scenarios.publish.evidence_page import anchors
from scenarios.publish.evidence_page.markup import Cell, Markup, code, facts, folded, items, joined, paragraph, raw
from scenarios.publish.prose.banner import noise_of, time_html
from scenarios.publish.prose.noted import noted
from scenarios.record import Quantiles

QUIET = "No round had a warning."


def repeat(dive: Dive) -> str:
    """Return how to repeat it: command, code, time."""
    record = dive.record
    clean = "" if record.commit_is_clean else ", with changes that were not committed"
    same = "no: the code here is newer, and may find otherwise" if dive.code_is_newer else "yes"
    rows: list[tuple[str, Cell]] = [
        ("command", code(record.command)),
        ("commit", joined([code(record.commit), clean], "") if record.commit else "none"),
        ("code, as SHA-256", code(record.code_sha256)),
        ("is that the code here?", same),
        ("measured", Markup(time_html(record.made_at))),
        ("took", units.text(record.elapsed_s, "s", to="min" if record.elapsed_s > 600 else "s")),
        ("seed", str(record.seed)),
        ("a stack's start", _start(record.stack_start_s)),
        ("files", joined(raw(dive.slug, name, name) for name in _files(dive))),
    ]
    return facts(rows)


def _start(taken_s: Quantiles) -> str:
    return "–" if taken_s.p50 is None else f"{units.text(taken_s.p50, 's')}, median of {taken_s.n}"


def _files(dive: Dive) -> list[str]:
    return sorted(path.name for path in dive.folder.glob("*.json"))


def environment(dive: Dive) -> str:
    env = dive.record.environment
    named = ("python", "postgres", "nginx")
    rows: list[tuple[str, Cell]] = [
        ("processors", f"{env.cpu_count} × {env.cpu_model}"),
        ("memory", units.text(env.memory_mb, "MB")),
        ("system", f"{env.kernel}; {env.libc}; {'privileged' if env.privileged else 'without privileges'}"),
        *((name, env.versions[name]) for name in named if name in env.versions),
    ]
    packages = items(f"{name} {version}" for name, version in sorted(env.versions.items()) if name not in named)
    settings = items(code(f"{name} = {value}") for name, value in sorted(env.postgres_settings.items()))
    return (
        facts(rows)
        + folded("Python packages", packages)
        + folded("Postgres settings", settings)
        + paragraph(raw(dive.slug, "record.json#/environment"))
    )


def data(dive: Dive) -> str:
    """Return the data sets that were loaded."""
    return "".join(_dataset(dive, scale) for scale in dive.record.datasets)


def _dataset(dive: Dive, scale: str) -> str:
    found = dive.record.datasets[scale]
    rows = [
        ("rows", ", ".join(f"{n:,} {table}" for table, n in found.rows.items())),
        ("on disk", ", ".join(f"{table} {units.text(size, 'bytes')}" for table, size in found.bytes.items()) or "–"),
        ("seed", str(found.seed)),
        ("SHA-256", code(found.sha256)),
        ("raw", raw(dive.slug, f"record.json#/datasets/{scale}")),
    ]
    return f'<section id="{anchors.dataset(scale)}"><h3>Scale “{scale}”</h3>{facts(rows)}</section>'


def indexes(dive: Dive) -> str:
    """Return what building and keeping each index costs."""
    return "".join(_index(dive, name) for name in dive.record.indexes)


def _index(dive: Dive, name: str) -> str:
    found = dive.record.indexes[name]
    taken_us = {"without": found.insert_us_per_row_without, "with": found.insert_us_per_row_with}
    costs = [(f"a row inserted {way} it", us) for way, us in taken_us.items()]
    rows = [
        ("statement", code(found.statement)),
        ("built in", units.text(found.build_s, "s")),
        ("size", units.text(found.bytes, "bytes")),
        *((what, units.text(us, "us")) for what, us in costs if us is not None),
        ("raw", raw(dive.slug, f"record.json#/indexes/{name}")),
    ]
    return f'<section id="{anchors.index(name)}"><h3>{name}</h3>{facts(rows)}</section>'


def absent(dive: Dive) -> str:
    """Return what could not be read or run, and why."""
    return facts(dive.record.absent.items()) if dive.record.absent else paragraph("Nothing: all that the wreck declares was measured.")


def noise(dive: Dive) -> str:
    """Return what the machine did, and every warning."""
    record = dive.record
    found = [f"Not to be relied on: {why}" for why in record.unpublishable_because]
    found += noise_of(record)
    said = items(found) if found else paragraph("The machine was quiet: no stolen time, no drift, no late generator stood out.")
    if record.rounds_added:
        added = ", ".join(f"{n} to {name}" for name, n in record.rounds_added.items())
        said += paragraph(f"Rounds added, since a claim could not be told by those declared: {added}.")
    each = noted(dive)
    said += folded(f"All {len(each.unforeseen)} warnings of its rounds", items(each.unforeseen)) if each.unforeseen else paragraph(QUIET)
    return said + (folded(f"Deaths, as they were meant: {len(each.meant)} notes", items(each.meant)) if each.meant else "")
