"""The contract: what a dive's evidence is, on disk and in memory.

``measure`` writes it, ``publish`` reads it, and they meet nowhere else. This module imports
nothing of ours but the error it raises. Every model is strict about unknown and missing fields,
and is checked before it is written as well as after it is read.

A wreck's evidence is a folder, ``site_data/<slug>/``::

    record.json         Record: the summary every page reads
    samples.json        Samples: single requests of the runs that pictures draw
    plans.json          Plans: what the planner chose for each arm
    series.json         SeriesFile: readings over time of the runs that pictures draw
    traces/<id>.json    one request as OTLP/JSON, readable by any OpenTelemetry viewer
    seal.json           the sums of all the others; ``seal.py`` has it

Units stand last in names. Times of day are UTC; offsets count from the start of traffic.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from scenarios.errors import EvidenceError, nearest

SCHEMA_VERSION = 1
# History
# 1  the first.

MIGRATIONS: dict[int, Callable[[str, dict], dict]] = {}
"""An older version to what makes the next one of it: the model's name and a file's data to its data. Where there is none, that version is refused."""

SIZE_BUDGET_BYTES = 1_000_000
"""All JSON of one wreck together, whatever the number of requests behind it."""

LAYERS = ("nginx", "gunicorn", "flask", "template", "sqlalchemy", "fetch", "postgres")
"""Where a request's time can be, outermost first. Each is *exclusive* of the ones after it.

nginx       reading, proxying and sending; waiting for a connection to the application
gunicorn    waiting for a free worker, and the worker's reading of the request
flask       routing and the handler's own Python
template    Jinja
sqlalchemy  building and sending the statement, the driver, the wire
fetch       rows to Python objects
postgres    inside the database, by its own log
"""

PROCESS_GROUPS = ("nginx", "gunicorn", "postgres", "traffic", "aux-nginx", "aux-gunicorn", "aux-traffic", "aux-postgres", "relay")
"""``aux`` is the second application host, where there is one; ``aux-postgres`` a server of its own that it may have."""

PHASES = ("before", "during", "after")
"""The parts of a run with a neighbour: until it comes, while it is busy, after it left."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Hex = Annotated[str, Field(pattern=r"^[0-9a-f]+$")]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]


def _added(default=None):
    """Return a field that most evidence has no use for: where it says nothing, it is not written."""
    return Field(default, exclude_if=lambda value: not value)


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Quantiles(Model):
    """A distribution in brief. ``p95`` needs 20 values, ``p99`` 1,000: below that they are absent."""

    n: Annotated[int, Field(ge=0)]
    mean: float | None = None
    min: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None


class BusySessions(Model):
    """How many of one client's sessions were at one statement, on average over readings."""

    client: str
    """The name it gave."""
    address: str
    statement: str
    mean: Positive
    waiting: dict[str, Positive] = _added({})
    """How many of them waited within the database, on average, by what for, as it names it: ``Lock``, ``IO``, ``LWLock``."""


class Wait(Model):
    """Somebody who waits for a lock, and for whom: how many pairs of the like there were, on average over readings."""

    client: str
    address: str
    statement: str
    holder: str
    """The client that is waited for, by the name it gave; "" for one that is none, such as autovacuum."""
    holder_address: str
    holder_statement: str
    """What it is at or, being idle, was at last."""
    holder_state: str
    """As the database names it: ``active`` if it waits in its turn, ``idle in transaction``."""
    mean: Positive


class Phase(Model):
    """A part of a run, of the requests due in it."""

    start_s: NonNegative
    end_s: Positive
    requests: int
    statuses: dict[str, int]
    latency_ms: Quantiles
    layers_ms: dict[str, NonNegative] = {}
    statements_per_request: NonNegative | None = None
    cores: dict[str, NonNegative] = {}
    """CPU seconds used per second, by process group."""
    sessions: list[BusySessions] = _added([])
    """The busiest first; empty where nobody looked."""
    idle: list[BusySessions] = _added([])
    """Those that were at no statement and held a transaction open, with what they were at last; the most often found first."""
    waits: list[Wait] = _added([])
    """Who waited for whom; the most often found first."""
    shapes: list[Hex] = _added([])
    """Of each sequence of statements that its requests sent, a hash; one where all sent the same."""


