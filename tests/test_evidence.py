"""The committed evidence: whole, publishable, within its budget, and bearing out every claim of the story."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scenarios import record as contract
from scenarios import seal
from scenarios import wreck as wrecks
from scenarios.checking import check_all
from scenarios.errors import ClaimError, EvidenceError

SITE_DATA = Path(__file__).parent.parent / "site_data"
SLUGS = [slug for slug in wrecks.slugs() if (SITE_DATA / slug).exists()]
"""A wreck may be declared before it is run: test_every_wreck.py says which must not be without evidence."""


def test_every_claim_holds(capsys):
    check_all(SITE_DATA)
    assert "every claim holds" in capsys.readouterr().out


@pytest.mark.parametrize("slug", SLUGS)
def test_it_is_of_a_full_run_within_its_budget(slug):
    record = contract.read_record(SITE_DATA / slug)
    assert record.publishable and record.commit_is_clean and record.commit
    size_bytes = sum(path.stat().st_size for path in (SITE_DATA / slug).rglob("*.json"))
    assert size_bytes <= contract.SIZE_BUDGET_BYTES


@pytest.mark.parametrize("slug", SLUGS)
def test_arms_that_claims_rest_on_have_five_rounds_in_shuffled_order(slug):
    record = contract.read_record(SITE_DATA / slug)
    headline = record.experiments["headline"]
    assert all(len(arm.rounds) >= 5 for arm in headline.arms.values())
    cells = {
        (e, a): arm.rounds for e, experiment in record.experiments.items() for a, arm in experiment.arms.items() if len(arm.rounds) >= 5
    }
    orders = {tuple(sorted(cells, key=lambda cell: cells[cell][i].position)) for i in range(5)}
    assert len(cells) > 1 and len(orders) > 1


@pytest.mark.parametrize("slug", SLUGS)
def test_its_bytes_are_canonical(slug):
    """Reading and writing again changes nothing: no editor has been at it."""
    folder = SITE_DATA / slug
    for read, name in ((contract.read_record, "record.json"), (contract.read_samples, "samples.json"), (contract.read_plans, "plans.json")):
        assert contract.dumps(read(folder)) == (folder / name).read_text(encoding="utf-8")


def test_a_claim_that_fails_is_named(tmp_path):
    """With the fault taken out (wrecked answers as salvaged does) the story no longer holds, and check says which of it."""
    slug = "truculent-query"
    for each in SLUGS:
        shutil.copytree(SITE_DATA / each, tmp_path / each)
    record = contract.read_record(SITE_DATA / slug)
    headline = record.experiments["headline"]
    mended = headline.model_copy(update={"arms": headline.arms | {"wrecked": headline.arms["rewrite-covered"]}})
    record = record.model_copy(update={"experiments": record.experiments | {"headline": mended}})
    (tmp_path / slug / "record.json").write_text(contract.dumps(record), encoding="utf-8")
    (tmp_path / slug / seal.NAME).unlink(missing_ok=True)
    with pytest.raises(ClaimError) as failure:
        check_all(tmp_path, say=lambda line: None)
    for name in ("mostly-database", "salvage", "rewrite-alone", "join-back-alone", "subquery-alone"):
        assert name in str(failure.value)
    assert "same-answer" not in str(failure.value)


def test_missing_evidence_is_said(tmp_path):
    with pytest.raises(EvidenceError, match="invoke rebuild"):
        check_all(tmp_path, say=lambda line: None)
