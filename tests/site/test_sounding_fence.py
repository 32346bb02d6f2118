"""Soundings as pages show them: pictures, tokens, and pages without any."""

from __future__ import annotations

import re

import pytest

from scenarios.errors import UsageError, WreckError
from scenarios.publish.markdown import WreckExtension
from scenarios.publish.soundings import myth_shares, sounding
from scenarios.publish.soundings.drawings import packing
from scenarios.publish.soundings.myth_shares import Page
from scenarios.record import dumps
from scenarios.soundings import COMMAND, FILE
from tests.unit.sounding_factory import a_soundings, found

FENCE = "```sounding\nshow: {}\n```\n"
MYTHS = ("big-o", "join", "local-names", "myths", "packing", "workers")
OURS = (Page("paper-boat", "wrecked", "waxed"), Page("tin-raft", "wrecked", "salvaged"))


@pytest.fixture
def project(project, monkeypatch):
    """The project's wrecks stand for those that the shares are told of."""
    slugs = tuple(page.slug for page in OURS)
    monkeypatch.setattr(myth_shares, "PAGES", OURS)
    monkeypatch.setattr(myth_shares, "WORKERS_PAGE", slugs[0])
    monkeypatch.setattr(packing, "WHAT", {"assets": "Assets", **{slug: slug for slug in slugs}})
    keep(project, a_soundings(found(slugs)))
    return project


def keep(project, soundings) -> None:
    (project.site_data / FILE).write_text(dumps(soundings), encoding="utf-8")


def page(project, text: str) -> str:
    import markdown

    extension = WreckExtension(docs=str(project.docs), site_data=str(project.site_data), wrecks=str(project.wrecks))
    return markdown.markdown(text, extensions=[extension])


def words(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


@pytest.mark.parametrize("show", MYTHS)
def test_each_drawing_is_a_picture_a_table_and_the_way_to_its_evidence(project, show):
    html = page(project, FENCE.format(show))
    assert f'id="sounding-{show}"' in html and "<svg" in html and "<caption>" in html
    assert f"evidence/{FILE}" in html and COMMAND in html and "<desc" in html


def test_drawings_are_found_by_their_names():
    assert set(MYTHS) <= set(sounding.shown())


def test_the_shares_rest_on_the_records(project):
    first = page(project, FENCE.format("myths"))
    project.evidence("paper-boat", {"wrecked": 9_000.0, "no-sail": 880.0, "waxed": 15.0})
    assert page(project, FENCE.format("myths")) != first


def test_without_soundings_a_page_says_so_and_how_to_have_them(project):
    (project.site_data / FILE).unlink()
    html = page(project, FENCE.format("myths") + "\nIt takes {{ soundings: myth-join-list }}.\n")
    assert COMMAND in html and "<svg" not in html and "It takes –." in words(html)


def test_without_a_record_the_rest_is_drawn(project, monkeypatch):
    monkeypatch.setattr(myth_shares, "PAGES", (Page("no-such-wreck", "wrecked", "salvaged"),))
    html = page(project, FENCE.format("myths") + FENCE.format("join"))
    assert "not measured" in html and 'id="sounding-join"' in html
    assert "–" in words(page(project, "{{ soundings: share:join.no-such-wreck }}"))


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("myth-join-list", "6 ns"),
        ("myth-join-list | bare", "6"),
        ("myth-join-attribute-many | us", "5 µs"),
        ("myth-join-attribute / myth-join-list", "17.7 times"),
        ("myth-globals-paper-boat", "10,000"),
        ("myth-workers-10", "20/s"),
        ("saved:join", "100 ns"),
        ("time:join.paper-boat", "100 µs"),
        ("myth-local-global-python-3-12", "–"),
    ],
)
def test_a_token_is_its_number_and_leads_to_the_file(project, token, text):
    html = page(project, f"{{{{ soundings: {token} }}}}")
    assert words(html).strip().replace("\u00a0", " ") == text
    assert f'href="wreck-root:evidence/{FILE}"' in html and "title=" in html


def test_a_token_may_bring_its_interval(project):
    said = words(page(project, "{{ soundings: myth-join-list | interval }}")).replace("\u00a0", " ")
    assert re.search(r"6 ns \(5\.9\d? ns to 6\.0\d? ns\)", said)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("{{ soundings: myth-join-lis }}", "myth-join-list"),
        ("{{ soundings: share:join.paper-bot }}", "paper-boat"),
        ("{{ soundings: myth-join-list | barely }}", "bare"),
        ("{{ sounding: myth-join-list }}", "a wreck"),
        (FENCE.format("myth"), "myths"),
        ("```sounding\n```\n", "show"),
        (FENCE.format("myths\nwreck: paper-boat"), "show"),
    ],
)
def test_a_name_that_is_none_stops_the_build_with_the_nearest(project, text, nearest):
    with pytest.raises(UsageError, match=nearest):
        page(project, text)


def test_a_unit_that_does_not_fit_stops_the_build(project):
    with pytest.raises(WreckError, match="MB"):
        page(project, "{{ soundings: myth-join-list | MB }}")


def test_a_damaged_file_stops_the_build(project):
    (project.site_data / FILE).write_text("{", encoding="utf-8")
    with pytest.raises(WreckError, match="invoke rebuild"):
        page(project, FENCE.format("join"))


def test_a_quick_run_says_that_it_is_one(project):
    keep(project, a_soundings(found(("paper-boat", "tin-raft")), publishable=False))
    assert "do not rely on these numbers" in page(project, FENCE.format("join"))


def test_its_words_are_data(project):
    made = a_soundings(found(("paper-boat", "tin-raft")), command="invoke rebuild <b>")
    evil = made.environment.model_copy(update={"cpu_model": "<script>alert(1)</script>"})
    absent = made.soundings["myth-local-global-python-3-12"].model_copy(update={"absent": "<img src=x>"})
    keep(project, made.model_copy(update={"environment": evil, "soundings": made.soundings | {"myth-local-global-python-3-12": absent}}))
    html = "".join(page(project, FENCE.format(show)) for show in MYTHS) + page(project, "{{ soundings: myth-local-global-python-3-12 }}")
    assert "<script>" not in html and "<b>" not in html and "<img" not in html and "&lt;script&gt;" in html


def test_the_site_carries_the_file_and_its_figures(project):
    project.write("myths.md", "# Myths\n\n" + FENCE.format("myths") + "\n{{ soundings: share:join.paper-boat }}\n")
    project.build()
    assert (project.site / "evidence" / FILE).exists()
    assert list((project.site / "exhibits").glob("sounding-myths-*.json"))
    assert f'href="../evidence/{FILE}"' in (project.site / "myths" / "index.html").read_text(encoding="utf-8")
