"""The sample application as a drawing: its parts from the client down to the database, and each one's time of a request.

Depth is down: a request goes from the client to Postgres and comes back up. The drawing needs no script; one may move
the request along it (``docs/assets/architecture.js``), by the names it finds here in ``data-part``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from scenarios.publish import units
from scenarios.publish.charts import palette
from scenarios.publish.traces.journey import Leg
from scenarios.publish.traces.layer_names import NAMES

WIDTH_PX = 360
BAR_PX = 146
"""As long as a bar gets: the whole request."""
_BOX_X, _BOX_WIDTH, _BOX_HEIGHT = 42, 142, 38
_BAR_X = 200
_RAIL_X = 20


@dataclass(frozen=True)
class Part:
    layer: str
    name: str
    what: str
    y: float
    """Of the top of its box."""


CLIENT = Part("client", "the client", "asks, and waits", 8)
PARTS = (
    Part("nginx", NAMES["nginx"], "takes in, hands on", 66),
    Part("gunicorn", NAMES["gunicorn"], "a queue for a worker", 132),
    Part("flask", NAMES["flask"], "the handler’s Python", 206),
    Part("template", NAMES["template"], "Jinja makes the page", 252),
    Part("sqlalchemy", NAMES["sqlalchemy"], "statement and wire", 298),
    Part("fetch", NAMES["fetch"], "rows become objects", 344),
    Part("postgres", NAMES["postgres"], "runs the statement", 422),
)
HEIGHT_PX = 468
_BETWEEN = ((122, "a Unix socket"), (200, "one worker, in Python"), (410, "a connection to the database"))
"""What lies between parts: y of its words, and the words."""
_WORKER = (184, 204)
"""Top and height of the frame about what one worker does."""


def totals(legs: Sequence[Leg]) -> dict[str, float]:
    """Return a request's time by layer, ms."""
    found: dict[str, float] = {}
    for leg in legs:
        for layer, took_ms in leg.layers_ms.items():
            found[layer] = found.get(layer, 0.0) + took_ms
    return found


def draw(legs: Sequence[Leg], title: str) -> str:
    """Return the drawing as one ``<svg>``; it has no ids, so it may stand on a page as often as one likes."""
    by_layer = totals(legs)
    whole_ms = sum(by_layer.values())
    said = "; ".join(f"{part.name} {units.text(by_layer.get(part.layer, 0.0), 'ms')}" for part in PARTS)
    alt = f"{title}. The parts from the client down to the database, and the time each had: {said}; together {units.text(whole_ms, 'ms')}."
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="architecture-svg" viewBox="0 0 {WIDTH_PX} {HEIGHT_PX}"'
        f' width="{WIDTH_PX}" height="{HEIGHT_PX}" role="img" aria-label="{escape(alt)}">',
        _rails(),
        _frame(),
        _client(whole_ms),
        *(_part(part, by_layer.get(part.layer, 0.0), whole_ms) for part in PARTS),
        _request(),
        "</svg>",
    ]
    return "".join(parts)


def bar_px(took_ms: float, whole_ms: float) -> float:
    """Return how long a bar is: linear, but a part that had any time is seen."""
    if took_ms <= 0 or whole_ms <= 0:
        return 0.0
    return max(round(BAR_PX * took_ms / whole_ms, 1), 1.0)


def middle(part: Part) -> float:
    return part.y + _BOX_HEIGHT / 2


def _rails() -> str:
    """Return the way down and the way up, on the left."""
    top, bottom = middle(CLIENT), middle(PARTS[-1])
    ink = palette.colour("muted")
    down, up = _RAIL_X - 6, _RAIL_X + 6
    return (
        f'<g class="architecture-rails" stroke="{ink}" stroke-width="1.5" fill="none">'
        f'<path d="M{_BOX_X} {_n(top)}H{down}V{_n(bottom + 8)}H{_BOX_X}"/>'
        f'<path d="M{_BOX_X} {_n(bottom - 6)}H{up}V{_n(top + 8)}H{_BOX_X}"/>'
        f'<path d="M{down - 4} {_n(top + 34)}l4 6 4-6M{up - 4} {_n(top + 40)}l4-6 4 6"/></g>'
    )


def _frame() -> str:
    top, height = _WORKER
    frame = (
        f'<rect x="{_BOX_X - 6}" y="{top}" width="{_BOX_WIDTH + 12}" height="{height}" rx="4" fill="none"'
        f' stroke="{palette.colour("muted")}" stroke-dasharray="4 3"/>'
    )
    words = "".join(f'<text class="architecture-between" x="{_BOX_X}" y="{y}">{escape(text)}</text>' for y, text in _BETWEEN)
    return frame + words


def _client(whole_ms: float) -> str:
    return (
        f'<g data-part="client">{_box(CLIENT, "ink")}'
        f'<text class="architecture-took architecture-clock" x="{_BAR_X}" y="{_n(CLIENT.y + 17)}">'
        f"{escape(units.text(whole_ms, 'ms'))}</text>"
        f'<text class="architecture-what" x="{_BAR_X}" y="{_n(CLIENT.y + 32)}">from question to answer</text></g>'
    )


def _part(part: Part, took_ms: float, whole_ms: float) -> str:
    length = bar_px(took_ms, whole_ms)
    share = took_ms / whole_ms if whole_ms > 0 else 0.0
    said = f"{units.text(took_ms, 'ms')} · {units.text(share, 'share', significant=2)}"
    return (
        f'<g data-part="{part.layer}">{_box(part, part.layer)}'
        f'<text class="architecture-took" x="{_BAR_X}" y="{_n(part.y + 15)}">{escape(said)}</text>'
        f"{_bar(part, 'track', BAR_PX, 'grid')}{_bar(part, 'bar', length, part.layer)}</g>"
    )


def _bar(part: Part, kind: str, length: float, role: str) -> str:
    place = f'x="{_BAR_X}" y="{_n(part.y + 22)}" width="{_n(length)}" height="10"'
    return f'<rect class="architecture-{kind}" {place} fill="{palette.colour(role)}"/>'


def _box(part: Part, role: str) -> str:
    return (
        f'<rect class="architecture-box" x="{_BOX_X}" y="{_n(part.y)}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="3"'
        f' fill="{palette.colour("paper")}" stroke="{palette.colour(role)}" stroke-width="1.5"/>'
        f'<rect x="{_BOX_X}" y="{_n(part.y)}" width="6" height="{_BOX_HEIGHT}" fill="{palette.colour(role)}"/>'
        f'<text class="architecture-name" x="{_BOX_X + 13}" y="{_n(part.y + 16)}">{escape(part.name)}</text>'
        f'<text class="architecture-what" x="{_BOX_X + 13}" y="{_n(part.y + 31)}">{escape(part.what)}</text>'
    )


def _request() -> str:
    """Return the mark that stands for the request, at the client."""
    return (
        f'<circle class="architecture-request" cx="{_RAIL_X}" cy="{_n(middle(CLIENT))}" r="6" fill="{palette.colour("accent")}"'
        f' stroke="{palette.colour("paper")}" stroke-width="2"/>'
    )


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
