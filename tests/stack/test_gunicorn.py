import os
import signal
import socket
import stat

import psutil
import pytest

from scenarios.errors import StackError
from scenarios.measure.stack.gunicorn import Gunicorn, deaths
from scenarios.measure.stack.ports import free_port, get
from tests.stack.conftest import until

APP = "tests.stack.tiny_app:app"


def test_is_ready_with_every_worker(folder):
    with Gunicorn(folder, {"TOLD": "yes"}, 3, app=APP) as gunicorn:
        assert gunicorn.address == f"unix:{folder}/gunicorn/socket"
        assert len(gunicorn.worker_pids()) == 3
        assert get(gunicorn.address, "/x")[0] == 200
        assert psutil.Process(gunicorn.server.pid).environ()["TOLD"] == "yes"
        assert not stat.S_IMODE((folder / "gunicorn").stat().st_mode) & 0o007
    assert gunicorn.deaths() == []
    assert not (folder / "gunicorn" / "socket").exists()
    assert psutil.Process().children(recursive=True) == []


def test_a_path_too_long_for_a_socket_makes_it_a_port(folder, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        taken = occupant.getsockname()[1]
        ports = iter([taken, free_port()])
        monkeypatch.setattr("scenarios.measure.stack.ports.free_port", lambda: next(ports))
        with Gunicorn(folder / ("long" * 30), {}, 1, app=APP) as gunicorn:
            assert gunicorn.address.startswith("127.0.0.1:")
            assert not gunicorn.address.endswith(f":{taken}")
            assert get(gunicorn.address, "/x")[0] == 200


def test_deaths_of_workers_are_told(folder):
    with Gunicorn(folder, {}, 2, app=APP) as gunicorn:
        for path, wanted in (("/die", 1), ("/leave?5", 2), ("/leave?0", 3)):
            assert get(gunicorn.address, path) is None
            until(lambda wanted=wanted: len(gunicorn.deaths()) == wanted, f"death {wanted} told")
            until(lambda: len(gunicorn.worker_pids()) == 2, "a worker in its place")
        os.kill(gunicorn.worker_pids()[0], signal.SIGKILL)
        until(lambda: len(gunicorn.deaths()) == 4, "a fourth death")
    assert gunicorn.deaths() == ["SIGSEGV", "exit code 5", "SIGKILL", "exit code 0"]


def test_a_silent_worker_is_a_time_out(folder):
    with Gunicorn(folder, {}, 1, app=APP, timeout_s=1) as gunicorn:
        # gunicorn asks it to abort, which a Python in a loop survives to answer.
        assert get(gunicorn.address, "/busy", timeout_s=30)[0] == 500
    assert len(gunicorn.deaths()) == 1
    assert gunicorn.deaths()[0].endswith(" after a time-out")


@pytest.mark.parametrize("app", ["tests.stack.no_such_module:app", "tests.stack.tiny_app:sour"])
def test_an_application_that_will_not_do(folder, app):
    with pytest.raises(StackError, match="no_such_module|500"), Gunicorn(folder, {}, 2, app=app):
        pass
    assert psutil.Process().children(recursive=True) == []


LOG = """\
[1] [INFO] Booting worker with pid: 11
[1] [INFO] Booting worker with pid: 12
[1] [CRITICAL] WORKER TIMEOUT (pid:11)
[1] [ERROR] Worker (pid:11) was sent SIGKILL! Perhaps out of memory?
[1] [INFO] Booting worker with pid: 13
[1] [INFO] Handling signal: term
[1] [WARNING] Worker (pid:12) was sent SIGSEGV!
[1] [ERROR] Worker (pid:13) was sent SIGKILL! Perhaps out of memory?
"""


def test_what_gunicorn_does_to_workers_in_the_end_is_no_death():
    assert deaths(LOG, 2) == ["SIGKILL after a time-out", "SIGSEGV"]
