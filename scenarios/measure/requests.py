"""One request seen by everyone who saw it: client, nginx, worker and database, joined by its id."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from scenarios.errors import StackError
from scenarios.measure.probes import postgres_log
from scenarios.measure.probes.lines import json_objects
from scenarios.measure.probes.spans import WAIT_FOR_CONNECTION
from scenarios.measure.quantiles import Sketch
from scenarios.record import LAYERS


@dataclass(slots=True)
class Span:
    layer: str
    name: str
    start_ns: int
    end_ns: int
    parent: int
    """Index into the request's spans, -1 for the worker's own."""
    attributes: dict


@dataclass
class Request:
    """A request as the client saw it, and what the others add. Times of the client are offsets from the start of traffic."""

    id: str
    path: int
    due_s: float
    sent_s: float
    done_s: float
    status: str
    sent_ns: int
    """Wall-clock time, for joining with the worker's."""
    worker_start_ns: int | None = None
    worker_end_ns: int | None = None
    queued_ns: int | None = None
    """When nginx passed it on, to the millisecond."""
    route: str = ""
    spans: list[Span] = field(default_factory=list)
    logged: list[postgres_log.Logged] = field(default_factory=list)
    received_bytes: int | None = None
    """By the worker from the database."""
    memory: dict | None = None
    """What the worker read of itself once the answer was out, as ``record.Memory`` has it but for the path."""

    @property
    def latency_ms(self) -> float:
        return (self.done_s - self.due_s) * 1e3

    @property
    def service_ms(self) -> float:
        return (self.done_s - self.sent_s) * 1e3

    @property
    def lateness_ms(self) -> float:
        return (self.sent_s - self.due_s) * 1e3

    @property
    def done_ns(self) -> int:
        return self.sent_ns + round((self.done_s - self.sent_s) * 1e9)

    @property
    def statements(self) -> int:
        return sum(span.layer == "sqlalchemy" for span in self.spans)

    @property
    def pool_wait_ms(self) -> float:
        """What it waited for connections of its pool, as far as that was long enough to be noted."""
        return sum(span.end_ns - span.start_ns for span in self.spans if span.name == WAIT_FOR_CONNECTION) / 1e6

    @property
    def shape(self) -> str:
        """Return a hash of what it asked of the database, in order: equal for requests that sent the same statements.

        What a new connection is asked for once (its version, its schema) is asked by whichever request comes first, and is left out.
        """
        connecting = {i for i, span in enumerate(self.spans) if span.name == WAIT_FOR_CONNECTION}
        asked = [span for span in self.spans if span.layer == "sqlalchemy" and span.parent not in connecting]
        sent = [span.attributes.get("db.query.text", span.name) for span in asked]
        return hashlib.sha256("\0".join(sent).encode()).hexdigest()[:16]

    def layers_ms(self) -> dict[str, float] | None:
        """Return exclusive milliseconds by layer, summing to ``service_ms``; None where the worker left no spans.

        nginx's share is what neither the queue nor the worker accounts for. Its time stamps come
        in whole milliseconds, so a queue below that is told apart from nginx only roughly.
        """
        if self.worker_start_ns is None:
            return None
        queued_ns = min(max(self.queued_ns or self.sent_ns, self.sent_ns), self.worker_start_ns)
        own_ns = dict.fromkeys(LAYERS, 0.0)
        own_ns["gunicorn"] = self.worker_start_ns - queued_ns
        own_ns["flask"] = self.worker_end_ns - self.worker_start_ns
        for span in self.spans:
            took = span.end_ns - span.start_ns
            own_ns[span.layer] += took
            own_ns["flask" if span.parent < 0 else self.spans[span.parent].layer] -= took
        by_span = self.logged_by_span()
        for index, logged in by_span.items():
            # The server's clock runs a little past the driver's last byte: never more than the span.
            inside = min(logged.duration_ms * 1e6, self.spans[index].end_ns - self.spans[index].start_ns)
            own_ns["postgres"] += inside
            own_ns["sqlalchemy"] -= inside
        inner = self.worker_end_ns - queued_ns
        own_ns["nginx"] = (self.done_ns - self.sent_ns) - inner
        return {layer: max(0.0, ns / 1e6) for layer, ns in own_ns.items()}

    def logged_by_span(self) -> dict[int, postgres_log.Logged]:
        """Return the database's line for each statement's span, by the span's index."""
        named = {
            int(line.span_id, 16) - 2: line
            for line in self.logged
            if line.span_id and 0 <= int(line.span_id, 16) - 2 < len(self.spans)
        }
        # COMMIT bears no span's id: the first in the log is the first that was sent.
        sent = [index for index, span in enumerate(self.spans) if span.name == "COMMIT"]
        return named | dict(zip(sent, (line for line in self.logged if line.text == "COMMIT"), strict=False))


KEPT_AT_MOST = 10_000
"""Requests of a run that are looked at one by one; of more, an even sample."""


