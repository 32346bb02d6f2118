"""Building a site: what is in it, what stops it, and what a failure leaves behind."""

from __future__ import annotations

import errno
import gzip
import json
import re
import shutil
import threading
import urllib.request

import pytest

from scenarios.errors import ClaimError, EvidenceError, StackError, UsageError, WreckError
from scenarios.publish import dive
from scenarios.publish.built import links
from scenarios.publish.built.weight import BUDGET_BYTES, PageWeight, told
from scenarios.publish.serve import server
from scenarios.record import read_record
from tests.live_figures import taken

PAGE = "dives/tin-raft.md"


def test_every_link_leads_somewhere_and_nothing_is_fetched_from_elsewhere(built):
    assert links.faults(built.site) == []


def test_pages_work_below_any_path(built):
    for page in built.site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "wreck-root:" not in text
        assert not re.search(r'(?:href|src|data-figure)="/', text), page


def test_evidence_lies_beside_the_pages(built):
    for name in ("record", "samples", "plans"):
        copied = built.site / "evidence" / "paper-boat" / f"{name}.json"
        assert copied.read_bytes() == (built.site_data / "paper-boat" / f"{name}.json").read_bytes()


def test_a_trial_run_says_so_on_every_page_that_uses_it(built):
    for page in ("index.html", "dives/tin-raft/index.html"):
        text = (built.site / page).read_text(encoding="utf-8")
        assert "A trial run of tin-raft" in text and "a quick run: 1 round" in text and "the machine was busy" in text
    assert "trial run" not in (built.site / "dives/paper-boat/index.html").read_text(encoding="utf-8")


def test_a_claim_of_a_trial_run_of_one_round_is_shown_untold(built):
    text = (built.site / "dives/tin-raft/index.html").read_text(encoding="utf-8")
    assert "wreck-claim-untold" in text and "these rounds cannot tell" in text


def test_a_build_reads_each_record_once(project, monkeypatch):
    read: list[str] = []
    monkeypatch.setattr(dive, "read_record", lambda folder: read.append(folder.name) or read_record(folder))
    project.build()
    assert sorted(read) == ["paper-boat", "tin-raft"]


def test_live_figures_are_of_plotlys_schema(built):
    figures = [file for file in (built.site / "exhibits").iterdir() if not file.name.startswith("linked-")]
    assert len(figures) > 8 and all(taken(file.read_text(encoding="utf-8")) for file in figures)


def test_building_twice_gives_the_same_pages(project, built):
    project.build()
    for page in built.site.rglob("*.html"):
        assert (project.site / page.relative_to(built.site)).read_bytes() == page.read_bytes()


def test_weights_are_reported(project):
    said = []
    project.build(said)
    (line,) = said
    assert line.startswith("5 pages; nearest to its budget of ") and "kB with gzip" in line


def test_a_page_over_its_budget_is_named():
    light, heavy = PageWeight("about/index.html", 1_000, 0, 0, 0), PageWeight("dives/boat/index.html", 2 * BUDGET_BYTES, 0, 0, 0)
    over, line = told([light, heavy])
    assert over == str(heavy) and "over" in over and line == f"2 pages; nearest to its budget of {BUDGET_BYTES / 1000:.0f} kB is {heavy}"


@pytest.mark.parametrize(
    "wrong, kind, wanted",
    [
        ("{{ tin-rafft: wrecked.latency_ms.p50 }}", UsageError, "'tin-raft'"),
        ("{{ tin-raft: headlin.wrecked.latency_ms.p50 }}", UsageError, "'headline'"),
        ("{{ tin-raft: headline.wreckd.latency_ms.p50 }}", EvidenceError, "'wrecked'"),
        ("{{ tin-raft: wrecked.latency_ms.p51 }}", EvidenceError, "'p50'"),
        ("{{ tin-raft: wrecked.latency_ms.p50 | sec }}", UsageError, "'sec'"),
        ("{{ tin-raft: wrecked.latency_ms.p50 | MB }}", UsageError, "'MB'"),
        ("{{ tin-raft: claim:pain }}", UsageError, "'paint'"),
        ("{{ tin-raft: logbook:response }}", UsageError, "there is none"),
        ("{{ tin-raft: dataset:small.rows.tw_roll }}", UsageError, "'tw_rolls'"),
        ("{{ tin-raft: datasets.small.rows }}", UsageError, "tw_rolls"),
        ("{{ tin-raft: clam:paint }}", UsageError, "'claim'"),
        ("{{ tin-raft: wrecked / }}", UsageError, "two sides"),
        ("{{ tin-raft }}", UsageError, "{{ wreck: subject }}"),
    ],
)
def test_a_wrong_token_stops_the_build_at_its_line(project, wrong, kind, wanted):
    project.write(PAGE, f"# Tin raft\n\nA line.\n\nHere: {wrong} it is.\n")
    with pytest.raises(kind) as stopped:
        project.build()
    assert str(stopped.value).startswith("docs/dives/tin-raft.md:5: wanted ")
    assert wanted in str(stopped.value) and "\n" not in str(stopped.value)
    assert not project.site.exists()


