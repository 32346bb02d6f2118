"""Every claim: its sentence, what was measured round by round, its bound, and how it came out."""

from __future__ import annotations

from scenarios import claims
from scenarios.publish import units
from scenarios.publish.dive import Dive
from scenarios.publish.evidence_page import anchors
from scenarios.publish.evidence_page.markup import Cell, facts, html, joined, link, paragraph, raw
from scenarios.publish.facts.claim import claim_value
from scenarios.publish.facts.fact import VERDICTS, between
from scenarios.record import ClaimResult


def draw(dive: Dive) -> str:
    """Return all claims declared, judged on the record as pages judge them, and those recorded that are declared no more."""
    declared = {claim.name: claim for claim in dive.wreck.claims}
    drawn = [_section(dive, name, dive.claim(name), claim.sentence, claims.reads(claim, dive.record)) for name, claim in declared.items()]
    gone = {name: result for name, result in dive.record.claims.items() if name not in declared}
    drawn += [_section(dive, name, result, result.sentence, set()) for name, result in gone.items()]
    return "".join(drawn) or paragraph("None.")


def _section(dive: Dive, name: str, result: ClaimResult | None, sentence: str, rests_on: set[str]) -> str:
    value = claim_value(result) if result else "–"
    verdict = claims.verdict(result) if result else "unmeasured"
    rows: list[tuple[str, Cell]] = _measured(result) if result else [("measured", "not in this trial run")]
    if rests_on:
        # A trial run leaves experiments out that a claim asks for.
        there = dive.record.experiments
        rows.append(("rests on", joined(link(each, f"#{each}") if each in there else each for each in sorted(rests_on))))
    if name in dive.record.claims:
        rows.append(("raw", raw(dive.slug, f"record.json#/claims/{name}")))
    head = f'<h3>{name} <span class="wreck-claim-{verdict}"><span class="wreck-verdict">({VERDICTS[verdict]})</span></span></h3>'
    return f'<section id="{anchors.claim(name)}">{head}<p>{html(sentence.replace("{value}", value))}</p>{facts(rows)}</section>'


def _measured(result: ClaimResult) -> list[tuple[str, Cell]]:
    measured = result.measured
    bound, word = (result.at_most, "at most") if result.at_least is None else (result.at_least, "at least")
    spread = "exact" if result.is_exact else between(measured, result.unit)
    return [
        ("measured", f"{_text(measured.value, result.unit)}, {spread}"),
        ("wanted", f"{word} {_text(bound, result.unit)}"),
        ("rounds", ", ".join(_text(each, result.unit) for each in measured.rounds)),
    ]


def _text(value: float, unit: str) -> str:
    if unit in units.UNITS:
        return units.text(value, unit, significant=4)
    return f"{units.digits(value, 4)} {unit.removesuffix('s') if value == 1 else unit}".rstrip()
