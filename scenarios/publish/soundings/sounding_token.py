"""What a token of soundings says: ``{{ soundings: subject | option }}``.

    subject                is
    name                   a sounding
    name / name            how many times larger the first is
    saved:myth             what one operation saves by a piece of folk wisdom; of bytes, on a slow link
    share:myth.wreck       which share of a request that saves, at most, on the wrecked page of a wreck
    time:myth.wreck        the same as a time
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scenarios.errors import EvidenceError, UsageError, nearest
from scenarios.publish import units
from scenarios.publish.dive import Fleet
from scenarios.publish.soundings import myth_shares, sounding
from scenarios.record import Interval
from scenarios.soundings import FILE, Soundings

HREF = f"evidence/{FILE}"
_ALL = (*(myth.name for myth in myth_shares.MYTHS), myth_shares.WORKERS, myth_shares.SALVAGE)


@dataclass(frozen=True)
class Said:
    """A number, None where it was not measured, and where it comes from."""

    value: float | None
    unit: str
    """As units.py has it."""
    origin: str
    measured: Interval | None = None
    text: str = ""
    """What is said in place of the number."""


def said(found: Soundings, fleet: Fleet, subject: str) -> Said:
    """Return what ``subject`` names. Raises UsageError for a name that is none, naming the nearest."""
    kind, colon, rest = (part.strip() for part in subject.partition(":"))
    if not colon:
        return _ratio(found, subject) if "/" in subject else _one(found, subject)
    if kind not in _KINDS:
        raise UsageError("a kind of sounding", f"'{kind}:'", nearest(kind, _KINDS))
    return _KINDS[kind](found, fleet, rest)


def check(subject: str) -> None:
    """Raise UsageError for a subject that no evidence could make right: what can be told without any."""
    kind, colon, rest = (part.strip() for part in subject.partition(":"))
    if colon and kind not in _KINDS:
        raise UsageError("a kind of sounding", f"'{kind}:'", nearest(kind, _KINDS))
    if colon:
        _myth_named(rest.partition(".")[0], _ALL)


def _one(found: Soundings, name: str) -> Said:
    each = sounding.of(found, name)
    origin = f"{each.title}; {sounding.spread(each)}" + (f"; Python {each.python}" if each.python else "")
    return Said(each.measured and each.measured.value, sounding.unit_of(each), f"{origin}. {each.how}".strip(), each.measured)


def _ratio(found: Soundings, subject: str) -> Said:
    names = [each.strip() for each in subject.split("/")]
    if len(names) != 2 or not all(names):
        raise UsageError("two sides of a ratio", f"'{subject}'", "write 'name / name'")
    over, under = (sounding.of(found, name) for name in names)
    origin = f"{over.title}, divided by: {under.title}"
    if over.measured is None or under.measured is None:
        return Said(None, "times", f"{origin}; {over.absent or under.absent}")
    if under.measured.value == 0:
        raise EvidenceError(f"a ratio '{subject}'", "nothing to divide by", "choose another")
    unit = sounding.unit_of(over)
    divisor = under.measured.value
    if unit != sounding.unit_of(under):
        divisor = units.convert(divisor, sounding.unit_of(under), unit)
    return Said(over.measured.value / divisor, "times", origin)


def _saved(found: Soundings, _fleet: Fleet, name: str) -> Said:
    name, _, slug = name.partition(".")
    myth = _myth_named(name, {each.name: each for each in myth_shares.MYTHS})
    if "{slug}" in myth.more and not slug:
        raise UsageError(f"a wreck after 'saved:{name}.'", "none", f"write 'saved:{name}.{myth_shares.PAGES[0].slug}'")
    each = myth_shares.saved_ns(found, myth, slug)
    origin = f"{myth.title}: saved by one {myth.operation}"
    return Said(each and each.value, "ns", origin if each else f"{origin}; {sounding.ABSENT}", each)


def _myth_named(name: str, known):
    if name not in known:
        raise UsageError("a piece of folk wisdom", f"'{name}'", nearest(name, known))
    return known[name] if isinstance(known, dict) else name


def _page_named(rest: str) -> tuple[str, str]:
    name, _, slug = rest.partition(".")
    _myth_named(name, _ALL)
    known = [page.slug for page in myth_shares.PAGES]
    if slug not in known:
        raise UsageError(f"a wreck after '{name}.'", f"'{slug}'", nearest(slug, known))
    return name, slug


def _share(found: Soundings, fleet: Fleet, rest: str) -> Said:
    share = _share_of(found, fleet, rest)
    if share is None:
        return Said(None, "share", f"{rest}; {sounding.ABSENT}")
    return Said(share.share.value, "share", _origin(share), share.share, "" if share.is_seen else myth_shares.NOTHING)


def _time(found: Soundings, fleet: Fleet, rest: str) -> Said:
    share = _share_of(found, fleet, rest)
    if share is None:
        return Said(None, "ms", f"{rest}; {sounding.ABSENT}")
    return Said(share.saved_ms, "ms", _origin(share), text="" if share.is_seen else myth_shares.NOTHING)


def _share_of(found: Soundings, fleet: Fleet, rest: str) -> myth_shares.Share | None:
    name, slug = _page_named(rest)
    try:
        return myth_shares.one_of(found, fleet, name, slug)
    except EvidenceError:
        return None


def _origin(share: myth_shares.Share) -> str:
    often = f", {units.digits(share.often)} a request" if share.often is not None else ""
    assumed = f"; {share.assumed}" if share.assumed else ""
    return re.sub(r"\s+", " ", f"{share.title}, of a request to {share.page} as it sank{often}{assumed}")


_KINDS = {"saved": _saved, "share": _share, "time": _time}
