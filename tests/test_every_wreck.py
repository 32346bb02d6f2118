"""Every wreck that is found: sound, told, proven, whole. What a wreck lacks is said with what to do about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from scenarios import record as contract
from scenarios.publish import exhibit
from scenarios.publish.charts.chart import Axis, Chart
from scenarios.publish.dive import Dive
from scenarios.publish.prose import fences
from scenarios.scaffold.main import QUESTION
from scenarios.wreck import Arm, load, slugs
from tests import wreck_checks
from tests.site import evidence_factory
from tests.site.conftest import PROJECT, SPEED_MS

ROOT = Path(__file__).parent.parent
DOCS, SITE_DATA = ROOT / "docs", ROOT / "site_data"
SLUGS = slugs()
DIVED = [slug for slug in SLUGS if (SITE_DATA / slug).exists()]


def none_of(faults: list[str], slug: str) -> None:
    if faults:
        pytest.fail("\n".join([f"{slug}:", *(f"- {fault}" for fault in faults)]), pytrace=False)


@pytest.fixture(scope="module")
def dives():
    """Every wreck with evidence, each read once."""
    return {slug: Dive(slug, SITE_DATA) for slug in DIVED}


# --- every wreck -----------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", SLUGS)
def test_its_declaration_is_sound(slug):
    none_of(wreck_checks.declaration(load(slug)), slug)


@pytest.mark.parametrize("slug", SLUGS)
def test_its_page_is_there_and_draws_on_it(slug):
    none_of(wreck_checks.page(load(slug), DOCS), slug)


@pytest.mark.parametrize("slug", SLUGS)
def test_its_dive_goes_by_the_steps_asks_and_keeps_a_ledger(slug):
    page = DOCS / "dives" / f"{slug}.md"
    none_of(wreck_checks.form(page.read_text(encoding="utf-8") if page.exists() else ""), slug)


def test_what_the_front_page_shows_was_dived():
    cards = fences.find((DOCS / "index.md").read_text(encoding="utf-8").splitlines(), ("card",))
    shown = {fences.options(card)["wreck"] for card in cards}
    lacking = sorted(shown - set(DIVED))
    assert shown and not lacking, f"no evidence of {lacking}: run 'invoke rebuild', or restore it from version control"


# --- every wreck that was dived --------------------------------------------------------------------


@pytest.mark.parametrize("slug", DIVED)
def test_no_question_of_its_scaffold_is_left(slug):
    none_of(wreck_checks.questions(load(slug), DOCS), slug)


@pytest.mark.parametrize("slug", DIVED)
def test_its_claims_hold(dives, slug):
    none_of(wreck_checks.claims_hold(dives[slug].wreck, dives[slug].record), slug)


@pytest.mark.parametrize("slug", DIVED)
def test_arms_that_answered_otherwise_would_be_told(dives, slug):
    none_of(wreck_checks.answers(dives[slug].wreck, dives[slug].record), slug)


@pytest.mark.parametrize("slug", DIVED)
def test_its_claims_fail_with_the_fault_taken_out(dives, slug):
    none_of(wreck_checks.fault_matters(dives[slug].wreck, dives[slug].record), slug)


@pytest.mark.parametrize("slug", DIVED)
def test_its_evidence_keeps_within_its_size(slug):
    none_of(wreck_checks.size(SITE_DATA / slug), slug)


@pytest.mark.parametrize("slug", DIVED)
def test_its_evidence_says_where_it_is_from(dives, slug):
    none_of(wreck_checks.provenance(dives[slug].record), slug)


@pytest.mark.parametrize("slug", DIVED)
def test_its_exhibits_have_their_words_and_their_data(dives, slug):
    none_of(wreck_checks.exhibits(dives[slug], DOCS), slug)


# --- each of these can fail ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def boat():
    return load("paper-boat", PROJECT / "wrecks")


@pytest.fixture(scope="module")
def record(boat):
    return evidence_factory.make(boat, SPEED_MS["paper-boat"]).record


def test_a_faulty_declaration_is_told(boat):
    assert wreck_checks.declaration(boat) == []
    arms = (*boat.arms, Arm("idle", "Idle", "wrecked"))
    idle = replace(boat, arms=arms, experiments=boat.experiments[1:], claims=(), routes=SimpleNamespace())
    told = "\n".join(wreck_checks.declaration(idle))
    assert all(word in told for word in ("arm 'idle'", "called 'headline'", "function 'wrecked'", "no claim"))
    alone = replace(boat, experiments=(replace(boat.experiments[0], arms=("waxed",)), *boat.experiments[1:]))
    assert any("does not run an arm 'wrecked'" in fault for fault in wreck_checks.declaration(alone))


def test_a_page_that_lacks_something_is_told(boat, tmp_path):
    (dives := tmp_path / "dives").mkdir()
    (missing,) = wreck_checks.page(boat, tmp_path)
    assert missing.startswith("docs/dives/paper-boat.md is not there")
    text = "---\ntitle: Another\n---\n\n# Another\n\n{{ paper-boat: claim:waxing | interval }}\n"
    (dives / "paper-boat.md").write_text(text, encoding="utf-8")
    told = "\n".join(wreck_checks.page(boat, tmp_path))
    lacking = ("title: Paper Boat", "description", "ran", "provenance", "claim:database")
    assert all(word in told for word in lacking)
    assert "claim:waxing" not in told and "same-answer" not in told


FORM = "\n".join(f'## A step {{ data-step="{step}" }}' for step in wreck_checks.STEPS[:6]) + (
    "\n\n```guess\nkind: layer\n```\n\n```guess\nkind: choice\n```\n\n```guess\nkind: amount\n```\n"
    "\n```ledger\n- One.\n```\n\n```ledger\n- Two.\n```\n\n## What we know\n\n**What settled it** was a plan.\n\n```ledger\nshow: all\n- Three.\n```\n"
)


def test_a_page_in_a_dives_form_is_let_be():
    assert wreck_checks.form(FORM) == [] == wreck_checks.form(FORM.replace("Suspects", "Suspect"))
    proven = FORM.replace("\n\n```guess", '\n## Proven { data-step="Fix proven" }\n\n```guess', 1)
    assert wreck_checks.form(proven) == []


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('## A step { data-step="Layer" }\n', "", "its steps are Symptom, Part"),
        ('"Symptom" }', '"Beginning" }', "its steps are Beginning"),
        ('"Part" }', '"Part" }\n## More { data-step="Further away" }', "other headings have no step"),
        ("```guess\nkind: layer\n```", "", "asks its reader 2 times"),
        ("kind: amount", "kind: choice", "never asks how much"),
        ("```ledger\n- One.\n```", "", "has 2 ledgers"),
        ("show: all\n", "", "all that is known"),
        ("**What settled it**", "It", "does not say what settled it"),
        ("## What we know", "## What was learnt", "does not say what settled it"),
    ],
)
def test_a_page_of_another_form_is_told_what_to_do(was, becomes, told):
    assert was in FORM
    (fault,) = wreck_checks.form(FORM.replace(was, becomes))
    assert told in fault and (": " in fault or ";" in fault)


def test_a_dive_with_a_place_of_its_own_has_every_step():
    (fault,) = wreck_checks.form(f"---\norder: 5\n---\n\n{FORM}")
    assert "Fix proven, Then and now" in fault


def test_a_question_that_is_left_is_told_with_its_line(boat, tmp_path):
    (tmp_path / "dives").mkdir()
    (tmp_path / "dives" / "paper-boat.md").write_text(f"# Boat\n\n!!! question \"{QUESTION} what?\"\n", encoding="utf-8")
    (fault,) = wreck_checks.questions(boat, tmp_path)
    assert fault.startswith("paper-boat.md:3 still asks")


def test_with_the_fault_taken_out_claims_fail_and_are_told(boat, record):
    assert wreck_checks.claims_hold(boat, record) == []
    mended = wreck_checks.without_fault(record, "waxed")
    assert "waxing" in wreck_checks.fallen(boat, mended) and "same-answer" not in wreck_checks.fallen(boat, mended)
    (fault,) = wreck_checks.claims_hold(boat, mended)
    assert fault.startswith("claim waxing: fails: measured 1 times") and "invoke rebuild --wreck paper-boat" in fault


def test_claims_that_cannot_fail_are_told(boat, record):
    assert wreck_checks.fault_matters(boat, record) == []
    idle = replace(boat, claims=tuple(claim for claim in boat.claims if claim.name == "same-answer"))
    assert "none of them is about it" in wreck_checks.fault_matters(idle, record)[0]
    headline = record.experiments["headline"]
    only = headline.model_copy(update={"arms": {"wrecked": headline.arms["wrecked"]}})
    assert "beside another arm" in wreck_checks.fault_matters(boat, record.model_copy(update={"experiments": {"headline": only}}))[0]


def test_arms_whose_answers_nothing_holds_together_are_told(boat, record):
    assert wreck_checks.answers(boat, record) == []
    loose = replace(boat, claims=tuple(claim for claim in boat.claims if claim.name != "same-answer"))
    assert [fault.split("'")[1] for fault in wreck_checks.answers(loose, record)] == ["wrecked", "no-sail", "waxed"]


def test_too_much_evidence_is_told(tmp_path):
    (tmp_path / "traces").mkdir()
    (tmp_path / "traces" / "a.json").write_bytes(b" " * contract.SIZE_BUDGET_BYTES)
    assert wreck_checks.size(tmp_path) == []
    (tmp_path / "record.json").write_bytes(b" ")
    assert "is the most" in wreck_checks.size(tmp_path)[0]


def test_evidence_that_does_not_say_where_it_is_from_is_told(record):
    env = record.environment
    whole = record.model_copy(update={"environment": env.model_copy(update={"versions": dict.fromkeys(wreck_checks.VERSIONS, "1")})})
    assert wreck_checks.provenance(whole) == []
    torn = whole.model_copy(
        update={
            "environment": env.model_copy(update={"versions": {}, "libc": ""}), "datasets": {}, "commit": None,
            "publishable": False, "unpublishable_because": ["quick"], "warnings": ["seen in /home/somebody/wreck"],
        }
    )  # fmt: skip
    told = "\n".join(wreck_checks.provenance(torn))
    assert all(word in told for word in ("version of postgres", "a trial (quick)", "no commit", "libc", "scale 'deep'", "'/home/somebody'"))


def test_an_exhibit_without_words_or_data_is_told(boat, tmp_path):
    chart = Chart("t", "a", Axis("x"), Axis("y"), ())
    assert len(list(wreck_checks.words("ladder", exhibit.Exhibit("", " ", chart)))) == 3
    evidence_factory.make(boat, SPEED_MS["paper-boat"]).write(tmp_path)
    (tmp_path / "dives").mkdir()
    page = tmp_path / "dives" / "paper-boat.md"
    dive = Dive("paper-boat", tmp_path, PROJECT / "wrecks")
    page.write_text("# Boat\n\n```exhibit\nkind: ladder\nwreck: paper-boat\nid: l\n```\n", encoding="utf-8")
    assert wreck_checks.exhibits(dive, tmp_path) == []
    page.write_text("# Boat\n\n```exhibit\nkind: ladder\nwreck: paper-boat\narms: rust\n```\n", encoding="utf-8")
    assert "cannot be drawn" in wreck_checks.exhibits(dive, tmp_path)[0]
    page.write_text("# Boat\n", encoding="utf-8")
    assert "no exhibit" in wreck_checks.exhibits(dive, tmp_path)[0]
