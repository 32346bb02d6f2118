"""Who waits for whom in the database: what one look says, and what many come to."""

from __future__ import annotations

from scenarios.measure.probes.activity import Activity, Reading, reading

IDLE = (10, "aux", "127.0.0.5", "SELECT tw_players", "idle in transaction", "Client", [])
ALTER = (11, "aux", "127.0.0.5", "ALTER TABLE tw_players", "active", "Lock", [10])
WEB = [(pid, "web", "127.0.0.4", "SELECT /* each */ tw_games", "active", "Lock", [11, 11]) for pid in (12, 13)]
AT_WORK = (14, "web", "127.0.0.4", "SELECT 1", "active", "", [])


def of(*readings: Reading) -> Activity:
    activity = Activity.__new__(Activity)
    activity.samples = list(readings)
    return activity


def test_a_look_tells_who_works_who_idles_and_who_waits_for_whom():
    found = reading(1.0, [IDLE, ALTER, *WEB, AT_WORK])
    assert sum(found.busy.values()) == 4 and list(found.idle) == [("aux", "127.0.0.5", "SELECT tw_players")]
    pairs = {(key[0], key[2], key[3], key[5], key[6]): count for key, count in found.waits.items()}
    assert pairs == {
        ("aux", "ALTER TABLE tw_players", "aux", "SELECT tw_players", "idle in transaction"): 1,
        ("web", "SELECT /* each */ tw_games", "aux", "ALTER TABLE tw_players", "active"): 2,
    }


def test_who_is_waited_for_and_is_no_client_has_no_name():
    (key,) = reading(1.0, [(11, "aux", "127.0.0.5", "ALTER", "active", "Lock", [99])]).waits
    assert key[3:] == ("", "", "", "")


def test_of_a_part_of_a_run_means_are_told():
    activity = of(reading(1.0, [IDLE, ALTER, *WEB]), reading(2.0, [IDLE]), reading(9.0, [AT_WORK]))
    (idle,), waits = activity.idlest(1, 3), activity.longest_waits(1, 3)
    assert (idle.client, idle.statement, idle.mean) == ("aux", "SELECT tw_players", 1)
    assert [(wait.client, wait.holder, wait.holder_state, wait.mean) for wait in waits] == [
        ("web", "aux", "active", 1.0), ("aux", "aux", "idle in transaction", 0.5),
    ]  # fmt: skip
    busy = {each.statement: each.waiting for each in activity.busiest(1, 3)}
    assert busy == {"SELECT /* each */ tw_games": {"Lock": 1.0}, "ALTER TABLE tw_players": {"Lock": 0.5}}
    assert activity.idlest(20, 30) == activity.longest_waits(20, 30) == []


def test_over_time_they_are_counted_by_reading():
    activity = of(reading(1.0, [IDLE, ALTER, *WEB]), reading(2.0, [IDLE]))
    assert [(one.client, one.counts) for one in activity.idle([1, 2])] == [("aux", [1, 1])]
    assert [(one.client, one.holder_state, one.counts) for one in activity.waits([1, 2])] == [
        ("aux", "idle in transaction", [1, 0]), ("web", "active", [2, 0]),
    ]  # fmt: skip
    assert of().waits([1.0]) == [] and activity.waits([]) == []


def test_of_many_pairs_the_rare_ones_are_counted_together():
    rows = [(100 + i, "web", "127.0.0.4", f"SELECT {i}", "active", "Lock", [10]) for i in range(20)]
    found = of(reading(1.0, [IDLE, *rows])).waits([1.0])
    assert len(found) == 13 and sum(one.counts[0] for one in found) == 20
    assert [(one.holder, one.counts) for one in found if one.statement == "others"] == [("aux", [8])]


def test_sessions_without_waits_leave_no_word_of_them():
    (busy,) = of(reading(1.0, [AT_WORK])).busiest(0, 2)
    assert busy.model_dump() == {"client": "web", "address": "127.0.0.4", "statement": "SELECT 1", "mean": 1.0}
