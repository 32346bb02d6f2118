"""What a contributor does first, for real: a new wreck in a checkout of its own, run small as it is."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from scenarios.claims import verdict
from scenarios.record import read_record
from tests.stack.small_checkout import small_checkout

COUNTED = ("everything-fetched", "same-answer")


@pytest.fixture(scope="module")
def begun():
    folder = Path(tempfile.mkdtemp(prefix="wreck-begun-"))
    folder.chmod(0o755)  # Servers that run as somebody else reach into it.
    made = small_checkout(folder)
    status, said = made.run("new", "Leaky Bilge", log="new.log")
    assert status == 0, said
    assert (made.checkout / "docs" / "dives" / "leaky-bilge.md").exists()
    yield made
    shutil.rmtree(folder)


def test_it_runs_at_once_and_what_is_counted_holds(begun):
    status, said = begun.run("rebuild", "--wreck", "leaky-bilge", "--quick")
    assert status == 0, said
    record = read_record(begun.checkout / ".trial" / "site_data" / "leaky-bilge")
    assert not record.publishable and set(record.experiments["headline"].arms) == {"wrecked", "no-rolls", "no-sort", "salvaged"}
    assert all(set(arm.rounds[0].statuses) == {"200"} for arm in record.experiments["headline"].arms.values())
    assert all(record.claims[name].holds for name in COUNTED)
    assert not [name for name, claim in record.claims.items() if verdict(claim) == "fails"]


def test_a_name_that_is_taken_is_refused_in_a_line(begun):
    status, said = begun.run("new", "leaky-bilge", log="again.log")
    assert status == 2 and said.count("\n") == 1 and "'leaky-bilge', which has wrecks/leaky_bilge already" in said
