"""Whatever a client asks the wrecks for: an answer or a refusal, no statement but those the page has, and nothing of it as markup.

The one 500 that a dive means is not asked for here: ``smallest`` of the SS Remembrance Lost, whose worker dies on Python 3.11. Pages of a
database that is down or has no tables answer 500 too, and say no more than that.
"""

from __future__ import annotations

import contextlib
import functools
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote_to_bytes

import pytest
from flask import Flask, Response, abort
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, event, text
from werkzeug.test import EnvironBuilder, run_wsgi_app

from scenarios.diceworld.app import create_app
from scenarios.diceworld.scales import DEFAULT_SEED
from scenarios.measure.probes.spans import instrument
from scenarios.measure.stack.stack import AppStack
from scenarios.measure.world import open_world
from scenarios.measure.world.seeding import fingerprint_of
from scenarios.wreck import load, slugs

QUIET = load("oryx-antlerson").paths[0]
"""Of the page that keeps a roll when all is well with it."""
ADDS_NOTHING = {"oryx-antlerson"}
"""Of wrecks whose handlers write, those for which the requests that would add a row are left out here."""
DEADLY = ("smallest",)
OPENED: list[Engine] = []
"""What may hold a connection to one of the databases."""
MARKUP = "<x-payload onload=1>"
NASTY = tuple(
    each if isinstance(each, bytes) else each.encode()
    for each in (
        MARKUP, f'"{MARKUP}', f"'>{MARKUP}", "{{ 7*7 }}", "{% raise %}", "';--", "' OR '1'='1", "'; DROP TABLE tw_rolls; --",
        "'/**/UNION/**/SELECT/**/1", "\\'", "\\",
        "$$", "$1", "%s", "%(x)s", "%%", ":x", "?", "%", "_", "//", "\0", "a\0b", "\x01\x1b[2J\x7f", "\r\nSet-Cookie: x=1",
        "\u202eabc\u2066", "\ufeff", "𝄞", "e\u0301",
        b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"a\xffb", "..", ".", "../../etc/passwd", ";", "a;b", " ", "\t", "smith*/ SELECT 1 /*",
        "x" * 10_000, "%" * 10_000,
        "'" * 10_000, MARKUP * 400, "0", "-1", "1.5", "1e9", "3000", "2147483647", "2147483648", "9223372036854775808", "9" * 40,
        "9" * 5_000, "٣", "nan", "3d6+2",
        "0d6", "99d999+999", "3d6+2\n", "٣d6", "9" * 40 + "d6", "null", "None", "[]", "{}",
    )
)  # fmt: skip
LITERAL = re.compile(r"""E'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'""", re.DOTALL)
TRACED = re.compile(r" /\*traceparent='00-[0-9a-f]{32}-[0-9a-f]{16}-01'\*/$")
SAID_BY_A_DATABASE = re.compile(rb"psycopg2|sqlalchemy|tw_players|Traceback|SELECT |connection to server", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """An address of a wreck with one of its parts left open."""

    form: str
    """With ``{}`` for that part."""
    sound: str
    """What the traffic asks for there."""


@dataclass
class Asked:
    """An arm's application on a small world, and the kinds of statements it has sent."""

    app: Flask
    slug: str
    place: object
    kinds: set[str]
    known: frozenset[str] = frozenset()
    """The kinds that sound requests take."""


def kind_of(sql: str) -> str:
    """Return a statement without its literals: what a client's words may never change."""
    bare = re.sub(r"\b-?\d+(?:\.\d+)?\b", "?", LITERAL.sub("?", TRACED.sub("", sql)))
    return re.sub(r"\(\s*\?(?:, \?)*\s*\)", "(?)", bare)


def handlers() -> list[tuple[str, str]]:
    found = {}
    for slug in slugs():
        for arm in load(slug).arms:
            for handler in [arm.handler, *([arm.neighbour.handler] if arm.neighbour else [])]:
                found.setdefault((slug, handler), arm.name)
    return sorted(key for key in found if key[1] not in DEADLY)


@pytest.fixture(scope="module")
def world(cache):
    with open_world("small", DEFAULT_SEED, cache / "hostile-requests") as opened:
        yield opened


@pytest.fixture(scope="module")
def asked(request, world, tmp_path_factory):
    slug, handler = request.param
    wreck = load(slug)
    with without_waits(wreck):
        yield from _asked(wreck, handler, world, tmp_path_factory)


@contextlib.contextmanager
def without_waits(wreck):
    """Let a wreck's handlers wait for nobody: what its constants in seconds say is nought."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in vars(wreck.routes).items():
            if name.endswith("_S") and isinstance(value, int | float):
                patched.setattr(wreck.routes, name, 0)
        yield


def _asked(wreck, handler: str, world, tmp_path_factory):
    place = world.place(arm_with(wreck, handler))
    engine, kinds = create_engine(place.url), set()
    OPENED.append(engine)
    app = create_app(engine, wreck.routes.blueprint(getattr(wreck.routes, handler)))
    instrument(app, engine, tmp_path_factory.mktemp("spans"))

    @event.listens_for(engine, "before_cursor_execute")
    def note(conn, cursor, statement, parameters, context, executemany):
        for each in parameters if executemany else [parameters]:
            kinds.add(kind_of(cursor.mogrify(statement, each).decode("utf-8", "replace")))

    found = Asked(app, wreck.slug, place, kinds)
    found.known = known_kinds(found)
    yield found
    engine.dispose()


def arm_with(wreck, handler: str):
    """Return the first arm that a function answers in, on either host; any for one that is no arm's."""
    return next((a for a in wreck.arms if handler in (a.handler, a.neighbour.handler if a.neighbour else None)), wreck.arms[0])


def ask(app: Flask, path: bytes, method: str = "GET", query: bytes = b"", **headers: str) -> tuple[int, str, bytes]:
    """Return status, content type and body of an answer. ``path`` and ``query`` are bytes as they come off the wire, decoded by nobody."""
    environ = EnvironBuilder(method="GET", path="/").get_environ()
    environ |= {"REQUEST_METHOD": method, "PATH_INFO": path.decode("latin-1"), "QUERY_STRING": query.decode("latin-1"), "RAW_URI": "/"}
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    body, status, told = run_wsgi_app(app, environ, buffered=True)
    return int(status.split()[0]), told.get("Content-Type", ""), b"".join(body)


def is_sound(status: int, kind: str, body: bytes) -> None:
    assert status in (200, 308) or 400 <= status < 500, status
    assert not SAID_BY_A_DATABASE.search(body) or status == 200
    if not kind.startswith("application/json"):
        assert b"<x-payload" not in body
    assert b"\0" not in body


def paths(slug: str, word: bytes) -> list[bytes]:
    return [page.form.encode().replace(b"{}", word) for page in pages(slug)]


@functools.cache
def pages(slug: str) -> list[Page]:
    """Return what a wreck's traffic and its neighbours ask for, one part at a time left open but the first, which names the page."""
    wreck, found = load(slug), {}
    for path in (*wreck.all_paths, *(path for e in wreck.experiments if e.neighbour for path in e.neighbour.paths)):
        parts = path.split("/")[1:]
        for at in range(1, len(parts)):
            form = "/".join(["", *parts[:at], "{}", *parts[at + 1 :]])
            found.setdefault((parts[0], len(parts), at), Page(form, parts[at]))
    return list(found.values())


def sound_paths(slug: str) -> list[bytes]:
    """Return what the traffic asks for, as it does."""
    return list(dict.fromkeys(unquote_to_bytes(page.form.replace("{}", page.sound)) for page in pages(slug)))


def writes(slug: str) -> bool:
    return any(each.fresh_data for each in load(slug).experiments)


def is_as_it_was(slug: str, before: dict, after: dict) -> bool:
    """Tell whether the dice world is unharmed: as it was, or, where handlers write, without a row less than it had."""
    if not writes(slug) or slug in ADDS_NOTHING:
        return after == before
    return all(int(after[table][0]) >= int(rows[0]) for table, rows in before.items())


def contents(place) -> dict:
    with contextlib.closing(place.connect()) as connection, connection.cursor() as cursor:
        return fingerprint_of(cursor)


def known_kinds(asked: Asked) -> frozenset[str]:
    """Ask as the traffic does, and return the kinds of statements that took."""
    for page in pages(asked.slug):
        for word in (page.sound, "1" if page.sound.isdigit() else "nobody1"):
            path = unquote_to_bytes(page.form.replace("{}", word))
            for query in (b"", b"format=json"):
                # The quiet page keeps a roll when all is well; a number that is no game's makes it ask for as much but that.
                if not keeps_a_roll(path):
                    ask(asked.app, path, query=query)
    if asked.slug == "oryx-antlerson":
        ask(asked.app, f"/quiet/{QUIET.split('/')[2]}/999999/3d6".encode())
    return frozenset(asked.kinds)


@pytest.mark.parametrize("asked", handlers(), ids="-".join, indirect=True)
def test_nasty_words_are_words(asked):
    """In a path, a query and headers: an answer or a refusal, no new kind of statement, the data as it was."""
    before = contents(asked.place)
    trace = {"traceparent": f"00-{'ab' * 16}-0000000000000001-01"}
    for number, word in enumerate(NASTY):
        for path in paths(asked.slug, word):
            if keeps_a_roll(path):
                continue
            query = (b"", b"format=json", b"format=" + word)[number % 3]
            is_sound(*ask(
                asked.app, path, query=query, host=word.decode("latin-1"), x_request_start=word.decode("latin-1"),
                **(trace if number % 2 else {}),
            ))  # fmt: skip
    assert asked.kinds <= asked.known, "new kinds of statements"
    assert is_as_it_was(asked.slug, before, contents(asked.place))


def keeps_a_roll(path: bytes) -> bool:
    """Tell whether a path is a sound one of the page that writes: such as a dice code that only looks strange."""
    player = re.escape(QUIET.split("/")[2].encode())
    return re.fullmatch(rb"/quiet/" + player + rb"/(?:\d{1,4}|1)/[1-9]\d?d[1-9]\d{0,2}(?:\+\d{1,3})?", path) is not None


@pytest.mark.parametrize("asked", [each for each in handlers() if each[1] == "wrecked"], ids="-".join, indirect=True)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    words=st.lists(st.binary(max_size=20) | st.text(max_size=20).map(lambda t: t.encode("utf-8", "replace")), min_size=1, max_size=3),
    query=st.binary(max_size=30),
)  # fmt: skip
def test_random_bytes_are_words(asked, words, query):
    for word in words:
        for path in [b"/" + word, *paths(asked.slug, word)]:
            if not keeps_a_roll(path):
                is_sound(*ask(asked.app, path, query=query))
    assert asked.kinds <= asked.known


