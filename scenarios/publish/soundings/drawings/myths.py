"""The point of the talk's book of myths: what each saves of a real request, beside what the dive mends."""

from __future__ import annotations

from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Points, Rule, Table
from scenarios.publish.dive import Fleet
from scenarios.publish.exhibit import Exhibit
from scenarios.publish.soundings import myth_shares, sounding
from scenarios.publish.soundings.myth_shares import NOTHING, SALVAGE, Share
from scenarios.soundings import Soundings

RESTS_ON = tuple(page.slug for page in myth_shares.PAGES)
SMALL = 0.01
ROLES = ("accent", "suspect")
"""Of the pages, in order."""


def draw(found: Soundings, fleet: Fleet) -> Exhibit:
    """Draw the shares of all pages there are, a row a myth, the mended last.

    Without a record there is nothing to draw but what was found.
    """
    shares = myth_shares.shares(found, fleet)
    rows = _rows(shares)
    title = _title(shares, rows)
    return Exhibit(
        title=title,
        caption="Of the time that one request takes to the page as it sank, at most: what one operation saves, times how often a request "
        f"has use for it; every number assumed is assumed in the myth's favour, as the table says. {sounding.made(found)}",
        chart=_chart(title, shares, rows, fleet) if any(share.is_seen for share in shares) else None,
        table=_table(shares, rows),
        command=found.command,
    )


def _rows(shares: list[Share]) -> list[str]:
    """Return the myths from the least to the greatest share, the mended last."""
    most = {name: max(each.share.value * each.is_seen for each in shares if each.myth == name) for name in {share.myth for share in shares}}
    return sorted(most, key=lambda name: (name == SALVAGE, most[name], name))


def _title(shares: list[Share], rows: list[str]) -> str:
    myths = [name for name in rows if name != SALVAGE]
    if not myths:
        return "Shares of a real request: not measured"
    small = [name for name in myths if all(each.share.value < SMALL for each in shares if each.myth == name)]
    mended = min((each.share.value for each in shares if each.myth == SALVAGE), default=0.0)
    number = "All" if len(small) == len(myths) else f"{len(small)} of"
    said = f"{number} {len(myths)} save less than {units.text(SMALL, 'share')} of a slow request"
    return f"{said}; what the dive mends saves at least {units.text(mended, 'share')}"


def _chart(title: str, shares: list[Share], rows: list[str], fleet: Fleet) -> Chart:
    pages = list(dict.fromkeys(share.page for share in shares))
    marks: list = _rails(shares, rows)
    for page, role in zip(pages, ROLES, strict=False):
        mine = [share for share in shares if share.page == page and share.is_seen]
        notes = tuple(f"{share.title}: {units.text(share.share.value, 'share')}{_said(share)}" for share in mine)
        if mine:
            x, y = tuple(share.share.value for share in mine), tuple(float(rows.index(share.myth)) for share in mine)
            marks.append(Points(page, role, x, y, notes=notes))
    if (spread := myth_shares.spread_of_rounds(fleet)) is not None and spread > 0:
        marks.append(Rule("x", spread, "rounds differ by this", "muted"))
    alt = "; ".join(f"{share.title}, {share.page}: {_shown(share)}" for share in shares)
    names = tuple(_name(name, [share for share in shares if share.myth == name]) for name in rows)
    axes = Axis("share of one request, log scale", "share", "log", high=1.0), Axis("", scale="category", categories=names)
    return Chart(title, f"Marks on a logarithmic axis, a row for each: {alt}.", *axes, tuple(marks))


def _rails(shares: list[Share], rows: list[str]) -> list[Line]:
    """Return a line for each row that has marks, beneath its words: marks far to the right belong to them all the same."""
    seen = [share for share in shares if share.is_seen]
    least = min((share.share.value for share in seen), default=1.0)
    at = sorted({float(rows.index(share.myth)) for share in seen})
    return [Line("", "grid", (least, 1.0), (row, row), thin=True) for row in at]


def _name(name: str, mine: list[Share]) -> str:
    """Return a row's name; beneath it what one operation saves, and the shares, which marks may lie too close to tell."""
    first, shares = mine[0], " and ".join(map(_shown, mine))
    if not any(share.is_seen for share in mine):
        return f"{first.title}\n{NOTHING}"
    return f"{first.title}\n{_saves(mine)}: {shares}" if first.each else f"{first.title}\n{shares}"


def _shown(share: Share) -> str:
    return units.text(share.share.value, "share", significant=2) if share.is_seen else NOTHING


def _saves(mine: list[Share]) -> str:
    each = [share.each.value for share in mine]
    # The same on every page, or the page's own.
    alike = max(each) - min(each) < 1e-6
    return f"{' or '.join(units.text(ns, 'ns', significant=2) for ns in each[: 1 if alike else None])} a {mine[0].operation}"


def _said(share: Share) -> str:
    if share.each is None or share.often is None:
        return ""
    return f"\n{units.text(share.each.value, 'ns')} × {units.digits(share.often)}"


def _table(shares: list[Share], rows: list[str]) -> Table:
    ordered = sorted(shares, key=lambda share: (rows.index(share.myth), share.page))
    columns = ("what", "page", "saved by one", "how often in a request", "saved", "share of the request", "from, to", "assumed")
    return Table("What each saves of one request, at most", columns, tuple(map(_row, ordered)))


def _row(share: Share) -> tuple[str, ...]:
    each = "–" if share.each is None else f"{units.text(share.each.value, 'ns')} a {share.operation}"
    often = "–" if share.often is None else units.digits(share.often)
    saved = "–" if share.saved_ms is None else units.text(share.saved_ms, "ms")
    between = sounding.between(share.share, "share")
    return share.title, share.page, each, often, saved, units.text(share.share.value, "share"), between, share.assumed or "–"
