"""What a person may ask of a rebuild, what that makes of a wreck, and when evidence is fresh enough to leave."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from scenarios import doctor
from scenarios.errors import ClaimError, StackError, UsageError, WreckError
from scenarios import code
from scenarios.claims import interval
from scenarios.measure import environment, main, store
from scenarios.measure.options import PUBLISHABLE_ROUNDS, Options, adjusted
from scenarios.record import ClaimResult, Environment
from scenarios.wreck import Neighbour, OpenLoop, load


def test_asked_for_nothing_it_is_as_declared(wreck):
    assert adjusted(wreck, Options()) == (wreck, [])
    assert not Options().is_trial
    assert Options().command("truculent-query") == "invoke rebuild --wreck truculent-query --force"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (Options(quick=True), "quick run"),
        (Options(rounds=4), "4 rounds"),
        (Options(scale="small"), "at scale small"),
        (Options(database_url="postgresql://user:secret@host/x"), "its owner's"),
    ],
)
def test_a_trial_is_never_published_and_says_why(wreck, options, says):
    _, against = adjusted(wreck, options)
    assert options.is_trial and len(against) == 1 and says in against[0]


def test_enough_rounds_are_no_trial(wreck):
    asked, against = adjusted(wreck, Options(rounds=PUBLISHABLE_ROUNDS))
    assert against == [] and {e.rounds for e in asked.experiments} == {PUBLISHABLE_ROUNDS}


def test_all_that_speaks_against_it_is_said(wreck):
    options = Options(quick=True, rounds=1, scale="small", database_url="postgresql://user:secret@host/x")
    asked, against = adjusted(wreck, options)
    assert len(against) == 4
    assert {e.rounds for e in asked.experiments} == {1}
    assert options.command("x") == "invoke rebuild --wreck x --rounds 1 --scale small --quick --database-url ... --force"
    assert "secret" not in " ".join([options.command("x"), *against])


@pytest.mark.parametrize("rounds", [0, -1])
def test_no_rounds_are_refused(wreck, rounds):
    with pytest.raises(UsageError, match="at least 1 round"):
        adjusted(wreck, Options(rounds=rounds))


def test_an_unknown_scale_names_the_nearest(wreck):
    with pytest.raises(UsageError, match="did you mean 'talk'"):
        adjusted(wreck, Options(scale="tlak"))


def test_quick_is_the_first_experiment_alone_on_less_data_and_traffic(wreck):
    whole = replace(wreck.experiments[0], traffic=OpenLoop(5, 30))
    asked, _ = adjusted(replace(wreck, experiments=(whole, *wreck.experiments[1:])), Options(quick=True))
    assert [e.name for e in asked.experiments] == [whole.name]
    (quick,) = asked.experiments
    assert (quick.scale, quick.rounds) == ("talk", 1)
    assert quick.traffic.duration_s < whole.traffic.duration_s and quick.workers <= whole.workers
    assert quick.arms == whole.arms


def test_quick_gives_a_neighbour_its_share_of_the_time(wreck):
    neighbour = Neighbour(("/noisy",), clients=2, begins_s=10, ends_s=20)
    first = replace(wreck.experiments[0], traffic=OpenLoop(5, 30), neighbour=neighbour)
    asked, _ = adjusted(replace(wreck, experiments=(first,)), Options(quick=True))
    (quick,) = asked.experiments
    assert quick.neighbour.begins_s == pytest.approx(quick.traffic.duration_s / 3)
    assert quick.neighbour.ends_s == pytest.approx(quick.traffic.duration_s * 2 / 3)
    assert quick.traffic.rate_per_s == pytest.approx(5)


@pytest.mark.parametrize("quick", [False, True])
def test_a_scale_stands_in_for_the_wrecks_main_one_alone(wreck, quick):
    asked, _ = adjusted(wreck, Options(scale="small", quick=quick))
    without, _ = adjusted(wreck, Options(quick=quick))
    main_scale = without.experiments[0].scale
    expected = ["small" if e.scale == main_scale else e.scale for e in without.experiments]
    assert [e.scale for e in asked.experiments] == expected and "small" in expected


# --- fresh or not ---------------------------------------------------------------------------------------


@pytest.fixture
def fresh(tmp_path, evidence, monkeypatch):
    """A folder with evidence that a run would give again here and now."""
    now = evidence.record.environment
    monkeypatch.setattr(environment, "describe", lambda settings, postgres, nginx: now.model_copy(update={"postgres_settings": settings}))
    monkeypatch.setattr(environment, "postgres_version", lambda: "18.6")
    monkeypatch.setattr(environment, "nginx_version", lambda: "1.31.3")
    write(tmp_path, evidence)
    return tmp_path


def write(site_data, evidence, **changed):
    made_by = {"code_sha256": code.sha256("truculent-query"), "command": Options().command("truculent-query")}
    record = evidence.record.model_copy(update={**made_by, **changed})
    store.write(site_data / "truculent-query", replace(evidence, record=record))


def why(site_data, options: Options | None = None) -> str | None:
    return main.stale_because("truculent-query", options or Options(), site_data)


def test_fresh_evidence_is_left(fresh):
    assert why(fresh) is None


def test_no_evidence_is_stale(tmp_path):
    assert why(tmp_path) == "instead of evidence in truculent-query/record.json there was: no such file"


def test_damaged_evidence_is_stale(fresh):
    (fresh / "truculent-query" / "record.json").write_text("{}")
    assert why(fresh).startswith("instead of evidence of schema version") and why(fresh).endswith("there was: version None")


def test_other_code_is_stale(fresh, evidence):
    write(fresh, evidence, code_sha256="ab")
    assert why(fresh) == "the code it depends on has changed"


def test_another_command_is_stale(fresh):
    assert why(fresh, Options(rounds=6)) == "it was made by another command"


def test_an_owners_database_is_always_stale(fresh):
    assert "owner" in why(fresh, Options(database_url="postgresql://x"))


@pytest.mark.parametrize("fact", sorted(Environment.model_fields.keys() - {"postgres_settings"}))
def test_another_machine_or_software_is_stale_and_named(fresh, evidence, fact):
    was = evidence.record.environment
    other = {"versions": {"python": "3.11.7"}, "cpu_count": 64, "memory_mb": 1, "privileged": not was.privileged}.get(fact, "other")
    write(fresh, evidence, environment=was.model_copy(update={fact: other}))
    assert why(fresh) == f"this is another machine or other software ({fact})"


def test_fresh_evidence_is_not_run_again_unless_forced(fresh, evidence, monkeypatch, capsys):
    ran = []
    monkeypatch.setattr(main, "rebuild", lambda wreck, options, site_data, voyage: ran.append(wreck.slug) or evidence.record)
    assert main.rebuild_all("truculent-query", Options(), fresh, force=False) is None
    said = capsys.readouterr().err
    assert ran == [] and "fresh, for all is as on 2026-11-02" in said and "data deep aa" in said and "code " in said
    main.rebuild_all("truculent-query", Options(), fresh, force=True)
    assert ran == ["truculent-query"] and "because it was asked for" in capsys.readouterr().err
    assert (fresh / "schema.json").read_text().startswith("{")


def sunk(monkeypatch, faults: dict, slugs=("first", "second", "third")):
    """Let each wreck's rebuild end as told: an error, or well, with a claim that holds and one that a round cannot tell."""
    truculent = load("truculent-query")
    result = ClaimResult(sentence="{value}", measured=interval([2.0]), unit="", at_least=1, holds=True)
    ended = SimpleNamespace(claims={"told": result, "untold": result.model_copy(update={"holds": False})})

    def rebuild(wreck, options, site_data, voyage):
        if wreck.slug in faults:
            raise faults[wreck.slug]
        (site_data / wreck.slug).mkdir(parents=True)
        return ended

    monkeypatch.setattr(main, "rebuild", rebuild)
    monkeypatch.setattr(main.wrecks, "slugs", lambda: list(slugs))
    monkeypatch.setattr(main.wrecks, "load", lambda slug: replace(truculent, slug=slug, logbook={} if "new" in slug else truculent.logbook))


