"""Servers of a few lines, to see the warden's work at its hardest."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from scenarios.errors import StackError
from scenarios.measure.stack import warden
from scenarios.measure.stack.process import Server, describe, tail, terminate_as_exit
from tests.stack.conftest import is_alive, until

READY = "import os, signal, sys, time; print('ready', flush=True)\n"
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + READY + "while True: time.sleep(1)"
# A child in a session of its own, whose parent goes: what Postgres' backends and daemons do.
ABANDONING = """
import os, signal, time
for runaway in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            open(f"runaway-{runaway}", "w").write(str(os.getpid()))
            while True: time.sleep(1)
        os._exit(0)
print("ready", flush=True)
while True: time.sleep(1)
"""


def python(folder, code: str, **options) -> Server:
    return Server("a server", [sys.executable, "-c", code], folder / "log", cwd=folder, **options)


def is_ready(server: Server):
    return lambda: "ready" in tail(server.log)


def test_starts_is_ready_and_stops(folder):
    with python(folder, READY + "signal.pause()") as server:
        server.wait_ready(is_ready(server))
        assert server.pids() == [server.pid]
        server.check()
    assert not is_alive(server.pid)
    assert server.returncode == -signal.SIGTERM
    assert server.pids() == []
    server.stop()


def test_runs_apart_from_our_terminal(folder):
    with python(folder, READY + "signal.pause()") as server:
        assert os.getsid(server.pid) != os.getsid(0)
        assert psutil.Process(server.pid).ppid() != os.getpid()


def test_a_program_that_is_not_there(folder):
    with pytest.raises(StackError, match="no-such-program"):
        Server("a server", [folder / "no-such-program"], folder / "log").start()
    assert psutil.Process().children(recursive=True) == []


def test_a_log_that_cannot_be_opened(folder):
    with pytest.raises(FileNotFoundError):
        Server("a server", [sys.executable], folder / "nowhere" / "log").start()
    assert psutil.Process().children(recursive=True) == []


def test_death_at_the_start_is_told_at_once_with_last_words(folder):
    with python(folder, "print('alas, no disk'); raise SystemExit(9)") as server:
        begun = time.monotonic()
        with pytest.raises(StackError, match=r"exited with status 9: alas, no disk"):
            server.wait_ready(lambda: False, deadline_s=300)
        assert time.monotonic() - begun < 100


def test_a_server_that_never_answers(folder):
    with python(folder, READY + "signal.pause()") as server:
        server.wait_ready(is_ready(server))
        with pytest.raises(StackError, match=r"a server to answer /alive within 0.1 s.*ready"):
            server.wait_ready(lambda: False, deadline_s=0.1, asked="/alive")


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGINT, signal.SIGHUP])
def test_death_by_signal_is_told_as_such(folder, number):
    suicide = f"{int(number)} == 9 or signal.signal({int(number)}, signal.SIG_DFL); os.kill(os.getpid(), {int(number)})"
    with python(folder, READY + suicide) as server:
        until(lambda: not server.is_running(), "its death")
        with pytest.raises(StackError, match=f"was killed by {number.name}"):
            server.check()
    assert server.returncode == -number


@pytest.mark.parametrize(("code", "wanted"), [("raise SystemExit(7)", 7), ("import os; os.abort()", -signal.SIGABRT)])
def test_the_warden_ends_as_its_server_does(code, wanted):
    argv = [sys.executable, "-I", "-S", warden.__file__, "--parent", str(os.getpid()), "--stop", "15", "--", sys.executable, "-c", code]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.wait(60) == wanted
        assert f"exit {int(wanted)}" in process.stdout.read().decode()


def test_the_warden_runs_as_a_module_too(folder):
    argv = [sys.executable, "-m", "scenarios.measure.stack.warden", "--parent", str(os.getpid()), "--stop", "15", "--", folder / "none"]
    ended = subprocess.run(argv, capture_output=True, check=False)
    assert ended.returncode == 127
    assert b"failed" in ended.stdout


def test_what_ignores_sigterm_is_killed(folder):
    with python(folder, STUBBORN, grace_s=0.1) as server:
        server.wait_ready(is_ready(server))
    assert server.returncode == -signal.SIGKILL
    assert not is_alive(server.pid)


def test_runaways_are_caught(folder):
    with python(folder, ABANDONING) as server:
        server.wait_ready(lambda: len([f for f in folder.glob("runaway-*") if f.read_text()]) == 3)
        runaways = [int(f.read_text()) for f in folder.glob("runaway-*")]
        assert all(map(is_alive, runaways))
    assert not any(map(is_alive, runaways))


def test_runaways_are_caught_when_the_server_dies_by_itself(folder):
    with python(folder, ABANDONING) as server:
        server.wait_ready(lambda: len([f for f in folder.glob("runaway-*") if f.read_text()]) == 3)
        runaways = [int(f.read_text()) for f in folder.glob("runaway-*")]
        server.signal(signal.SIGKILL)
        until(lambda: not any(map(is_alive, runaways)), "no runaway")


def test_the_wardens_own_death_takes_the_server_along(folder):
    with python(folder, STUBBORN, stop_signals=(signal.SIGTERM, signal.SIGQUIT)) as server:
        server.wait_ready(is_ready(server))
        psutil.Process(server.pid).parent().kill()
        until(lambda: not is_alive(server.pid), "the server's end")
        with pytest.raises(StackError, match="lost its warden"):
            server.check()


def test_the_wardens_own_death_while_its_server_clings_to_life(folder):
    with python(folder, STUBBORN) as server:  # It ignores SIGTERM, which is all the kernel will send it.
        server.wait_ready(is_ready(server))
        psutil.Process(server.pid).parent().kill()
    assert not is_alive(server.pid)


def test_sigterm_to_the_warden_ends_its_server(folder):
    with python(folder, READY + "signal.pause()") as server:
        server.wait_ready(is_ready(server))
        psutil.Process(server.pid).parent().send_signal(signal.SIGINT)
        psutil.Process(server.pid).parent().terminate()
        until(lambda: not server.is_running(), "the server's end")
    assert server.returncode == -signal.SIGTERM


def test_an_interrupted_stop_still_ends_the_server(folder):
    with python(folder, STUBBORN, grace_s=300) as server:
        server.wait_ready(is_ready(server))
        threading.Timer(0.3, signal.raise_signal, [signal.SIGINT]).start()
        with pytest.raises(KeyboardInterrupt):
            server.stop()
        assert not is_alive(server.pid)


def test_folders_to_remove_go_with_the_server(folder):
    (folder / "scratch" / "deep").mkdir(parents=True)
    (folder / "scratch" / "deep" / "file").write_text("x")
    with python(folder, READY + "signal.pause()", remove=[folder / "scratch"]) as server:
        server.wait_ready(is_ready(server))
        assert (folder / "scratch").exists()
    assert not (folder / "scratch").exists()


def test_arguments_reach_the_server_as_they_are(folder):
    odd = ["-x", "--", "a b", "--stop"]
    with Server("a server", [sys.executable, "-c", "import sys\nprint(sys.argv)\n" + READY, *odd], folder / "log") as server:
        until(lambda: not server.is_running(), "its end")
        assert str(odd)[1:-1] in tail(server.log)


def test_sigterm_unwinds_once():
    before = signal.getsignal(signal.SIGTERM)  # `invoke test` is itself under such a handler.
    unwound = []
    with pytest.raises(SystemExit) as ending, terminate_as_exit():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            unwound.append("whole")
    assert ending.value.code == 128 + signal.SIGTERM
    assert unwound == ["whole"]
    assert signal.getsignal(signal.SIGTERM) == before


def test_descriptions():
    assert describe(0) == "exited with status 0"
    assert describe(-11) == "was killed by SIGSEGV"
    assert describe(-250) == "was killed by signal 250"


def test_tail_is_one_bounded_line(folder):
    (folder / "log").write_bytes(b"x" * 100_000 + b"\n\nlast \xff but one\nlast\n")
    assert tail(folder / "log", lines=2) == "last \ufffd but one | last"
    assert len(tail(folder / "log")) == 1_000
    assert tail(folder / "none") == ""
