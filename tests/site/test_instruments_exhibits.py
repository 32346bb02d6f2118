"""The exhibits of the page Instruments: the drawing of the application, dashboard, wall of log, total time."""

from __future__ import annotations

import json
import re

import pytest

from scenarios.errors import EvidenceError, UsageError
from scenarios.publish.charts.svg import draw as draw_svg
from scenarios.publish.dive import Dive
from scenarios.publish.exhibit import draw
from scenarios.publish.traces import architecture
from scenarios.publish.traces.journey import Leg
from scenarios.record import LAYERS
from tests.site import evidence_factory


@pytest.fixture
def dive(project):
    return Dive("paper-boat", project.site_data, project.wrecks)


def changed(project, change, name: str = "record") -> Dive:
    """Return the dive after ``change`` to a file of its evidence, a trial's from then on."""
    folder = project.site_data / "paper-boat"
    record = json.loads((folder / "record.json").read_text(encoding="utf-8")) | {"publishable": False, "unpublishable_because": ["cut"]}
    (folder / "record.json").write_text(json.dumps(record), encoding="utf-8")
    data = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    change(data)
    (folder / f"{name}.json").write_text(json.dumps(data), encoding="utf-8")
    return Dive("paper-boat", project.site_data, project.wrecks)


def part(html: str, layer: str) -> str:
    return re.search(rf'<g data-part="{layer}">.*?</g>', html)[0]


def bar_px(html: str, layer: str) -> float:
    return float(re.search(r'class="architecture-bar"[^>]* width="([\d.]+)"', part(html, layer))[1])


# --- the drawing ---------------------------------------------------------------------------------------


def test_the_drawing_gives_each_part_its_share():
    html = architecture.draw([Leg({"nginx": 25.0}, 0, 25), Leg({"postgres": 75.0}, 25, 100)], "A request")
    assert bar_px(html, "nginx") == pytest.approx(architecture.BAR_PX / 4, abs=0.1)
    assert bar_px(html, "postgres") == pytest.approx(architecture.BAR_PX * 3 / 4, abs=0.1)
    assert bar_px(html, "flask") == 0 and "75\u00a0ms · 75\u00a0%" in part(html, "postgres")
    assert 'role="img"' in html and "Postgres 75" in html and "together 100" in html


def test_a_part_that_had_any_time_is_seen():
    assert architecture.bar_px(0.001, 1e6) == 1 and architecture.bar_px(0, 5) == 0 and architecture.bar_px(5, 5) == architecture.BAR_PX


def test_every_layer_has_its_place_and_no_two_overlap():
    assert {p.layer for p in architecture.PARTS} == set(LAYERS)
    tops = [architecture.CLIENT.y, *(p.y for p in architecture.PARTS)]
    assert all(b - a >= 40 for a, b in zip(tops, tops[1:], strict=False)) and tops[-1] + 40 <= architecture.HEIGHT_PX


def test_a_request_is_walked_leg_by_leg_and_its_clock_ends_with_the_whole(dive):
    found = draw(dive, "architecture", {})
    rows = re.findall(r'<tr data-took="([^"]+)"><th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>', found.html)
    assert [row[1] for row in rows][:3] == ["nginx", "gunicorn", "Flask"] and rows[-1][1] == "nginx"
    took_ms = sum(float(pair.split(":")[1]) for row in rows for pair in row[0].split())
    spans = dive.trace(dive.arm("headline", "wrecked").traces["median"])["resourceSpans"]
    first = spans[0]["scopeSpans"][0]["spans"][0]
    assert took_ms == pytest.approx((int(first["endTimeUnixNano"]) - int(first["startTimeUnixNano"])) / 1e6, rel=1e-3)
    assert f'max="{len(rows)}"' in found.html and found.title.startswith("Paper Boat: ") and found.title.endswith(" in Postgres")
    assert "fieldset" not in found.html and found.evidence.startswith("traces/")


def test_several_requests_stand_behind_one_choice(dive):
    found = draw(dive, "architecture", {"others": "paper-boat.headline.waxed.median, paper-boat.neighbour.wrecked.slowest"})
    assert found.html.count('type="radio"') == found.html.count("<svg ") == 3 and found.html.count(" checked") == 1
    assert 'href="wreck-root:evidence/paper-boat/#neighbour--wrecked"' in found.html
    assert found.title == "3 of 3 requests were longest in Postgres"
    assert len(set(re.findall(r'name="([^"]+)"', found.html))) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"trace": "median1"}, {"others": "paper-boat.headline.waxed"}, {"others": "boat.headline.waxed.median"},
        {"others": "paper-boat.headline..median"},
        {"others": ",".join(["paper-boat.headline.waxed.median"] * 4)}, {"others": "paper-boat.headline.waxed.fastest"},
    ],
)  # fmt: skip
def test_a_wrong_request_is_refused(dive, options):
    with pytest.raises(UsageError):
        draw(dive, "architecture", options)


def test_a_request_that_is_not_there_is_missed_unless_its_run_is_excused(project, dive):
    with pytest.raises(EvidenceError):
        draw(dive, "architecture", {"others": "paper-boat.headline.gone.median"})
    cut = changed(project, lambda record: record["experiments"].pop("neighbour"))
    assert "fieldset" not in draw(cut, "architecture", {"others": "paper-boat.neighbour.wrecked.median"}).html


