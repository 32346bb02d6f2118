"""Two records of one wreck, held against each other: per claim and per arm what changed from A to B. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scenarios.claims import round_value
from scenarios.compare import machines, welch
from scenarios.compare.welch import Verdict
from scenarios.errors import EvidenceError
from scenarios.record import ArmResult, ClaimResult, Record, Round

ARM_NUMBER = "latency_ms.p50"
"""What arms are compared by; less is better."""
REFERENCE_ARM = "wrecked"
"""What arms are divided by on unlike machines; where it is not in both, the first arm by name that is."""


@dataclass(frozen=True)
class Row:
    """One claim or one arm. ``a`` and ``b`` are its values, in ``unit``; the effect is B over A, or B minus A."""

    kind: Literal["claim", "arm"]
    name: str
    """A claim's name, or an arm's after its experiment's: ``headline/wrecked``."""
    unit: str
    over: str | None
    """The arm that this one was divided by, in the same rounds; then ``unit`` is times."""
    by: Literal["ratio", "difference", "bound", "nothing"]
    a: float | None
    b: float | None
    rounds: tuple[int, int]
    effect: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    because: str
    """Why it cannot be told, or what else should be known; may be empty."""
    holds: tuple[bool, bool] | None
    """Whether the claim held in each."""


@dataclass(frozen=True)
class Side:
    """Which record this is."""

    made_at: str
    commit: str | None
    publishable: bool


@dataclass(frozen=True)
class Comparison:
    """All that can be said of two records of one wreck."""

    wreck: str
    a: Side
    b: Side
    unlike_machines: list[str]
    """Why absolute times were not compared; nothing where the machines are alike."""
    environment: dict[str, machines.Pair]
    warnings: list[str]
    claims: list[Row]
    arms: list[Row]
    only_a: list[str]
    """``experiment x``, ``arm x/y`` or ``claim z`` that B lacks."""
    only_b: list[str]


def compare(a: Record, b: Record) -> Comparison:
    """Hold ``b`` against ``a``. Raises EvidenceError where they are of different wrecks."""
    if a.wreck != b.wreck:
        raise EvidenceError("two records of one wreck", f"'{a.wreck}' and '{b.wreck}'", "give two of the same")
    unlike = machines.unlike(a.environment, b.environment)
    shared = sorted(a.experiments.keys() & b.experiments.keys())
    other = {name: why for name in shared if (why := machines.set_up_differently(a, b, name))}
    # A claim does not say which experiments it rests on; where none is alike, it has nothing to stand on.
    baseless = "no experiment was set up alike" if len(other) == len(shared) else ""
    return Comparison(
        wreck=a.wreck,
        a=_side(a),
        b=_side(b),
        unlike_machines=unlike,
        environment=machines.differences(a.environment, b.environment),
        warnings=_warnings(a, b, other),
        claims=[
            _claim(name, a.claims[name], b.claims[name], unlike=bool(unlike), baseless=baseless)
            for name in sorted(a.claims.keys() & b.claims.keys())
        ],
        arms=[row for name in shared if name not in other for row in _arms(a, b, name, unlike=bool(unlike))],
        only_a=_only(a, b),
        only_b=_only(b, a),
    )


def _side(record: Record) -> Side:
    return Side(record.model_dump(mode="json", include={"made_at"})["made_at"], record.commit, record.publishable)


def _warnings(a: Record, b: Record, other: dict[str, list[str]]) -> list[str]:
    said = [
        f"{side} is a trial, not to be published: {'; '.join(record.unpublishable_because)}"
        for side, record in (("A", a), ("B", b))
        if not record.publishable
    ]
    said += [f"experiment {name} was set up differently ({', '.join(why)}): its arms are not compared" for name, why in other.items()]
    return said


def _only(a: Record, b: Record) -> list[str]:
    found = [f"experiment {name}" for name in sorted(a.experiments.keys() - b.experiments.keys())]
    for name in sorted(a.experiments.keys() & b.experiments.keys()):
        found += [f"arm {name}/{arm}" for arm in sorted(a.experiments[name].arms.keys() - b.experiments[name].arms.keys())]
    return found + [f"claim {name}" for name in sorted(a.claims.keys() - b.claims.keys())]


# --- claims ------------------------------------------------------------------------------------


def _claim(name: str, a: ClaimResult, b: ClaimResult, *, unlike: bool, baseless: str) -> Row:
    given = {
        "kind": "claim", "name": name, "unit": b.unit, "over": None, "a": a.measured.value, "b": b.measured.value,
        "rounds": (len(a.measured.rounds), len(b.measured.rounds)), "holds": (a.holds, b.holds),
    }  # fmt: skip
    if a.unit != b.unit:
        return _untold(given, f"another unit: '{a.unit}' and '{b.unit}'")
    if unlike and a.unit in machines.MACHINE_UNITS:
        return _untold(given, f"refused: {a.unit} on unlike machines")
    if (a.at_least is None) != (b.at_least is None) or a.is_exact != b.is_exact:
        return _untold(given, "the claim is put to another test")
    if a.is_exact:
        return _by_bound(given, a, b, baseless)
    why = baseless or ("its bound changed" if (a.at_least, a.at_most) != (b.at_least, b.at_most) else "")
    return _by_rounds(given, a.measured.rounds, b.measured.rounds, lower_is_better=a.at_least is None, why=why, is_untold=bool(baseless))


