"""The main path: for each round, for each arm: serve it, send traffic, watch; then judge; then write."""

from __future__ import annotations

import contextlib
import functools
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from scenarios import claims, code
from scenarios.errors import ClaimError
from scenarios.measure import abilities, assemble, environment, explaining, store
from scenarios.measure.noise import noise
from scenarios.measure.options import PUBLISHABLE_ROUNDS, Options, adjusted
from scenarios.measure.progress import Progress
from scenarios.measure.quantiles import summarised
from scenarios.measure.rounds import Cell, Rounds, cells_of, expected_s
from scenarios.measure.run import Run
from scenarios.measure.runs_folder import run_folder
from scenarios.measure.stack import fence
from scenarios.measure.stack.postgres import SETTINGS_THAT_MATTER
from scenarios.measure.store import Evidence
from scenarios.measure.summary import generator_late_ms
from scenarios.measure.voyage import Voyage
from scenarios.measure.world import ArmAbsent, open_world
from scenarios.measure.world.world import told
from scenarios.record import SCHEMA_VERSION, Plans, Record
from scenarios.record import Experiment as ExperimentResult
from scenarios.wreck import Arm, Experiment, OpenLoop, Wreck

LATE_RUNS_BORNE = 0.05
ROUNDS_AT_MOST = 2
"""Times as many as declared: claims that the declared rounds cannot tell are looked at once more, after as many again.

Looking after every round would find by chance what is not there.
"""
NOT_SEEN_ON_ANOTHERS = {
    "pg_stat_statements": "reading it for a run means resetting it, and an owner's statistics are not ours to reset",
    "postgres layer": "without the server's log its time counts as SQLAlchemy's",
}
NOTHING = Arm("nothing", "Data as loaded", handler="")


@dataclass(frozen=True)
class Source:
    """The code a run is made by, as it was when the run began."""

    commit: str | None
    commit_is_clean: bool
    sha256: str

    @classmethod
    def now(cls, slug: str) -> Source:
        return cls(*code.commit(), code.sha256(slug))


def rebuild(wreck: Wreck, options: Options, site_data: Path, voyage: Voyage | None = None) -> Record:
    """Sink ``wreck`` in all its arms and put the evidence into ``site_data/<slug>``; return its record.

    ``voyage`` is what it is a part of, where there is more than this one.

    Raises ClaimError when a publishable run does not bear a claim out: the evidence of before
    stays then. Raw logs of the last few runs stay in the machine's cache, whatever happens.
    """
    began = time.monotonic()
    source = Source.now(wreck.slug)
    declared, (wreck, against) = wreck, adjusted(wreck, options)
    folder, _held = run_folder(wreck.slug)
    fence.sweep_all()
    cells = cells_of(wreck)
    progress = Progress(expected_s({cell: cell.experiment.rounds for cell in cells}), where=voyage.where if voyage else lambda done_s: "")
    progress.say(f"{wreck.slug}: {len(cells)} cells, up to {max(e.rounds for e in wreck.experiments)} rounds; raw logs in {folder}")
    absent: dict[str, str] = {}
    with ExitStack() as stack, told("a database that answers to the end of the run"):
        worlds = {scale: _world(stack, scale, wreck, options, folder, progress) for scale in sorted({c.experiment.scale for c in cells})}
        cells = [cell for cell in cells if _can_be_had(cell, worlds, absent)]
        rounds = Rounds(wreck, options.seed, worlds, folder, progress)
        rounds.take({cell: cell.experiment.rounds for cell in cells})
        progress.say("traffic is over: asking for every arm's plan, and what the indexes cost")
        if not options.quick:
            for scale, arm in _indexed(wreck):
                if f"arm {arm.name}" not in absent:
                    worlds[scale].insert_cost(arm)
        plans = explaining.plans(wreck, cells, worlds)
        made = functools.partial(_record, wreck, options, against, rounds.runs, worlds, plans, absent, source)
        record, samples, traces = made({}, time.monotonic() - began)
        if added := _more_rounds(wreck, options, record, progress):
            wanted = {cell: added[cell.experiment.name] for cell in cells if cell.experiment.name in added}
            progress.expect(expected_s(wanted))
            rounds.take(wanted)
            record, samples, traces = made(added, time.monotonic() - began)
    evidence = Evidence(record, samples, plans, assemble.series(rounds.runs), traces)
    return _publish(declared, options, evidence, site_data, folder, progress)


def _more_rounds(wreck: Wreck, options: Options, record: Record, progress: Progress) -> dict[str, int]:
    """Return how many more rounds each experiment is to have, for claims that those it had cannot tell; {} where that would not help."""
    if options.is_trial or options.rounds or not record.publishable:
        return {}
    results, _ = claims.judge_all(wreck, record)
    open_ = claims.untold(results)
    if not open_ or len(open_) < len(claims.failing(results)):
        return {}
    declared = {e.name: e.rounds for e in wreck.experiments if e.rounds >= PUBLISHABLE_ROUNDS}
    added = {name: declared[name] * (ROUNDS_AT_MOST - 1) for name in sorted(claims.resting_together(wreck, record, open_) & set(declared))}
    if added:
        progress.say(f"{', '.join(open_)}: {'it' if len(open_) == 1 else 'they'} cannot be told yet; as many rounds again for {', '.join(added)}")
    return added


