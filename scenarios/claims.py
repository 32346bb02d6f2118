"""Claims put to the test, and the statistics they rest on.

An interval is over *rounds*, never over requests: requests within a round share its luck
(Kalibera and Jones, "Rigorous Benchmarking in Reasonable Time", ISMM 2013). Ratios are treated
on a logarithmic scale, where twice and half are equally far from one.
"""

from __future__ import annotations

import contextlib
import math
import re
import statistics
from collections.abc import Callable, Mapping, Sequence

from scenarios.errors import EvidenceError, WreckError, nearest
from scenarios.record import ArmResult, ClaimResult, Interval, Record, Round, Statement, arm_of, arms_of
from scenarios.wreck import Claim, Wreck

# Two-sided 95 % quantiles of Student's t by degrees of freedom, 1 to 30.
_T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


def student_t95(degrees: float) -> float:
    """Return the two-sided 95 % quantile of Student's t; degrees of freedom are rounded down, and at most 30, which errs on the wide side."""
    return _T95[min(int(degrees), len(_T95)) - 1]


def interval(values: Sequence[float], *, is_ratio: bool = False) -> Interval:
    """Return mean and 95 % confidence interval (Student's t) of one value a round.

    With ``is_ratio`` the mean is geometric. One round has no spread to learn from: its interval
    is everything, from -inf (0 for a ratio) to inf, stood for by ±1e308, so that no claim can
    hold on it unless all its values are beyond doubt.
    """
    if not values:
        raise ValueError("an interval needs at least one round")
    if is_ratio and min(values) <= 0:
        raise ValueError(f"ratios are above zero, got {min(values)}")
    points = [math.log(v) for v in values] if is_ratio else list(values)
    centre = statistics.fmean(points)
    if len(points) == 1:
        return Interval(value=values[0], low=0.0 if is_ratio else -1e308, high=1e308, rounds=list(values))
    half = student_t95(len(points) - 1) * statistics.stdev(points) / math.sqrt(len(points))
    low, value, high = centre - half, centre, centre + half
    if is_ratio:
        low, value, high = math.exp(low), math.exp(value), math.exp(high)
    return Interval(value=value, low=low, high=high, rounds=list(values))


def exact(values: Sequence[float]) -> Interval:
    """Return the mean of values that are no samples of anything, from the least of them to the greatest."""
    if not values:
        raise ValueError("nothing to compare")
    return Interval(value=statistics.fmean(values), low=min(values), high=max(values), rounds=list(values))


def judge(claim: Claim, record: Record) -> ClaimResult:
    """Test ``claim`` on ``record``. Raises EvidenceError when the record lacks what it asks for."""
    try:
        values = [float(v) for v in claim.measure(record)]
        measured = exact(values) if claim.is_exact else interval(values, is_ratio=claim.is_ratio)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as fault:
        got = "nothing to divide by" if isinstance(fault, ZeroDivisionError) else repr(fault)
        raise EvidenceError(f"evidence for claim '{claim.name}' of {record.wreck}", got, "run 'invoke rebuild'") from fault
    if claim.at_least is not None:
        holds = measured.low >= claim.at_least
    else:
        holds = measured.high <= claim.at_most
    return ClaimResult(
        sentence=claim.sentence,
        measured=measured,
        unit=claim.unit,
        at_least=claim.at_least,
        at_most=claim.at_most,
        holds=holds,
        is_exact=claim.is_exact,
    )


def judge_all(wreck: Wreck, record: Record) -> tuple[dict[str, ClaimResult], dict[str, str]]:
    """Return how every claim came out, by name, and why those that could not be judged were not.

    Raises EvidenceError when evidence is missing that nothing excuses.
    """
    results, left_out = {}, {}
    for claim in wreck.claims:
        try:
            results[claim.name] = judge(claim, record)
        except EvidenceError as fault:
            why = excuse(wreck, record, fault)
            if why is None:
                raise
            left_out[claim.name] = why
    return results, left_out


