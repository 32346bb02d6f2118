"""What every wreck must have. Each check returns what is amiss, one line each, with what to do about it; nothing where all is well.

``tests/test_every_wreck.py`` puts every wreck that is found to them, and shows that each of them can fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from scenarios import claims
from scenarios.errors import EvidenceError, WreckError
from scenarios.publish import exhibit
from scenarios.publish.dive import HEADLINE, Dive
from scenarios.publish.prose import fences
from scenarios.publish.reading_order import front_matter
from scenarios.record import SIZE_BUDGET_BYTES, Record
from scenarios.scaffold.main import QUESTION
from scenarios.wreck import Wreck

SAME_ANSWER = "same-answer"
"""How the names of claims begin that hold the arms' answers together: the proof's own footing, told by the table of arms."""
STEPS = ("Symptom", "Layer", "Part", "Suspects", "Proof", "Fix", "Fix proven", "Then and now")
STEPS_NOT_OF_ALL = ("Fix proven", "Then and now")
"""A new dive may prove its fix where it tells of it, and need not have a source with figures of its own."""
GUESSES_AT_LEAST = LEDGERS_AT_LEAST = 3
VERSIONS = ("python", "postgres", "nginx", "gunicorn", "flask", "sqlalchemy", "psycopg2-binary")
_SOMEBODY = re.compile(r"/(?:home|Users|root)/[\w.-]*")
_SOURCES = (".py", ".html", ".sql")


# --- what people wrote -----------------------------------------------------------------------------


def declaration(wreck: Wreck) -> list[str]:
    """Look at ``wreck.py``, beyond what loading it refuses."""
    run = {arm for experiment in wreck.experiments for arm in experiment.arms}
    found = [f"arm '{arm.name}' is run by no experiment: name it in one, or drop it" for arm in wreck.arms if arm.name not in run]
    if not wreck.experiments or wreck.experiments[0].name != HEADLINE:
        found.append(f"the first experiment is not called '{HEADLINE}': quick runs and most exhibits look for it; call it so")
    elif "wrecked" not in wreck.experiments[0].arms:
        found.append(f"'{HEADLINE}' does not run an arm 'wrecked': every other arm is held against that; add it")
    if not hasattr(wreck.routes, "wrecked"):
        found.append("routes.py has no function 'wrecked': call the handler of the fault so")
    if not wreck.claims:
        found.append("there is no claim: each sentence of the page that could be false becomes one")
    return found


def page(wreck: Wreck, docs: Path) -> list[str]:
    """Look at the wreck's page: that it is there, in a dive's form, and draws on the wreck's evidence."""
    path = docs / "dives" / f"{wreck.slug}.md"
    if not path.exists():
        return [f"docs/dives/{wreck.slug}.md is not there: write it; 'invoke new' shows its form"]
    text = path.read_text(encoding="utf-8")
    matter, told = front_matter(text), _fences(text)
    found = []
    if matter.get("title") != wreck.title:
        said = matter.get("title", "")
        found.append(f"its front matter says 'title: {said}': make it 'title: {wreck.title}', as wreck.py has it")
    if not matter.get("description"):
        found.append("its front matter has no 'description: ...': give it one sentence, for the front page and for search")
    wanted = {
        "code that ran (fence 'ran')": any(fence.kind == "ran" for fence, _ in told),
        "the run it is drawn from (exhibit 'provenance')": ("exhibit", "provenance") in {(f.kind, o.get("kind")) for f, o in told},
    }
    found += [f"it lacks {what}: add it" for what, is_there in wanted.items() if not is_there]
    claimed = {claim.name for claim in wreck.claims if not claim.name.startswith(SAME_ANSWER)}
    untold = sorted(claimed - set(re.findall(rf"{re.escape(wreck.slug)}\s*:\s*claim:([a-z0-9_-]+)", text)))
    found += [f"it does not tell claim '{name}': say it with {{{{ {wreck.slug}: claim:{name} }}}}, or drop the claim" for name in untold]
    return found


