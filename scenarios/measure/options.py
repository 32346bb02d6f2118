"""What a person asked of a rebuild, and what that makes of a wreck."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scenarios.diceworld.scales import DEFAULT_SEED, scale_named
from scenarios.errors import UsageError
from scenarios.wreck import ClosedLoop, Experiment, OpenLoop, Wreck

PUBLISHABLE_ROUNDS = 5
QUICK_ROUNDS = 2
QUICK_REQUESTS = 7
QUICK_S = 2.0
QUICK_SCALES = {"deep": "talk"}
"""Where a quick run makes do with less data."""


@dataclass(frozen=True)
class Options:
    rounds: int | None = None
    scale: str | None = None
    quick: bool = False
    database_url: str | None = None
    seed: int = 1
    data_seed: int = DEFAULT_SEED

    @property
    def is_trial(self) -> bool:
        """Whether what this finds is for trying out, never to be published."""
        return bool(self.quick or self.scale or self.database_url or (self.rounds and self.rounds < PUBLISHABLE_ROUNDS))

    def command(self, slug: str) -> str:
        """Return the command that repeats this, without what is nobody's business."""
        words = ["invoke rebuild", f"--wreck {slug}"]
        words += [f"--rounds {self.rounds}"] if self.rounds else []
        words += [f"--scale {self.scale}"] if self.scale else []
        words += ["--quick"] if self.quick else []
        words += ["--database-url ..."] if self.database_url else []
        return " ".join([*words, "--force"])


def adjusted(wreck: Wreck, options: Options) -> tuple[Wreck, list[str]]:
    """Return the wreck as asked for, and what speaks against publishing what it will find.

    ``scale`` replaces the scale of the first experiment wherever that scale is used.
    Raises UsageError for a scale or a number of rounds that cannot be.
    """
    if options.rounds is not None and options.rounds < 1:
        raise UsageError("at least 1 round", str(options.rounds), "leave --rounds out for a full run")
    if options.scale is not None:
        scale_named(options.scale)
    against = []
    experiments, main = wreck.experiments, wreck.experiments[0].scale
    if options.quick:
        against.append("a quick run: little data, few requests, no interval worth the name")
        experiments = tuple(_quick(e) for e in experiments)
    if options.scale:
        against.append(f"at scale {options.scale}, asked for in place of the wreck's own {main}")
        first = experiments[0].scale  # quick may have made it smaller
        experiments = tuple(replace(e, scale=options.scale) if e.scale == first else e for e in experiments)
    if options.rounds:
        experiments = tuple(replace(e, rounds=options.rounds) for e in experiments)
        if options.rounds < PUBLISHABLE_ROUNDS:
            against.append(f"{options.rounds} rounds, where a published record has at least {PUBLISHABLE_ROUNDS}")
    if options.database_url:
        against.append("on a database of its owner's, which some instruments cannot see into")
    return replace(wreck, experiments=experiments), against


def _quick(experiment: Experiment) -> Experiment:
    traffic = experiment.traffic
    if isinstance(traffic, OpenLoop):
        duration_s = min(traffic.duration_s, QUICK_S * 2)
        traffic = replace(traffic, duration_s=duration_s, rate_per_s=QUICK_REQUESTS / duration_s)
    elif isinstance(traffic, ClosedLoop):
        traffic = replace(traffic, duration_s=min(traffic.duration_s, QUICK_S))
    scale = QUICK_SCALES.get(experiment.scale, experiment.scale)
    return replace(experiment, traffic=traffic, scale=scale, rounds=min(experiment.rounds, QUICK_ROUNDS))
