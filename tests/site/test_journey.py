"""One request laid flat: stays that follow each other and add up, and the legs that are told of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.publish.traces.journey import MOST_LEGS, Stay, legs, stays
from scenarios.publish.traces.spans import Span, read_spans
from tests.site import evidence_factory


def span(ident: str, parent: str, layer: str, start_ms: float, end_ms: float) -> Span:
    return Span(ident, parent, layer, layer, start_ms, end_ms)


REQUEST = (
    span("n", "", "nginx", 0, 100),
    span("g", "n", "gunicorn", 1, 3),
    span("f", "n", "flask", 3, 99),
    span("s", "f", "sqlalchemy", 5, 90),
    span("p", "s", "postgres", 6, 90),
    span("r", "f", "fetch", 90, 92),
    span("t", "f", "template", 93, 98),
)


def test_a_request_goes_down_and_comes_back_up():
    found = stays(REQUEST)
    assert [s.layer for s in found] == [
        "nginx", "gunicorn", "flask", "sqlalchemy", "postgres", "fetch", "flask", "template", "flask", "nginx",
    ]  # fmt: skip
    assert [s.start_ms for s in found[1:]] == [s.end_ms for s in found[:-1]]
    assert (found[0].start_ms, found[-1].end_ms) == (0, 100)


def test_what_reaches_beyond_its_parent_is_cut_and_a_torn_trace_gives_its_longest_piece():
    torn = (span("a", "lost", "nginx", 0, 10), span("b", "a", "flask", 5, 40), span("c", "gone", "flask", 50, 52))
    assert stays(torn) == [Stay("nginx", 0, 5), Stay("flask", 5, 10)]
    assert stays(()) == []


def test_splinters_between_two_clocks_go_to_the_stay_before():
    assert [s.layer for s in stays((span("a", "", "flask", 0, 9), span("b", "a", "fetch", 0.0005, 4)))] == ["flask", "fetch", "flask"]
    assert [s.layer for s in stays((span("a", "", "flask", 0, 4.0005), span("b", "a", "fetch", 1, 4)))] == ["flask", "fetch"]


@given(st.lists(st.tuples(st.integers(0, 6), st.floats(0, 100), st.floats(0, 100)), max_size=12))
def test_stays_are_in_order_and_add_up_to_the_whole(drawn):
    layers = ("nginx", "flask", "sqlalchemy", "postgres", "fetch", "template", "gunicorn")
    spans = [span("0", "", "nginx", 0, 100)]
    for i, (at, a, b) in enumerate(drawn, start=1):
        spans.append(span(str(i), str(at % i), layers[at], min(a, b), max(a, b)))
    found = stays(spans)
    assert sum(s.took_ms for s in found) == pytest.approx(100)
    assert all(a.end_ms == b.start_ms and a.layer != b.layer for a, b in zip(found, found[1:], strict=False))
    assert sum(sum(leg.layers_ms.values()) for leg in legs(found)) == pytest.approx(100)


def ways(*layers: str) -> list[Stay]:
    return [Stay(layer, float(i), float(i + 1)) for i, layer in enumerate(layers)]


STATEMENT = ("sqlalchemy", "postgres", "template", "fetch", "template")


def test_a_request_of_one_statement_is_told_stay_by_stay():
    assert [leg.statements for leg in legs(stays(REQUEST))] == [0] * 10


def test_statements_that_take_the_same_way_are_one_leg():
    found = legs(ways("nginx", "flask", *STATEMENT * 40, "flask", "nginx"))
    assert [(leg.layer, leg.statements) for leg in found] == [("nginx", 0), ("flask", 0), ("template", 40), ("flask", 0), ("nginx", 0)]
    assert found[2].layers_ms == {"sqlalchemy": 40, "postgres": 40, "template": 80, "fetch": 40}
    assert (found[2].start_ms, found[2].end_ms) == (2, 202)


def test_a_few_statements_are_told_one_by_one():
    assert [leg.statements for leg in legs(ways("flask", *STATEMENT * 2, "flask"))] == [0] * 12


def test_statements_of_ever_other_ways_do_not_make_a_list_without_end():
    other = ("sqlalchemy", "postgres", "flask")
    found = legs(ways("nginx", "flask", *(STATEMENT + other) * 20, "nginx"))
    assert [(leg.layer, leg.statements) for leg in found] == [("nginx", 0), ("flask", 0), ("sqlalchemy", 40), ("nginx", 0)]
    assert len(found) <= MOST_LEGS


def test_nothing_gives_no_legs():
    assert legs([]) == []


def test_a_made_up_trace_is_read():
    found = stays(read_spans(evidence_factory.trace("ab" * 16, 50.0)))
    assert sum(s.took_ms for s in found) == pytest.approx(50, rel=1e-3) and "postgres" in {s.layer for s in found}
