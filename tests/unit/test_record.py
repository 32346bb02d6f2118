"""The contract on disk: canonical, strict, and plain about what is wrong with a file."""

from __future__ import annotations

import ast
import json
import math
import re
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scenarios import record as contract
from scenarios.errors import EvidenceError
from scenarios.measure.stage import HOST_ADDRESSES
from scenarios.record import Interval, PlanNode, Plans, Quantiles, Record, Samples, dumps, loads

SITE_DATA = Path(__file__).parents[2] / "site_data"
FOLDERS = sorted(path for path in SITE_DATA.glob("*") if path.is_dir())

numbers = st.floats(allow_nan=False, allow_infinity=False)


def read(model, text):
    return loads(model, text, origin="a/record.json")


def fault_of(text: str, model=Record) -> str:
    with pytest.raises(EvidenceError) as caught:
        read(model, text)
    assert "\n" not in str(caught.value) and caught.value.do
    return str(caught.value)


def broken(record: Record, *path, value) -> str:
    """Return a record's JSON with ``value`` at ``path``, or nothing there if it is ``...``."""
    data = at = json.loads(dumps(record))
    for step in path[:-1]:
        at = at[step]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return json.dumps(data)


# --- canonical --------------------------------------------------------------------------------


def test_the_same_model_gives_the_same_bytes_and_reads_back(evidence):
    for model in (evidence.record, evidence.samples, evidence.plans):
        text = dumps(model)
        again = read(type(model), text)
        assert dumps(again) == text == dumps(model)
        assert text.endswith("}\n") and not text.endswith("\n\n")


def test_keys_are_sorted_and_text_is_plain(record):
    text = dumps(record.model_copy(update={"warnings": ["größer ✓"], "absent": {"b": "2", "a": "1"}}))
    assert "größer ✓" in text
    data = json.loads(text)
    assert list(data) == sorted(data) and list(data["absent"]) == ["a", "b"]


@given(st.lists(numbers, min_size=1, max_size=8), numbers, numbers, numbers)
def test_once_rounded_numbers_stay_as_they_are(rounds, value, low, high):
    interval = Interval(value=value, low=low, high=high, rounds=rounds)
    text = dumps(interval)
    again = read(Interval, text)
    assert dumps(again) == text
    for before, after in zip([value, low, high, *rounds], [again.value, again.low, again.high, *again.rounds], strict=True):
        assert math.isclose(before, after, rel_tol=6e-6)


def test_the_interval_of_a_single_round_can_be_written():
    interval = Interval(value=2, low=-1e308, high=1e308, rounds=[2])
    assert read(Interval, dumps(interval)) == interval


plan_nodes = st.recursive(
    st.builds(PlanNode, node=st.text(max_size=9), rows_estimated=st.floats(0, 1e12), rows_actual=st.floats(0, 1e12),
              loops=st.integers(0, 9), own_ms=st.floats(0, 1e9), total_ms=st.floats(0, 1e9), detail=st.none() | st.text(max_size=9)),
    lambda nodes: st.builds(lambda node, children: node.model_copy(update={"children": children}), nodes, st.lists(nodes, max_size=3)),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60)
@given(plan_nodes)
def test_plans_of_any_shape_come_back(node):
    text = dumps(node)
    assert dumps(read(PlanNode, text)) == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_comes_back_as_it_was(text):
    logged = contract.LoggedStatement(duration_ms=1, text=text)
    assert read(contract.LoggedStatement, dumps(logged)).text == text


# --- strict ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("surprise",), 1, "surprise"),
        (("seed",), ..., "seed"),
        (("seed",), "many", "seed"),
        (("commit",), "not hex", "commit"),
        (("made_at",), "yesterday", "made_at"),
        (("publishable",), False, "publishable exactly when"),
        (("environment", "hostname"), "box", "environment.hostname"),
        (("environment", "cpu_count"), ..., "environment.cpu_count"),
        (("experiments", "headline", "rate_per_s"), None, "experiments.headline"),
        (("experiments", "headline", "clients"), 3, "experiments.headline"),
        (("experiments", "headline", "arms", "wrecked", "rounds"), [], "experiments.headline.arms.wrecked.rounds"),
        (("experiments", "headline", "arms", "wrecked", "rounds", 2, "duration_s"), 0, "arms.wrecked.rounds.2.duration_s"),
        (("experiments", "headline", "arms", "wrecked", "rounds", 0, "steal_share"), 1.5, "arms.wrecked.rounds.0.steal_share"),
        (("experiments", "headline", "arms", "wrecked", "rounds", 0, "latency_ms", "p50"), "fast", "rounds.0.latency_ms.p50"),
        (("experiments", "headline", "arms", "wrecked", "rounds", 0, "layers_ms", "postgres"), -1, "layers_ms.postgres"),
    ],
)
def test_each_fault_is_named_with_its_place(record, path, value, named):
    assert named in fault_of(broken(record, *path, value=value))


