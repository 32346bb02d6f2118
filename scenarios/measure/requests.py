"""One request seen by everyone who saw it: client, nginx, worker and database, joined by its id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from scenarios.measure.probes import postgres_log
from scenarios.measure.probes.lines import complete_lines
from scenarios.record import LAYERS


@dataclass
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
    def shape(self) -> str:
        """Return a hash of what it asked of the database, in order: equal for requests that sent the same statements."""
        sent = [span.attributes.get("db.query.text", span.name) for span in self.spans if span.layer == "sqlalchemy"]
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


def read_client(path: Path) -> tuple[list[Request], dict]:
    """Return the requests the generator noted, in order of due time, and what it says of itself."""
    lines = [json.loads(line) for line in complete_lines(path)]
    generator = lines[-1]["generator"]
    zero_ns = generator["wall_start_ns"]
    requests = [
        Request(r["id"], r["path"], r["due_s"], r["sent_s"], r["done_s"], r["status"], zero_ns + round(r["sent_s"] * 1e9)) for r in lines[:-1]
    ]
    return sorted(requests, key=lambda r: (r.due_s, r.id)), generator


def add_spans(requests: Iterable[Request], folder: Path) -> None:
    """Join what the workers wrote in ``folder``. A damaged last line of a worker that died is passed over."""
    by_id = {r.id: r for r in requests}
    for file in sorted(folder.glob("spans-*.jsonl")):
        for text in complete_lines(file):
            line = json.loads(text)
            request = by_id.get(line["id"])
            if request is None:  # the warm-up's
                continue
            request.worker_start_ns, request.worker_end_ns = line["start_ns"], line["end_ns"]
            request.queued_ns = round(line["queued_at_s"] * 1e9) if line["queued_at_s"] else None
            request.route = line["route"]
            request.received_bytes, request.memory = line.get("received_bytes"), line.get("memory")
            request.spans = [Span(*span) for span in line["spans"]]


def add_log(requests: Iterable[Request], lines: Iterable[postgres_log.Logged]) -> list[postgres_log.Logged]:
    """Join the database's log and return the lines that belong to these requests."""
    by_id = {r.id: r for r in requests}
    ours = [line for line in lines if line.trace_id in by_id]
    for line in ours:
        by_id[line.trace_id].logged.append(line)
    return ours
