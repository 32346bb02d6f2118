"""Numbers and claims for prose: a token names one, and gets its text and where it comes from.

The grammar, small and regular::

    {{ wreck: subject }}                 {{ wreck: subject | option | option }}

    subject                              is
    [experiment.]arm.path                a number of each round, its median over rounds
    [experiment.]arm[.path] / [experiment.]arm[.path]
                                         how many times larger the first is, round by round: the geometric mean
    claim:name                           a claim's sentence, with what was measured and how it came out
    logbook:name                         a figure of the talk's own (2016)
    dataset:experiment.path              a fact of its data, such as rows.tw_rolls
    plan:experiment.arm.path             of its planner's choice, such as execution_ms; misjudged.path of the node misjudged most
    index:name.path                      what a fix costs
    experiment:name.path                 how it was run, such as rate_per_s or arms.wrecked.served.pool.size
    field.path                           anything else in the record: environment.versions.postgres, made_at

``soundings`` stands in a wreck's place for what was measured apart from any: sounding_token.py has their subjects, latency_list.py
those of the talk's own list of latencies.

The experiment is ``headline`` unless named; ``dataset`` and ``plan`` take a scale's name as well.
A ratio's path is ``latency_ms.p50`` unless named.
Options: a unit (``s``, ``ms``, ``MB`` ...), ``bare`` (no unit), ``interval`` (with its 95 % interval, ratios
and claims) or ``range`` (least to greatest round), and for claims ``value`` or ``verdict`` alone; ``value | bare`` leaves the verdict
to what it leads to.
In a Markdown table, where ``|`` parts cells, a comma does in its stead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from scenarios.errors import EvidenceError, UsageError, WreckError, nearest
from scenarios.publish import units
from scenarios.publish.dive import HEADLINE, NOT_DIVED, Dive, Fleet
from scenarios.publish.evidence_page import anchors
from scenarios.publish.facts import claim, fields, numbers, soundings
from scenarios.publish.facts.fact import Fact
from scenarios.publish.soundings import sounding

TOKEN = re.compile(r"\{\{([^{}]*)\}\}")
_SHAPE = re.compile(r"\s*(?P<slug>[A-Za-z0-9_-]+)\s*:\s*(?P<rest>.+?)\s*", re.DOTALL)
OPTIONS = ("bare", "interval", "range", "value", "verdict")


@dataclass(frozen=True)
class Token:
    """A token taken apart: ``{{ slug: subject | option }}``."""

    slug: str
    subject: str
    options: tuple[str, ...] = ()


def parse(inner: str) -> Token:
    """Return what stands between ``{{`` and ``}}`` as a Token. Raises UsageError."""
    found = _SHAPE.fullmatch(inner)
    if not found:
        do = "the head of scenarios/publish/evidence.py has the grammar"
        raise UsageError("a token '{{ wreck: subject }}'", f"'{{{{{inner}}}}}'", do)
    subject, *options = (part.strip() for part in re.split(r"[|,]", found["rest"]))
    if not subject or not all(options):
        raise UsageError("a subject and options parted by '|' or ','", f"'{{{{{inner}}}}}'", "write '{{ wreck: subject | option }}'")
    return Token(found["slug"], " ".join(subject.split()), tuple(options))


def look_up(fleet: Fleet, token: Token) -> Fact:
    """Return the fact that ``token`` names. Raises UsageError, EvidenceError or ClaimError."""
    for option in token.options:
        if option not in OPTIONS and option not in units.UNITS:
            raise UsageError("an option of a token", f"'{option}'", nearest(option, (*OPTIONS, *units.UNITS)))
    if token.slug == sounding.SLUG:
        return soundings.fact(fleet, token.subject, token.options)
    dive = fleet.dive(token.slug)
    prefix, colon, rest = token.subject.partition(":")
    if colon:
        if prefix not in _KINDS:
            raise UsageError("a kind of subject", f"'{prefix}:'", nearest(prefix, _KINDS))
    if not dive.is_dived and prefix != "logbook":
        return Fact("–", f"{dive.slug}: {token.subject}; {NOT_DIVED}", "fact", "", {"wreck": dive.slug})
    try:
        return _found(dive, token, prefix if colon else "", rest.strip())
    except WreckError as fault:
        if (why := _excuse(dive, token, fault)) is None:
            raise
        return Fact("–", f"{dive.slug}: {token.subject}; {why}", "fact", "", {"wreck": dive.slug})


def _excuse(dive: Dive, token: Token, fault: WreckError) -> str | None:
    """Return why a token that names what the wreck declares finds no evidence of it, None where it should."""
    headline = dive.record.experiments.get(HEADLINE)
    recorded = {*dive.record.experiments, *dive.record.datasets, *(headline.arms if headline else ())}
    declared = {n for e in dive.wreck.experiments for n in (e.name, e.scale, *e.arms)}
    named = set(re.split(r"[.:/\s]+", token.subject)) & declared
    for name in sorted(named):
        if why := dive.excuse(EvidenceError(token.subject, f"'{name}'", "")):
            if name not in recorded or dive.record.absent.get(f"arm {name}"):
                return why
    return None


def _found(dive: Dive, token: Token, prefix: str, rest: str) -> Fact:
    if prefix:
        return _KINDS[prefix](dive, rest, token.options)
    if "/" in token.subject:
        return numbers.ratio(dive, token.subject, token.options)
    first = token.subject.split(".")[0]
    if first in type(dive.record).model_fields and first not in dive.record.experiments:
        return fields.field(dive, dive.record, token.subject, token.options, anchors.field(token.subject))
    return numbers.number(dive, token.subject, token.options)


_KINDS: dict[str, Callable[[Dive, str, tuple[str, ...]], Fact]] = {
    "claim": claim.claim,
    "logbook": fields.logbook,
    "dataset": fields.dataset,
    "index": fields.index,
    "experiment": fields.experiment,
    "plan": fields.plan,
}