class Tally:
    """What all requests of a run come to, kept or not, in no more room the more there are. Times in ms."""

    def __init__(self, requests: Iterable[Request] = ()):
        self.count = 0
        self.statuses: dict[str, int] = {}
        self.latency, self.service, self.lateness = Sketch(), Sketch(), Sketch()
        for request in requests:
            self.add(request)

    def add(self, request: Request) -> None:
        self.count += 1
        self.statuses[request.status] = self.statuses.get(request.status, 0) + 1
        self.latency.add(request.latency_ms)
        self.service.add(request.service_ms)
        self.lateness.add(request.lateness_ms)


class Kept(list[Request]):
    """The requests of a run in order of due time: all, or of a long one every ``step``-th; ``tally`` is of all."""

    tally: Tally
    step: int = 1


def tally_of(requests: Iterable[Request]) -> Tally:
    """Return what all requests of the run come to that these are kept of."""
    return requests.tally if isinstance(requests, Kept) else Tally(requests)


def step_of(requests: Iterable[Request]) -> int:
    """Return how many requests each of these stands for."""
    return requests.step if isinstance(requests, Kept) else 1


def read_client(path: Path, at_most: int = KEPT_AT_MOST) -> tuple[Kept, dict]:
    """Return the requests the generator noted and what it says of itself. Raises StackError for anything less.

    However long the file, no more than ``at_most`` are held: whenever there are more, every second one is let go.
    """
    kept, tally, step, last, lines = [], Tally(), 1, None, 0
    try:
        for lines, line in enumerate(json_objects(path), 1):
            if last is not None:
                request = _sent(last, 0)
                if tally.count % step == 0:
                    kept.append(request)
                tally.add(request)
                if len(kept) > at_most:
                    kept, step = kept[::2], step * 2
            last = line
        generator = last["generator"]
        zero_ns = generator["wall_start_ns"]
        if not all(map(_is_number, (zero_ns, generator["elapsed_s"], generator["cpu_s"]))):
            raise ValueError("no number")
        for request in kept:
            request.sent_ns += zero_ns
    except (IndexError, KeyError, TypeError, ValueError, OverflowError) as fault:
        got = f"{lines} lines, and among them {type(fault).__name__}"
        raise StackError("the traffic generator's whole account, a line a request and one of itself", got, f"see {path.name} in the run's folder") from fault
    found = Kept(sorted(kept, key=lambda r: (r.due_s, r.id)))
    found.tally, found.step = tally, step
    return found, generator


def _sent(line: dict, zero_ns: int) -> Request:
    times = [line[name] for name in ("due_s", "sent_s", "done_s")]
    is_sound = isinstance(line["id"], str) and isinstance(line["status"], str) and isinstance(line["path"], int) and all(map(_is_number, times))
    if not is_sound:
        raise ValueError("no request")
    return Request(line["id"], line["path"], *times, line["status"], zero_ns + round(line["sent_s"] * 1e9))


def _is_number(value) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def add_spans(requests: Iterable[Request], folder: Path) -> None:
    """Join what the workers wrote in ``folder``. A damaged line, such as one of a worker that died, is passed over: its request has no spans."""
    by_id = {r.id: r for r in requests}
    for file in sorted(folder.glob("spans-*.jsonl")):
        for line in json_objects(file):
            request = by_id.get(str(line.get("id")))
            if request is None:  # the warm-up's
                continue
            try:
                seen = _of_worker(line)
            except (KeyError, TypeError, ValueError, OverflowError):
                continue
            for name, value in seen.items():
                setattr(request, name, value)


def _of_worker(line: dict) -> dict:
    """Return what a worker's line adds to a request, by the request's names. Raises KeyError, TypeError, ValueError or OverflowError."""
    spans = [Span(*span) for span in line["spans"]]
    for index, span in enumerate(spans):
        is_sound = isinstance(span.parent, int) and span.layer in LAYERS and isinstance(span.name, str) and isinstance(span.attributes, dict) and -1 <= span.parent < index
        if not is_sound or not all(map(_is_time_ns, (span.start_ns, span.end_ns))):
            raise ValueError(f"span {index}")
    queued_ns = round(line["queued_at_s"] * 1e9) if line["queued_at_s"] else None
    received, memory = line.get("received_bytes"), line.get("memory")
    times = line["start_ns"], line["end_ns"], queued_ns or 0
    is_sound = isinstance(line["route"], str) and isinstance(received, int | None) and isinstance(memory, dict | None)
    if not is_sound or not all(map(_is_time_ns, times)):
        raise ValueError("no request")
    return {
        "worker_start_ns": line["start_ns"],
        "worker_end_ns": line["end_ns"],
        "queued_ns": queued_ns,
        "route": line["route"],
        "received_bytes": received,
        "memory": memory,
        "spans": spans,
    }


def _is_time_ns(value) -> bool:
    return isinstance(value, int) and 0 <= value < 2**63


def add_log(requests: Iterable[Request], lines: Iterable[postgres_log.Logged]) -> list[postgres_log.Logged]:
    """Join the database's log and return the lines that belong to these requests."""
    by_id = {r.id: r for r in requests}
    ours = [line for line in lines if line.trace_id in by_id]
    for line in ours:
        by_id[line.trace_id].logged.append(line)
    return ours