def form(text: str) -> list[str]:
    """Look at a dive's page: that it goes by the steps, asks before it tells, keeps its ledger, and names what settled it."""
    told = _fences(text)
    guesses = [options for fence, options in told if fence.kind == "guess"]
    ledgers = [options for fence, options in told if fence.kind == "ledger"]
    found = _steps(text)
    if len(guesses) < GUESSES_AT_LEAST:
        found.append(f"it asks its reader {len(guesses)} times: add guesses (fence 'guess') before what is told next, {GUESSES_AT_LEAST} at least")
    if not any(options.get("kind") == "amount" for options in guesses):
        found.append("it never asks how much: let one guess have 'kind: amount', such as what the fix will buy")
    if len(ledgers) < LEDGERS_AT_LEAST:
        found.append(f"it has {len(ledgers)} ledgers: note what is known as the page goes on (fence 'ledger'), {LEDGERS_AT_LEAST} at least")
    if not any(options.get("show") == "all" for options in ledgers):
        found.append("it does not end with all that is known: add a fence 'ledger' with 'show: all'")
    if not re.search(r"^\*\*What settled it\*\* \S", text.partition("\n## What we know\n")[2], re.MULTILINE):
        do = "begin a paragraph there with '**What settled it**', name the instrument and why no other could"
        found.append(f"under a heading '## What we know' it does not say what settled it: {do}")
    return found


def _steps(text: str) -> list[str]:
    """Look at a page's line of steps. A dive with a place of its own (``order``) has all of them."""
    named = re.findall(r'^## .*\{ data-step="([^"]+)" \}$', text, re.MULTILINE)
    needs_all = "order" in front_matter(text)
    wanted = [step for step in STEPS if needs_all or step in named or step not in STEPS_NOT_OF_ALL]
    if ["Suspects" if step == "Suspect" else step for step in named] == wanted:
        return []
    do = 'mark the heading of each, as \'## Which layer? { data-step="Layer" }\'; other headings have no step'
    return [f"its steps are {', '.join(named) or 'none'}, where these are wanted in this order: {', '.join(wanted)}; {do}"]


def questions(wreck: Wreck, docs: Path) -> list[str]:
    """Look for questions of the scaffold that nobody answered."""
    folder = Path(wreck.routes.__file__).parent
    files = sorted(path for path in folder.rglob("*") if path.suffix in _SOURCES) + [docs / "dives" / f"{wreck.slug}.md"]
    return [
        f"{path.name}:{number} still asks '{line.strip()}': answer it, and take the question out"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if QUESTION in line
    ]


# --- what was measured -----------------------------------------------------------------------------


def claims_hold(wreck: Wreck, record: Record) -> list[str]:
    """Judge every claim anew, but for those that have an excuse: an arm that this machine could not run."""
    results, _ = claims.judge_all(wreck, record)
    return [f"claim {line}: mend the wreck or the story, or run 'invoke rebuild --wreck {wreck.slug}'" for line in claims.failing(results)]


def answers(wreck: Wreck, record: Record) -> list[str]:
    """See that an arm of the headline that answered otherwise would be told, wherever arms are answered by different code."""
    arms = record.experiments[HEADLINE].arms
    if len({wreck.arm(name).handler for name in arms}) < 2:
        return []
    return [
        f"no claim would fail if arm '{name}' answered otherwise: claim distinct_answers('{HEADLINE}') with at_most=1, is_exact=True; "
        "where it is meant to, leave it out with but=, and hold it to another arm that answers as it does"
        for name in arms
        if not fallen(wreck, _with_arm(record, HEADLINE, name, {"answer_sha256": "0" * 64}))
    ]


def fault_matters(wreck: Wreck, record: Record) -> list[str]:
    """See that claims fail with the fault taken out: ``wrecked`` having measured what another arm did, wherever both were run."""
    others = {name for e in record.experiments.values() if "wrecked" in e.arms for name in e.arms} - {"wrecked"}
    if not others:
        return ["no experiment runs 'wrecked' beside another arm: run the salvaged one with it, or nothing is proven"]
    if any(fallen(wreck, without_fault(record, name)) for name in others):
        return []
    return ["every claim holds with the fault taken out, so none of them is about it: claim a ratio of 'wrecked' to the salvaged arm"]


def without_fault(record: Record, arm: str) -> Record:
    """Return a record in which ``wrecked`` measured what ``arm`` did, wherever both were run."""
    for name, each in record.experiments.items():
        if "wrecked" in each.arms and arm in each.arms:
            record = _with_arm(record, name, "wrecked", {"rounds": each.arms[arm].rounds})
    return record


