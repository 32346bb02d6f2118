"""A site is built again when something that goes into it changed, and then only."""

from __future__ import annotations

import json

import pytest

from scenarios.publish.built import freshness
from scenarios.publish.site import build
from tests.site.conftest import ROOT


def built_again(project) -> bool:
    said: list[str] = []
    build(
        project.docs, project.site, project.site_data, wrecks=project.wrecks, config=ROOT / "mkdocs.yml", even_if_fresh=False,
        say=said.append,
    )  # fmt: skip
    return not any("is as a build would make it now" in line for line in said)


def key(project) -> str:
    return freshness.key(project.docs, project.site_data, project.wrecks, ROOT / "mkdocs.yml")


def test_what_did_not_change_is_left_and_what_did_is_built(project):
    assert built_again(project)
    before = (project.site / "index.html").stat().st_mtime_ns
    assert not built_again(project)
    assert (project.site / "index.html").stat().st_mtime_ns == before
    project.write("index.md", (project.docs / "index.md").read_text() + "\n\nOne more sentence.\n")
    assert built_again(project)
    assert "One more sentence." in (project.site / "index.html").read_text()
    project.build()
    assert (project.site / "index.html").stat().st_mtime_ns != before, "asked for by itself it is always built"


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"key": 3}', "\0"])
def test_a_site_that_does_not_say_what_it_was_built_from_is_not_fresh(tmp_path, damage):
    assert not freshness.is_fresh(tmp_path, "a")
    freshness.mark(tmp_path, "a")
    assert freshness.is_fresh(tmp_path, "a") and not freshness.is_fresh(tmp_path, "b")
    (tmp_path / freshness.NAME).write_text(damage)
    assert not freshness.is_fresh(tmp_path, "a")


@pytest.mark.parametrize("place", ["docs/dives/tin-raft.md", "site_data/paper-boat/record.json", "wrecks/paper_boat/routes.py"])
def test_every_part_counts(project, place):
    before = key(project)
    assert key(project) == before
    path = project.docs.parent / place
    path.write_text(path.read_text() + " ")
    after = key(project)
    path.rename(path.with_name("renamed" + path.suffix))
    assert len({before, after, key(project)}) == 3


def test_versions_of_packages_count(project, monkeypatch):
    before = key(project)
    monkeypatch.setattr(freshness.metadata, "distributions", lambda: [])
    assert key(project) != before


def test_the_mark_says_nothing_else(built):
    assert set(json.loads((built.site / freshness.NAME).read_text())) == {"key"}
