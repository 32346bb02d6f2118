"""The order in which pages are read."""

from __future__ import annotations

import pytest

from scenarios.publish.reading_order import Entry, entries, navigation


@pytest.fixture
def docs(tmp_path):
    (tmp_path / "dives").mkdir()
    for name in ("index", "method"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n", encoding="utf-8")
    return tmp_path


def dive(docs, name: str, matter: str = "") -> None:
    text = f"---\ntitle: A dive\n{matter}\n---\n\norder: 7\n" if matter else "# A dive\n\norder: 1\n"
    (docs / "dives" / f"{name}.md").write_text(text, encoding="utf-8")


def test_dives_stand_in_the_order_they_name_and_others_are_more_wrecks(docs):
    (docs / "surfacing.md").write_text("# x\n", encoding="utf-8")
    for name, matter in {"b": "order: 1", "c": "order: 10", "a": "order: 2", "new": "title: order: 3", "another": ""}.items():
        dive(docs, name, matter)
    assert navigation(docs) == [
        {"Home": "index.md"},
        {"The dives": ["dives/b.md", "dives/a.md", "dives/c.md"]},
        {"After the dive": ["surfacing.md"]},
        {"More wrecks": ["dives/another.md", "dives/new.md"]},
        {"Reference": ["method.md"]},
    ]


def test_a_wreck_that_is_not_yet_dived_says_so_in_its_title(docs):
    dive(docs, "a", "order: 1")
    dive(docs, "new", "description: New.")
    assert navigation(docs, ["new", "without-a-page"])[1:3] == [
        {"The dives": ["dives/a.md"]}, {"More wrecks": [{"A dive (not yet dived)": "dives/new.md"}]}
    ]
    assert entries(docs, ["new"])["More wrecks"] == [Entry("dives/new.md", "A dive", "New.", is_dived=False)]


def test_pages_stand_in_the_order_of_the_way_and_unknown_ones_last(docs):
    for name in ("surfacing", "zebra", "myths", "about", "aardvark", "deep"):
        (docs / f"{name}.md").write_text("# x\n", encoding="utf-8")
    assert navigation(docs) == [
        {"Home": "index.md"},
        {"Before the dive": ["myths.md", "deep.md"]},
        {"After the dive": ["surfacing.md"]},
        {"Reference": ["method.md", "about.md", "aardvark.md", "zebra.md"]},
    ]


def test_a_page_is_listed_by_what_its_front_matter_says(docs):
    (docs / "myths.md").write_text('---\ntitle: "Myths: some"\ndescription: \'Folk wisdom.\'\n---\n\n# Other\n', encoding="utf-8")
    (docs / "dives" / "a.md").write_text("---\norder: 1\n---\n\n# A dive\n", encoding="utf-8")
    found = entries(docs)
    assert found["Before the dive"] == [Entry("myths.md", "Myths: some", "Folk wisdom.")]
    assert found["The dives"] == [Entry("dives/a.md", "A dive", "")]
    assert [found["Before the dive"][0].url, found["The dives"][0].url] == ["myths/", "dives/a/"]
