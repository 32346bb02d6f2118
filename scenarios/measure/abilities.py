"""What this machine cannot do of what an arm or an experiment asks for."""

from __future__ import annotations

from scenarios.measure import remedies
from scenarios.measure.stack import cores, fence, runtimes
from scenarios.wreck import Arm, Experiment


def why_not_experiment(experiment: Experiment, has_own_server: bool) -> str | None:
    """Return why an experiment cannot be run here at all, None if it can."""
    if experiment.memory_limit_mb and (why := fence.why_not()):
        return f"no memory limit can be enforced: {why}"
    if experiment.hosts_apart and (why := cores.why_not()):
        return why
    if not has_own_server and (experiment.round_trip_ms or experiment.neighbour):
        return "the relays in front of the database are made for the server that comes with this project"
    return None


def why_not_arm(arm: Arm) -> str | None:
    """Return why an arm cannot be run here, None if it can."""
    if why := runtimes.why_not(arm):
        return why
    if arm.neighbour and arm.neighbour.own_database and (why := cores.why_not_second()):
        return why
    if arm.neighbour and arm.neighbour.remedy:
        return remedies.why_not(arm.neighbour.remedy)
    return None
