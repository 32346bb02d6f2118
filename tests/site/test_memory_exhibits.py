"""Pictures of memory, kills and errors, from made-up evidence of the SS Remembrance Lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scenarios import record as contract
from scenarios.errors import EvidenceError, UsageError
from scenarios.publish import exhibit, html
from scenarios.publish.charts import plotly_figure, svg
from scenarios.publish.dive import Dive
from scenarios.publish.exhibits import errors, memory_holds, throughput
from scenarios.wreck import load
from tests.live_figures import taken

SLUG = "remembrance-lost"
STEPS = (1, 8, 512, 1)
RESIDENT_MB = {"wrecked": (64, 70, 225, 224), "collected": (64, 68, 86, 85), "malloc": (66, 70, 320, 319), "streamed": (64, 65, 66, 66)}
STORM = {"wrecked": (600, 7, 5), "streamed": (270, 0, 0), "capped": (500, 0, 0)}
"""Arm to the most charged, kills and 502s."""


def reading(arm: str, step: int, rss_mb: float) -> contract.Memory:
    own = arm != "malloc"
    pool_mb = rss_mb - 31 if own else None
    return contract.Memory(
        path=f"/grenade/{step}",
        rss_mb=rss_mb,
        peak_mb=max(rss_mb, 293 if step == 512 and arm != "streamed" else 75),
        pool_mb=pool_mb,
        pool_used_mb=32 if own else None,
        arenas=round(pool_mb) if own else None,
        free_listed=6_000 if own else None,
        malloc_mb=18 if own else rss_mb - 14,
        malloc_used_mb=17 if own else 51,
        collected=0 if arm == "collected" else None,
    )


def a_round(number: int, arm: str, statuses: dict[str, int], kills: int | None) -> contract.Round:
    n = sum(statuses.values())
    q = contract.Quantiles(n=n, mean=110, min=9, p50=100, max=900)
    return contract.Round(
        round=number,
        position=1,
        duration_s=4,
        requests=n,
        statuses=statuses,
        latency_ms=q,
        service_ms=q,
        lateness_ms=q,
        requests_per_s=n / 4,
        memory=[reading(arm, step, mb) for step, mb in zip(STEPS, RESIDENT_MB.get(arm, RESIDENT_MB["wrecked"]), strict=True)],
        kills=kills,
        workers_died=["SIGKILL"] * (kills or 0),
        load1_before=0.1,
    )


def an_experiment(name: str, arms: dict[str, contract.ArmResult]) -> contract.Experiment:
    storm = name in ("storm", "workers")
    return contract.Experiment(
        title=name.title(),
        scale="talk",
        loop="closed",
        clients=5 if storm else 1,
        duration_s=60,
        workers=10 if storm else 1,
        probes=True,
        memory_limit_mb=600 if storm else None,
        command="invoke rebuild",
        arms=arms,
    )


def climb(arm: str) -> contract.ArmResult:
    return contract.ArmResult(title=arm.title(), rounds=[a_round(n, arm, {"200": 4}, None) for n in (1, 2)])


def storm(arm: str) -> contract.ArmResult:
    _, kills, bad = STORM[arm]
    log = (
        [
            contract.LogLine(source="kernel", text="Killed <process> … & co", count=kills),
            contract.LogLine(source="nginx", text="[error] gone"),
        ]
        if kills
        else []
    )
    statuses = {"200": 20 - bad} | ({"502": bad} if bad else {})
    return contract.ArmResult(title=arm.title(), rounds=[a_round(n, arm, statuses, kills) for n in (1, 2)], log=log)


def samples(arm: str) -> contract.ArmSamples:
    bad = STORM[arm][2]
    return contract.ArmSamples(
        experiment="storm",
        arm=arm,
        round=1,
        due_s=[i * 0.2 for i in range(20)],
        latency_ms=[100.0] * 20,
        path=[0] * 20,
        status=["502"] * bad + ["200"] * (20 - bad),
    )


def series(arm: str) -> contract.Series:
    most, kills, _ = STORM[arm]
    events = [contract.Event(at_s=0.5 * n, kind="kill", text="1 killed") for n in range(kills)]
    return contract.Series(experiment="storm", arm=arm, round=1, at_s=[-0.01, 1, 2], values={"fence_mb": [250, most, most]}, events=events)


@pytest.fixture
def dive(tmp_path) -> Dive:
    experiments = {
        "headline": an_experiment("headline", {arm: climb(arm) for arm in ("wrecked", "collected")}),
        "malloc": an_experiment("malloc", {"malloc": climb("malloc")}),
        "storm": an_experiment("storm", {arm: storm(arm) for arm in ("wrecked", "streamed")}),
        "workers": an_experiment("workers", {"capped": storm("capped")}),
    }
    made = contract.Record(
        wreck=SLUG,
        made_at=datetime(2026, 11, 2, tzinfo=UTC),
        publishable=False,
        unpublishable_because=["made up"],
        command="invoke rebuild",
        seed=1,
        commit=None,
        commit_is_clean=False,
        code_sha256="0f",
        datasets={},
        experiments=experiments,
        elapsed_s=1,
        stack_start_s=contract.Quantiles(n=0),
        environment=contract.Environment(
            versions={}, kernel="k", libc="l", cpu_model="c", cpu_count=2, memory_mb=1, postgres_settings={}, privileged=True
        ),
    )
    found = Dive(SLUG, tmp_path)
    found.__dict__ |= {
        "record": made,
        "wreck": load(SLUG),
        "samples": contract.Samples(paths=["/grenade/1"], runs=[samples(arm) for arm in ("wrecked", "streamed")]),
        "series": contract.SeriesFile(runs=[series(arm) for arm in ("wrecked", "streamed")]),
    }
    return found


KINDS = {
    "memory-staircase": {"experiments": "headline,malloc", "logbook": "after-"},
    "memory-holds": {"experiments": "headline,malloc"},
    "memory-limit": {"experiment": "storm", "salvaged": "streamed"},
    "memory-ladder": {"experiments": "storm,workers", "salvaged": "streamed"},
    "errors": {"experiment": "storm"},
    "throughput": {"experiment": "storm", "salvaged": "streamed"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_drawn_still_live_and_as_a_table(dive, kind):
    drawn = exhibit.draw(dive, kind, KINDS[kind])
    assert drawn.title and drawn.caption and drawn.chart.alt and drawn.table.rows
    assert all(len(row) == len(drawn.table.columns) for row in drawn.table.rows)
    assert svg.draw(drawn.chart, "x").startswith("<svg") and taken(plotly_figure.to_json(drawn.chart))
    page = html.exhibit_html(drawn, SLUG, "x")
    assert "<process>" not in page and "None" not in page


def test_the_staircase_s_title_says_whether_it_stays(dive):
    title = {arm: exhibit.draw(dive, "memory-staircase", {"arms": arm}).title for arm in ("wrecked", "collected")}
    assert title["wrecked"].endswith("from 64\u00a0MB to 225\u00a0MB, and there it stays")
    assert title["collected"].startswith("Collected: from 64\u00a0MB to 86\u00a0MB")


def test_the_talk_s_row_stands_at_its_own_steps(dive):
    drawn = exhibit.draw(dive, "memory-staircase", KINDS["memory-staircase"])
    talks = next(mark for mark in drawn.chart.marks if mark.name == "The talk, 2016")
    assert (talks.x, talks.y) == ((1.0, 2.0), (46, 488))
    assert drawn.table.rows[-1] == ("The talk, 2016", "–", "46", "488", "–")
    assert not any(mark.name == "The talk, 2016" for mark in exhibit.draw(dive, "memory-staircase", {}).chart.marks)


def test_a_climb_whose_worker_died_is_left_out(dive):
    arm = dive.record.experiments["headline"].arms["collected"]
    fallen = arm.rounds[0].model_copy(update={"memory": arm.rounds[0].memory[:2]})
    dive.record.experiments["headline"].arms["collected"] = arm.model_copy(update={"rounds": [fallen, arm.rounds[1]]})
    assert "Collected: 1)" in exhibit.draw(dive, "memory-staircase", {}).caption
    dive.record.experiments["headline"].arms["collected"] = arm.model_copy(update={"rounds": [fallen]})
    assert "Collected" not in exhibit.draw(dive, "memory-staircase", {}).caption


def test_the_peak_is_another_measure_and_no_third_is_known(dive):
    assert "293" in exhibit.draw(dive, "memory-staircase", {"measure": "peak_mb"}).title
    with pytest.raises(UsageError):
        exhibit.draw(dive, "memory-staircase", {"measure": "weight"})


@pytest.mark.parametrize("arm", ["wrecked", "collected", "malloc"])
def test_the_parts_sum_to_what_is_resident(dive, arm):
    found = dive.record.experiments["malloc" if arm == "malloc" else "headline"].arms[arm].rounds[0].memory
    for step in ("8", "512"):
        held = memory_holds.parts(found, step)
        at = next(each for each in found if each.path.endswith(f"/{step}"))
        assert sum(held.values()) == pytest.approx(at.rss_mb) and min(held.values()) >= 0


def test_what_was_trimmed_counts_no_longer():
    held = reading("malloc", 512, 68).model_copy(update={"malloc_mb": 304})
    parts = memory_holds.parts([reading("malloc", 1, 66), held], "512")
    assert parts["kept by malloc, in use by nothing"] == pytest.approx(3) and sum(parts.values()) == pytest.approx(68)


def test_each_kill_is_marked_at_the_limit(dive):
    drawn = exhibit.draw(dive, "memory-limit", KINDS["memory-limit"])
    (crosses,) = [mark for mark in drawn.chart.marks if getattr(mark, "name", "") == "a worker killed by the kernel"]
    assert len(crosses.x) == 7 and set(crosses.y) == {600.0} and "7 times somebody dies" in drawn.title
    assert "never more than" in exhibit.draw(dive, "memory-limit", {"arms": "streamed", "experiment": "storm"}).title


def test_a_page_s_peak_is_what_it_is_alone(dive):
    rows = {row[0]: row for row in exhibit.draw(dive, "memory-ladder", KINDS["memory-ladder"]).table.rows}
    assert rows["Wrecked"][2:5] == ("293\u00a0MB", "229\u00a0MB", "2.29\u00a0GB") and rows["Wrecked"][5] == "7"
    assert rows["Capped"][1] == "2" and rows["Capped"][3] == "229\u00a0MB" and rows["Capped"][4] == "458\u00a0MB"
    assert rows["Streamed"][3] == "11\u00a0MB"


def test_answers_fall_into_their_stretch(dive):
    bins, width_s = errors.cut(samples("wrecked"), 4)
    assert sum(sum(b.values()) for b in bins) == 20 and bins[0]["502"] == 5 and "502" not in bins[3] and width_s == pytest.approx(3.9 / 4)
    x, y = throughput.good_per_s(samples("streamed"), 1.0)
    assert len(x) == 4 and sum(each * (0.9 if i == 3 else 1) for i, each in enumerate(y)) == pytest.approx(20)


def test_log_lines_stand_under_the_picture(dive):
    said = exhibit.draw(dive, "errors", {"experiment": "storm"}).html
    assert "Killed &lt;process&gt; … &amp; co" in said and "7 times" in said and said.index("nginx") < said.index("kernel")
    assert exhibit.draw(dive, "errors", {"experiment": "storm", "arm": "streamed"}).html == ""


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_not_run_is_excused_by_name(dive, kind):
    kept = {"headline": dive.record.experiments["headline"]} if "storm" in str(KINDS[kind]) else {}
    dive.__dict__["record"] = dive.record.model_copy(update={"experiments": kept})
    with pytest.raises(EvidenceError) as caught:
        exhibit.draw(dive, kind, KINDS[kind])
    assert dive.excuse(caught.value)
