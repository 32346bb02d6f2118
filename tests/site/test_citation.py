"""CITATION.cff says what the project says of itself elsewhere, in the keys that the format has (CFF 1.2.0)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
REQUIRED = {"cff-version", "message", "title", "authors"}
KNOWN = REQUIRED | {"abstract", "commit", "date-released", "identifiers", "keywords"}
KNOWN |= {"license", "references", "repository-code", "type", "url", "version"}
OF_A_REFERENCE = {"type", "title", "authors", "conference", "year", "notes", "url"}


@pytest.fixture(scope="module")
def citation():
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_it_has_the_keys_of_the_format(citation):
    assert REQUIRED <= set(citation) <= KNOWN
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "software"
    assert all(set(author) <= {"name"} or {"family-names", "given-names"} <= set(author) for author in citation["authors"])
    for reference in citation["references"]:
        assert {"type", "title", "authors"} <= set(reference) <= OF_A_REFERENCE


def test_it_is_of_this_version(citation):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == project["version"]


def test_the_talk_is_credited(citation):
    (talk,) = citation["references"]
    assert talk["authors"] == [{"family-names": "Gerrietts", "given-names": "Geoff"}] and talk["conference"]["name"] == "PyCon 2016"


def test_every_place_that_names_a_licence_names_the_same(citation):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    code, texts = project["license"].split(" AND ")
    about = (ROOT / "docs" / "about.md").read_text(encoding="utf-8")
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith(f"{code} License\n")
    assert f"SPDX-License-Identifier: {texts}\n" in (ROOT / "LICENSE-docs").read_text(encoding="utf-8")
    # Of the software: where the format takes several, a reader may choose among them.
    assert citation["license"] == code
    assert f"under the {code} licence (`LICENSE`)" in about
    assert "[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/) (`LICENSE-docs`)" in about
    assert texts == "CC-BY-4.0" and "no licence" not in about
