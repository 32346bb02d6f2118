"""The notices beneath a page's title: when its evidence was measured, whether the code is newer, and what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from scenarios.publish import units
from scenarios.publish.dive import Dive
from scenarios.publish.evidence_page import anchors
from scenarios.publish.html import ROOT, visible
from scenarios.publish.prose.noted import noted
from scenarios.record import Record

_SHOWN = 12
_READ_SO = (
    "<p>So rely on ratios, which compare arms of the same round, more than on times; and where a ratio lies near 1, look at its interval. "
    "A claim marked ✓ held in spite of the noise. The advice is for whoever measures again.</p>"
)
"""What a reader should do about a machine that was not quiet."""
MEANT = (
    "<p>They are what this wreck is about: a claim of its page rests on them, and would fail had nobody died. "
    "What became of the requests that a worker died with is noted too.</p>"
)


def banners(dives: list[Dive]) -> str:
    """Return the notices of a page that rests on ``dives`` as HTML."""
    return later(dives, urgent(dives))


def urgent(dives: list[Dive]) -> str:
    """Return what must be seen before any number: that one is of a trial, or that there is none."""
    return "".join(_trial(dive.record) if dive.is_dived else _not_dived(dive.slug) for dive in dives)


def later(dives: list[Dive], before_noted: str = "") -> str:
    """Return the notices but the urgent ones: how old the evidence is, and what speaks against it."""
    dived = [dive for dive in dives if dive.is_dived]
    return _measured(dived) + _noise(dived) + before_noted + _noted(dived)


def own_banner(dive: Dive) -> str:
    """Return the notices of a wreck's page of evidence, whose own sections say the rest."""
    return _newer([dive]) + _trial(dive.record)


# --- age -------------------------------------------------------------------------------------------


def time_html(moment: datetime) -> str:
    """Return a moment as an element, to which the page's script adds its age."""
    return f'<time class="wreck-age" datetime="{moment:%Y-%m-%dT%H:%M:%SZ}">{units.day(moment)}</time>'


def _measured(dives: list[Dive]) -> str:
    """Return when the evidence was made and where it is. The date ends its line: the age that is added moves nothing."""
    if not dives:
        return ""
    made = [dive.record.made_at for dive in dives]
    since = "on" if len({moment.date() for moment in made}) == 1 else "from"
    if len(dives) == 1:
        where = _link(dives[0], "All of its evidence")
    else:
        where = "Evidence of " + ", ".join(_link(dive, dive.wreck.title) for dive in dives)
    return f'<div class="wreck-measured"><p>Measured {since} {time_html(min(made))}</p><p>{where}</p></div>{_newer(dives)}'


def _newer(dives: list[Dive]) -> str:
    """Return which evidence the code has left behind, and the command that measures anew."""
    behind = [dive for dive in dives if dive.code_is_newer]
    if not behind:
        return ""
    of = "" if len(dives) == 1 else " of " + ", ".join(escape(dive.wreck.title) for dive in behind)
    command = f"invoke rebuild --wreck {behind[0].slug}" if len(behind) == 1 else "invoke rebuild"
    said = f'<strong class="wreck-stale">The code is newer than the evidence{of}.</strong> Measure anew: <code>{command}</code>'
    return f'<div class="wreck-measured" role="note"><p>{said}</p></div>'


def _link(dive: Dive, text: str) -> str:
    return f'<a href="{ROOT}{anchors.page(dive.slug)}">{escape(text)}</a>'


# --- what speaks against it ------------------------------------------------------------------------


def _trial(record: Record) -> str:
    if record.publishable:
        return ""
    title = f"A trial run of {record.wreck}: do not rely on these numbers."
    return _box("wreck-banner wreck-banner-trial", title, record.unpublishable_because)


def _noted(dives: list[Dive]) -> str:
    """Return what single runs noted, folded; in one where a page rests on several wrecks. The deaths that a wreck is about stand apart."""
    found = {dive.wreck.title: noted(dive) for dive in dives}
    unforeseen = {title: each.unforeseen for title, each in found.items() if each.unforeseen}
    meant = {title: each.meant for title, each in found.items() if each.meant}
    count = sum(map(len, unforeseen.values()))
    title = f"Noted during the runs of {escape(' and '.join(unforeseen))}: {count} in all"
    happened = f"Workers died in the runs of {escape(' and '.join(meant))}, as they were meant to"
    alone = len(dives) == 1
    return _fold(title, "", unforeseen, alone) + _fold(happened, MEANT, meant, alone)


def _fold(title: str, said: str, notes: dict[str, tuple[str, ...]], alone: bool) -> str:
    if not notes:
        return ""
    lists = "".join(("" if alone else f"<p>{escape(wreck)}</p>") + _list(each) for wreck, each in notes.items())
    return f'<div class="wreck-banner" role="note"><details><summary>{title}</summary>{said}{lists}</details></div>'


def _noise(dives: list[Dive]) -> str:
    """Return what the machine did, with advice, folded; in one where a page rests on several runs."""
    noisy = [dive for dive in dives if dive.record.noise]
    if not noisy:
        return ""
    alone = len(dives) == 1
    title = f"during the run of {escape(noisy[0].wreck.title)}" if alone else f"during {len(noisy)} of {len(dives)} runs"
    said = [each if alone else f"{dive.wreck.title}: {each}" for dive in noisy for each in noise_of(dive.record)]
    summary = f"The machine was not quiet {title}: trust ratios before times"
    return f'<div class="wreck-banner" role="note"><details><summary>{summary}</summary>{_READ_SO}{_list(said)}</details></div>'


def noise_of(record: Record) -> list[str]:
    """Return what the machine did, each with its advice, as sentences."""
    return [f"{each.said[:1].upper()}{each.said[1:]}. Advice: {each.advice}." for each in record.noise]


def _not_dived(slug: str) -> str:
    title = f"{slug} is not yet dived: there is no evidence of it here."
    return _box("wreck-banner wreck-banner-trial", title, [f"'invoke rebuild --wreck {slug}' makes it"])


def _box(classes: str, title: str, items: list[str]) -> str:
    return f'<div class="{classes}" role="note"><p><strong>{escape(title)}</strong></p>{_list(items)}</div>'


def _list(items: Sequence[str]) -> str:
    shown = "".join(f"<li>{escape(visible(item))}</li>" for item in items[:_SHOWN])
    more = f"<li>and {len(items) - _SHOWN} more, in the evidence</li>" if len(items) > _SHOWN else ""
    return f"<ul>{shown}{more}</ul>"
