"""Evidence cut short, with bits turned, of other versions: each is named, and none is taken for good."""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path

import pytest

from scenarios import record as contract
from scenarios import seal
from scenarios.errors import EvidenceError
from scenarios.measure import store
from scenarios.publish.dive import Fleet
from scenarios.record import Record
from tests.unit.conftest import TRACE

SLUG = "truculent-query"
FILES = ("record.json", "samples.json", "plans.json", f"traces/{TRACE}.json", seal.NAME)


@pytest.fixture
def folder(tmp_path, evidence) -> Path:
    store.write(tmp_path / SLUG, evidence)
    return tmp_path / SLUG


def refusal(folder: Path) -> str:
    """Return the one line in which the evidence is refused."""
    with pytest.raises(EvidenceError) as caught:
        seal.read_whole(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_as_written_it_is_taken(folder):
    assert seal.read_whole(folder).wreck == SLUG
    assert json.loads((folder / seal.NAME).read_text())["sha256"].keys() == set(FILES) - {seal.NAME}


def test_without_a_seal_it_is_taken_as_it_is(folder):
    (folder / seal.NAME).unlink()
    assert seal.read_whole(folder).wreck == SLUG


def places(content: bytes) -> dict[str, int]:
    """Return a length to cut ``content`` to for each kind of place.

    Nothing, one byte, in a name, a number, a text, after a comma, all but the end.
    """
    text = content.decode()
    kinds = {"a name": r'"[a-z_0-9]+(?=":)', "a text": r':"[^"]', "a comma": ",", "a bracket": r"[\[{]", "a number": r":\d"}
    found = {kind: match.end() for kind, pattern in kinds.items() if (match := re.search(pattern, text[len(text) // 3 :]))}
    return {"nothing": 0, "a byte": 1, "the end": len(content) - 1} | {
        kind: len(text[: len(text) // 3 + at].encode()) for kind, at in found.items()
    }


@pytest.mark.parametrize("name", FILES)
def test_cut_short_at_every_kind_of_place(folder, name):
    whole = (folder / name).read_bytes()
    tried = places(whole)
    for length in tried.values():
        (folder / name).write_bytes(whole[:length])
        if name == seal.NAME and length == len(whole) - 1:
            continue  # A seal without its last line end names the same sums.
        assert f"{SLUG}/" in refusal(folder)
    assert len(tried) > 3


@pytest.mark.parametrize("name", FILES)
def test_no_turned_bit_goes_unseen(folder, name):
    whole, draw = (folder / name).read_bytes(), random.Random(name)
    for _ in range(60):
        at = draw.randrange(len(whole) - 1)  # The last is a line end.
        turned = bytearray(whole)
        turned[at] ^= 1 << draw.randrange(8)
        (folder / name).write_bytes(turned)
        assert f"{SLUG}/" in refusal(folder)


def test_a_digit_turned_is_a_number_still_and_told_by_the_seal(folder):
    text = (folder / "record.json").read_text()
    (folder / "record.json").write_text(text.replace('"seed":1', '"seed":3', 1))
    assert contract.read_record(folder).schema_version == 1
    assert refusal(folder).startswith(f"wanted {SLUG}/record.json as it was written; got other bytes")


def test_a_file_taken_away_or_put_beside_is_named(folder):
    (folder / f"traces/{TRACE}.json").rename(folder / "traces" / "other.json")
    assert f"{SLUG}/traces/{TRACE}.json" in refusal(folder)
    shutil.copy(folder / "traces" / "other.json", folder / "traces" / f"{TRACE}.json")
    assert f"{SLUG}/traces/other.json besides" in refusal(folder)


def test_the_site_is_not_built_from_it(folder):
    from scenarios.publish.site import _evidence

    assert _evidence(Fleet(folder.parent)) == [SLUG]
    text = (folder / "samples.json").read_text()
    (folder / "samples.json").write_text(text.replace("2000", "3000"))
    with pytest.raises(EvidenceError, match="samples.json as it was written"):
        _evidence(Fleet(folder.parent))


# --- other versions ------------------------------------------------------------------------------------


def of_version(record: Record, version) -> str:
    data = json.loads(contract.dumps(record)) | {"schema_version": version}
    return json.dumps(data)


@pytest.mark.parametrize(
    ("version", "do"),
    [(0, "to make it anew"), (2, "update this checkout"), ("1", "to make it anew"), (None, "to make it anew"), (True, "to make it anew")],
)  # fmt: skip
def test_another_version_is_refused_by_name(record, version, do):
    with pytest.raises(EvidenceError) as caught:
        contract.loads(Record, of_version(record, version), origin="x/record.json")
    assert f"version {version!r}" in str(caught.value) and do in str(caught.value)


def test_an_older_one_is_brought_up_to_date(record, monkeypatch):
    """From a made-up version -1, in which the seed was called otherwise, by way of version 0, where the wreck was."""

    def renamed(old: str, new: str):
        return lambda model, data: {(new if key == old else key): value for key, value in data.items()} if model == "Record" else data

    monkeypatch.setattr(contract, "MIGRATIONS", {-1: renamed("chance", "seed"), 0: renamed("ship", "wreck")})
    data = json.loads(of_version(record, -1))
    data["chance"], data["ship"] = data.pop("seed"), data.pop("wreck")
    assert contract.dumps(contract.loads(Record, json.dumps(data), origin="x")) == contract.dumps(record)
    with pytest.raises(EvidenceError, match="version -2"):
        contract.loads(Record, of_version(record, -2), origin="x")


def test_an_older_one_that_cannot_be_is_refused(record, monkeypatch):
    monkeypatch.setattr(contract, "MIGRATIONS", {0: lambda model, data: data["not there"]})
    with pytest.raises(EvidenceError, match="version 0 in x; got one that cannot be brought to version 1: KeyError"):
        contract.loads(Record, of_version(record, 0), origin="x")
