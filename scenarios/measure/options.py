"""What a person asked of a rebuild, and what that makes of a wreck."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scenarios.diceworld.scales import DEFAULT_SEED, scale_named
from scenarios.errors import UsageError
from scenarios.wreck import Experiment, OpenLoop, Wreck

PUBLISHABLE_ROUNDS = 5
QUICK_REQUESTS = 5
QUICK_S = 1.5
QUICK_WORKERS = 4
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
        against.append("a quick run: the first experiment alone, one round, little data, few requests, no interval")
        experiments = (_quick(experiments[0]),)
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
    """Return an experiment cut to about ``QUICK_S`` of traffic, its neighbour's part cut alike, once round."""
    traffic, neighbour = experiment.traffic, experiment.neighbour
    duration_s = min(traffic.duration_s, QUICK_S)
    if neighbour:
        # A neighbour needs time to come and to go.
        duration_s = min(traffic.duration_s, 2 * QUICK_S)
        share = duration_s / traffic.duration_s
        neighbour = replace(neighbour, begins_s=neighbour.begins_s * share, ends_s=neighbour.ends_s * share)
    if isinstance(traffic, OpenLoop):
        requests = max(QUICK_REQUESTS, round(traffic.rate_per_s * duration_s))
        traffic = replace(traffic, duration_s=duration_s, rate_per_s=requests / duration_s)
    elif traffic.requests is None:
        traffic = replace(traffic, duration_s=duration_s)
    scale = QUICK_SCALES.get(experiment.scale, experiment.scale)
    return replace(
        experiment, traffic=traffic, neighbour=neighbour, scale=scale, rounds=1, workers=min(experiment.workers, QUICK_WORKERS)
    )
