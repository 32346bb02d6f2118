"""A request as OTLP/JSON, the file format of OpenTelemetry: any of its viewers opens it.

Spans keep their true lengths. Their start is counted from the request's own sending, so that the
file holds no more of the day than it needs, and a repeated export is the same bytes.
"""

from __future__ import annotations

import json

from scenarios.measure.requests import Request, Span

SERVICES = {"nginx": "nginx", "gunicorn": "application", "flask": "application", "template": "application",
            "sqlalchemy": "application", "fetch": "application", "postgres": "postgres"}  # fmt: skip
INTERNAL, SERVER, CLIENT = 1, 2, 3
_KINDS = {"nginx": SERVER, "flask": SERVER, "sqlalchemy": CLIENT, "postgres": SERVER}
# Span ids: nginx's is the one it hands on, a statement's is the one in its comment (its index + 2).
NGINX, WORKER, QUEUE, DATABASE = 1, 1 << 40, 2 << 40, 3 << 40
SCOPE = {"name": "diving-into-the-wreck"}


def exported(request: Request, path: str) -> str:
    """Return the trace of a request whose worker left spans, as one line of JSON."""
    by_service: dict[str, list[dict]] = {"nginx": [], "application": [], "postgres": []}
    for span in _all_spans(request, path):
        by_service[SERVICES[span["layer"]]].append(_otlp(request, span))
    resources = [
        {
            "resource": {"attributes": [_attribute("service.name", service)]},
            "scopeSpans": [{"scope": SCOPE, "spans": spans}],
        }
        for service, spans in by_service.items()
        if spans
    ]
    return json.dumps({"resourceSpans": resources}, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"


def _all_spans(request: Request, path: str) -> list[dict]:
    """Return the whole tree, ids in hexadecimal; the client's span of nginx is the root."""
    start = request.worker_start_ns
    queued = min(max(request.queued_ns or request.sent_ns, request.sent_ns), start)
    http = {"http.request.method": "GET", "url.path": path, "http.route": request.route, "http.response.status_code": _status(request)}
    spans = [
        _span(NGINX, None, "nginx", f"GET {request.route}", request.sent_ns, request.done_ns, http),
        _span(QUEUE, NGINX, "gunicorn", "queue for a worker", queued, start, {}),
        _span(WORKER, NGINX, "flask", f"GET {request.route}", start, request.worker_end_ns, http),
    ]
    logged = request.logged_by_span()
    for index, span in enumerate(request.spans):
        parent = WORKER if span.parent < 0 else span.parent + 2
        spans.append(_span(index + 2, parent, span.layer, span.name, span.start_ns, span.end_ns, span.attributes))
        if index in logged:
            spans.append(_in_database(index, span, logged[index]))
    return spans


def _in_database(index: int, span: Span, line) -> dict:
    """Place the server's duration in its client's span: it ended as the answer arrived, to what we can tell."""
    start = max(span.start_ns, span.end_ns - round(line.duration_ms * 1e6))
    return _span(DATABASE + index, index + 2, "postgres", span.name, start, span.end_ns, {"db.system.name": "postgresql", "db.query.text": line.text})


def _span(id_: int, parent: int | None, layer: str, name: str, start_ns: int, end_ns: int, attributes: dict) -> dict:
    return {"id": id_, "parent": parent, "layer": layer, "name": name, "start_ns": start_ns, "end_ns": end_ns, "attributes": attributes}


def _otlp(request: Request, span: dict) -> dict:
    attributes = {**span["attributes"], "wreck.layer": span["layer"]}
    return {
        "traceId": request.id,
        "spanId": f"{span['id']:016x}",
        "parentSpanId": f"{span['parent']:016x}" if span["parent"] is not None else "",
        "name": span["name"],
        "kind": _KINDS.get(span["layer"], INTERNAL),
        "startTimeUnixNano": str(max(0, span["start_ns"] - request.sent_ns)),
        "endTimeUnixNano": str(max(0, span["end_ns"] - request.sent_ns)),
        "attributes": [_attribute(key, value) for key, value in sorted(attributes.items())],
    }


def _status(request: Request) -> int:
    return int(request.status) if request.status.isdigit() else 0


def _attribute(key: str, value) -> dict:
    kind = "intValue" if isinstance(value, int) else "stringValue"
    return {"key": key, "value": {kind: str(value)}}
