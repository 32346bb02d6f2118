"""How a wreck is declared, and how wrecks are found.

A wreck is a folder under ``scenarios/wrecks/`` with two files: ``routes.py``, the handlers as a
web developer would write them, and ``wreck.py``, which declares them here as ``WRECK``. There is
no registry: the folder's name is the wreck's, with ``-`` for ``_`` (``truculent_query`` is
``truculent-query`` on the command line, in ``docs/dives/`` and in ``site_data/``).
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from scenarios.errors import UsageError, WreckError, nearest

if TYPE_CHECKING:  # A web worker imports this module, and has no use for what a record needs.
    from scenarios.record import Record

WRECKS = Path(__file__).parent / "wrecks"
TRACED_WORKERS = ("sync", "gthread")
"""gunicorn's classes of workers that serve a request on one thread from beginning to end, which spans rest on."""


@dataclass(frozen=True)
class Pool:
    """The pool of connections that each of the application's processes has. What is not said is as SQLAlchemy has it."""

    size: int = 5
    max_overflow: int = 10
    """Connections beyond ``size`` that are opened when all are out, and closed when they come back."""
    timeout_s: float = 30
    """How long a thread waits for a connection; then it is refused one."""

    def __post_init__(self):
        if self.size < 1 or self.max_overflow < 0 or self.timeout_s <= 0:
            raise ValueError(f"a pool of 1 connection or more, none or more beyond, and a time to wait above 0, got {self}")


@dataclass(frozen=True)
class Arm:
    """One variant of the code or its database, under the same traffic as the others."""

    name: str
    title: str
    handler: str
    """The function in ``routes.py`` that answers in this arm."""
    removes: str | None = None
    """The suspect it takes away, in the words of the page."""
    prepare: tuple[str, ...] = ()
    """SQL run once on this arm's own copy of the data, before VACUUM ANALYZE."""
    needs_extension: str | None = None
    """A Postgres extension ``prepare`` relies on; where it cannot be had the arm is marked absent."""
    environment: tuple[tuple[str, str], ...] = ()
    """Variables that the application's processes start with, such as ``("PYTHONMALLOC", "malloc")``."""
    preload: str | None = None
    """A shared library the application starts with, by its bare name (``jemalloc``); absent where there is none."""
    python: str | None = None
    """Another Python to serve with (``3.12``), absent where none is installed with this project's packages."""
    workers: int | None = None
    """gunicorn's workers, if not as many as the experiment has."""
    gunicorn: tuple[str, ...] = ()
    """More of gunicorn's options, such as ``("--max-requests", "20")``."""
    pool: Pool | None = None
    """If not as SQLAlchemy has it."""
    database_options: str = ""
    """What its connections to the database set, as libpq's ``options``: ``-c work_mem=64MB``. Its plan is asked for with them too."""
    neighbour: NeighbourArm | None = None
    """What the neighbour does in this arm, where the experiment has one; without it nobody comes."""


@dataclass(frozen=True)
class NeighbourArm:
    """The second host's side of an arm, and what is done about it."""

    handler: str
    workers: int | None = None
    """If not as many as the experiment has: its connections to the database are no more than these."""
    database_options: str = ""
    """What its connections set, as libpq's ``options``: ``-c statement_timeout=500``."""
    own_database: bool = False
    """Whether it asks a copy of the data on a server of its own."""
    remedy: str | None = None
    """What an operator does while it is busy; ``measure.remedies`` has those there are. Absent where it cannot be done."""


@dataclass(frozen=True)
class Neighbour:
    """A second application host on the same database, busy for a part of each run."""

    paths: tuple[str, ...]
    clients: int
    """In a closed loop."""
    begins_s: float
    ends_s: float
    workers: int = 10
    requests: int | None = None
    """How many to send in all, if that ends it before the time does: as many as there are paths, and nothing is done twice."""


@dataclass(frozen=True)
class OpenLoop:
    """Requests are sent when they are due, whether or not earlier ones were answered."""

    rate_per_s: float
    duration_s: float
    arrivals: Literal["poisson", "constant"] = "poisson"


@dataclass(frozen=True)
class ClosedLoop:
    """Each client sends its next request when its last is answered, as the talk's did."""

    clients: int
    duration_s: float
    requests: int | None = None
    """How many to send in all, if that ends it before the time does."""
    weights: tuple[int, ...] | None = None
    """How often each path lies in the pack that paths are dealt from, shuffled by seed; without them paths go round in turn."""
    whole: int = 1
    """It ends after a multiple of so many requests only, so that every arm answers each path equally often."""