class NeighbourRound(Model):
    """What the neighbour got, in the same run."""

    clients: int
    begins_s: NonNegative
    ends_s: Positive
    requests: int
    statuses: dict[str, int]
    latency_ms: Quantiles
    layers_ms: dict[str, NonNegative] = {}
    first_s: float | None = None
    """When its first request was sent."""


class Memory(Model):
    """One request's effect on its worker, read by the worker itself once the answer was out."""

    path: str
    rss_mb: NonNegative
    peak_mb: NonNegative | None = None
    """The most that was resident while it worked; None where the kernel does not tell."""
    pool_mb: NonNegative | None = None
    """What Python's own allocator holds of the system, None where another one is used."""
    pool_used_mb: NonNegative | None = None
    """How much of that is in use."""
    malloc_mb: NonNegative | None = None
    """What the C library's allocator holds."""
    malloc_used_mb: NonNegative | None = None
    arenas: int | None = _added()
    """The pieces that Python's own allocator has of the system; one goes back only when nothing in it is in use."""
    free_listed: int | None = _added()
    """Blocks that Python keeps on free lists of its own, for tuples and the like: in use to the allocator below."""
    free_listed_mb: float | None = _added()
    objects: int | None = None
    """What the cycle collector tracks."""
    collected: int | None = None
    """What a full collection would free at that moment; None where it was not tried."""


class Round(Model):
    """One run: one arm measured once on fresh workers."""

    round: Annotated[int, Field(ge=1)]
    position: Annotated[int, Field(ge=1)]
    """Its place in that round's shuffled order."""
    duration_s: Positive
    requests: int
    """Sent and answered or failed, warm-up not counted."""
    statuses: dict[str, int]
    """HTTP status, or ``timeout`` / ``refused`` / ``broken``, to count."""
    latency_ms: Quantiles
    """From when a request was *due* (open loop) or sent (closed loop) to the last byte."""
    service_ms: Quantiles
    """From when it was sent. The difference is the generator's lateness."""
    lateness_ms: Quantiles
    requests_per_s: NonNegative
    layers_ms: dict[str, NonNegative] = {}
    """Mean exclusive time per request by layer. Empty when the probes were off."""
    statements_per_request: NonNegative | None = None
    pool_wait_ms: Quantiles | None = _added()
    """What a request waited for connections of its pool, a part of its handler's own time. Where an arm declares a pool or one waited."""
    rows_per_request: NonNegative | None = _added()
    """Rows the database sent, by its own count."""
    bytes_per_request: NonNegative | None = _added()
    """Bytes the application received from the database; None where the kernel does not count them."""
    round_trip_ms: NonNegative | None = _added()
    """From application to database and back, measured by ``SELECT 1`` through the same relay."""
    phases: dict[Name, Phase] = _added({})
    neighbour: NeighbourRound | None = _added()
    memory: list[Memory] = _added([])
    """One entry a request, in the order they were answered."""
    kills: int | None = Field(None, exclude_if=lambda value: value is None)
    """By the kernel's own count, for want of memory; None without a limit."""
    cpu_s: dict[str, NonNegative] = {}
    """CPU used during traffic by process group."""
    rss_mb_max: dict[str, NonNegative] = {}
    """Largest sum of resident memory over a group's processes (shared pages count in each)."""
    workers_died: list[str] = []
    """One entry a worker that did not survive its run: the signal or exit code."""
    database: dict[str, float] = {}
    """Counters over the run: buffers hit and read, autovacuums, checkpoints, temporary bytes."""
    steal_share: Share | None = None
    others_cores: NonNegative | None = _added()
    """How many cores were used during traffic by programs that are none of this run's."""
    yardstick_ms: NonNegative | None = _added()
    """What a fixed piece of work took just before traffic and just after: how fast this machine was then."""
    load1_before: NonNegative
    warnings: list[str] = []


