"""While it is written: an open page loads itself anew once the site is another, as its own policy allows."""

import json
import shutil
import threading

from scenarios.publish.built import freshness
from scenarios.publish.serve import server
from tests.browser.browsing import opened


def test_an_open_page_shows_the_new_site_by_itself(browser, site, tmp_path):
    folder = tmp_path / "site"
    shutil.copytree(site.folder, folder)
    with server(folder, reloads=True) as bound:
        threading.Thread(target=bound.serve_forever, daemon=True).start()
        # The policy rules here as it does for readers.
        with opened(browser, f"http://127.0.0.1:{bound.server_port}", bypass_csp=False) as (page, seen):
            with page.expect_response(f"**/{freshness.NAME}"):
                page.goto(f"http://127.0.0.1:{bound.server_port}/{site.dive}")
            before = page.title()
            dive = folder / site.dive / "index.html"
            dive.write_text(dive.read_text(encoding="utf-8").replace(f"<title>{before}", f"<title>Anew: {before}"), encoding="utf-8")
            with page.expect_event("load"):
                (folder / freshness.NAME).write_text(json.dumps({"key": "another"}), encoding="utf-8")
            assert page.title() == f"Anew: {before}"
            assert seen.errors == [] and seen.foreign == []
        bound.shutdown()
