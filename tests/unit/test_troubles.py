"""What is kept of the logs, and what is not."""

from __future__ import annotations

import platform
from types import SimpleNamespace

import pytest

from scenarios.measure import assemble
from scenarios.measure.probes import troubles
from scenarios.record import LogLine

NGINX = (
    "2026/11/23 12:37:51 [error] 14592#14592: *32 upstream prematurely closed connection while reading response header from upstream, "
    'client: 127.0.0.1, server: , request: "GET /grenade/512 HTTP/1.1", upstream: "http://127.0.0.1:33291/x", host: "127.0.0.1:33459"'
)
GUNICORN = "[2026-11-23 12:37:{}] [14557] [ERROR] Worker (pid:145{}) was sent SIGKILL! Perhaps out of memory?"
KILLED = "Memory cgroup out of memory: Killed process 15519 (python) total-vm:184084kB, anon-rss:130124kB, UID:0 oom_score_adj:500"


def test_nginx_is_told_without_who_and_where():
    (told,) = troubles.nginx([NGINX, "2026/11/23 12:37:51 [notice] 1#1: hello", "else"])
    wanted = (
        '[error] upstream prematurely closed connection while reading response header from upstream, request: "GET /grenade/512 HTTP/1.1"'
    )
    assert told[1] == wanted and troubles.unnamed(told[1]) == wanted


def test_gunicorn_s_errors_and_the_last_lines_of_tracebacks_are_told():
    lines = [
        GUNICORN.format("51 +0000", "80"),
        "[2026-11-23 12:37:51 +0000] [1] [INFO] Booting worker with pid: 1",
        "Traceback (most recent call last):",
        '  File "/home/somebody/x.py", line 1',
        "psycopg2.OperationalError: FATAL: sorry, too many clients already",
    ]
    assert [words for _, words in troubles.of_gunicorn(lines)] == [
        "[ERROR] Worker (pid:14580) was sent SIGKILL! Perhaps out of memory?",
        "psycopg2.OperationalError: FATAL: sorry, too many clients already",
    ]


def test_the_kernel_is_heard_on_our_own_dead_alone():
    lines = [
        (1.0, KILLED),
        (2.0, KILLED.replace("15519", "7")),
        (3.0, "gunicorn[15519]: segfault at 1 ip 000000000055587e error 4 in libpython3.11.so"),
        (4.0, "eth0: up"),
    ]
    assert [at for at, _ in troubles.kernel(lines, {15519})] == [1.0, 3.0]


def test_a_run_s_lines_are_counted_and_placed_in_time(tmp_path):
    error, log = tmp_path / "nginx.log", tmp_path / "gunicorn.log"
    error.write_text((NGINX + "\n") * 3)
    log.write_text("".join(GUNICORN.format(f"5{n} +0000", 80 + n) + "\n" for n in range(3)))
    web = SimpleNamespace(nginx=SimpleNamespace(error_log=error), gunicorn=SimpleNamespace(log_file=log))
    stage = SimpleNamespace(web=web, place=SimpleNamespace(database_name="arms_1"))
    told = troubles.read(stage, {"wall_start_ns": 1795437460 * 10**9})
    assert [(line.source, line.count, line.offset_s) for line in told] == [("nginx", 3, 11.0), ("gunicorn", 3, 10.0)]


@pytest.mark.parametrize(
    "words",
    [
        'connection to server at "127.0.0.1", port 51627 failed',
        "at 10.1.2.3:80",
        f"on {platform.node()} today",
        "Worker (pid:12345) left",
        KILLED,
        "in /home/somebody/secret/file.py",
        "segfault at 1 ip 000000000055587e sp 00007ffc0ad42d50",
        "python3[3952]: segfault",
    ],
)
def test_what_names_this_machine_is_cut_out(words):
    said = troubles.unnamed(words)
    for name in ("127.0.0.1", "51627", "10.1.2.3", platform.node() or "?", "12345", "15519", "somebody", "55587e", "3952"):
        assert name not in said


def test_a_source_that_says_much_is_cut():
    told = troubles._counted("kernel", [(0.0, f"line {n}") for n in range(50)], 0.0)
    assert len(told) == troubles.MAX_LINES["kernel"]


# --- the database ------------------------------------------------------------------------------------


def entry(severity: str, message: str, **more) -> dict:
    return {"timestamp": "2026-11-23 12:37:51.300 UTC", "error_severity": severity, "message": message, "dbname": "arms_1"} | more


WAITS = entry(
    "LOG", "process 4711 still waiting for AccessShareLock on relation 16423 of database 16385 after 1000.072 ms", application_name="web",
    statement="SELECT * FROM tw_players WHERE id = 17 AND login = 'it''s' /*traceparent='00-" + "a" * 32 + "-" + "0" * 16 + "-01'*/",
)  # fmt: skip
IDLE = entry("FATAL", "terminating connection due to idle-in-transaction timeout", application_name="aux")


def test_the_database_is_heard_on_waits_for_locks_and_sessions_ended():
    told = [words for _, words in troubles.postgres([WAITS, IDLE], "arms_1")]
    assert [troubles.unnamed(words) for words in told] == [
        "[LOG] process … still waiting for AccessShareLock on relation … of database … after 1000 ms; client web; "
        "statement: SELECT * FROM tw_players WHERE id = ? AND login = ?",
        "[FATAL] terminating connection due to idle-in-transaction timeout; client aux",
    ]


@pytest.mark.parametrize(
    "other",
    [
        entry("LOG", "duration: 1.000 ms  statement: SELECT 1"),
        entry("LOG", "automatic vacuum of table x"),
        entry("ERROR", "of another's", dbname="arms_2"),
        entry("LOG", "a statement that says: process 1 still waiting for"),
        {},
        {"error_severity": None, "message": 7, "dbname": "arms_1", "timestamp": 7},
    ],
)
def test_and_on_nothing_else(other):
    assert list(troubles.postgres([other], "arms_1")) == []


def test_what_it_says_of_many_alike_is_counted_and_placed_in_time(tmp_path):
    again = WAITS | {"message": WAITS["message"].replace("4711", "4712").replace("000.072", "000.913"), "statement": WAITS["statement"].replace("17", "99")}
    host = SimpleNamespace(nginx=SimpleNamespace(error_log=tmp_path / "none"), gunicorn=SimpleNamespace(log_file=tmp_path / "none"))
    stage = SimpleNamespace(web=host, place=SimpleNamespace(database_name="arms_1"))
    told = troubles.read(stage, {"wall_start_ns": 1795437470 * 10**9}, [WAITS, again, IDLE])
    assert [(line.source, line.count, line.offset_s) for line in told] == [("postgres", 2, 1.3), ("postgres", 1, 1.3)]


def test_a_moment_that_is_none_leaves_the_words():
    ((at, words),) = troubles.postgres([IDLE | {"timestamp": "soon"}], "arms_1")
    assert at is None and "idle-in-transaction" in words


def test_much_that_servers_say_leaves_room_for_the_database():
    servers = [LogLine(source="nginx", text=f"line {n}") for n in range(90)]
    databases = [LogLine(source="postgres", text=f"line {n}") for n in range(90)]
    kept = [line.source for line in assemble._log([*servers, *databases])]
    assert kept.count("nginx") == assemble.LOG_LINES_KEPT and kept.count("postgres") == assemble.DATABASE_LOG_LINES_KEPT