class Statement(Model):
    """One fingerprint of the query log, over all rounds of an arm."""

    fingerprint: Hex
    text: str
    calls: int
    mean_ms: NonNegative
    max_ms: NonNegative
    total_ms: NonNegative
    rows: int
    shared_blocks_hit: int = 0
    shared_blocks_read: int = 0


class LoggedStatement(Model):
    """One line of the database's own log, as it was written, its trace named."""

    duration_ms: NonNegative
    text: str
    trace_id: Hex | None = None
    offset_s: float | None = None


class LogLine(Model):
    """A line of some server's log, as it was but for what names this machine."""

    source: Literal["nginx", "gunicorn", "kernel", "postgres"]
    text: str
    offset_s: float | None = None
    count: int = 1
    """How many lines like it there were."""


class Pool(Model):
    """The application's pool of connections, one a process."""

    size: int
    max_overflow: int
    """How many connections beyond ``size`` it may open."""
    timeout_s: Positive
    """How long a thread waits for a connection before it is refused."""


class Served(Model):
    """How an arm was served, where it differs from the experiment's other arms: as its wreck declares it."""

    workers: int | None = _added()
    gunicorn: dict[str, str] = _added({})
    """gunicorn's options, without their dashes; "" for one that takes no value."""
    environment: dict[str, str] = _added({})
    preload: str | None = _added()
    python: str | None = _added()
    pool: Pool | None = _added()
    """None where it is SQLAlchemy's own default."""
    database_options: str = _added("")
    """What its connections to the database set, as libpq's ``options``."""


class ArmResult(Model):
    title: str
    removes: str | None = None
    """The suspect this arm takes away, if any."""
    rounds: Annotated[list[Round], Field(min_length=1)]
    statements: list[Statement] = []
    slow_log: list[LoggedStatement] = []
    """The slowest few lines of the server's own log."""
    traces: dict[str, Hex] = {}
    """What the trace shows (``median``, ``slowest``) to its id in ``traces/``."""
    answer_sha256: Hex | None = None
    """Of the canonical answers to every path of the traffic; equal in every arm."""
    log: list[LogLine] = _added([])
    """What servers and kernel said of trouble, a few lines of each kind."""
    neighbours_log: list[LogLine] = _added([])
    """What the servers of the neighbour's host said of it."""
    served: Served | None = _added()
    rows_misjudged_times: float | None = _added()
    """How many times off the worst estimate of rows was, in the plan of its costliest statement; None where no plan was kept."""


class Experiment(Model):
    """Some arms under one traffic at one scale, round after round."""

    title: str
    scale: str
    loop: Literal["open", "closed"]
    rate_per_s: Positive | None = None
    """Open loop: the mean arrival rate."""
    clients: int | None = None
    """Closed loop: how many send their next request when the last is answered."""
    arrivals: Literal["poisson", "constant"] | None = None
    duration_s: Positive
    workers: int
    probes: bool
    """Whether spans and statement log were on."""
    round_trip_ms: NonNegative = _added(0.0)
    """Added between application and database."""
    memory_limit_mb: int | None = _added()
    hosts_apart: bool = _added(False)
    command: str
    arms: dict[Name, ArmResult]

    @model_validator(mode="after")
    def _loop_has_its_number(self):
        if (self.loop == "open") != (self.rate_per_s is not None):
            raise ValueError("an open loop, and only that, has rate_per_s")
        if (self.loop == "closed") != (self.clients is not None):
            raise ValueError("a closed loop, and only that, has clients")
        return self


class Dataset(Model):
    """The dice world that was loaded, proven by count and hash."""

    seed: int
    rows: dict[str, int]
    sha256: Hex
    bytes: dict[str, int] = {}
    """Size on disk by table, indexes included."""


