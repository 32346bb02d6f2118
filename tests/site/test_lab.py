"""The reader's lab before anybody opens it: where its engine comes from, what it is told, what its fence becomes."""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import http.server
import io
import json
import re
import tarfile
import threading
from pathlib import Path

import markdown
import pytest

from scenarios.errors import UsageError, WreckError
from scenarios.publish import lab, lab_document, lab_engine
from scenarios.publish.dive import Fleet
from scenarios.publish.lab_engine import VERSION, Engine, engine, obtain, registry
from scenarios.publish.markdown import WreckExtension
from scenarios.record import PlanNode

ROOT = Path(__file__).parents[2]
OURS = ROOT / "site_data"
MEMBERS = {
    "package/LICENSE": b"Apache", "package/dist/index.js": b"export {}", "package/dist/pglite.wasm": b"\0asm",
    "package/dist/pglite.data": b"data", "package/dist/index.js.map": b"{}", "package/dist/contrib/pg_trgm.js": b"",
    "package/dist/contrib/cube.js": b"", "package/../../out.js": b"bad",
}  # fmt: skip


# --- the engine ------------------------------------------------------------------------------------


def packed(members=MEMBERS) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


class Registry(http.server.BaseHTTPRequestHandler):
    """Serves one package under npm's addresses, and notes what is asked for."""

    asked: list[str]
    tarball: bytes

    def do_GET(self):
        self.asked.append(self.path)
        known = self.path == f"/@electric-sql/pglite/-/pglite-{VERSION}.tgz"
        self.send_response(200 if known else 404)
        self.end_headers()
        self.wfile.write(self.tarball if known else b"")

    def log_message(self, *args) -> None:
        """Say nothing: the tests' output is theirs."""


