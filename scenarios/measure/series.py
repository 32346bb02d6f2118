"""Readings of one run over time, cut to what pictures need."""

from __future__ import annotations

from scenarios.measure.instruments import Instruments
from scenarios.record import Event, Series
from scenarios.wreck import Arm, Experiment

MAX_POINTS = 240
MAX_EVENTS = 60


def series_of(experiment: Experiment, arm: Arm, round_: int, own: dict, instruments: Instruments, did: list[tuple[float, str]], stage, asked=None) -> Series:
    """Return cores and memory of every group of processes, sessions, and what was done to whom, by seconds since traffic began.

    ``asked`` is the requests of each host by its name, where there are two: how many were under way goes along.
    """
    zero_s = own["wall_start_ns"] / 1e9
    readings = instruments.processes.readings
    pairs = list(zip(readings, readings[1:], strict=False))
    step = -(-len(pairs) // MAX_POINTS) or 1
    kept = pairs[step - 1 :: step] if step > 1 else pairs
    values: dict[str, list[float]] = {}
    for group in readings[-1].cpu_s:
        values[f"cores.{group}"] = [_cores(before, after, group) for before, after in kept]
        values[f"rss_mb.{group}"] = [after.rss_mb.get(group, 0.0) for _, after in kept]
    at = [after.at_s for _, after in kept]
    for host, requests in (asked or {}).items() if experiment.neighbour else ():
        values[f"under_way.{host}"] = [float(sum(r.sent_s <= moment - zero_s < r.done_s for r in requests)) for moment in at]
    killed: list[Event] = []
    if stage.fence and at:
        values["fence_mb"] = _most_charged(stage.fence.readings, at)
        killed = _kills(stage.fence.readings, zero_s)
    return Series(
        experiment=experiment.name,
        arm=arm.name,
        round=round_,
        at_s=[moment - zero_s for moment in at],
        values=values,
        sessions=instruments.activity.sessions(at) if instruments.activity else [],
        idle=instruments.activity.idle(at) if instruments.activity else [],
        waits=instruments.activity.waits(at) if instruments.activity else [],
        events=[*(Event(at_s=moment - zero_s, kind="remedy", text=words) for moment, words in did), *killed][:MAX_EVENTS],
    )


def _cores(before, after, group: str) -> float:
    took_s = after.at_s - before.at_s
    return max(0.0, after.cpu_s[group] - before.cpu_s.get(group, 0.0)) / took_s if took_s > 0 else 0.0


def _most_charged(readings: list[tuple[float, float, int]], at: list[float]) -> list[float]:
    """Return, for each of these moments, the most that was charged since the one before, or what was charged last."""
    found, since, last = [], float("-inf"), 0.0
    for moment in at:
        charged = [mb for read_at, mb, _ in readings if since < read_at <= moment]
        last = charged[-1] if charged else last
        found.append(max(charged, default=last))
        since = moment
    return found


def _kills(readings: list[tuple[float, float, int]], zero_s: float) -> list[Event]:
    """Return the moments at which the kernel's count of kills had risen."""
    pairs = zip(readings, readings[1:], strict=False)
    return [
        Event(at_s=after[0] - zero_s, kind="kill", text=f"{after[2] - before[2]} killed, {after[2]} so far")
        for before, after in pairs
        if after[2] > before[2]
    ]