def excuse(wreck: Wreck, record: Record, fault: WreckError) -> str | None:
    """Return why what ``fault`` misses need not be in ``record``, None if it must be.

    An experiment or arm that this machine could not run is named in ``absent`` with its reason; a
    trial run may lack anything that the wreck declares.
    """
    declared = {name for e in wreck.experiments for name in (e.name, e.scale, *e.arms)}
    missing = [name for name in re.findall(r"'([^']+)'", fault.got) if name in declared]
    for name in missing:
        for kind in ("experiment", "arm"):
            if why := record.absent.get(f"{kind} {name}"):
                return why
    if not record.publishable and missing:
        return "not part of this trial run"
    if not record.publishable and fault.got.startswith("nothing"):
        return "not measured in this trial run"
    return None


def failing(results: dict[str, ClaimResult]) -> list[str]:
    """Return one line for each claim that does not hold: name, measured, interval, bound."""
    return [f"{name}: {explain(result)}" for name, result in results.items() if not result.holds]


def verdict(result: ClaimResult) -> str:
    """Return ``holds``, ``fails``, or ``untold``: by the interval the bound may lie on either side. One round tells nothing."""
    if result.holds:
        return "holds"
    bound = result.at_least if result.at_least is not None else result.at_most
    return "untold" if not result.is_exact and result.measured.low < bound < result.measured.high else "fails"


def untold(results: Mapping[str, ClaimResult]) -> list[str]:
    """Return the names of claims that more rounds might tell."""
    return [name for name, result in results.items() if verdict(result) == "untold"]


class _Noted(dict):
    """A dictionary that remembers which of its entries were asked for."""

    def __init__(self, entries: Mapping):
        super().__init__(entries)
        self.asked: set[str] = set()

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)


def reads(claim: Claim, record: Record) -> set[str]:
    """Return the experiments whose results a claim rests on, those among them that a trial left out."""
    experiments = _Noted(record.experiments)
    with contextlib.suppress(WreckError):
        judge(claim, record.model_copy(update={"experiments": experiments}))
    return experiments.asked


def resting_together(wreck: Wreck, record: Record, names: Sequence[str]) -> set[str]:
    """Return the experiments that need more rounds if the claims ``names`` do: theirs, and those that any claim holds against these.

    For a claim compares two experiments round by round, they must have as many.
    """
    sets = {claim.name: reads(claim, record) for claim in wreck.claims}
    found = set().union(*(sets[name] for name in names))
    while grown := {experiment for each in sets.values() if each & found for experiment in each} - found:
        found |= grown
    return found


def explain(result: ClaimResult) -> str:
    """Return how a claim came out, with its margin, in one line."""
    m = result.measured
    bound = f"at least {result.at_least:g}" if result.at_least is not None else f"at most {result.at_most:g}"
    if result.is_exact:
        spread = "exact" if m.low == m.high else f"from {m.low:.4g} to {m.high:.4g}"
    elif len(m.rounds) == 1:
        spread = "one round, so no interval"
    else:
        spread = f"95 % interval {m.low:.4g} to {m.high:.4g} over {len(m.rounds)} rounds"
    verb = {"holds": "holds", "untold": "cannot be told", "fails": "fails"}[verdict(result)]
    return f"{verb}: measured {m.value:.4g} {result.unit} ({spread}), wanted {bound}".replace("  ", " ")


# --- per-round values for claims to rest on ------------------------------------------------------

Measure = Callable[[Record], list[float]]


def value(experiment: str, arm: str, path: str) -> Measure:
    """Return the measure of ``path`` (such as ``latency_ms.p50``) in each round of an arm."""
    return lambda record: [round_value(r, path) for r in _rounds(record, experiment, arm)]


def each_round(experiment: str, arm: str, what: Callable[[Round], float]) -> Measure:
    """Return what ``what`` makes of each round of an arm: for what no path leads to."""
    return lambda record: [what(each) for each in _rounds(record, experiment, arm)]


def ratio(experiment: str, over: str, under: str, path: str = "latency_ms.p50") -> Measure:
    """Return ``over / under`` of ``path`` between two arms of the same round."""
    return lambda record: [
        round_value(a, path) / round_value(b, path)
        for a, b in zip(_rounds(record, experiment, over), _rounds(record, experiment, under), strict=True)
    ]


def ratio_of_experiments(over: tuple[str, str], under: tuple[str, str], path: str = "latency_ms.p50") -> Measure:
    """Return the ratio, round by round, between arms ``(experiment, arm)`` of two experiments."""
    return lambda record: [
        round_value(a, path) / round_value(b, path) for a, b in zip(_rounds(record, *over), _rounds(record, *under), strict=True)
    ]


