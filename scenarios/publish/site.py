"""From pages and evidence to a site: build it aside, check it, put it in the old one's place.

A build that fails leaves the old site as it was. Nothing is run and no database is needed.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scenarios import seal
from scenarios.errors import WreckError, nearest
from scenarios.publish import sources
from scenarios.publish.built import freshness, lean, links, policy, sheets, swap
from scenarios.publish.built.weight import told, weigh
from scenarios.publish.dive import Fleet
from scenarios.publish.drafts import Drafts
from scenarios.publish.evidence_page.pages import EvidencePages
from scenarios.publish.html import ROOT
from scenarios.publish.notebooks_pages import NotebookPages
from scenarios.publish.prose.frame import PAGE_MARK
from scenarios.publish.reading_order import navigation
from scenarios.wreck import WRECKS, slugs

EXTENSION = "scenarios.publish.markdown"
_ASIDE = ".site-"
_OLD = "old"
_NOT_OURS = ("404.html",)
"""Pages that the theme makes."""


def build(
    docs: Path, site: Path, site_data: Path, *, wrecks: Path = WRECKS, config: Path | None = None,
    even_if_fresh: bool = True, say: Callable[[str], None] = print, of_drafts: Callable[[str], None] | None = None,
) -> None:  # fmt: skip
    """Build ``site`` from the pages in ``docs`` and the evidence in ``site_data``; a site that is just that may be left.

    ``config`` is the generator's (``mkdocs.yml`` beside ``docs``). ``of_drafts`` is told what is wrong with pages of wrecks that are
    not published yet, and all others are built; without it they stop the build. Raises WreckError: a name that does not exist,
    a claim that fails, evidence that is damaged, a page that is missing, a link that leads nowhere or elsewhere.
    """
    docs, site, site_data = docs.resolve(), site.resolve(), site_data.resolve()
    config = config or docs.parent / "mkdocs.yml"
    key = freshness.key(docs, site_data, wrecks, config)
    if not even_if_fresh and freshness.is_fresh(site, key):
        say(f"{site.name}/ is as a build would make it now: pages, evidence and code are the same")
        return
    fleet = Fleet(site_data, wrecks)
    known = _evidence(fleet)
    folders = {"docs": docs, "site_data": site_data, "wrecks": wrecks}
    drafts = Drafts(fleet, docs) if of_drafts else None
    try:
        site.parent.mkdir(parents=True, exist_ok=True)
        with aside(site) as folder:
            built, figures = Path(folder, "site"), Path(folder, "figures")
            _generate(config, docs, built, folders | {"figures": figures}, fleet, known, drafts)
            _add(built, figures, site_data, known)
            pages = _check_pages(docs, built, len(known))
            _check_links(built, docs, drafts)
            _check_policy(built)
            faults = drafts.faults if drafts else []
            # Of one that lacks a page, the next build is to say so again.
            freshness.mark(built, f"{key}, drafts apart" if faults else key)
            for fault in faults:
                of_drafts(fault)
            for line in told([weigh(built, page) for page in pages]):
                say(line)
            swap.swap(built, site, Path(folder, _OLD))
    except OSError as fault:
        got = f"{fault.strerror or fault} ({Path(fault.filename).name})" if fault.filename else str(fault)
        raise WreckError(
            f"room and rights to write {site.name}/", got, "free some space or mend the rights; the old site stands"
        ) from fault


@contextmanager
def aside(site: Path) -> Iterator[str]:
    """Give a folder beside ``site`` to build in, removed after. Those of builds that were killed, known by their free locks, go as well.

    One that was killed while the new site took the old one's place may have the old one: it is put back.
    """
    for left in site.parent.glob(f"{_ASIDE}*"):
        with _locked(left) as is_ours:
            if is_ours:
                swap.put_back(left / _OLD, site)
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_ASIDE, dir=site.parent) as folder, _locked(Path(folder)):
        yield folder


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold the kernel's lock on a folder; yield whether it was to be had."""
    held, is_ours = os.open(folder, os.O_RDONLY), True
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            is_ours = False
        yield is_ours
    finally:
        os.close(held)


def _evidence(fleet: Fleet) -> list[str]:
    """Return the wrecks that have evidence, their claims checked."""
    site_data, known = fleet.site_data, slugs(fleet.wrecks)
    found = sorted(p.parent.name for p in site_data.glob("*/record.json"))
    for slug in found:
        if slug not in known:
            raise WreckError(f"a wreck for the evidence in {site_data.name}/{slug}", "none", nearest(slug, known))
        fleet.dive(slug)
        seal.check(site_data / slug)
    return found


# --- the generator ---------------------------------------------------------------------------------


