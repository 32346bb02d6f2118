"""Notebooks: run when something changed, an error stops them, pages of the site's own make, and all of it to be taken along."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from scenarios.errors import WreckError
from scenarios.publish import notebooks_pages, notebooks_run
from scenarios.publish.notebooks_pages import bundle, executed, jupyter, page
from scenarios.publish.notebooks_run import cells
from scenarios.publish.site import build
from tests.site.conftest import ROOT

OURS = sorted((ROOT / "docs" / "notebooks").glob("*.py"))
BOAT = """# %% [markdown]
# # A notebook
#
# Its *prose*.

# %%
from scenarios.publish.notebooks import evidence, exhibit

dive = evidence("paper-boat")
print("<b>boat</b>\\n\\nand more")

# %%
exhibit(dive, "ladder")

# %%
1 + 1
"""


@pytest.fixture
def boat(project, tmp_path, monkeypatch):
    """Return the project's only notebook; what it comes to is kept in a folder of its own."""
    monkeypatch.setenv("DIVING_CACHE", str(tmp_path / "cache"))
    path = project.docs / "notebooks" / "paper-boat.py"
    path.parent.mkdir()
    path.write_text(BOAT, encoding="utf-8")
    return path


def came(project, notebook: Path) -> list[list[dict]]:
    return executed(notebook, project.site_data, project.wrecks)


def test_a_trial_says_what_it_lacks_and_full_evidence_must_have_it(boat, monkeypatch):
    boat.write_text(BOAT + '\n# %%\ndive_record = {}["one-page"]\n\n# %%\nprint("never")\n', encoding="utf-8")
    monkeypatch.setattr(notebooks_run, "_outputs", lambda cell, *_: [{"text": eval("{}['one-page']") if "one-page" in cell.source else "ran"}])
    monkeypatch.setattr(notebooks_run, "evidence", lambda _slug: SimpleNamespace(record=SimpleNamespace(publishable=False)))
    outputs = notebooks_run.run(boat)
    assert [bool(each) for each in outputs] == [False, True, True, True, True, False]
    assert "short trial" in outputs[4][0]["text"] and "'one-page'" in outputs[4][0]["text"] and outputs[3] == [{"text": "ran"}]
    monkeypatch.setattr(notebooks_run, "evidence", lambda _slug: SimpleNamespace(record=SimpleNamespace(publishable=True)))
    with pytest.raises(KeyError):
        notebooks_run.run(boat)


def kept(tmp_path) -> list[str]:
    return [p.name for p in (tmp_path / "cache" / "notebooks").iterdir()]


# --- running ---------------------------------------------------------------------------------------


def test_cells_are_told_apart_and_know_their_lines():
    prose, first, *_ = cells(BOAT)
    assert (prose.is_code, prose.source.splitlines()[0]) == (False, "# A notebook") and prose.source.endswith("Its *prose*.")
    assert first.is_code and BOAT.splitlines()[first.first_line - 1].startswith("from scenarios")


def test_each_cell_comes_to_what_it_prints_and_to_its_last_value(project, boat):
    prose, printed, drawn, value = came(project, boat)
    assert prose == [] and printed == [{"text": "<b>boat</b>\n\nand more\n"}] and value == [{"text": "2"}]
    (shown,) = drawn
    assert 'class="exhibit"' in shown["html"] and shown["figure"][0] in shown["html"] and json.loads(shown["figure"][1])["data"]


def test_it_runs_anew_where_notebook_or_evidence_changed_and_only_there(project, boat, tmp_path):
    first = came(project, boat)
    (name,) = kept(tmp_path)
    (tmp_path / "cache" / "notebooks" / name).write_text('"kept"', encoding="utf-8")
    assert came(project, boat) == "kept"
    boat.write_text(BOAT.replace("1 + 1", "1 + 2"), encoding="utf-8")
    assert came(project, boat)[-1] == [{"text": "3"}] and kept(tmp_path) != [name] and len(kept(tmp_path)) == 1
    project.evidence("paper-boat", {"wrecked": 90.0, "no-sail": 80.0, "waxed": 45.0})
    assert came(project, boat)[2] != first[2]


def test_code_is_part_of_the_key(project, boat, tmp_path, monkeypatch):
    before = notebooks_pages.key(boat, project.site_data, project.wrecks)
    (tmp_path / "scenarios" / "publish").mkdir(parents=True)
    (tmp_path / "scenarios" / "publish" / "chart.py").write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setattr(notebooks_pages, "_SCENARIOS", tmp_path / "scenarios")
    changed = notebooks_pages.key(boat, project.site_data, project.wrecks)
    (tmp_path / "scenarios" / "publish" / "chart.py").write_text("x = 2\n", encoding="utf-8")
    assert len({before, changed, notebooks_pages.key(boat, project.site_data, project.wrecks)}) == 3


