"""Where the numbers come from: when, from what code, on what machine, and what speaks against them."""

from __future__ import annotations

from scenarios.publish import units
from scenarios.publish.charts.chart import Table
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import Exhibit
from scenarios.publish.prose.noted import noted

OPTIONS = ("title", "versions")
_WARNINGS_SHOWN = 5
_VERSIONS = ("python", "postgres", "nginx", "gunicorn", "flask", "sqlalchemy", "psycopg2-binary")


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Option ``versions``: the versions to show, parted by commas."""
    record = dive.record
    wanted = tuple(v.strip() for v in options["versions"].split(",")) if "versions" in options else _VERSIONS
    title = options.get("title") or f"Measured on {units.day(record.made_at)}"
    return Exhibit(
        title=title,
        caption="Everything else that was recorded is in the evidence.",
        table=Table(title, ("what", "value"), tuple(_rows(dive, wanted))),
        command=record.command,
    )


def _rows(dive: Dive, versions: tuple[str, ...]):
    record = dive.record
    env = record.environment
    rounds = sorted({len(a.rounds) for e in record.experiments.values() for a in e.arms.values()})
    loads = [r.load1_before for e in record.experiments.values() for a in e.arms.values() for r in a.rounds]
    clean = "" if record.commit_is_clean else ", with changes not committed"
    yield (
        "made at",
        f"{record.made_at:%Y-%m-%d %H:%M} UTC, in {units.text(record.elapsed_s, 's', to='min' if record.elapsed_s > 600 else 's')}",
    )
    yield "commit", (record.commit[:12] if record.commit else "none") + clean
    yield "code", record.code_sha256[:12]
    yield "versions", ", ".join(f"{v} {env.versions[v]}" for v in versions if v in env.versions)
    yield "machine", f"{env.cpu_count} × {env.cpu_model}, {units.text(env.memory_mb, 'MB')}; {env.kernel}; {env.libc}"
    yield "load before runs", f"{min(loads):.2g} to {max(loads):.2g}"
    yield "rounds", " to ".join(str(r) for r in dict.fromkeys((rounds[0], rounds[-1])))
    yield "seed", str(record.seed)
    for name, dataset in record.datasets.items():
        yield f"data, {name}", ", ".join(f"{n:,} {t}" for t, n in dataset.rows.items()) + f"; sha256 {dataset.sha256[:12]}"
    settings = env.postgres_settings
    yield "Postgres settings", ", ".join(f"{k} = {v}" for k, v in sorted(settings.items())) or "–"
    for instrument, why in record.absent.items():
        yield f"absent: {instrument}", why
    found = noted(dive)
    yield "warnings", _first(found.unforeseen) or "none"
    if found.meant:
        yield "deaths, as they were meant", _first(found.meant)


def _first(notes: tuple[str, ...]) -> str:
    more = f"; and {len(notes) - _WARNINGS_SHOWN} more, in the evidence" if len(notes) > _WARNINGS_SHOWN else ""
    return "; ".join(notes[:_WARNINGS_SHOWN]) + more
