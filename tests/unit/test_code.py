"""Which code evidence comes from: all that can change what a run finds, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from scenarios import code


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A copy of the code that may be changed."""
    copy = tmp_path / "scenarios"
    shutil.copytree(code.SCENARIOS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "SCENARIOS", copy)
    return copy


def sha() -> str:
    return code.sha256("truculent-query")


def test_the_same_code_has_the_same_hash_wherever_it_lies(tree, monkeypatch):
    there = sha()
    monkeypatch.undo()
    assert sha() == there


@pytest.mark.parametrize(
    "name",
    [
        "record.py", "claims.py", "diceworld/models.py", "diceworld/templates/base.html", "measure/run.py", "measure/stack/nginx.py",
        "wrecks/truculent_query/routes.py", "wrecks/truculent_query/wreck.py", "wrecks/truculent_query/templates/truculent/players.html",
    ],
)  # fmt: skip
def test_a_change_that_counts_is_seen(tree, name):
    before = sha()
    path = tree / name
    path.write_text(path.read_text() + ("x = 1\n" if path.suffix == ".py" else " "))
    assert sha() != before


REMARKS = '''"""What this is for."""
# A remark.
import os  # why


def answer(question: str) -> str:
    """Return it."""
    limit = 3
    """Of what."""
    # Another.
    return f"{question}# not a remark {limit}" + """nor
# this"""
'''


@pytest.mark.parametrize(
    ("was", "is_"),
    [
        ("# A remark.\n", ""), ("# A remark.", "# Put right: ä."), ("import os  # why", "import os"), ("What this is for", "Something else"),
        ('    """Return it."""\n', ""), ('"""Of what."""', "'another'"), ("\n\n\ndef", "\ndef"), ("    # Another.\n", "\n"), ("limit = 3", "limit = 3   "),
    ],
)  # fmt: skip
def test_words_about_the_code_are_no_part_of_it(was, is_):
    assert was in REMARKS
    assert code.essence(REMARKS.replace(was, is_, 1).encode()) == code.essence(REMARKS.encode())


@pytest.mark.parametrize(
    ("was", "is_"),
    [("= 3", "= 4"), ("# not a remark", "# not"), ("# this", "# that"), ("    limit", "        limit"), ("import os", ""), ("str", "ßtr")]
)
def test_what_the_code_does_is(was, is_):
    assert was in REMARKS
    assert code.essence(REMARKS.replace(was, is_, 1).encode()) != code.essence(REMARKS.encode())


def test_what_is_no_python_is_taken_as_it_is():
    assert code.essence(b"if (:\n  # remark") in (b"if (:\n  # remark", b"if (:")
    assert code.essence(b"\xff\xfe") == b"\xff\xfe"


def test_a_remark_in_a_file_that_counts_changes_nothing(tree):
    before = sha()
    path = tree / "measure" / "run.py"
    path.write_text("# A remark.\n" + path.read_text().replace('"""One run', '"""A run', 1))
    assert sha() == before


def test_every_version_of_python_here_reads_the_same(tree):
    """The site may be built by another version than the evidence was made by."""
    named = os.environ.get("DIVING_PYTHONS", "").split(os.pathsep)
    others = [path for each in (*named, *(f"python3.{minor}" for minor in range(11, 16))) if each and (path := shutil.which(each))]
    asked = "import sys; sys.path.insert(0, sys.argv[1]); from scenarios import code; print(code.sha256('truculent-query'))"
    answers = [
        subprocess.run([python, "-c", asked, str(tree.parent)], capture_output=True, text=True) for python in (sys.executable, *others)
    ]
    # A name on the PATH may lead to no interpreter (a version manager's stand-in); ours does.
    assert answers[0].returncode == 0 and {answer.stdout.strip() for answer in answers if answer.returncode == 0} == {sha()}


def test_a_new_file_and_a_new_name_are_seen(tree):
    before = sha()
    (tree / "measure" / "new.py").write_text("")
    added = sha()
    (tree / "measure" / "new.py").rename(tree / "measure" / "newer.py")
    assert len({before, added, sha()}) == 3


@pytest.mark.parametrize("name", ["publish/site.py", "doctor.py", "wrecks/another/routes.py", "measure/__pycache__/run.cpython-313.pyc"])
def test_a_change_that_cannot_count_is_not(tree, name):
    before = sha()
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    (tree / name).write_text("x = 1\n")
    assert sha() == before


def test_content_never_passes_for_a_name(tree):
    """Two files' border is part of the hash."""
    (tree / "measure" / "aa.py").write_text("b")
    one = sha()
    (tree / "measure" / "aa.py").unlink()
    (tree / "measure" / "a.py").write_text("ab")
    assert sha() != one


def test_the_commit_is_forty_digits_or_none_at_all(monkeypatch):
    head, is_clean = code.commit()
    assert (head is None and is_clean is False) or (len(head) == 40 and int(head, 16) >= 0)
    monkeypatch.setattr(code.shutil, "which", lambda _: None)
    assert code.commit() == (None, False)


def test_outside_a_checkout_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(code, "SCENARIOS", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert code.commit() == (None, False)
