"""A browser and a served site for the tests of this folder.

Without a browser these tests fail where CI is set; elsewhere they are skipped, and the run's
last lines say what was not tested and how to get it.
"""

import contextlib
import os

import pytest

from tests.browser.browsing import chromium, opened
from tests.browser.fixture_site import build_every_exhibit, build_ours
from tests.browser.lab_page import build_labs
from tests.browser.provision import BrowserMissing, find_browser
from tests.browser.server import served

MISSING = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def browser(request):
    try:
        executable = find_browser()
    except BrowserMissing as fault:
        if os.environ.get("CI"):
            pytest.fail(str(fault), pytrace=False)
        request.config.stash[MISSING] = str(fault)
        pytest.skip("no browser")
    with chromium(executable) as browser:
        yield browser


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    return build_every_exhibit(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def address(site):
    with served(site.folder) as address:
        yield address


@pytest.fixture(scope="session")
def ours(tmp_path_factory):
    """Return the folder of our own pages, built from the committed evidence."""
    return build_ours(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="session")
def our_address(ours):
    with served(ours) as address:
        yield address


@pytest.fixture(scope="session")
def labs(tmp_path_factory):
    return build_labs(tmp_path_factory.mktemp("labs"))


@pytest.fixture(scope="session")
def lab_address(labs):
    with served(labs) as address:
        yield address


@pytest.fixture
def open_page(browser, address):
    """Return a function that opens a context and page; afterwards no page may have erred or gone abroad."""
    with contextlib.ExitStack() as stack:
        scenes = []

        def open_one(path="", *, errors_expected=False, **context):
            page, seen = stack.enter_context(opened(browser, address, **context))
            scenes.append((seen, errors_expected))
            page.goto(address + path)
            return page, seen

        yield open_one
        for seen, errors_expected in scenes:
            assert seen.foreign == []
            assert errors_expected or seen.errors == []


def pytest_terminal_summary(terminalreporter, config):
    why = config.stash.get(MISSING, None)
    if why:
        terminalreporter.section("NOT TESTED: the site in a browser", sep="!", red=True, bold=True)
        terminalreporter.line(why)
