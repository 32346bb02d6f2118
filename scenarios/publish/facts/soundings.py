"""Facts that are of no wreck: of the soundings, and of the talk's own list of latencies."""

from __future__ import annotations

from scenarios.publish import units
from scenarios.publish.dive import Fleet
from scenarios.publish.facts.fact import Fact, shown
from scenarios.publish.soundings import latency_list, sounding, sounding_token


def fact(fleet: Fleet, subject: str, options: tuple[str, ...]) -> Fact:
    """Return what a token of soundings says: ``sounding_token.py`` and ``latency_list.py`` have the subjects."""
    return _listed(subject, options) if latency_list.is_about(subject) else _sounding(fleet, subject, options)


def _listed(subject: str, options: tuple[str, ...]) -> Fact:
    value, unit, origin = latency_list.figure(subject)
    return Fact(_text(value, unit, options), origin, "logbook", "", {"logbook": subject})


def _sounding(fleet: Fleet, subject: str, options: tuple[str, ...]) -> Fact:
    data = {"sounding": subject}
    if fleet.soundings is None:
        sounding_token.check(subject)
        return Fact("–", f"soundings: {subject}; {sounding.NOT_MEASURED}", "fact", "", data)
    said = sounding_token.said(fleet.soundings, fleet, subject)
    if said.value is None:
        return Fact("–", said.origin, "fact", sounding_token.HREF, data)
    # A unit that does not fit is a fault even where words stand in the number's place.
    number = _text(said.value, said.unit, options)
    text = said.text or number
    span = sounding.between(said.measured, said.unit) if said.measured else ""
    if span and {"interval", "range"} & set(options):
        text += f" ({span})"
    return Fact(text, said.origin, "number", sounding_token.HREF, data, measured=said.measured, unit=said.unit, span=span)


def _text(value: float, unit: str, options: tuple[str, ...]) -> str:
    said = shown(value, unit, options)
    return units.digits(value) + " times" if unit == "times" and "bare" not in options else said
