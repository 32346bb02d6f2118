"""The main path: for each round, for each arm: serve it, send traffic, watch; then judge; then write."""

from __future__ import annotations

import contextlib
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from scenarios import claims
from scenarios.errors import ClaimError
from scenarios.measure import abilities, assemble, code, environment, explaining, store
from scenarios.measure.options import Options, adjusted
from scenarios.measure.progress import Progress
from scenarios.measure.quantiles import summarised
from scenarios.measure.run import Order, Run, measure
from scenarios.measure.runs_folder import run_folder
from scenarios.measure.stack.postgres import SETTINGS_THAT_MATTER
from scenarios.measure.store import Evidence
from scenarios.measure.summary import generator_late_ms
from scenarios.measure.traffic.schedule import shuffled
from scenarios.measure.world import ArmAbsent, open_world
from scenarios.measure.world.world import told
from scenarios.record import SCHEMA_VERSION, Plans, Record
from scenarios.record import Experiment as ExperimentResult
from scenarios.wreck import Arm, ClosedLoop, Experiment, OpenLoop, Wreck

RUN_OVERHEAD_S = 2.5
"""Starting and warming a stack, roughly, for the time left."""
COUNTED_S = 5
"""What so many requests take, roughly, where their number ends the traffic and not the time."""
LATE_RUNS_BORNE = 0.05
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


@dataclass(frozen=True)
class Cell:
    """One thing to run each round."""

    experiment: Experiment
    arm: Arm

    @property
    def expected_s(self) -> float:
        traffic = self.experiment.traffic
        is_counted = isinstance(traffic, ClosedLoop) and traffic.requests is not None
        return (min(COUNTED_S, traffic.duration_s) if is_counted else traffic.duration_s) + RUN_OVERHEAD_S


def rebuild(wreck: Wreck, options: Options, site_data: Path) -> Record:
    """Sink ``wreck`` in all its arms and put the evidence into ``site_data/<slug>``; return its record.

    Raises ClaimError when a publishable run does not bear a claim out: the evidence of before
    stays then. Raw logs of the last few runs stay in the machine's cache, whatever happens.
    """
    began = time.monotonic()
    source = Source.now(wreck.slug)
    declared, (wreck, against) = wreck, adjusted(wreck, options)
    folder, _held = run_folder(wreck.slug)
    cells = [Cell(e, wreck.arm(a)) for e in wreck.experiments for a in e.arms]
    rounds = max(e.rounds for e in wreck.experiments)
    progress = Progress(sum(cell.expected_s * cell.experiment.rounds for cell in cells))
    progress.say(f"{wreck.slug}: {len(cells)} cells, up to {rounds} rounds; raw logs in {folder}")
    runs: list[Run] = []
    absent: dict[str, str] = {}
    with ExitStack() as stack, told("a database that answers to the end of the run"):
        worlds = {scale: _world(stack, scale, wreck, options, folder, progress) for scale in sorted({c.experiment.scale for c in cells})}
        cells = [cell for cell in cells if _can_be_had(cell, worlds, absent)]
        for round_ in range(1, rounds + 1):
            due = [cell for cell in cells if cell.experiment.rounds >= round_]
            for position, cell in enumerate(shuffled(due, round_, options.seed), 1):
                progress.begin(f"round {round_}: {cell.experiment.name}, {cell.arm.name}")
                # Numbered, for a socket lies in there and its path must stay short; plan.json says what it was.
                at = folder / f"{len(runs) + 1:03}"
                world = worlds[cell.experiment.scale]
                is_unasked = cell.experiment.keep_plans and not any(r.answer_sha256 for r in runs if r.arm == cell.arm and r.experiment.scale == cell.experiment.scale)
                order = Order(round_, position, _seed(options, round_), ask_answers=is_unasked)
                runs.append(measure(wreck, cell.experiment, cell.arm, world, at, order))
                progress.end(cell.expected_s)
        progress.say("traffic is over: asking for every arm's plan, and what the indexes cost")
        if not options.quick:
            for scale, arm in _indexed(wreck):
                if f"arm {arm.name}" not in absent:
                    worlds[scale].insert_cost(arm)
        answered = {(run.experiment.scale, run.arm.name): run.answer_sha256 for run in runs if run.answer_sha256}
        plans = explaining.plans(wreck, cells, worlds)
        record, samples, traces = _record(wreck, options, against, runs, worlds, answered, absent, source, time.monotonic() - began)
    evidence = Evidence(record, samples, plans, assemble.series(runs), traces)
    return _publish(declared, options, evidence, site_data, folder, progress)


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


def _record(wreck, options, against, runs, worlds, answered, absent, source, elapsed_s):
    made = datetime.now(UTC).replace(microsecond=0)
    headline = worlds[wreck.experiments[0].scale]
    for world in worlds.values():
        absent |= world.absent | ({} if world.postgres else NOT_SEEN_ON_ANOTHERS)
    traces = assemble.trace_files(wreck, runs)
    against = [*against, *_late(runs)]
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
        environment=environment.describe(*_database(headline), environment.nginx_version()),
        datasets={scale: world.dataset for scale, world in worlds.items()},
        experiments={e.name: _experiment(e, runs, answered, options, wreck) for e in wreck.experiments if any(r.experiment.name == e.name for r in runs)},
        indexes={name: index for world in (*worlds.values(), headline) for name, index in world.indexes.items()},
        absent=absent,
        warnings=_warnings(runs),
        elapsed_s=elapsed_s,
        stack_start_s=summarised(run.stack_start_s for run in runs),
    )
    return record, assemble.samples(wreck, runs, traces), traces


def _database(world) -> tuple[dict[str, str], str]:
    """Return the settings and the version of the server a world is on."""
    with contextlib.closing(world.place(NOTHING).connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", [list(SETTINGS_THAT_MATTER)])
        settings = dict(cursor.fetchall())
    return settings, settings["server_version"].split()[0]


def _experiment(declared: Experiment, runs: list[Run], answered, options: Options, wreck: Wreck) -> ExperimentResult:
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
        arms=assemble.arms_of(declared, runs, by_arm),
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


def _seed(options: Options, round_: int) -> int:
    """Return the seed of a round's traffic: the same for all its arms, another in every round."""
    return options.seed * 1000 + round_
