"""What a lab is told of its wreck: the world to make, the statements as the database saw them, indexes, captured plans and ratios.

Statements come from the evidence. Where a page sends several (SS Highly Selective), the query log has them without their
parameters: which of them calls for which is read from the column that each is asked by.
"""

from __future__ import annotations

import re

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint, CreateTable

from scenarios.diceworld import names
from scenarios.diceworld.models import Base
from scenarios.diceworld.scales import DEFAULT_SEED, SCALES
from scenarios.errors import EvidenceError
from scenarios.publish.dive import HEADLINE, Dive, Fleet
from scenarios.publish.evidence import Token, look_up
from scenarios.publish.traces import statements
from scenarios.record import Plan, Statement
from scenarios.wreck import Arm

OFFERED = ("tenth", "talk")
"""Scales that fit into a page, the first at once."""
PLANNING = (
    "default_statistics_target", "effective_cache_size", "jit", "max_parallel_workers_per_gather", "random_page_cost", "seq_page_cost",
    "work_mem",
)  # fmt: skip
"""Settings that a planner goes by: those of the evidence are the lab's too."""
_INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX (\w+)", re.IGNORECASE)
_ASKED_BY = re.compile(r"\$1 = \w+\.(\w+)|\w+\.(\w+) IN \(\$1")
_COLUMNS = ("player_id", "game_id")
"""By what a further statement is asked: of the players found, of their games."""


def document(fleet: Fleet, dive: Dive, path: str) -> dict:
    """Return the document, as panel.js reads it. ``path``: the number whose ratios are the captured ones."""
    ways = [_way(fleet, dive, arm, path) for arm in dive.wreck.arms if _plan(dive, arm.name)]
    if not ways or ways[0]["name"] != "wrecked":
        raise EvidenceError(f"a plan of {dive.slug}'s wrecked arm for its lab", "none", "run 'invoke rebuild'")
    return {
        "wreck": dive.slug,
        "isChatty": any(len(way["steps"]) > 1 for way in ways),
        "scales": [{"name": name, "rolls": SCALES[name].rolls, "sha256": _sha256(dive, name)} for name in OFFERED],
        "world": {"players": SCALES[OFFERED[0]].players, "seed": _seed(dive), "names": _names()},
        "settings": {name: value for name, value in dive.record.environment.postgres_settings.items() if name in PLANNING},
        "schema": [_sql(CreateTable(table, include_foreign_key_constraints=[])) for table in Base.metadata.sorted_tables],
        "keys": [_sql(AddConstraint(key)) for table in Base.metadata.sorted_tables for key in _foreign_keys(table)],
        "indexes": [{"name": name, "statements": made} for name, made in _indexes(dive).items()],
        "ways": ways,
    }


def _foreign_keys(table) -> list:
    return sorted(table.foreign_key_constraints, key=lambda key: key.name)


def _sql(element) -> str:
    return str(element.compile(dialect=postgresql.dialect())).strip()


def _names() -> dict:
    return {
        "regulars": names.REGULARS, "first": names.FIRST_NAMES, "last": names.LAST_NAMES,
        "adjectives": names.GAME_ADJECTIVES, "nouns": names.GAME_NOUNS,
    }  # fmt: skip


def _sha256(dive: Dive, scale: str) -> str | None:
    found = dive.record.datasets.get(scale)
    return found.sha256 if found else None


def _seed(dive: Dive) -> int:
    """Return what the measured worlds were made from: all of a wreck's have one seed. That of its traffic is another."""
    return next((dataset.seed for dataset in dive.record.datasets.values()), DEFAULT_SEED)


def _indexes(dive: Dive) -> dict[str, list[str]]:
    """Return every index that an arm of the wreck has, with all that makes it."""
    found: dict[str, list[str]] = {}
    for arm in dive.wreck.arms:
        before: list[str] = []
        for statement in arm.prepare:
            before.append(" ".join(statement.split()))
            if made := _INDEX.match(before[-1]):
                found.setdefault(made[1], before)
                before = []
    return found


def _way(fleet: Fleet, dive: Dive, arm: Arm, path: str) -> dict:
    scale, plan = _plan(dive, arm.name)
    steps = _steps(dive, arm.name, plan)
    alike = [i for i, step in enumerate(steps) if _bare(step["sql"]) == _bare(plan.sql)]
    indexes = [made[1] for statement in arm.prepare if (made := _INDEX.match(" ".join(statement.split())))]
    rolls = dive.record.datasets[scale].rows.get("tw_rolls", 0) if scale in dive.record.datasets else SCALES[scale].rolls
    return {
        "name": arm.name, "title": arm.title, "steps": steps, "explained": alike[0] if alike else 0, "indexes": indexes,
        "plan": {"rolls": rolls, "execution_ms": plan.execution_ms, "root": plan.root.model_dump(mode="json")},
        "captured": [] if arm.name == "wrecked" else _captured(fleet, dive, arm.name, path),
    }  # fmt: skip