@dataclass(frozen=True)
class Experiment:
    """Arms to compare under one traffic at one scale."""

    name: str
    title: str
    scale: str
    traffic: OpenLoop | ClosedLoop
    arms: tuple[str, ...]
    rounds: int = 5
    workers: int = 10
    """gunicorn's sync workers; the talk had 10."""
    probes: bool = True
    paths: tuple[str, ...] | None = None
    """What is asked for, if not the wreck's own paths."""
    warm_paths: tuple[str, ...] | None = None
    """What the workers are warmed by, if not by what is asked for."""
    round_trip_ms: float = 0.0
    """Added to every round trip between application and database, for real, by a relay."""
    neighbour: Neighbour | None = None
    hosts_apart: bool = False
    """The database has one core, everything else the others, as on hosts of their own."""
    fresh_data: bool = False
    """For handlers that write: every run begins on data as loaded."""
    memory_limit_mb: int | None = None
    """For all the application's processes together, enforced by the kernel; absent where it cannot be."""
    watch_memory: bool = False
    """Whether each request's effect on its worker's memory is read."""
    keep_samples: bool = False
    """Whether single requests go to ``samples.json`` (for pictures that draw them)."""
    keep_traces: bool = False
    keep_plans: bool = False
    """Whether the plan of each arm's costliest statement is kept, and its answers are compared with the other arms'."""
    keep_series: bool = False
    """Whether readings over time go to ``series.json``."""


@dataclass(frozen=True)
class Claim:
    """A sentence of the story, bound to a test that can fail.

    ``measure`` turns a record into one value a round; the claim holds when the whole 95 %
    interval of their mean lies on the right side of the bound. ``{value}`` in the sentence is
    replaced by that mean.
    """

    name: str
    sentence: str
    measure: Callable[[Record], Sequence[float]]
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    is_ratio: bool = False
    """Ratios are averaged, and their interval taken, on a logarithmic scale."""
    is_exact: bool = False
    """Every value must pass by itself: for what is counted or compared, not timed."""

    def __post_init__(self):
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"claim {self.name}: give at_least or at_most, one of them")
        if "{value}" not in self.sentence:
            raise ValueError(f"claim {self.name}: its sentence must show {{value}}")


@dataclass(frozen=True)
class Figure:
    """A figure of the talk's own logbook (2016), quoted beside ours and never compared as equal."""

    value: float
    unit: str
    where: str
    """The slide it stands on."""


@dataclass(frozen=True)
class Wreck:
    """Everything ``measure`` needs to sink one application in several ways."""

    title: str
    finding: str
    """The one line a reader should keep."""
    arms: tuple[Arm, ...]
    paths: tuple[str, ...]
    """What the traffic asks for, in turn."""
    experiments: tuple[Experiment, ...]
    claims: tuple[Claim, ...]
    logbook: Mapping[str, Figure] = field(default_factory=dict)
    cast: tuple[str, ...] = ()
    """Login patterns (SQL LIKE) the dice world must hold for this traffic to mean something."""
    answer_paths: tuple[str, ...] = ()
    """What each arm is asked once, as data, to see that all answer alike; if nothing, the first two of ``paths``."""

    slug: str = ""
    """Given by ``load``."""
    routes: ModuleType | None = None
    """``routes.py``; given by ``load``."""

    def paths_of(self, experiment: Experiment) -> tuple[str, ...]:
        """Return what an experiment asks for."""
        return experiment.paths or self.paths

    @property
    def compared_paths(self) -> tuple[str, ...]:
        """What every arm must answer alike."""
        return self.answer_paths or self.paths[:2]

    @property
    def all_paths(self) -> tuple[str, ...]:
        """Everything any experiment asks for, each once."""
        return tuple(dict.fromkeys((*self.paths, *(path for e in self.experiments for path in e.paths or ()))))

    def arm(self, name: str) -> Arm:
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise UsageError(f"an arm of {self.slug}", f"'{name}'", nearest(name, [a.name for a in self.arms]))

    def experiment(self, name: str) -> Experiment:
        for experiment in self.experiments:
            if experiment.name == name:
                return experiment
        raise UsageError(f"an experiment of {self.slug}", f"'{name}'", nearest(name, [e.name for e in self.experiments]))