def test_all_faults_are_named_not_the_first(record):
    data = json.loads(dumps(record))
    data["seed"], data["elapsed_s"] = "x", -1
    del data["environment"]["libc"]
    said = fault_of(json.dumps(data))
    assert "seed:" in said and "elapsed_s:" in said and "environment.libc:" in said


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_none_are_refused(record, word):
    assert "elapsed_s" in fault_of(broken(record, "elapsed_s", value="@").replace('"@"', word))
    with pytest.raises(ValidationError):
        Quantiles(n=1, mean=float(word.replace("Infinity", "inf")))


def test_lists_of_samples_are_parallel(evidence):
    data = json.loads(dumps(evidence.samples))
    data["runs"][0]["due_s"].append(9)
    assert "runs.0: Value error, lists of one length, got lengths [2, 3]" in fault_of(json.dumps(data), Samples)


# --- damaged -----------------------------------------------------------------------------------


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 0.999))
def test_a_truncated_file_is_refused(record, cut):
    text = dumps(record)
    assert "restore" in fault_of(text[: int(cut * (len(text) - 2))])


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_garbage_is_refused(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    (folder / "record.json").write_bytes(data)
    with pytest.raises(EvidenceError):
        contract.read_record(folder)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_flipped_bit_never_gets_past_as_something_else_than_a_record(tmp_path_factory, record, data):
    """It may hit a digit and stay a record; whatever it is, it is a sound record or an error for people."""
    raw = bytearray(dumps(record).encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    folder = tmp_path_factory.getbasetemp()
    (folder / "record.json").write_bytes(raw)
    try:
        found = contract.read_record(folder)
    except EvidenceError as fault:
        assert fault.do
    else:
        assert isinstance(found, Record)


@pytest.mark.parametrize(
    ("version", "remedy"), [(0, "invoke rebuild"), (2, "update this checkout"), ("1", "invoke rebuild"), (None, "invoke rebuild")]
)
def test_another_version_is_refused_with_its_remedy(evidence, version, remedy):
    for model in (evidence.record, evidence.samples, evidence.plans):
        said = fault_of(broken(model, "schema_version", value=version), type(model))
        assert remedy in said and f"version {version!r}" in said


def test_version_is_missed_before_anything_else(record):
    assert "version None" in fault_of("{}")
    assert "version None" in fault_of("[]")


def test_no_file_and_no_text_are_told_apart(tmp_path):
    with pytest.raises(EvidenceError, match="no such file.*invoke rebuild"):
        contract.read_record(tmp_path)
    (tmp_path / "record.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(EvidenceError, match="readable text"):
        contract.read_record(tmp_path)
    (tmp_path / "record.json").unlink()
    (tmp_path / "record.json").mkdir()
    with pytest.raises(EvidenceError, match="readable text"):
        contract.read_record(tmp_path)


def test_an_unknown_arm_names_the_nearest(record):
    with pytest.raises(EvidenceError, match="did you mean 'wrecked'"):
        contract.arm_of(record, "headline", "wreckd")
    with pytest.raises(EvidenceError, match="did you mean 'headline'"):
        contract.arm_of(record, "headlines", "wrecked")


# --- the schema for others -----------------------------------------------------------------------


def validator(model) -> jsonschema.Draft202012Validator:
    schema = json.loads(contract.json_schema())[model.__name__]
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_schema_accepts_what_is_written(evidence):
    for model in (evidence.record, evidence.samples, evidence.plans):
        validator(type(model)).validate(json.loads(dumps(model)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("seed",), ...),
        (("surprise",), 1),
        (("schema_version",), 2),
        (("commit",), "not hex"),
        (("experiments", "headline", "arms", "wrecked", "rounds"), []),
        (("experiments", "headline", "arms", "wrecked", "rounds", 0, "duration_s"), 0),
        (("environment", "hostname"), "box"),
    ],
)
def test_the_schema_refuses_what_we_refuse(record, path, value):
    text = broken(record, *path, value=value)
    fault_of(text)
    assert not validator(Record).is_valid(json.loads(text))


def test_the_schema_that_lies_with_the_evidence_is_this_one():
    written = SITE_DATA / "schema.json"
    assert not written.exists() or written.read_text(encoding="utf-8") == contract.json_schema()


# --- committed evidence ----------------------------------------------------------------------------

PRIVATE = re.compile(r"/(?:home|root|tmp|var|Users)/|[A-Za-z]:\\\\Users|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")


STAND_INS = {"127.0.0.1", *HOST_ADDRESSES.values()}
ADDRESSES = {"address": {"client", "statement"}, "holder_address": {"holder", "holder_statement", "holder_state"}}
"""What an address may stand for is said beside it."""


def strings(value):
    """Yield every text in parsed JSON, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, below in value.items():
            yield key
            yield from strings(below)
    elif isinstance(value, list):
        for below in value:
            yield from strings(below)


def without_stand_ins(value):
    """Return parsed JSON without the addresses that stand for the hosts of sessions: there, and nowhere else, they are nobody's."""
    if isinstance(value, list):
        return [without_stand_ins(below) for below in value]
    if not isinstance(value, dict):
        return value
    of_sessions = {key for key, beside in ADDRESSES.items() if beside <= set(value) and value.get(key) in STAND_INS}
    return {key: without_stand_ins(below) for key, below in value.items() if key not in of_sessions}


def test_an_address_is_a_stand_in_in_a_session_alone():
    session = {"client": "web", "address": "127.0.0.4", "statement": "SELECT 1", "counts": [1]}
    held = {**session, "holder": "aux", "holder_address": "127.0.0.5", "holder_statement": "SELECT 2", "holder_state": "active"}
    assert not [text for text in strings(without_stand_ins({"runs": [session], "waits": [held]})) if PRIVATE.search(text)]
    for data in (
        {"address": "127.0.0.4"}, {**session, "address": "127.0.0.9"}, {**session, "statement": "127.0.0.4"},
        {**session, "events": ["127.0.0.1"]}, ["127.0.0.4"], {**session, "holder_address": "127.0.0.5"},
    ):
        assert [text for text in strings(without_stand_ins(data)) if PRIVATE.search(text)], data


@pytest.mark.parametrize("text", ["/root/x", "see /home/me/x", "127.0.0.1", "at 10.1.2.3:5432", "/tmp/a", "/var/cache/a"])
def test_private_things_would_be_found(text):
    assert PRIVATE.search(text)


@pytest.mark.parametrize("text", ["/truculent/smith", "3.13.0", "1.31.3", "SELECT a / b", "2026-11-02T00:00:00Z"])
def test_and_public_ones_are_not_taken_for_such(text):
    assert not PRIVATE.search(text)


def test_committed_evidence_is_whole_canonical_and_holds_nothing_private():
    for folder in FOLDERS:
        check_committed(folder)


def check_committed(folder: Path) -> None:
    for model, name in ((Record, "record.json"), (Samples, "samples.json"), (Plans, "plans.json")):
        text = (folder / name).read_text(encoding="utf-8")
        assert dumps(contract.read(folder, model, name)) == text
        validator(model).validate(json.loads(text))
    record = contract.read_record(folder)
    assert record.publishable and record.wreck == folder.name
    named = {ident for e in record.experiments.values() for arm in e.arms.values() for ident in arm.traces.values()}
    assert {path.stem for path in (folder / "traces").glob("*.json")} == named
    files = sorted(folder.rglob("*.json"))
    assert sum(path.stat().st_size for path in files) <= contract.SIZE_BUDGET_BYTES
    versions = set(record.environment.versions.values())  # a package's may have four numbers
    for path in files:
        for text in strings(without_stand_ins(json.loads(path.read_text(encoding="utf-8")))):
            assert text in versions or not PRIVATE.search(text), f"{folder.name}/{path.name}: {text[:200]}"


def test_the_contract_imports_nothing_of_ours_but_its_error():
    tree = ast.parse(Path(contract.__file__).read_text(encoding="utf-8"))
    ours = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("scenarios")}
    assert ours == {"scenarios.errors"}