def test_what_a_trial_run_left_out_is_shown_as_left_out(project):
    path = project.site_data / "paper-boat" / "record.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record |= {"publishable": False, "unpublishable_because": ["quick"]}
    del record["experiments"]["headline"]["arms"]["waxed"], record["datasets"]["deep"]
    path.write_text(json.dumps(record), encoding="utf-8")
    tokens = ("waxed.latency_ms.p50", "dataset:deep.rows.tw_rolls", "wrecked / waxed")
    project.write("index.md", "# Two wrecks\n\n" + " ".join(f"{{{{ paper-boat: {token} }}}}" for token in tokens))
    fence = "```exhibit\nkind: layers\nwreck: paper-boat\narms: wrecked, waxed\nid: the-ladder\n```"
    project.write("dives/paper-boat.md", f"# Boat\n\n{fence}\n{{{{ paper-boat: claim:waxing }}}}\n")
    project.build()
    assert (project.site / "index.html").read_text(encoding="utf-8").count(">–</span>") == 3
    assert "not measured" in (project.site / "dives/paper-boat/index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "fence, line, wanted",
    [
        ("exhibit\nkind: laddr\nwreck: tin-raft", 4, "'ladder'"),
        ("exhibit\nkind: ladder\nwreck: tin-rafft", 5, "'tin-raft'"),
        ("exhibit\nkind: ladder\nwreck: tin-raft\narm: wrecked", 6, "'arms'"),
        ("exhibit\nkind: ladder\nwreck: tin-raft\narms: wrecked, salvagd", 6, "'salvaged'"),
        ("exhibit\nkind: ladder\nwreck: tin-raft\nexperiment: headlines", 6, "'headline'"),
        ("exhibit\nwreck: tin-raft", 3, "'kind: ...'"),
        ("exhibit\nkind ladder", 4, "name: value"),
        ("ran\nwreck: tin-raft\nfunction: wreckd", 5, "'wrecked'"),
        ("ran\nwreck: tin-raft\nfunction: wrecked\nlight: suspect 1", 6, "suspect 1"),
        ("ran\nwreck: tin-raft", 3, "one of function, arm or sql"),
        ("ran\nwreck: tin-raft\nfunction: wrecked\nlite: x", 6, "'light'"),
    ],
)
def test_a_wrong_fence_stops_the_build_at_its_line(project, fence, line, wanted):
    project.write(PAGE, f"# Tin raft\n\n```{fence}\n```\n")
    with pytest.raises(WreckError) as stopped:
        project.build()
    assert str(stopped.value).startswith(f"docs/dives/tin-raft.md:{line}: wanted ")
    assert wanted in str(stopped.value)


def test_a_failing_claim_stops_the_build_by_name_and_leaves_the_old_site(project):
    project.build()
    before = (project.site / "index.html").read_bytes()
    project.evidence("paper-boat", {"wrecked": 16.0, "no-sail": 880.0, "waxed": 15.0})
    with pytest.raises(ClaimError, match="claim 'waxing' of paper-boat to hold; got fails: measured"):
        project.build()
    assert (project.site / "index.html").read_bytes() == before
    assert sorted(p.name for p in project.site.parent.iterdir()) == ["docs", "site", "site_data", "wrecks"]


def test_a_claim_that_failed_when_the_evidence_was_made_stops_the_build(project):
    path = project.site_data / "paper-boat" / "record.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["claims"]["database"]["holds"] = False
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(ClaimError, match="claim 'database' of paper-boat"):
        project.build()


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "\x00garbage",
        lambda text: text.replace('"schema_version":1', '"schema_version":2'),
    ],
)
def test_damaged_evidence_stops_the_build_by_name(project, damage):
    path = project.site_data / "paper-boat" / "record.json"
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(EvidenceError, match="paper-boat/record.json"):
        project.build()


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("[gone](nowhere.md)", "nowhere.md"),
        ("[gone](paper-boat.md#no-such-place)", "no-such-place"),
        ('<a href="../nowhere/">gone</a>', "leads nowhere"),
        ('<img alt="" src="https://example.org/x.png">', "from elsewhere"),
        ('<a href="https://example.org/">raw</a>', "rel=external"),
        ('<p style="background:url(//example.org/x.png)">x</p>', "from elsewhere"),
        ("<div>{{ tin-raft: wrecked }}</div>", "token left as it was"),
        ('<a href="#nothing">x</a>', "#nothing"),
    ],
)
def test_a_bad_link_stops_the_build(project, text, wanted):
    project.write(PAGE, f"# Tin raft\n\n{text}\n")
    with pytest.raises(WreckError) as stopped:
        project.build()
    assert wanted in str(stopped.value) and "tin-raft" in str(stopped.value)


LEDGER = "```ledger\n- {}\n```"
GUESS = (
    "```guess\nmeans: {}\nwreck: tin-raft\nid: a-guess\nkind: choice\nright: holds\nask: Which?\n"
    "- Paint = {{{{ tin-raft: claim:paint }}}}\n- None = not {{{{ tin-raft: claim:paint }}}}\n```"
)


