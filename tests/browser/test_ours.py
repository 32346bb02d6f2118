"""Every page of our own site, as built from the committed evidence, read once to its end with its policy in force."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from scenarios.publish.built.weight import BUDGET_BYTES, EVIDENCE_BUDGET_BYTES
from tests.browser import felt
from tests.browser.browsing import PHONE, opened
from tests.browser.shots import pages_of
from tests.browser.test_csp import LISTEN, refused
from tests.browser.test_page import faults
from tests.live_figures import taken


@dataclass(frozen=True)
class Visit:
    """What one page did to its reader, who has a phone."""

    size_bytes: int
    """Of all that came before the reader touched anything, as a server that compresses sends it."""
    width_px: int
    shift: float
    refused: list[str]
    """What its own policy would not have."""
    errors: list[str]
    foreign: list[str]
    faults: list[str]
    """axe's."""


@pytest.fixture(scope="module")
def visits(browser, ours, our_address) -> dict[str, Visit]:
    return {path: visited(browser, our_address, path) for path in pages_of(ours)}


def visited(browser, address, path) -> Visit:
    with opened(browser, address, viewport=PHONE, bypass_csp=False) as (page, seen):
        page.add_init_script(LISTEN)
        page.add_init_script(felt.OBSERVE)
        page.goto(address + path, wait_until="networkidle")
        size_bytes = sum(seen.gzip_bytes().values())
        felt.read_to_the_end(page)
        width_px, shift = page.evaluate("[document.documentElement.scrollWidth, felt.shift]")
        offences, errors = refused(page), list(seen.errors)
        return Visit(size_bytes, width_px, shift, offences, errors, seen.foreign, faults(page))


def test_every_live_figure_is_of_plotlys_schema(ours):
    # What a lab or linked exhibits read is no figure.
    figures = [file for file in (ours / "exhibits").glob("*.json") if not file.name.startswith(("linked-", "lab-"))]
    assert len(figures) > 40 and all(taken(file.read_text(encoding="utf-8")) for file in figures)


def test_there_are_pages(visits):
    assert "" in visits and len(visits) > 8


def test_axe_finds_nothing(visits):
    assert {path: visit.faults for path, visit in visits.items() if visit.faults} == {}


def test_a_phone_scrolls_one_way_only(visits):
    assert {path: visit.width_px for path, visit in visits.items() if visit.width_px > PHONE["width"]} == {}


def test_pages_are_light(visits):
    assert {path: visit.size_bytes for path, visit in visits.items() if visit.size_bytes > _budget_bytes(path)} == {}


def _budget_bytes(path: str) -> int:
    return EVIDENCE_BUDGET_BYTES if path.startswith("evidence/") else BUDGET_BYTES


def test_nothing_moves(visits):
    assert {path: visit.shift for path, visit in visits.items() if visit.shift > 0} == {}


def test_no_page_offends_its_own_policy(visits):
    assert {path: visit.refused for path, visit in visits.items() if visit.refused} == {}


def test_no_page_errs_or_goes_abroad(visits):
    assert {path: visit.errors + visit.foreign for path, visit in visits.items() if visit.errors or visit.foreign} == {}
