"""An exhibit: a picture or table drawn from a record, with all that stands around it.

Every module in ``exhibits/`` is one kind. It has ``OPTIONS``, the names its fence may set (beside ``kind``,
``wreck`` and ``id``), and ``draw(dive, options) -> Exhibit``, a pure function of evidence.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, replace

from scenarios.errors import UsageError, nearest
from scenarios.publish import exhibits
from scenarios.publish.charts.chart import Chart, Table
from scenarios.publish.dive import HEADLINE, Dive
from scenarios.publish.evidence_page import anchors
from scenarios.record import ArmResult, Experiment


@dataclass(frozen=True)
class Linked:
    """What a live chart leads on to. ``linked.py`` writes what the page's script must know for it."""

    experiment: str = ""
    arms: tuple[str, ...] = ()
    rounds: tuple[int, ...] = ()
    """Those whose single requests are drawn, so that some can be picked out; none where the marks are no requests."""
    traces: tuple[str, ...] = ()
    """Ids of traces to open at first."""
    statements: bool = False
    """Whether its marks are kinds of statement, to be opened."""
    rows: tuple[str, ...] = ()
    """Of each of its rows, the id of a trace that shows what it tells; "" where none was kept."""
    toggles: bool = False
    """Whether its series can be taken out of the picture one by one."""

    @property
    def leads(self) -> bool:
        """Whether it leads to requests, traces or statements."""
        return bool(self.rounds or self.traces or self.statements or any(self.rows))


@dataclass(frozen=True)
class Exhibit:
    title: str
    """States the finding."""
    caption: str
    """Plain text: n, unit, arm, loop."""
    chart: Chart | None = None
    html: str = ""
    """A body beside or instead of the chart, already escaped."""
    table: Table | None = None
    command: str = ""
    evidence: str = "record.json"
    """The file of the wreck's evidence that it rests on."""
    anchor: str = ""
    """Where on the wreck's evidence page that is shown; told from the options where a kind says nothing."""
    linked: Linked | None = None
    experiment: str = ""
    """The one experiment drawn, where it is one: a number of the text belongs to the picture that shows its experiment."""


def kinds() -> list[str]:
    """Return every kind of exhibit, sorted."""
    return sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(exhibits.__path__))


def draw(dive: Dive, kind: str, options: dict[str, str]) -> Exhibit:
    """Return an exhibit. Raises UsageError for an unknown kind, option, experiment or arm."""
    if kind not in kinds():
        raise UsageError("a kind of exhibit", f"'{kind}'", nearest(kind, kinds()))
    module = importlib.import_module(f"{exhibits.__name__}.{kind.replace('-', '_')}")
    for name in options:
        if name not in module.OPTIONS:
            raise UsageError(f"an option of exhibit '{kind}'", f"'{name}'", nearest(name, (*module.OPTIONS, "id", "kind", "wreck")))
    drawn = module.draw(dive, options)
    if drawn.chart is not None:
        drawn = replace(drawn, chart=replace(drawn.chart, arms=tuple((a.name, a.title) for a in dive.wreck.arms)))
    if "experiment" in module.OPTIONS:
        drawn = replace(drawn, experiment=options.get("experiment", HEADLINE))
    return drawn if drawn.anchor else replace(drawn, anchor=anchors.exhibit(dive, options, module.OPTIONS))


# --- what several kinds need ---------------------------------------------------------------------


def chosen_experiment(dive: Dive, options: dict[str, str]) -> tuple[str, Experiment]:
    name = options.get("experiment", HEADLINE)
    return name, dive.experiment(name)


def chosen_arms(dive: Dive, experiment: str, options: dict[str, str]) -> dict[str, ArmResult]:
    """Return the arms named by option ``arms`` (parted by commas), or all, in declared order."""
    if "arms" in options:
        names = [n.strip() for n in options["arms"].split(",") if n.strip()]
        if not dive.record.publishable:
            # A trial run may lack arms that the page names; what is left of them is drawn.
            declared = {a.name for a in dive.wreck.arms}
            names = [n for n in names if n in dive.experiment(experiment).arms or n not in declared] or names
    else:
        recorded = dive.experiment(experiment).arms
        declared = [a.name for a in dive.wreck.arms if a.name in recorded]
        names = declared + [n for n in recorded if n not in declared]
    return {name: dive.arm(experiment, name) for name in names}


def none_of(dive: Dive, prefixes: tuple[str, ...]) -> str:
    """Return in words which of the experiments declared under these prefixes the record lacks."""
    lacking = [f"'{e.name}'" for e in dive.wreck.experiments if e.name.startswith(prefixes) and e.name not in dive.record.experiments]
    return f"no {', '.join(lacking)}" if lacking else "none declared"


def arm_role(name: str, arm: ArmResult, options: dict[str, str]) -> str:
    """Return an arm's role: ``wrecked``, ``salvaged`` (option of that name), a ``suspect`` removed, or a ``fix``."""
    if name == "wrecked":
        return "wrecked"
    if name == options.get("salvaged", "salvaged"):
        return "salvaged"
    return "suspect" if arm.removes else "fix"


def whole_number(options: dict[str, str], name: str, default: int) -> int:
    """Return an option that is a whole number above zero. Raises UsageError."""
    text = options.get(name, str(default))
    if not text.isdigit() or int(text) < 1:
        raise UsageError(f"a whole number for option '{name}'", f"'{text}'", "write one such as 1")
    return int(text)


_ARRIVALS = {"poisson": "Poisson"}
"""Arrivals that bear a person's name."""


def traffic(experiment: Experiment) -> str:
    """Return an experiment's traffic in words."""
    if experiment.loop == "open":
        how = f"open loop, {experiment.rate_per_s:g} request{'s' if experiment.rate_per_s != 1 else ''}/s"
        return how + (f" ({_ARRIVALS.get(experiment.arrivals, experiment.arrivals)} arrivals)" if experiment.arrivals else "")
    return f"closed loop, {experiment.clients} client{'s' if experiment.clients != 1 else ''}"


def requests(arm: ArmResult) -> int:
    return sum(r.requests for r in arm.rounds)


def median(values) -> float:
    """Return the median of one value a round, the summary of rounds used throughout."""
    import statistics

    return statistics.median(values)


def spread(experiment: Experiment) -> str:
    """Return how much stands behind an experiment's numbers: rounds and requests."""
    rounds = sorted({len(a.rounds) for a in experiment.arms.values()})
    counts = sorted({requests(a) for a in experiment.arms.values()})
    n = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    r = f"{rounds[0]}" if len(rounds) == 1 else f"{rounds[0]} to {rounds[-1]}"
    return f"{r} round{'s' if r != '1' else ''}, n = {n} requests an arm"
