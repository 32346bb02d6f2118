"""An experiment: how it was run, and each of its arms."""

from __future__ import annotations

from scenarios.publish import units
from scenarios.publish.dive import Dive
from scenarios.publish.evidence_page import anchors, arms
from scenarios.publish.evidence_page.markup import Cell, code, facts, joined, link, paragraph, raw
from scenarios.publish.exhibit import spread, traffic


def draw(dive: Dive, name: str) -> str:
    """Return an experiment without its heading."""
    experiment = dive.experiment(name)
    rows: list[tuple[str, Cell]] = [
        ("traffic", f"{traffic(experiment)}, {units.text(experiment.duration_s, 's')} a run"),
        ("size", spread(experiment)),
        ("workers", f"{experiment.workers} of gunicorn's, if an arm says no other number"),
        ("data", _data(dive, experiment.scale)),
        ("seed", str(dive.record.seed)),
        ("probes", "on" if experiment.probes else "off"),
        *_special(dive, name),
        ("repeat by", code(experiment.command)),
        ("raw", raw(dive.slug, f"record.json#/experiments/{name}")),
        ("arms", joined(link(arm.title, f"#{anchors.arm(name, arm_name)}") for arm_name, arm in experiment.arms.items())),
    ]
    return paragraph(experiment.title) + facts(rows) + "".join(arms.draw(dive, name, arm) for arm in experiment.arms)


def _data(dive: Dive, scale: str) -> Cell:
    return link(f"scale “{scale}”", f"#{anchors.dataset(scale)}") if scale in dive.record.datasets else scale


def _special(dive: Dive, name: str) -> list[tuple[str, Cell]]:
    experiment = dive.experiment(name)
    added = dive.record.rounds_added.get(name)
    return [
        (what, said)
        for what, said in (
            ("round trip added", units.text(experiment.round_trip_ms, "ms") if experiment.round_trip_ms else ""),
            ("memory limit", units.text(experiment.memory_limit_mb, "MB") if experiment.memory_limit_mb else ""),
            ("hosts", "database and application on cores of their own" if experiment.hosts_apart else ""),
            ("rounds added", f"{added}, since a claim could not be told by those declared" if added else ""),
        )
        if said
    ]
