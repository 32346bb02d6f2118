"""``invoke compare``: what it takes, what it says, how it ends."""

import json
import re
import subprocess
from html.parser import HTMLParser

import markdown
import pytest
from invoke import MockContext

import tasks
from scenarios.compare import report
from scenarios.compare.main import run
from scenarios.compare.report import escaped, plain
from scenarios.errors import ClaimError, EvidenceError, UsageError
from scenarios.record import dumps
from tests.record_pairs import elsewhere, ours, scaled, steady, trial

HOSTILE = "</td><script>alert(1)</script> | **x** [a](javascript:b) `c` \x1b[31m\x07 \u202e {{ x }} # https://example.org @one <!-- "


@pytest.fixture(scope="module")
def calm():
    return steady(ours("truculent-query"))


@pytest.fixture
def write(tmp_path):
    def one(name, record):
        path = tmp_path / name
        path.mkdir(parents=True)
        (path / "record.json").write_text(dumps(record), encoding="utf-8")
        return str(path)

    return one


def said(*given, **options) -> str:
    lines = []
    try:
        run(*given, say=lines.append, **options)
    except ClaimError:
        pass
    return "\n".join(lines)


# --- where records come from -------------------------------------------------------------------


def test_files_and_folders(write, calm, tmp_path):
    one, two = write("one/truculent-query", calm), write("two/truculent-query", calm)
    write("two/highly-selective", ours("highly-selective"))
    all_of_two = str(tmp_path / "two")
    expected = said(one, two).split("\n", 1)[1]
    assert "truculent-query: " in expected
    for a, b in ((f"{one}/record.json", two), (one, all_of_two), (all_of_two, one)):
        assert said(a, b).split("\n", 1)[1] == expected
    # Two collections are compared as such: what only one has is named.
    assert "only in B: highly-selective" in said(str(tmp_path / "one"), all_of_two)
    assert "highly-selective: " in said(all_of_two, all_of_two)


@pytest.fixture(scope="module")
def repository(tmp_path_factory, calm):
    """A repository of two commits: slower in the second; and a tag on the first."""
    folder = tmp_path_factory.mktemp("repository")
    evidence = folder / "site_data" / "truculent-query"
    evidence.mkdir(parents=True)

    def git(*words):
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "nothing yet")
    git("tag", "empty")
    for record, tag in ((calm, "first"), (scaled(calm, 2), "second")):
        (evidence / "record.json").write_text(dumps(record), encoding="utf-8")
        git("add", ".")
        git("commit", "-q", "-m", tag)
        git("tag", tag)
    (evidence / "record.json").write_text("{", encoding="utf-8")
    git("commit", "-q", "-a", "-m", "broken")
    git("tag", "broken")
    return folder


def test_commits(repository, write, calm):
    with pytest.raises(ClaimError, match="truculent-query arm clients-1/wrecked"):
        run("first", "second", repository=repository, say=lambda text: None)
    run("second", "HEAD~2", repository=repository, say=lambda text: None)
    run("first", write("here", calm), repository=repository, say=lambda text: None)


@pytest.mark.parametrize(
    ("given", "kind", "why"),
    [("nonsense", UsageError, "no path and no commit"), ("--output=x", UsageError, "no path and no commit"), ("", UsageError, "got none"),
     ("first:site_data", UsageError, "no path and no commit"), ("empty", EvidenceError, "no site_data"),
     ("broken", EvidenceError, "JSON in broken:")],
)  # fmt: skip
def test_what_is_no_source_is_named(repository, given, kind, why, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=why):
        run("first", given, repository=repository)


def test_evidence_of_other_wrecks_or_versions_is_refused(write, calm, tmp_path):
    one, other = write("one", calm), write("other", ours("highly-selective"))
    with pytest.raises(UsageError, match=r"truculent-query in .*highly-selective in"):
        run(one, other)
    (tmp_path / "other" / "record.json").write_text(dumps(calm).replace('"schema_version":1', '"schema_version":99'), encoding="utf-8")
    with pytest.raises(EvidenceError, match="version 99"):
        run(one, other)


