"""Soundings: a file that is whole or refused, when it is taken anew, and what each measurement comes to."""

from __future__ import annotations

import functools
import gzip
import json
import sys
import threading
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyperf
import pytest
from invoke import MockContext
from pydantic import ValidationError

from scenarios import code
from scenarios import soundings as contract
from scenarios.claims import interval
from scenarios.errors import EvidenceError, StackError
from scenarios.measure.options import Options
from scenarios.measure.soundings import assets, counted, main, microbenchmarks, static_files, timed, workers
from scenarios.measure.soundings.place import FULL, QUICK
from scenarios.record import dumps
from scenarios.soundings import Sounding
from tests.unit.sounding_factory import TIMES_NS, a_soundings, found, one

# --- the file --------------------------------------------------------------------------------------


def test_it_is_read_as_it_was_written(tmp_path):
    assert contract.read(tmp_path) is None
    text = dumps(a_soundings())
    (tmp_path / contract.FILE).write_text(text, encoding="utf-8")
    assert dumps(contract.read(tmp_path)) == text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d | {"soundings_version": 2}, "version 2"),
        (lambda d: d | {"extra": 1}, "extra"),
        (lambda d: d | {"soundings": {}}, "soundings"),
        (lambda d: d | {"soundings": {"Not a name": d["soundings"]["myth-join-list"]}}, "Not a name"),
        (lambda d: [d], "JSON object"),
    ],
)
def test_what_does_not_fit_is_refused_and_says_what_to_do(change, told):
    data = json.loads(dumps(a_soundings()))
    with pytest.raises(EvidenceError, match=told) as refused:
        contract.loads(json.dumps(change(data)), "site_data/soundings.json")
    assert "invoke rebuild" in str(refused.value)


def test_a_sounding_is_measured_or_says_why_not():
    with pytest.raises(ValidationError, match="one of them"):
        Sounding(title="x", unit="ns")
    with pytest.raises(ValidationError, match="one of them"):
        Sounding(title="x", unit="ns", measured=interval([1.0, 2.0]), absent="no")


# --- when it is taken ------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Soundings that are just what this machine would make."""
    made = a_soundings(code_sha256=main.code_sha256())
    monkeypatch.setattr(main.environment, "describe", lambda *_: made.environment)
    (tmp_path / contract.FILE).write_text(dumps(made), encoding="utf-8")
    return tmp_path


def rewritten(folder: Path, **changed) -> None:
    made = contract.read(folder).model_copy(update=changed)
    (folder / contract.FILE).write_text(dumps(made), encoding="utf-8")


def test_fresh_ones_are_left_unless_they_are_asked_for(kept, monkeypatch, capsys):
    taken = []
    monkeypatch.setattr(main, "sound", lambda site_data, size: taken.append(size))
    assert main.sound_if_stale(Options(), kept, force=False) is None and not taken
    assert "fresh" in capsys.readouterr().err
    main.sound_if_stale(Options(), kept, force=True)
    assert taken == [FULL]


@pytest.mark.parametrize(
    ("changed", "why"),
    [({"command": "invoke rebuild --quick"}, "another command"), ({"code_sha256": "0f"}, "code"), ({}, None)],
)
def test_why_they_are_taken_anew(kept, changed, why):
    rewritten(kept, **changed)
    said = main.stale_because(kept)
    assert said is None if why is None else why in said


def test_another_machine_takes_its_own(kept, monkeypatch):
    other = contract.read(kept).environment.model_copy(update={"cpu_count": 64})
    monkeypatch.setattr(main.environment, "describe", lambda *_: other)
    assert "cpu_count" in main.stale_because(kept)


def test_none_and_damaged_ones_are_taken(tmp_path):
    assert "none yet" in main.stale_because(tmp_path)
    (tmp_path / contract.FILE).write_text("{", encoding="utf-8")
    assert main.stale_because(tmp_path)


