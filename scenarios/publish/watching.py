"""A site that is built again while it is read: when pages, wrecks, evidence or code change.

Each build is a process of its own. Modules that were edited are then read anew, whatever a page or a wreck does wrong ends
that process and not this one, and what it says of it reaches the terminal as it is.
"""

from __future__ import annotations

import functools
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scenarios.publish.built import freshness
from scenarios.wreck import WRECKS

EVERY_S = 0.5
_CODE = Path(__file__).resolve().parents[1]
_NO_PART = ("__pycache__",)

Stamps = dict[Path, tuple[int, int]]


@dataclass(frozen=True)
class Watch:
    """What to look at, and how to build."""

    places: tuple[Path, ...]
    """Files and folders that go into the site; one that is not there yet may come."""
    command: tuple[str, ...]
    """What builds the site: its exit code is 0 if it did."""
    folder: Path
    """Where the command runs."""
    is_fresh: Callable[[], bool]
    """Whether the site that stands is what a build would make now. It may raise FileNotFoundError: editors put files away and back."""
    say: Callable[[str], None] = functools.partial(print, flush=True)

    def freshen(self, why: str = "") -> None:
        """Build the site unless it is fresh, and say how that went."""
        try:
            if self.is_fresh():
                return
        except FileNotFoundError:
            pass
        began = time.monotonic()
        self.say(f"building{why}")
        if _run(self.command, self.folder):
            self.say(f"built in {time.monotonic() - began:.0f} s; open pages load anew by themselves")
        else:
            self.say("not built, for the reason above: the pages of before stand, and this goes on watching")

    def run(self, is_over: Callable[[], bool]) -> None:
        """Build after every change, until ``is_over``, which is asked before every look and takes its time, returns true."""
        for changed in changes(self.places, is_over):
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            self.freshen(f", because {changed[0].name}{more} changed")


def watch_of(docs: Path, site: Path, site_data: Path, command: Sequence[str]) -> Watch:
    """Return what to watch for the site that ``command``, run beside ``docs``, builds from pages and evidence."""
    config = docs.parent / "mkdocs.yml"

    def is_fresh() -> bool:
        return freshness.is_fresh(site, freshness.key(docs, site_data, WRECKS, config))

    return Watch((docs, site_data, _CODE, config), tuple(command), docs.parent, is_fresh)


def changes(places: Sequence[Path], is_over: Callable[[], bool]) -> Iterator[list[Path]]:
    """Yield the files that changed, came or went, once nothing changed from one look to the next; end when ``is_over`` returns true.

    Looks at times and sizes: what systems would tell of themselves differs from one to the next.
    """
    known = before = stamps(places)
    while not is_over():
        now = stamps(places)
        if now == before and now != known:
            changed = sorted(path for path in {*now, *known} if now.get(path) != known.get(path))
            known = now
            yield changed
        before = now


def stamps(places: Sequence[Path]) -> Stamps:
    """Return when each file was last written, in ns, and its size. What is hidden, and what editors leave, is no part of a site."""
    found = {}
    for place in places:
        for path in [place, *place.rglob("*")] if place.is_dir() else [place]:
            inside = path.relative_to(place).parts
            if any(part.startswith(".") or part.endswith("~") or part in _NO_PART for part in inside):
                continue
            try:
                if not path.is_dir():
                    told = path.stat()
                    found[path] = (told.st_mtime_ns, told.st_size)
            except FileNotFoundError:
                continue  # It went between two looks, or is yet to come.
    return found


def _run(command: Sequence[str], folder: Path) -> bool:
    """Run a command to its end; return whether all went well. It does not outlive us."""
    # What it did well fills screens; what it did not is told on the other stream.
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        return process.wait() == 0
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
