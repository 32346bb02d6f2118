"""Which of a page's statements has its plan shown."""

from __future__ import annotations

import pytest

from scenarios.measure import explaining

COSTS = {"rolls": 5.0, "players": 8.0, "games": 1.0}


@pytest.fixture
def costs(monkeypatch):
    monkeypatch.setattr(explaining, "planned_cost", lambda connection, sql: COSTS[sql.split()[3]])


def of(table: str, *numbers: int) -> list[str]:
    return [f"SELECT * FROM {table} WHERE game_id = {number}" for number in numbers]


def test_it_is_of_the_kind_that_costs_most_in_all(costs):
    assert explaining.costliest(None, of("players", 1) + of("rolls", 7, 8)) == of("rolls", 7)[0]
    assert explaining.costliest(None, of("rolls", 7) + of("players", 1) + of("games", 1, 2, 3)) == of("players", 1)[0]


def test_where_there_is_but_one_kind_nothing_is_asked():
    assert explaining.costliest(None, of("rolls", 7, 8, 9)) == of("rolls", 7)[0]
