"""Exhibits of a neighbour who comes and goes, drawn from made-up evidence whose answers are known."""

from __future__ import annotations

import re

import pytest

from scenarios.errors import EvidenceError, UsageError
from scenarios.publish import exhibit, html, units
from scenarios.publish.charts.chart import Area, Bars, Heat, Line, Points, Rule
from scenarios.publish.dive import Fleet
from scenarios.publish.exhibits.aligned_traces import flattened
from scenarios.publish.traces.spans import Span
from scenarios.record import LAYERS
from tests.live_figures import taken

KINDS = {
    "aligned-traces": {"experiment": "neighbour"},
    "cores-over-time": {"experiment": "neighbour"},
    "heat-map": {"experiment": "neighbour"},
    "onset": {"experiment": "neighbour"},
    "phase-layers": {"experiment": "neighbour"},
    "populations": {"experiment": "neighbour"},
    "sessions-over-time": {"experiment": "neighbour"},
    "step": {"experiments": "neighbour"},
    "remedies": {"experiments": "neighbour"},
}

ALONE = {"cores-over-time", "heat-map", "populations", "sessions-over-time"}
"""What is worth seeing of a run into which nobody came, too."""


@pytest.fixture
def dive(project):
    return Fleet(project.site_data, project.wrecks).dive("paper-boat")


@pytest.fixture
def drawn(dive):
    return {kind: exhibit.draw(dive, kind, options) for kind, options in KINDS.items()}


def marks(found, kind):
    return [m for m in found.chart.marks if isinstance(m, kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_has_a_title_a_caption_an_alternative_a_table_and_where_it_comes_from(drawn, kind):
    found = drawn[kind]
    assert found.title and found.caption.endswith(".") and len(found.chart.alt) > 40 and found.table.rows
    assert found.command == "invoke rebuild --wreck paper-boat" and "n = " in found.caption or "round" in found.caption
    shown = html.exhibit_html(found, "paper-boat", "x", "")
    assert "<svg" in shown and "nan" not in re.sub(r"<[^>]*>", "", shown).lower().split()


@pytest.mark.parametrize("kind", KINDS)
def test_the_live_figure_is_made_of_the_same_marks(drawn, kind):
    name, text = html.figure_file("x", drawn[kind])
    assert name.endswith(".json") and taken(text)["data"]


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - ALONE))
def test_of_a_run_without_a_neighbour_none_is_drawn(dive, kind):
    options = {next(iter(KINDS[kind])): "headline"}
    with pytest.raises((EvidenceError, UsageError)):
        exhibit.draw(dive, kind, options)


@pytest.mark.parametrize("kind", sorted(ALONE))
def test_a_run_without_a_neighbour_is_drawn_whole(dive, kind):
    found = exhibit.draw(where_nobody_came(dive), kind, {"experiment": "neighbour"})
    assert found.title and found.table.rows and len(found.chart.alt) > 40 and not marks(found, Rule)
    words = f"{found.title} {found.table}".replace("the neighbour’s", "")
    assert "neighbour" not in words and "before" not in words and "while" not in words
    assert "<svg" in html.exhibit_html(found, "paper-boat", "x", "") and html.figure_file("x", found)[1]


def where_nobody_came(dive):
    """Return the dive with the neighbour's visits taken out of its rounds: what was read stays."""
    experiment = dive.experiment("neighbour")
    arms = {
        name: arm.model_copy(update={"rounds": [r.model_copy(update={"neighbour": None, "phases": {}}) for r in arm.rounds]})
        for name, arm in experiment.arms.items()
    }
    changed = {"neighbour": experiment.model_copy(update={"arms": arms})}
    dive.__dict__["record"] = dive.record.model_copy(update={"experiments": dive.record.experiments | changed})
    return dive


def test_of_a_run_without_a_neighbour_the_figures_are_the_whole_runs(dive):
    whole = {kind: exhibit.draw(where_nobody_came(dive), kind, {"experiment": "neighbour"}) for kind in ALONE}
    kept = [latency for s in dive.samples.runs if (s.experiment, s.arm) == ("neighbour", "wrecked") for latency in s.latency_ms]
    heat = whole["heat-map"]
    assert [(row[0], row[1]) for row in heat.table.rows] == [("in the whole run", f"{len(kept):,}")]
    rounds = dive.arm("neighbour", "wrecked").rounds
    used = sum(r.cpu_s["postgres"] / r.duration_s for r in rounds) / len(rounds)
    assert f"Postgres uses {units.said(used, 'share')} of a core" == whole["cores-over-time"].title
    assert whole["populations"].html.count("<details") == 2
    (series,) = [s for s in dive.series.runs if (s.experiment, s.arm) == ("neighbour", "wrecked")]
    most, every = max(sum(s.counts) for s in series.sessions), sum(sum(s.counts) for s in series.sessions)
    assert whole["sessions-over-time"].title.startswith(f"{units.said(most / every, 'share')} of all sessions found at work were aux’s")


