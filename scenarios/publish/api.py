"""What a module of ours offers, from its own documentation: the fence ``api`` of the guide for contributors.

    module: scenarios.wreck
    names: Wreck, Arm, Claim

Read from the source, not by importing it: a page is built without running what it describes.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from scenarios.errors import UsageError, nearest

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = ("module", "names")
_MODULE = re.compile(r"scenarios(\.[a-z_]+)+")
_STRESSED = re.compile(r"\*(\w[^*]*)\*")
_ADDED = ("_added", "Field")
"""What makes a field of a record that may be missing."""


@dataclass(frozen=True)
class Entry:
    """One field of a class, with what is said of it."""

    name: str
    type: str
    default: str | None
    """As a caller would write it; None where it must be given."""
    about: str


@dataclass(frozen=True)
class Offer:
    """One public class or function."""

    name: str
    signature: str
    about: str
    entries: tuple[Entry, ...] = ()


def render(options: dict[str, str]) -> str:
    """Return the fence as HTML. Raises UsageError for a module or name that there is not, or an option that is none."""
    for name in options:
        if name not in OPTIONS:
            raise UsageError("an option of a fence 'api'", f"'{name}'", nearest(name, OPTIONS))
    if "module" not in options:
        raise UsageError("'module: ...' in a fence 'api'", "none", "add it")
    found = offers(options["module"])
    names = [name.strip() for name in options["names"].split(",")] if "names" in options else list(found)
    for name in names:
        if name not in found:
            raise UsageError(f"something that {options['module']} offers and documents", f"'{name}'", nearest(name, found))
    return "".join(_html(found[name]) for name in names)


def offers(module: str) -> dict[str, Offer]:
    """Return the public classes and functions of a module of ours that say what they are, in order. Raises UsageError."""
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    if not _MODULE.fullmatch(module) or not path.is_file():
        known = [f"scenarios.{each.stem}" for each in (ROOT / "scenarios").glob("*.py") if each.stem != "__init__"]
        raise UsageError("a module of ours", f"'{module}'", nearest(module, known))
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        about = ast.get_docstring(node) if isinstance(node, ast.ClassDef | ast.FunctionDef) else None
        if about and not node.name.startswith("_"):
            found[node.name] = _class(node, about) if isinstance(node, ast.ClassDef) else _function(node, about)
    return found


# --- reading ---------------------------------------------------------------------------------------


def _function(node: ast.FunctionDef, about: str) -> Offer:
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return Offer(node.name, f"({ast.unparse(node.args)}){returns}", about)


def _class(node: ast.ClassDef, about: str) -> Offer:
    entries = []
    for field, after in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            entries.append(Entry(field.target.id, ast.unparse(field.annotation), _default(field.value), _said(after)))
    return Offer(node.name, "", about, tuple(entries))


def _default(value: ast.expr | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        if value.func.id == "field":
            return "{}" if "dict" in ast.unparse(value) else "()"
        if value.func.id in _ADDED:
            return ast.unparse(value.args[0]) if value.args else "None"
    return ast.unparse(value)


def _said(after: ast.stmt | None) -> str:
    """Return the string beneath a field, which says what it is."""
    said = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
    return said if isinstance(said, str) else ""


# --- writing ---------------------------------------------------------------------------------------


def _html(offer: Offer) -> str:
    ident = f"api-{offer.name.lower().replace('_', '-')}"
    head = f'<h3 id="{ident}"><code>{escape(offer.name)}</code></h3>'
    head += f"<p><code>{escape(offer.name + offer.signature)}</code></p>" if offer.signature else ""
    about = "".join(f"<p>{_prose(part)}</p>" for part in offer.about.split("\n\n"))
    entries = "".join(f"<li>{_term(each)} {_prose(each.about)}</li>" for each in offer.entries)
    return head + about + (f"<ul>{entries}</ul>" if entries else "")


def _term(entry: Entry) -> str:
    given = "to be given" if entry.default is None else f"if not given, <code>{escape(entry.default)}</code>"
    return f"<code>{escape(entry.name)}</code>: <code>{escape(entry.type)}</code>, {given}."


def _prose(text: str) -> str:
    """Return documentation as HTML: what stands between doubled backticks is code, between stars emphasis."""
    parts = " ".join(text.split()).split("``")
    return "".join(f"<code>{escape(part)}</code>" if i % 2 else _STRESSED.sub(r"<em>\1</em>", escape(part)) for i, part in enumerate(parts))
