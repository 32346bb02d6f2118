"""Runs a notebook, cell by cell: ``python -m scenarios.publish.notebooks_run NOTEBOOK OUT`` writes what each cell came to.

A notebook is a script whose cells begin with ``# %%`` (code) or ``# %% [markdown]``, the percent format of Jupytext, Spyder and others: it
can be read and reviewed as source, and Jupyter opens it. Here it runs in a Python of its own, without a kernel's sockets; a fault in it
ends that Python, with a traceback that names the script's own line.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from scenarios.errors import EvidenceError
from scenarios.publish.html import ROOT, exhibit_html, figure_file
from scenarios.publish.notebooks import Shown, evidence

_BEGINS = re.compile(r"^# %%(?P<rest>.*)$")
MOST_CHARS = 20_000
"""Of what a cell prints."""
_LACKING = (EvidenceError, LookupError, ArithmeticError, ValueError, TypeError, AttributeError)
"""What asking for evidence that is not there, or is too little, comes to."""


@dataclass(frozen=True)
class Cell:
    is_code: bool
    source: str
    first_line: int
    """Of its source in the script, from 1."""


def cells(text: str) -> list[Cell]:
    """Return a script's cells; what stands above the first ``# %%`` is none. Markdown comes without its comment signs."""
    lines = text.splitlines()
    starts = [(i, found["rest"]) for i, line in enumerate(lines) if (found := _BEGINS.match(line))]
    ends = [i for i, _ in starts[1:]] + [len(lines)]
    found = []
    for (start, rest), end in zip(starts, ends, strict=True):
        own = lines[start + 1 : end]
        is_code = "[markdown]" not in rest
        if not is_code:
            own = [re.sub("^# ?", "", line) for line in own]
        source = "\n".join(own)
        if source.strip():
            found.append(Cell(is_code, source.rstrip() if is_code else source.strip(), start + 2))
    return found


def run(path: Path) -> list[list[dict]]:
    """Return what each cell came to: a list of ``{"text": ...}`` and ``{"html": ..., "figure": [name, JSON] or None}``.

    A trial leaves out most experiments. Where the evidence is of one, the first cell that asks for more than it has says so, and is the last.
    """
    names, came = {"__name__": "__main__", "__file__": str(path)}, []
    found = cells(path.read_text(encoding="utf-8"))
    for number, cell in enumerate(found, start=1):
        try:
            came.append(_outputs(cell, number, path, names) if cell.is_code else [])
        except _LACKING as fault:
            if not _is_trial(path.stem):
                raise
            left_out = f"The run that is read here was a short trial, and lacks what this asks for ({fault}). From here on nothing was run.\n"
            return [*came, [{"text": left_out}], *([] for _ in found[number:])]
    return came


def _is_trial(slug: str) -> bool:
    try:
        return not evidence(slug).record.publishable
    except EvidenceError:
        return False


def _outputs(cell: Cell, number: int, path: Path, names: dict) -> list[dict]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        value = _value(cell, path, names)
    found = [{"text": said.getvalue()[:MOST_CHARS]}] if said.getvalue() else []
    if isinstance(value, Shown):
        ident = f"{path.stem}-cell-{number}"
        figure = figure_file(ident, value.exhibit) if value.exhibit.chart is not None else None
        url = f"{ROOT}exhibits/{figure[0]}" if figure else ""
        found.append({"html": exhibit_html(value.exhibit, value.slug, ident, url), "figure": figure})
    elif value is not None:
        found.append({"text": repr(value)[:MOST_CHARS]})
    return found


def _value(cell: Cell, path: Path, names: dict):
    """Run a cell and return the value of its last line, None where that is no expression."""
    tree = ast.parse(cell.source, filename=path.name)
    ast.increment_lineno(tree, cell.first_line - 1)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, str(path), "exec"), names)
    return eval(compile(ast.Expression(last.value), str(path), "eval"), names) if last else None


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(run(Path(sys.argv[1])), sort_keys=True), encoding="utf-8")
