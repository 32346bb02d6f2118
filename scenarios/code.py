"""Which code the evidence comes from: what can change a run's findings, and no word about it.

Comments, documentation strings, blank lines and trailing blanks are no part of it: a reader's remark put right makes no
evidence old.
"""

from __future__ import annotations

import functools
import hashlib
import io
import shutil
import subprocess
import tokenize
from pathlib import Path

SCENARIOS = Path(__file__).parent
CONTRACT = ("record.py", "wreck.py", "claims.py", "errors.py")
_APART = ("bench", "soundings", "outgrow")
"""Of the machinery: what measures the machinery itself, and what no wreck is measured with."""
_BEGINS_STATEMENT = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)


def files(slug: str, wrecks: Path | None = None) -> dict[str, Path]:
    """Return all files that can change what a wreck's run finds, by name: its own, the dice world's, the machinery's.

    ``wrecks`` is where wrecks are, if not among ours. What stands apart from them is no part of it.
    """
    package = slug.replace("-", "_")
    folders = {name: SCENARIOS / name for name in ("diceworld", "measure")}
    folders[f"wrecks/{package}"] = (wrecks or SCENARIOS / "wrecks") / package
    found = {name: SCENARIOS / name for name in CONTRACT}
    for name, folder in folders.items():
        kept = [path for path in folder.rglob("*") if path.suffix in (".py", ".html", ".sql") and not _is_apart(folder, path)]
        found |= {f"{name}/{path.relative_to(folder).as_posix()}": path for path in kept}
    return dict(sorted(found.items()))


def _is_apart(folder: Path, path: Path) -> bool:
    return folder.name == "measure" and path.relative_to(folder).parts[0] in _APART


def sha256(slug: str, wrecks: Path | None = None) -> str:
    """Return the hash of those files, names and what they do."""
    digest = hashlib.sha256()
    for name, path in files(slug, wrecks).items():
        content = path.read_bytes()
        does = essence(content) if path.suffix == ".py" else content
        digest.update(name.encode() + b"\0" + does + b"\0")
    return digest.hexdigest()


@functools.lru_cache(maxsize=256)
def essence(source: bytes) -> bytes:
    """Return Python source without its comments, documentation strings and blank lines; as it is where it is no Python.

    The text that is left is the source's own, cut: the same on every version of Python, whose tokens and trees differ.
    """
    try:
        tokens = list(tokenize.tokenize(io.BytesIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return source
    lines = source.decode(tokens[0].string).split("\n")
    for token in reversed([*_remarks(tokens)]):
        (first, begin), (last, end) = token.start, token.end
        lines[first - 1 : last] = [lines[first - 1][:begin] + lines[last - 1][end:]]
    return "\n".join(line.rstrip() for line in lines if line.strip()).encode()


def _remarks(tokens: list[tokenize.TokenInfo]):
    """Yield the comments, and the strings that are statements by themselves."""
    counted = [token for token in tokens if token.type not in (tokenize.COMMENT, tokenize.NL)]
    alone = {
        token.start
        for before, token, after in zip(counted, counted[1:], counted[2:], strict=False)
        if token.type == tokenize.STRING and before.type in _BEGINS_STATEMENT and after.type == tokenize.NEWLINE
    }
    for token in tokens:
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.start in alone):
            yield token


def commit() -> tuple[str | None, bool]:
    """Return the commit checked out and whether the code is exactly that; (None, False) where git cannot say."""
    if not shutil.which("git"):
        return None, False
    asked = [_git("rev-parse", "HEAD"), _git("status", "--porcelain", "--", "scenarios")]
    if any(answer.returncode for answer in asked):
        return None, False
    return asked[0].stdout.strip(), not asked[1].stdout.strip()


def _git(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(["git", *words], cwd=SCENARIOS, capture_output=True, text=True, timeout=30, check=False)
