"""All soundings, one part after another; what they find is written at once, or not at all."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from scenarios import code
from scenarios import soundings as contract
from scenarios.diceworld.scales import DEFAULT_SEED
from scenarios.errors import EvidenceError, StackError, WreckError
from scenarios.measure import environment
from scenarios.measure.options import Options
from scenarios.measure.progress import Progress
from scenarios.measure.rebuild import database_of
from scenarios.measure.runs_folder import run_folder
from scenarios.measure.soundings import deep, myths
from scenarios.measure.soundings.place import FULL, QUICK, Measured, Place, Size
from scenarios.measure.store import write_text
from scenarios.measure.world import open_world
from scenarios.record import Environment, dumps
from scenarios.soundings import Sounding, Soundings

PARTS: Mapping[str, Measured] = {"myths": myths.measured, "deep": deep.measured}
EXPECTED_S = {"myths": 35.0, "deep": 25.0}
"""How long each part takes at full size, roughly."""
QUICK_SHARE = 0.15


def sound_if_stale(options: Options, site_data: Path, *, force: bool) -> WreckError | None:
    """Take the soundings unless those in ``site_data`` are what they would be now; return what failed, if it did.

    As with a wreck that fails, what was there before stays.
    """
    size = QUICK if options.is_trial else FULL
    why = "it was asked for" if force else stale_because(site_data, size)
    if not why:
        _say("soundings: fresh; --force takes them all the same")
        return None
    _say(f"soundings: taking them, because {why}")
    try:
        sound(site_data, size)
    except WreckError as failure:
        _say(f"soundings: {failure}")
        return failure
    return None


def sound(site_data: Path, size: Size = FULL, *, parts: Mapping[str, Measured] = PARTS) -> Soundings:
    """Take all soundings, write them to ``site_data``, and return them.

    Raises StackError where something would not start or end: nothing is written then.
    """
    share = QUICK_SHARE if size.is_quick else 1.0
    progress = Progress(sum(EXPECTED_S[name] * share for name in parts))
    folder, _held = run_folder("sound")
    progress.say(f"soundings, in about {progress.expected_s:.0f} s; raw logs in {folder}")
    began, sha256, (commit, is_clean) = time.monotonic(), code_sha256(), code.commit()
    found: dict[str, Sounding] = {}
    with open_world(size.scale, DEFAULT_SEED, folder / "world") as world:
        described = environment.describe(*database_of(world), environment.nginx_version())
        for name, measured in parts.items():
            (folder / name).mkdir()
            found |= _named(name, measured(Place(world, folder / name), size, progress.begin))
            progress.end(EXPECTED_S[name] * share)
    made = _made(found, size, described, sha256, commit, is_clean, time.monotonic() - began)
    text = dumps(made)
    contract.loads(text, contract.FILE)
    write_text(site_data / contract.FILE, text)
    progress.say(f"soundings: {len(found)} taken in {made.elapsed_s:.0f} s, {sum(each.absent is not None for each in found.values())} could not be")
    return made


def _named(part: str, found: Mapping[str, Sounding]) -> Mapping[str, Sounding]:
    """Return what a part found. Raises StackError for a name that is not its own."""
    prefix = f"{part.removesuffix('s')}-"
    if strays := [name for name in found if not name.startswith(prefix)]:
        raise StackError(f"soundings named '{prefix}...' of the part {part}", ", ".join(strays), "report this: it is a fault of ours")
    return found


def _made(found, size: Size, described: Environment, sha256: str, commit: str | None, is_clean: bool, elapsed_s: float) -> Soundings:
    return Soundings(
        made_at=datetime.now(UTC).replace(microsecond=0),
        publishable=not size.is_quick,
        command=size.command,
        commit=commit,
        commit_is_clean=is_clean,
        code_sha256=sha256,
        environment=described,
        elapsed_s=elapsed_s,
        soundings=dict(sorted(found.items())),
    )


def stale_because(site_data: Path, size: Size = FULL) -> str | None:
    """Return why the soundings kept are not what would be found now, None if they are."""
    try:
        was = contract.read(site_data)
    except EvidenceError as fault:
        return fault.got
    if was is None:
        return "there are none yet"
    if was.command != size.command:
        return "they were taken by another command"
    if was.code_sha256 != code_sha256():
        return "the code they depend on has changed"
    kept = was.environment
    now = environment.describe(kept.postgres_settings, environment.postgres_version(), environment.nginx_version())
    changed = [name for name in Environment.model_fields if getattr(now, name) != getattr(kept, name)]
    return f"this is another machine or other software ({', '.join(sorted(changed))})" if changed else None


def code_sha256() -> str:
    """Return the hash of what takes the soundings, and of the wrecks, the application and the machinery that it uses."""
    digest = hashlib.sha256("".join(code.sha256(slug) for slug in sorted({*myths.PAGES, deep.SLUG})).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + code.essence(path.read_bytes()) + b"\0")
    return digest.hexdigest()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
