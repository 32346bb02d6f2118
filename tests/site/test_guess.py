"""Questions before answers, the ledger, and the line of steps: that answers come from the evidence, and move with it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.errors import UsageError, WreckError
from scenarios.publish.markdown import WreckExtension
from scenarios.publish.prose.guess_scale import TICKS_MOST, GuessScale, guess_scale

ROOT = Path(__file__).parents[2]

LAYER = "wreck: paper-boat\nid: which-layer\nkind: layer\nask: Which layer?"
SUSPECT = """wreck: paper-boat
id: which-suspect
kind: choice
right: greatest
ask: Which *one*?
means: It was {{ paper-boat: claim:waxing | value }}.
- The sail = {{ paper-boat: wrecked / no-sail }}
- Wax = {{ paper-boat: wrecked / waxed }}"""
AMOUNT = """wreck: paper-boat
id: how-much
kind: amount
answer: {{ paper-boat: claim:waxing }}
unit: times
from: 1
to: 1000
scale: log
ask: How many times as fast?"""


def converted(project, text: str) -> str:
    """Return a page's text as HTML, its evidence read anew."""
    (project.docs / "a-page.md").write_text(text, encoding="utf-8")
    own = WreckExtension(docs=str(project.docs), site_data=str(project.site_data), wrecks=str(project.wrecks))
    return markdown.markdown(text, extensions=["attr_list", "toc", own])


def asked(project, fence: str) -> str:
    return converted(project, f"# A page\n\n```guess\n{fence}\n```\n\nAnd on it goes.\n")


def answer(html: str) -> str:
    """Return the answer's text, without markup."""
    return re.sub(r"<[^>]+>", "", re.search(r'<p class="guess-answer">(.*?)</p>', html, re.DOTALL)[1])


def right(html: str) -> list[str]:
    """Return the options marked as right, as the page's script reads them and as its table shows them."""
    marked = re.search(r'data-right="([\d ]*)"', html)[1].split()
    shown = re.findall(r'<tr class="guess-right" data-option="(\d+)"', html)
    assert not shown or shown == marked
    options = re.findall(r'<input type="radio"[^>]*> <span>(.*?)</span>', html)
    return [options[int(i)] for i in marked]


def edited(project, change) -> None:
    """Change paper-boat's record."""
    path = project.site_data / "paper-boat" / "record.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    change(record)
    path.write_text(json.dumps(record), encoding="utf-8")


def a_trial(record) -> None:
    record |= {"publishable": False, "unpublishable_because": ["quick"]}


# --- answers come from the evidence ----------------------------------------------------------------


def test_the_layer_is_the_one_with_most_of_the_time(project):
    html = asked(project, LAYER)
    assert right(html) == ["Postgres"]
    assert answer(html) == "Postgres. The shares are of a request’s mean time."
    assert re.search(r"<td>95(\.0)?\u00a0%", html)

    def swap(record):
        a_trial(record)
        for each in record["experiments"]["headline"]["arms"]["wrecked"]["rounds"]:
            each["layers_ms"] |= {"fetch": each["layers_ms"]["postgres"], "postgres": 0.1}

    edited(project, swap)
    assert right(asked(project, LAYER)) == ["SQLAlchemy, making objects of rows included"]


def test_the_furthest_option_is_right_and_moves_with_the_evidence(project):
    html = asked(project, SUSPECT)
    assert right(html) == ["Wax"] and answer(html) == "Wax."
    assert right(asked(project, SUSPECT.replace("greatest", "least"))) == ["The sail"]
    project.evidence("paper-boat", {"wrecked": 900.0, "no-sail": 15.0, "waxed": 100.0}, publishable=False)
    assert right(asked(project, SUSPECT)) == ["The sail"]


def test_options_that_the_rounds_cannot_tell_apart_are_right_together(project):
    project.evidence("paper-boat", {"wrecked": 900.0, "no-sail": 100.0, "waxed": 100.5})
    html = asked(project, SUSPECT)
    assert right(html) == ["The sail", "Wax"]
    assert answer(html) == "The sail and Wax: these rounds cannot tell them apart."


def test_a_claim_may_make_an_option_right_and_the_lack_of_it_another(project):
    items = "- No = not {{ paper-boat: claim:same-answer }}\n- Yes = {{ paper-boat: claim:same-answer }}\n- Perhaps"
    fence = f"wreck: paper-boat\nid: same\nkind: choice\nright: holds\nask: Is it?\n{items}"
    html = asked(project, fence)
    assert right(html) == ["Yes"]
    assert answer(html) == "Yes. All arms give one and the same answer. (✓ holds)"

    def differ(record):
        a_trial(record)
        record["experiments"]["headline"]["arms"]["waxed"]["answer_sha256"] = "f" * 64

    edited(project, differ)
    assert right(asked(project, fence)) == ["No"]


