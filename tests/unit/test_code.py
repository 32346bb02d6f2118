"""Which code evidence comes from: all that can change what a run finds, and nothing else."""

from __future__ import annotations

import shutil

import pytest

from scenarios.measure import code


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
    path.write_text(path.read_text() + " ")
    assert sha() != before


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