# --- what is said ------------------------------------------------------------------------------


def test_json_has_its_documented_shape(write, calm):
    found = json.loads(said(write("a", calm), write("b", elsewhere(scaled(calm, 2))), form="json"))
    assert set(found) == {"schema_version", "margin", "worse", "given", "wrecks", "only_a", "only_b"}
    assert (found["schema_version"], found["margin"], found["worse"]) == (1, 1.15, 0)
    [wreck] = found["wrecks"]
    assert set(wreck) == {"wreck", "a", "b", "unlike_machines", "environment", "warnings", "claims", "arms", "only_a", "only_b"}
    fields = {"kind", "name", "unit", "over", "by", "a", "b", "rounds", "effect", "low", "high", "verdict", "because", "holds"}
    assert {frozenset(row) for row in (*wreck["claims"], *wreck["arms"])} == {frozenset(fields)}
    assert wreck["environment"]["cpu_count"] == ["2", "64"]


def test_text_says_what_differs(write, calm):
    text = said(write("a", calm), write("b", trial(elsewhere(calm))))
    assert "B is a trial, not to be published" in text and "the machines are unlike" in text and "cpu_count: 2 in A, 64 in B" in text
    worse = said(write("c", calm), write("d", scaled(calm, 2)))
    assert re.search(r"worse +headline/wrecked: .* ms, B is A times 2 \(1\.\d+ to 2\.\d+\)", worse)


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)


def test_what_evidence_says_is_no_markup(write, calm):
    evil = elsewhere(calm, cpu_model=HOSTILE, versions={HOSTILE: HOSTILE})
    claims = {name: claim.model_copy(update={"unit": HOSTILE}) for name, claim in calm.claims.items()}
    evil = evil.model_copy(update={"claims": claims, "publishable": False, "unpublishable_because": [HOSTILE]})
    a, b = write("a", calm), write("b", evil)
    shown = Elements()
    shown.feed(markdown.markdown(said(a, b, form="markdown"), extensions=["tables"]))
    assert shown.tags <= {"p", "h2", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "strong"}
    for form in ("text", "markdown", "json"):
        text = said(a, b, form=form)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    assert "\u202e" not in said(a, b)
    assert json.loads(said(a, b, form="json"))["wrecks"][0]["environment"][f"versions.{HOSTILE}"] == [None, HOSTILE]


def test_escaping_shows_what_was_there():
    assert escaped("a|<b>&") == "a\\|&lt;b&gt;&amp;" and plain("a\x1b\nb") == "a\\u001b\\u000ab" and plain("é ≥ 中") == "é ≥ 中"


def test_a_report_goes_to_a_file(write, calm, tmp_path):
    into = tmp_path / "report.md"
    run(write("a", calm), write("b", calm), form="markdown", output=str(into), say=pytest.fail)
    assert into.read_text(encoding="utf-8").startswith("A is ")


def test_formats_are_known(write, calm):
    a = write("a", calm)
    with pytest.raises(UsageError, match="did you mean 'markdown'"):
        run(a, a, form="markdwn")
    with pytest.raises(UsageError, match="--fail-on"):
        run(a, a, fail_on="always")
    assert set(report.FORMATS) == {"text", "markdown", "json"}


# --- as a task -----------------------------------------------------------------------------------


def exit_code(*given, **options) -> int:
    try:
        tasks.compare(MockContext(), *given, **options)
    except tasks.Exit as end:
        return end.code
    return 0


def test_the_task_ends_by_what_got_worse(write, calm, capsys):
    a, slower = write("a", calm), write("slower", scaled(calm, 2))
    assert exit_code(a, a) == 0
    assert exit_code(a, slower) == 3
    assert exit_code(slower, a) == 0
    assert exit_code(a, slower, fail_on="never") == 0
    assert exit_code(a, "nonsense") == 2
    capsys.readouterr()
    assert exit_code(a, slower, format="json") == 3
    assert json.loads(capsys.readouterr().out)["worse"] > 0
