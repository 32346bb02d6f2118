"""The instruments' own cost as the page Method shows it."""

from __future__ import annotations

import re

import pytest

from scenarios.bench import COMMAND, FILE
from scenarios.errors import WreckError
from scenarios.publish import bench as drawn
from scenarios.publish import timing
from scenarios.publish.markdown import WreckExtension
from scenarios.record import dumps
from tests.unit.bench_factory import a_bench

FENCE = "```bench\nshow: {}\n```\n"


def page(project, text: str) -> str:
    import markdown

    extension = WreckExtension(docs=str(project.docs), site_data=str(project.site_data), wrecks=str(project.wrecks))
    return markdown.markdown(text, extensions=[extension])


def keep(project, bench) -> None:
    (project.site_data / FILE).write_text(dumps(bench), encoding="utf-8")


def cells(html: str) -> list[str]:
    return re.findall(r"<td>(.*?)</td>", html)


@pytest.mark.parametrize("show", sorted(drawn.SHOWN))
def test_each_part_has_a_table_that_can_be_read_without_a_script(project, show):
    keep(project, a_bench())
    html = page(project, FENCE.format(show))
    assert f'id="bench-{show}"' in html and "<table" in html and "evidence/bench.json" in html and "invoke bench" in html
    assert ("<svg" in html) == (show in ("probes", "client", "recorder"))


def test_the_verdicts_are_the_files(project):
    keep(project, a_bench())
    assert "15 of 15 budgets are met" in page(project, FENCE.format("budgets"))
    keep(project, a_bench(share=0.1, late_ms=90))
    html = page(project, FENCE.format("budgets"))
    assert "13 of 15 budgets are met" in html and cells(html).count("✗ missed") == 2


def test_numbers_change_with_the_file(project):
    keep(project, a_bench(share=0.03))
    first = page(project, FENCE.format("probes"))
    keep(project, a_bench(share=0.04))
    assert "3\u00a0%" in first and "4\u00a0%" in page(project, FENCE.format("probes"))


def test_where_there_is_none_the_page_says_so_and_how_to_have_it(project):
    html = page(project, FENCE.format("budgets"))
    assert COMMAND in html and "<table" not in html


def test_a_quick_run_says_that_it_is_one(project):
    keep(project, a_bench().model_copy(update={"publishable": False}))
    assert "do not rely on these numbers" in page(project, FENCE.format("budgets"))


@pytest.mark.parametrize(
    ("text", "told"), [(FENCE.format("probs"), "probes"), ("```bench\n```\n", "show"), (FENCE.format("probes\nwreck: x"), "show")]
)
def test_what_cannot_be_shown_is_named(project, text, told):
    keep(project, a_bench())
    with pytest.raises(WreckError, match=told):
        page(project, text)


def test_a_damaged_file_stops_the_build(project):
    (project.site_data / FILE).write_text("{", encoding="utf-8")
    with pytest.raises(WreckError, match="invoke bench"):
        page(project, FENCE.format("budgets"))


def test_its_words_are_data(project):
    bench = a_bench()
    evil = bench.environment.model_copy(update={"cpu_model": "<script>alert(1)</script>"})
    keep(project, bench.model_copy(update={"environment": evil, "command": "invoke bench <b>"}))
    html = "".join(page(project, FENCE.format(show)) for show in drawn.SHOWN)
    assert "<script>" not in html and "<b>" not in html and "&lt;script&gt;" in html


def test_the_site_carries_the_file_and_its_figures(project):
    keep(project, a_bench())
    project.write("method.md", "# Method\n\n" + FENCE.format("probes"))
    project.build()
    assert (project.site / "evidence" / FILE).read_text(encoding="utf-8") == dumps(a_bench())
    assert list((project.site / "exhibits").glob("bench-probes-*.json"))


def test_a_site_that_does_not_build_has_no_time(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "evidence").mkdir()
    with pytest.raises(WreckError, match="invoke site"):
        timing.measured(tmp_path / "docs", tmp_path / "evidence", 1)


def test_the_first_build_makes_what_later_ones_find_and_is_not_timed(tmp_path, monkeypatch):
    took_s = iter([60.0, 1.0, 2.0])

    def built_s(docs, evidence, site):
        site.mkdir(exist_ok=True)
        (site / "index.html").write_text("<!doctype html><title>A page</title>", encoding="utf-8")
        return next(took_s)

    monkeypatch.setattr(timing, "_built_s", built_s)
    assert timing.measured(tmp_path / "docs", tmp_path / "evidence", 2).build_s == [1.0, 2.0]