@pytest.fixture
def a_registry(monkeypatch):
    """Return a registry on loopback whose package is the pinned one; there is no npm."""
    tarball = packed()
    monkeypatch.setattr(lab_engine, "INTEGRITY", "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode())
    monkeypatch.setattr(lab_engine.shutil, "which", lambda name: None)
    handler = type("Handler", (Registry,), {"asked": [], "tarball": tarball})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()


def test_what_a_browser_needs_is_kept_and_asked_for_once(a_registry, tmp_path):
    address, handler = a_registry
    found = obtain(tmp_path, address)
    assert obtain(tmp_path, address) == found and len(handler.asked) == 1
    names = {p.relative_to(found.folder).as_posix() for p in found.folder.rglob("*") if p.is_file()}
    assert names == {"LICENSE", "dist/index.js", "dist/pglite.wasm.gz", "dist/pglite.data.gz", "dist/contrib/pg_trgm.js"}
    packed = {name: (found.folder / name).read_bytes() for name in ("dist/pglite.data.gz", "dist/pglite.wasm.gz")}
    assert found.files == {name: len(data) for name, data in packed.items()} and found.bytes == 9 + sum(found.files.values())
    assert [gzip.decompress(data) for data in packed.values()] == [b"data", b"\0asm"]
    assert [p.name for p in tmp_path.iterdir()] == [f"pglite-{VERSION}-packed"]


def test_other_bytes_than_were_published_are_not_taken(a_registry, tmp_path):
    address, handler = a_registry
    handler.tarball = packed(MEMBERS | {"package/dist/index.js": b"steal()"})
    with pytest.raises(WreckError, match="other bytes than were published"):
        obtain(tmp_path, address)
    assert not list(tmp_path.glob("pglite*"))


@pytest.mark.parametrize("path, why", [("/elsewhere", "answered 404"), (None, "could not be reached"), ("file:///etc", "of no web server")])
def test_a_registry_that_has_it_not_is_told_of(a_registry, tmp_path, path, why):
    address = a_registry[0] + path if path and path.startswith("/") else path or "http://127.0.0.1:9"
    with pytest.raises(WreckError, match=why):
        obtain(tmp_path, address)


def test_the_registry_is_npms_own_to_choose(monkeypatch):
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        monkeypatch.delenv(name, raising=False)
    assert registry() == ""
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    assert registry() == "http://127.0.0.1:9"


def test_without_npm_and_a_registry_both_are_told_of(monkeypatch, tmp_path):
    monkeypatch.setattr(lab_engine.shutil, "which", lambda program: None)
    with pytest.raises(WreckError, match="no npm here, and npm_config_registry names no registry"):
        obtain(tmp_path, "")


def test_npm_is_asked_where_there_is_one(monkeypatch, tmp_path, a_registry):
    tarball = packed()
    program = tmp_path / "npm"
    (tmp_path / "it.tgz").write_bytes(tarball)
    asked = f"pack @electric-sql/pglite@{VERSION}"
    program.write_text(f'#!/bin/sh\n[ "$1 $3" = "{asked}" ] && cp "{tmp_path}/it.tgz" "$5/x.tgz"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(lab_engine.shutil, "which", lambda name: str(program))
    assert obtain(tmp_path / "cache", "http://127.0.0.1:9").files
    program.write_text("#!/bin/sh\necho a-host-of-ours.example; exit 7\n", encoding="utf-8")
    assert obtain(tmp_path / "another", a_registry[0]).files  # and where it fails, the registry
    with pytest.raises(WreckError, match="npm ended with 7") as fault:
        obtain(tmp_path / "third", "http://127.0.0.1:9")
    assert "a-host-of-ours" not in str(fault.value)


def test_the_real_engine_is_there():
    found = engine()
    assert isinstance(found, Engine), found
    assert {"dist/pglite.wasm.gz", "dist/pglite.data.gz", "dist/initdb.wasm.gz"} <= set(found.files)
    for name in ("LICENSE", "dist/index.js", "dist/contrib/pg_trgm.js", "dist/pg_trgm.tar.gz"):
        assert (found.folder / name).is_file(), name


# --- what it is told -------------------------------------------------------------------------------


@functools.cache
def told(slug: str, path: str = lab.PATH) -> dict:
    fleet = Fleet(OURS)
    return json.loads(json.dumps(lab_document.document(fleet, fleet.dive(slug), path)))


def way(slug: str, name: str, path: str = lab.PATH) -> dict:
    return next(each for each in told(slug, path)["ways"] if each["name"] == name)


def test_statements_are_the_evidences():
    fleet = Fleet(OURS)
    plans = fleet.dive("truculent-query").plans.plans
    ways = told("truculent-query")["ways"]
    assert [each["name"] for each in ways] == [arm.name for arm in fleet.dive("truculent-query").wreck.arms]
    for each in ways:
        (step,) = each["steps"]
        assert step["sql"] in {by_arm[each["name"]].sql for by_arm in plans.values() if each["name"] in by_arm}
        assert PlanNode.model_validate(each["plan"]["root"])


def test_a_page_of_many_statements_is_walked_as_it_walks():
    lazy = way("highly-selective", "wrecked")
    assert [(step["of"], step["each"]) for step in lazy["steps"]] == [(None, False), (0, True), (1, True), (1, True)]
    root, games, players, rolls = (step["sql"] for step in lazy["steps"])
    assert "LIKE 'gsmith' || '%' ESCAPE '/'" in root and "$" not in root
    assert "FROM tw_games" in games and "FROM tw_players, tw_player_to_game" in players and "FROM tw_rolls" in rolls
    assert all(sql.count("$1") == 1 for sql in (games, players, rolls))
    logged = {each.text for each in Fleet(OURS).dive("highly-selective").record.experiments["headline"].arms["wrecked"].statements}
    assert {games, players, rolls} <= logged
    assert lazy["steps"][lazy["explained"]]["sql"] == rolls


def test_a_page_that_asks_for_lists_asks_once_for_each_kind():
    steps = way("highly-selective", "selectin")["steps"]
    assert [(step["of"], step["each"]) for step in steps] == [(None, False), (0, False), (1, False), (1, False)]
    assert all("IN ($1)" in step["sql"] for step in steps[1:])


def test_indexes_come_with_what_they_need():
    by_name = {each["name"]: each["statements"] for each in told("truculent-query")["indexes"]}
    assert set(by_name) == {"rolls_by_player", "players_by_login_trigram"}
    assert by_name["players_by_login_trigram"][0].startswith("CREATE EXTENSION") and len(by_name["rolls_by_player"]) == 1
    assert way("truculent-query", "rewrite-covered")["indexes"] == ["rolls_by_player"] and way("truculent-query", "wrecked")["indexes"] == []


def test_captured_ratios_are_the_tokens():
    headline = way("truculent-query", "rewrite-covered")["captured"][0]
    extension = WreckExtension(docs=str(ROOT / "docs"), site_data=str(OURS))
    page = markdown.markdown("{{ truculent-query: wrecked / rewrite-covered }}", extensions=[extension])
    assert headline["experiment"] == "headline" and headline["text"] in re.sub("<[^>]*>", "", page)
    assert {each["experiment"] for each in way("highly-selective", "indexed", "latency_ms.mean")["captured"]} == {"headline", "one-page"}


def test_the_world_is_the_measured_one():
    document = told("truculent-query")
    datasets = Fleet(OURS).dive("truculent-query").record.datasets
    measured = [(datasets[scale].rows["tw_rolls"], datasets[scale].sha256) for scale in ("tenth", "talk")]
    assert [(each["rolls"], each["sha256"]) for each in document["scales"]] == measured
    assert document["world"]["seed"] == datasets["tenth"].seed
    assert len(document["world"]["names"]["first"]) == 200
    assert document["settings"]["jit"] == "off" and "fsync" not in document["settings"]
    assert len(document["schema"]) == 4 and len(document["keys"]) == 4 and "FOREIGN KEY" in document["keys"][0]


# --- the fence -------------------------------------------------------------------------------------


@pytest.fixture
def small_engine(monkeypatch, tmp_path):
    """Return an engine of a few bytes, which the page takes for the real one."""
    folder = tmp_path / "engine"
    (folder / "dist").mkdir(parents=True)
    (folder / "dist" / "pglite.wasm.gz").write_bytes(b"0" * 2_345_678)
    found = Engine(folder, {"dist/pglite.wasm.gz": 2_345_678})
    monkeypatch.setattr(lab_engine, "engine", lambda: found)
    return found


def converted(project, fence: str, figures: Path | None = None) -> str:
    own = WreckExtension(docs=str(project.docs), site_data=str(project.site_data), wrecks=str(project.wrecks), figures=str(figures or ""))
    return markdown.markdown(f"# A page\n\n```lab\n{fence}\n```\n", extensions=[own])


def test_a_lab_says_what_it_costs_and_loads_nothing(project, small_engine, tmp_path):
    page = converted(project, "wreck: paper-boat", tmp_path / "figures")
    assert "2.3\u00a0MB" in page and f"{lab.MEMORY_MB}\u00a0MB" in page and 'class="lab-start" hidden' in page
    assert "<iframe" not in page and page.count("<script") == 1 and 'assets/lab/lab.js" defer' in page
    (document,) = (tmp_path / "figures").glob("lab-paper-boat-*.json")
    assert f"exhibits/{document.name}" in page and (tmp_path / "figures" / lab_engine.FOLDER / "dist" / "pglite.wasm.gz").is_file()
    assert json.loads(document.read_text(encoding="utf-8"))["engine"] == {"version": VERSION, "files": small_engine.files}


def test_without_its_engine_the_page_says_so_and_goes_on(project, monkeypatch):
    monkeypatch.setattr(lab_engine, "engine", lambda: "PGlite could not be fetched: <b>no</b> way")
    page = converted(project, "wreck: paper-boat")
    assert 'class="exhibit-absent"' in page and "PGlite could not be fetched: &lt;b&gt;no&lt;/b&gt; way." in page
    assert "lab-start" not in page and "<script" not in page


def test_an_unknown_option_stops_the_build(project, small_engine):
    with pytest.raises(UsageError, match="'paht'"):
        converted(project, "wreck: paper-boat\npaht: x")