def test_statements_that_take_one_way_are_one_row(project, dive):
    ident = dive.arm("headline", "wrecked").traces["median"]
    document = evidence_factory.trace(ident, 100.0, ("SELECT 1",) * 9)
    (dive.folder / "traces" / f"{ident}.json").write_text(json.dumps(document), encoding="utf-8")
    assert "9 statements, one after another" in draw(dive, "architecture", {}).html


# --- three views ---------------------------------------------------------------------------------------


def test_a_dashboard_says_how_few_were_like_its_average(project):
    def two_crowds(samples):
        for run in samples["runs"]:
            run["latency_ms"] = [10.0 if i % 2 else 90.0 for i in range(len(run["latency_ms"]))]

    found = draw(changed(project, two_crowds, "samples"), "dashboard", {})
    assert re.fullmatch(r"The average answer took 50(\.0)?\u00a0ms; 0 of \d+ answers took anything like it", found.title)
    assert found.html.count('class="dashboard-tile"') == 3 and "<details" in found.html


def test_a_dashboard_counts_errors(project):
    def fail(samples):
        for run in samples["runs"]:
            run["status"] = ["502"] * len(run["status"])

    assert "100\u00a0%" in draw(changed(project, fail, "samples"), "dashboard", {}).html


def test_a_wall_of_log_is_in_order_of_time_and_heaps_runs(dive):
    found = draw(dive, "log-wall", {"others": "paper-boat.storm.wrecked"})
    alone = draw(dive, "log-wall", {})
    stamps = [float(at) for at in re.findall(r"<code>\s*([\d.]+) ", found.html)]
    assert stamps == sorted(stamps) and len(stamps) > len(re.findall("<li>", alone.html)) >= 3
    assert "kernel: " in found.html and "kernel: " not in alone.html and "statement: SELECT" in found.html
    assert found.title.startswith(f"{len(stamps)} lines of log")


def test_where_no_log_was_kept_there_is_no_wall(project):
    def silence(record):
        for arm in record["experiments"]["headline"]["arms"].values():
            arm["slow_log"] = []

    with pytest.raises(EvidenceError):
        draw(changed(project, silence), "log-wall", {})


# --- frequency times duration --------------------------------------------------------------------------


def priced(project, *kinds: tuple[int, float]) -> Dive:
    """Return the dive, its wreck's statements as (calls, mean)."""

    def put(record):
        record["experiments"]["headline"]["arms"]["wrecked"]["statements"] = [
            {"fingerprint": f"{i:04x}", "text": f"SELECT {i} FROM tw_games", "calls": calls, "rows": 1}
            | {"mean_ms": mean, "max_ms": mean, "total_ms": calls * mean}
            for i, (calls, mean) in enumerate(kinds)
        ]

    return changed(project, put)


def test_total_time_orders_by_the_product_and_tells_both_places(project):
    found = draw(priced(project, (10, 100.0), (4000, 1.0), (100, 5.0)), "total-time", {})
    rows = re.findall(r'<tr><th scope="row">(\w): SELECT games</th>(.*?)</tr>', found.html)
    cells = [re.findall("<td>(.*?)</td>", row) for _, row in rows]
    assert [letter for letter, _ in rows] == ["A", "B", "C"]
    assert [c[1:3] for c in cells] == [
        ["4,000 (1st)", "1\u00a0ms (3rd)"], ["10 (3rd)", "100\u00a0ms (1st)"], ["100 (2nd)", "5\u00a0ms (2nd)"],
    ]  # fmt: skip
    assert found.title.startswith("73\u00a0% of the database’s time") and found.title.endswith("4,000 calls of 1\u00a0ms")
    assert draw_svg(found.chart, "x") == draw_svg(found.chart, "x")


def test_what_is_left_out_of_it_is_said(project):
    found = draw(priced(project, (1, 90.0), (1, 8.0), (1, 2.0)), "total-time", {"most": "2"})
    assert "Left out: 1 more, together 2\u00a0% of the time." in found.caption and found.html.count("<tr>") == 3


def test_runs_of_several_wrecks_are_told_apart_by_their_marks(dive):
    found = draw(dive, "total-time", {"others": "tin-raft.headline.wrecked"})
    points = [mark for mark in found.chart.marks if not getattr(mark, "thin", False)]
    assert [mark.name for mark in points] != [] and len({(mark.name, mark.variant) for mark in points}) == 2
    assert 'href="wreck-root:evidence/tin-raft/#headline--wrecked"' in found.html


def test_without_statements_there_is_nothing_to_price(project):
    with pytest.raises(EvidenceError):
        draw(priced(project), "total-time", {})


def test_pages_are_priced_by_what_people_waited_and_a_neighbour_has_a_page_of_its_own(dive):
    found = draw(dive, "total-time", {"experiment": "neighbour", "of": "pages"})
    rows = re.findall(r'<tr><th scope="row">\w: (.*?)</th><td>(.*?)</td><td>([\d,]+) ', found.html)
    assert {(wreck, page) for page, wreck, _ in rows} == {("Paper Boat", "/boat/…"), ("Paper Boat, the neighbour", "/noisy/…")}
    rounds = dive.arm("neighbour", "wrecked").rounds
    assert {page: int(calls.replace(",", "")) for page, _, calls in rows} == {
        "/boat/…": sum(r.latency_ms.n for r in rounds), "/noisy/…": sum(r.neighbour.latency_ms.n for r in rounds),
    }  # fmt: skip


def test_only_what_there_is_can_be_priced(dive):
    with pytest.raises(UsageError):
        draw(dive, "total-time", {"of": "wishes"})
