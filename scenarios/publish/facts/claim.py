"""A claim's sentence with what was measured, and how it came out."""

from __future__ import annotations

from scenarios import claims
from scenarios.publish import units
from scenarios.publish.dive import Dive
from scenarios.publish.evidence_page import anchors
from scenarios.publish.facts.fact import Fact, between
from scenarios.record import ClaimResult


def claim(dive: Dive, name: str, options: tuple[str, ...]) -> Fact:
    """Return a claim as a sentence, its value or its verdict alone. Raises ClaimError where it fails."""
    href = anchors.at(dive.slug, anchors.claim(name))
    data = {"wreck": dive.slug, "claim": name}
    result = dive.claim(name)
    if result is None:
        sentence = next(c.sentence for c in dive.wreck.claims if c.name == name)
        origin = f"claim '{name}': not measured in this trial run"
        return Fact(sentence.replace("{value}", "–"), origin, "claim", href, data, "unmeasured")
    value = claim_value(result)
    if "value" in options:
        text = value
    elif "verdict" in options:
        text = ""
    else:
        text = result.sentence.replace("{value}", value)
    if "interval" in options:
        text += f" ({between(result.measured, result.unit)})"
    verdict = claims.verdict(result)
    return Fact(
        text.strip(),
        f"claim '{name}' {claims.explain(result)}",
        "claim",
        href,
        data | {"rounds": str(len(result.measured.rounds))},
        verdict,
        result.measured,
        result.unit,
        _span(result),
    )


def _span(result: ClaimResult) -> str:
    """Return a claim's ends in words: of what is counted, and no sample of anything, the least and greatest round, if they differ."""
    measured = result.measured
    if not result.is_exact:
        return between(measured, result.unit)
    if measured.low == measured.high:
        return ""
    is_known = result.unit in units.UNITS
    low, high = (units.text(each, result.unit) if is_known else units.digits(each) for each in (measured.low, measured.high))
    return f"{low} to {high} in {len(measured.rounds)} rounds"


def claim_value(result: ClaimResult) -> str:
    """Return a claim's value as its sentence takes it."""
    return units.said(result.measured.value, result.unit)
