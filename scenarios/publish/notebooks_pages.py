"""Notebooks as pages of the site: run when they, the evidence or the code changed, drawn with the site's own pictures, to be taken along.

What a notebook came to becomes Markdown here and goes through the site's own extension, with its tokens, façades and checks. Why not by
mkdocs-jupyter, tried in November 2026: a page of its own making passes by MkDocs' Markdown (no tokens, links to ``.md`` left as they are,
not checked), holds 600 kB of inlined styles and scripts (95 of 101 kB gzip), and three scripts from elsewhere (0.26; 0.27 puts one into
every page of the site instead); its result goes through an HTML parser, so that a template cannot give Markdown; 0.26, the last for
Python 3.11, takes none. A kernel (nbclient) takes a notebook seconds to begin, on sockets, where a Python of its own takes a fraction
of one.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import subprocess
import sys
import tempfile
import zipfile
from html import escape
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files, InclusionLevel

from scenarios.errors import WreckError
from scenarios.publish.html import visible
from scenarios.publish.lab_cache import cache_folder
from scenarios.publish.notebooks import DECLARED, SITE_DATA
from scenarios.publish.notebooks_run import Cell, cells

FOLDER = "notebooks"
DEADLINE_S = 120
PACKAGES = "pydantic flask sqlalchemy markdown pygments jupyterlab jupytext"
"""What one needs beside Python to run a notebook elsewhere."""
_SCENARIOS = Path(__file__).resolve().parents[1]
_TAKEN_ALONG = ("publish", "wrecks", "diceworld")
_PARTS = (".py", ".html", ".json")


class NotebookPages(BasePlugin):
    """Gives MkDocs a page for every ``notebooks/*.py`` whose wreck has evidence, and the same to take along."""

    def __init__(self, docs: Path, site_data: Path, wrecks: Path, figures: Path):
        super().__init__()
        self.docs, self.site_data, self.wrecks, self.figures = docs, site_data, wrecks, figures

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        for notebook in sorted((self.docs / FOLDER).glob("*.py")):
            if not (self.site_data / notebook.stem / "record.json").exists():
                continue
            for name, content in self._made(notebook).items():
                files.append(File.generated(config, f"{FOLDER}/{name}", content=content, inclusion=InclusionLevel.NOT_IN_NAV))
        return files

    def _made(self, notebook: Path) -> dict[str, str | bytes]:
        """Return the files of one notebook: its page, itself for Jupyter, and all of it with its evidence."""
        text, slug = notebook.read_text(encoding="utf-8"), notebook.stem
        outputs = executed(notebook, self.site_data, self.wrecks)
        for figure in (each["figure"] for cell in outputs for each in cell if each.get("figure")):
            self.figures.mkdir(parents=True, exist_ok=True)
            (self.figures / figure[0]).write_text(figure[1], encoding="utf-8")
        as_jupyter = jupyter(cells(text))
        return {
            f"{slug}.md": page(slug, cells(text), outputs),
            f"{slug}.ipynb": as_jupyter,
            f"{slug}.zip": bundle(slug, text, as_jupyter, self.site_data / slug),
        }


# --- running ---------------------------------------------------------------------------------------


def executed(notebook: Path, site_data: Path, wrecks: Path) -> list[list[dict]]:
    """Return what each cell came to, run anew where notebook, evidence or code changed. Raises WreckError for a fault in it."""
    kept = cache_folder(FOLDER) / f"{notebook.stem}-{key(notebook, site_data, wrecks)}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            out = Path(folder, "out.json")
            _run(notebook, out, {SITE_DATA: str(site_data), DECLARED: str(wrecks)})
            for old in kept.parent.glob(f"{notebook.stem}-*.json"):
                old.unlink(missing_ok=True)
            out.replace(kept)
    return json.loads(kept.read_text(encoding="utf-8"))


def key(notebook: Path, site_data: Path, wrecks: Path) -> str:
    """Return a hash of the notebook, its wreck's evidence, the code, and the Python that runs it."""
    digest = hashlib.sha256(platform.python_version().encode() + notebook.read_bytes())
    for place in (site_data / notebook.stem, wrecks, *(_SCENARIOS / name for name in _TAKEN_ALONG), *sorted(_SCENARIOS.glob("*.py"))):
        for path in [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.suffix in _PARTS):
            digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:24]


def _run(notebook: Path, out: Path, environment: dict[str, str]) -> None:
    argv = [sys.executable, "-m", "scenarios.publish.notebooks_run", str(notebook), str(out)]
    try:
        done = subprocess.run(
            argv, cwd=_SCENARIOS.parent, env=os.environ | environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise WreckError(f"{notebook.name} to end", f"nothing after {DEADLINE_S} s", "mend the notebook") from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.strip().splitlines()] or ["no word"]
        where = next((line for line in reversed(lines) if notebook.name in line), "")
        said = f"{where.partition(notebook.name)[2].strip(chr(34) + ', ')}: {lines[-1]}" if where else lines[-1]
        raise WreckError(f"{FOLDER}/{notebook.name} to run", said, "mend the notebook, or the evidence it reads")


# --- what comes of it ------------------------------------------------------------------------------


def page(slug: str, parts: list[Cell], outputs: list[list[dict]]) -> str:
    """Return the page as Markdown: prose, code, and what the code came to."""
    take = (
        f"This page was run when the site was built. Take it along: [for Jupyter]({slug}.ipynb), [as a script]({slug}.py), or "
        f"[with its evidence and code]({slug}.zip), which runs wherever there is Python."
    )
    heading = next((cell.source for cell in parts if cell.source.startswith("# ")), f"# {slug}").splitlines()[0].removeprefix("# ")
    said = f"{heading}. The evidence of the dive asked further questions, by code that can be taken along."
    lines = ["---", f"description: {json.dumps(said)}", "---", ""]
    for cell, came in zip(parts, outputs, strict=True):
        if not cell.is_code:
            if cell.source.startswith("# "):
                lines += [cell.source.replace("SS ", "SS\u00a0", 1), "", take, ""]
            else:
                lines += [cell.source, ""]
            continue
        lines += ["```python", cell.source, "```", ""]
        for each in came:
            lines += [each["html"] if "html" in each else _printed(each["text"]), ""]
    # Also what notices the page has are its evidence's.
    lines += ["## The run it reads", "", "```exhibit", "kind: provenance", f"wreck: {slug}", "```"]
    return "\n".join(lines)


def _printed(text: str) -> str:
    # Blank lines would end the block of HTML that Markdown leaves alone.
    shown = escape(visible(text.rstrip("\n"))).replace("\n\n", "\n&nbsp;\n")
    return f'<div class="notebook-said" tabindex="0" role="group" aria-label="What the code printed"><pre>{shown}</pre></div>'


def jupyter(parts: list[Cell]) -> str:
    """Return a notebook as Jupyter reads it (nbformat 4.5), not run."""
    found = []
    for number, cell in enumerate(parts, start=1):
        own = {"id": f"cell-{number}", "metadata": {}, "source": cell.source}
        found.append(own | ({"cell_type": "code", "execution_count": None, "outputs": []} if cell.is_code else {"cell_type": "markdown"}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": found, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def bundle(slug: str, script: str, as_jupyter: str, evidence: Path) -> bytes:
    """Return a zip of a notebook, its evidence and the code that reads it; the same of the same."""
    files = {f"{slug}.py": script.encode(), f"{slug}.ipynb": as_jupyter.encode(), "README.txt": _readme(slug).encode()}
    files |= {f"site_data/{slug}/{p.relative_to(evidence).as_posix()}": p.read_bytes() for p in evidence.rglob("*.json")}
    code = [*_SCENARIOS.glob("*.py"), *(p for name in _TAKEN_ALONG for p in (_SCENARIOS / name).rglob("*") if p.suffix in _PARTS)]
    files |= {f"scenarios/{p.relative_to(_SCENARIOS).as_posix()}": p.read_bytes() for p in code if "theme" not in p.parts}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(f"{slug}/{name}", (2016, 5, 30, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _readme(slug: str) -> str:
    return (
        f"{slug}.ipynb and {slug}.py are one notebook, for Jupyter and as a script; site_data/ is the evidence it reads,\n"
        "scenarios/ the code.\n\n"
        f"    python3 -m venv .venv && .venv/bin/pip install {PACKAGES}\n    .venv/bin/jupyter lab {slug}.ipynb\n"
    )
