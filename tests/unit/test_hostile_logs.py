"""Whatever stands in a log, a plan or a file of the kernel's: it is read or passed over, or refused by the error that is documented.

Never another exception, and never more than in proportion to its length.
"""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.errors import StackError
from scenarios.measure import otlp, quantiles
from scenarios.measure import requests as joined
from scenarios.measure.probes import lines, memory, nginx_log, plans, postgres_log, spans, statements, troubles
from scenarios.measure.stack import fence, gunicorn
from scenarios.record import LAYERS, Plan

ID = "0af7651916cd43dd8448eb211c80319c"
PAYLOADS = (
    "\0", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\ufeff", "\ud800", "'", '"', "\\", "<script>alert(1)</script>",
    "'; DROP TABLE tw_rolls; --",
    "%s%n", "{0}", "../../etc/passwd", "٣", "9" * 5_000, "1e999", "-1", "nan", "Infinity", "𝄞" * 50, "\r\n", "\x1c", ";",
)  # fmt: skip
texts = st.sampled_from(PAYLOADS) | st.text(max_size=30)
numbers = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 2**63, True])
anything = st.recursive(
    st.none() | numbers | texts, lambda below: st.lists(below, max_size=3) | st.dictionaries(texts, below, max_size=3), max_leaves=8
)
DEEP = b"[" * 100_000
not_json = st.binary(max_size=40) | st.sampled_from(
    [DEEP, b"9" * 5_000, b"NaN", b"\xff\xfe\0", b'{"id":', b'"\\ud800"', b"[" * 500 + b"]" * 500]
)


def like(sound: dict) -> st.SearchStrategy[dict]:
    """Give ``sound`` with some of its values put in place of by anything, or left out."""
    changes = st.dictionaries(st.sampled_from(sorted(sound)), anything, max_size=3)
    return st.builds(
        lambda new, gone: {k: v for k, v in {**sound, **new}.items() if k not in gone}, changes,
        st.sets(st.sampled_from(sorted(sound)), max_size=1)
    )  # fmt: skip


def as_line(data) -> bytes:
    return json.dumps(data).encode()


