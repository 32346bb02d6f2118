"""The exported trace: OpenTelemetry's own JSON, each span once, under a parent that is there."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from scenarios.measure.otlp import exported
from scenarios.measure.requests import Request, Span
from tests.unit.test_requests import ID, SQL, ZERO, logged, requests


def chatty(statements: int) -> Request:
    """N + 1: each statement and its fetch in turn."""
    spans = []
    for i in range(statements):
        at = ZERO + 1_000_000 * (i + 2)
        spans.append(Span("sqlalchemy", "SELECT", at, at + 500_000, -1, SQL))
        spans.append(Span("fetch", "fetch", at + 500_000, at + 600_000, -1, {}))
    lines = [logged(2 * i, 0.25) for i in range(statements)]
    end = ZERO + 1_000_000 * (statements + 3)
    return Request(ID, 0, 0.0, 0.0, (end + 1_000_000 - ZERO) / 1e9, "200", ZERO, ZERO + 1_000_000, end, ZERO + 500_000, "/x", spans, lines)


def spans_of(request: Request, path: str = "/x/y") -> list[dict]:
    document = json.loads(exported(request, path))
    return [span for resource in document["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"]]


def attributes(span: dict) -> dict:
    return {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}


@settings(max_examples=100)
@given(requests())
def test_every_span_is_there_once_and_has_its_parent(request_):
    spans = spans_of(request_)
    ids = [span["spanId"] for span in spans]
    assert len(set(ids)) == len(ids) == 3 + len(request_.spans) + len(request_.logged_by_span())
    assert all(len(id_) == 16 and int(id_, 16) for id_ in ids)
    roots = [span for span in spans if not span["parentSpanId"]]
    assert [attributes(root)["wreck.layer"] for root in roots] == ["nginx"]
    assert {span["parentSpanId"] for span in spans if span["parentSpanId"]} <= set(ids)
    assert {span["traceId"] for span in spans} == {ID}


@settings(max_examples=100)
@given(requests())
def test_time_begins_at_nought_and_children_lie_within(request_):
    spans = {span["spanId"]: span for span in spans_of(request_)}
    times = {id_: (int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])) for id_, span in spans.items()}
    assert min(start for start, _ in times.values()) == 0
    for id_, span in spans.items():
        start, end = times[id_]
        assert start <= end
        if span["parentSpanId"]:
            above = times[span["parentSpanId"]]
            assert above[0] <= start and end <= above[1] + 1_000  # the client's clock is a float


def test_three_hundred_statements_do_not_collide():
    spans = spans_of(chatty(300))
    assert len({span["spanId"] for span in spans}) == len(spans) == 3 + 600 + 300
    in_database = [span for span in spans if attributes(span)["wreck.layer"] == "postgres"]
    parents = {span["spanId"]: span for span in spans}
    assert {attributes(parents[span["parentSpanId"]])["wreck.layer"] for span in in_database} == {"sqlalchemy"}


def test_a_span_keeps_the_id_that_is_in_its_statements_comment():
    statement = next(span for span in spans_of(chatty(1)) if attributes(span)["wreck.layer"] == "sqlalchemy")
    assert statement["spanId"] == chatty(1).logged[0].span_id


def test_it_is_otlp_json():
    document = json.loads(exported(chatty(2), "/x/y"))
    assert set(document) == {"resourceSpans"}
    names = [resource["resource"]["attributes"] for resource in document["resourceSpans"]]
    assert names == [[{"key": "service.name", "value": {"stringValue": name}}] for name in ("nginx", "application", "postgres")]
    for span in spans_of(chatty(2)):
        assert set(span) == {"traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes"}
        assert 1 <= span["kind"] <= 5 and span["startTimeUnixNano"].isdigit() and span["endTimeUnixNano"].isdigit()
        for attribute in span["attributes"]:
            kind, value = next(iter(attribute["value"].items()))
            assert kind in ("stringValue", "intValue") and isinstance(value, str)


def test_names_are_opentelemetrys():
    found: dict[str, dict] = {}
    for span in spans_of(chatty(1), "/x/y?z=ü"):
        found[attributes(span)["wreck.layer"]] = attributes(span)
    assert found["nginx"]["url.path"] == "/x/y?z=ü" and found["nginx"]["http.response.status_code"] == "200"
    assert found["flask"]["http.route"] == "/x" and found["flask"]["http.request.method"] == "GET"
    assert found["postgres"]["db.query.text"] == "SELECT 1" and found["postgres"]["db.system.name"] == "postgresql"


def test_the_same_request_is_the_same_bytes_and_says_nothing_of_the_day():
    text = exported(chatty(3), "/x")
    assert text == exported(chatty(3), "/x") and text.endswith("}\n") and text.count("\n") == 1
    assert str(ZERO)[:8] not in text


@pytest.mark.parametrize("status", ["timeout", "broken"])
def test_a_request_that_failed_can_be_told_too(status):
    request = chatty(1)
    request.status = status
    assert attributes(spans_of(request)[0])["http.response.status_code"] == "0"
