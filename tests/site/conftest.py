"""A small project of two wrecks with made-up evidence, in a temporary folder."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from scenarios.publish.site import build
from scenarios.wreck import load
from tests.site import evidence_factory

ROOT = Path(__file__).parents[2]
PROJECT = Path(__file__).parent / "project"
SPEED_MS = {
    "paper-boat": {"wrecked": 900.0, "no-sail": 880.0, "waxed": 15.0},
    "tin-raft": {"wrecked": 4000.0, "salvaged": 800.0},
}


@dataclass(frozen=True)
class Project:
    docs: Path
    site_data: Path
    wrecks: Path
    site: Path

    def build(self, said: list[str] | None = None) -> None:
        build(
            self.docs,
            self.site,
            self.site_data,
            wrecks=self.wrecks,
            config=ROOT / "mkdocs.yml",
            say=(said if said is not None else []).append,
        )

    def write(self, page: str, text: str) -> None:
        (self.docs / page).write_text(text, encoding="utf-8")

    def evidence(self, slug: str, speed_ms=None, **options) -> None:
        """Make a wreck's evidence up, anew."""
        shutil.rmtree(self.site_data / slug, ignore_errors=True)
        evidence_factory.make(load(slug, self.wrecks), speed_ms or SPEED_MS[slug], **options).write(self.site_data)


def make_project(folder: Path) -> Project:
    shutil.copytree(PROJECT, folder, dirs_exist_ok=True)
    project = Project(folder / "docs", folder / "site_data", folder / "wrecks", folder / "site")
    # The library for live charts is large, and no page of these tests is touched.
    shutil.copytree(ROOT / "docs" / "assets", project.docs / "assets", ignore=shutil.ignore_patterns("vendor"))
    project.evidence("paper-boat")
    project.evidence("tin-raft", publishable=False, warnings=("the machine was busy",))
    return project


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "project")


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The project, built once: not to be changed."""
    project = make_project(tmp_path_factory.mktemp("built"))
    project.build()
    return project