def a_file(folder: Path, *rows: bytes, name: str = "a.log") -> Path:
    path = folder / name
    path.write_bytes(b"".join(row.replace(b"\n", b"") + b"\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hostile")


# --- the database's log and nginx's ----------------------------------------------------------------------

ENTRY = {
    "message": f"duration: 12.345 ms  statement: SELECT 1 /*traceparent='00-{ID}-0000000000000002-01'*/", "session_id": "a.b",
    "dbname": "arms_1",
}  # fmt: skip
durations = st.builds("duration: {} ms  {}: {}".format, texts, st.sampled_from(["statement", "execute x", "parse"]) | texts, texts)


@settings(max_examples=200, deadline=None)
@given(st.lists(not_json | like(ENTRY).map(as_line) | durations.map(lambda m: as_line({**ENTRY, "message": m})), max_size=4))
def test_no_line_stops_the_reading_of_the_databases_log(folder, rows):
    found = list(postgres_log.read(a_file(folder, *rows, as_line(ENTRY))))
    assert (found[-1].text, found[-1].duration_ms) == ("SELECT 1", 12.345)
    for logged in found:
        assert math.isfinite(logged.duration_ms) and isinstance(logged.text, str) and isinstance(logged.database, str | None)
        statements.fingerprint(logged.text.encode(errors="replace").decode())


ACCESS = {"id": ID, "msec": 1793600000.123, "request_time": 0.25, "status": 200, "upstream_status": "200"}


@settings(max_examples=200, deadline=None)
@given(st.lists(not_json | like(ACCESS).map(as_line), max_size=4))
def test_no_line_stops_the_reading_of_nginx_s_log(folder, rows):
    found = list(nginx_log.read(a_file(folder, *rows, as_line(ACCESS))))
    assert found[-1] == nginx_log.Access(ID, 1793600000.123, 0.25, 200, "200")
    assert all(math.isfinite(each.request_time_s) and math.isfinite(each.ended_at_s) for each in found)


# --- what generator and workers leave ----------------------------------------------------------------------

SENT = {"id": ID, "path": 0, "due_s": 0.1, "sent_s": 0.1, "done_s": 0.3, "status": "200", "bytes": 3}
OWN = {"wall_start_ns": 10**18, "elapsed_s": 1.0, "cpu_s": 0.1, "rss_mb_max": 30.0}


@settings(max_examples=200, deadline=None)
@given(
    st.lists(not_json | like(SENT).map(as_line), max_size=3),
    not_json | like({"generator": OWN}).map(as_line) | like(OWN).map(lambda o: as_line({"generator": o})),
)  # fmt: skip
def test_the_generators_account_is_whole_or_refused(folder, rows, last):
    try:
        found, own = joined.read_client(a_file(folder, *rows, last, name="client.jsonl"))
    except StackError as refused:
        assert "\n" not in str(refused)
        return
    assert own["elapsed_s"] is not None
    assert all(math.isfinite(request.latency_ms) and isinstance(request.status, str) for request in found)


def test_an_account_without_an_end_is_refused(folder):
    for rows in ([], [as_line(SENT)]):
        with pytest.raises(StackError, match="whole account"):
            joined.read_client(a_file(folder, *rows, name="client.jsonl"))


STATEMENT = ["sqlalchemy", "SELECT", 10**18 + 5, 10**18 + 9, 0, {"db.query.text": "SELECT 1"}]
SEEN = {
    "id": ID, "queued_at_s": 10.0**9, "start_ns": 10**18, "end_ns": 10**18 + 20, "status": 200, "route": "/x", "pid": 1,
    "spans": [["template", "render", 10**18 + 1, 10**18 + 10, -1, {}], STATEMENT], "received_bytes": 1,
}  # fmt: skip
odd_spans = st.lists(st.permutations(STATEMENT) | st.lists(anything, max_size=7) | st.just(STATEMENT) | anything, max_size=3)


@settings(max_examples=200, deadline=None)
@given(st.lists(not_json | like(SEEN).map(as_line) | odd_spans.map(lambda s: as_line({**SEEN, "spans": s})), max_size=3))
def test_a_line_of_a_worker_is_joined_or_passed_over(tmp_path_factory, rows):
    into = tmp_path_factory.mktemp("spans")
    a_file(into, *rows, name="spans-1.jsonl")
    request = joined.Request(ID, 0, 0.0, 0.0, 0.1, "200", 10**18)
    joined.add_spans([request], into)
    layers = request.layers_ms()
    assert layers is None or (set(layers) == set(LAYERS) and min(layers.values()) >= 0)
    assert layers is None or json.loads(otlp.exported(request, "/x"))["resourceSpans"]
    assert request.shape and request.statements >= 0


@pytest.mark.parametrize("header", ["nan", "inf", "-Infinity", "1e999", "t=1", "\0", "9" * 5_000])
def test_a_mark_in_the_queue_that_is_no_time_is_none(header):
    assert spans._seconds(header) is None


# --- servers' words of trouble, the kernel's files ----------------------------------------------------------

STAMPED = st.builds(
    "{}{}{}".format,
    st.sampled_from(
        ["2026/11/23 12:37:51 [error] 1#1: *3 ", "9999/99/99 99:99:99 [error] 1#1: ", "[2026-11-23 12:37:51 +0000] [1] [ERROR] ", "[x +9999] [1] [ERROR] ",
         "[\0 +0000] [7] [CRITICAL] ", "Booting worker with pid: ", "psycopg2.Error: ", "Killed process ", "traps: x[", "x[",
         "Worker (pid:", "WORKER TIMEOUT (pid:"]
    ),
    texts,
    st.sampled_from(["", "]: segfault", " (python) ", '", client: "', ') was sent SIGKILL!', ") exited with code 1", ")"]) ,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(STAMPED | texts, max_size=6))
def test_no_word_of_trouble_stops_a_run(folder, words):
    rows = [each.encode("utf-8", "surrogatepass") for each in words]
    log = a_file(folder, *rows)
    web = SimpleNamespace(nginx=SimpleNamespace(error_log=log), gunicorn=SimpleNamespace(log_file=log))
    keys = ("error_severity", "message", "statement", "application_name", "timestamp")
    entries = [{"dbname": "arms_1", "error_severity": "FATAL"}, *({"dbname": "arms_1", **dict.fromkeys(keys, each)} for each in words)]
    entries += [{"dbname": "arms_1", "error_severity": "ERROR", "message": each, "statement": each, "timestamp": each} for each in words]
    found = troubles.read(SimpleNamespace(web=web, place=SimpleNamespace(database_name="arms_1")), {"wall_start_ns": 10**18}, entries)
    assert all(len(line.text) <= troubles.MAX_CHARS and line.text.isprintable() for line in found)
    assert all(isinstance(death, str) for death in gunicorn.deaths("\n".join(words), 2))
    assert list(troubles.kernel([(1.0, each) for each in words], {7})) is not None


@settings(max_examples=200)
@given(st.lists(st.sampled_from(["0::/a", "4:memory:/b", "cgroup2 /sys\\040x cgroup2 rw 0 0", "c /m cgroup memory 0 0", ":", "0:", "c /m cgroup2"]) | texts))
def test_the_kernels_tables_are_read_or_passed_over(words):
    told = "\n".join(words)
    assert all(version in (1, 2) and own.startswith("/") for version, _, own in fence._mounted(told, told))


def test_a_sound_table_among_rubbish_is_found():
    mounts = "\n\0\ncgroup2 /sys/fs/with\\040space cgroup2 rw,nosuid 0 0\n\udcff x"
    assert fence._mounted(mounts, "rubbish\n0::/ours\n1:") == [(2, Path("/sys/fs/with space"), "/ours")]


@settings(max_examples=200)
@given(st.lists(
    st.sampled_from(["3 arenas * 1024 bytes/arena", "# bytes in allocated blocks = 1,024", "  4 free tuples * 8 bytes each"]) | texts
).map("\n".join))
def test_what_the_allocator_says_is_read_or_left_out(said):
    told = memory.pools_told(said)
    assert set(told) == {"pool_mb", "pool_used_mb", "arenas", "free_listed", "free_listed_mb"}


@settings(max_examples=100)
@given(st.lists(st.sampled_from(["VmRSS:\t12 kB", "VmHWM: 13 kB", "VmRSS:", "VmHWM: x kB"]) | texts.filter(str.isprintable)).map("\n".join))
def test_what_the_kernel_says_of_memory_is_read_or_asked_otherwise(said):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(memory, "STATUS", SimpleNamespace(read_text=lambda: said))
        assert memory.resident()[0] >= 0


# --- plans -----------------------------------------------------------------------------------------------

NODE = {
    "Node Type": "Seq Scan", "Relation Name": "t", "Plan Rows": 4, "Actual Rows": 3, "Actual Loops": 1, "Actual Total Time": 1.5,
    "Filter": "x", "Sort Key": ["a"], "Rows Removed by Filter": 1, "Shared Hit Blocks": 10, "Join Type": "Inner", "Strategy": "Hashed",
}  # fmt: skip
nodes = st.recursive(
    like(NODE),
    lambda below: st.builds(lambda node, inside: {**node, "Plans": inside}, like(NODE), st.lists(below, max_size=2) | anything),
    max_leaves=4,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(anything | like({"Plan": NODE, "Planning Time": 0.1, "Execution Time": 1.0}) | nodes.map(lambda node: {"Plan": node}), texts)
def test_a_plan_is_one_or_is_refused(explained, sql):
    try:
        assert isinstance(plans.parse(explained, sql), Plan)
    except StackError as refused:
        assert "\n" not in str(refused)


def test_a_plan_of_endless_depth_is_refused():
    node = dict(NODE)
    for _ in range(5_000):
        node = {**NODE, "Plans": [node]}
    with pytest.raises(StackError):
        plans.parse({"Plan": node}, "SELECT 1")


# --- large ones --------------------------------------------------------------------------------------------

LARGER = 8
FILLERS = {
    "blanks": " ", "quotes": "'", "commas": ', client: "', "slashes": "/a/", "dashes": "-/", "brackets": "[1",
    "comments": " /*traceparent='00-",
    "stamps": "[2026-11-23 12:37:51 +0000] [1] [ERROR] ", "deaths": "Worker (pid:1) was sent ", "traps": "traps: x[", "names": "a.",
    "hex": "0x0 ",
    "numbers": "1.", "digits": "1", "colons": "Error: ", "free": "1 free a * ", "lines": "duration: 1 ms  execute ",
    "arenas": "1 arenas * ",
}  # fmt: skip
READERS = {
    "statement": lambda text: postgres_log.split_comment(text),
    "duration": lambda text: postgres_log.parse({"message": f"duration: 1 ms  execute {text}"}),
    "nginx": lambda text: list(troubles.nginx([f"2026/11/23 12:37:51 [error] 1#1: {text}"])),
    "gunicorn": lambda text: list(troubles.of_gunicorn([text, f"[{text} +0000] [1] [ERROR] x"])),
    "kernel": lambda text: list(troubles.kernel([(0.0, text)], {1})),
    "unnamed": lambda text: troubles.unnamed(text),
    "deaths": lambda text: gunicorn.deaths(text, 2),
    "memory": lambda text: memory.pools_told(text),
    "fence": lambda text: fence._mounted(text, text),
    "fingerprint": lambda text: statements.fingerprint(text),
}


@pytest.mark.parametrize("filler", FILLERS)
@pytest.mark.parametrize("reader", READERS)
def test_eight_times_the_text_takes_no_more_than_eight_times_as_long_with_room(reader, filler):
    """A reader that goes back and forth takes 64 times as long."""
    short = FILLERS[filler] * (20_000 // len(FILLERS[filler]))
    assert _grows(READERS[reader], short) < 4 * LARGER


def _grows(read, short: str) -> float:
    """Return how many times longer ``LARGER`` times the text takes, least of three; what takes no time to speak of has not grown."""
    long = short * LARGER
    took = [min(_cpu_s(read, text) for _ in range(3)) for text in (short, long)]
    return 1.0 if took[1] < 0.005 else took[1] / max(took[0], 1e-6)


def _cpu_s(read, text: str) -> float:
    began = time.process_time()
    read(text)
    return time.process_time() - began


def test_a_reader_that_is_not_linear_would_be_found():
    assert _grows(lambda text: [text[i:].count("x") for i in range(0, len(text), 4)], " " * 5_000) > 4 * LARGER


def test_a_log_of_many_lines_is_read_in_proportion_to_its_length(folder):
    line = as_line(ENTRY)
    files = [a_file(folder, *[line] * count, name=f"{count}.log") for count in (2_000, 2_000 * LARGER)]
    took = [min(_cpu_s(lambda path: sum(1 for _ in postgres_log.read(path)), path) for _ in range(3)) for path in files]
    assert took[1] < 3 * LARGER * took[0]


# --- quantiles ---------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(0, 1e9), min_size=1, max_size=60).flatmap(lambda some: st.sampled_from([1, 20]).map(lambda times: some * times)),
    st.randoms(),
)  # fmt: skip
def test_percentiles_are_what_a_plain_sort_shows(values, chance):
    """So many of the values lie at or below the percentile, and so many at or above it, in whatever order they came."""
    chance.shuffle(values)
    told, plain = quantiles.summarised(values), sorted(values)
    for q, got in ((0.5, told.p50), (0.95, told.p95), (0.99, told.p99)):
        if got is None:
            continue
        at = q * (len(plain) - 1)
        assert plain[math.floor(at)] * (1 - 1e-12) <= got <= plain[math.ceil(at)] * (1 + 1e-12)
        assert sum(value > got * (1 + 1e-12) for value in plain) <= (1 - q) * len(plain) + 1
        assert sum(value < got * (1 - 1e-12) for value in plain) <= q * len(plain) + 1
    assert (told.n, told.min, told.max) == (len(plain), plain[0], plain[-1])


def test_lines_without_an_end_are_not_read_however_long(folder):
    path = folder / "endless.log"
    path.write_bytes(b"x" * 3_000_000)
    assert list(lines.complete_lines(path)) == list(lines.json_objects(path)) == []
