"""The sites the browser looks at: one of synthetic evidence that holds every kind of exhibit, and ours."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from scenarios import wreck
from scenarios.publish import site
from tests.site import evidence_factory

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

SPEED_MS = {"wrecked": 980, "no-like": 975, "rewrite": 240, "rewrite-covered": 15}


@dataclass(frozen=True)
class Site:
    folder: Path
    dive: str = "dives/sunken-query/"
    """Path of the page to look at."""
    exhibit: str = "latency"
    """Id of an exhibit on it whose marks are requests with traces."""
    other: str = ""
    """Path of a page that links to it."""


def build_every_exhibit(folder: Path) -> Site:
    """Build, in ``folder``, a site of two pages whose dive holds every kind of exhibit."""
    docs = folder / "docs"
    shutil.copytree(HERE / "docs", docs)
    shutil.copytree(ROOT / "docs" / "assets", docs / "assets")
    sunken = wreck.load("sunken-query", HERE / "wrecks")
    evidence_factory.make(sunken, SPEED_MS, warnings=("load was 2.1 before round 3",)).write(folder / "site_data")
    # Our own settings, but for the list of our own pages.
    config = folder / "mkdocs.yml"
    theme = ROOT / "scenarios" / "publish" / "theme"
    config.write_text(f"INHERIT: {ROOT / 'mkdocs.yml'}\nnav: null\ntheme:\n  custom_dir: {theme}\n", encoding="utf-8")
    site.build(docs, folder / "site", folder / "site_data", wrecks=HERE / "wrecks", config=config, say=lambda line: None)
    return Site(folder / "site")


def build_ours(folder: Path) -> Path:
    """Build our pages from the committed evidence; return the site."""
    site.build(ROOT / "docs", folder / "site", ROOT / "site_data", say=lambda line: None)
    return folder / "site"
