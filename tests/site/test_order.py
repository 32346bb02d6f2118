"""The order in which pages are read."""

from __future__ import annotations

from scenarios.publish.site import navigation


def test_dives_stand_in_the_order_they_name_and_new_ones_last(tmp_path):
    (tmp_path / "dives").mkdir()
    (tmp_path / "index.md").write_text("# Front\n")
    (tmp_path / "method.md").write_text("# Method\n")
    for name, matter in {"b": "order: 1", "c": "order: 10", "a": "order: 2", "new": "title: order: 3", "another": ""}.items():
        (tmp_path / "dives" / f"{name}.md").write_text(f"---\ntitle: A dive\n{matter}\n---\n\norder: 7\n" if matter else "# A dive\n\norder: 1\n")
    dives = [f"dives/{name}.md" for name in ("b", "a", "c", "another", "new")]
    assert navigation(tmp_path) == ["index.md", {"Dives": dives}, "method.md"]
