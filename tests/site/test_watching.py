"""A site that is built again while it is read: what counts as a change, what a failed build leaves, and what is sent beside pages."""

from __future__ import annotations

import os
import re
import sys
import threading
import urllib.error
import urllib.request

import pytest

from scenarios.publish.built import policy
from scenarios.publish.serve import RELOADER, server
from scenarios.publish.watching import Watch, changes, stamps


@pytest.fixture
def place(tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.md").write_text("a")
    return tmp_path / "pages"


def looks(*steps):
    """Return an ``is_over`` that takes one step before every look, and then is."""
    left = list(steps)

    def is_over() -> bool:
        if left:
            left.pop(0)()
            return False
        return True

    return is_over


def nothing() -> None:
    """Take a look at what did not change."""


def test_what_is_written_comes_or_goes_is_told_once_it_is_still(place):
    page, new = place / "a.md", place / "b.md"
    steps = (
        nothing, lambda: page.write_text("longer"), lambda: page.write_text("longer still"), nothing, nothing,
        lambda: new.write_text("b"), nothing, page.unlink, nothing,
    )  # fmt: skip
    assert list(changes([place], looks(*steps))) == [[page], [new], [page]]


def test_what_is_as_it_was_is_no_change(place):
    assert list(changes([place, place / "none.yml"], looks(nothing, nothing, nothing))) == []


def test_a_file_of_the_same_size_is_told_by_its_time(place):
    page = place / "a.md"

    def touched():
        page.write_text("b")
        os.utime(page, ns=(1, 1))

    assert list(changes([page], looks(touched, nothing))) == [[page]]


def test_what_editors_and_writers_leave_aside_does_not_count(place):
    for name in (".a.md.swp", "a.md~", "__pycache__/a.pyc", ".record.json.part", ".wreck.new-1/record.json"):
        path = place / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    assert list(stamps([place])) == [place / "a.md"]


def test_a_hidden_folder_can_be_watched_all_the_same(tmp_path):
    """Trials are in one."""
    (hidden := tmp_path / ".trial").mkdir()
    (hidden / "record.json").write_text("{}")
    assert list(stamps([hidden])) == [hidden / "record.json"]


def watch(place, code: str, is_fresh=lambda: False) -> tuple[Watch, list[str]]:
    said: list[str] = []
    return Watch((place,), (sys.executable, "-c", code), place, is_fresh, said.append), said


def test_a_change_builds_and_a_build_that_fails_goes_on_watching(place, capfd):
    code = "import sys, pathlib; text = pathlib.Path('a.md').read_text(); print(text, file=sys.stderr); sys.exit(text == 'wrong')"
    watching, said = watch(place, code)
    page = place / "a.md"
    watching.run(looks(lambda: page.write_text("wrong"), nothing, lambda: page.write_text("right again"), nothing))
    assert [line.split(" ")[0] for line in said] == ["building,", "not", "building,", "built"]
    assert "because a.md changed" in said[0] and "goes on watching" in said[1]
    assert capfd.readouterr().err.split("\n")[:2] == ["wrong", "right again"]


def test_what_is_fresh_is_not_built(place):
    watching, said = watch(place, "raise SystemExit(1)", is_fresh=lambda: True)
    watching.freshen()
    assert said == []


def test_a_file_that_goes_while_it_is_read_is_a_reason_to_build(place):
    def gone():
        raise FileNotFoundError("a.md")

    watching, said = watch(place, "", is_fresh=gone)
    watching.freshen()
    assert said[0] == "building" and said[1].startswith("built in")


@pytest.fixture
def address(built):
    with server(built.site, reloads=True) as bound:
        threading.Thread(target=bound.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{bound.server_port}"
        bound.shutdown()


def got(url: str, **headers: str) -> tuple[bytes, str]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.read(), answer.headers["Content-Type"]


def test_pages_are_sent_with_the_script_that_loads_them_anew_and_files_are_not(built, address):
    sent, _ = got(f"{address}/")
    kept = (built.site / "index.html").read_bytes()
    assert RELOADER.encode() in sent and RELOADER.encode() not in kept
    assert sent.replace(f'<script src="{RELOADER}" defer></script>'.encode(), b"") == kept
    assert got(f"{address}/assets/wreck.js")[0] == (built.site / "assets" / "wreck.js").read_bytes()


def test_the_script_is_what_the_pages_own_policy_allows(built, address):
    script, kind = got(f"{address}{RELOADER}")
    assert kind.startswith("text/javascript") and b"location.reload" in script
    said = re.search(r'Content-Security-Policy" content="([^"]*)"', (built.site / "index.html").read_text(encoding="utf-8"))[1]
    allowed = dict(part.split(" ", 1) for part in said.split("; "))
    assert "'self'" in allowed["script-src"] and "'self'" in allowed["connect-src"]
    assert policy.faults(built.site) == [] and not re.search(rb"https?:", script)


def test_a_site_that_is_only_read_has_no_such_script(built):
    with server(built.site) as bound:
        threading.Thread(target=bound.serve_forever, daemon=True).start()
        assert got(f"http://127.0.0.1:{bound.server_port}/")[0] == (built.site / "index.html").read_bytes()
        with pytest.raises(urllib.error.HTTPError):
            got(f"http://127.0.0.1:{bound.server_port}{RELOADER}")
        bound.shutdown()