NAMED = "<x-payload>"
"""A login, a name, a game: as long as a login may be."""


A_PART, ITS_BEGINNING = "payload", "<x"
"""Of such a name, for pages that look for players by one or the other."""
_A_NAME = re.compile(r"\b(?:login|first_name|last_name|name|game)\b")


@pytest.mark.parametrize("slug", slugs())
def test_names_in_the_data_are_text_on_every_page(world, slug):
    wreck, by_prepare = load(slug), {}
    for handler in [name for each, name in handlers() if each == slug]:
        arm = arm_with(wreck, handler)
        by_prepare.setdefault(arm.prepare, (arm, []))[1].append(handler)
    shown = {}
    for arm, names in by_prepare.values():
        for engine in OPENED:  # A database is copied only while nobody is connected to it.
            engine.dispose()
        with world.fresh(arm) as place, without_waits(wreck):
            poison_names(place)
            engine = create_engine(place.url)
            for name in names:
                shown[name] = has_shown_a_name(create_app(engine, wreck.routes.blueprint(getattr(wreck.routes, name))), slug)
            engine.dispose()
    if shows_names(wreck):
        compared = {arm.handler for arm in wreck.arms if arm.name in wreck.experiments[0].arms}
        unseen = sorted(handler for handler in compared & shown.keys() if not shown[handler])
        assert not unseen, f"{slug}: its templates show names, and {unseen} showed none, whatever of its traffic's addresses was asked for"


