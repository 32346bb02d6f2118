"""A request's time reckoned from the list alone, beside what it took: whether such a list is of any use.

Its numbers can be changed (reckon.js).
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from scenarios.publish.charts.chart import Table
from scenarios.publish.dive import Dive, Fleet
from scenarios.publish.exhibit import Exhibit, median, requests
from scenarios.publish.soundings import latency_list, sounding
from scenarios.publish.soundings.drawings.deep import text
from scenarios.soundings import Soundings
from scenarios.wreck import slugs

RESTS_ON = ("highly-selective",)
EXPERIMENT = "one-page"
ARMS = {"wrecked": True, "indexed": False}
"""Pages that send the same statements; whether those that take longest read a whole table there, for want of an index."""
BY_INDEX, WITHOUT = "deep-lookup-orm", "deep-scan"
TERMS = ("deep-python-lookup", "deep-python-call", BY_INDEX, WITHOUT, "deep-commit")
"""What a request may be made of; one more is a round trip as the list has it."""
FAR = "datacentre"
SIGNIFICANT = 2
"""Digits: it is a reckoning."""
MOST = 10_000_000


@dataclass(frozen=True)
class Reckoned:
    """One page's time, reckoned and measured."""

    title: str
    scans: float
    others: float
    reckoned_ns: float
    took_ns: float


def draw(found: Soundings, fleet: Fleet) -> Exhibit:
    """Return a sum that can be changed, and the table of what was reckoned and what was measured."""
    pages = _pages(found, fleet)
    title = "A page's time, reckoned from the list and measured"
    if pages:
        reckoned, took = (text(each, SIGNIFICANT) for each in (pages[0].reckoned_ns, pages[0].took_ns))
        title = f"Reckoned from the list, the page takes {reckoned}; it took {took}"
    rows = tuple(
        (each.title, f"{each.scans:,.0f}", f"{each.others:,.0f}", text(each.reckoned_ns, SIGNIFICANT), text(each.took_ns)) for each in pages
    )
    return Exhibit(
        title=title,
        caption=f"Statements of one request to the SS Highly Selective, counted in its run. Reckoned: those that read a whole table at "
        f"{sounding.told(sounding.of(found, WITHOUT))} each, all others at {sounding.told(sounding.of(found, BY_INDEX))}, "
        f"as a look-up by the ORM; nothing else. Took: the median over rounds. {sounding.made(found)}",
        html=_sum(found, pages[0] if pages else None),
        table=Table("One request, reckoned and measured", _COLUMNS, rows or _NONE),
        command=found.command,
    )


_COLUMNS = ("page", "statements without an index", "other statements", "reckoned", "took")
_NONE = (("The page has not been measured here", "–", "–", "–", "–"),)


# --- what was reckoned -----------------------------------------------------------------------------


def _pages(found: Soundings, fleet: Fleet) -> list[Reckoned]:
    """Return each page that there is evidence of; none where the list itself lacks a row."""
    slug = RESTS_ON[0]
    by_index, without = (sounding.of(found, name).measured for name in (BY_INDEX, WITHOUT))
    if not by_index or not without or slug not in slugs(fleet.wrecks) or not (dive := fleet.dive(slug)).is_dived:
        return []
    there = dive.record.experiments.get(EXPERIMENT)
    return [reckoned(dive, arm, scans, by_index.value, without.value) for arm, scans in ARMS.items() if there and arm in there.arms]


def reckoned(dive: Dive, name: str, has_scans: bool, by_index_ns: float, without_ns: float) -> Reckoned:
    """Return an arm's request as the sum of its statements."""
    arm = dive.arm(EXPERIMENT, name)
    each = median([round_.statements_per_request or 0.0 for round_ in arm.rounds])
    longest = max(arm.statements, key=lambda statement: statement.total_ms, default=None)
    scans = longest.calls / requests(arm) if has_scans and longest else 0.0
    return Reckoned(
        arm.title, scans, each - scans, scans * without_ns + (each - scans) * by_index_ns,
        median([round_.latency_ms.p50 or 0.0 for round_ in arm.rounds]) * 1e6,
    )  # fmt: skip


# --- a sum to change -------------------------------------------------------------------------------


def _sum(found: Soundings, page: Reckoned | None) -> str:
    """Return the sum as a table of fields, filled with what the wrecked page does; without a script they are read only."""
    counts = {WITHOUT: page.scans, BY_INDEX: page.others} if page else {}
    terms = [(each.title, each.measured.value, counts.get(name, 0)) for name in TERMS if (each := sounding.of(found, name)).measured]
    far = latency_list.row(FAR)
    terms.append((f"{far.title}, as in 2016", far.talk_ns, 0))
    total_ns = sum(each_ns * count for _, each_ns, count in terms)
    rows = "".join(_term(*term) for term in terms)
    return (
        '<div class="reckon"><table class="reckon-sum"><caption>What a request does, and what that must cost</caption>'
        '<thead><tr><th scope="col">what</th><th scope="col">each</th><th scope="col">how many</th>'
        '<th scope="col">together</th></tr></thead>'
        f'<tbody>{rows}</tbody>'
        f'<tfoot><tr><th scope="row" colspan="3">All of it</th><td><output>{_text(total_ns)}</output></td></tr></tfoot></table>'
        '<p class="reckon-hint">These are the wrecked page\'s numbers. Put in those of a request of yours.</p></div>'
        '<script src="wreck-root:assets/reckon.js" defer></script>'
    )


def _term(title: str, each_ns: float, count: float) -> str:
    field = f'<input type="number" min="0" max="{MOST}" step="1" value="{count:.0f}" readonly aria-label="How many: {escape(title)}">'
    together = f"<td>{_text(each_ns * round(count))}</td>"
    return f'<tr data-ns="{each_ns:.6g}"><th scope="row">{escape(title)}</th><td>{_text(each_ns)}</td><td>{field}</td>{together}</tr>'


def _text(value_ns: float) -> str:
    return text(value_ns, SIGNIFICANT) if value_ns else "–"
