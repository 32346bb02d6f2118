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
    plan:experiment.arm.path             of its planner's choice, such as execution_ms
    index:name.path                      what a fix costs
    experiment:name.path                 how it was run, such as rate_per_s
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
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel

from scenarios import claims
from scenarios.errors import EvidenceError, UsageError, WreckError, nearest
from scenarios.publish import latency_list, sounding, sounding_token, units
from scenarios.publish.dive import HEADLINE, NOT_DIVED, Dive, Fleet
from scenarios.publish.evidence_page import anchors
from scenarios.publish.exhibit import median, requests
from scenarios.record import ClaimResult, Interval, Round

TOKEN = re.compile(r"\{\{([^{}]*)\}\}")
_SHAPE = re.compile(r"\s*(?P<slug>[A-Za-z0-9_-]+)\s*:\s*(?P<rest>.+?)\s*", re.DOTALL)
OPTIONS = ("bare", "interval", "range", "value", "verdict")
RATIO_PATH = "latency_ms.p50"
VERDICTS = {"holds": "✓ holds", "fails": "✗ does not hold", "untold": "these rounds cannot tell", "unmeasured": "not measured"}


@dataclass(frozen=True)
class Token:
    """A token taken apart: ``{{ slug: subject | option }}``."""

    slug: str
    subject: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """What a token says, and where from."""

    text: str
    origin: str
    """One line: which number, from how much."""
    kind: str
    """``number``, ``claim``, ``logbook`` or ``fact``."""
    href: str
    """Where its evidence is shown, from the site's root."""
    data: dict[str, str] = field(default_factory=dict)
    verdict: str = ""
    """Of a claim: ``holds``, ``fails``, ``untold`` (by one round) or ``unmeasured``."""
    measured: Interval | None = None
    """What is said, as a number with its ends: of a ratio or claim its interval, of a number the least and greatest round."""
    unit: str = ""
    """Of ``measured``, as units.py has it, or a word of a claim's sentence."""
    span: str = ""
    """Those ends in words; "" where there are none."""


def parse(inner: str) -> Token:
    """Return what stands between ``{{`` and ``}}`` as a Token. Raises UsageError."""
    found = _SHAPE.fullmatch(inner)
    if not found:
        raise UsageError("a token '{{ wreck: subject }}'", f"'{{{{{inner}}}}}'", "the head of scenarios/publish/evidence.py has the grammar")
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
        return _listed(token) if latency_list.is_about(token.subject) else _sounding(fleet, token)
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
        return _ratio(dive, token.subject, token.options)
    first = token.subject.split(".")[0]
    if first in type(dive.record).model_fields and first not in dive.record.experiments:
        return _field(dive, dive.record, token.subject, token.options, anchors.field(token.subject))
    return _number(dive, token.subject, token.options)


def _listed(token: Token) -> Fact:
    """Return a figure of the talk's list of latencies: see latency_list.py."""
    value, unit, origin = latency_list.figure(token.subject)
    text = _shown(value, unit, token.options)
    if unit == "times" and "bare" not in token.options:
        text = units.digits(value) + " times"
    return Fact(text, origin, "logbook", "", {"logbook": token.subject})


def _sounding(fleet: Fleet, token: Token) -> Fact:
    """Return what a token of soundings says: see sounding_token.py."""
    data = {"sounding": token.subject}
    if fleet.soundings is None:
        sounding_token.check(token.subject)
        return Fact("–", f"soundings: {token.subject}; {sounding.NOT_MEASURED}", "fact", "", data)
    said = sounding_token.said(fleet.soundings, fleet, token.subject)
    if said.value is None:
        return Fact("–", said.origin, "fact", sounding_token.HREF, data)
    text = _shown(said.value, said.unit, token.options)
    if said.unit == "times" and "bare" not in token.options:
        text = units.digits(said.value) + " times"
    text = said.text or text
    span = sounding.between(said.measured, said.unit) if said.measured else ""
    if span and {"interval", "range"} & set(token.options):
        text += f" ({span})"
    return Fact(text, said.origin, "number", sounding_token.HREF, data, measured=said.measured, unit=said.unit, span=span)


# --- numbers ---------------------------------------------------------------------------------------


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


def _number(dive: Dive, subject: str, options: tuple[str, ...]) -> Fact:
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
    text = _shown(value, unit, options)
    least, most = _shown(min(values), unit, options), _shown(max(values), unit, options)
    if "range" in options:
        text += f" ({least} to {most})"
    over = f"median over {len(values)} rounds, {least} to {most}" if len(values) > 1 else "one round"
    measured = Interval(value=value, low=min(values), high=max(values), rounds=values)
    span = f"{least} to {most} in {len(values)} rounds" if len(values) > 1 else "one round"
    return Fact(text, f"{where}; {over}; n = {requests(found):,} requests", "number", href, data, measured=measured, unit=unit, span=span)


def _ratio(dive: Dive, subject: str, options: tuple[str, ...]) -> Fact:
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


def _shown(value: float, unit: str, options: tuple[str, ...]) -> str:
    to = next((o for o in options if o in units.UNITS), None)
    return units.text(value, unit, to=units.best(value, unit) if to is None else _checked(value, unit, to), bare="bare" in options)


def _checked(value: float, unit: str, to: str) -> str:
    units.convert(value, unit, to)
    return to


