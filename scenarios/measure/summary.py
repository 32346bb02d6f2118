"""What one run comes to: a Round, from single requests and what the instruments read."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.measure.instruments import Instruments
from scenarios.measure.probes.counters import cores
from scenarios.measure.quantiles import summarised
from scenarios.measure.requests import Request, step_of, tally_of
from scenarios.record import LAYERS, Memory, NeighbourRound, Phase, Quantiles, Round
from scenarios.wreck import Experiment, Wreck

GENERATOR_LATE_MS, GENERATOR_LATE_SHARE = 50, 0.05
"""A generator later than this, and than this share of the median latency, is said so: due times no longer describe the traffic."""
STEAL_NOTED = 0.05


def summarise(
    experiment: Experiment,
    wreck: Wreck,
    found: list[Request],
    neighbours: list[Request],
    own: dict,
    instruments: Instruments,
    deaths: list[str],
    *,
    kills: int | None,
    round_trip_ms: float | None,
    yardstick_ms: float,
    round_: int,
    position: int,
) -> Round:
    """Return the round. ``own`` is what the generator said of itself."""
    layers = [layers for request in found if (layers := request.layers_ms()) is not None]
    traced = [request for request in found if request.worker_start_ns is not None]
    received = [request.received_bytes for request in traced if request.received_bytes is not None]
    tally = tally_of(found)
    lateness = tally.lateness.quantiles()
    paths = wreck.paths_of(experiment)
    return Round(
        round=round_,
        position=position,
        duration_s=own["elapsed_s"],
        requests=tally.count,
        statuses=tally.statuses,
        latency_ms=tally.latency.quantiles(),
        service_ms=tally.service.quantiles(),
        lateness_ms=lateness,
        requests_per_s=tally.count / own["elapsed_s"],
        layers_ms=mean_layers_ms(found),
        statements_per_request=statements_per_request(found),
        pool_wait_ms=_pool_wait_ms(experiment, wreck, traced),
        rows_per_request=sum(s.rows for s in instruments.statements) / tally.count if instruments.statements and not neighbours else None,
        bytes_per_request=sum(received) / len(received) if received else None,
        round_trip_ms=round_trip_ms,
        phases=phases(experiment, found, neighbours, own, instruments) if neighbours else {},
        neighbour=neighbour_round(experiment, neighbours) if neighbours else None,
        memory=[Memory(path=paths[r.path], **r.memory) for r in sorted(found, key=lambda r: r.done_s) if r.memory],
        kills=kills,
        cpu_s=instruments.processes.cpu_s() | {"traffic": own["cpu_s"]},
        rss_mb_max=instruments.processes.rss_mb_max,
        workers_died=deaths,
        database=instruments.database,
        steal_share=instruments.steal_share,
        others_cores=instruments.others_cores,
        yardstick_ms=yardstick_ms,
        load1_before=instruments.machine.load1,
        warnings=list(_warnings(found, layers, lateness, instruments, deaths, experiment)),
    )


def _pool_wait_ms(experiment: Experiment, wreck: Wreck, traced: Sequence[Request]) -> Quantiles | None:
    waited_ms = [request.pool_wait_ms for request in traced]
    is_asked_for = any(wreck.arm(arm).pool for arm in experiment.arms)
    return summarised(waited_ms) if any(waited_ms) or (waited_ms and is_asked_for) else None


def statuses(found: Sequence[Request]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for request in found:
        counted[request.status] = counted.get(request.status, 0) + 1
    return counted


def mean_layers_ms(found: Sequence[Request]) -> dict[str, float]:
    """Return the mean exclusive time by layer of the requests whose workers left spans; {} if none did."""
    layers = [layers for request in found if (layers := request.layers_ms()) is not None]
    return {name: sum(each[name] for each in layers) / len(layers) for name in LAYERS} if layers else {}


def statements_per_request(found: Sequence[Request]) -> float | None:
    traced = [request for request in found if request.worker_start_ns is not None]
    return sum(r.statements for r in traced) / len(traced) if traced else None


def phases(experiment: Experiment, found: list[Request], neighbours: list[Request], own: dict, instruments: Instruments) -> dict[str, Phase]:
    """Return the run in three parts: until the neighbour's first request, while it asked, and once its last was answered.

    What is due between its last sending and its last answer belongs to no part.
    """
    comes_s, leaves_s = min(r.sent_s for r in neighbours), experiment.neighbour.ends_s
    gone_s = max(leaves_s, *(r.done_s for r in neighbours))
    end_s = max(own["elapsed_s"], gone_s + 1e-3)
    parts = {"before": (0.0, comes_s), "during": (comes_s, leaves_s), "after": (gone_s, end_s)}
    return {name: _phase(start, end, found, own, instruments) for name, (start, end) in parts.items() if end > start}


def _phase(start_s: float, end_s: float, found: list[Request], own: dict, instruments: Instruments) -> Phase:
    mine = [request for request in found if start_s <= request.due_s < end_s]
    zero_s = own["wall_start_ns"] / 1e9
    return Phase(
        start_s=start_s,
        end_s=end_s,
        requests=len(mine) * step_of(found),
        statuses={status: count * step_of(found) for status, count in statuses(mine).items()},
        latency_ms=summarised(r.latency_ms for r in mine),
        layers_ms=mean_layers_ms(mine),
        statements_per_request=statements_per_request(mine),
        cores=cores(instruments.processes.readings, zero_s + start_s, zero_s + end_s),
        shapes=sorted({request.shape for request in mine if request.worker_start_ns is not None}),
        **_sessions(instruments, zero_s + start_s, zero_s + end_s),
    )


def _sessions(instruments: Instruments, start_s: float, end_s: float) -> dict:
    """Return what the sessions of a part of a run were at, by the names of Phase; {} where nobody looked."""
    if not (seen := instruments.activity):
        return {}
    return {"sessions": seen.busiest(start_s, end_s), "idle": seen.idlest(start_s, end_s), "waits": seen.longest_waits(start_s, end_s)}


def neighbour_round(experiment: Experiment, neighbours: list[Request]) -> NeighbourRound:
    declared = experiment.neighbour
    return NeighbourRound(
        clients=declared.clients,
        begins_s=declared.begins_s,
        ends_s=declared.ends_s,
        requests=tally_of(neighbours).count,
        statuses=tally_of(neighbours).statuses,
        latency_ms=tally_of(neighbours).latency.quantiles(),
        layers_ms=mean_layers_ms(neighbours),
        first_s=min(r.sent_s for r in neighbours),
    )


def generator_late_ms(lateness: Quantiles, found: list[Request]) -> float | None:
    """Return by how much the generator was late (p95, or the worst of few), None where that changes nothing."""
    late_ms = lateness.p95 if lateness.p95 is not None else lateness.max
    median_ms = summarised(r.latency_ms for r in found).p50
    is_late = late_ms is not None and late_ms > GENERATOR_LATE_MS and late_ms > GENERATOR_LATE_SHARE * median_ms
    return late_ms if is_late else None


def _warnings(found, layers, lateness, instruments, deaths, experiment):
    if late_ms := generator_late_ms(lateness, found):
        yield f"the generator was late by {late_ms:.0f} ms: its due times do not describe the traffic"
    if instruments.steal_share and instruments.steal_share > STEAL_NOTED:
        yield f"{instruments.steal_share:.0%} of CPU time went to other guests of this host"
    if experiment.probes and len(layers) < len(found):
        yield f"{len(found) - len(layers)} of {len(found)} requests left no spans"
    if deaths:
        yield f"{len(deaths)} workers died: {', '.join(sorted(set(deaths)))}"
    tally = tally_of(found)
    if bad := {status: count for status, count in tally.statuses.items() if status != "200"}:
        yield f"{sum(bad.values())} of {tally.count} requests were not answered with 200: {', '.join(sorted(bad))}"
    if step_of(found) > 1:
        yield f"{tally.count} requests were counted and timed; layers, phases and samples are of every {step_of(found)}th"