def test_one_wreck_that_fails_loses_nothing_of_the_others(tmp_path, monkeypatch, capsys):
    fault = StackError("postgres to keep running", "it was killed by SIGKILL", "its log says why")
    sunk(monkeypatch, {"second": fault})
    assert main.rebuild_all(None, Options(), tmp_path, force=True) is fault
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_dir()) == ["first", "third"]
    assert "second: wanted postgres to keep running" in capsys.readouterr().err


def test_several_that_fail_are_all_named_and_the_gravest_code_is_kept(tmp_path, monkeypatch):
    sunk(monkeypatch, {"first": StackError("a", "one thing", "c"), "third": ClaimError("a", "another", "c")})
    failure = main.rebuild_all(None, Options(), tmp_path, force=True)
    assert failure.exit_code == ClaimError.exit_code
    assert "first: one thing" in str(failure) and "third: another" in str(failure) and "second" not in str(failure)


def test_with_no_evidence_at_all_the_failure_is_raised(tmp_path, monkeypatch):
    sunk(monkeypatch, {slug: StackError("a", f"thing {slug}", "c") for slug in ("first", "second", "third")})
    with pytest.raises(WreckError, match="3 that failed"):
        main.rebuild_all(None, Options(), tmp_path, force=True)


def test_a_failure_that_all_share_is_told_once(tmp_path, monkeypatch):
    sunk(monkeypatch, {slug: StackError("a", "one thing", "mend it") for slug in ("first", "second", "third")})
    with pytest.raises(StackError, match="wanted a; got one thing; mend it"):
        main.rebuild_all(None, Options(), tmp_path, force=True)


