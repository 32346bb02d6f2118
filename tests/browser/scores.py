"""What Lighthouse gives a page opened on a phone, out of 100.

Lighthouse comes from npm, once, to the user's cache folder: the versions and hashes are those of ``lighthouse/package-lock.json``.
It reckons a slow phone's times from one load (its *simulated* throttling), so a busy machine costs a page points that it did not lose.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from scenarios.bench import PageScored, Scored
from scenarios.claims import exact
from scenarios.errors import WreckError
from tests.browser.provision import find_browser
from tests.browser.server import Packed, served
from tests.browser.shots import pages_of

PINNED = Path(__file__).parent / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LOADS = 2
DEADLINE_S = 300
_FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --no-first-run"


class LighthouseMissing(WreckError):
    """There is no Lighthouse, or it did not score a page."""


def version() -> str:
    """Return the version that is pinned."""
    return json.loads((PINNED / "package.json").read_text(encoding="utf-8"))["dependencies"]["lighthouse"]


def find(cache: Path | None = None) -> list[str]:
    """Return the command that runs Lighthouse, fetched if need be. Raises LighthouseMissing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise LighthouseMissing("Node.js with npm, to fetch Lighthouse", "none on PATH", "install Node.js with npm")
    home = (cache or platformdirs.user_cache_path("diving-into-the-wreck")) / f"lighthouse-{version()}"
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".lighthouse-", dir=home.parent) as made:
            folder = Path(made) / "whole"
            shutil.copytree(PINNED, folder)
            _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)], "npm ci")
            folder.rename(home)
    return [node, str(home / "node_modules" / "lighthouse" / "cli" / "index.js")]


def score(command: Sequence[str], address: str) -> dict[str, float]:
    """Return a page's scores by category, out of 100. Raises LighthouseMissing where it gave none."""
    with tempfile.TemporaryDirectory(prefix="lighthouse-") as folder:
        report = Path(folder) / "report.json"
        _run(
            [*command, address, "--quiet", "--output=json", f"--output-path={report}", f"--only-categories={','.join(CATEGORIES)}",
             "--no-enable-error-reporting", f"--chrome-flags={_FLAGS}"],
            "Lighthouse",
        )  # fmt: skip
        found = json.loads(report.read_text(encoding="utf-8"))["categories"]
    scores = {category: found[category]["score"] for category in CATEGORIES}
    if None in scores.values():
        raise LighthouseMissing(f"a score in each of {', '.join(CATEGORIES)}", f"{scores}", "open the page by hand: it may not have loaded")
    return {category: 100 * each for category, each in scores.items()}


def look(site: Path, pages: Sequence[str] | None = None, loads: int = LOADS) -> Scored:
    """Return the scores of a built site's front page, dives and last page, or of those named. Raises LighthouseMissing."""
    chosen = [page for page in pages_of(site) if page in ("", "surfacing/") or page.startswith("dives/")] if pages is None else pages
    command = find()
    with served(site, Packed) as address:
        found = {page: [score(command, address + page) for _ in range(loads)] for page in chosen}
    return Scored(tool=f"Lighthouse {version()}", pages=[_page(page, each) for page, each in found.items()])


def _page(path: str, loads: list[dict[str, float]]) -> PageScored:
    scores = {category.replace("-", "_"): exact([load[category] for load in loads]) for category in CATEGORIES}
    return PageScored(page=f"{path}index.html", **scores)


def _run(command: Sequence[str], what: str) -> None:
    environment = {**os.environ, "CHROME_PATH": str(find_browser())}
    try:
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    except subprocess.TimeoutExpired as fault:
        raise LighthouseMissing(f"{what} to end", f"nothing in {DEADLINE_S} s", "look whether the machine is busy") from fault
    if ended.returncode:
        said = (ended.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise LighthouseMissing(f"{what} to work", f"exit code {ended.returncode}: {said}", "run it by hand to see why")
