"""Records made from a record: slower, noisier, on another machine. For whoever compares two."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from scenarios.record import Quantiles, Record, loads, read_record

ROOT = Path(__file__).resolve().parents[1]
OURS = sorted(path.parent.name for path in (ROOT / "site_data").glob("*/record.json"))


def ours(slug: str) -> Record:
    return read_record(ROOT / "site_data" / slug)


def rewritten(record: Record, latency: Callable[[str, str, float], float], claim: Callable[[str, float], float]) -> Record:
    """Return ``record`` with each median by ``latency(experiment, arm, ms)`` and each inexact claim's round by ``claim(name, value)``."""
    data = record.model_dump(mode="json")
    for experiment, body in data["experiments"].items():
        for arm, result in body["arms"].items():
            for each in result["rounds"]:
                if each["latency_ms"]["p50"] is not None:
                    each["latency_ms"]["p50"] = latency(experiment, arm, each["latency_ms"]["p50"])
    for name, result in data["claims"].items():
        if not result.get("is_exact"):
            result["measured"]["rounds"] = [claim(name, value) for value in result["measured"]["rounds"]]
    return Record.model_validate(data)


def scaled(record: Record, by: float) -> Record:
    """Return the record of a run in which all times are ``by`` times as long."""
    timed = {name for name, claim in record.claims.items() if claim.unit in ("ms", "s")}
    return rewritten(record, lambda _e, _a, ms: ms * by, lambda name, value: value * by if name in timed else value)


def noisy(record: Record, seed: int, sigma: float = 0.1) -> Record:
    draw = random.Random(seed)
    return rewritten(record, lambda _e, _a, ms: ms * draw.lognormvariate(0, sigma), lambda _n, value: value * draw.lognormvariate(0, sigma))


def steady(record: Record, rounds: int = 5) -> Record:
    """Return a record whose arms have ``rounds`` rounds each, hardly apart: one on which verdicts are sure."""
    draw = random.Random(3)
    data = record.model_dump(mode="json")
    for body in data["experiments"].values():
        for result in body["arms"].values():
            first = result["rounds"][0]
            middle = first["latency_ms"]["p50"] or 1.0
            result["rounds"] = [
                first | {"round": n + 1, "latency_ms": Quantiles(n=9, p50=middle * draw.lognormvariate(0, 0.01)).model_dump()}
                for n in range(rounds)
            ]
    return Record.model_validate(data)


def elsewhere(record: Record, **environment) -> Record:
    """Return ``record`` as if made on another machine."""
    changed = record.environment.model_copy(update=environment or {"cpu_model": "Another <b>processor</b>", "cpu_count": 64})
    return record.model_copy(update={"environment": changed})


def without(record: Record, *, experiment: str | None = None, claim: str | None = None) -> Record:
    experiments = {name: each for name, each in record.experiments.items() if name != experiment}
    claims = {name: each for name, each in record.claims.items() if name != claim}
    return record.model_copy(update={"experiments": experiments, "claims": claims})


def trial(record: Record) -> Record:
    """Return ``record`` as a quick run: other data, one round."""
    data = record.model_dump(mode="json")
    for body in data["experiments"].values():
        body["scale"], body["workers"] = "tenth" if body["scale"] == "small" else "small", 4
        for result in body["arms"].values():
            result["rounds"] = result["rounds"][:1]
    for result in data["claims"].values():
        result["measured"]["rounds"] = result["measured"]["rounds"][:1]
    return Record.model_validate(data | {"publishable": False, "unpublishable_because": ["a quick run: one round"]})


def reread(text: str) -> Record:
    return loads(Record, text, origin="a test's own")


def every_pair() -> dict[str, tuple[Record, Record]]:
    """Return pairs of records by name, of every wreck that has evidence."""
    found = {}
    for number, slug in enumerate(OURS):
        record = ours(slug)
        shared = {
            "itself": (record, record), "slower": (record, scaled(record, 1.6)), "quicker": (record, scaled(record, 0.5)),
            "noisy": (record, noisy(record, number)), "noisier": (noisy(record, number, 0.4), record),
            "steady": (steady(record), steady(scaled(record, 1.3))), "elsewhere": (record, elsewhere(noisy(record, number))),
            "fewer": (record, without(record, experiment=min(record.experiments), claim=min(record.claims))),
            "trial": (record, trial(record)),
            "both": (steady(record), elsewhere(steady(noisy(record, 7)), memory_mb=1000, kernel="Other 1.0")),
        }  # fmt: skip
        found |= {f"{slug} {name}": pair for name, pair in shared.items()}
    return found
