"""Made-up evidence of a neighbour who comes and goes: phases of a round, sessions and readings over time."""

from __future__ import annotations

from scenarios.record import BusySessions, NeighbourRound, Phase, Quantiles, Round, Series, SeriesFile, Sessions, Waits
from scenarios.wreck import Experiment, Wreck
from tests.site import memory_factory

FACTORS = {"before": 0.5, "during": 2.0, "after": 0.55}
"""Each phase's latency beside the whole run's."""
READINGS = 24
NOISY, OURS = "SELECT sum(r.result) FROM tw_players p JOIN tw_rolls r ON r.player_id = p.id", "INSERT INTO tw_rolls VALUES (1)"


def phased(round_: Round, declared: Experiment) -> Round:
    """Return a round with its three parts, twice as slow and more in the middle one."""
    neighbour, end_s = declared.neighbour, declared.traffic.duration_s
    ends = {"before": (0.0, neighbour.begins_s), "during": (neighbour.begins_s, neighbour.ends_s), "after": (neighbour.ends_s, end_s)}
    return round_.model_copy(
        update={
            "phases": {name: _phase(round_, name, *ends[name]) for name in ends},
            "neighbour": NeighbourRound(
                clients=neighbour.clients, begins_s=neighbour.begins_s, ends_s=neighbour.ends_s, requests=20,
                statuses={"200": 18, "500": 2},
                latency_ms=_scaled(round_.latency_ms, 30), first_s=neighbour.begins_s,
            ),
        }
    )  # fmt: skip


def _phase(round_: Round, name: str, start_s: float, end_s: float) -> Phase:
    factor = FACTORS[name]
    busy = [BusySessions(client="aux", address="127.0.0.5", statement=NOISY, mean=2.5)] if name == "during" else []
    return Phase(
        start_s=start_s, end_s=end_s, requests=round_.requests // 3, statuses={"200": round_.requests // 3},
        latency_ms=_scaled(round_.latency_ms, factor), layers_ms={layer: v * factor for layer, v in round_.layers_ms.items()},
        statements_per_request=5, cores={"postgres": 0.95 if name == "during" else 0.04, "gunicorn": 0.05}, shapes=["ab"],
        sessions=[*busy, BusySessions(client="web", address="127.0.0.4", statement=OURS, mean=0.1)],
    )  # fmt: skip


def _scaled(found: Quantiles, factor: float) -> Quantiles:
    scaled = {name: value * factor for name, value in found.model_dump(exclude={"n"}).items() if value is not None}
    return Quantiles(n=found.n, **scaled)


def middles(round_: Round) -> tuple[tuple[str, float], ...]:
    """Return the latency of the middle request of each phase."""
    return tuple((name, phase.latency_ms.p50) for name, phase in round_.phases.items())


def series(wreck: Wreck) -> SeriesFile:
    """Return readings of the second round of every arm that a neighbour came to, or whose memory was bounded."""
    runs = [_series(e, arm) for e in wreck.experiments if e.neighbour and e.keep_series for arm in e.arms]
    runs += [memory_factory.series(e, arm) for e in wreck.experiments if e.memory_limit_mb and e.keep_series for arm in e.arms]
    return SeriesFile(runs=sorted(runs, key=lambda s: (s.experiment, s.arm)))


def _series(declared: Experiment, arm: str) -> Series:
    neighbour = declared.neighbour
    at = [declared.traffic.duration_s * (i + 0.5) / READINGS for i in range(READINGS)]
    there = [neighbour.begins_s <= moment < neighbour.ends_s for moment in at]
    values = {
        "cores.postgres": [0.95 if yes else 0.04 for yes in there],
        "cores.gunicorn": [0.05] * READINGS,
        "cores.aux-gunicorn": [0.1 if yes else 0.0 for yes in there],
        "under_way.web": [0.0] * READINGS,
        "under_way.aux": [float(neighbour.clients) if yes else 0.0 for yes in there],
    }
    sessions = [
        Sessions(client="aux", address="127.0.0.5", statement=NOISY, counts=[neighbour.clients if yes else 0 for yes in there]),
        Sessions(client="web", address="127.0.0.4", statement=OURS, counts=[int(i % 5 == 0) for i in range(READINGS)]),
    ]
    waits = Waits(
        client="web", address="127.0.0.4", statement=OURS, holder="aux", holder_address="127.0.0.5", holder_statement=NOISY, holder_state="active",
        counts=[int(yes and i % 2 == 0) for i, yes in enumerate(there)],
    )  # fmt: skip
    return Series(experiment=declared.name, arm=arm, round=2, at_s=at, values=values, sessions=sessions, waits=[waits])