def test_a_trial_takes_quick_ones(tmp_path, monkeypatch):
    taken = []
    monkeypatch.setattr(main, "sound", lambda site_data, size: taken.append(size))
    main.sound_if_stale(Options(quick=True), tmp_path, force=False)
    assert taken == [QUICK] and QUICK.is_quick and not FULL.is_quick


def test_what_fails_is_told_and_loses_nothing(kept, monkeypatch, capsys):
    before = (kept / contract.FILE).read_text(encoding="utf-8")

    def fails(*_):
        raise StackError("a database", "none", "start one")

    monkeypatch.setattr(main, "open_world", fails)
    monkeypatch.setattr(main, "run_folder", lambda name: (kept, 0))
    failure = main.sound_if_stale(Options(), kept, force=True)
    assert isinstance(failure, StackError) and "wanted a database" in capsys.readouterr().err
    assert (kept / contract.FILE).read_text(encoding="utf-8") == before


def test_their_code_is_no_part_of_a_wrecks():
    assert not [name for name in code.files("truculent-query") if "soundings" in name]
    assert len(main.code_sha256()) == 64


def test_a_part_may_name_only_its_own():
    assert main._named("myths", {"myth-x": one(1.0)})
    with pytest.raises(StackError, match="deep-x"):
        main._named("myths", {"deep-x": one(1.0)})


@contextmanager
def no_world(*_, **__):
    yield None


def test_all_parts_are_written_together(tmp_path, monkeypatch):
    made_up = a_soundings()
    monkeypatch.setattr(main, "open_world", no_world)
    monkeypatch.setattr(main, "Place", lambda world, folder: folder)
    monkeypatch.setattr(main, "database_of", lambda world: ({}, "18"))
    monkeypatch.setattr(main.environment, "describe", lambda *_: made_up.environment)
    monkeypatch.setattr(main, "run_folder", lambda name: (tmp_path, 0))
    parts = {"myths": lambda place, size, begin: {"myth-b": one(2.0)}, "deep": lambda place, size, begin: {"deep-a": one(1.0)}}
    made = main.sound(tmp_path / "site_data", QUICK, parts=parts)
    assert list(contract.read(tmp_path / "site_data").soundings) == ["deep-a", "myth-b"] and not made.publishable
    assert made.command == "invoke rebuild --quick"


# --- counting --------------------------------------------------------------------------------------

LIMIT = 3


def looked_up(words):
    known = {"a", "b"}
    return sum(1 for word in words if word in known and len(word) < LIMIT)


def test_every_instruction_that_counts_is_counted():
    instructions = counted.Instructions()
    assert instructions.of(functools.partial(looked_up, ["a", "b", "c", "d"])) == 2
    # sum once, len and LIMIT for the two that are in; four times "in".
    assert instructions.counts == {"globals": 1 + 2 * 2, "memberships": 4}
    looked_up(["a"])
    assert instructions.counts["memberships"] == 4 and sys.gettrace() is None
    # Once more, by another, in code that has been seen.
    again = counted.Instructions()
    again.of(functools.partial(looked_up, ["a"]))
    assert again.counts == {"globals": 3, "memberships": 1}
    again.counts.clear()
    again.of(functools.partial(looked_up, ["a"]))
    assert again.counts == {"globals": 3, "memberships": 1}


def test_one_that_is_told_in_two_parts_counts_once():
    """More than 255 names make the last ones' numbers too large for one instruction."""
    names = [f"name_{number}" for number in range(400)]
    space = dict.fromkeys(names, 1)
    exec(f"def all_of_them():\n    return {' + '.join(names)}\n", space)
    instructions = counted.Instructions()
    assert instructions.of(space["all_of_them"]) == 400 and instructions.counts == {"globals": 400}


def test_the_trace_ends_with_what_is_traced():
    with pytest.raises(ZeroDivisionError):
        counted.Instructions().of(functools.partial(divmod, 1, 0))
    assert sys.gettrace() is None