def test_an_amount_is_what_its_token_says(project):
    html = asked(project, AMOUNT)
    value, least, most = (float(re.search(rf'data-{name}="([^"]+)"', html)[1]) for name in ("value", "least", "most"))
    assert least < value < most and f"{value:.1f} times" in answer(html)
    assert 'data-sign="×"' in html and f"measured: {value:.1f}×" in html
    project.evidence("paper-boat", {"wrecked": 900.0, "no-sail": 880.0, "waxed": 60.0})
    moved = asked(project, AMOUNT)
    assert float(re.search(r'data-value="([^"]+)"', moved)[1]) < value / 2


def test_shares_are_guessed_in_percent(project):
    fence = AMOUNT.replace("claim:waxing", "claim:database").replace("times", "%")
    html = asked(project, fence.replace("1000\nscale: log", "100").replace("from: 1", "from: 0"))
    assert 'data-value="95"' in html and 'data-log="0"' in html


def test_an_answer_beyond_the_scale_widens_it(project):
    html = asked(project, AMOUNT.replace("1000", "4"))
    assert 'data-high="100"' in html and "from 1× to 100×" in html


def test_what_a_trial_run_did_not_measure_is_asked_and_not_told(project):
    def lack(record):
        a_trial(record)
        del record["experiments"]["headline"]["arms"]["waxed"]

    edited(project, lack)
    for fence in (SUSPECT, AMOUNT):
        html = asked(project, fence)
        assert answer(html) == "This run does not tell." and "data-value" not in html and "<table" not in html
    assert right(asked(project, SUSPECT)) == []


def test_a_wreck_that_nobody_dived_to_has_questions_and_no_answers(project):
    (project.site_data / "paper-boat" / "record.json").unlink()
    for fence in (LAYER, SUSPECT, AMOUNT):
        html = asked(project, fence)
        assert answer(html) == "The answer is not yet dived."
        assert right(html) == [] if "data-right" in html else "data-value" not in html


@pytest.mark.parametrize(
    "fence, wanted",
    [
        (LAYER.replace("layer\n", "layr\n"), "'layer'"),
        (LAYER + "\nrihgt: x", "an option of a guess of kind 'layer'"),
        (LAYER.replace("ask: Which layer?", ""), "'ask: ...'"),
        (LAYER.replace("id: which-layer\n", ""), "'id: ...'"),
        (LAYER.replace("which-layer", "Which layer"), "small letters"),
        (LAYER + "\narm: wreckd", "'wrecked'"),
        (LAYER + "\n- nginx", "no list"),
        (SUSPECT.replace("greatest", "most"), "greatest"),
        (SUSPECT.replace("wrecked / waxed", "wreckd / waxed"), "'wrecked'"),
        (SUSPECT.replace(" = {{ paper-boat: wrecked / waxed }}", ""), "a number behind every option"),
        (SUSPECT.replace("wrecked / waxed", "made_at"), "a number behind every option"),
        (SUSPECT.replace("wrecked / waxed", "waxed.latency_ms.p50"), "one unit"),
        (SUSPECT.replace("- Wax = {{", "- Wax {{"), "'- text = {{ token }}'"),
        (SUSPECT.replace("\n- Wax = {{ paper-boat: wrecked / waxed }}", ""), "two to six options"),
        (SUSPECT + "\nask: again", "options before the list"),
        (SUSPECT.replace("greatest", "holds").replace(" = {{ paper-boat: wrecked / no-sail }}", "").replace(
            " = {{ paper-boat: wrecked / waxed }}", ""
        ), "a claim"),
        (AMOUNT.replace("answer: {{ paper-boat: claim:waxing }}", "answer: 12"), "one token"),
        (AMOUNT.replace("claim:waxing", "environment.libc"), "a number as a guess's answer"),
        (AMOUNT.replace("unit: times", "unit: MB"), "'MB'"),
        (AMOUNT.replace("from: 1\n", "from: little\n"), "a number for 'from'"),
        (AMOUNT.replace("from: 1\n", "from: 0\n"), "above zero"),
        (AMOUNT.replace("scale: log", "scale: logarithmic"), "'linear' or 'log'"),
    ],
)  # fmt: skip
def test_a_wrong_question_stops_the_build_in_words(project, fence, wanted):
    with pytest.raises(WreckError) as stopped:
        converted(project, f"# Boat\n\n\n```guess\n{fence}\n```\n")
    said = str(stopped.value)
    assert said.startswith("docs/a-page.md:") and wanted in said and "\n" not in said
    assert said.count("docs/a-page.md") == 1


def test_two_questions_of_one_name_stop_the_build(project):
    with pytest.raises(UsageError, match="once a page"):
        converted(project, f"```guess\n{LAYER}\n```\n\n```guess\n{LAYER}\n```\n")


# --- as it stands without a script -----------------------------------------------------------------