def ratio_of_phases(experiment: str, arm: str, over: str, under: str, path: str = "latency_ms.p50") -> Measure:
    """Return ``over / under`` of ``path`` between two phases of the same run, such as ``during`` and ``before``."""
    return lambda record: [phase_value(r, over, path) / phase_value(r, under, path) for r in _rounds(record, experiment, arm)]


def rise_left(experiment: str, arm: str, path: str = "latency_ms.p50") -> Measure:
    """Return the share of the rise from ``before`` to ``during`` that is still there ``after``: 0 when all is as it was."""
    return lambda record: [
        (phase_value(r, "after", path) - phase_value(r, "before", path)) / _rise(r, path) for r in _rounds(record, experiment, arm)
    ]


def rise_in_layers(experiment: str, arm: str, layers: Sequence[str]) -> Measure:
    """Return the share of the rise of a request's mean time, from ``before`` to ``during``, that is in ``layers``."""
    return lambda record: [
        sum(_rise(r, f"layers_ms.{layer}") for layer in layers)
        / sum(_rise(r, f"layers_ms.{layer}") for layer in r.phases["during"].layers_ms)
        for r in _rounds(record, experiment, arm)
    ]


def rise_beyond(experiment: str, arm: str, control: str, path: str = "latency_ms.p50") -> Measure:
    """Return the share of the rise in ``arm`` that is not there in ``control``, in the same round."""
    return lambda record: [
        1 - _rise(c, path) / _rise(a, path)
        for a, c in zip(_rounds(record, experiment, arm), _rounds(record, experiment, control), strict=True)
    ]


def busiest_share(experiment: str, arm: str, phase: str) -> Measure:
    """Return the share of busy sessions that one client's one statement accounts for: whichever it is that has most."""
    return lambda record: [
        max(s.mean for s in r.phases[phase].sessions) / sum(s.mean for s in r.phases[phase].sessions)
        for r in _rounds(record, experiment, arm)
    ]


def busiest_elsewhen(experiment: str, arm: str, phase: str, other: str) -> Measure:
    """Return how many sessions of the address that is busiest in ``phase`` were busy in the phase ``other``, on average."""

    def measure(record: Record) -> list[float]:
        found = []
        for round_ in _rounds(record, experiment, arm):
            busiest = max(round_.phases[phase].sessions, key=lambda s: s.mean)
            found.append(sum(s.mean for s in round_.phases[other].sessions if s.address == busiest.address))
        return found

    return measure


def waits_behind(experiment: str, arm: str, phase: str, state: str) -> Measure:
    """Return how many sessions waited in ``phase`` for a lock of one in ``state``, on average.

    ``idle in transaction`` is one that does nothing; ``active`` one that holds the lock and works, or stands in line itself.
    """
    return lambda record: [
        sum(wait.mean for wait in r.phases[phase].waits if wait.holder_state == state) for r in _rounds(record, experiment, arm)
    ]


def neighbours_failures(experiment: str, arm: str) -> Measure:
    """Return the share of the neighbour's requests that were not answered with 200."""
    return lambda record: [
        1 - r.neighbour.statuses.get("200", 0) / r.neighbour.requests for r in _rounds(record, experiment, arm)
    ]


def shapes(experiment: str, arm: str, phases: Sequence[str]) -> Measure:
    """Return how many different sequences of statements requests sent in all of these phases together."""
    return lambda record: [
        float(len({shape for phase in phases for shape in r.phases[phase].shapes})) for r in _rounds(record, experiment, arm)
    ]


def phase_value(round_: Round, phase: str, path: str) -> float:
    """Return the number at ``path`` in one phase of a round."""
    return round_value(round_, f"phases.{phase}.{path}")


def _rise(round_: Round, path: str) -> float:
    return phase_value(round_, "during", path) - phase_value(round_, "before", path)


def layer_share(experiment: str, arm: str, layers: Sequence[str]) -> Measure:
    """Return the share of a request's mean time spent in ``layers``, round by round."""
    return lambda record: [
        sum(r.layers_ms[layer] for layer in layers) / sum(r.layers_ms.values()) for r in _rounds(record, experiment, arm)
    ]


