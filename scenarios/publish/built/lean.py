"""The theme's style sheets without what no page of this site can use, which is most of them, and on every page.

A rule goes when it needs a class that occurs in no page and no script, or a palette or direction that no page has;
a custom property goes when nothing reads it. What cannot be judged stays.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_WORD = re.compile(r"[A-Za-z_][\w-]*")
_CLASSES = re.compile(r'class="([^"]*)"')
_CLASS = re.compile(r"\.(-?[A-Za-z_](?:[\w-]|\\.)*)")
_ATTRIBUTE = re.compile(r"\[(dir|data-md-color-(?:primary|accent|scheme))=\"?([\w-]+)\"?\]")
_ALTERNATIVES = re.compile(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)")
_ANY_OF = re.compile(r":(?:is|where|has)\(((?:[^()]|\([^()]*\))*)\)")
_GIVEN = re.compile(r'\b(dir|data-md-color-\w+)="([\w-]+)"')
_PROPERTY = re.compile(r"(--[\w-]+)\s*:")
_READ = re.compile(r"var\(\s*(--[\w-]+)")
_POINT = re.compile(r"""[\\"'(){};,]""")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COSTLY = "[data-md-color-switching]"
"""What the theme sets on every page as it comes, and takes away again. Its rule is for all there is: the page would be styled anew,
twice over, so that a change of palette does not fade."""
_GROUPS = ("@media", "@supports", "@layer", "@container")
"""What holds rules of its own."""
THEME_SHEETS = "assets/stylesheets/*.css"
OWN_SHEETS = "assets/*.css"


def slim(site: Path) -> int:
    """Rewrite the theme's style sheets in ``site``, named anew by their content; return how many bytes went."""
    pages = {page: page.read_text(encoding="utf-8") for page in sorted(site.rglob("*.html"))}
    scripts = [script.read_text(encoding="utf-8") for script in sorted(site.rglob("*.js")) if "vendor" not in script.parts]
    sheets = {sheet: sheet.read_text(encoding="utf-8") for sheet in sorted(site.glob(THEME_SHEETS))}
    own = [sheet.read_text(encoding="utf-8") for sheet in sorted(site.glob(OWN_SHEETS))]
    # A script may name a class in any way; a page has it in an attribute.
    words = set().union(*(_WORD.findall(text) for text in scripts), *map(classes, pages.values()))
    given = set().union(*map(attributes, pages.values()))
    slimmed = {sheet: without_unused(text, words, given) for sheet, text in sheets.items()}
    read = set().union(*(_READ.findall(text) for text in (*slimmed.values(), *own, *pages.values(), *scripts)))
    slimmed = {sheet: without_unread(text, read) for sheet, text in slimmed.items()}
    _replace(slimmed, pages)
    return sum(len(sheets[sheet]) - len(slimmed[sheet]) for sheet in sheets)


def _replace(slimmed: dict[Path, str], pages: dict[Path, str]) -> None:
    """Write the sheets under names of their content, and the pages that name them."""
    names = {}
    for sheet, text in slimmed.items():
        names[sheet.name] = f"{sheet.name.split('.')[0]}.{hashlib.sha256(text.encode()).hexdigest()[:8]}.min.css"
        sheet.unlink()
        sheet.with_name(f"{sheet.name}.map").unlink(missing_ok=True)
        sheet.with_name(names[sheet.name]).write_text(text, encoding="utf-8")
    for page, text in pages.items():
        for before, after in names.items():
            text = text.replace(f"stylesheets/{before}", f"stylesheets/{after}")
        page.write_text(text, encoding="utf-8")


def classes(page: str) -> set[str]:
    """Return the classes that a page's elements have."""
    return {name for found in _CLASSES.findall(page) for name in found.split()}


def attributes(page: str) -> set[tuple[str, str]]:
    """Return what a page says of its direction and palettes, as (attribute, value)."""
    return set(_GIVEN.findall(page))