def fallen(wreck: Wreck, record: Record) -> set[str]:
    """Return the claims that do not hold on ``record``."""
    return {claim.name for claim in wreck.claims if not _holds(claim, record)}


def _holds(claim, record: Record) -> bool:
    try:
        return claims.judge(claim, record).holds
    except EvidenceError:
        return True  # Not told is not failed.


def _with_arm(record: Record, experiment: str, arm: str, change: dict) -> Record:
    of = record.experiments[experiment]
    changed = of.model_copy(update={"arms": of.arms | {arm: of.arms[arm].model_copy(update=change)}})
    return record.model_copy(update={"experiments": record.experiments | {experiment: changed}})


def size(folder: Path) -> list[str]:
    """Look at how much there is."""
    size_bytes = sum(path.stat().st_size for path in folder.rglob("*.json"))
    if size_bytes <= SIZE_BUDGET_BYTES:
        return []
    most = f"{SIZE_BUDGET_BYTES:,} is the most"
    return [f"{size_bytes:,} bytes of evidence, where {most}: keep samples, traces or series in fewer experiments"]


def provenance(record: Record) -> list[str]:
    """See that the record says what it was made by, on and from, and whose machine that was to nobody."""
    again = f"run 'invoke rebuild --wreck {record.wreck}' on a clean checkout of a commit"
    env = record.environment
    found = [f"its version of {name} is not recorded: {again}" for name in VERSIONS if not env.versions.get(name)]
    if not record.publishable:
        why = "; ".join(record.unpublishable_because)
        found.append(f"it is of a trial ({why}): run 'invoke rebuild --wreck {record.wreck}' without other options")
    if not (record.commit and record.commit_is_clean):
        found.append(f"it names no commit that holds all of its code: {again}")
    found += [f"its {name} is not recorded: {again}" for name in ("kernel", "libc", "cpu_model") if not getattr(env, name)]
    scales = {each.scale for each in record.experiments.values()}
    found += [f"the data at scale '{scale}' are not recorded: {again}" for scale in sorted(scales - set(record.datasets))]
    named = sorted(set(_SOMEBODY.findall(record.model_dump_json())))
    return found + [f"it names a folder of somebody's, '{each}': report this, it is a fault of the machinery" for each in named]


# --- what is drawn from it -------------------------------------------------------------------------


def exhibits(dive: Dive, docs: Path) -> list[str]:
    """Draw every exhibit of the wreck's page and see that each has its words and its data."""
    text = (docs / "dives" / f"{dive.slug}.md").read_text(encoding="utf-8")
    drawn = [options for fence, options in _fences(text) if fence.kind == "exhibit" and options.get("wreck") == dive.slug]
    if not drawn:
        return ["its page has no exhibit of its evidence: add one to each step"]
    return [fault for options in drawn for fault in _exhibit(dive, options)]


def _exhibit(dive: Dive, options: dict[str, str]) -> Iterator[str]:
    given = {name: value for name, value in options.items() if name not in ("wreck", "kind", "id")}
    try:
        yield from words(options["kind"], exhibit.draw(dive, options["kind"], given))
    except WreckError as fault:
        if dive.excuse(fault) is None:
            yield f"exhibit '{options['kind']}' cannot be drawn: {fault}"


def words(kind: str, drawn: exhibit.Exhibit) -> Iterator[str]:
    """Yield what an exhibit lacks for those who do not see it."""
    for name in ("title", "caption"):
        if not getattr(drawn, name).strip():
            yield f"exhibit '{kind}' has no {name}: its module in scenarios/publish/exhibits gives it one"
    if drawn.table is None and (drawn.chart is not None or not drawn.html):
        yield f"exhibit '{kind}' has no table of its data: its module in scenarios/publish/exhibits gives it one"


def _fences(text: str) -> list[tuple[fences.Fence, dict[str, str]]]:
    """Return the fences of a page with their options."""
    found = fences.find(text.splitlines(), ("exhibit", "ran", "guess", "ledger"))
    return [(fence, fences.options(fences.listed(fence)[0] if fence.kind in ("guess", "ledger") else fence)) for fence in found]
