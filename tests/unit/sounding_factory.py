"""Soundings made up, whole."""

from __future__ import annotations

from datetime import UTC, datetime

from scenarios.claims import exact, interval
from scenarios.measure.soundings import myths, timed
from scenarios.measure.soundings.assets import FORMS
from scenarios.measure.soundings.workers import WORKERS
from scenarios.soundings import Sounding, Soundings
from tests.unit.bench_factory import ENVIRONMENT

NOISE = (1.0, 1.01, 0.99, 1.0, 1.0)
TIMES_NS = {
    "join-list": 6.0, "join-added": 30.0, "join-attribute": 106.0, "join-list-many": 7.0, "join-attribute-many": 5_000.0,
    "local-global": 22.0, "local-bound": 20.0,
    "list-1": 10.0, "list-4": 30.0, "list-64": 400.0, "list-1000": 6_000.0, "set-4": 20.0, "set-1000": 20.0,
}  # fmt: skip
BYTES = {"as-written": 20_000, "minified": 16_000, "packed": 4_000, "minified-packed": 3_800}
COUNTS = {"globals": 10_000, "memberships": 2_000, "pieces": 1_000}


def one(value: float, unit: str = "ns", **more) -> Sounding:
    return Sounding(title=f"made up, {value:g}", unit=unit, measured=interval([value * each for each in NOISE]), how="Made up.", **more)


def counted(value: float, unit: str = "count") -> Sounding:
    return Sounding(title=f"made up, {value:g}", unit=unit, measured=exact([value, value]), how="Made up.")


def found(slugs: tuple[str, ...] = myths.PAGES) -> dict[str, Sounding]:
    """Return every sounding of the book of myths, of pages of ``slugs``."""
    made = {f"myth-{name}": one(value, python="3.13.0") for name, value in TIMES_NS.items()}
    made |= {
        f"myth-{name}-python-3-11": one(TIMES_NS[name] * 1.5, python="3.11.7") for name in ("join-list", "join-added", "join-attribute")
    }
    made["myth-local-global-python-3-12"] = Sounding(title=timed.TITLES["local-global"], unit="ns", absent="Python 3.12: none here")
    for what in ("assets", *slugs):
        made |= {f"myth-bytes-{what}-{form}": counted(BYTES[form], "bytes") for form in FORMS}
        made[f"myth-gzip-{what}"] = one(300_000.0)
    made["myth-bytes-assets-joined-packed"] = counted(3_900, "bytes")
    for slug in slugs:
        made |= {f"myth-{name}-{slug}": counted(count) for name, count in COUNTS.items()}
    made |= {"myth-static-flask": one(2.2, "ms"), "myth-static-nginx": one(0.2, "ms")}
    return made | {f"myth-workers-{number}": one(10.0 * min(number, 2), "per_s") for number in WORKERS}


def a_soundings(soundings: dict[str, Sounding] | None = None, **changed) -> Soundings:
    return Soundings(**{
        "made_at": datetime(2026, 11, 2, tzinfo=UTC), "publishable": True, "command": "invoke rebuild", "commit": None,
        "commit_is_clean": False,
        "code_sha256": "0f", "environment": ENVIRONMENT, "elapsed_s": 50.0, "soundings": found() if soundings is None else soundings,
    } | changed)  # fmt: skip