def options_named(words: Sequence[str]) -> dict[str, str]:
    """Return a command line's options by name, without dashes: ``("--threads", "8")`` and ``("--threads=8",)`` are one."""
    found: dict[str, str] = {}
    name = ""
    for word in words:
        if word.startswith("-"):
            name, _, value = word.lstrip("-").partition("=")
            found[name] = value
        elif name:
            found[name] = f"{found[name]} {word}".strip()
    return found


def slugs(folder: Path = WRECKS) -> list[str]:
    """Return the names of all wrecks, sorted."""
    return sorted(p.parent.name.replace("_", "-") for p in folder.glob("*/wreck.py"))


def load(slug: str, folder: Path = WRECKS) -> Wreck:
    """Return the wreck called ``slug``. Raises UsageError for an unknown name, WreckError for a faulty declaration."""
    if slug not in slugs(folder):
        raise UsageError("a wreck", f"'{slug}'", nearest(slug, slugs(folder)))
    wreck = getattr(_module(slug, "wreck", folder), "WRECK", None)
    if not isinstance(wreck, Wreck):
        where = f"wrecks/{slug.replace('-', '_')}/wreck.py"
        raise WreckError(f"WRECK = Wreck(...) in {where}", repr(wreck), "declare it as the contributing guide shows")
    wreck = replace(wreck, slug=slug, routes=routes_of(slug, folder))
    _check(wreck)
    return wreck


def routes_of(slug: str, folder: Path = WRECKS) -> ModuleType:
    """Return a wreck's ``routes.py`` alone: all that serving it takes."""
    return _module(slug, "routes", folder)


def _module(slug: str, name: str, folder: Path) -> ModuleType:
    package = slug.replace("-", "_")
    return importlib.import_module(f"scenarios.wrecks.{package}.{name}") if folder == WRECKS else _import_file(folder / package / f"{name}.py")


def _check(wreck: Wreck) -> None:
    """Refuse a declaration that names things which are not there."""
    arms = [a.name for a in wreck.arms]
    faults = [f"arm '{a.name}' answers by '{a.handler}', which routes.py lacks" for a in wreck.arms if not hasattr(wreck.routes, a.handler)]
    faults += [
        f"arm '{a.name}': the neighbour answers by '{a.neighbour.handler}', which routes.py lacks"
        for a in wreck.arms
        if a.neighbour and not hasattr(wreck.routes, a.neighbour.handler)
    ]
    faults += [
        f"experiment '{e.name}' runs arm '{a}', which is not declared ({nearest(a, arms)})"
        for e in wreck.experiments
        for a in e.arms
        if a not in arms
    ]
    faults += [
        f"experiment '{e.name}', {why}" for e in wreck.experiments for a in e.arms if a in arms and (why := _unseen(e, wreck.arm(a)))
    ]
    for kind, names in (
        ("arm", arms),
        ("experiment", [e.name for e in wreck.experiments]),
        ("claim", [c.name for c in wreck.claims]),
    ):
        faults += [f"{kind} '{n}' is declared twice" for n in sorted({n for n in names if names.count(n) > 1})]
        faults += [f"{kind} name '{n}' is not lower-case-with-dashes" for n in names if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", n)]
    if faults:
        raise WreckError(f"a sound declaration of {wreck.slug}", "; ".join(faults), "mend wreck.py")


def _unseen(experiment: Experiment, arm: Arm) -> str | None:
    """Return what the instruments could not tell truly of an arm, None if there is nothing."""
    options = options_named(arm.gunicorn)
    kind = options.get("worker-class", options.get("k", "sync"))
    if experiment.probes and kind not in TRACED_WORKERS:
        return f"arm '{arm.name}': a worker of class '{kind}' is not traced; use one of {', '.join(TRACED_WORKERS)}, or probes=False"
    if experiment.watch_memory and (kind != "sync" or options.get("threads", "1") != "1"):
        return f"arm '{arm.name}': what threads of one worker hold of its memory cannot be told apart; use sync workers, or watch_memory=False"
    return None


def _import_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"_wreck_{path.parent.name}_{path.stem}", path)
    if spec is None or not path.exists():
        raise WreckError(f"{path.name} in {path.parent.name}/", "no such file", "add it")
    module = importlib.util.module_from_spec(spec)
    # As a plain import does it: a dataclass, for one, looks for its own module there while that is still being run.
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[spec.name]
        raise
    return module
