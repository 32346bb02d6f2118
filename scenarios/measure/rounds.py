"""Round after round: every cell once, in an order of the round's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scenarios.measure.progress import Progress
from scenarios.measure.run import Order, Run, measure
from scenarios.measure.traffic.schedule import shuffled
from scenarios.measure.world.world import World
from scenarios.wreck import Arm, ClosedLoop, Experiment, Wreck

RUN_OVERHEAD_S = 1.5
"""Starting and warming a stack, roughly, for the time left."""
COUNTED_S = 5
"""What so many requests take, roughly, where their number ends the traffic and not the time."""


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


def cells_of(wreck: Wreck) -> list[Cell]:
    """Return all that a wreck declares to be run."""
    return [Cell(experiment, wreck.arm(arm)) for experiment in wreck.experiments for arm in experiment.arms]


def expected_s(wanted: Mapping[Cell, int]) -> float:
    """Return how long so many rounds of each cell take, roughly."""
    return sum(cell.expected_s * rounds for cell, rounds in wanted.items())


class Rounds:
    """The runs of a rebuild so far, in ``runs``, and the means to take more."""

    def __init__(self, wreck: Wreck, seed: int, worlds: Mapping[str, World], folder: Path, progress: Progress):
        self.wreck, self.seed, self.worlds, self.folder, self.progress = wreck, seed, worlds, folder, progress
        self.runs: list[Run] = []

    def take(self, wanted: Mapping[Cell, int]) -> None:
        """Give each cell so many rounds more than it has had."""
        have = {cell: sum(run.experiment == cell.experiment and run.arm == cell.arm for run in self.runs) for cell in wanted}
        first, last = min(have.values()) + 1, max(have[cell] + rounds for cell, rounds in wanted.items())
        for round_ in range(first, last + 1):
            due = [cell for cell, rounds in wanted.items() if have[cell] < round_ <= have[cell] + rounds]
            for position, cell in enumerate(shuffled(due, round_, self.seed), 1):
                self.progress.begin(f"round {round_}: {cell.experiment.name}, {cell.arm.name}")
                self.runs.append(self._run(cell, round_, position))
                self.progress.end(cell.expected_s)

    def _run(self, cell: Cell, round_: int, position: int) -> Run:
        # Numbered, for a socket lies in there and its path must stay short; plan.json says what it was.
        at, scale = self.folder / f"{len(self.runs) + 1:03}", cell.experiment.scale
        is_unasked = cell.experiment.keep_plans and not any(
            run.answer_sha256 for run in self.runs if run.arm == cell.arm and run.experiment.scale == scale
        )
        # The same traffic for all arms, another in every round.
        order = Order(round_, position, self.seed * 1000 + round_, ask_answers=is_unasked)
        return measure(self.wreck, cell.experiment, cell.arm, self.worlds[scale], at, order)