def _plan(dive: Dive, arm: str) -> tuple[str, Plan] | None:
    """Return the scale and plan kept of an arm: the headline's, else another's; None where none was kept."""
    headline = dive.record.experiments.get(HEADLINE)
    scales = sorted(dive.plans.plans, key=lambda scale: (headline is None or scale != headline.scale, scale))
    return next(((scale, dive.plans.plans[scale][arm]) for scale in scales if arm in dive.plans.plans[scale]), None)


def _captured(fleet: Fleet, dive: Dive, arm: str, path: str) -> list[dict]:
    """Return how many times as fast the arm was, wherever one client's requests were measured with the database next door."""
    found = []
    for name, experiment in sorted(dive.record.experiments.items(), key=lambda item: item[0] != HEADLINE):
        near = not experiment.round_trip_ms and (experiment.loop == "open" or experiment.clients == 1)
        if near and {"wrecked", arm} <= set(experiment.arms) and experiment.scale in dive.record.datasets:
            try:
                fact = look_up(fleet, Token(dive.slug, f"{name}.wrecked.{path} / {name}.{arm}"))
            except EvidenceError:
                if dive.record.publishable:
                    raise
                continue  # too few requests in a trial run
            rolls = dive.record.datasets[experiment.scale].rows.get("tw_rolls", 0)
            found.append({"rolls": rolls, "text": fact.text, "experiment": name})
    return found


# --- statements ------------------------------------------------------------------------------------


def _bare(sql: str) -> str:
    """Return a statement without its parameters, remarks and blanks, so that two of them can be told alike."""
    said = re.sub(r"/\*.*?\*/", "", sql)
    said = re.sub(r"\$\d+|'(?:[^']|'')*'|\b\d+\b", "?", said)
    return " ".join(re.sub(r"\(\?(?:\s*,\s*\?)*\s*,?\s*\)", "(?)", said).split())


def _steps(dive: Dive, arm: str, plan: Plan) -> list[dict]:
    """Return what a page sends: its statements, ``of`` which other's rows each is asked for, and whether for ``each`` of them."""
    headline = dive.record.experiments.get(HEADLINE)
    logged = headline.arms[arm].statements if headline and arm in headline.arms else []
    whole = [{"sql": plan.sql, "of": None, "each": False}]
    if len(logged) < 2:
        return whole
    return _walk(logged, _asked_for(dive)) or whole


def _asked_for(dive: Dive) -> str:
    """Return what the headline's first page is asked for: the end of its path."""
    declared = next((e for e in dive.wreck.experiments if e.name == HEADLINE), None)
    paths = (declared.paths if declared else None) or dive.wreck.paths
    return paths[0].rpartition("/")[2]


def _walk(logged: list[Statement], wanted: str) -> list[dict] | None:
    """Return logged statements in the order in which a page walks them, None where that cannot be told."""
    asked_by = {each.text: next((a or b for a, b in _ASKED_BY.findall(each.text)), "") for each in logged}
    roots = [text for text, column in asked_by.items() if not column]
    if len(roots) != 1 or not set(asked_by.values()) <= {"", *_COLUMNS}:
        return None
    root = roots[0]
    for sign, value in (("$1", wanted), ("$2", "%"), ("$3", "/")):  # as SQLAlchemy's startswith(autoescape=True) sends them
        root = root.replace(sign, "'" + value.replace("'", "''") + "'")
    rest = sorted((text for text in asked_by if asked_by[text]), key=lambda text: (asked_by[text] != "player_id", statements.tables(text)))
    steps = [{"sql": root, "of": None, "each": False}]
    for text in rest:
        of = 0 if asked_by[text] == "player_id" else 1
        steps.append({"sql": _open_list(text), "of": of, "each": "IN ($1" not in text})
    return steps if [asked_by[text] for text in rest].count("player_id") == 1 else None


def _open_list(text: str) -> str:
    """Return a statement whose list the log has shortened as one with ``($1)``, to be filled in."""
    return re.sub(r"\(\$1\b[^)]*\)", "($1)", text)