def _by_bound(given: dict, a: ClaimResult, b: ClaimResult, baseless: str) -> Row:
    """Return an exact claim's row: it is the same as long as it holds, or does not, as before."""
    if baseless or (a.at_least, a.at_most) != (b.at_least, b.at_most):
        return _untold(given, baseless or "its bound changed")
    said: Verdict = "same" if a.holds == b.holds else "better" if b.holds else "worse"
    return Row(**given, by="bound", effect=None, low=None, high=None, verdict=said, because="")


# --- arms --------------------------------------------------------------------------------------


def _arms(a: Record, b: Record, experiment: str, *, unlike: bool) -> list[Row]:
    of_a, of_b = a.experiments[experiment].arms, b.experiments[experiment].arms
    shared = sorted(of_a.keys() & of_b.keys())
    reference = REFERENCE_ARM if REFERENCE_ARM in shared else shared[0] if shared else None
    rows = []
    for arm in shared:
        name = f"{experiment}/{arm}"
        if not unlike:
            rows.append(_arm(name, _values(of_a[arm]), _values(of_b[arm]), None))
        elif arm != reference:
            rows.append(_arm(name, _relative(of_a[arm], of_a[reference]), _relative(of_b[arm], of_b[reference]), reference))
        else:
            given = _given_arm(name, _values(of_a[arm]), _values(of_b[arm]), None)
            rows.append(_untold(given, "refused: ms on unlike machines"))
    return rows


def _arm(name: str, a: list[float], b: list[float], over: str | None) -> Row:
    given = _given_arm(name, a, b, over)
    if not a or not b:
        return _untold(given, f"no {ARM_NUMBER} in {'either' if not a and not b else 'A' if not a else 'B'}")
    return _by_rounds(given, a, b, lower_is_better=True)


def _given_arm(name: str, a: list[float], b: list[float], over: str | None) -> dict:
    unit = "times" if over else "ms"
    values = {"a": _middle(a), "b": _middle(b)}
    return {"kind": "arm", "name": name, "unit": unit, "over": over, "rounds": (len(a), len(b)), "holds": None, **values}


def _middle(values: Sequence[float]) -> float | None:
    """Return the geometric mean, which is what ratios are of; the mean where a value is zero."""
    if not values:
        return None
    return welch.ratio([1.0], values).value if min(values) > 0 else sum(values) / len(values)


def _values(arm: ArmResult) -> list[float]:
    return [value for _, value in sorted(_by_round(arm.rounds).items())]


def _relative(arm: ArmResult, reference: ArmResult) -> list[float]:
    """Return the arm's number over the reference's, in each round that has both."""
    values, under = _by_round(arm.rounds), _by_round(reference.rounds)
    return [values[number] / under[number] for number in sorted(values.keys() & under.keys()) if under[number] > 0]


def _by_round(rounds: Sequence[Round]) -> dict[int, float]:
    return {r.round: round_value(r, ARM_NUMBER) for r in rounds if r.latency_ms.p50 is not None}


# --- what both end in ------------------------------------------------------------------------------

THE_VERY_SAME = "the very same rounds"
"""No interval is needed, however wide, where nothing differs: a record against itself, or a copy of it."""


def _by_rounds(
    given: dict, a: list[float], b: list[float], *, lower_is_better: bool, why: str = "", is_untold: bool = False
) -> Row:
    is_ratio = min(*a, *b) > 0
    if not is_ratio and given["unit"] != "share":
        return _untold(given, "zero or less has no ratio")
    effect = welch.ratio(a, b) if is_ratio else welch.difference(a, b)
    if a == b and not (is_untold or why):
        return Row(**given, by=effect.by, effect=effect.value, low=effect.low, high=effect.high, verdict="same", because=THE_VERY_SAME)
    said = "cannot tell" if is_untold else welch.verdict(effect, lower_is_better=lower_is_better)
    if effect.low is None and not why:
        why = "one round has no interval" if min(len(a), len(b)) == 1 else "rounds without any spread have no interval"
    return Row(**given, by=effect.by, effect=effect.value, low=effect.low, high=effect.high, verdict=said, because=why)


def _untold(given: dict, why: str) -> Row:
    return Row(**given, by="nothing", effect=None, low=None, high=None, verdict="cannot tell", because=why)