def test_pieces_are_joined_as_jinja_would():
    import jinja2

    environment = jinja2.Environment(autoescape=True)
    template = "{% block a %}<p>{{ x }}</p>{% endblock %}{{ self.a() }}"
    plain = environment.from_string(template).render(x="<")
    environment.concat = joined = counted.Joined()
    assert environment.from_string(template).render(x="<") == plain
    assert joined.pieces >= 6


# --- writing smaller -------------------------------------------------------------------------------


def test_a_stylesheet_keeps_what_it_says():
    written = "/* a\n remark */\na :hover , b {\n  color : red;\n  margin: 0 1px;\n}\n"
    assert assets.style(written) == "a :hover,b{color :red;margin:0 1px}"


def test_a_script_keeps_its_line_ends_and_its_addresses():
    written = '/* a\n * remark */\n\n  // another\n  let a = "http://x"\n    /b/.test(a)\n'
    assert assets.script(written) == 'let a = "http://x"\n/b/.test(a)'


def test_a_page_is_made_smaller_with_its_style():
    written = "<style>\n  a { b: c; }\n</style>\n<p>\n  one\n  two\n</p>\n"
    assert assets.page(written) == "<style>a{b:c}</style> <p> one two </p>"


def test_what_is_packed_is_all_there():
    for kind, content in assets.examples().items():
        sizes = assets.sizes(kind, content)
        assert gzip.decompress(assets.packed(content)) == content
        assert sizes["packed"] < sizes["minified"] < sizes["as-written"] == len(content)
        assert sizes["minified-packed"] < sizes["packed"]


def test_bytes_are_of_both_assets_and_of_each_page():
    pages = {"a-wreck": [b"<p>  one </p>" * 50, b"<p>  two </p>" * 100]}
    made = assets.measured(pages, QUICK)
    named = {f"myth-bytes-{what}-{form}" for what in ("assets", "a-wreck") for form in assets.FORMS}
    assert set(made) == named | {"myth-bytes-assets-joined-packed", "myth-gzip-assets", "myth-gzip-a-wreck"}
    assert len(made["myth-gzip-a-wreck"].measured.rounds) == QUICK.rounds and min(made["myth-gzip-a-wreck"].measured.rounds) > 0
    assert made["myth-bytes-assets-joined-packed"].measured.value < made["myth-bytes-assets-packed"].measured.value
    assert made["myth-bytes-a-wreck-as-written"].measured.rounds == [13 * 50, 13 * 100]
    assert made["myth-bytes-assets-as-written"].measured.value == sum(map(len, assets.examples().values()))


# --- pyperf ----------------------------------------------------------------------------------------


def test_a_round_is_a_process_of_pyperfs(tmp_path):
    runs = [pyperf.Run([1e-8, 3e-8], collect_metadata=False, metadata={"name": "join-list"}) for _ in range(2)]
    calibration = pyperf.Run([], warmups=[(1, 1e-6)], collect_metadata=False, metadata={"name": "join-list"})
    pyperf.BenchmarkSuite([pyperf.Benchmark([calibration, *runs])]).dump(str(tmp_path / "found.json"))
    assert timed.read(tmp_path / "found.json") == {"join-list": pytest.approx([1e-8, 1e-8])}