def test_the_step_is_a_line_of_three_parts(drawn):
    (line,) = marks(drawn["step"], Line)
    assert line.x == (0.0, 2.0, 2.0, 4.0, 4.0, 6.0)
    assert line.y[2] == line.y[3] == pytest.approx(4 * line.y[0], rel=1e-4) and line.y[4] < 1.2 * line.y[0]
    assert len(marks(drawn["step"], Rule)) == 2 and len(marks(drawn["step"], Points)) == 1
    assert "3 clients next door" in drawn["step"].title and drawn["step"].title.endswith((" 4 times as long", " 4.00 times as long"))


def test_the_heat_map_counts_every_request_once(dive, drawn):
    (heat,) = marks(drawn["heat-map"], Heat)
    kept = sum(len(s.due_s) for s in dive.samples.runs if (s.experiment, s.arm) == ("neighbour", "wrecked"))
    assert sum(map(sum, heat.counts)) == kept
    assert len(heat.counts) == len(heat.y_edges) - 1 and all(len(row) == len(heat.x_edges) - 1 for row in heat.counts)


def test_populations_are_held_against_all_others(drawn):
    found = drawn["populations"]
    assert found.html.count("<details") == 5 and "the slowest tenth" in found.html
    assert len({name for name in re.findall(r'name="([^"]+)"', found.html)}) == 1, "one is open at a time"
    assert "Postgres" in found.title


def test_layers_by_phase_grow_as_they_were_made_to(drawn):
    bars = {m.role: m for m in marks(drawn["phase-layers"], Bars)}
    assert bars["postgres"].length[1] == pytest.approx(4 * bars["postgres"].length[0])
    assert "is in Postgres" in drawn["phase-layers"].title


def test_two_arms_are_told_by_what_changed(dive):
    found = exhibit.draw(dive, "phase-layers", {"experiment": "neighbour", "arms": "wrecked, waxed"})
    assert found.title.startswith("As it sank: +") and ". Waxed: +" in found.title


def test_two_traces_lie_on_one_axis_and_the_longer_is_longer(drawn):
    found = drawn["aligned-traces"]
    ends = {
        row: max(b + v for m in marks(found, Bars) for at, b, v in zip(m.at, m.base, m.length, strict=True) if at == row) for row in (0, 1)
    }
    assert ends[1] == pytest.approx(4 * ends[0], rel=0.01)
    assert found.title.startswith("The same 1 statement") or found.title.startswith("The same 1 statements")


def test_a_flattened_request_gives_each_moment_to_its_innermost_span():
    spans = [
        Span("1", "", "GET", "nginx", 0, 10), Span("2", "1", "page", "flask", 1, 9), Span("3", "2", "SELECT", "sqlalchemy", 2, 6),
        Span("4", "3", "SELECT", "postgres", 3, 6),
    ]  # fmt: skip
    assert flattened(spans) == [
        ("nginx", 0, 1), ("flask", 1, 1), ("sqlalchemy", 2, 1), ("postgres", 3, 3), ("flask", 6, 3), ("nginx", 9, 1)
    ]
    assert sum(length for *_, length in flattened(spans)) == 10
    assert {layer for layer, *_ in flattened(spans)} <= set(LAYERS)


def test_the_culprit_is_whoever_was_found_most_often(drawn):
    areas = marks(drawn["sessions-over-time"], Area)
    assert areas[0].name.startswith("aux from 127.0.0.5") and "aux’s (127.0.0.5)" in drawn["sessions-over-time"].title
    assert max(areas[0].y) == 3


def test_cores_and_onset_show_when_it_came(drawn):
    assert "95.0 %" in drawn["cores-over-time"].title.replace("\u00a0", " ") or "95 %" in drawn["cores-over-time"].title.replace(
        "\u00a0", " "
    )
    other = next(m for m in marks(drawn["onset"], Line) if m.name == "the other host")
    assert min(x for x, y in zip(other.x, other.y, strict=True) if y) >= 2


def test_a_remedy_is_held_against_the_neighbour_as_it_came(drawn):
    found = drawn["remedies"]
    assert [row[0] for row in found.table.rows] == ["As it sank", "Waxed"]
    assert found.table.rows[1][5].replace("\u00a0", " ").startswith("10")
    (bar,) = marks(found, Bars)
    assert bar.length[0] > 1


def test_an_experiment_that_is_not_there_is_named(dive):
    for kind in ("step", "remedies"):
        with pytest.raises(EvidenceError, match="no 'nothing-such'"):
            exhibit.draw(dive, kind, {"experiments": "neighbour, nothing-such"})