def _generate(
    config_file: Path, docs: Path, built: Path, options: dict[str, Path], fleet: Fleet, known: list[str], drafts: Drafts | None
) -> None:  # fmt: skip
    """Run MkDocs in this process, with pages of evidence added. Its warnings are failures."""
    # Read when Material is imported: silences a notice about another program.
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    from mkdocs.commands.build import build as run_mkdocs
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, MkDocsException

    ended = None
    try:
        with _heard("mkdocs") as warnings:
            config = load_config(config_file=str(config_file), docs_dir=str(docs), site_dir=str(built), strict=True)
            given = config.mdx_configs.get(EXTENSION, {})
            # MkDocs makes an extension a page: each is given the evidence as it was read, lest each read it anew.
            config.mdx_configs[EXTENSION] = given | {name: str(path) for name, path in options.items()} | {"fleet": fleet}
            config.nav = config.nav or navigation(docs, fleet.undived)
            config.plugins["evidence-pages"] = EvidencePages(fleet, known)
            config.plugins["notebook-pages"] = NotebookPages(docs, options["site_data"], options["wrecks"], options["figures"])
            if drafts:
                config.plugins["drafts"] = drafts
            config.plugins.on_startup(command="build", dirty=False)
            try:
                run_mkdocs(config)
            finally:
                config.plugins.on_shutdown()
    except (Abort, MkDocsException) as fault:
        ended = fault
    stopping = drafts.let_be(warnings) if drafts else warnings
    # Abort is how it ends where it warned, all pages written.
    if ended and (stopping or not warnings or not isinstance(ended, Abort)):
        stopping.append(str(ended))
    if stopping:
        shown = "; ".join(" ".join(w.split()) for w in dict.fromkeys(stopping))
        raise WreckError("pages that build without a warning", shown, "mend the page it names")


@contextmanager
def _heard(name: str) -> Iterator[list[str]]:
    """Collect what a logger warns of, and keep it off the screen."""
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logger, ear = logging.getLogger(name), Ear(logging.WARNING)
    before = logger.propagate
    logger.addHandler(ear)
    logger.propagate = False
    try:
        yield said
    finally:
        logger.removeHandler(ear)
        logger.propagate = before


# --- what is added ---------------------------------------------------------------------------------


def _add(built: Path, figures: Path, site_data: Path, known: list[str]) -> None:
    if figures.is_dir():
        shutil.copytree(figures, built / "exhibits")
    _copy_evidence(site_data, known, built / "evidence")
    _lead_to_root(built)
    lean.slim(built)
    sheets.spare(built)
    sheets.pack(built)
    policy.put(built)


def _copy_evidence(site_data: Path, known: list[str], into: Path) -> None:
    """Copy each wreck's JSON, and the folder's own (its schema), beside the pages."""
    files = list(site_data.glob("*.json"))
    for slug in known:
        files += [*(site_data / slug).glob("*.json"), *(site_data / slug / "traces").glob("*.json")]
    for file in sorted(files):
        target = into / file.relative_to(site_data)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def _lead_to_root(built: Path) -> None:
    """Put the relative way to the site's root where the pages' links name it."""
    for page in built.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if ROOT in text:
            up = "../" * (len(page.relative_to(built).parts) - 1)
            page.write_text(text.replace(f'"{ROOT}', f'"{up}'), encoding="utf-8")


# --- checks ----------------------------------------------------------------------------------------


def _check_pages(docs: Path, built: Path, of_evidence: int) -> list[Path]:
    """Return the built pages: as many as there are sources and wrecks with evidence, each converted by our extension."""
    wanted = len(list(docs.rglob("*.md"))) + of_evidence
    pages = sorted(p for p in built.rglob("*.html") if p.relative_to(built).as_posix() not in _NOT_OURS)
    marked = [p for p in pages if PAGE_MARK in p.read_text(encoding="utf-8")]
    if len(marked) < wanted:
        raise WreckError(
            f"{wanted} pages, each bearing the mark '{PAGE_MARK}'",
            f"{len(marked)}",
            f"keep '{EXTENSION}' among mkdocs.yml's extensions",
        )
    return pages


def _check_links(built: Path, docs: Path, drafts: Drafts | None) -> None:
    found = [sources.placed(fault, docs) for fault in links.find(built)]
    found = drafts.let_be(found) if drafts else found
    if found:
        more = f"; and {len(found) - 10} more" if len(found) > 10 else ""
        raise WreckError(
            "links that lead somewhere, and nothing fetched from elsewhere", "; ".join(found[:10]) + more, "mend the pages named"
        )


def _check_policy(built: Path) -> None:
    found = policy.faults(built)
    if found:
        raise WreckError("pages that their own content-security policy allows", "; ".join(found[:10]), "mend the pages named, or the theme")
