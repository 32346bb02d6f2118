"""What pyperf found, here and on the other Pythons that are to be had."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import pyperf

from scenarios.claims import interval
from scenarios.errors import StackError
from scenarios.measure.bench import child
from scenarios.measure.soundings import microbenchmarks
from scenarios.measure.soundings.place import Begin, Size
from scenarios.measure.stack import runtimes
from scenarios.soundings import Sounding

PROGRAM = "scenarios.measure.soundings.microbenchmarks"
OTHERS = ("3.11", "3.12", "3.13", "3.14")
"""Versions of Python that are looked for beside our own."""
ON_OTHERS = ("join-list", "join-added", "join-attribute", "local")
"""What is asked of them, by the first words of the names."""
NO_PYPERF = "it has no pyperf"
FULL_RUNS = ("--processes", "5", "--values", "3", "--warmups", "1", "--min-time", "0.01")
QUICK_RUNS = ("--processes", "1", "--values", "1", "--warmups", "0", "--loops", "8")
"""Without calibration: that takes a process of its own for each."""
DEADLINE_S = 300

_PIECES, _MANY = microbenchmarks.PIECES, microbenchmarks.MANY_PIECES
TITLES = {
    "join-list": f"One string of {_PIECES:,} joined as a list",
    "join-added": f"One string of {_PIECES:,} added to a local name",
    "join-attribute": f"One string of {_PIECES:,} added to an attribute",
    "join-list-many": f"One string of {_MANY:,} joined as a list",
    "join-attribute-many": f"One string of {_MANY:,} added to an attribute",
    "local-global": "One turn of a tight loop that adds a global",
    "local-bound": "One turn of a tight loop that adds a local name",
} | {
    f"{kind}-{count}": f"One search for a login in a {kind} of {count:,}" for kind in ("list", "set") for count in microbenchmarks.MEMBERS
}  # fmt: skip
HOW = (
    "pyperf: {runs} processes of their own, each warmed up; a round is the quickest of one process's values. "
    "The loop that holds the operation is part of its time"
)


def measured(folder: Path, size: Size, begin: Begin) -> dict[str, Sounding]:
    """Return every microbenchmark by name, ``myth-...``, those on other Pythons named after them.

    Raises StackError when pyperf fails on our own Python; another Python that fails is absent.
    """
    begin("small habits of Python")
    ours = times(folder / "ours.json", size)
    found = {f"myth-{name}": _sounding(name, values, size, platform.python_version()) for name, values in ours.items()}
    for version in OTHERS:
        if not runtimes.is_ours(version):
            begin(f"small habits on Python {version}")
            found |= _on_another(version, folder, size)
    return found


def _on_another(version: str, folder: Path, size: Size) -> dict[str, Sounding]:
    names = [name for name in TITLES if name.startswith(ON_OTHERS) and not name.endswith("-many")]
    suffix = f"-python-{version.replace('.', '-')}"
    try:
        python = runtimes.python(version)
        full_version = _asked(python)
        timed = _timed_by(python, folder / f"python-{version}.json", size, names)
    except StackError as fault:
        why = f"Python {version}: {fault.got}"
        return {f"myth-{name}{suffix}": Sounding(title=TITLES[name], unit="ns", absent=why) for name in names}
    return {f"myth-{name}{suffix}": _sounding(name, values, size, full_version) for name, values in timed.items()}


def _timed_by(python: Path, into: Path, size: Size, names: list[str]) -> dict[str, list[float]]:
    try:
        return times(into, size, only=names, python=python)
    except StackError as fault:
        # Its words hold paths of this machine, which are no evidence.
        raise StackError(fault.wanted, "pyperf did not finish on it", fault.do) from fault


def _asked(python: Path) -> str:
    """Return a Python's version. Raises StackError when pyperf is not among its packages."""
    code = "import platform, pyperf; print(platform.python_version())"
    said = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=runtimes.TRIED_FOR_S, check=False)
    if said.returncode != 0:
        raise StackError("a Python with pyperf", NO_PYPERF, "install this project's packages for it")
    return said.stdout.strip()


def times(into: Path, size: Size, *, only=(), python: Path | None = None) -> dict[str, list[float]]:
    """Run the microbenchmarks and return, by name, the seconds one operation took in each process."""
    arguments = ["--quiet", "-o", into, *(QUICK_RUNS if size.is_quick else FULL_RUNS)]
    arguments += ["--only", ",".join(only)] if only else []
    arguments += ["--python", python] if python else []
    child.ended("pyperf", PROGRAM, arguments, into.with_suffix(".log"), deadline_s=DEADLINE_S)
    return read(into)


def read(file: Path) -> dict[str, list[float]]:
    """Return, by benchmark, each process's quickest time in s an operation, of a file that pyperf wrote.

    The quickest is what the rest of the machine disturbed least (Chen and Revels, "Robust benchmarking in noisy environments", 2016).
    """
    benchmarks = pyperf.BenchmarkSuite.load(str(file)).get_benchmarks()
    return {each.get_name(): [min(run.values) for run in each.get_runs() if run.values] for each in benchmarks}


def _sounding(name: str, values_s: list[float], size: Size, python: str) -> Sounding:
    runs = (QUICK_RUNS if size.is_quick else FULL_RUNS)[1]
    return Sounding(
        title=TITLES[name], unit="ns", measured=interval([value * 1e9 for value in values_s]), how=HOW.format(runs=runs) + ".", python=python
    )
