"""The wreck's page and its declaration, with no database."""

from __future__ import annotations

import ast
import inspect
import re
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markupsafe import escape
from sqlalchemy import create_engine

from scenarios.diceworld.app import create_app
from scenarios.wreck import load
from scenarios.wrecks.truculent_query import routes

HANDLERS = ("wrecked", "without_like", "without_join_back", "without_subquery", "rewritten", "lateral")


def client(find):
    return create_app(create_engine("postgresql+psycopg2://"), routes.blueprint(find)).test_client()


def test_the_declaration_is_sound():
    assert load("truculent-query").routes is routes


@pytest.mark.parametrize("name", HANDLERS)
def test_each_handler_says_in_a_line_what_it_does(name):
    doc = getattr(routes, name).__doc__
    assert doc and "\n" not in doc


def test_the_wreck_marks_its_three_suspects_and_no_other_handler_does():
    source = inspect.getsource(routes)
    tree = ast.parse(source)
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            marks = re.findall(r"# suspect (\d): .+", ast.get_source_segment(source, function))
            assert marks == (["1", "2", "3"] if function.name == "wrecked" else []), function.name


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_text_is_asked_for_as_it_is_and_comes_back_escaped(pattern):
    assume(pattern not in (".", ".."))  # Clients resolve these themselves.
    row = SimpleNamespace(login=pattern, first_name="<script>", last_name='"&"', die_sides=6, dice=3, average=Decimal("3.50"))
    asked = []

    def find(session, text):
        asked.append(text)
        return [row]

    answer = client(find).get(f"/truculent/{quote(pattern, safe='')}")
    assert (answer.status_code, asked) == (200, [pattern])
    text = answer.get_data(as_text=True)
    assert f"&lt;script&gt; &#34;&amp;&#34; <code>{escape(pattern)}</code>" in text
    assert "<script" not in text


def test_nul_is_refused_before_anything_is_asked():
    def find(session, text):
        raise AssertionError("asked")

    assert client(find).get("/truculent/a%00b").status_code == 400


def test_nobody_found_is_a_page_too():
    page = client(lambda session, pattern: []).get("/truculent/zzz")
    assert page.status_code == 200
    assert "Nobody" in page.get_data(as_text=True)


def test_json_holds_the_page_s_data():
    answer = client(lambda session, pattern: []).get("/truculent/zzz?format=json")
    assert answer.mimetype == "application/json"
    assert answer.get_json() == {"pattern": "zzz", "rows": []}
