"""The edge of every task: what a person is told, and that a reader who has gone is no trouble."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GONE = 141
PROGRAM = """
import sys
sys.path.insert(0, {root!r})
from invoke import Collection, Program, task
import tasks


@task
def says(_, lines=1, fails=False):
    with tasks.edge():
        from scenarios.errors import WreckError

        for _ in range(int(lines)):
            print("x" * 99)
        if fails:
            raise WreckError("one thing", "another", "do a third")


Program(namespace=Collection(says)).run(["invoke", "says", *sys.argv[1:]])
"""


def said_to_nobody(*words: str, unbuffered: str = "") -> tuple[int, str]:
    """Run a task whose output goes to a pipe that nobody reads; return its exit code and what it says of errors."""
    argv = [sys.executable, "-c", PROGRAM.format(root=str(ROOT)), *words]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    process = subprocess.Popen(
        argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    return process.wait(60), error


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("lines", ["1", "9999"], ids=["a line", "more than a pipe holds"])
def test_a_reader_who_has_gone_ends_a_task_without_a_word(lines, unbuffered):
    assert said_to_nobody("--lines", lines, unbuffered=unbuffered) == (GONE, "")


def test_an_error_is_told_though_nobody_reads_the_rest():
    assert said_to_nobody("--lines", "1", "--fails") == (1, "invoke: wanted one thing; got another; do a third\n")
