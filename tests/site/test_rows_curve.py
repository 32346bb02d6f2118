"""The curve of cost against rows: which experiments it is drawn from."""

from __future__ import annotations

import pytest

from scenarios.errors import EvidenceError
from scenarios.publish.exhibit import draw
from tests.site.test_fetching_exhibits import cut


def test_a_name_is_that_experiment_and_no_longer_one(project):
    chosen = {"experiments": "rows-, clients-1"}

    def with_ten_clients(record):
        ten = dict(record["experiments"]["clients-1"], clients=10)
        ten["arms"] = {"wrecked": dict(ten["arms"]["wrecked"])}
        record["experiments"]["clients-10"] = ten

    plain, more = draw(cut(project, lambda record: None), "rows-curve", chosen), draw(cut(project, with_ten_clients), "rows-curve", chosen)
    assert more.table == plain.table and more.title == plain.title
    both = draw(cut(project, with_ten_clients), "rows-curve", {"experiments": "rows-, clients-"})
    assert len(both.table.rows) > len(plain.table.rows)


def test_a_name_that_is_none_is_told(project):
    with pytest.raises(EvidenceError, match="clients"):
        draw(cut(project, lambda record: None), "rows-curve", {"experiments": "clients"})
