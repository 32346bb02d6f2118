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
    # Of wrecks, each its own: that is held below.
    "wrecks": {"scenarios.wreck", "scenarios.claims", "scenarios.diceworld", "scenarios.wrecks"},
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
    allowed = MAY_IMPORT.get(room, set())
    strays = {name for name in ours(path) if not is_within(name, allowed)}
    assert not strays, f"{room} may not import {sorted(strays)}: of ours it may use {', '.join(sorted(allowed)) or 'nothing'}"


PARTS = [path for path in MODULES if path.parent.parent.name == "publish" and path.parent.name in WITHIN_PUBLISH]


@pytest.mark.parametrize("path", PARTS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_parts_of_publishing_know_no_more_than_they_need(path):
    strays = {name for name in ours(path) if not is_within(name, WITHIN_PUBLISH[path.parent.name])}
    assert not strays, f"{path.parent.name} may not import {sorted(strays)}"


def other_wrecks(path: Path, wrecks: Path = SCENARIOS / "wrecks") -> set[str]:
    """Return what a wreck's module imports of wrecks that are not its own."""
    own = f"scenarios.wrecks.{path.relative_to(wrecks).parts[0]}"
    return {name for name in ours(path) if is_within(name, {"scenarios.wrecks"}) and not is_within(name, {own})}


def test_a_wreck_never_imports_another():
    for path in (SCENARIOS / "wrecks").glob("*/**/*.py"):
        others = other_wrecks(path)
        assert not others, f"{path.relative_to(ROOT)} may not import {sorted(others)}: copy what it needs, each wreck stands alone"


@pytest.mark.parametrize(
    "path",
    sorted([*SCENARIOS.glob("diceworld/**/*.py"), *(p for p in SCENARIOS.glob("wrecks/*/**/*.py") if p.name != "wreck.py")]),
    ids=lambda p: p.relative_to(SCENARIOS).as_posix(),
)
def test_teaching_code_carries_no_instruments(path):
    assert not watchers(path), f"{path.relative_to(ROOT)}: {WATCHERS_REFUSED.format(', '.join(watchers(path)))}"


WATCHERS = {"time", "logging", "opentelemetry", "psutil", "cProfile", "tracemalloc"}
WATCHERS_REFUSED = (
    "no import of {}, for the stack puts its instruments around teaching code; where the story itself waits for somebody, "
    "let it be threading.Event().wait(HOW_LONG_S)"
)


def watchers(path: Path) -> list[str]:
    return sorted({name.split(".")[0] for name in imports(path)} & WATCHERS)


def test_the_rule_itself_can_fail(tmp_path):
    stray = tmp_path / "stray.py"
    stray.write_text("from scenarios.publish import site\n")
    assert not is_within(next(iter(ours(stray))), MAY_IMPORT["measure"])


def test_a_wreck_may_have_modules_of_its_own_and_none_of_anothers(tmp_path):
    (tmp_path / "pool_party").mkdir()
    module = tmp_path / "pool_party" / "wreck.py"
    module.write_text("from scenarios.wrecks.pool_party.data import ROWS\nfrom scenarios.wrecks.pool_party_two import data\n")
    assert other_wrecks(module, tmp_path) == {"scenarios.wrecks.pool_party_two.data"}


def test_a_watcher_within_teaching_code_is_named(tmp_path):
    module = tmp_path / "routes.py"
    module.write_text("import time\nimport heapq\nfrom logging import getLogger\n")
    assert watchers(module) == ["logging", "time"]
