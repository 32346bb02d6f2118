"""Which line of the source sent a statement: told by the names that both use, since no span says it.

A statement sent while a template was rendered comes from the first line there that walks to the table's name (``game.rolls``).
Any other comes from a call of the session (``session.execute``) in the function of the request's route, or in one that it calls:
of several the one that names a table of the statement. Where that leaves it open the function is shown, and no line marked.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from scenarios.publish.traces import statements

_SENDING = ("execute", "scalars", "scalar", "add", "add_all", "get", "commit")
"""Methods of a session that send a statement, or have one sent at the next commit."""
_RENDERING = re.compile(r"render (?P<template>[\w./-]+)")


@dataclass(frozen=True)
class Sender:
    """Lines of source, and which of them (numbers as in the file) sends the statement; none where that cannot be told."""

    title: str
    path: str
    """Within the wreck's folder."""
    first: int
    lines: tuple[str, ...]
    lit: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Call:
    """A call that sends: the lines of its statement, the method's name, all names in it, and how far from the handler."""

    function: ast.FunctionDef
    first: int
    last: int
    method: str
    words: frozenset[str]
    depth: int


def template_of(span_name: str) -> str:
    """Return the template that a span of that name rendered, "" for none."""
    found = _RENDERING.fullmatch(span_name)
    return found["template"] if found else ""


def sender(routes: Path, handler: str, route: str, sql: str, template: str = "") -> Sender | None:
    """Return what sent ``sql`` in a request to ``route``, answered by ``handler``; None where nothing is found.

    ``routes``: the wreck's ``routes.py``. ``template``: the one being rendered when it was sent.
    """
    if template:
        return _in_template(routes.parent / "templates" / template, routes.parent, sql)
    return _in_functions(routes, handler, route, sql)


def _in_template(file: Path, folder: Path, sql: str) -> Sender | None:
    if not file.resolve().is_relative_to(folder.resolve()) or not file.is_file():
        return None
    lines = tuple(file.read_text(encoding="utf-8").splitlines())
    code = [(n, line) for n, line in enumerate(lines, 1) if not line.strip().startswith("{#")]
    walks = [n for table in statements.tables(sql)[:1] for n, line in code if re.search(rf"\.{re.escape(table)}\b", line)]
    title = f"{file.name}, the template being rendered"
    return Sender(title, file.relative_to(folder).as_posix(), 1, lines, tuple(walks[:1]))


def _in_functions(routes: Path, handler: str, route: str, sql: str) -> Sender | None:
    source = routes.read_text(encoding="utf-8")
    module = ast.parse(source)
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    reached = _reached(module, functions, handler, route)
    if not reached:
        return None
    best = _best([call for name, depth in reached.items() for call in _calls(functions[name], depth)], sql)
    shown = best.function if best else functions[next(iter(reached))]
    lines = tuple(source.splitlines()[shown.lineno - 1 : shown.end_lineno])
    lit = tuple(range(best.first, best.last + 1)) if best else ()
    return Sender(f"{shown.name}, the function that sent it", routes.name, shown.lineno, lines, lit)


def _reached(module: ast.Module, functions: dict[str, ast.FunctionDef], handler: str, route: str) -> dict[str, int]:
    """Return the module's functions that a request to ``route`` comes through, with their distance; the handler's first.

    The route's own function is nested in one that is given the handler as a parameter.
    """
    waiting = [(handler, 0)] if handler in functions else []
    for outer in functions.values():
        given = {a.arg for a in outer.args.args}
        for inner in ast.walk(outer):
            if isinstance(inner, ast.FunctionDef) and inner is not outer and route and route in _routes(inner):
                called = _called(inner)
                waiting = [(handler, 0)] if called & given and handler in functions else []
                waiting += [(name, 0) for name in functions if name in called]
    reached: dict[str, int] = {}
    while waiting:
        name, depth = waiting.pop(0)
        if name not in reached:
            reached[name] = depth
            waiting += [(other, depth + 1) for other in functions if other in _called(functions[name])]
    return reached


def _routes(function: ast.FunctionDef) -> set[str]:
    decorated = (d for d in function.decorator_list if isinstance(d, ast.Call))
    return {a.value for d in decorated for a in d.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}


def _called(function: ast.FunctionDef) -> set[str]:
    return {node.func.id for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def _calls(function: ast.FunctionDef, depth: int) -> list[_Call]:
    """Return the calls in a function that send, in their order."""
    found = []
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and _sends(node.func):
            inside = list(ast.walk(node))
            words = {n.id for n in inside if isinstance(n, ast.Name)} | {n.attr for n in inside if isinstance(n, ast.Attribute)}
            found.append(_Call(function, node.lineno, node.end_lineno or node.lineno, node.func.attr, frozenset(words), depth))
    return sorted(found, key=lambda call: call.first)


def _sends(method: ast.expr) -> bool:
    """Return whether this is a sending method of a session."""
    if not isinstance(method, ast.Attribute) or method.attr not in _SENDING:
        return False
    owner = method.value.func if isinstance(method.value, ast.Call) else method.value
    return isinstance(owner, ast.Name) and "session" in owner.id


def _best(calls: list[_Call], sql: str) -> _Call | None:
    """Return the call that names most of what the statement does; the only one where there is but one."""
    verb = sql.split(None, 1)[0].upper() if sql.split() else ""
    if verb == "COMMIT":
        return next((call for call in calls if call.method == "commit"), None)
    calls = [call for call in calls if call.method != "commit"]
    if len(calls) < 2:
        return calls[0] if calls else None
    scores = {call: _score(call, verb, statements.tables(sql)) for call in calls}
    most = max(scores.values())
    first = [call for call in calls if scores[call] == most]
    return min(first, key=lambda call: call.depth) if most > 0 else None


def _score(call: _Call, verb: str, tables: list[str]) -> float:
    """Return 0 for a call that names none of a statement's tables, else more; its verb settles what is left."""
    words = {word.lower() for word in call.words}
    if not any(table in words or table.removesuffix("s") in words for table in tables):
        return 0.0
    writes = bool({"insert", "update", "delete"} & words) or call.method in ("add", "add_all")
    return 1.0 + 0.5 * (writes == (verb in ("INSERT", "UPDATE", "DELETE")))
