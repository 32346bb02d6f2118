"""Code as it ran: functions cut from a wreck's source, its templates, and the SQL that they sent."""

from __future__ import annotations

import ast
import re
from html import escape
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.lexers.sql import PostgresLexer
from pygments.lexers.templates import HtmlDjangoLexer

from scenarios.errors import UsageError, nearest
from scenarios.publish.dive import Dive

OPTIONS = ("wreck", "function", "arm", "file", "light", "sql", "title")
_COMMENTS = ("#", "{#", "--")
_LEXERS = {".py": PythonLexer, ".html": HtmlDjangoLexer, ".sql": PostgresLexer}


def render(dive: Dive, options: dict[str, str], ident: str) -> str:
    """Return a ``ran`` fence as HTML, found by ``ident``.

    One of ``function``, ``arm`` or ``sql`` says what to show, or ``file``, of the wreck's folder.

    ``file`` with ``function`` cuts that function from it, alone it shows the whole.
    """
    for name in options:
        if name not in OPTIONS:
            raise UsageError("an option of a 'ran' fence", f"'{name}'", nearest(name, OPTIONS))
    said = [n for n in ("function", "arm", "sql") if n in options]
    if len(said) + ("file" in options and said != ["function"]) != 1:
        raise UsageError("one of function, arm or sql in a 'ran' fence", ", ".join(said) or "none", "write one of them")
    return _sql(dive, options, ident) if said == ["sql"] else _source(dive, options, ident)


def ident_part(options: dict[str, str]) -> str:
    """Return what a ``ran`` fence shows, as a part of an id; "" where it does not say."""
    shown = next((options[each] for each in ("function", "arm", "sql", "file") if each in options), "")
    return re.sub(r"[^a-z0-9]+", "-", shown.lower()).strip("-")


def _source(dive: Dive, options: dict[str, str], ident: str) -> str:
    path = _file(dive, options["file"]) if "file" in options else Path(dive.wreck.routes.__file__)
    source = path.read_text(encoding="utf-8")
    if "function" in options or "arm" in options:
        name = options.get("function") or dive.wreck.arm(options["arm"]).handler
        first, lines = cut(source, name, path.name)
        title = options.get("title") or f"{name}, as it ran"
    else:
        name, first, lines = path.name, 1, source.splitlines()
        title = options.get("title") or f"{name}, whole"
    lit = [n for text in _parts(options.get("light")) for n in lit_lines(lines, text, name)]
    folder = Path(dive.wreck.routes.__file__).parent
    shown = f"{folder.parent.name}/{folder.name}/{path.relative_to(folder).as_posix()}"
    where = f"{shown}, lines {first} to {first + len(lines) - 1}"
    return _figure("\n".join(lines), _LEXERS[path.suffix](), first, lit, title, where, ident)


def _file(dive: Dive, name: str) -> Path:
    """Return a file of the wreck's folder by its path there. Raises UsageError for any other."""
    folder = Path(dive.wreck.routes.__file__).parent
    known = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.suffix in _LEXERS)
    if name not in known:
        raise UsageError(f"a file of {dive.slug}", f"'{name}'", nearest(name, known))
    return folder / name


def _parts(text: str | None) -> list[str]:
    return [p.strip() for p in text.split(",") if p.strip()] if text else []


def cut(source: str, function: str, origin: str) -> tuple[int, list[str]]:
    """Return a module-level function's first line number and its lines, decorators included. Raises UsageError."""
    functions = {n.name: n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    if function not in functions:
        raise UsageError(f"a function in {origin}", f"'{function}'", nearest(function, functions))
    node = functions[function]
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return first, source.splitlines()[first - 1 : node.end_lineno]


def lit_lines(lines: list[str], light: str, function: str) -> list[int]:
    """Return which lines (from 1) follow the comment ``# <light>...``, to a blank line or the next comment.

    Comments right after one another speak of the same lines. In SQL they begin with ``--``.
    """
    start = re.compile(rf"\s*(?:{{?#|--)\s*{re.escape(light)}\b", re.IGNORECASE)
    found = [i for i, line in enumerate(lines) if start.match(line)]
    if not found:
        comments = [line.strip().lstrip("{#- ").split(":")[0] for line in lines if line.strip().startswith(_COMMENTS)]
        raise UsageError(f"a comment in {function} to light what follows", f"'{light}'", nearest(light, comments))
    lit = []
    for i in found:
        at = i + 1
        # A comment may run over several lines before its code, and so may two.
        while at < len(lines) and lines[at].strip().startswith(_COMMENTS):
            at += 1
        while at < len(lines) and lines[at].strip() and not lines[at].strip().startswith(_COMMENTS):
            lit.append(at + 1)
            at += 1
    return lit


def _sql(dive: Dive, options: dict[str, str], ident: str) -> str:
    experiment, dot, arm = options["sql"].partition(".")
    if not dot:
        experiment, arm = "headline", experiment
    dive.arm(experiment, arm)
    plan = dive.plan(dive.experiment(experiment).scale, arm)
    title = options.get("title") or f"What {dive.arm(experiment, arm).title.lower()} sent to the database"
    lit = [n + 1 for text in _parts(options.get("light")) for n, line in enumerate(plan.sql.splitlines()) if text.lower() in line.lower()]
    if "light" in options and not lit:
        raise UsageError(f"a line of the SQL of {experiment}.{arm} to light", f"'{options['light']}'", "name words that it holds")
    return _figure(plan.sql, PostgresLexer(), 1, lit, title, f"{dive.slug}, {experiment}.{arm}, as the database saw it", ident)


def _figure(code: str, lexer, first: int, lit: list[int], title: str, where: str, ident: str) -> str:
    # No <code> within <pre>: the theme would measure each as the page comes, and have the browser lay out all that is out of sight.
    formatter = HtmlFormatter(cssclass="highlight", linenos="inline", linenostart=first, hl_lines=lit)
    marked = f"; marked: line{'s' if len(lit) > 1 else ''} {_ranges([n + first - 1 for n in lit])}" if lit else ""
    return (
        f'<figure class="wreck-ran" id="{ident}"><figcaption><strong>{escape(title)}</strong> <span>'
        f"{escape(where)}{marked}</span></figcaption>"
        f'<div tabindex="0" role="group" aria-label="{escape(title)}">{highlight(code, lexer, formatter)}</div>'
        f'<p class="exhibit-links"><a href="#{ident}" aria-label="Link to this code">Link to this</a></p></figure>'
    )


def _ranges(numbers: list[int]) -> str:
    """Return 3, 4, 5, 9 as ``3–5, 9``."""
    runs: list[list[int]] = []
    for n in sorted(set(numbers)):
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)
