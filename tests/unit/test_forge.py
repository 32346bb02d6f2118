"""What a public forge reads of the repository: workflows whose every part is pinned, forms it can show, and what they promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import tasks

ROOT = Path(__file__).parents[2]
FORGE = ROOT / ".github"
WORKFLOWS = sorted((FORGE / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (FORGE / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
INPUTS = {"input", "textarea", "dropdown", "checkboxes"}
INSTALL = "python3 -m venv .venv && .venv/bin/pip install --require-hashes -r constraints.txt"


def workflow_faults(text: str) -> list[str]:
    """Return what is amiss in a workflow."""
    found = [f"not pinned: {line}" for line in re.findall(r"uses: *(.+)", text) if not PINNED.fullmatch(line)]
    read = yaml.safe_load(text)
    if read.get("permissions") != {"contents": "read"}:
        found.append("it may do more than read, in every job")
    if True not in read:  # YAML 1.1 takes the key "on" for true.
        found.append("it says not when it runs")
    for name, job in read["jobs"].items():
        if not re.fullmatch(r"[a-z]+-\d[\d.]*", job.get("runs-on", "")):
            found.append(f"{name}: the system it runs on is not pinned")
        if not job.get("timeout-minutes"):
            found.append(f"{name}: it may run for ever")
        found += [f"{name}: a step that neither runs nor uses" for step in job["steps"] if ("run" in step) == ("uses" in step)]
        checkouts = [step.get("with", {}) for step in job["steps"] if "actions/checkout" in step.get("uses", "")]
        found += [f"{name}: it keeps the right to push" for given in checkouts if given.get("persist-credentials") is not False]
        said = " ".join(step.get("run", "") for step in job["steps"])
        # What anybody may write, such as a branch's name, is data: never pasted into a shell.
        found += [f"{name}: pastes {what} into a shell" for what in re.findall(r"\$\{\{.*?\}\}", said)]
        found += [f"{name}: there is no 'invoke {task}'" for task in re.findall(r"bin/invoke (\w+)", said) if not hasattr(tasks, task)]
    return found


def form_faults(text: str) -> list[str]:
    """Return what is amiss in an issue form, by the forge's own rules for them."""
    form = yaml.safe_load(text)
    found = [f"no {key}" for key in ("name", "description", "body") if not form.get(key)]
    inputs = [part for part in form.get("body", []) if part.get("type") != "markdown"]
    found += [f"an input of no kind that there is: {part.get('type')}" for part in inputs if part.get("type") not in INPUTS]
    found += ["an input without a label" for part in inputs if not part.get("attributes", {}).get("label")]
    ids = [part.get("id") for part in inputs]
    if None in ids or len(set(ids)) != len(ids):
        found.append("an input without an id of its own")
    return found + ([] if inputs else ["nothing to fill in"])


def test_there_are_workflows_and_forms():
    assert [path.stem for path in WORKFLOWS] == ["publish", "quick-rebuild", "test"] and len(FORMS) == 3


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_sound_and_all_of_it_pinned(path):
    assert workflow_faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        (r"@[0-9a-f]{40} # v.*", "@v4", "not pinned"),
        (r" # v[\d.]+", "", "not pinned"),
        (r"ubuntu-24.04", "ubuntu-latest", "not pinned"),
        (r"contents: read", "contents: write", "more than read"),
        (r"timeout-minutes: \d+", "name: x", "for ever"),
        (r"persist-credentials: false", "show-progress: false", "right to push"),
        (r"run: \.ci/run", "run: echo ${{ github.head_ref }}", "into a shell"),
        (r"run: \.ci/run", "run: .venv/bin/invoke tset", "no 'invoke tset'"),
        (r"run: \.ci/run", "name: nothing", "neither runs nor uses"),
    ],
)
def test_a_fault_in_a_workflow_is_told(was, becomes, told):
    text = (FORGE / "workflows" / "test.yml").read_text(encoding="utf-8")
    assert any(told in fault for fault in workflow_faults(re.sub(was, becomes, text)))


def test_the_tests_run_by_the_readmes_command():
    runs = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r"grep -E '(.+)' README\.md", runs)[1]
    commands = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if re.search(pattern, line)]
    assert len(commands) == 1 and "- run: .ci/run\n" in (FORGE / "workflows" / "test.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["quick-rebuild", "publish"])
def test_packages_are_the_pinned_ones_and_what_is_published_is_said(name):
    text = (FORGE / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
    said = " ".join(line.lstrip("# ") for line in text.splitlines() if line.startswith("#"))
    assert f"- run: {INSTALL}\n" in text and "published evidence comes from a full 'invoke rebuild'" in said
    assert INSTALL in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_can_be_shown(path):
    assert form_faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: a\nbody: []\n", "no description"),
        ("name: a\ndescription: b\nbody:\n  - type: markdown\n", "nothing to fill in"),
        ("name: a\ndescription: b\nbody:\n  - type: text\n    id: x\n    attributes: {label: y}\n", "no kind"),
        ("name: a\ndescription: b\nbody:\n  - type: input\n    attributes: {}\n", "without a label"),
        ("name: a\ndescription: b\nbody:\n  - type: input\n    attributes: {label: y}\n", "id of its own"),
    ],
)
def test_a_fault_in_a_form_is_told(text, told):
    assert any(told in fault for fault in form_faults(text))


def test_who_proposes_a_change_is_told_what_evidence_may_be_published():
    text = (FORGE / "PULL_REQUEST_TEMPLATE.md").read_text(encoding="utf-8")
    assert "`invoke rebuild` ran to its end" in text and "is a trial and is never published" in text
