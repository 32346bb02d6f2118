"""What each piece of folk wisdom would save of a real request, at most: soundings and records put together.

One operation's saving, times how often one request has use for it, over how long the request takes. Where a number had
to be assumed it was assumed in the myth's favour, and ``assumed`` says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scenarios import claims
from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.dive import HEADLINE, Dive, Fleet
from scenarios.publish.exhibit import median
from scenarios.publish.soundings import sounding
from scenarios.record import Interval
from scenarios.soundings import Soundings
from scenarios.wreck import slugs

LATENCY = "latency_ms.mean"
"""Counts are means over a wreck's pages, and so is this."""
LINK_BITS_PER_S = 1.6e6
"""A slow phone's link: what Lighthouse takes for one (https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md)."""
FILES = 2
"""That a page is made to load for the myth's sake: one stylesheet, one script."""


@dataclass(frozen=True)
class Page:
    """A wreck's page as it sank, and the arm that raised it."""

    slug: str
    wrecked: str
    salvaged: str


PAGES = (Page("truculent-query", "wrecked", "rewrite-covered"), Page("highly-selective", "wrecked", "aggregate-indexed"))


@dataclass(frozen=True)
class Myth:
    """One piece of folk wisdom. ``more`` and ``less`` name the soundings whose difference one operation saves, ``often`` the
    one that counts the operations of a request; ``{slug}`` in them stands for the page's wreck."""

    name: str
    title: str
    operation: str
    more: str
    less: str
    often: str = ""
    times: int = 1
    """How many operations a request has, where that is not counted."""
    minus: str = ""
    """A sounding of what the saving costs."""
    assumed: str = ""


MYTHS = (
    Myth(
        "join", "Join a list", "string", "myth-join-attribute", "myth-join-list", "myth-pieces-{slug}",
        assumed="as if every string that the page is joined from were added to an attribute instead, the dearest way there is",
    ),
    Myth(
        "local", "Bind a local name", "look-up", "myth-local-global", "myth-local-bound", "myth-globals-{slug}",
        assumed="as if every global name that is looked up, in all libraries too, became a local one",
    ),
    Myth(
        "big-o", "Know your Big O", "search", "myth-list-1000", "myth-set-1000", "myth-memberships-{slug}",
        assumed="as if every 'in' that is executed, in all libraries too, searched a list of 1,000 and got a set",
    ),
    Myth(
        "static", "Files from nginx", "file", "myth-static-flask", "myth-static-nginx", times=FILES,
        assumed="as if the page loaded a stylesheet and a script; it loads neither",
    ),
    Myth(
        "minify", "Minify", "page", "myth-bytes-{slug}-as-written", "myth-bytes-{slug}-minified",
        assumed="as if the reader had a slow phone's link of 1.6 Mbit/s; style and page count, there is no script",
    ),
    Myth(
        "pack", "Compress", "page", "myth-bytes-{slug}-as-written", "myth-bytes-{slug}-packed", minus="myth-gzip-{slug}",
        assumed="as if the reader had a slow phone's link of 1.6 Mbit/s; the time to pack is taken off",
    ),
)  # fmt: skip
WORKERS, WORKERS_TITLE = "workers", "A bigger machine"
WORKERS_FEW, WORKERS_MANY = "myth-workers-1", "myth-workers-10"
WORKERS_PAGE = "truculent-query"
WORKERS_ASSUMED = "as if ten readers always came at once to a single worker and got ten; a reader who comes alone gains nothing"
SALVAGE, SALVAGE_TITLE = "salvage", "What the dive mends"
NOTHING = "nothing measurable"
"""What is said of a saving that its own rounds cannot tell from none."""


@dataclass(frozen=True)
class Share:
    """What one myth saves of one page's request, at most."""

    myth: str
    title: str
    page: str
    """The wreck's title."""
    slug: str
    share: Interval
    """Of the request's time. Its rounds are those of what one operation saves."""
    each: Interval | None = None
    """What one operation saves, in ns."""
    operation: str = ""
    often: float | None = None
    """Operations a request."""
    saved_ms: float | None = None
    assumed: str = ""

    @property
    def is_seen(self) -> bool:
        """Whether it is a saving by its whole interval; by itself where one round gives none."""
        return (self.share.low if len(self.share.rounds) > 1 else self.share.value) > 0


def shares(found: Soundings, fleet: Fleet) -> list[Share]:
    """Return every share that soundings and records give, pages in order, the mended last of each."""
    said = []
    for page, dive in _pages(fleet):
        took_ms = median(claims.round_value(each, LATENCY) for each in dive.arm(HEADLINE, page.wrecked).rounds)
        said += [share for myth in MYTHS if (share := _share(myth, found, dive, took_ms))]
        if page.slug == WORKERS_PAGE and (share := _of_workers(found, dive)):
            said.append(share)
        said.append(_salvaged(page, dive))
    return said


