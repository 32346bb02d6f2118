"""What two records were made on, and whether their times may be compared."""

from __future__ import annotations

from scenarios.record import Dataset, Environment, Experiment, Record

MEMORY_TOLERANCE = 0.05
"""Of the larger: what a kernel keeps for itself differs a little between boots."""
MACHINE_UNITS = ("us", "ms", "s", "min", "bytes", "kB", "MB", "GB", "/s")
"""Numbers in these belong to the machine they were taken on."""
SET_UP = (
    "scale", "loop", "rate_per_s", "clients", "arrivals", "workers", "probes", "round_trip_ms", "memory_limit_mb", "hosts_apart",
)  # fmt: skip
"""What must be equal in an experiment before its arms are compared."""

Pair = tuple[str | None, str | None]


def unlike(a: Environment, b: Environment) -> list[str]:
    """Return why these two are not alike as machines; nothing where they are."""
    why = []
    if a.cpu_model != b.cpu_model:
        why.append(f"another processor: {a.cpu_model} and {b.cpu_model}")
    if a.cpu_count != b.cpu_count:
        why.append(f"another number of processors: {a.cpu_count} and {b.cpu_count}")
    if abs(a.memory_mb - b.memory_mb) > MEMORY_TOLERANCE * max(a.memory_mb, b.memory_mb):
        why.append(f"another size of memory: {a.memory_mb} and {b.memory_mb} MB")
    if _system(a) != _system(b):
        why.append(f"another kind of system: {_system(a)} and {_system(b)}")
    return why


def _system(environment: Environment) -> str:
    return environment.kernel.split(" ")[0]


def differences(a: Environment, b: Environment) -> dict[str, Pair]:
    """Return what differs, by dotted name, as text: (in a, in b), None where one has nothing of it."""
    flat_a, flat_b = _flat(a), _flat(b)
    names = sorted(flat_a.keys() | flat_b.keys())
    return {name: (flat_a.get(name), flat_b.get(name)) for name in names if flat_a.get(name) != flat_b.get(name)}


def _flat(environment: Environment) -> dict[str, str]:
    found = {}
    for name, value in environment.model_dump(mode="json").items():
        if isinstance(value, dict):
            found |= {f"{name}.{key}": text for key, text in value.items()}
        else:
            found[name] = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return found


def set_up_differently(a: Record, b: Record, experiment: str) -> list[str]:
    """Return why arms of this experiment, which both have, cannot be compared: another load, or other data."""
    of_a, of_b = a.experiments[experiment], b.experiments[experiment]
    why = [f"{name} {_shown(of_a, name)} and {_shown(of_b, name)}" for name in SET_UP if getattr(of_a, name) != getattr(of_b, name)]
    if not why and _hash(a.datasets.get(of_a.scale)) != _hash(b.datasets.get(of_b.scale)):
        why.append("other data")
    return why


def _shown(experiment: Experiment, name: str) -> str:
    value = getattr(experiment, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _hash(dataset: Dataset | None) -> str | None:
    return dataset.sha256 if dataset else None