def without_unused(css: str, words: set[str], given: set[tuple[str, str]]) -> str:
    """Return ``css`` without the rules that need a class not among ``words``, or a direction or palette not ``given``."""
    kept = []
    for prelude, body in blocks(_COMMENT.sub("", css)):
        if body is None:
            kept.append(prelude)
        elif prelude.startswith(_GROUPS):
            inner = without_unused(body, words, given)
            kept += [f"{prelude}{{{inner}}}"] if inner.strip() else []
        elif prelude.startswith("@"):
            kept.append(f"{prelude}{{{body}}}")
        else:
            selectors = [s for s in _selectors(prelude) if _can_match(s, words, given)]
            kept += [f"{','.join(selectors)}{{{body}}}"] if selectors else []
    return "".join(kept)


def is_needed(css: str, words: set[str], given: set[tuple[str, str]]) -> bool:
    """Return whether ``without_unused`` would leave anything of ``css``."""
    return any(not selector or _can_match(selector, words, given) for selector in _every_selector(css))


@lru_cache(maxsize=64)
def _every_selector(css: str) -> tuple[str, ...]:
    """Return the selectors of all rules, "" for what stays whatever a page has."""
    found: list[str] = []
    for prelude, body in blocks(_COMMENT.sub("", css)):
        if body is not None and prelude.startswith(_GROUPS):
            found += _every_selector(body)
        else:
            found += [""] if body is None or prelude.startswith("@") else _selectors(prelude)
    return tuple(found)


def blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """Yield the outermost rules of ``css``: what stands before the braces and within them; statements have none."""
    at = 0
    while at < len(css):
        stop = _end(css, at, "{;")
        if stop >= len(css) or css[stop] == ";":
            if css[at : stop + 1].strip():
                yield css[at : stop + 1], None
            at = stop + 1
            continue
        end, depth = stop, 0
        while end < len(css):
            end = _end(css, end, "{}")
            depth += 1 if css[end : end + 1] == "{" else -1
            end += 1
            if not depth:
                break
        yield css[at:stop].strip(), css[stop + 1 : end - 1]
        at = end


def _end(css: str, at: int, stops: str) -> int:
    """Return where the first of ``stops`` stands outside strings and parentheses, from ``at``; the end if nowhere."""
    depth, quote = 0, ""
    while found := _POINT.search(css, at):
        letter, at = found[0], found.start()
        if letter == "\\":
            at += 1
        elif quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif not depth and letter in stops:
            return at
        at += 1
    return len(css)


def _selectors(prelude: str) -> Iterator[str]:
    at = 0
    while at < len(prelude):
        stop = _end(prelude, at, ",")
        yield prelude[at:stop].strip()
        at = stop + 1


def _can_match(selector: str, words: set[str], given: set[tuple[str, str]]) -> bool:
    if _COSTLY in selector:
        return False
    names, pairs, groups = _needs(selector)
    return names <= words and pairs <= given and all(any(_can_match(each, words, given) for each in group) for group in groups)


@lru_cache(maxsize=8192)
def _needs(selector: str) -> tuple[frozenset[str], frozenset[tuple[str, str]], tuple[tuple[str, ...], ...]]:
    """Return the classes and attributes that a selector needs, and the alternatives of which it needs one each."""
    groups = tuple(tuple(_selectors(group)) for group in _ANY_OF.findall(selector))
    needed = _ALTERNATIVES.sub("", selector)
    pairs = frozenset(_ATTRIBUTE.findall(needed))
    names = _CLASS.findall(re.sub(r"\[[^\]]*\]", "", needed))
    return frozenset(name for name in names if "\\" not in name), pairs, groups


def without_unread(css: str, read: set[str]) -> str:
    """Return ``css`` without custom properties of the theme that are not among ``read``."""
    kept, at = [], 0
    for match in _PROPERTY.finditer(css):
        if match.start() < at or css[match.start() - 1] not in "{;" or match[1] in read:
            continue
        kept.append(css[at : match.start()])
        at = _end(css, match.end(), ";}")
        at += css[at : at + 1] == ";"
    return "".join(kept) + css[at:]