class Index(Model):
    """What a fix costs: building an index, keeping it, writing past it."""

    statement: str
    build_s: NonNegative
    bytes: int
    insert_us_per_row_without: NonNegative | None = None
    insert_us_per_row_with: NonNegative | None = None


class Environment(Model):
    """The machine and versions, and nothing that says whose machine it is."""

    versions: dict[str, str]
    """``python``, ``postgres``, ``nginx``, and every Python package by name."""
    kernel: str
    libc: str
    cpu_model: str
    cpu_count: int
    memory_mb: int
    postgres_settings: dict[str, str]
    privileged: bool


class Interval(Model):
    """A value with its 95 % confidence interval over rounds."""

    value: float
    low: float
    high: float
    rounds: Annotated[list[float], Field(min_length=1)]


class ClaimResult(Model):
    """A sentence of the story and how its test came out."""

    sentence: str
    measured: Interval
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    holds: bool
    is_exact: bool = _added(False)


class Noise(Model):
    """Something about the machine, not the wreck, that a reader should know before trusting small differences."""

    kind: Literal["steal", "others", "speed", "drift", "groups"]
    said: str
    advice: str


class Record(Model):
    schema_version: Literal[1] = SCHEMA_VERSION
    wreck: Name
    made_at: datetime
    publishable: bool
    unpublishable_because: list[str] = []
    command: str
    seed: int
    commit: Hex | None
    commit_is_clean: bool
    code_sha256: Hex
    """Of the code this evidence depends on: the wreck, the dice world, the machinery."""
    environment: Environment
    datasets: dict[Name, Dataset]
    experiments: dict[Name, Experiment]
    indexes: dict[Name, Index] = {}
    claims: dict[Name, ClaimResult] = {}
    absent: dict[str, str] = {}
    """Instrument to why it could not be read in this run."""
    warnings: list[str] = []
    noise: list[Noise] = _added([])
    rounds_added: dict[Name, int] = _added({})
    """Experiment to the rounds it was given beyond those declared, since a claim could not be told by those."""
    elapsed_s: NonNegative
    stack_start_s: Quantiles

    @model_validator(mode="after")
    def _quick_is_never_publishable(self):
        if self.publishable == bool(self.unpublishable_because):
            raise ValueError("publishable exactly when nothing speaks against it")
        return self


class ArmSamples(Model):
    """Parallel lists, one entry a request, of one arm in one round of one experiment."""

    experiment: Name
    arm: Name
    round: int
    due_s: list[float]
    latency_ms: list[float]
    path: list[int]
    """Index into ``Samples.paths``."""
    status: list[str]
    layers_ms: dict[str, list[float]] = {}
    trace: list[str | None] = []
    """The id where ``traces/`` holds it."""

    @model_validator(mode="after")
    def _parallel(self):
        lengths = {len(self.due_s), len(self.latency_ms), len(self.path), len(self.status)}
        lengths |= {len(v) for v in self.layers_ms.values()}
        lengths |= {len(self.trace)} if self.trace else set()
        if len(lengths) != 1:
            raise ValueError(f"lists of one length, got lengths {sorted(lengths)}")
        return self


class Samples(Model):
    schema_version: Literal[1] = SCHEMA_VERSION
    paths: list[str]
    runs: list[ArmSamples]


class Event(Model):
    """Something that happened at one moment of a run."""

    at_s: float
    kind: Name
    text: str


class Sessions(Model):
    """How many sessions of one client were at one statement, by reading."""

    client: str
    """The name it gave, such as ``web`` or ``aux``."""
    address: str
    """A loopback address that stands for its host."""
    statement: str
    counts: list[int]


class Waits(Model):
    """How many sessions of one client waited for a lock that another held or waited for, by reading. As ``Wait`` has it."""

    client: str
    address: str
    statement: str
    holder: str
    holder_address: str
    holder_statement: str
    holder_state: str
    counts: list[int]


