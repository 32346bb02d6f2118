"""What single runs noted, apart: what was not to happen, and the deaths that a wreck is about.

A death is meant where the story rests on it: a claim that holds, and that would not had nobody died in that experiment.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass

from scenarios import claims
from scenarios.errors import WreckError
from scenarios.publish.dive import Dive
from scenarios.record import Record, Round

_TELLS_OF_DEATH = re.compile(r"\d+ workers died: |\d+ of \d+ requests (left no spans$|were not answered with 200: )")
"""What a run notes of a worker that died, and of the requests that died with it."""


@dataclass(frozen=True)
class Noted:
    """What the runs of a record noted, as sentences."""

    unforeseen: tuple[str, ...]
    meant: tuple[str, ...]


def noted(dive: Dive) -> Noted:
    """Return every note of the record, those of single rounds with their place, each once."""
    record, about = dive.record, meant_deaths(dive)
    unforeseen, meant, retold = [], [], set()
    for name, experiment in record.experiments.items():
        for arm_name, arm in experiment.arms.items():
            for each in arm.rounds:
                told = meant if name in about and not _is_more_than_deaths(each) else []
                for note in each.warnings:
                    retold.add(f"{name} {arm_name}: {note}")
                    into = told if told is meant and _TELLS_OF_DEATH.match(note) else unforeseen
                    into.append(f"{name}, {arm.title}, round {each.round}: {note}")
    # The record tells those of its rounds once more, without the round.
    own = [note for note in record.warnings if note not in retold]
    return Noted(tuple(dict.fromkeys([*own, *unforeseen])), tuple(dict.fromkeys(meant)))


def meant_deaths(dive: Dive) -> set[str]:
    """Return the experiments whose deaths a claim of the story rests on."""
    died = [name for name, experiment in dive.record.experiments.items() if any(map(_died, _rounds(dive.record, name)))]
    return {name for name in died if _lost_claims(dive, _spared(dive.record, name))}


def _rounds(record: Record, experiment: str) -> list[Round]:
    return [each for arm in record.experiments[experiment].arms.values() for each in arm.rounds]


def _died(each: Round) -> bool:
    return bool(each.kills or each.workers_died)


def _is_more_than_deaths(each: Round) -> bool:
    """Return whether more answers failed than workers died: then something else went wrong as well."""
    return sum(count for status, count in each.statuses.items() if status != "200") > max(each.kills or 0, len(each.workers_died))


def _spared(record: Record, experiment: str) -> Record:
    """Return the record as if in one experiment nobody had died and every request been answered."""
    found = record.experiments[experiment]
    alive = {"workers_died": [], "kills": 0}
    arms = {
        name: arm.model_copy(
            update={"rounds": [each.model_copy(update=alive | {"statuses": {"200": each.requests}}) for each in arm.rounds]}
        )
        for name, arm in found.arms.items()
    }
    changed = found.model_copy(update={"arms": arms})
    return record.model_copy(update={"experiments": record.experiments | {experiment: changed}})


def _lost_claims(dive: Dive, spared: Record) -> bool:
    """Return whether a claim that holds would not hold on ``spared``."""
    for claim in dive.wreck.claims:
        with contextlib.suppress(WreckError):
            if claims.judge(claim, dive.record).holds and not claims.judge(claim, spared).holds:
                return True
    return False
