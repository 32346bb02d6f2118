"""Who may import whom: data flows wrecks -> measure -> record -> publish -> page."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCENARIOS = ROOT / "scenarios"
CONTRACT = {
    "scenarios.record", "scenarios.errors", "scenarios.wreck", "scenarios.claims", "scenarios.code", "scenarios.seal",
    "scenarios.bench", "scenarios.soundings",
}  # fmt: skip

# Within publish: what draws knows no evidence, and what is done to built pages knows nothing of how they were made.
WITHIN_PUBLISH = {
    "charts": {"scenarios.publish.charts", "scenarios.publish.units", "scenarios.publish.characters"},
    "built": {"scenarios.publish.built"},
}

# Who stands on the left may import, of ours, only what starts with one on the right.
MAY_IMPORT = {
    "errors.py": set(),
    "record.py": {"scenarios.errors"},
    "wreck.py": {"scenarios.errors", "scenarios.record", "scenarios.wrecks"},
    "claims.py": {"scenarios.errors", "scenarios.record", "scenarios.wreck"},
    "code.py": set(),
    "seal.py": {"scenarios.errors", "scenarios.record"},
    "kept.py": {"scenarios.errors", "scenarios.record"},
    "bench.py": {"scenarios.kept", "scenarios.record"},
    "soundings.py": {"scenarios.kept", "scenarios.record"},
    "checking.py": CONTRACT,
    "compare": {"scenarios.compare", *CONTRACT},
    "diceworld": {"scenarios.diceworld", "scenarios.errors"},
    "wrecks": {"scenarios.wreck", "scenarios.claims", "scenarios.diceworld"},
    "measure": {"scenarios.measure", "scenarios.diceworld", *CONTRACT},
    # The lab makes the dice world in the page, by its names and tables.
    "publish": {"scenarios.publish", "scenarios.diceworld", *CONTRACT},
    "doctor.py": {"scenarios.errors", "scenarios.measure"},
    "scaffold": {"scenarios.errors", "scenarios.wreck"},
}


def imports(path: Path) -> set[str]:
    """Return the full names of the modules (and names) that ``path`` imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def ours(path: Path) -> set[str]:
    # The bare package tells where it lies and holds nothing to depend on.
    return {name for name in imports(path) if name.split(".")[0] in ("scenarios", "tasks", "tests", "docs")} - {"scenarios"}


def is_within(name: str, allowed: set[str]) -> bool:
    return any(name == each or name.startswith(each + ".") for each in allowed)


MODULES = sorted(SCENARIOS.rglob("*.py"))


def test_every_room_of_the_house_has_a_rule():
    rooms = {path.relative_to(SCENARIOS).parts[0] for path in MODULES} - {"__init__.py"}
    assert rooms == set(MAY_IMPORT)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SCENARIOS).as_posix())
def test_imports_go_one_way(path):
    room = path.relative_to(SCENARIOS).parts[0]
    strays = {name for name in ours(path) if not is_within(name, MAY_IMPORT.get(room, set()))}
    assert not strays, f"{room} may not import {sorted(strays)}"


PARTS = [path for path in MODULES if path.parent.parent.name == "publish" and path.parent.name in WITHIN_PUBLISH]


@pytest.mark.parametrize("path", PARTS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_parts_of_publishing_know_no_more_than_they_need(path):
    strays = {name for name in ours(path) if not is_within(name, WITHIN_PUBLISH[path.parent.name])}
    assert not strays, f"{path.parent.name} may not import {sorted(strays)}"


def test_a_wreck_never_imports_another():
    for path in (SCENARIOS / "wrecks").glob("*/*.py"):
        others = {name for name in ours(path) if name.startswith("scenarios.wrecks.")}
        assert not others, path


@pytest.mark.parametrize(
    "path", sorted([*SCENARIOS.glob("diceworld/**/*.py"), *SCENARIOS.glob("wrecks/*/routes.py")]), ids=lambda p: p.name
)
def test_teaching_code_carries_no_instruments(path):
    watchers = {"time", "logging", "opentelemetry", "psutil", "cProfile", "tracemalloc"}
    assert not {name.split(".")[0] for name in imports(path)} & watchers


def test_the_rule_itself_can_fail(tmp_path):
    stray = tmp_path / "stray.py"
    stray.write_text("from scenarios.publish import site\n")
    assert not is_within(next(iter(ours(stray))), MAY_IMPORT["measure"])
