"""Soundings of the list of latencies, made up, whole: every row that the drawings ask for."""

from __future__ import annotations

from datetime import UTC, datetime

from scenarios.claims import interval
from scenarios.record import Environment, dumps
from scenarios.soundings import FILE, Sounding, Soundings

VALUES_NS = {
    "deep-l1": 1.8, "deep-branch": 9.0, "deep-mutex": 20.0, "deep-memory": 150.0, "deep-memory-1mb": 60_000.0,
    "deep-python-lookup": 20.0, "deep-python-attribute": 12.0, "deep-python-call": 50.0, "deep-python-lock": 60.0,
    "deep-disk-random": 250_000.0, "deep-disk-1mb": 1_400_000.0, "deep-page-cache": 1_500.0, "deep-disk-sync": 900_000.0,
    "deep-round-trip-unix": 15_000.0, "deep-round-trip-tcp": 30_000.0,
    "deep-select-1": 80_000.0, "deep-select-1-sqlalchemy": 160_000.0, "deep-select-1-session": 420_000.0,
    "deep-lookup": 100_000.0, "deep-lookup-orm": 350_000.0, "deep-scan": 40_000_000.0,
    "deep-commit": 1_300_000.0, "deep-commit-unwaited": 240_000.0, "deep-nginx": 300_000.0, "deep-request": 9_000_000.0,
}  # fmt: skip
ABSENT = {
    "deep-round-trip-datacentre": "one machine is all there is here", "deep-round-trip-wan": "nobody is asked",
    "deep-spinning-seek": "no disk here is known to spin", "deep-spinning-1mb": "no disk here is known to spin",
}  # fmt: skip
LINE_CHARACTERS = 46
"""What a phone of 390 px has room for in a row's name: layout.py reckons with 7.6 px each."""
ENVIRONMENT = Environment(
    versions={"python": "3.13.0"}, kernel="Linux 6.1", libc="glibc 2.36", cpu_model="made up", cpu_count=2, memory_mb=8_000,
    postgres_settings={"fsync": "on"}, privileged=False,
)  # fmt: skip


def a_sounding(name: str, value_ns: float, **more) -> Sounding:
    around = interval([value_ns * 0.99, value_ns, value_ns * 1.01])
    return Sounding(title=f"The row {name}", unit="ns", measured=around, operations=1_000, how=f"How {name} was timed.", **more)


def some_soundings(**changed) -> Soundings:
    """Return soundings with some rows changed: ``deep_l1=None`` for one that was not measured."""
    rows = {name: a_sounding(name, value) for name, value in VALUES_NS.items()}
    rows |= {name: Sounding(title=f"The row {name}", unit="ns", absent=why) for name, why in ABSENT.items()}
    for name, value in changed.items():
        name = name.replace("_", "-")
        rows[name] = a_sounding(name, value) if value is not None else Sounding(
            title=f"The row {name}", unit="ns", absent="of this processor"
        )
    return Soundings(
        made_at=datetime(2026, 11, 2, tzinfo=UTC), publishable=True, command="invoke rebuild", commit=None, commit_is_clean=False,
        code_sha256="0f",
        environment=ENVIRONMENT, elapsed_s=20.0, soundings=rows,
    )  # fmt: skip


def keep(site_data, found: Soundings) -> None:
    (site_data / FILE).write_text(dumps(found), encoding="utf-8")