def test_every_way_gives_what_it_should():
    pieces = microbenchmarks.pieces_of(50)
    whole = "".join(pieces)
    assert {whole} == {way(pieces) for way in (microbenchmarks.joined, microbenchmarks.added, microbenchmarks.added_to_attribute)}
    assert microbenchmarks.with_global(10) == microbenchmarks.with_local(10) == 10 * microbenchmarks.STEP
    for count in microbenchmarks.MEMBERS:
        asked, logins = microbenchmarks.asked_for(count), microbenchmarks.logins(count)
        assert logins[count // 2] == asked and logins[count // 2] is not asked


def test_a_python_that_is_not_here_is_absent_and_says_so(tmp_path, monkeypatch):
    def none(version):
        raise StackError("a Python", f"no Python {version} on the PATH", "install it")

    monkeypatch.setattr(timed.runtimes, "python", none)
    made = timed._on_another("3.12", tmp_path, QUICK)
    assert set(made) == {
        f"myth-{name}-python-3-12" for name in ("join-list", "join-added", "join-attribute", "local-global", "local-bound")
    }
    assert {each.absent for each in made.values()} == {"Python 3.12: no Python 3.12 on the PATH"}


def test_one_on_which_pyperf_fails_is_absent_without_paths(tmp_path, monkeypatch):
    def fails(*_, **__):
        raise StackError("pyperf to finish", "status 1: /home/me/x", "see its log")

    monkeypatch.setattr(timed.runtimes, "python", lambda version: Path("/home/me/python"))
    monkeypatch.setattr(timed, "_asked", lambda python: "3.12.1")
    monkeypatch.setattr(timed, "times", fails)
    assert not [each for each in timed._on_another("3.12", tmp_path, QUICK).values() if "/home" in each.absent]


def test_made_up_ones_have_every_name_that_is_measured():
    assert {f"myth-{name}" for name in TIMES_NS} <= set(found())
    assert set(timed.TITLES) - set(TIMES_NS) == {"set-1", "set-64"}


# --- servers ---------------------------------------------------------------------------------------


class _Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    status = 200

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(self.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


@pytest.fixture
def page():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_clients_ask_for_as_many_pages_as_they_should(page):
    per_s = workers.answered_per_s(f"127.0.0.1:{page.server_port}", ("/a", "/b", "/c"), 11, clients=3)
    assert per_s > 0 and sorted(page.asked) == ["/a"] * 4 + ["/b"] * 4 + ["/c"] * 3


def test_a_page_that_fails_ends_it(page, monkeypatch):
    monkeypatch.setattr(_Page, "status", 500)
    with pytest.raises(StackError, match="status 500"):
        workers.answered_per_s(f"127.0.0.1:{page.server_port}", ("/a",), 4, clients=2)


def test_nginx_hands_out_files_before_it_passes_on(tmp_path):
    nginx = static_files.NginxWithFiles(tmp_path, "unix:/x", tmp_path / "files")
    text = nginx.configuration(1234)
    assert text.index(static_files.FROM_NGINX) < text.index("proxy_pass http://application")
    assert f'alias "{tmp_path}/files/";' in text


# --- the task --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wreck", "taken"), [(None, ["soundings", "site"]), ("truculent-query", ["site"])])
def test_a_rebuild_of_every_wreck_takes_them_before_the_site(monkeypatch, wreck, taken):
    import tasks

    done = []
    monkeypatch.setattr("scenarios.measure.alone.alone_in", lambda place: nullcontext())
    monkeypatch.setattr("scenarios.measure.main.rebuild_all", lambda *_, **__: None)
    monkeypatch.setattr(main, "sound_if_stale", lambda *_, **__: done.append("soundings"))
    monkeypatch.setattr(tasks, "_build", lambda *_, **__: done.append("site"))
    tasks.rebuild(MockContext(), wreck=wreck)
    assert done == taken


def test_soundings_that_fail_fail_the_rebuild_when_the_site_is_built(monkeypatch):
    import tasks

    built = []
    monkeypatch.setattr("scenarios.measure.alone.alone_in", lambda place: nullcontext())
    monkeypatch.setattr("scenarios.measure.main.rebuild_all", lambda *_, **__: None)
    monkeypatch.setattr(main, "sound_if_stale", lambda *_, **__: StackError("a server", "none", "start one"))
    monkeypatch.setattr(tasks, "_build", lambda *_, **__: built.append("site"))
    with pytest.raises(tasks.Exit, match="wanted a server"):
        tasks.rebuild(MockContext())
    assert built
