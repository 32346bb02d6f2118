"""Every number opens its evidence: a page a wreck, made with the site, where everything that can be linked has its place."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from scenarios import code
from scenarios.errors import WreckError
from scenarios.publish.built import links
from scenarios.publish.built.weight import EVIDENCE_BUDGET_BYTES, PageWeight, weigh
from scenarios.publish.dive import Dive
from scenarios.publish.evidence_page import anchors, markup
from scenarios.publish.evidence_page.pages import PARTS
from scenarios.publish.exhibit import draw
from scenarios.publish.prose.banner import banners, own_banner
from scenarios.record import Noise
from scenarios.wreck import Claim
from tests.site.test_hostile import ELEMENTS, UNSEEN, Elements, converted, is_text_alone
from tests.site.test_hostile import poisoned as poisoned

PAGE = "evidence/paper-boat/index.html"


class Numbers(HTMLParser):
    """The links of numbers, claims and exhibits on a page, and every id of one."""

    def __init__(self, page):
        super().__init__()
        self.hrefs, self.ids, self._classes = [], [], []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        if tag == "a" and {"wreck-number", "wreck-verdict"} & set(given.get("class", "").split()):
            self.hrefs.append(given["href"])


def dive_of(project, slug="paper-boat") -> Dive:
    return Dive(slug, project.site_data, project.wrecks)


def with_record(project, **changes) -> Dive:
    """Return the dive after its record on disk was changed."""
    path = project.site_data / "paper-boat" / "record.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    return dive_of(project)


def test_every_number_leads_to_a_place_on_its_page_of_evidence(built):
    pages = [built.site / "index.html", *built.site.glob("dives/*/index.html")]
    found = 0
    for page in pages:
        own = "/" + page.relative_to(built.site).as_posix()
        for href in Numbers(page).hrefs:
            target = urlsplit(urljoin(own, href))
            assert re.fullmatch(r"/evidence/[\w-]+/", target.path) and target.fragment, href
            assert target.fragment in Numbers(built.site / target.path.strip("/") / "index.html").ids, href
            found += 1
    assert found > 12


def test_a_number_that_leads_to_no_place_is_found(built, tmp_path):
    site = tmp_path / "site"
    shutil.copytree(built.site, site)
    page = site / PAGE
    page.write_text(page.read_text(encoding="utf-8").replace('id="headline--wrecked"', ""), encoding="utf-8")
    assert any("no '#headline--wrecked' there" in fault for fault in links.faults(site))


def test_an_experiment_that_a_trial_left_out_is_named_by_a_claim_and_no_link(project):
    whole = dive_of(project).record.experiments
    dive = with_record(
        project, publishable=False, unpublishable_because=["quick"],
        experiments={name: each.model_dump(mode="json") for name, each in whole.items() if name != "rows-5m"},
    )  # fmt: skip
    own = Claim("own", "It has {value} arms.", lambda record: [float(len(record.experiments["rows-5m"].arms))], "arms", at_least=1)
    dive.__dict__["wreck"] = replace(dive.wreck, claims=(*dive.wreck.claims, own))
    drawn = PARTS["claims"](dive)
    assert "<dd>rows-5m</dd>" in drawn and 'href="#rows-5m"' not in drawn and 'href="#headline"' in drawn


def test_ids_are_one_of_a_kind(built):
    for page in built.site.glob("evidence/*/index.html"):
        assert [ident for ident, n in Counter(Numbers(page).ids).items() if n > 1] == []


def test_everything_that_was_measured_has_its_place(built):
    record = dive_of(built).record
    wanted = {anchors.claim(name) for name in record.claims} | {anchors.dataset(s) for s in record.datasets}
    wanted |= {anchors.index(name) for name in record.indexes} | set(record.experiments)
    wanted |= {anchors.arm(name, arm) for name, experiment in record.experiments.items() for arm in experiment.arms}
    wanted |= {anchors.plan(scale, arm) for scale, arms in dive_of(built).plans.plans.items() for arm in arms}
    assert wanted <= set(Numbers(built.site / PAGE).ids)


def test_the_page_says_how_to_repeat_it_and_what_it_rests_on(built):
    text = (built.site / PAGE).read_text(encoding="utf-8")
    record = dive_of(built).record
    statement = record.experiments["headline"].arms["wrecked"].statements[0]
    run = (record.command, record.commit, record.code_sha256, record.datasets["deep"].sha256)
    found = ("A made-up processor", "shared_buffers = 128MB", "not readable without root", "Seq Scan on tw_rolls", "latency_ms.p50")
    for said in (*run, *found, f"<td>{statement.calls:,}</td>"):
        assert said in text, said
    assert 'record.json#/experiments/headline/arms/wrecked"' in text and re.search(r'samples.json#/runs/\d+"', text)


@pytest.mark.parametrize(
    "path, anchor",
    [
        ("made_at", "about-run"),
        ("environment.versions.postgres", "about-environment"),
        ("absent.kernel log", "about-absent"),
        ("datasets.deep.rows", "data-deep"),
        ("claims.waxing.measured.value", "claim-waxing"),
        ("experiments.headline.rate_per_s", "headline"),
        ("experiments.headline.arms.wrecked.title", "headline--wrecked"),
    ],
)
def test_a_field_is_shown_where_it_belongs(path, anchor):
    assert anchors.field(path) == anchor


@pytest.mark.parametrize(
    "kind, options, anchor",
    [
        ("plan", {"arms": "wrecked, waxed"}, "plan-deep--wrecked"),
        ("waterfall", {}, "headline--wrecked"),
        ("query-log", {}, "headline--wrecked"),
        ("layers", {}, "headline"),
        ("layers", {"arms": "waxed"}, "headline--waxed"),
        ("rows-curve", {}, "about-experiments"),
        ("provenance", {}, "about-run"),
    ],
)
def test_an_exhibit_leads_to_its_evidence(built, kind, options, anchor):
    assert draw(dive_of(built), kind, options).anchor == anchor


def test_pages_of_evidence_are_light_and_not_searched(built):
    for page in built.site.glob("evidence/*/index.html"):
        assert weigh(built.site, page).total_bytes <= EVIDENCE_BUDGET_BYTES
    assert "evidence/" not in (built.site / "search" / "search_index.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("page", "size", "said"), [("dives", 120_000, "over 115"), ("evidence", 120_000, ""), ("evidence", 160_000, "over 150")]
)
def test_weight_over_its_budget_is_said(page, size, said):
    told = str(PageWeight(f"{page}/boat/index.html", size, 0, 0, 0))
    assert said in told and ("over" in told) == bool(said)


def test_a_wreck_without_evidence_has_no_page(project):
    shutil.rmtree(project.site_data / "tin-raft")
    project.build()
    assert sorted(p.parent.name for p in project.site.glob("evidence/*/index.html")) == ["paper-boat"]


# --- age -------------------------------------------------------------------------------------------


def test_evidence_of_the_code_that_is_here_is_not_called_old(project):
    dive = with_record(project, code_sha256=code.sha256("paper-boat", project.wrecks))
    assert "newer" not in banners([dive]) and "newer" not in own_banner(dive)
    assert '<time class="wreck-age" datetime="2026-11-02T09:30:00Z">2 November 2026</time>' in banners([dive])


def test_evidence_of_other_code_is_said_to_be_old_with_the_command(project):
    routes = project.wrecks / "paper_boat" / "routes.py"
    sha256 = code.sha256("paper-boat", project.wrecks)
    dive = with_record(project, code_sha256=sha256)
    routes.write_text(routes.read_text(encoding="utf-8") + "\nANOTHER = 1\n", encoding="utf-8")
    for said in (banners([dive]), own_banner(dive)):
        assert "The code is newer than the evidence" in said and "invoke rebuild --wreck paper-boat" in said


def test_of_several_only_those_behind_are_named(project):
    fresh = with_record(project, code_sha256=code.sha256("paper-boat", project.wrecks))
    behind = dive_of(project, "tin-raft")
    assert f"newer than the evidence of {behind.wreck.title}." in banners([fresh, behind])


def test_every_page_that_rests_on_evidence_says_when_it_was_measured(built):
    for page in ("index.html", "dives/paper-boat/index.html", "dives/tin-raft/index.html", PAGE):
        assert 'datetime="2026-11-02T09:30:00Z"' in (built.site / page).read_text(encoding="utf-8")


# --- noise -----------------------------------------------------------------------------------------


def test_noise_is_a_warning_with_its_advice(project):
    noise = Noise(kind="drift", said="it became <slower>", advice="let it run again").model_dump()
    dive = with_record(project, noise=[noise], rounds_added={"headline": 3})
    assert "It became &lt;slower&gt;. Advice: let it run again." in banners([dive])
    assert "trust ratios before times" in banners([dive]) and "look at its interval" in banners([dive])
    both = banners([dive, dive_of(project, "tin-raft")])
    assert "not quiet during 1 of 2 runs" in both and "let it run again" in both
    project.build()
    text = (project.site / PAGE).read_text(encoding="utf-8")
    assert "Advice: let it run again." in text and "3 to headline" in text and "3, since a claim could not be told" in text


def test_a_quiet_run_is_not_called_noisy(project):
    assert "not quiet" not in banners([dive_of(project)])


# --- hostile evidence ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", [*(f"part: {name}" for name in PARTS), *(f"experiment: {name}" for name in ("headline", "neighbour", "storm"))]
)
def test_whatever_evidence_says_is_text_on_its_page(poisoned, line):
    made = converted(poisoned, f"# Evidence\n\n```evidence\nwreck: paper-boat\n{line}\n```\n")
    is_text_alone(Elements(made), ELEMENTS | {"h3", "h4", "dl", "dt", "dd", "time"})
    assert not UNSEEN.search(made)


@pytest.mark.parametrize(
    "lines, wanted",
    [("part: rn", "'run'"), ("experiment: headlin", "'headline'"), ("prt: run", "'part'"), ("part: run\nexperiment: x", "one of")],
)
def test_a_wrong_name_in_a_fence_is_refused_with_the_nearest(project, lines, wanted):
    with pytest.raises(WreckError, match=wanted):
        converted(project, f"```evidence\nwreck: paper-boat\n{lines}\n```\n")


def test_a_very_long_statement_is_cut_and_says_so():
    assert markup.code("x" * 5_000).html == f"<code>{'x' * 2_000}</code> … and 3,000 characters more, in the JSON"
    assert markup.code("x" * 2_000).html == f"<code>{'x' * 2_000}</code>"
