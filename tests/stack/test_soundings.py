"""The book of myths for real, as small as can be: a database, an application, nginx, pyperf; all ends, and nothing private is kept."""

from __future__ import annotations

import json

import pytest

from scenarios import soundings as contract
from scenarios.measure.soundings import main, myths
from scenarios.measure.soundings.place import QUICK
from scenarios.record import dumps
from tests.stack.conftest import processes_of
from tests.unit.sounding_factory import TIMES_NS
from tests.unit.test_record import PRIVATE, strings


@pytest.fixture
def no_other_pythons(monkeypatch):
    monkeypatch.setattr(main.myths.timed, "OTHERS", ())


def test_a_quick_sounding_of_every_myth(no_other_pythons, cache, tmp_path):
    made = main.sound(tmp_path, QUICK, parts={"myths": myths.measured})
    kept = contract.read(tmp_path)
    assert kept.soundings.keys() == made.soundings.keys() and not made.publishable
    values = {name: each.measured.value for name, each in made.soundings.items() if each.measured}
    assert {f"myth-{name}" for name in TIMES_NS} <= set(values) and min(values.values()) > 0
    # What a request does is what it does, however quick the run: some 50 games of 3 players make a page of many more strings than that.
    for slug in myths.PAGES:
        assert values[f"myth-globals-{slug}"] > 100 and values[f"myth-memberships-{slug}"] > 10 and values[f"myth-pieces-{slug}"] > 10
        assert values[f"myth-bytes-{slug}-packed"] < values[f"myth-bytes-{slug}-as-written"]
    assert not [text for text in strings(json.loads(dumps(made))) if PRIVATE.search(text)]
    assert processes_of(cache) == []