def test_an_unknown_wreck_stops_everything_before_it_begins(tmp_path, monkeypatch):
    monkeypatch.setattr(main, "rebuild", lambda *_: pytest.fail("began"))
    with pytest.raises(UsageError, match="a wreck; got 'nonsense'"):
        main.rebuild_all("nonsense", Options(), tmp_path / "site_data", force=True)
    assert not (tmp_path / "site_data").exists()


# --- the machine -----------------------------------------------------------------------------------------


def test_the_environment_says_nothing_of_whose_it_is():
    described = environment.describe({"jit": "off"}, "18.6", "1.31.3")
    text = described.model_dump_json()
    import getpass
    import platform

    assert platform.node() not in text.split('"') and getpass.getuser() not in text.split('"')
    assert described.versions["python"] == platform.python_version() and described.versions["gunicorn"]
    assert described.cpu_count >= 1 and described.memory_mb > 100 and described.cpu_model


def test_the_doctor_names_every_part(capsys):
    doctor.examine()
    said = capsys.readouterr().out
    for part in ("Python: 3.", "Postgres: ", "nginx: ", "cache: ", "processor: ", "memory: ", "git: ", "browser for tests: "):
        assert part in said
    assert "All that 'invoke rebuild' needs is here." in said


def test_the_doctor_goes_on_after_what_is_lacking_and_says_so_at_the_end(monkeypatch):
    def lacking():
        raise StackError("nginx", "none", "install it")

    monkeypatch.setattr(doctor, "nginx_bin", lacking)
    said = []
    with pytest.raises(WreckError, match="no nginx"):
        doctor.examine(said.append)
    assert any(line.startswith("nginx: LACKING: wanted nginx") for line in said)
    assert any(line.startswith("memory: ") for line in said)


def test_the_doctor_warns_of_the_python_that_crashes(monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 11, 7))
    said = []
    doctor.examine(said.append)
    assert "segmentation faults" in said[0]


def test_options_are_a_value():
    assert replace(Options(), rounds=3) == Options(rounds=3)


def test_the_talks_own_come_first_and_a_table_closes(tmp_path, monkeypatch, capsys):
    fault = StackError("a", "one thing", "c")
    sunk(monkeypatch, {"second": fault}, slugs=("a-new-one", "first", "second"))
    assert main.rebuild_all(None, Options(), tmp_path, force=True) is fault
    table = capsys.readouterr().err.splitlines()[-5:]
    assert [line.split() for line in table] == [
        ["wreck", "min"],
        ["first", "0.0", *"of 2 claims 1 hold, 1 cannot be told by so few rounds".split()],
        ["second", "0.0", "failed:", "one", "thing"],
        ["a-new-one", "0.0", *"of 2 claims 1 hold, 1 cannot be told by so few rounds".split()],
        ["all", "0.0"],
    ]  # fmt: skip


def test_of_one_wreck_alone_there_is_no_table(tmp_path, monkeypatch, capsys):
    sunk(monkeypatch, {})
    main.rebuild_all("first", Options(), tmp_path, force=True)
    assert "min" not in capsys.readouterr().err
