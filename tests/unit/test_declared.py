"""How a wreck's two files are found and read, and what of a declaration is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scenarios.errors import WreckError
from scenarios.wreck import load

ROUTES = """
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Find:
    login: str


def wrecked():
    return Find("jsmith1")
"""
DECLARED = """
from scenarios.wreck import Arm, ClosedLoop, Experiment, Wreck

ARMS = (Arm("wrecked", "As it sank", "wrecked"{arm}),)
EXPERIMENTS = (Experiment("headline", "All", "small", ClosedLoop(1, 1), ("wrecked",){experiment}),)
WRECK = Wreck("SS Test", "A finding.", ARMS, ("/test",), EXPERIMENTS, ())
"""


def written(folder: Path, routes: str = ROUTES, arm: str = "", experiment: str = "") -> Path:
    """Write a wreck called ``test``, with what is added to its one arm and its one experiment; return the folder of wrecks."""
    at = folder / "test"
    at.mkdir()
    (at / "routes.py").write_text(routes)
    (at / "wreck.py").write_text(DECLARED.format(arm=arm, experiment=experiment))
    return folder


def test_a_wreck_from_elsewhere_may_have_dataclasses(tmp_path):
    wreck = load("test", written(tmp_path))
    assert wreck.slug == "test" and wreck.routes.wrecked().login == "jsmith1"


def test_routes_that_cannot_be_read_leave_nothing_behind(tmp_path):
    with pytest.raises(ZeroDivisionError):
        load("test", written(tmp_path, routes="1 / 0\n"))
    assert "_wreck_test_routes" not in sys.modules


def test_a_handler_that_is_not_there_is_told(tmp_path):
    with pytest.raises(WreckError, match="'wrecked', which routes.py lacks"):
        load("test", written(tmp_path, routes=""))


GTHREAD, GEVENT = '("--worker-class", "gthread", "--threads", "4")', '("-k", "gevent")'
UNSEEN = [(GEVENT, "", "'gevent' is not traced"), (GTHREAD, "watch_memory=True", "memory"), ('("--threads=2",)', "watch_memory=True", "memory")]


@pytest.mark.parametrize(("gunicorn", "experiment", "why"), UNSEEN)
def test_what_the_instruments_cannot_tell_truly_is_refused(tmp_path, gunicorn, experiment, why):
    with pytest.raises(WreckError, match=why):
        load("test", written(tmp_path, arm=f", gunicorn={gunicorn}", experiment=f", {experiment}" if experiment else ""))


@pytest.mark.parametrize(("gunicorn", "experiment"), [(GTHREAD, "probes=True"), (GEVENT, "probes=False"), ('("--threads=1",)', "watch_memory=True")])
def test_what_they_can_tell_is_not(tmp_path, gunicorn, experiment):
    assert load("test", written(tmp_path, arm=f", gunicorn={gunicorn}", experiment=f", {experiment}")).slug == "test"