def between(measured: Interval, unit: str = "") -> str:
    if len(measured.rounds) == 1:
        return "one round, so no interval"
    unit = "" if unit == "times" or unit not in units.UNITS else unit
    to = units.best(measured.value, unit)
    low, high = units.text(measured.low, unit, to=to, bare=True), units.text(measured.high, unit, to=to)
    return f"95\u00a0% interval {low} to {high} over {len(measured.rounds)} rounds"


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


# --- facts -----------------------------------------------------------------------------------------


def walk(model: object, path: str, where: str) -> object:
    """Return what lies at dotted ``path`` in a model, naming what there is where a step fails."""
    at, rest = model, path
    while rest:
        known = dict(at) if isinstance(at, BaseModel | dict) else dict(enumerate(at)) if isinstance(at, list | tuple) else {}
        known = {str(k): v for k, v in known.items()}
        # Names may hold dots themselves (a setting of an extension): the longest that fits is meant.
        step = next((k for k in sorted(known, key=len, reverse=True) if rest == k or rest.startswith(k + ".")), None)
        if step is None:
            missing = rest.split(".")[0]
            raise UsageError(f"'{path}' in {where}", f"no '{missing}'", nearest(missing, known))
        at, rest = known[step], rest[len(step) + 1 :]
    return at


def _field(dive: Dive, model: object, path: str, options: tuple[str, ...], anchor: str) -> Fact:
    value = walk(model, path, f"the record of {dive.slug}")
    origin = f"{dive.slug}: {path}"
    href = anchors.at(dive.slug, anchor)
    if isinstance(value, BaseModel | dict | list | tuple):
        known = list(dict(value)) if isinstance(value, BaseModel | dict) else range(len(value))
        raise UsageError(f"one value at '{path}'", f"{len(known)} of them", nearest("", known))
    if value is None:
        return Fact("–", f"{origin}; not measured", "fact", href, {"wreck": dive.slug})
    if isinstance(value, datetime):
        return Fact(f"{value:%Y-%m-%d}", f"{origin}: {value:%Y-%m-%d %H:%M} UTC", "fact", href, {"wreck": dive.slug})
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Fact(str(value), origin, "fact", href, {"wreck": dive.slug})
    return Fact(_shown(float(value), units.unit_of(path), options), origin, "fact", href, {"wreck": dive.slug})


def _scaled(dive: Dive, rest: str) -> str:
    """Return ``rest`` with an experiment's scale for its name, so that prose holds whatever scale a trial was run at."""
    first, dot, path = rest.partition(".")
    experiment = dive.record.experiments.get(first)
    return f"{experiment.scale}{dot}{path}" if experiment else rest


def _dataset(dive: Dive, rest: str, options: tuple[str, ...]) -> Fact:
    rest = _scaled(dive, rest)
    return _field(dive, dive.record.datasets, rest, options, anchors.dataset(rest.partition(".")[0]))


def _index(dive: Dive, rest: str, options: tuple[str, ...]) -> Fact:
    return _field(dive, dive.record.indexes, rest, options, anchors.index(rest.partition(".")[0]))


def _experiment(dive: Dive, rest: str, options: tuple[str, ...]) -> Fact:
    return _field(dive, dive.record.experiments, rest, options, anchors.field(f"experiments.{rest}"))


def _plan(dive: Dive, rest: str, options: tuple[str, ...]) -> Fact:
    rest = _scaled(dive, rest)
    return _field(dive, dive.plans.plans, rest, options, anchors.plan(*[*rest.split("."), ""][:2]))


def _logbook(dive: Dive, name: str, options: tuple[str, ...]) -> Fact:
    logbook = dive.wreck.logbook
    if name not in logbook:
        raise UsageError(f"a figure in the logbook of {dive.slug}", f"'{name}'", nearest(name, logbook))
    figure = logbook[name]
    if figure.unit in units.UNITS:
        text = _shown(figure.value, figure.unit, options)
    else:
        text = units.digits(figure.value) + ("" if "bare" in options else f"\u00a0{figure.unit}")
    return Fact(text, f"the talk, 2016, {figure.where}", "logbook", "", {"wreck": dive.slug, "logbook": name})


def _claim(dive: Dive, name: str, options: tuple[str, ...]) -> Fact:
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
        _claim_span(result),
    )


def _claim_span(result: ClaimResult) -> str:
    """Return a claim's ends in words: of what is counted, and no sample of anything, the least and greatest round, if they differ."""
    measured = result.measured
    if not result.is_exact:
        return between(measured, result.unit)
    if measured.low == measured.high:
        return ""
    low, high = (units.text(each, result.unit) if result.unit in units.UNITS else units.digits(each) for each in (measured.low, measured.high))
    return f"{low} to {high} in {len(measured.rounds)} rounds"


def claim_value(result: ClaimResult) -> str:
    """Return a claim's value as its sentence takes it: with unit for times, shares and seconds, else a bare number."""
    value, unit = result.measured.value, result.unit
    if unit == "times":
        return f"{units.digits(value)} times"
    if unit in units.UNITS:
        return units.text(value, unit)
    # The unit is a word of the sentence ("{value} statement a request"), where a plain one reads as "one".
    return "one" if value == 1 else units.digits(value)


_KINDS: dict[str, Callable[[Dive, str, tuple[str, ...]], Fact]] = {
    "claim": _claim,
    "logbook": _logbook,
    "dataset": _dataset,
    "index": _index,
    "experiment": _experiment,
    "plan": _plan,
}