def statement_calls(experiment: str, arm: str, words: str) -> Measure:
    """Return how often a run of an arm sent statements that hold ``words``, by the database's own count over all rounds: one value.

    The words are those of the normalised statement, with ``$1`` for what differs from call to call; let the claim be ``is_exact``.
    """
    return lambda record: [_counted(record, experiment, arm, words, "calls")]


def statement_rows(experiment: str, arm: str, words: str) -> Measure:
    """Return how many rows such statements gave or changed in a run; as ``statement_calls``."""
    return lambda record: [_counted(record, experiment, arm, words, "rows")]


def statement_mean_ms(experiment: str, arm: str, words: str) -> Measure:
    """Return what such a statement took in the database on average, its waiting for locks included; as ``statement_calls``."""

    def measure(record: Record) -> list[float]:
        found = statements(record, experiment, arm, words)
        return [sum(s.total_ms for s in found) / sum(s.calls for s in found)]

    return measure


def no_statement(experiment: str, arm: str, words: str, but: str) -> Measure:
    """Return how often a run of ``arm`` sent statements that hold ``words``, where none is what is claimed.

    ``but`` is an arm of the experiment that sends them: words misspelt are found in none, and would prove nothing.
    """

    def measure(record: Record) -> list[float]:
        statements(record, experiment, but, words)
        here = arm_of(record, experiment, arm)
        return [sum(float(s.calls) for s in here.statements if words in s.text) / len(here.rounds)]

    return measure


def statements(record: Record, experiment: str, arm: str, words: str) -> list[Statement]:
    """Return the kinds of statements of an arm whose text holds ``words``. Raises EvidenceError where none does."""
    kept = arm_of(record, experiment, arm).statements
    found = [each for each in kept if words in each.text]
    if not found:
        got = f"nothing: of {len(kept)} kinds kept of arm '{arm}', none does"
        wanted, do = f"statements of {experiment} that hold \"{words}\"", "see the arm's statements in record.json for their words"
        raise EvidenceError(wanted, got, do)
    return found


def misjudged(experiment: str, arm: str) -> Measure:
    """Return how many times off the worst estimate of rows was, in the plan of an arm's costliest statement: one value, so ``is_exact``."""

    def measure(record: Record) -> list[float]:
        times = arm_of(record, experiment, arm).rows_misjudged_times
        if times is None:
            raise EvidenceError(f"a plan of {experiment}", f"nothing: none was kept of arm '{arm}'", "declare the experiment with keep_plans")
        return [times]

    return measure


def _counted(record: Record, experiment: str, arm: str, words: str, what: str) -> float:
    counted = sum(getattr(each, what) for each in statements(record, experiment, arm, words))
    return counted / len(arm_of(record, experiment, arm).rounds)


def distinct_answers(*experiments: str, but: Sequence[str] = ()) -> Measure:
    """Return how many different answers the arms of the experiments gave, all on the same data: 1 when all agree.

    ``but`` names arms that are meant to answer otherwise.
    """

    def measure(record: Record) -> list[float]:
        arms = [(name, arm) for each in experiments for name, arm in arms_of(record, each).items() if name not in but]
        if lacking := [name for name, arm in arms if arm.answer_sha256 is None]:
            raise ValueError(f"an arm whose answer was not taken: {', '.join(lacking)}")
        return [float(len({arm.answer_sha256 for _, arm in arms}))]

    return measure


def round_value(round_: Round, path: str) -> float:
    """Return the number at ``path`` (``latency_ms.p50``, ``layers_ms.postgres``, ``requests_per_s``)."""
    at: object = round_
    for step in path.split("."):
        known = at if isinstance(at, dict) else type(at).model_fields if hasattr(type(at), "model_fields") else {}
        if step not in known:
            raise EvidenceError(f"a number '{path}' in a round", f"no '{step}'", nearest(step, known))
        at = at[step] if isinstance(at, dict) else getattr(at, step)
    if at is None:
        do = "run it on a quieter machine; where that is no help, declare a longer run"
        raise EvidenceError(f"a number at '{path}' in round {round_.round}", "nothing: too few requests, or none, fell into it", do)
    if not isinstance(at, int | float):
        raise EvidenceError(f"a number at '{path}'", type(at).__name__, "name one below it")
    return float(at)


def _rounds(record: Record, experiment: str, arm: str) -> list[Round]:
    found: ArmResult = arm_of(record, experiment, arm)
    return sorted(found.rounds, key=lambda r: r.round)