def has_shown_a_name(app: Flask, slug: str) -> bool:
    """Ask for all that the traffic does, then with what finds a poisoned name in place of each word that may look for one."""
    shown = [names_one(app, path) for path in sound_paths(slug)]
    for page in pages(slug):
        if not page.sound.isdigit():
            words = (page.form.encode().replace(b"{}", word.encode()) for word in (A_PART, ITS_BEGINNING, NAMED))
            shown.append(any(names_one(app, path) for path in words))
    return any(shown)


def names_one(app: Flask, path: bytes) -> bool:
    status, _, body = ask(app, path)
    is_sound(status, "text/html", body)
    return b"&lt;x-payload" in body


def shows_names(wreck) -> bool:
    """Tell whether a wreck's templates show what a player or a game is called."""
    templates = Path(wreck.routes.__file__).parent.rglob("*.html")
    return any(_A_NAME.search(path.read_text(encoding="utf-8")) for path in templates)


def poison_names(place) -> None:
    """Give every player and game a name that is markup."""
    with contextlib.closing(place.connect()) as connection, connection.cursor() as cursor:
        login = "%s || CASE id WHEN 1 THEN '' ELSE id::text END"
        cursor.execute(f"UPDATE tw_players SET login = {login}, first_name = %s, last_name = %s", [NAMED, NAMED, NAMED + "\u202e'"])
        cursor.execute("UPDATE tw_games SET name = %s", [NAMED])