def _publish(wreck: Wreck, options: Options, evidence: Evidence, site_data: Path, folder: Path, progress: Progress) -> Record:
    results, left_out = claims.judge_all(wreck, evidence.record)
    record = evidence.record.model_copy(update={"claims": results})
    evidence = replace(evidence, record=record)
    failed = claims.failing(results)
    for name, result in results.items():
        progress.say(f"  claim {name}: {claims.explain(result)}")
    for name, why in left_out.items():
        progress.say(f"  claim {name}: cannot be judged here: {why}")
    if not options.is_trial and (failed or not record.publishable):
        store.write(folder / "evidence", evidence)
        raise ClaimError(
            f"all {len(results)} claims of {wreck.slug} to hold on a run fit to publish",
            "; ".join(failed + record.unpublishable_because),
            f"the evidence of before stays; this run's is in {folder}",
        )
    size_bytes = store.write(site_data / wreck.slug, evidence)
    progress.say(f"{wreck.slug}: {size_bytes:,} bytes of evidence written after {record.elapsed_s / 60:.1f} min")
    return record


def _world(stack: ExitStack, scale: str, wreck: Wreck, options: Options, folder: Path, progress: Progress):
    progress.begin(f"loading the dice world at scale {scale}")
    at = folder / f"world-{scale}"
    return stack.enter_context(open_world(scale, options.data_seed, at, cast=wreck.cast, database_url=options.database_url))


def _can_be_had(cell: Cell, worlds: dict, absent: dict[str, str]) -> bool:
    """Prepare the arm's database; where this server or machine cannot, note why and leave the arm out."""
    world = worlds[cell.experiment.scale]
    if why := abilities.why_not_experiment(cell.experiment, world.postgres is not None):
        absent[f"experiment {cell.experiment.name}"] = why
        return False
    if why := abilities.why_not_arm(cell.arm):
        absent[f"arm {cell.arm.name}"] = why
        return False
    try:
        world.place(cell.arm)
    except ArmAbsent as why:
        absent[f"arm {cell.arm.name}"] = why.why
        return False
    return True


def _indexed(wreck: Wreck) -> list[tuple[str, Arm]]:
    """Return an arm for each way to prepare the data, with the scale that it is first told at."""
    told_at = {(arm := wreck.arm(name)).prepare: (e.scale, arm) for e in reversed(wreck.experiments) for name in e.arms}
    return [each for prepare, each in told_at.items() if prepare]


def _record(wreck, options, against, runs, worlds, plans, absent, source, added, elapsed_s):
    made = datetime.now(UTC).replace(microsecond=0)
    answered = {(run.experiment.scale, run.arm.name): run.answer_sha256 for run in runs if run.answer_sha256}
    headline = worlds[wreck.experiments[0].scale]
    for world in worlds.values():
        absent |= world.absent | ({} if world.postgres else NOT_SEEN_ON_ANOTHERS)
    traces = assemble.trace_files(wreck, runs)
    against = [*against, *_late(runs)]
    declared = [e for e in wreck.experiments if any(r.experiment.name == e.name for r in runs)]
    experiments = {e.name: _experiment(e, runs, answered, plans, options, wreck) for e in declared}
    now = environment.describe(*database_of(headline), environment.nginx_version())
    record = Record(
        schema_version=SCHEMA_VERSION,
        wreck=wreck.slug,
        made_at=made,
        publishable=not against,
        unpublishable_because=against,
        command=options.command(wreck.slug),
        seed=options.seed,
        commit=source.commit,
        commit_is_clean=source.commit_is_clean,
        code_sha256=source.sha256,
        environment=now,
        datasets={scale: world.dataset for scale, world in worlds.items()},
        experiments=experiments,
        indexes={name: index for world in (*worlds.values(), headline) for name, index in world.indexes.items()},
        absent=absent,
        warnings=_warnings(runs),
        noise=noise(experiments, now.cpu_count),
        rounds_added=added,
        elapsed_s=elapsed_s,
        stack_start_s=summarised(run.stack_start_s for run in runs),
    )
    return record, assemble.samples(wreck, runs, traces), traces


def database_of(world) -> tuple[dict[str, str], str]:
    """Return the settings and the version of the server a world is on."""
    with contextlib.closing(world.place(NOTHING).connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", [list(SETTINGS_THAT_MATTER)])
        settings = dict(cursor.fetchall())
    return settings, settings["server_version"].split()[0]


def _experiment(declared: Experiment, runs: list[Run], answered, plans: Plans, options: Options, wreck: Wreck) -> ExperimentResult:
    traffic = declared.traffic
    is_open = isinstance(traffic, OpenLoop)
    by_arm = {arm: sha for (scale, arm), sha in answered.items() if scale == declared.scale}
    return ExperimentResult(
        title=declared.title,
        scale=declared.scale,
        loop="open" if is_open else "closed",
        rate_per_s=traffic.rate_per_s if is_open else None,
        arrivals=traffic.arrivals if is_open else None,
        clients=None if is_open else traffic.clients,
        duration_s=traffic.duration_s,
        workers=declared.workers,
        probes=declared.probes,
        round_trip_ms=declared.round_trip_ms,
        memory_limit_mb=declared.memory_limit_mb,
        hosts_apart=declared.hosts_apart,
        command=options.command(wreck.slug),
        arms=assemble.arms_of(declared, runs, by_arm, plans.plans.get(declared.scale, {})),
    )


def _warnings(runs: list[Run]) -> list[str]:
    """Return the warnings of all runs, each once with how many runs gave it."""
    named = [(f"{run.experiment.name} {run.arm.name}", warning) for run in runs for warning in run.summary.warnings]
    return sorted({f"{where}: {warning}" for where, warning in named})[:50]


def _late(runs: list[Run]) -> list[str]:
    """Return the reason not to publish if the generator was late in more than a few of the open-loop runs."""
    opened = [run for run in runs if isinstance(run.experiment.traffic, OpenLoop)]
    late = [run for run in opened if generator_late_ms(run.summary.lateness_ms, run.requests)]
    if len(late) <= LATE_RUNS_BORNE * len(opened):
        return []
    return [f"the generator was late in {len(late)} of {len(opened)} open-loop runs: close other programs and run again"]