def test_a_fault_stops_it_and_names_its_line(project, boat, tmp_path):
    boat.write_text(BOAT + "\n# %%\ndive.no_such_thing\n", encoding="utf-8")
    line = len(boat.read_text(encoding="utf-8").splitlines())
    with pytest.raises(WreckError, match=rf"notebooks/paper-boat\.py to run; got line {line}\b.*no_such_thing") as fault:
        came(project, boat)
    assert str(tmp_path) not in str(fault.value) and kept(tmp_path) == []


# --- as pages --------------------------------------------------------------------------------------


def test_a_page_has_its_prose_its_code_and_what_came_of_it(project, boat):
    text = page("paper-boat", cells(BOAT), came(project, boat))
    assert text.startswith('---\ndescription: "A notebook') and "\n# A notebook" in text and "(paper-boat.ipynb)" in text and "```python\nfrom scenarios" in text
    assert "&lt;b&gt;boat&lt;/b&gt;\n&nbsp;\nand more" in text and "<pre><b>" not in text
    assert "kind: provenance\nwreck: paper-boat" in text


def test_a_site_has_them_and_their_pictures_come_alive(project, boat):
    project.build()
    built = (project.site / "notebooks" / "paper-boat" / "index.html").read_text(encoding="utf-8")
    figure = built.partition('data-figure="')[2].partition('"')[0]
    assert (project.site / "notebooks" / "paper-boat" / figure).resolve().is_file()
    assert "&lt;b&gt;boat&lt;/b&gt;" in built and 'class="highlight"' in built and "jupyter-wrapper" not in built
    for name in ("paper-boat.py", "paper-boat.ipynb", "paper-boat.zip"):
        assert (project.site / "notebooks" / name).is_file() and f'/{name}"' in built


def test_a_fault_stops_the_build(project, boat):
    boat.write_text(BOAT + "\n# %%\n1 / 0\n", encoding="utf-8")
    with pytest.raises(WreckError, match="ZeroDivisionError"):
        project.build()
    assert not project.site.exists()


# --- to be taken along -----------------------------------------------------------------------------


def test_jupyter_reads_it():
    for path in OURS:
        read = nbformat.reads(jupyter(cells(path.read_text(encoding="utf-8"))), as_version=4)
        nbformat.validate(read)
        assert [cell.cell_type == "code" for cell in read.cells] == [cell.is_code for cell in cells(path.read_text(encoding="utf-8"))]


def test_it_runs_elsewhere_with_its_evidence(tmp_path):
    slug = OURS[-1].stem
    packed = bundle(slug, OURS[-1].read_text(encoding="utf-8"), "{}", ROOT / "site_data" / slug)
    assert packed == bundle(slug, OURS[-1].read_text(encoding="utf-8"), "{}", ROOT / "site_data" / slug)
    zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DIVING_", "PYTHONPATH"))}
    argv = [sys.executable, f"{slug}.py"]
    done = subprocess.run(argv, cwd=tmp_path / slug, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout and len(packed) < 1_500_000


def test_a_drawing_stands_alone_in_jupyter(project, boat, monkeypatch):
    from scenarios.publish.notebooks import evidence, exhibit

    monkeypatch.setenv("DIVING_SITE_DATA", str(project.site_data))
    monkeypatch.setenv("DIVING_WRECKS", str(project.wrecks))
    drawn = exhibit(evidence("paper-boat"), "ladder")._repr_html_()
    assert "<svg" in drawn and "--wreck-wrecked: #b3261e" in drawn and "<table" in drawn and "<script" not in drawn


# --- ours ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_ours_run_on_the_committed_evidence(path):
    outputs = executed(path, ROOT / "site_data", ROOT / "scenarios" / "wrecks")
    assert sum("html" in each for cell in outputs for each in cell) >= 2


def test_ours_are_light(tmp_path):
    from scenarios.publish.built.weight import weigh

    docs = tmp_path / "docs"
    for folder in ("assets", "notebooks", "dives"):
        (docs / folder).mkdir(parents=True)
    for path in OURS:
        (docs / "notebooks" / path.name).write_bytes(path.read_bytes())
        (docs / "dives" / f"{path.stem}.md").write_text("# A dive\n", encoding="utf-8")
    for asset in (ROOT / "docs" / "assets").iterdir():
        if asset.is_file():
            (docs / "assets" / asset.name).write_bytes(asset.read_bytes())
    (docs / "index.md").write_text("# Home\n", encoding="utf-8")
    build(docs, tmp_path / "site", ROOT / "site_data", config=ROOT / "mkdocs.yml", say=lambda line: None)
    pages = [tmp_path / "site" / "notebooks" / path.stem / "index.html" for path in OURS]
    weights = {page.parent.name: weigh(tmp_path / "site", page).total_bytes for page in pages}
    assert {name: size for name, size in weights.items() if size > 200_000} == {}