def _pages(fleet: Fleet) -> Iterator[tuple[Page, Dive]]:
    """Yield the pages whose wreck is there and dived, with both arms."""
    for page in PAGES:
        if page.slug not in slugs(fleet.wrecks) or not (dive := fleet.dive(page.slug)).is_dived:
            continue
        experiment = dive.record.experiments.get(HEADLINE)
        if experiment and {page.wrecked, page.salvaged} <= set(experiment.arms):
            yield page, dive


def saved_ns(found: Soundings, myth: Myth, slug: str = "") -> Interval | None:
    """Return what one operation saves, in ns; None where that was not measured."""
    names = [each.format(slug=slug) for each in (myth.more, myth.less, *([myth.minus] if myth.minus else []))]
    if any(name not in found.soundings or found.soundings[name].measured is None for name in names):
        return None
    more, less, *minus = (_in_ns(found, name) for name in names)
    if sounding.of(found, names[0]).unit != "bytes":
        return sounding.difference(more, less)
    # Bytes are the same every time, a value a page: what varies is the time that packing takes.
    saved = claims.exact([a - b for a, b in zip(more.rounds, less.rounds, strict=True)])
    return claims.interval([saved.value - each for each in minus[0].rounds]) if minus else saved


def _in_ns(found: Soundings, name: str) -> Interval:
    """Return a sounding's time in ns; of bytes, how long they are on a slow link."""
    each = sounding.of(found, name)
    factor = 8e9 / LINK_BITS_PER_S if each.unit == "bytes" else units.convert(1.0, sounding.unit_of(each), "ns")
    return _times(each.measured, factor)


def _times(measured: Interval, factor: float) -> Interval:
    """Return an interval with everything times ``factor``, which is above zero; ends that stand for no end stay."""
    low, high = (end if abs(end) >= 1e308 else end * factor for end in (measured.low, measured.high))
    return Interval(value=measured.value * factor, low=low, high=high, rounds=[each * factor for each in measured.rounds])


def _share(myth: Myth, found: Soundings, dive: Dive, took_ms: float) -> Share | None:
    each = saved_ns(found, myth, dive.slug)
    counted = found.soundings.get(myth.often.format(slug=dive.slug)) if myth.often else None
    if each is None or (myth.often and (counted is None or counted.measured is None)):
        return None
    often = counted.measured.value if counted else float(myth.times)
    saved_ms = each.value * often / 1e6
    share = _times(each, often / 1e6 / took_ms)
    return Share(myth.name, myth.title, dive.wreck.title, dive.slug, share, each, myth.operation, often, saved_ms, myth.assumed)


def _of_workers(found: Soundings, dive: Dive) -> Share | None:
    few, many = (found.soundings.get(name) for name in (WORKERS_FEW, WORKERS_MANY))
    if not (few and many and few.measured and many.measured):
        return None
    share = claims.interval([1 - a / b for a, b in zip(few.measured.rounds, many.measured.rounds, strict=True)])
    return Share(WORKERS, WORKERS_TITLE, dive.wreck.title, dive.slug, share, assumed=WORKERS_ASSUMED)


def _salvaged(page: Page, dive: Dive) -> Share:
    wrecked, salvaged = (
        {each.round: claims.round_value(each, LATENCY) for each in dive.arm(HEADLINE, arm).rounds} for arm in (page.wrecked, page.salvaged)
    )
    share = claims.interval([1 - salvaged[n] / wrecked[n] for n in sorted(wrecked.keys() & salvaged.keys())])
    saved_ms = median(wrecked.values()) - median(salvaged.values())
    return Share(SALVAGE, SALVAGE_TITLE, dive.wreck.title, dive.slug, share, saved_ms=saved_ms)


def spread_of_rounds(fleet: Fleet) -> float | None:
    """Return by which share of it a page's time differs from round to round, of the page that differs least; None without any."""
    found = []
    for page, dive in _pages(fleet):
        values = [claims.round_value(each, LATENCY) for each in dive.arm(HEADLINE, page.wrecked).rounds]
        if len(values) > 1:
            found.append((max(values) - min(values)) / median(values))
    return min(found, default=None)


def one_of(found: Soundings, fleet: Fleet, name: str, slug: str) -> Share:
    """Return the share of that name on that page. Raises EvidenceError where there is none."""
    for share in shares(found, fleet):
        if (share.myth, share.slug) == (name, slug):
            return share
    raise EvidenceError(f"the share of '{name}' on the page of {slug}", "none in this run", "measure both with 'invoke rebuild'")
