"""Numbers of an arm's rounds, and ratios of two: ``wrecked.latency_ms.p50``, ``wrecked / salvaged``."""

from __future__ import annotations

from scenarios import claims
from scenarios.errors import EvidenceError, UsageError, nearest
from scenarios.publish import units
from scenarios.publish.dive import HEADLINE, Dive
from scenarios.publish.evidence_page import anchors
from scenarios.publish.exhibit import median, requests
from scenarios.publish.facts.fact import Fact, between, shown
from scenarios.record import Interval, Round

RATIO_PATH = "latency_ms.p50"


def _split(dive: Dive, subject: str, default: str | None) -> tuple[str, str, str]:
    """Return (experiment, arm, path) of ``[experiment.]arm[.path]``."""
    parts = subject.strip().split(".")
    experiment = parts.pop(0) if parts[0] in dive.record.experiments else HEADLINE
    headline = dive.record.experiments.get(HEADLINE)
    if not parts:
        raise UsageError(f"an arm after '{experiment}.'", f"'{subject}'", nearest("", dive.experiment(experiment).arms))
    arm = parts.pop(0)
    if experiment == HEADLINE and (headline is None or arm not in headline.arms) and not subject.startswith(HEADLINE + "."):
        known = [*dive.record.experiments, *(headline.arms if headline else ()), *type(dive.record).model_fields]
        raise UsageError(f"an arm, an experiment or a field of {dive.slug}", f"'{arm}'", nearest(arm, known))
    dive.arm(experiment, arm)
    path = ".".join(parts) or default
    if not path:
        raise UsageError(f"a number of {experiment}.{arm}", "none named", nearest("latency_ms.p50", Round.model_fields))
    return experiment, arm, path


def number(dive: Dive, subject: str, options: tuple[str, ...]) -> Fact:
    """Return a number of each round: its median over them."""
    experiment, arm, path = _split(dive, subject, None)
    found = dive.arm(experiment, arm)
    data = _data(dive, experiment, arm, path)
    where = f"{dive.slug}, {experiment}, {found.title} ({arm}): {path}"
    href = anchors.at(dive.slug, anchors.arm(experiment, arm))
    try:
        values = [claims.round_value(r, path) for r in found.rounds]
    except EvidenceError as fault:
        if fault.got.startswith("nothing") and not dive.record.publishable:
            return Fact("–", f"{where}; too few requests in this trial run", "number", href, data)
        raise
    value, unit = median(values), units.unit_of(path)
    text = shown(value, unit, options)
    least, most = shown(min(values), unit, options), shown(max(values), unit, options)
    if "range" in options:
        text += f" ({least} to {most})"
    over = f"median over {len(values)} rounds, {least} to {most}" if len(values) > 1 else "one round"
    measured = Interval(value=value, low=min(values), high=max(values), rounds=values)
    span = f"{least} to {most} in {len(values)} rounds" if len(values) > 1 else "one round"
    return Fact(text, f"{where}; {over}; n = {requests(found):,} requests", "number", href, data, measured=measured, unit=unit, span=span)


def ratio(dive: Dive, subject: str, options: tuple[str, ...]) -> Fact:
    """Return how many times larger one side is than the other, round by round."""
    sides = subject.split("/")
    if len(sides) != 2 or not all(side.strip() for side in sides):
        raise UsageError("two sides of a ratio", f"'{subject}'", "write 'arm / arm'")
    over = _split(dive, sides[0], RATIO_PATH)
    # The second side measures what the first does, unless it says otherwise.
    under = _split(dive, sides[1], over[2])
    try:
        values = {r.round: claims.round_value(r, over[2]) for r in dive.arm(*over[:2]).rounds}
        divisors = {r.round: claims.round_value(r, under[2]) for r in dive.arm(*under[:2]).rounds}
        # One of them may have had more rounds: those that both had share their hour.
        measured = claims.interval([values[n] / divisors[n] for n in sorted(values.keys() & divisors.keys())], is_ratio=True)
    except (ValueError, ZeroDivisionError) as fault:
        raise EvidenceError(
            f"a ratio '{subject}' of {dive.slug}", str(fault), "choose arms with a round in common and numbers above zero"
        ) from None
    text = units.digits(measured.value) if "bare" in options else units.digits(measured.value) + " times"
    text += f" ({between(measured)})" if "interval" in options else ""
    names = [".".join(side) for side in (over, under)]
    origin = f"{dive.slug}: {names[0]} divided by {names[1]}, round by round; geometric mean, {between(measured)}"
    href = anchors.at(dive.slug, anchors.arm(*over[:2]))
    return Fact(
        text, origin, "number", href, _data(dive, *over) | {"under": names[1]}, measured=measured, unit="times", span=between(measured)
    )  # fmt: skip


def _data(dive: Dive, experiment: str, arm: str, path: str) -> dict[str, str]:
    found = dive.arm(experiment, arm)
    return {
        "wreck": dive.slug,
        "experiment": experiment,
        "arm": arm,
        "path": path,
        "n": str(requests(found)),
        "rounds": str(len(found.rounds)),
    }
