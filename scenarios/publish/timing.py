"""How long the site takes to build, and what its pages weigh: the publishing side's part of ``invoke bench``.

Run as ``python -m scenarios.publish.timing DOCS SITE_DATA SITE``: it builds the site once, as ``invoke site`` would.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scenarios.bench import Felt, PageBytes, SiteBuild
from scenarios.errors import WreckError
from scenarios.publish.built.weight import BUDGET_BYTES, weigh
from scenarios.publish.site import build

BUILD_S_AT_MOST = 5.0
DEADLINE_S = 300
_ROOT = Path(__file__).resolve().parents[2]


Look = Callable[[Path], Felt]
"""Opens a built site's pages in a browser."""


def measured(
    docs: Path, site_data: Path, repeats: int, begin: Callable[[str], None] = lambda what: None, look: Look | None = None
) -> SiteBuild:
    """Build the site once, then so many times more, timed, into a temporary folder, and look at its pages where ``look`` can.

    Raises WreckError when it does not build.
    """
    with tempfile.TemporaryDirectory(prefix="site-timed-") as folder:
        site, build_s = Path(folder) / "site", []
        # What a site is made of but changes with it alone, such as the notebooks' answers, is made by the first build and kept: the budget
        # is of a site that is built once more.
        begin("a first site build, which is not timed")
        _built_s(docs, site_data, site)
        for number in range(1, repeats + 1):
            begin(f"site build {number} of {repeats}")
            build_s.append(_built_s(docs, site_data, site))
        weights = [weigh(site, page) for page in sorted(site.rglob("*.html"))]
        if look:
            begin("pages in a browser")
        felt = look(site) if look else None
    pages = [PageBytes(page=weight.page, bytes_gzip=weight.total_bytes, bytes_at_most=weight.budget_bytes) for weight in weights]
    return SiteBuild(build_s=build_s, pages=pages, build_s_at_most=BUILD_S_AT_MOST, bytes_at_most=BUDGET_BYTES, felt=felt)


def _built_s(docs: Path, site_data: Path, site: Path) -> float:
    """Return the seconds one build took, with a Python of its own: as long as a person waits."""
    began = time.monotonic()
    argv = [sys.executable, "-m", "scenarios.publish.timing", *map(str, (docs, site_data, site))]
    done = subprocess.run(argv, cwd=_ROOT, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    if done.returncode:
        said = (done.stderr.strip() or "nothing").splitlines()[-1]
        raise WreckError("the site to build", said, "run 'invoke site' and mend what it names")
    return time.monotonic() - began


if __name__ == "__main__":
    build(*(Path(word) for word in (sys.argv[1], sys.argv[3], sys.argv[2])), say=lambda line: None)