METHODS = ("HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", MARKUP, "GET\0", "", "x" * 5_000)


@pytest.mark.parametrize("asked", [each for each in handlers() if each[1] == "wrecked"], ids="-".join, indirect=True)
def test_other_methods_are_refused_or_do_no_more(asked):
    before = contents(asked.place)
    for method in METHODS:
        # Pages that write do so whatever the method, of what there is: HEAD is GET to them.
        for path in paths(asked.slug, b"nobody") if writes(asked.slug) else sound_paths(asked.slug):
            status, kind, body = ask(asked.app, path, method)
            is_sound(status, kind, body)
            assert status in (200, 400, 404) if method in ("HEAD", "OPTIONS") else status in (400, 404, 405), (method, status)
    assert contents(asked.place) == before


@pytest.mark.parametrize(
    ("hole", "found"),
    [
        (
            lambda session,
            word: session.execute(text(f"SELECT login FROM tw_players WHERE login LIKE '{word}%'".replace(":", "\\:"))).all(), "500|kinds",
        ),
        (lambda session, word: session.execute(text("SELECT set_config('search_path', :word, false)"), {"word": word}).all(), "500|kinds"),
        (lambda session, word: abort(Response(f"<p>{word}</p>")), "x-payload"),
    ],
    ids=["pasted into SQL", "fed to a setting", "pasted into a page"],
)
def test_a_hole_would_be_found(world, tmp_path, hole, found):
    """The nets above, with something to catch."""
    wreck = SimpleNamespace(
        slug="truculent-query", arms=load("truculent-query").arms,
        routes=SimpleNamespace(blueprint=load("truculent-query").routes.blueprint, hole=hole),
    )  # fmt: skip
    making = _asked(wreck, "hole", world, SimpleNamespace(mktemp=lambda _: tmp_path))
    with contextlib.closing(making), pytest.raises(AssertionError, match=found):
        test_nasty_words_are_words(next(making))


