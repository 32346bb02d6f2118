"""Pages of wrecks that are not published yet: while they are written, what is wrong with one keeps nobody from the others."""

from __future__ import annotations

import json

import pytest

from scenarios.errors import WreckError
from scenarios.publish.site import build
from scenarios.scaffold.main import Places, new
from tests.site.conftest import ROOT

PAGE = "dives/leaky-bilge.md"


@pytest.fixture
def begun(project):
    new("Leaky Bilge", Places(project.wrecks, project.docs / "dives", project.site_data))
    return project


def built_with_drafts(project) -> list[str]:
    """Build as 'invoke serve' does; return what was said of drafts."""
    told: list[str] = []
    build(
        project.docs, project.site, project.site_data, wrecks=project.wrecks, config=ROOT / "mkdocs.yml",
        say=lambda line: None, of_drafts=told.append,
    )  # fmt: skip
    return told


def shown(project, path: str) -> str:
    return (project.site / path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("{{ leaky-bilge: clam:salvage }}", f"docs/{PAGE}:8: wanted a kind of subject; got 'clam:'"),
        ("[gone](nowhere.md)", f"Doc file '{PAGE}' contains a link 'nowhere.md'"),
        ('<a href="../nowhere/">gone</a>', f"docs/{PAGE}:8: '../nowhere/' leads nowhere"),
    ],
    ids=["a token", "a link", "a link in HTML"],
)
def test_a_faulty_page_stops_a_build_by_its_file_and_a_draft_does_not_stop_serving(begun, line, wanted):
    begun.write(PAGE, f"---\ntitle: SS Leaky Bilge\ndescription: A bilge.\n---\n\n# SS Leaky Bilge\n\n{line}\n")
    with pytest.raises(WreckError) as stopped:
        begun.build()
    assert wanted in str(stopped.value)
    assert wanted in built_with_drafts(begun)[0]
    assert "As it sank" in shown(begun, "dives/paper-boat") and "SS Leaky Bilge" in shown(begun, "dives/leaky-bilge")


def test_a_draft_that_cannot_be_read_says_why_in_its_place_and_is_tried_again(begun):
    begun.write(PAGE, "# SS Leaky Bilge\n\n```exhibit\nkind: <ladder>\nwreck: leaky-boat\n```\n")
    (said,) = built_with_drafts(begun)
    page = shown(begun, "dives/leaky-bilge")
    assert "This page cannot be built yet" in page and "leaky-boat" in page and said.startswith(f"docs/{PAGE}:")
    key = json.loads((begun.site / "build.json").read_text(encoding="utf-8"))["key"]
    assert key.endswith("apart"), "such a site is never taken for whole"


def test_a_wreck_half_written_is_named_by_its_folder(begun):
    (begun.wrecks / "leaky_bilge" / "wreck.py").write_text("ARMS = (", encoding="utf-8")
    (said,) = built_with_drafts(begun)
    assert said.startswith(f"docs/{PAGE}: wanted a wreck in scenarios/wrecks/leaky_bilge/; got SyntaxError")


def test_a_published_page_stops_every_build(project):
    project.write("dives/paper-boat.md", "# Paper boat\n\n{{ paper-boat: clam:waxing }}\n")
    with pytest.raises(WreckError, match=r"docs/dives/paper-boat\.md:3"):
        built_with_drafts(project)


def test_with_nothing_wrong_a_build_with_drafts_is_any_build(begun):
    begun.build()
    key = (begun.site / "build.json").read_bytes()
    assert built_with_drafts(begun) == [] and (begun.site / "build.json").read_bytes() == key
