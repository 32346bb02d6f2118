"""Facts of a record that are no arm's: of its data, plans and indexes, how it was run, and the talk's own figures."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from scenarios.errors import UsageError, nearest
from scenarios.publish import units
from scenarios.publish.dive import Dive
from scenarios.publish.evidence_page import anchors
from scenarios.publish.facts.fact import Fact, shown
from scenarios.record import worst_misjudged

MISJUDGED = "misjudged"


def walk(model: object, path: str, where: str) -> object:
    """Return what lies at dotted ``path`` in a model, naming what there is where a step fails."""
    at, rest = model, path
    while rest:
        known = dict(at) if isinstance(at, BaseModel | dict) else dict(enumerate(at)) if isinstance(at, list | tuple) else {}
        known = {str(k): v for k, v in known.items()}
        # Names may hold dots themselves (a setting of an extension): the longest that fits is meant.
        step = next((k for k in sorted(known, key=len, reverse=True) if rest == k or rest.startswith(k + ".")), None)
        if step is None:
            missing = rest.split(".")[0]
            raise UsageError(f"'{path}' in {where}", f"no '{missing}'", nearest(missing, known))
        at, rest = known[step], rest[len(step) + 1 :]
    return at


def field(dive: Dive, model: object, path: str, options: tuple[str, ...], anchor: str) -> Fact:
    """Return the one value at dotted ``path`` of ``model``. Raises UsageError where there is none, or more than one."""
    value = walk(model, path, f"the record of {dive.slug}")
    origin = f"{dive.slug}: {path}"
    href = anchors.at(dive.slug, anchor)
    if isinstance(value, BaseModel | dict | list | tuple):
        known = list(dict(value)) if isinstance(value, BaseModel | dict) else range(len(value))
        raise UsageError(f"one value at '{path}'", f"{len(known)} of them", nearest("", known))
    if value is None:
        return Fact("–", f"{origin}; not measured", "fact", href, {"wreck": dive.slug})
    if isinstance(value, datetime):
        return Fact(units.day(value), f"{origin}: {value:%Y-%m-%d %H:%M} UTC", "fact", href, {"wreck": dive.slug})
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Fact(str(value), origin, "fact", href, {"wreck": dive.slug})
    return Fact(shown(float(value), units.unit_of(path), options), origin, "fact", href, {"wreck": dive.slug})


def _scaled(dive: Dive, rest: str) -> str:
    """Return ``rest`` with an experiment's scale for its name, so that prose holds whatever scale a trial was run at."""
    first, dot, path = rest.partition(".")
    known = dive.record.experiments.get(first)
    return f"{known.scale}{dot}{path}" if known else rest


def dataset(dive: Dive, rest: str, options: tuple[str, ...]) -> Fact:
    """Return a fact of an experiment's data."""
    rest = _scaled(dive, rest)
    return field(dive, dive.record.datasets, rest, options, anchors.dataset(rest.partition(".")[0]))


def index(dive: Dive, rest: str, options: tuple[str, ...]) -> Fact:
    """Return a fact of an index: what a fix costs."""
    return field(dive, dive.record.indexes, rest, options, anchors.index(rest.partition(".")[0]))


def experiment(dive: Dive, rest: str, options: tuple[str, ...]) -> Fact:
    """Return a fact of how an experiment was run."""
    return field(dive, dive.record.experiments, rest, options, anchors.field(f"experiments.{rest}"))


def plan(dive: Dive, rest: str, options: tuple[str, ...]) -> Fact:
    """Return a fact of what the planner chose.

    ``misjudged`` after the arm is the node of the plan whose estimate of rows was furthest off, wherever in the tree it stands.
    """
    rest = _scaled(dive, rest)
    scale, _, tail = rest.partition(".")
    arm, _, path = tail.partition(".")
    anchor = anchors.plan(scale, arm)
    if path.split(".")[0] != MISJUDGED:
        return field(dive, dive.plans.plans, rest, options, anchor)
    node = worst_misjudged(walk(dive.plans.plans, f"{scale}.{arm}.root", f"the plans of {dive.slug}"))
    known = {**dict(node), "rows_expected": node.rows_expected, "misjudged_times": node.misjudged_times}
    return field(dive, {scale: {arm: {MISJUDGED: known}}}, rest, options, anchor)


def logbook(dive: Dive, name: str, options: tuple[str, ...]) -> Fact:
    """Return a figure of the talk's own. Raises UsageError for one that it has not."""
    figures = dive.wreck.logbook
    if name not in figures:
        raise UsageError(f"a figure in the logbook of {dive.slug}", f"'{name}'", nearest(name, figures))
    figure = figures[name]
    if figure.unit in units.UNITS:
        text = shown(figure.value, figure.unit, options)
    else:
        text = units.digits(figure.value) + ("" if "bare" in options else f"\u00a0{figure.unit}")
    return Fact(text, f"the talk, 2016, {figure.where}", "logbook", "", {"wreck": dive.slug, "logbook": name})
