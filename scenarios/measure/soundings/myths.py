"""The book of myths, measured: what each piece of folk wisdom saves, and how often a request has use for it."""

from __future__ import annotations

from pathlib import Path

from scenarios.claims import exact
from scenarios.measure.bench import child
from scenarios.measure.soundings import assets, counted, static_files, timed, workers
from scenarios.measure.soundings.place import Begin, Place, Size
from scenarios.measure.stack import application
from scenarios.soundings import Sounding
from scenarios.wreck import Wreck, load

SLUG = "truculent-query"
"""The page that more workers are tried on."""
PAGES = (SLUG, "highly-selective")
"""The wrecks whose page, as it sank, is looked into."""
ARM = "wrecked"
TITLES = {
    "globals": "Global names looked up in one request",
    "memberships": "Searches for a member (in) in one request",
    "pieces": "Strings that one page is joined from",
}
HOWS = {
    "globals": "Every LOAD_GLOBAL that Python executes to answer, in the application and in every library it uses, counted while it runs.",
    "memberships": "Every CONTAINS_OP that Python executes to answer, in the application and in every library it uses, counted while it runs.",
    "pieces": "What the template yields to Jinja, which joins it, counted as it is joined.",
}


def measured(place: Place, size: Size, begin: Begin) -> dict[str, Sounding]:
    """Return every sounding of the page of myths, by name."""
    found: dict[str, Sounding] = {}
    pages: dict[str, list[bytes]] = {}
    for wreck in map(load, PAGES):
        counts, pages[wreck.slug] = _counted(wreck, place, size, begin)
        found |= counts
    found |= assets.measured(pages, size)
    found |= static_files.measured(assets.examples()["script"], _folder(place, "web"), size, begin)
    found |= timed.measured(_folder(place, "pyperf"), size, begin)
    found |= workers.measured(load(SLUG), place, size, begin)
    return found


def _counted(wreck: Wreck, place: Place, size: Size, begin: Begin) -> tuple[dict[str, Sounding], list[bytes]]:
    """Return what one request of a wreck's page does, how often, over the paths of its first experiment, and those pages."""
    begin(f"counting what a request of {wreck.slug} does")
    folder, paths = _folder(place, wreck.slug), wreck.experiments[0].paths or wreck.paths
    environment = {
        application.SLUG: wreck.slug,
        application.HANDLER: wreck.arm(ARM).handler,
        application.DATABASE_URL: place.database.url,
        application.SPANS: "",
    }
    log = place.folder / f"{wreck.slug}.log"
    found = child.told("a request, traced", counted.__name__, [folder, *paths], log, environment=environment)
    asked = "one page" if len(paths) == 1 else f"{len(paths)} pages"
    soundings = {
        f"myth-{name}-{wreck.slug}": Sounding(
            title=f"{title}, {wreck.title}", unit="count", measured=exact([float(each) for each in found[name]]),
            how=f"{HOWS[name]} Mean of {asked} of the wreck, from the fewest to the most; scale {size.scale}.",
        )
        for name, title in TITLES.items()
    }  # fmt: skip
    return soundings, [(folder / f"page-{number}.html").read_bytes() for number in range(len(paths))]


def _folder(place: Place, name: str) -> Path:
    folder = place.folder / name
    folder.mkdir()
    # The servers may run as somebody else.
    folder.chmod(0o755)
    return folder
