"""Where on a wreck's evidence page each thing stands: ``evidence/<slug>/#...``. Links from elsewhere rest on these names."""

from __future__ import annotations

from scenarios.publish.dive import Dive

RUN, ENVIRONMENT, ABSENT, NOISE = "about-run", "about-environment", "about-absent", "about-noise"
DATA, INDEXES, CLAIMS, EXPERIMENTS, PLANS = "about-data", "about-indexes", "about-claims", "about-experiments", "about-plans"
_OF_FIELD = {"environment": ENVIRONMENT, "absent": ABSENT, "warnings": NOISE, "noise": NOISE, "unpublishable_because": NOISE}


def page(slug: str) -> str:
    """Return the page's address from the site's root."""
    return f"evidence/{slug}/"


def at(slug: str, anchor: str) -> str:
    """Return the address of a place on it."""
    return f"{page(slug)}#{anchor}"


def claim(name: str) -> str:
    return f"claim-{name}"


def arm(experiment: str, name: str) -> str:
    return f"{experiment}--{name}"


def arms(experiment: str, names: list[str]) -> str:
    """Return where several arms of an experiment are shown, or the only one."""
    return arm(experiment, names[0]) if len(names) == 1 else experiment


def dataset(scale: str) -> str:
    return f"data-{scale}"


def index(name: str) -> str:
    return f"index-{name}"


def plan(scale: str, name: str) -> str:
    return f"plan-{scale}--{name}"


def field(path: str) -> str:
    """Return where a record's field at dotted ``path`` is shown."""
    first, *rest = path.split(".")
    named = {"datasets": dataset, "indexes": index, "claims": claim, "experiments": str}
    if first not in named or not rest:
        return _OF_FIELD.get(first, RUN)
    if first == "experiments" and len(rest) > 2 and rest[1] == "arms":
        return arm(rest[0], rest[2])
    return named[first](rest[0])


def exhibit(dive: Dive, options: dict[str, str], shown: tuple[str, ...]) -> str:
    """Return where the evidence of an exhibit with these ``options`` stands; ``shown`` are those that its kind may have."""
    if not {"experiment", "experiments"} & set(shown):
        return RUN
    named = options.get("experiment", options.get("experiments", "headline" if "experiment" in shown else ""))
    known = [name for each in named.split(",") if (name := each.strip()) in dive.record.experiments]
    if len(known) != 1:
        return EXPERIMENTS
    drawn = options.get("arm", options.get("arms", "wrecked" if "arm" in shown else "")).split(",")
    return arms(known[0], [name for each in drawn if (name := each.strip()) in dive.record.experiments[known[0]].arms])
