"""What distance does: latency against the measured round trip to the database, a line an arm, and where the lines cross."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from scenarios import claims
from scenarios.errors import EvidenceError
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Line, Points, Rule, Table
from scenarios.publish.dive import HEADLINE, Dive
from scenarios.publish.exhibit import Exhibit, arm_role, chosen_arms, median, none_of
from scenarios.record import ArmResult, Round

OPTIONS = ("experiments", "arms", "path", "salvaged", "title")


@dataclass(frozen=True)
class Curve:
    name: str
    arm: ArmResult
    x: tuple[float, ...]
    """Measured round trips, ms: medians over rounds."""
    y: tuple[float, ...]
    dots: tuple[tuple[float, float], ...]
    """(round trip, latency) of single rounds."""
    rounds: tuple[int, ...]
    statements: float | None

    def at(self, x: float) -> float:
        """Return the latency on the line through the measured points; ``x`` within them."""
        for left, right in zip(range(len(self.x)), range(1, len(self.x)), strict=False):
            if self.x[left] <= x <= self.x[right]:
                part = (x - self.x[left]) / (self.x[right] - self.x[left])
                return (1 - part) * self.y[left] + part * self.y[right]  # in this form exact at both ends
        raise ValueError(f"{x} outside of {self.x}")


@dataclass(frozen=True)
class Crossing:
    at_ms: float
    slower_after: Curve
    """Ahead before, behind after."""
    faster_after: Curve


def draw(dive: Dive, options: dict[str, str]) -> Exhibit:
    """Options: ``experiments``, the prefix of their names beside the headline (``round-trip``); ``path`` (``latency_ms.mean``)."""
    prefix, path = options.get("experiments", "round-trip"), options.get("path", "latency_ms.mean")
    found = {n: e for n, e in dive.record.experiments.items() if n == HEADLINE or n.startswith(prefix)}
    if len(found) < 2:
        raise EvidenceError(f"experiments '{prefix}...' of {dive.slug}", none_of(dive, (prefix,)), "run 'invoke rebuild' in full")
    last = max(found, key=lambda n: found[n].round_trip_ms)
    curves = [_curve(n, [e.arms[n] for e in found.values() if n in e.arms], path) for n in chosen_arms(dive, last, options)]
    curves = [curve for curve in curves if len(curve.x) > 1]
    if not curves:
        raise EvidenceError(f"measured round trips of {dive.slug}", "fewer than two an arm", "run 'invoke rebuild' to measure them")
    crossings = sorted((c for a, b in combinations(curves, 2) for c in crossed(a, b)), key=lambda c: c.at_ms)
    title = options.get("title") or _finding(curves, crossings)
    rounds = sorted({r for curve in curves for r in curve.rounds})
    return Exhibit(
        title=title,
        caption=f"Mean latency over the same pages against the median time of a SELECT 1 by the same way, one client in a closed loop; "
        f"median over rounds ({' or '.join(map(str, rounds))} a point), small marks are rounds. "
        "A dashed upright marks where two lines cross, between measured points.",
        chart=_chart(title, curves, crossings, options),
        table=_table(curves),
        command=found[last].command,
    )


def _curve(name: str, arms: list[ArmResult], path: str) -> Curve:
    points = []
    for arm in arms:
        rounds = [(r.round_trip_ms, claims.round_value(r, path)) for r in arm.rounds if r.round_trip_ms is not None]
        if rounds:
            points.append((median(x for x, _ in rounds), median(y for _, y in rounds), rounds))
    points.sort(key=lambda point: point[0])
    return Curve(
        name, arms[0], tuple(x for x, *_ in points), tuple(y for _, y, _ in points),
        tuple(dot for *_, rounds in points for dot in rounds), tuple(len(rounds) for *_, rounds in points), _statements(arms[0].rounds),
    )  # fmt: skip


def _statements(rounds: list[Round]) -> float | None:
    counted = [r.statements_per_request for r in rounds if r.statements_per_request is not None]
    return median(counted) if counted else None


def crossed(a: Curve, b: Curve) -> list[Crossing]:
    """Return where two lines cross between their ends, from left to right; touching alone is no crossing."""
    low, high = max(a.x[0], b.x[0]), min(a.x[-1], b.x[-1])
    places = sorted({low, high, *(x for x in (*a.x, *b.x) if low < x < high)}) if low < high else []
    found = []
    for left, right in zip(places, places[1:], strict=False):
        before, after = a.at(left) - b.at(left), a.at(right) - b.at(right)
        if before * after < 0:
            at = left + (right - left) * before / (before - after)
            found.append(Crossing(at, *((a, b) if before < 0 else (b, a))))
    return found


def _finding(curves: list[Curve], crossings: list[Crossing]) -> str:
    if crossings:
        first = crossings[0]
        ahead, behind = first.faster_after.arm.title, first.slower_after.arm.title
        return f"Beyond a round trip of {units.text(first.at_ms, 'ms')}, ‘{ahead}’ overtakes ‘{behind}’"
    steep = max(curves, key=_slope)
    return f"Each ms of round trip costs {_low(steep.arm.title)} {units.text(_slope(steep), 'ms')}, and no lines cross"


def _low(title: str) -> str:
    return title if title[:2].isupper() else title[0].lower() + title[1:]


def _slope(curve: Curve) -> float:
    return (curve.y[-1] - curve.y[0]) / (curve.x[-1] - curve.x[0])


def _chart(title: str, curves: list[Curve], crossings: list[Crossing], options) -> Chart:
    marks, seen = [], {}
    for curve in curves:
        role = arm_role(curve.name, curve.arm, options)
        variant = seen[role] = seen.get(role, -1) + 1
        marks.append(Line(curve.arm.title, role, curve.x, curve.y, variant, markers=True))
        marks.append(Points(curve.arm.title, "ink", *(tuple(each) for each in zip(*curve.dots, strict=True)), small=True))
    marks += [Rule("x", crossing.at_ms, units.text(crossing.at_ms, "ms"), "muted") for crossing in crossings]
    alt = "; ".join(f"{c.arm.title} from {units.text(c.y[0], 'ms')} to {units.text(c.y[-1], 'ms')}" for c in curves)
    x_axis, y_axis = Axis("round trip, measured", "ms", low=0.0), Axis("latency", "ms", low=0.0)
    return Chart(title, f"Lines of latency against round trip. {alt}.", x_axis, y_axis, tuple(marks))


def _table(curves: list[Curve]) -> Table:
    rows = [
        (
            curve.arm.title, units.text(x, "ms"), units.text(y, "ms"), str(count),
            units.digits(curve.statements) if curve.statements is not None else "–", units.text(_slope(curve), "ms"),
        )
        for curve in curves
        for x, y, count in zip(curve.x, curve.y, curve.rounds, strict=True)
    ]  # fmt: skip
    columns = ("arm", "round trip, measured", "latency", "rounds", "statements each", "more for each ms of round trip")
    return Table("Latency by round trip", columns, tuple(rows))