class Series(Model):
    """Readings of one run: parallel lists over ``at_s``, from the start of traffic."""

    experiment: Name
    arm: Name
    round: int
    at_s: list[float]
    values: dict[str, list[float]] = {}
    """``cores.<group>``, ``rss_mb.<group>`` and, with a memory limit, ``fence_mb``: the most charged to it since the reading before."""
    sessions: list[Sessions] = []
    idle: list[Sessions] = _added([])
    """Those that were at no statement and held a transaction open, with what they were at last."""
    waits: list[Waits] = _added([])
    events: list[Event] = []

    @model_validator(mode="after")
    def _parallel(self):
        lengths = {len(self.at_s), *(len(v) for v in self.values.values()), *(len(s.counts) for s in (*self.sessions, *self.idle, *self.waits))}
        if len(lengths) != 1:
            raise ValueError(f"lists of one length, got lengths {sorted(lengths)}")
        return self


class SeriesFile(Model):
    schema_version: Literal[1] = SCHEMA_VERSION
    runs: list[Series]


class PlanNode(Model):
    """One node of ``EXPLAIN (ANALYZE, BUFFERS)``. Times include all loops; own time excludes children."""

    node: str
    relation: str | None = None
    index: str | None = None
    detail: str | None = None
    """Its condition, filter, keys or the like."""
    rows_estimated: NonNegative
    rows_actual: NonNegative
    """Over all loops."""
    rows_removed: NonNegative = 0
    loops: NonNegative
    own_ms: NonNegative
    total_ms: NonNegative
    blocks_hit: int = 0
    blocks_read: int = 0
    temp_blocks: int = 0
    children: list["PlanNode"] = []

    @property
    def rows_expected(self) -> float:
        """Over all loops; the planner's estimate is for one."""
        return self.rows_estimated * max(self.loops, 1)

    @property
    def misjudged_times(self) -> float:
        """How many times off the estimate of rows was, at least 1."""
        expected, met = max(self.rows_expected, 1), max(self.rows_actual, 1)
        return max(expected / met, met / expected)


class Plan(Model):
    sql: str
    planning_ms: NonNegative
    execution_ms: NonNegative
    shape_sha256: Hex
    """Of the tree without its numbers: equal shapes are the same plan."""
    root: PlanNode


_TAKES_ALL = ("Sort", "Incremental Sort", "Hash", "HashAggregate", "Aggregate")
"""Nodes that ask for every row beneath them before they give one."""


def worst_misjudged(root: PlanNode) -> PlanNode:
    """Return the node whose estimate of rows was furthest off; of those equally far the innermost, where such a fault begins.

    Passed over are estimates that nothing was held against: of nodes that never ran, of those cut short by a LIMIT above them
    when they met fewer, and of one row a loop where fewer were met, for the planner never says less than one.
    """
    judged = [node for node, is_cut in _with_cuts(root, False) if _is_judged(node, is_cut)]
    return max(reversed(judged or [root]), key=lambda node: node.misjudged_times)


def _with_cuts(node: PlanNode, is_cut: bool):
    """Yield each node with whether a LIMIT above may have cut it short, parents first."""
    yield node, is_cut
    beneath = node.node == "Limit" or (is_cut and node.node not in _TAKES_ALL)
    for child in node.children:
        yield from _with_cuts(child, beneath)


def _is_judged(node: PlanNode, is_cut: bool) -> bool:
    met_fewer = node.rows_actual < node.rows_expected
    return node.loops > 0 and not (met_fewer and (is_cut or node.rows_estimated <= 1))


class Plans(Model):
    schema_version: Literal[1] = SCHEMA_VERSION
    plans: dict[str, dict[Name, Plan]]
    """Scale to arm to plan."""


# --- on disk ---------------------------------------------------------------------------------


