import json
import re
import socket

import psutil
import pytest

from scenarios.errors import StackError
from scenarios.measure.stack.gunicorn import Gunicorn
from scenarios.measure.stack.nginx import ALIVE, Nginx
from scenarios.measure.stack.ports import free_port, get
from tests.stack.conftest import until

TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-0000000000000001-01")


def tell(nginx: Nginx, request: bytes) -> bytes:
    """Send raw bytes and return all of the answer."""
    with socket.create_connection(("127.0.0.1", nginx.port), timeout=30) as caller:
        caller.sendall(request)
        return b"".join(iter(lambda: caller.recv(65_536), b""))


def request(path: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: here", b"Connection: close", *headers, b"", b""])


def said(answer: bytes) -> dict:
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def trace_of(answer: bytes) -> str:
    return TRACEPARENT.fullmatch(said(answer)["headers"]["HTTP_TRACEPARENT"])[1]


def logged(nginx: Nginx) -> list[dict]:
    return [json.loads(line.decode("utf-8", errors="replace")) for line in nginx.access_log.read_bytes().splitlines()]


@pytest.fixture
def nginx(folder):
    with Gunicorn(folder, {}, 1, app="tests.stack.tiny_app:app") as gunicorn, Nginx(folder, gunicorn.address) as running:
        yield running


def test_passes_requests_on_with_a_trace_and_the_time(nginx):
    answer = tell(nginx, request(b"/x"))
    headers = said(answer)["headers"]
    trace = trace_of(answer)
    float(headers["HTTP_X_REQUEST_START"])
    entry = until(lambda: logged(nginx), "a line in the log")[0]
    assert entry["id"] == trace
    assert (entry["status"], entry["upstream_status"], entry["method"], entry["path"]) == (200, "200", "GET", "/x")
    assert entry["request_time"] >= 0
    assert {float(entry[name]) >= 0 for name in ("msec", "connect", "header", "response", "bytes")} == {True}


def test_a_clients_own_trace_is_followed_and_nonsense_is_not(nginx):
    mine = b"ab" * 16
    assert trace_of(tell(nginx, request(b"/", b"X-Trace-Id: " + mine))) == mine.decode()
    for wrong in (b"AB" * 16, b"ab", b"0" * 32, mine + b"0", b'"}{'):
        assert trace_of(tell(nginx, request(b"/", b"X-Trace-Id: " + wrong))) not in (mine.decode(), "0" * 32)


def test_hostile_requests_leave_one_sound_line_each(nginx):
    hostile = [
        request(b'/a"b\\c?q="}{'),
        request(b"/\xff\xfe\xc3\x28?\x80"),
        request(b"/%00%22%0a"),
        request(b"/" + b"a" * 20_000),
        b"\x16\x03\x01 no http at all\r\n\r\n",
        b"GET \x01\x02 HTTP/1.1\r\n\r\n",
        b"GET /old\r\n",
        request(b"/", b"X-Trace-Id: \"," + b"\xff" * 20),
        request(b"/die"),
    ]
    for raw in hostile:
        tell(nginx, raw)
    entries = until(lambda: (found := logged(nginx)) and len(found) == len(hostile) and found, "every line")
    assert entries[0]["path"] == '/a"b\\c?q="}{'
    assert entries[-1]["status"] == 502
    for entry in entries:
        assert re.fullmatch("[0-9a-f]{32}", entry["id"])
        assert isinstance(entry["status"], int)


def test_answers_for_itself_without_a_line(nginx):
    status, body = get(nginx.address, ALIVE)
    assert status == 200
    assert body
    tell(nginx, request(b"/after"))
    assert [entry["path"] for entry in until(lambda: logged(nginx), "a line")] == ["/after"]


def test_not_root(nginx):
    for pid in nginx.server.pids():
        assert psutil.Process(pid).uids().effective != 0
    assert len(nginx.server.pids()) == 2


def test_without_an_application_it_says_502(folder):
    with Nginx(folder, "127.0.0.1:1") as nginx:
        assert get(nginx.address, "/x")[0] == 502
        assert nginx.url == f"http://127.0.0.1:{nginx.port}"


def test_a_port_taken_is_chosen_again(folder, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        taken = occupant.getsockname()[1]
        ports = iter([taken, free_port()])
        monkeypatch.setattr("scenarios.measure.stack.ports.free_port", lambda: next(ports))
        with Nginx(folder, "127.0.0.1:1") as nginx:
            assert nginx.port != taken


def test_an_upstream_that_is_nonsense(folder):
    with pytest.raises(StackError, match="nginx"), Nginx(folder, "not an upstream"):
        pass
    assert psutil.Process().children(recursive=True) == []
