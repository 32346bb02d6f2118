"""Every page of our own site, as built from the committed evidence."""

import pytest

from scenarios.publish.weight import BUDGET_BYTES, EVIDENCE_BUDGET_BYTES
from tests.browser.browsing import PHONE, opened
from tests.browser.fixture_site import build_ours
from tests.browser.server import served
from tests.browser.shots import pages_of
from tests.browser.test_page import faults


@pytest.fixture(scope="module")
def pages(browser, tmp_path_factory):
    """Open each page once, on a phone, and give path -> (faults of axe, width in px, bytes, errors, foreign requests)."""
    ours = build_ours(tmp_path_factory.mktemp("ours"))
    found = {}
    with served(ours) as address:
        for path in pages_of(ours):
            with opened(browser, address, viewport=PHONE) as (page, seen):
                page.goto(address + path, wait_until="networkidle")
                width = page.evaluate("document.documentElement.scrollWidth")
                found[path] = (faults(page), width, sum(seen.gzip_bytes().values()), seen.errors, seen.foreign)
    return found


def test_there_are_pages(pages):
    assert "" in pages


def test_axe_finds_nothing(pages):
    assert {path: faults for path, (faults, *_) in pages.items() if faults} == {}


def test_a_phone_scrolls_one_way_only(pages):
    assert {path: width for path, (_, width, *_) in pages.items() if width > PHONE["width"]} == {}


def test_pages_are_light(pages):
    assert {path: size for path, (_, _, size, *_) in pages.items() if size > _budget_bytes(path)} == {}


def _budget_bytes(path: str) -> int:
    return EVIDENCE_BUDGET_BYTES if path.startswith("evidence/") else BUDGET_BYTES


def test_no_page_errs_or_goes_abroad(pages):
    assert {path: rest for path, (_, _, _, *rest) in pages.items() if any(rest)} == {}
