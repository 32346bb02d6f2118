"""What a piece of folk wisdom saves of a request: the arithmetic, on the committed records and made-up soundings."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import median

import pytest

from scenarios.errors import UsageError
from scenarios.publish.dive import Fleet
from scenarios.publish.soundings import myth_shares, sounding, sounding_token
from scenarios.publish.soundings.drawings import big_o, myths
from scenarios.soundings import Sounding
from tests.unit.sounding_factory import BYTES, COUNTS, TIMES_NS, a_soundings, found, one

SITE_DATA = Path(__file__).parents[2] / "site_data"
TRUCULENT, SELECTIVE = (page.slug for page in myth_shares.PAGES)


@pytest.fixture
def fleet():
    return Fleet(SITE_DATA)


def took_ms(fleet, slug: str, arm: str = "wrecked") -> float:
    return median(each.latency_ms.mean for each in fleet.dive(slug).arm("headline", arm).rounds)


def share(fleet, name: str, slug: str, soundings=None):
    return myth_shares.one_of(soundings or a_soundings(), fleet, name, slug)


@pytest.mark.parametrize("slug", [TRUCULENT, SELECTIVE])
@pytest.mark.parametrize(
    ("name", "saved_ns"),
    [
        ("join", (TIMES_NS["join-attribute"] - TIMES_NS["join-list"]) * COUNTS["pieces"]),
        ("local", (TIMES_NS["local-global"] - TIMES_NS["local-bound"]) * COUNTS["globals"]),
        ("big-o", (TIMES_NS["list-1000"] - TIMES_NS["set-1000"]) * COUNTS["memberships"]),
        ("static", 2 * 2.0 * 1e6),
        ("minify", (BYTES["as-written"] - BYTES["minified"]) * 8 / 1.6e6 * 1e9),
        ("pack", (BYTES["as-written"] - BYTES["packed"]) * 8 / 1.6e6 * 1e9 - 300_000),
    ],
)
def test_a_share_is_what_one_saves_times_how_often_over_the_request(fleet, name, saved_ns, slug):
    found_ = share(fleet, name, slug)
    assert found_.saved_ms == pytest.approx(saved_ns / 1e6, rel=1e-6)
    assert found_.share.value == pytest.approx(saved_ns / 1e6 / took_ms(fleet, slug), rel=1e-6)
    assert found_.share.low <= found_.share.value <= found_.share.high


def test_more_workers_save_what_ten_readers_need_not_wait(fleet):
    assert share(fleet, "workers", TRUCULENT).share.value == pytest.approx(0.5)
    with pytest.raises(Exception, match="workers"):
        share(fleet, "workers", SELECTIVE)


def test_the_mended_page_is_the_records_own(fleet):
    for page in myth_shares.PAGES:
        saved = share(fleet, "salvage", page.slug).share.value
        assert saved == pytest.approx(1 - took_ms(fleet, page.slug, page.salvaged) / took_ms(fleet, page.slug), abs=0.02)
        assert saved > 0.9


def test_what_was_not_measured_has_no_share(fleet):
    absent = Sounding(title="x", unit="ns", absent="no")
    names = {each.myth for each in myth_shares.shares(a_soundings(found() | {"myth-join-list": absent}), fleet)}
    assert "join" not in names and "local" in names


def test_one_round_has_no_ends(fleet):
    single = Sounding(title="x", unit="ns", measured=one(106.0).measured.model_copy(update={"rounds": [106.0]}))
    made = a_soundings(found() | {"myth-join-attribute": single})
    assert share(fleet, "join", TRUCULENT, made).share.high == 1e308


def test_wrecks_that_are_not_there_are_left_out(tmp_path):
    assert myth_shares.shares(a_soundings(), Fleet(tmp_path)) == []
    assert myth_shares.spread_of_rounds(Fleet(tmp_path)) is None


def test_the_title_counts_what_it_says(fleet):
    drawn = myths.draw(a_soundings(), fleet)
    small = {m.name for m in myth_shares.MYTHS if all(share(fleet, m.name, slug).share.value < 0.01 for slug in (TRUCULENT, SELECTIVE))}
    assert drawn.title.startswith(f"{len(small)} of {len(myth_shares.MYTHS) + 1} save less than 1")
    assert drawn.chart.y.categories[-1].startswith(f"{myth_shares.SALVAGE_TITLE}\n9")


def test_nothing_saved_is_said_and_not_drawn(fleet):
    """A logarithm has no place for it."""
    made = a_soundings(found() | {"myth-local-global": one(19.0), "myth-local-bound": one(20.0)})
    drawn = myths.draw(made, fleet)
    row = drawn.chart.y.categories.index(f"Bind a local name\n{myths.NOTHING}")
    assert row == 0 and not [y for mark in drawn.chart.series() for y in mark.y if y == row]
    assert sounding_token.said(made, fleet, f"share:local.{TRUCULENT}").text == sounding_token.said(
        made, fleet, f"time:local.{TRUCULENT}"
    ).text == myths.NOTHING


def test_a_saving_that_its_rounds_cannot_tell_from_none_is_none(fleet):
    restless = one(22.0).measured.model_copy(update={"rounds": [10.0, 40.0, 5.0, 45.0, 10.0]})
    made = a_soundings(found() | {"myth-local-global": Sounding(title="x", unit="ns", measured=restless)})
    assert share(fleet, "local", TRUCULENT, made).share.value > 0 and not share(fleet, "local", TRUCULENT, made).is_seen
    assert not said(fleet, f"share:local.{TRUCULENT}").text


@pytest.mark.parametrize(("quicker", "between"), [((10.0, 15.0, 100.0), (4, 16)), ((30.0, 40.0, 100.0), (0, 1)), ((1.0, 2.0, 3.0), None)])
def test_where_a_list_becomes_slower_than_a_set(quicker, between):
    by_kind = {"list": {n: one(ns).measured for n, ns in zip((1, 4, 16), quicker, strict=True)}, "set": {4: one(20.0).measured}}
    assert big_o.crossing(by_kind) == between


def test_the_rounds_differ_by_what_the_least_restless_page_does(fleet):
    values = [[each.latency_ms.mean for each in fleet.dive(slug).arm("headline", "wrecked").rounds] for slug in (TRUCULENT, SELECTIVE)]
    assert myth_shares.spread_of_rounds(fleet) == pytest.approx(min((max(v) - min(v)) / median(v) for v in values))


# --- tokens ----------------------------------------------------------------------------------------


def said(fleet, subject: str):
    return sounding_token.said(a_soundings(), fleet, subject)


def test_a_subject_is_a_sounding_a_ratio_a_saving_or_a_share(fleet):
    assert said(fleet, "myth-join-list").value == 6.0 and said(fleet, "myth-join-list").unit == "ns"
    assert said(fleet, "myth-join-attribute / myth-join-list").value == pytest.approx(106 / 6)
    assert said(fleet, "myth-static-flask / myth-join-list").value == pytest.approx(2.2e6 / 6)
    assert said(fleet, "saved:join").value == pytest.approx(100.0)
    assert said(fleet, f"saved:minify.{TRUCULENT}").value == pytest.approx(4_000 * 5_000)
    assert said(fleet, f"share:join.{TRUCULENT}").value == share(fleet, "join", TRUCULENT).share.value
    assert said(fleet, f"time:join.{TRUCULENT}").value == pytest.approx(0.1)
    assert said(fleet, "myth-local-global-python-3-12").value is None


@pytest.mark.parametrize(
    ("subject", "nearest"),
    [
        ("myth-join-lst", "myth-join-list"), ("shar:join", "share"), (f"share:joint.{TRUCULENT}", "join"),
        ("share:join.truculent", TRUCULENT),
        ("saved:joi", "join"), ("saved:minify", TRUCULENT), ("myth-join-list / ", "name / name"),
    ],
)  # fmt: skip
def test_a_name_that_is_none_is_refused_with_the_nearest(fleet, subject, nearest):
    with pytest.raises(UsageError, match=nearest):
        said(fleet, subject)


def test_what_can_be_told_without_evidence_is():
    sounding_token.check(f"share:join.{TRUCULENT}")
    with pytest.raises(UsageError, match="share"):
        sounding_token.check("shar:join")
    with pytest.raises(UsageError, match="join"):
        sounding_token.check("share:joint.x")


def test_intervals_in_words():
    assert sounding.between(one(20.0).measured, "ns").endswith("ns") and " to " in sounding.between(one(20.0).measured, "ns")
    assert math.isclose(sounding.difference(one(3.0).measured, one(1.0).measured).value, 2.0)
