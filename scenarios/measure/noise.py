"""What speaks against small differences in a record: the machine's doing, not the wreck's.

Every rule is about many runs at once. A single run's bad luck is what rounds and intervals are for.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence

from scenarios.record import Experiment, Noise, Round

NOTED_SHARE = 0.1
"""Of the runs: below this a thing is an accident."""
STEAL_SHARE = 0.05
OTHERS_CORES = 0.25
SPEED_RATIO = 1.25
DRIFT_RATIO = 1.1
GROUPS_APART = 1.25
"""Two groups of rounds are this far apart at least, and their gap is this many times the spread within either."""
GROUPS_GAP = 3.0
FEWEST_ROUNDS = 5

QUIETER = "close other programs, or run at a quieter hour"
ALONE = "run where no other guests share the processor, or read only what is far from even"


def noise(experiments: Mapping[str, Experiment], cores: int) -> list[Noise]:
    """Return what was noticed, ``cores`` being how many this machine has."""
    cells = {(name, arm): result.rounds for name, e in experiments.items() for arm, result in e.arms.items()}
    runs = [run for rounds in cells.values() for run in rounds]
    return [*_steal(runs), *_others(runs, cores), *_speed(runs), *_drift(cells), *_groups(cells)]


def _steal(runs: Sequence[Round]) -> Iterator[Noise]:
    shares = [run.steal_share for run in runs if run.steal_share is not None]
    bad = [share for share in shares if share > STEAL_SHARE]
    if _is_noted(bad, shares):
        yield Noise(
            kind="steal", advice=ALONE,
            said=f"in {len(bad)} of {len(shares)} runs other guests of this host took more than {STEAL_SHARE:.0%} of the CPU, at most {max(bad):.0%}",
        )  # fmt: skip


def _others(runs: Sequence[Round], cores: int) -> Iterator[Noise]:
    used = [run.others_cores for run in runs if run.others_cores is not None]
    bad = [each for each in used if each > OTHERS_CORES]
    if _is_noted(bad, used):
        yield Noise(
            kind="others", advice=QUIETER,
            said=f"in {len(bad)} of {len(used)} runs other programs used part of this machine, {statistics.median(bad):.1f} of {cores} cores in the middle one",
        )  # fmt: skip


def _speed(runs: Sequence[Round]) -> Iterator[Noise]:
    """The middle nine tenths of the yardsticks, so that one hiccup does not speak for all."""
    took = sorted(run.yardstick_ms for run in runs if run.yardstick_ms)
    if len(took) < 20:
        return
    quick, slow = took[len(took) // 20], took[-1 - len(took) // 20]
    if slow / quick > SPEED_RATIO:
        yield Noise(
            kind="speed", advice=ALONE,
            said=f"the same piece of work took {quick:.2g} to {slow:.2g} ms from run to run: the processor's own speed varied {slow / quick:.2g}-fold",
        )  # fmt: skip


def _drift(cells: Mapping[tuple[str, str], Sequence[Round]]) -> Iterator[Noise]:
    """Each round against the first, over all cells together: rounds of all arms share their hour."""
    shifts: dict[int, list[float]] = {}
    for rounds in cells.values():
        times = {run.round: time_ms for run in rounds if (time_ms := _median_ms(run))}
        if len(times) >= FEWEST_ROUNDS:
            centre = statistics.fmean(math.log(t) for t in times.values())
            for number, time_ms in times.items():
                shifts.setdefault(number, []).append(math.log(time_ms) - centre)
    if len(shifts) < FEWEST_ROUNDS:
        return
    path = [statistics.median(shifts[number]) for number in sorted(shifts)]
    ratio = math.exp(path[-1] - path[0])
    if abs(kendall(path)) >= 0.8 and max(ratio, 1 / ratio) > DRIFT_RATIO:
        way = "slower" if ratio > 1 else "quicker"
        yield Noise(
            kind="drift", advice="let it run again: ratios within a round bear this, times of day do not",
            said=f"the machine became {way} from round to round: the last took {ratio:.2g} times the first, over all arms",
        )  # fmt: skip


def _groups(cells: Mapping[tuple[str, str], Sequence[Round]]) -> Iterator[Noise]:
    split = {cell: found for cell, rounds in cells.items() if (found := groups([t for run in rounds if (t := _median_ms(run))]))}
    if split:
        told = "; ".join(f"{experiment} {arm}: {low:.3g} and {high:.3g} ms" for (experiment, arm), (low, high) in sorted(split.items()))
        yield Noise(
            kind="groups", advice="an average of two states describes neither: look for what changes between runs",
            said=f"medians of rounds fall into two groups ({told})",
        )  # fmt: skip


def _median_ms(run: Round) -> float | None:
    """Return a run's median; None where it is of two states by design, a neighbour there and not there, and lies now in one, now in the other."""
    return None if run.phases else run.latency_ms.p50


def groups(times: Sequence[float]) -> tuple[float, float] | None:
    """Return the middles of the two groups that ``times`` fall into, None where they are one; at least two in either."""
    logs = sorted(math.log(t) for t in times)
    if len(logs) < FEWEST_ROUNDS:
        return None
    gap, at = max((high - low, index) for index, (low, high) in enumerate(zip(logs, logs[1:], strict=False), 1) if 2 <= index <= len(logs) - 2)
    low, high = logs[:at], logs[at:]
    within = max(low[-1] - low[0], high[-1] - high[0])
    if gap < GROUPS_GAP * within or gap < math.log(GROUPS_APART):
        return None
    return math.exp(statistics.fmean(low)), math.exp(statistics.fmean(high))


def kendall(path: Sequence[float]) -> float:
    """Return Kendall's rank correlation of values with their order: 1 for always rising, -1 for always falling."""
    pairs = [(later > earlier) - (later < earlier) for index, earlier in enumerate(path) for later in path[index + 1 :]]
    return sum(pairs) / len(pairs) if pairs else 0.0


def _is_noted(bad: Sequence[float], all_: Sequence[float]) -> bool:
    return len(bad) > NOTED_SHARE * len(all_)
