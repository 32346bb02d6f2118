"""Logs that others write: nothing in them may stop a run, or be taken for what it is not."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.measure.instruments import LOG_DEADLINE_S, Instruments
from scenarios.measure.probes import lines, nginx_log, postgres_log
from scenarios.measure.probes.statements import fingerprint, merged
from scenarios.measure.requests import Request, Span
from scenarios.record import Statement

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7"
COMMENT = f" /*traceparent='00-{TRACE}-{SPAN}-01'*/"

text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
pieces = st.sampled_from(
    ["'", '"', "\n", "\r\n", "\t", "\x0b\x1c\x85\u2028", "*/", "/*", "--", ": ", "  ", "%s", "\\", "ß✓𝄞", ";"]
    + ["duration: 1 ms  statement: ", COMMENT, COMMENT.strip()]
)
statements = st.lists(pieces | text, max_size=6).map("".join)
ids = st.integers(1, 2**128 - 1).map("{:032x}".format), st.integers(1, 2**64 - 1).map("{:016x}".format)


def entry(statement: str, duration: str = "12.345", how: str = "statement") -> dict:
    message = f"duration: {duration} ms  {how}: {statement}"
    return {"timestamp": "2026-11-02 09:30:00.123 UTC", "dbname": "arms_1", "error_severity": "LOG", "message": message}


def written(tmp_path, *rows: bytes):
    path = tmp_path / "a.log"
    path.write_bytes(b"".join(rows))
    return path


def as_line(entry: dict) -> bytes:
    return json.dumps(entry, ensure_ascii=False).encode() + b"\n"


# --- the trace comment ------------------------------------------------------------------------------


@given(statements, *ids)
def test_a_comment_comes_off_as_it_went_on(statement, trace, span):
    comment = f" /*traceparent='00-{trace}-{span}-01'*/"
    assert postgres_log.split_comment(statement + comment) == (statement, trace, span)


@given(statements)
def test_what_is_left_is_always_the_statements_beginning(statement):
    rest, trace, span = postgres_log.split_comment(statement)
    assert statement.startswith(rest) and (trace is None) == (span is None)
    assert trace is not None or rest == statement


@pytest.mark.parametrize(
    "statement",
    [
        f"SELECT 1{COMMENT} -- and more",
        f"SELECT '{COMMENT}'",
        f"SELECT 1 /*traceparent='00-{TRACE.upper()}-{SPAN}-01'*/",
        f"SELECT 1 /*traceparent='00-{TRACE}-{SPAN[1:]}-01'*/",
        "SELECT 1 /* traceparent */",
    ],
)
def test_what_only_looks_like_ours_stays(statement):
    assert postgres_log.split_comment(statement) == (statement, None, None)


def test_of_two_comments_the_last_is_ours():
    assert postgres_log.split_comment(f"SELECT 1{COMMENT}{COMMENT}") == (f"SELECT 1{COMMENT}", TRACE, SPAN)


@pytest.mark.parametrize("filler", [" ", "\n", "/*", " /*traceparent='00-", COMMENT + " ", "'"])
def test_a_huge_statement_takes_no_huge_time(filler):
    statement = "SELECT 1" + filler * (1_000_000 // len(filler)) + "x"
    began = time.process_time()
    assert postgres_log.split_comment(statement)[1] is None
    assert postgres_log.split_comment(statement + COMMENT) == (statement, TRACE, SPAN)
    assert time.process_time() - began < 5


# --- the database's log ------------------------------------------------------------------------------


@given(statements, st.floats(0, 1e7).map("{:.3f}".format), st.sampled_from(["statement", "execute <unnamed>", "execute a name"]))
def test_a_logged_statement_is_read_as_it_was_written(statement, duration, how):
    logged = postgres_log.parse(entry(statement + COMMENT, duration, how))
    assert logged == postgres_log.Logged(float(duration), statement, TRACE, SPAN, "arms_1")


@pytest.mark.parametrize(
    "message",
    [
        "duration: 0.1 ms",
        "duration: . ms  statement: SELECT 1",
        "duration: 1.2.3 ms  statement: SELECT 1",
        "duration: 0.1 ms  bind <unnamed>: SELECT 1",
        "checkpoint complete: wrote 3 buffers",
        "statement: SELECT 1",
        "",
        None,
        7,
        ["duration: 1 ms  statement: x"],
    ],
)
def test_other_messages_are_passed_over(message):
    assert postgres_log.parse({"message": message}) is None
    assert postgres_log.parse({}) is None


not_entries = st.sampled_from([b"null", b"3", b"[]", b'"x"', b"{}", b"NaN", b'{"message": 1}', b"\xff\xfe"])


@settings(max_examples=80)
@given(st.lists(st.binary(max_size=40) | not_entries, max_size=5), statements)
def test_garbage_lines_hide_no_sound_one(tmp_path_factory, garbage, statement):
    rows = [piece.replace(b"\n", b"") + b"\n" for piece in garbage]
    path = written(tmp_path_factory.getbasetemp(), *rows, as_line(entry(statement + COMMENT)), *rows)
    assert [line.text for line in postgres_log.read(path)] == [statement]


@given(statements, st.data())
def test_a_line_that_is_half_written_is_left_for_later(tmp_path_factory, statement, data):
    whole = as_line(entry(statement + COMMENT))
    cut = data.draw(st.integers(0, len(whole) - 1))
    folder = tmp_path_factory.getbasetemp()
    assert len(list(postgres_log.read(written(folder, whole, whole[:cut])))) == 1
    assert len(list(postgres_log.read(written(folder, whole, whole)))) == 2


def test_reading_begins_where_it_is_told_to(tmp_path):
    path = written(tmp_path, as_line(entry("SELECT 1")))
    offset = lines.size(path)
    with path.open("ab") as file:
        file.write(as_line(entry("SELECT 2")))
    assert [line.text for line in postgres_log.read(path, offset)] == ["SELECT 2"]


def test_a_huge_line_is_one_line(tmp_path):
    statement = "SELECT '" + "x" * 3_000_000 + "'"
    path = written(tmp_path, as_line(entry(statement + COMMENT)), as_line(entry("SELECT 2")))
    assert [len(line.text) for line in postgres_log.read(path)] == [len(statement), 8]


# --- lines ---------------------------------------------------------------------------------------------


one_line = st.binary(max_size=20).map(lambda b: b.replace(b"\n", b""))


@given(st.lists(one_line, max_size=6), one_line)
def test_only_what_ends_is_a_line(tmp_path_factory, complete, rest):
    path = written(tmp_path_factory.getbasetemp(), *(line + b"\n" for line in complete), rest)
    assert list(lines.complete_lines(path)) == [line.decode(errors="replace") for line in complete]


def test_no_file_has_no_lines(tmp_path):
    assert list(lines.complete_lines(tmp_path / "none")) == [] and lines.size(tmp_path / "none") == 0


# --- nginx -----------------------------------------------------------------------------------------------


def access(**changed) -> dict:
    return {"id": TRACE, "msec": 1793600000.123, "request_time": 0.250, "status": 200, "upstream_status": "200", **changed}


@pytest.mark.parametrize("upstream", ["200", "", "-", "502, 200", "502 : 200"])
def test_an_access_is_read_whatever_the_upstreams_were(tmp_path, upstream):
    path = written(tmp_path, as_line(access(upstream_status=upstream)))
    assert list(nginx_log.read(path)) == [nginx_log.Access(TRACE, 1793600000.123, 0.25, 200, upstream)]


scalars = st.none() | st.booleans() | st.integers() | st.floats() | text
json_values = st.recursive(scalars, lambda below: st.lists(below, max_size=2) | st.dictionaries(text, below, max_size=2))


@given(st.dictionaries(st.sampled_from(["id", "msec", "request_time", "status", "upstream_status"]), json_values), json_values)
def test_no_line_stops_the_reading_of_nginx_log(tmp_path_factory, odd, other):
    rows = [json.dumps(each).encode() + b"\n" for each in ({**access(), **odd}, other)]
    path = written(tmp_path_factory.getbasetemp(), *rows, b"half {\n", as_line(access(status=404)))
    assert list(nginx_log.read(path))[-1].status == 404


# --- fingerprints ------------------------------------------------------------------------------------------


def statement(text="SELECT 1", **changed) -> Statement:
    times = {"calls": 2, "mean_ms": 3, "max_ms": 4, "total_ms": 6, "rows": 1}
    return Statement(**{"fingerprint": fingerprint(text), "text": text, **times, **changed})


def test_statements_are_the_same_whatever_their_white_space():
    assert fingerprint("SELECT  1\n") == fingerprint("SELECT 1") != fingerprint("SELECT 2")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.floats(0, 1e6)), max_size=20))
def test_merging_keeps_every_call_and_every_millisecond(entries):
    rounds = [statement(text, calls=calls, total_ms=total, mean_ms=total / calls, max_ms=total) for text, calls, total in entries]
    found = merged(rounds)
    assert sum(s.calls for s in found) == sum(s.calls for s in rounds)
    assert sum(s.total_ms for s in found) == pytest.approx(sum(s.total_ms for s in rounds))
    assert len({s.fingerprint for s in found}) == len(found)
    assert [s.total_ms for s in found] == sorted((s.total_ms for s in found), reverse=True)
    assert all(s.mean_ms == pytest.approx(s.total_ms / s.calls) for s in found)


# --- statements that failed -------------------------------------------------------------------------


def test_a_statement_that_failed_is_told_by_its_trace(tmp_path):
    refused = {"error_severity": "ERROR", "message": "canceling statement due to lock timeout", "statement": "ALTER TABLE x" + COMMENT}
    others = [refused | {"error_severity": "LOG"}, refused | {"statement": "ALTER TABLE x"}, {"statement": 7, "error_severity": "ERROR"}]
    path = written(tmp_path, as_line(entry("SELECT 1" + COMMENT)), *map(as_line, others), as_line(refused))
    assert list(postgres_log.failed(path)) == [TRACE]


@pytest.mark.parametrize("failures", [0, 1])
def test_who_waits_for_the_log_does_not_wait_for_what_failed(tmp_path, failures):
    refused = {"error_severity": "ERROR", "message": "canceling statement", "statement": "ALTER TABLE x" + COMMENT}
    path = written(tmp_path, as_line(entry("SELECT 1" + COMMENT)), *[as_line(refused)] * failures)
    instruments = Instruments.__new__(Instruments)
    instruments.log_file, instruments.log_offset = path, 0
    request = Request(TRACE, 0, 0.0, 0.0, 1.0, "200", 0, spans=[Span("sqlalchemy", "SELECT", 0, 1, -1, {})] * (1 + failures))
    began = time.monotonic()
    assert [line.text for line in instruments.log_lines([request])] == ["SELECT 1"]
    assert time.monotonic() - began < LOG_DEADLINE_S