def test_without_a_script_it_is_prose_and_a_fold(project):
    html = asked(project, SUSPECT)
    assert "Which <em>one</em>?" in html
    options = re.findall(r"<li><label>(.*?)</label></li>", html)
    assert [re.sub("<[^>]+>", "", each).strip() for each in options] == ["The sail", "Wax", "I don’t know"]
    assert all(" hidden>" in each for each in options)
    assert re.search(r'<div class="guess-act" hidden>', html)
    fold = re.search(r"<details class=\"guess-reveal\"[^>]*>(.*?)</details>", html, re.DOTALL)[1]
    assert "Wax" in fold and "It was" in fold and 'href="#which-suspect"' in html
    assert html.index("</details>") < html.index("And on it goes.")


def test_scripts_come_with_questions_and_steps_only(project):
    assert "<script" not in converted(project, "# A page\n\n## A heading\n\n```ledger\n- One\n```\n")
    for text in (f"```guess\n{LAYER}\n```\n", '## A step { data-step="One" }\n'):
        assert re.findall(r'<script src="([^"]+)" defer>', converted(project, text)) == ["wreck-root:assets/place.js"]


# --- the ledger ------------------------------------------------------------------------------------

LEDGERS = (
    "```ledger\n- It is `slow`: {{ paper-boat: wrecked.latency_ms.p50 }}\n  all the time.\n- {{ paper-boat: claim:database }}\n```\n\n"
    "Text.\n\n```ledger\n- A third < a half.\n```\n\n```ledger\nshow: all\n- The last.\n```\n"
)


def test_the_ledger_adds_up_down_the_page(project):
    first, second, whole = re.findall(r'<div class="ledger".*?</div>', converted(project, LEDGERS), re.DOTALL)
    assert "<details" not in first and first.count("<li>") == 2 and "all the time." in first
    assert "Known before this: 2" in second and '<ol start="3"><li>A third &lt; a half.</li></ol>' in second
    earlier = re.search(r"<details[^>]*>(.*?)</details>", second)[1]
    assert "It is slow: " in earlier and "of a request is spent in Postgres." in earlier
    assert "holds" not in earlier and "<a" not in earlier
    assert whole.count("<li") == 4 and whole.count('class="ledger-told"') == 3 and "<details" not in whole


def test_ledgers_begin_anew_on_each_page(project):
    own = WreckExtension(docs=str(project.docs), site_data=str(project.site_data), wrecks=str(project.wrecks))
    md = markdown.Markdown(extensions=[own])
    md.convert("```ledger\n- One\n```")
    assert "<details" not in md.reset().convert("```ledger\n- Two\n```")


@pytest.mark.parametrize(
    "text, wanted", [("show: none\n- One", "'show: all'"), ("- {{ paper-boat: wreckd.latency_ms.p50 }}", "'wrecked'"), ("", "an entry")]
)
def test_a_wrong_ledger_stops_the_build_at_its_line(project, text, wanted):
    with pytest.raises(UsageError) as stopped:
        converted(project, f"# A page\n\n```ledger\n{text}\n```\n")
    assert str(stopped.value).startswith("docs/a-page.md:") and wanted in str(stopped.value)


# --- steps -----------------------------------------------------------------------------------------


def test_steps_are_the_headings_that_name_one(project):
    html = converted(project, '# A page\n\n## Which layer? { data-step="La & yer" }\n\n## Other\n\n## The fix { data-step="Fix" }\n')
    nav = re.search(r"<nav class=\"steps\".*?</nav>", html)[0]
    assert re.findall(r'href="#([^"]+)"', nav) == ["which-layer", "the-fix"]
    assert "La &amp; yer" in nav and html.index("<h1") < html.index("<nav") < html.index("<h2")
    assert 'class="place"' not in html
    assert "<nav" not in converted(project, "# A page\n\n## Other\n")


# --- the scale -------------------------------------------------------------------------------------

ENDS = st.tuples(st.floats(0.01, 1e4), st.floats(1.5, 1e4)).map(lambda pair: (pair[0], pair[0] * pair[1]))


@given(ENDS, st.booleans(), st.floats(-1e5, 1e9))
def test_every_number_has_its_place_on_a_scale(ends, is_log, value):
    scale = GuessScale(*ends, is_log, "ms", None)
    assert 0 <= scale.share(value) <= 1
    assert scale.share(ends[0]) == 0 and scale.share(ends[1]) == pytest.approx(1)
    ticks = scale.ticks()
    assert ticks[0] == ends[0] and ticks[-1] == pytest.approx(ends[1]) and ticks == sorted(ticks)
    assert len(ticks) <= TICKS_MOST or is_log


@given(ENDS, st.floats(0.001, 1e9))
def test_a_scale_holds_what_was_measured(ends, value):
    options = {"from": str(ends[0]), "to": str(ends[1]), "scale": "log", "unit": "ms"}
    scale = guess_scale(options, (value, value, value))
    assert scale.low <= value <= scale.high