def dumps(model: Model) -> str:
    """Return canonical JSON: sorted keys, floats to 6 significant digits, one trailing newline.

    The same model gives the same bytes, so unchanged evidence makes no diff.
    """
    data = _rounded(model.model_dump(mode="json", exclude_defaults=False))
    return json.dumps(data, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"), indent=0) + "\n"


def _rounded(value):
    if isinstance(value, float):
        if not math.isfinite(value) or value == 0:
            return value
        value = float(f"{value:.6g}")
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return value


def loads(model: type[Model], text: str, *, origin: str):
    """Return ``text`` as a ``model``; name every fault with its place in the file.

    Raises EvidenceError for what is not JSON, is of another version, or does not fit.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise EvidenceError(f"JSON in {origin}", f"{fault}", "restore the file from version control or run 'invoke rebuild'") from None
    version = data.get("schema_version") if isinstance(data, dict) else None
    while isinstance(version, int) and version in MIGRATIONS and version < SCHEMA_VERSION:
        try:
            data = MIGRATIONS[version](model.__name__, data)
        except (LookupError, TypeError, ValueError, AttributeError) as fault:
            got = f"one that cannot be brought to version {version + 1}: {type(fault).__name__}: {fault}"
            raise EvidenceError(f"evidence of schema version {version} in {origin}", got, "run 'invoke rebuild' to make it anew") from None
        version += 1
        data["schema_version"] = version
    if "schema_version" in model.model_fields and (version != SCHEMA_VERSION or not isinstance(version, int) or version is True):
        newer = isinstance(version, int) and version > SCHEMA_VERSION
        raise EvidenceError(
            f"evidence of schema version {SCHEMA_VERSION} in {origin}",
            f"version {version!r}",
            "update this checkout" if newer else "run 'invoke rebuild' to make it anew",
        )
    try:
        return model.model_validate(data)
    except ValidationError as fault:
        faults = [f"{'.'.join(map(str, e['loc'])) or 'whole'}: {e['msg']}" for e in fault.errors()]
        shown = "; ".join(faults[:20]) + (f"; and {len(faults) - 20} more" if len(faults) > 20 else "")
        raise EvidenceError(f"a {model.__name__} in {origin}", shown, "restore the file from version control or run 'invoke rebuild'") from None


def read(folder: Path, model: type[Model], name: str):
    """Read ``folder/name`` as ``model``. Raises EvidenceError, also when there is no such file."""
    path = folder / name
    origin = f"{folder.name}/{name}"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise EvidenceError(f"evidence in {origin}", "no such file", "run 'invoke rebuild' to make it") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise EvidenceError(f"readable text in {origin}", str(fault), "restore it from version control or run 'invoke rebuild'") from None
    return loads(model, text, origin=origin)


def read_record(folder: Path) -> Record:
    return read(folder, Record, "record.json")


def read_samples(folder: Path) -> Samples:
    return read(folder, Samples, "samples.json")


def read_plans(folder: Path) -> Plans:
    return read(folder, Plans, "plans.json")


def read_series(folder: Path) -> SeriesFile:
    """Return the readings over time; none where a wreck keeps none."""
    if not (folder / "series.json").exists():
        return SeriesFile(runs=[])
    return read(folder, SeriesFile, "series.json")


def json_schema() -> str:
    """Return the JSON Schema of all files, one document, for readers in other languages."""
    documents = {m.__name__: m.model_json_schema() for m in (Record, Samples, Plans, SeriesFile)}
    return json.dumps({"schema_version": SCHEMA_VERSION, **documents}, indent=1, sort_keys=True) + "\n"


# --- looking things up -------------------------------------------------------------------------


def arms_of(record: Record, experiment: str) -> dict[str, ArmResult]:
    """Return the results of an experiment's arms by name, or say which experiments there are."""
    if experiment not in record.experiments:
        raise EvidenceError(f"an experiment of {record.wreck}", f"'{experiment}'", nearest(experiment, record.experiments))
    return record.experiments[experiment].arms


def arm_of(record: Record, experiment: str, arm: str) -> ArmResult:
    """Return an arm's result, or say which names there are."""
    arms = arms_of(record, experiment)
    if arm not in arms:
        raise EvidenceError(f"an arm of {record.wreck} {experiment}", f"'{arm}'", nearest(arm, arms))
    return arms[arm]