def test_addresses_are_opened_part_by_part_on_both_hosts():
    forms = {page.form: page.sound for page in pages("oryx-antlerson")}
    assert forms == {"/quiet/{}/1/3d6+2": "gsmith1", "/quiet/gsmith1/{}/3d6+2": "1", "/quiet/gsmith1/1/{}": "3d6+2", "/noisy/{}": "smith"}


def test_what_is_lost_or_changed_is_told(monkeypatch):
    before, added, lost = {"tw_rolls": ["2", "9"]}, {"tw_rolls": ["3", "11"]}, {"tw_rolls": ["1", "4"]}
    with monkeypatch.context() as patched:
        patched.setitem(globals(), "writes", lambda _slug: True)
        assert is_as_it_was("truculent-query", before, added) and not is_as_it_was("truculent-query", before, lost)
    assert not is_as_it_was("truculent-query", before, added) and not is_as_it_was("oryx-antlerson", before, added)


def test_what_is_a_literal_and_what_is_not():
    assert kind_of("SELECT 1 FROM t WHERE a = E'x\\'; DROP' AND b IN (1, 2)") == kind_of("SELECT 1 FROM t WHERE a = 'it''s' AND b IN (7)")


@pytest.mark.parametrize("slug", slugs())
def test_a_database_that_is_down_is_no_client_s_business(slug):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    engine = create_engine(f"postgresql+psycopg2://nobody:geheim@127.0.0.1:{port}/none")
    routes = load(slug).routes
    app = create_app(engine, routes.blueprint(routes.wrecked))
    answers = [ask(app, path) for path in sound_paths(slug)]
    for status, _, body in answers:
        assert status in (500, 404, 400) and b"geheim" not in body and not SAID_BY_A_DATABASE.search(body)
    assert answers[0][0] == 500


# --- through nginx and gunicorn ----------------------------------------------------------------------------

WIRE = (
    b"GET /truculent/a%00b HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /truculent/%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /truculent/%3Cx-payload%20onload=1%3E HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /truculent/\xff\xfe<x-payload> HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /truculent/" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /truculent/" + b"x" * 3_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /truculent/x?" + b"a=1&" * 400 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /truculent/x HTTP/1.1\r\nHost: x\r\nX-Trace-Id: " + b"'\"<>" * 200 + b"\r\n\r\n",
    b"GET /truculent/x HTTP/1.1\r\nHost: x\r\nX-Trace-Id: \x00\r\n\r\n",
    b"GET /truculent/x HTTP/1.1\r\nHost: <x-payload>\r\n\r\n",
    b"GET /truculent/x HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 300 + b"\r\n",
    b"GET /truculent/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n",
    b"POST /truculent/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"<x-payload> / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
)
LAST = b"\r\nConnection: close"
"""So that the end of the answer is the end of the connection."""


def test_bytes_on_the_wire_are_answered_or_refused(world, folder):
    """No worker dies of them, and a sound request is answered in between."""
    place = world.place(load("truculent-query").arm("wrecked"))
    with AppStack(folder, "truculent-query", "wrecked", place.url, workers=2, spans_folder=folder / "spans") as stack:
        for sent in WIRE:
            answer = over_the_wire(stack.nginx.port, sent.replace(b" HTTP/1.1", b" HTTP/1.1" + LAST, 1))
            status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 400
            assert status == 200 or 400 <= status < 500, (sent[:80], answer[:200])
            assert b"<x-payload" not in answer and not SAID_BY_A_DATABASE.search(answer)
        assert b" 200 OK" in over_the_wire(stack.nginx.port, b"GET /truculent/smith HTTP/1.1\r\nHost: x" + LAST + b"\r\n\r\n")
        stack.check()
    assert stack.gunicorn.deaths() == []


def over_the_wire(port: int, sent: bytes) -> bytes:
    """Send bytes and return all that comes back."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as caller:
        caller.sendall(sent)
        with contextlib.suppress(ConnectionResetError):
            while piece := caller.recv(65_536):
                received += piece
    return received
