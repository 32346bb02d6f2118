"""Whatever a client asks the wrecks for: an answer or a refusal, no statement but those the page has, and nothing of it as markup.

The one 500 that a dive means is not asked for here: ``smallest`` of the SS Remembrance Lost, whose worker dies on Python 3.11. Pages of a
database that is down or has no tables answer 500 too, and say no more than that.
"""

from __future__ import annotations

import contextlib
import re
import socket
from dataclasses import dataclass
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

PLAYER = "gsmith"
PAGES = {
    "truculent-query": ("/truculent/{}",),
    "highly-selective": ("/1000queries/{}",),
    "oryx-antlerson": ("/noisy/{}", "/quiet/{}/1/3d6", f"/quiet/{PLAYER}/{{}}/3d6", f"/quiet/{PLAYER}/1/{{}}"),
    "remembrance-lost": ("/grenade/{}",),
}
SOUND = {"truculent-query": PLAYER, "highly-selective": PLAYER, "oryx-antlerson": PLAYER, "remembrance-lost": "3"}
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
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(load("oryx-antlerson").routes, "HELD_S", 0)
        yield from _asked(wreck, handler, world, tmp_path_factory)


def _asked(wreck, handler: str, world, tmp_path_factory):
    arm = next((a for a in wreck.arms if handler in (a.handler, a.neighbour.handler if a.neighbour else None)), wreck.arms[0])
    place = world.place(arm)
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
    return [page.encode().replace(b"{}", word) for page in PAGES.get(slug) or last_part_asked(slug)]


def last_part_asked(slug: str) -> tuple[str, ...]:
    """Return the pages of a wreck that is not named above: its addresses, their last part open."""
    return tuple(dict.fromkeys(f"{path.rpartition('/')[0]}/{{}}" for path in load(slug).all_paths))


def sound(slug: str) -> str:
    """Return a word that the wreck's traffic asks for."""
    return SOUND.get(slug) or load(slug).paths[0].rpartition("/")[2]


def contents(place) -> dict:
    with contextlib.closing(place.connect()) as connection, connection.cursor() as cursor:
        return fingerprint_of(cursor)


def known_kinds(asked: Asked) -> frozenset[str]:
    """Ask as the traffic does, and return the kinds of statements that took."""
    for word in (sound(asked.slug), "nobody1" if not sound(asked.slug).isdigit() else "1"):
        for query in (b"", b"format=json"):
            # The quiet page keeps a roll when all is well; a number that is no game's makes it ask for as much but that.
            for path in paths(asked.slug, word.encode()):
                if not path.startswith(f"/quiet/{PLAYER}/".encode()):
                    ask(asked.app, path, query=query)
    if asked.slug == "oryx-antlerson":
        ask(asked.app, f"/quiet/{PLAYER}/999999/3d6".encode())
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
    assert contents(asked.place) == before


def keeps_a_roll(path: bytes) -> bool:
    """Tell whether a path is a sound one of the page that writes: such as a dice code that only looks strange."""
    return re.fullmatch(rb"/quiet/gsmith/(?:\d{1,4}|1)/[1-9]\d?d[1-9]\d{0,2}(?:\+\d{1,3})?", path) is not None


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


@pytest.mark.parametrize("slug", slugs())
def test_names_in_the_data_are_text_on_every_page(world, slug):
    wreck = load(slug)
    for engine in OPENED:  # A database is copied only while nobody is connected to it.
        engine.dispose()
    with world.fresh(wreck.arms[0]) as place:
        poison_names(place)
        engine = create_engine(place.url)
        for handler in [name for each, name in handlers() if each == slug and name != "held"]:
            app = create_app(engine, wreck.routes.blueprint(getattr(wreck.routes, handler)))
            for path in ("/truculent/payload", "/1000queries/%3Cx", "/noisy/payload", "/quiet/%3Cx-payload%3E/1/3d6", "/grenade/16"):
                status, _, body = ask(app, unquote_to_bytes(path))
                is_sound(status, "text/html", body)
                assert status == 404 or b"&lt;x-payload" in body, (handler, path)
        engine.dispose()


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
        # Of a player that there is, one page keeps a roll whatever the method: HEAD is GET to it.
        for path in paths(asked.slug, b"nobody" if asked.slug == "oryx-antlerson" else sound(asked.slug).encode()):
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


def test_what_is_a_literal_and_what_is_not():
    assert kind_of("SELECT 1 FROM t WHERE a = E'x\\'; DROP' AND b IN (1, 2)") == kind_of("SELECT 1 FROM t WHERE a = 'it''s' AND b IN (7)")


@pytest.mark.parametrize("slug", slugs())
def test_a_database_that_is_down_is_no_client_s_business(slug):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    engine = create_engine(f"postgresql+psycopg2://nobody:geheim@127.0.0.1:{port}/none")
    routes = load(slug).routes
    app = create_app(engine, routes.blueprint(routes.wrecked))
    for path in paths(slug, sound(slug).encode()):
        status, _, body = ask(app, path)
        assert status in (500, 404, 400) and b"geheim" not in body and not SAID_BY_A_DATABASE.search(body)
    assert ask(app, paths(slug, sound(slug).encode())[0])[0] == 500


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