@pytest.mark.parametrize(
    ("fence", "link", "wanted"),
    [
        (LEDGER, "[gone](nowhere.md)", "Doc file 'dives/tin-raft.md' contains a link 'nowhere.md'"),
        (GUESS, "[gone](../../nowhere/)", "Doc file 'dives/tin-raft.md' contains an unrecognized relative link '../../nowhere/'"),
        (GUESS, '<a href="../nowhere/">gone</a>', "docs/dives/tin-raft.md:4: '../nowhere/' leads nowhere"),
        (LEDGER, "[gone](paper-boat.md#no-such)", "docs/dives/tin-raft.md: '../paper-boat/#no-such': no '#no-such' there (line"),
    ],
)
def test_a_bad_link_in_a_fence_is_named_by_the_file_it_was_written_in(project, fence, link, wanted):
    project.write(PAGE, f"# Tin raft\n\n{fence.format(link)}\n")
    with pytest.raises(WreckError) as stopped:
        project.build()
    assert wanted in str(stopped.value)


def test_links_in_a_fence_are_written_as_those_outside_it(project):
    project.write(PAGE, "# Tin raft\n\n```ledger\n- As on [the ladder](paper-boat.md#the-ladder).\n```\n")
    project.build()
    page = (project.site / "dives" / "tin-raft" / "index.html").read_text(encoding="utf-8")
    assert '<a href="../paper-boat/#the-ladder">the ladder</a>' in page


def test_a_full_disk_is_one_line_and_the_old_site_stands(project, monkeypatch):
    project.build()
    before = (project.site / "index.html").read_bytes()

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/record.json")

    monkeypatch.setattr("scenarios.publish.site.shutil.copyfile", full)
    with pytest.raises(WreckError, match=r"room and rights to write site/; got No space left on device \(record.json\)"):
        project.build()
    assert (project.site / "index.html").read_bytes() == before
    assert not list(project.site.parent.glob(".site-*"))


@pytest.mark.parametrize(
    ("page", "anchors", "urls", "handlers"),
    [
        ('<td class="a" id="b"><a class="c" href="d">', {"b"}, ["d"], []),
        ('<rect x="1" y="2" style="fill:url(e)"/><use class="f" xlink:href="#g"/>', set(), ["e", "#g"], []),
        ('<td class="a">\n<td scope="row" onclick="x()">', set(), [], ['<td onclick="...">']),
        ("<td class=\"a\n\"><p title='<td class=\"h\" id=\"i\">'>", set(), [], []),
        ('<style>p { background: url(j) }</style><script>"<a href=\'k\'>"</script>', set(), ["j"], []),
        ('<td>{{ l }}</td><code>{{ m }}</code>', set(), [], []),
    ],
)
def test_what_a_page_points_at_is_read_whatever_stands_beside_it(tmp_path, page, anchors, urls, handlers):
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    found = links.read(tmp_path / "page.html")
    assert (found.anchors, [each.url for each in found.references], found.handlers) == (anchors, urls, handlers)
    assert found.tokens == ([(1, "{{ l }}")] if "{{ l }}" in page else [])


def test_links_into_evidence_are_followed(tmp_path):
    (tmp_path / "e.json").write_text('{"a":[{"b":1}]}', encoding="utf-8")
    (tmp_path / "index.html").write_text('<a href="e.json#/a/0/b">x</a>\n<a href="e.json#/a/1">y</a>', encoding="utf-8")
    assert links.faults(tmp_path) == ["index.html:2: 'e.json#/a/1' points at nothing in e.json"]


def test_the_server_packs_and_says_what_port_is_taken(built):
    with server(built.site) as bound:
        threading.Thread(target=bound.serve_forever, daemon=True).start()
        request = urllib.request.Request(f"http://127.0.0.1:{bound.server_port}/", headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request) as answer:
            assert gzip.decompress(answer.read()) == (built.site / "index.html").read_bytes()
        with pytest.raises(StackError, match="--port"):
            server(built.site, bound.server_port)
        bound.shutdown()


def test_there_must_be_a_site_to_serve(tmp_path):
    with pytest.raises(WreckError, match="invoke site"):
        server(tmp_path)


def test_a_wreck_without_evidence_is_shown_as_not_yet_dived(project):
    shutil.rmtree(project.site_data / "tin-raft")
    project.build()
    text = (project.site / "dives/tin-raft/index.html").read_text(encoding="utf-8")
    assert "tin-raft is not yet dived" in text and "invoke rebuild --wreck tin-raft" in text
    assert "exhibit-absent" in text and "<svg" not in text.split("exhibit-absent")[1][:400]
    dived = (project.site / "dives/paper-boat/index.html").read_text(encoding="utf-8")
    assert "Tin raft (not yet dived)" in dived and "is not yet dived" not in dived and "Paper boat (not yet dived)" not in dived
