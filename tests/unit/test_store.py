"""Evidence on disk: the old set or the new one, whatever happens in between."""

from __future__ import annotations

import errno
import itertools
import os
import random
import resource
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from scenarios import record as contract
from scenarios.errors import EvidenceError
from scenarios.measure import store
from scenarios.measure.store import Evidence
from tests.unit.conftest import TRACE


def changed(evidence: Evidence, elapsed_s: float) -> Evidence:
    record = evidence.record.model_copy(update={"elapsed_s": elapsed_s})
    return replace(evidence, record=record)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def beside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.parent.iterdir() if path != folder)


@pytest.fixture
def folder(tmp_path, evidence) -> Path:
    """A wreck's evidence, written once."""
    store.write(tmp_path / "truculent-query", evidence)
    return tmp_path / "truculent-query"


def test_what_is_written_reads_back(folder, evidence):
    assert sorted(contents(folder)) == ["plans.json", "record.json", "samples.json", "seal.json", f"traces/{TRACE}.json"]
    assert contract.dumps(contract.read_record(folder)) == contract.dumps(evidence.record)
    assert beside(folder) == []
    assert folder.stat().st_mode & 0o777 == 0o755


def test_its_size_is_told(folder, evidence):
    assert store.write(folder, evidence) == sum(map(len, contents(folder).values()))


def test_the_same_evidence_twice_is_the_same_bytes(folder, evidence):
    before = contents(folder)
    store.write(folder, evidence)
    assert contents(folder) == before


def test_the_new_set_replaces_the_old_one_whole(folder, evidence):
    record = evidence.record.model_copy(
        update={"experiments": {"clients-1": evidence.record.experiments["clients-1"]}, "elapsed_s": 1}
    )
    store.write(folder, replace(evidence, record=record, traces={}))
    assert contract.read_record(folder).elapsed_s == 1
    assert sorted(contents(folder)) == ["plans.json", "record.json", "samples.json", "seal.json"]


def test_too_much_evidence_is_refused(folder, evidence):
    before = contents(folder)
    evidence.traces[TRACE] = "x" * contract.SIZE_BUDGET_BYTES
    with pytest.raises(EvidenceError, match="at most 1,000,000 bytes.*keep fewer"):
        store.write(folder, evidence)
    assert contents(folder) == before and beside(folder) == []


def test_a_trace_that_is_named_must_be_there(folder, evidence):
    before = contents(folder)
    with pytest.raises(EvidenceError, match="every trace that the record names"):
        store.write(folder, replace(evidence, traces={}))
    assert contents(folder) == before and beside(folder) == []


def test_a_record_that_breaks_the_contract_is_refused(folder, evidence):
    before = contents(folder)
    broken = evidence.record.model_copy(update={"elapsed_s": -1.0})  # a copy is not checked
    with pytest.raises(EvidenceError, match="elapsed_s"):
        store.write(folder, replace(evidence, record=broken))
    assert contents(folder) == before and beside(folder) == []


@pytest.mark.parametrize("at", range(4))
def test_a_full_disk_leaves_the_old_set(folder, evidence, monkeypatch, at):
    before = contents(folder)
    written = []
    write_through = store._write_through

    def fill(path, text):
        written.append(path)
        if len(written) > at:
            path.write_text(text[: len(text) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write_through(path, text)

    monkeypatch.setattr(store, "_write_through", fill)
    with pytest.raises(OSError, match="No space left"):
        store.write(folder, changed(evidence, 2))
    assert contents(folder) == before and beside(folder) == []


def test_a_write_that_the_system_itself_refuses_leaves_the_old_set(folder, evidence):
    before = contents(folder)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            store.write(folder, changed(evidence, 2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert contents(folder) == before and beside(folder) == []


# --- without the kernel's exchange ---------------------------------------------------------------------


def test_where_two_names_cannot_be_exchanged_two_renames_do(folder, evidence, monkeypatch):
    monkeypatch.setattr(store, "_exchange", lambda one, other: False)
    store.write(folder, changed(evidence, 2))
    assert contract.read_record(folder).elapsed_s == 2 and beside(folder) == []


def test_a_kill_between_those_renames_is_mended_by_the_next_write(folder, evidence):
    folder.rename(folder.parent / ".truculent-query.old")
    store.sweep(folder)
    assert contract.read_record(folder).elapsed_s == pytest.approx(evidence.record.elapsed_s, rel=1e-5)
    folder.rename(folder.parent / ".truculent-query.old")
    store.write(folder, changed(evidence, 2))
    assert contract.read_record(folder).elapsed_s == 2 and beside(folder) == []


def test_leftovers_are_swept_and_neighbours_left_alone(folder, evidence):
    for name in (".truculent-query.new-abc", ".truculent-query.old", ".other.new-abc", "other"):
        (folder.parent / name).mkdir()
        (folder.parent / name / "record.json").write_text("half")
    store.write(folder, changed(evidence, 2))
    assert beside(folder) == [".other.new-abc", "other"]
    assert contract.read_record(folder).elapsed_s == 2


def test_a_write_that_failed_in_the_swap_leaves_the_old_set(folder, evidence, monkeypatch):
    before = contents(folder)

    def fail(one, other):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(store, "_exchange", fail)
    with pytest.raises(OSError, match="Input/output"):
        store.write(folder, changed(evidence, 2))
    assert contents(folder) == before and beside(folder) == []


# --- killed ----------------------------------------------------------------------------------------------



def write_for_ever(folder: Path, evidence: Evidence) -> int:
    """Return the process id of a child that writes one set of evidence after the other."""
    child = os.fork()
    if child:
        return child
    try:
        for turn in itertools.count(1):
            record = evidence.record.model_copy(update={"elapsed_s": turn, "seed": turn})
            store.write(folder, replace(evidence, record=record))
    finally:
        os._exit(1)  # never back into the tests


def test_a_kill_at_any_moment_leaves_a_whole_set(tmp_path, evidence):
    folder = tmp_path / "site_data" / "truculent-query"
    chance, half_made = random.Random(1), 0
    for _ in range(20):
        written = folder.stat().st_ino if folder.exists() else None
        child = write_for_ever(folder, evidence)
        try:
            deadline = time.monotonic() + 30
            while not folder.exists() or folder.stat().st_ino == written:
                assert time.monotonic() < deadline
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.05))  # the moment of the kill is what is drawn
        finally:
            os.kill(child, signal.SIGKILL)
            assert os.waitpid(child, 0)[1] == signal.SIGKILL
        half_made += bool(beside(folder))
        record = contract.read_record(folder)
        assert record.seed == record.elapsed_s >= 1
        assert contract.read_samples(folder) and contract.read_plans(folder)
        assert sorted(contents(folder)) == ["plans.json", "record.json", "samples.json", "seal.json", f"traces/{TRACE}.json"]
    assert half_made, "every kill came between writes: nothing was tried"
    store.write(folder, evidence)
    assert beside(folder) == []
