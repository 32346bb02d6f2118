"""The instruments' own cost: budgets that can be missed, and a file that is whole or refused."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest
from pydantic import ValidationError

from scenarios import bench as contract
from scenarios import code
from scenarios.bench import Finding, PageBytes, finding, judged
from scenarios.claims import exact, interval
from scenarios.errors import EvidenceError
from scenarios.measure.bench import generator, main, made_up, probes, recorder
from scenarios.measure.requests import read_client
from scenarios.record import dumps
from scenarios.wreck import load
from tests.unit.bench_factory import FELT, SCORED, SITE, a_bench, one, probe_rounds, recorded, sent


@pytest.mark.parametrize(
    ("values", "bounds", "verdict"),
    [
        ([4.0, 4.1, 4.2], {"at_most": 5}, "met"),
        ([6.0, 6.1, 6.2], {"at_most": 5}, "missed"),
        ([4.0, 6.0, 5.0], {"at_most": 5}, "untold"),
        ([4.0], {"at_most": 5}, "untold"),
        ([21.0, 21.1], {"at_least": 20}, "met"),
        ([19.0, 19.1], {"at_least": 20}, "missed"),
        ([1.0], {}, "no budget"),
    ],
)
def test_a_budget_is_judged_by_the_whole_interval(values, bounds, verdict):
    assert finding("x", "s", interval(values), **bounds).verdict == verdict


def test_a_verdict_that_its_numbers_do_not_bear_out_is_refused():
    with pytest.raises(ValidationError, match="missed"):
        Finding(sentence="x", unit="s", measured=one(6.0), at_most=5, verdict="met")
    with pytest.raises(ValueError, match="one of them"):
        judged(one(1.0), 1, 2)


def test_a_verdict_survives_the_digits_that_are_not_written():
    bench = a_bench()
    close = finding("x", "s", one(5.0000001), at_most=5)
    assert close.verdict == "met"
    kept = bench.model_copy(update={"findings": {"close": close}})
    assert contract.loads(dumps(kept), "here").findings["close"].verdict == "met"


def test_it_is_read_as_it_was_written(tmp_path):
    assert contract.read(tmp_path) is None
    text = dumps(a_bench())
    (tmp_path / contract.FILE).write_text(text, encoding="utf-8")
    assert dumps(contract.read(tmp_path)) == text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d | {"bench_version": 2}, "version 2"),
        (lambda d: d | {"extra": 1}, "extra"),
        (lambda d: {k: v for k, v in d.items() if k != "probes"}, "probes"),
        (lambda d: [d], "JSON object"),
    ],
)
def test_what_does_not_fit_is_refused_and_says_what_to_do(change, told):
    data = json.loads(dumps(a_bench()))
    with pytest.raises(EvidenceError, match=told) as refused:
        contract.loads(json.dumps(change(data)), "site_data/bench.json")
    assert "invoke bench" in str(refused.value)


def test_half_a_file_is_refused():
    with pytest.raises(EvidenceError, match="invoke bench"):
        contract.loads(dumps(a_bench())[:500], "site_data/bench.json")


# --- probes --------------------------------------------------------------------------------------


def test_the_probe_effect_is_a_share_of_the_cpu_with_all_of_them():
    found = probes.table(probe_rounds(0.04))
    assert probes.findings(found)["probes"].measured.value == pytest.approx(0.04)
    assert {each.setting for each in found if each.page == probes.CHATTY} == {"on", "off", "log", *probes.spans.PROBES}
    assert next(each for each in found if each.setting == "on").share is None


@pytest.mark.parametrize(("share", "verdict"), [(0.03, "met"), (0.1, "missed")])
def test_its_budget_can_be_missed(share, verdict):
    assert probes.findings(probes.table(probe_rounds(share)))["probes"].verdict == verdict


def test_a_process_s_cpu_is_its_own():
    before_s = probes.cpu_s(os.getpid())
    sum(number * number for number in range(200_000))
    assert probes.cpu_s(os.getpid()) > before_s
    assert probes.cpu_s(os.getpid()) == pytest.approx(sum(os.times()[:2]), abs=0.5)


# --- client --------------------------------------------------------------------------------------


def test_the_highest_rate_is_that_of_a_schedule():
    assert generator.highest_rate_per_s(map(load, ("truculent-query", "oryx-antlerson"))) == 20


@pytest.mark.parametrize(
    ("runs", "name", "verdict"),
    [
        (sent(2, 2_000), "client-times", "met"),
        (sent(2, 300), "client-times", "missed"),
        (sent(2, 2_000), "client-lateness", "met"),
        (sent(80, 2_000), "client-lateness", "missed"),
        (sent(2, 2_000), "client-answered", "met"),
        (sent(2, 2_000, answered=0.9), "client-answered", "missed"),
    ],
)
def test_the_clients_budgets_can_be_missed(runs, name, verdict):
    assert generator.findings(runs, 20)[name].verdict == verdict


def test_a_rate_s_lateness_is_over_rounds():
    loads = generator.table(sent(2, 2_000))
    assert [load_.rate_per_s for load_ in loads] == [100, 400]
    assert loads[0].lateness_ms_p95.rounds == pytest.approx([2.0, 2.01, 2.02]) and loads[1].requests == 1_200


# --- recorder ------------------------------------------------------------------------------------


def test_a_made_up_run_is_read_and_summarised(tmp_path):
    made_up.write(tmp_path / "run", 40)
    found, own = read_client(tmp_path / "run" / "client.jsonl")
    assert len(found) == 40 and own["elapsed_s"] == 40 / made_up.RATE_PER_S
    result, _ = json.JSONDecoder().raw_decode(recorder.recorded(tmp_path / "run"))
    assert result["rounds"][0]["statements_per_request"] == made_up.STATEMENTS
    assert result["rounds"][0]["requests"] == 40 and set(result["traces"]) == {"median", "slowest"}


def test_evidence_of_a_longer_run_is_no_larger(tmp_path, monkeypatch):
    monkeypatch.setattr("scenarios.measure.requests.read_client.__defaults__", (50,))
    monkeypatch.setattr("scenarios.measure.assemble.SAMPLES_PER_RUN", 20)
    sizes = {}
    for requests in (50, 800):
        made_up.write(tmp_path / str(requests), requests)
        sizes[requests] = len(recorder.recorded(tmp_path / str(requests)))
    assert sizes[800] < 1.1 * sizes[50]


@pytest.mark.parametrize(("growth", "verdict"), [(1.0, "met"), (10.0, "missed")])
def test_memory_that_grows_misses_its_budget(growth, verdict):
    assert recorder.findings(recorded(growth))["recorder-memory"].verdict == verdict


def test_without_the_size_to_hold_against_flatness_is_not_told():
    assert set(recorder.findings({100: recorded(1)[1_000]})) == {"recorder-time"}


# --- all of it -----------------------------------------------------------------------------------


def test_what_is_said_names_what_is_beyond_its_budget():
    assert main.said(a_bench())[-1] == "every budget is met"
    assert main.said(a_bench(share=0.2, growth=5))[-1].endswith("probes, recorder-memory")


def test_the_sites_budgets_can_be_missed():
    slow = SITE.model_copy(update={"build_s": [7.0, 7.1, 7.2], "bytes_at_most": 90_000})
    missed = {name for name, each in main.site_findings(slow).items() if each.verdict == "missed"}
    assert missed == {"site-build", "page-bytes"}
    assert {each.verdict for each in main.site_findings(SITE).values()} == {"met"}


def test_each_budget_of_weight_has_its_heaviest_page():
    pages = [
        PageBytes(page=name, bytes_gzip=size, bytes_at_most=most) for name, size,
        most in (("a", 90_000, 115_000), ("b", 81_000, 80_000), ("c", 70_000, 80_000))
    ]  # fmt: skip
    found = main.site_findings(SITE.model_copy(update={"pages": pages}))
    assert (found["page-bytes"].measured.value, found["page-bytes"].verdict) == (90_000, "met")
    assert (found["page-bytes-80"].measured.value, found["page-bytes-80"].verdict) == (81_000, "missed")
    assert "of 2 with that budget, b," in found["page-bytes-80"].sentence


@pytest.mark.parametrize(
    "what, name",
    [
        ({"layout_shift": exact([0.0, 0.01])}, "layout-shift"), ({"longest_task_ms": exact([210.0, 250.0])}, "longest-task"),
        ({"chart_ms": exact([1_100.0])}, "chart"),
    ]
)
def test_what_is_felt_can_miss_its_budget(what, name):
    worse = FELT.model_copy(update={"pages": [*FELT.pages, FELT.pages[0].model_copy(update=what)]})
    verdicts = {each: found.verdict for each, found in main.site_findings(SITE.model_copy(update={"felt": worse})).items()}
    assert verdicts[name] != "met" and set(verdicts.values()) == {"met", verdicts[name]}


@pytest.mark.parametrize("category", ["performance", "accessibility", "best_practices", "seo"])
def test_a_score_can_miss_its_budget(category):
    worst = SCORED.pages[0].model_copy(update={"page": "worst", category: exact([90.0, 94.0])})
    worse = FELT.model_copy(update={"scored": SCORED.model_copy(update={"pages": [*SCORED.pages, worst]})})
    found = main.site_findings(SITE.model_copy(update={"felt": worse}))
    name = f"lighthouse-{category.replace('_', '-')}"
    assert found[name].verdict == "missed" and found[name].sentence.endswith("worst")
    assert {each.verdict for other, each in found.items() if other != name} == {"met"}


def test_what_was_not_scored_has_no_finding():
    felt = FELT.model_copy(update={"scored": None, "not_scored_because": "none on PATH"})
    assert not [name for name in main.site_findings(SITE.model_copy(update={"felt": felt})) if name.startswith("lighthouse")]


def test_without_a_browser_nothing_is_felt():
    assert set(main.site_findings(SITE.model_copy(update={"felt": None}))) == {"site-build", "page-bytes"}


def test_a_benchmark_makes_no_evidence_old():
    assert not [name for name in code.files("truculent-query") if name.startswith("measure/bench/")]
    assert len(main.code_sha256()) == 64


def test_a_default_run_is_expected_within_three_minutes():
    assert sum(main.FULL.expected_s().values()) < 180
    assert sum(main.LONG.expected_s().values()) > sum(main.FULL.expected_s().values())
    assert sum(replace(main.FULL, probe_rounds=50).expected_s().values()) > 180
