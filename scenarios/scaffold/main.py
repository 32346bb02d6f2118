"""A new wreck to start from: ``invoke new``. Runnable at once, with the questions written where the answers go."""

from __future__ import annotations

import contextlib
import keyword
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Template

from scenarios.errors import UsageError, WreckError, nearest
from scenarios.wreck import slugs

HERE = Path(__file__).parent
QUESTION = "To answer:"
"""Stands before every question that a scaffold leaves, in code and on the page."""
MOST_CHARS = 40
RESERVED = {"index": "the dives' own page", "soundings": "what is measured apart from any wreck", "bench": "the instruments' own evidence"}
"""Slugs whose page or evidence is something else's, and whose."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_COPIED = (".py", ".html", ".sql")


@dataclass(frozen=True)
class Names:
    """What a wreck is called, everywhere."""

    title: str
    """On pages: SS Pool Party."""
    slug: str
    """On the command line, of its page and its evidence: pool-party."""
    package: str
    """Of its folder: pool_party."""


@dataclass(frozen=True)
class Places:
    """Where a wreck's three parts are."""

    wrecks: Path
    dives: Path
    site_data: Path


def names(given: str) -> Names:
    """Return the names that ``given`` makes: ``Pool Party``, ``pool-party`` and ``SS Pool Party`` all are the SS Pool Party.

    Raises UsageError for what makes no sound name.
    """
    words = [word for word in re.split(r"[\s_-]+", given.strip()) if word]
    if words and words[0].upper() == "SS":
        words = words[1:]
    # What begins with a dash was meant as an option: invoke hands it on as the name that it waits for.
    if given.startswith("-") or not words or not all(map(_WORD.fullmatch, words)) or len(given) > MOST_CHARS:
        wanted = f"a ship's name: words of Latin letters and digits, each beginning with a letter, {MOST_CHARS} characters at most"
        raise UsageError(wanted, f"'{given}'", 'name it, for instance, "Pool Party"')
    slug = "-".join(word.lower() for word in words)
    if keyword.iskeyword(slug):
        raise UsageError("a name that Python has no use of its own for", f"'{given}'", "give it a second word")
    if slug in RESERVED:
        raise UsageError("a name of its own", f"'{given}', which is {RESERVED[slug]}", "give it a second word")
    # A name written small throughout is given capitals; any other is as it was meant.
    as_meant = any(word != word.lower() for word in words)
    return Names("SS " + " ".join(word if as_meant else word.capitalize() for word in words), slug, slug.replace("-", "_"))


def new(given: str, places: Places, like: str | None = None) -> list[Path]:
    """Write a new wreck and its page, and nothing else; return the files, the page first.

    ``like`` is an existing wreck to start from. Raises UsageError for a name that is none or is taken, or where there is no
    such wreck; WreckError where it cannot be written, and leaves nothing then.
    """
    made = names(given)
    folder, page = places.wrecks / made.package, places.dives / f"{made.slug}.md"
    for taken in (folder, page, places.site_data / made.slug):
        if taken.exists():
            raise UsageError("a name that is free", f"'{made.slug}', which has {taken.parent.name}/{taken.name} already", "choose another")
    if like is not None and like not in slugs(places.wrecks):
        raise UsageError("a wreck to start from", f"'{like}'", nearest(like, slugs(places.wrecks)))
    story, files = _from_nothing(made) if like is None else _from_another(made, like, places)
    try:
        folder.mkdir()
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(story, encoding="utf-8")
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as fault:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            page.unlink()
        raise WreckError(f"room and rights to write {folder.name}/ and {page.name}", fault.strerror or str(fault), "mend that") from fault
    return [page, *(folder / name for name in files)]


def _from_nothing(made: Names) -> tuple[str, dict[str, str]]:
    """Return the page and the files, by name, of a small wreck that holds its own claims."""
    given = {"title": made.title, "slug": made.slug, "package": made.package}

    def filled(name: str) -> str:
        return Template((HERE / f"{name}.txt").read_text(encoding="utf-8")).substitute(given)

    template = f"templates/{made.package}/players.html"
    return filled("page.md"), {
        "__init__.py": "",
        template: filled("players.html"),
        "routes.py": filled("routes.py"),
        "wreck.py": filled("wreck.py"),
    }


def _from_another(made: Names, like: str, places: Places) -> tuple[str, dict[str, str]]:
    """Return another wreck's page and files under the new name. Its story, addresses and logbook are what is to be changed."""
    source = places.wrecks / like.replace("-", "_")
    title = re.search(r'^    title="(.+)",$', (source / "wreck.py").read_text(encoding="utf-8"), re.MULTILINE)

    def renamed(text: str) -> str:
        # Its tokens and fences; links to its own page stay, for there it is another wreck that is meant.
        text = re.sub(rf"(\{{\{{\s*){re.escape(like)}(\s*:)", rf"\g<1>{made.slug}\g<2>", text)
        text = re.sub(rf"^([ \t]*wreck: *){re.escape(like)}[ \t]*$", rf"\g<1>{made.slug}", text, flags=re.MULTILINE)
        # Modules of its own, which go with it.
        text = re.sub(rf"\bscenarios\.wrecks\.{source.name}\b", f"scenarios.wrecks.{made.package}", text)
        return text.replace(title[1], made.title) if title else text

    paths = sorted(path for path in source.rglob("*") if path.suffix in _COPIED)
    files = {path.relative_to(source).as_posix(): renamed(path.read_text(encoding="utf-8")) for path in paths}
    page = places.dives / f"{like}.md"
    story = renamed(page.read_text(encoding="utf-8")) if page.exists() else f"# {made.title}\n"
    # Its place among the dives is its own.
    story = re.sub(r"^order:.*\n", "", story, count=1, flags=re.MULTILINE)
    asked = f'!!! question "{QUESTION} what of this is yours?"\n    This page is a copy of that of {like}.'
    question = f"{asked} Take this box out when the last of its sentences is gone.\n"
    return re.sub(r"^# .*\n", lambda heading: f"{heading[0]}\n{question}", story, count=1, flags=re.MULTILINE), files


def begin(given: str, places: Places, like: str | None = None, say: Callable[[str], None] = print) -> None:
    """Make a new wreck, and say what was written and what comes next. Raises as ``new``."""
    written, made = new(given, places, like), names(given)
    root = places.dives.parents[1]
    say(f"{made.title} is to be raised from:")
    for path in written:
        say(f"  {path.relative_to(root).as_posix()}")
    say(f"Each '{QUESTION}' in them stands where the answer goes. First see it work as it is:")
    say(f"  invoke rebuild --wreck {made.slug} --quick")
    say("  invoke serve --trial")
    say("Then docs/contributing.md, or the page 'Raise another wreck'.")
