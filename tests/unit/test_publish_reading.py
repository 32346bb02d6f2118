"""Spans folded, statements named, functions cut: what exhibits read out of evidence and source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.errors import EvidenceError, UsageError
from scenarios.publish.prose import ran
from scenarios.publish.traces import statements
from scenarios.publish.traces.spans import Span, fold, read_spans

SOURCE = '''import x


def other():
    pass


@x.route
def page(session):
    """Row."""
    # suspect 1: a sub-query,
    # on two lines
    a = 1
    b = 2

    # suspect 2: LIKE
    c = 3
    # plain words
    return a + b + c
'''


def test_a_function_is_cut_with_its_decorators():
    first, lines = ran.cut(SOURCE, "page", "routes.py")
    assert first == 8 and lines[0] == "@x.route" and lines[-1].strip() == "return a + b + c"


def test_lines_after_a_comment_are_lit_to_the_next_or_a_gap():
    first, lines = ran.cut(SOURCE, "page", "routes.py")
    assert [lines[n - 1].strip() for n in ran.lit_lines(lines, "suspect 1", "page")] == ["a = 1", "b = 2"]
    assert [lines[n - 1].strip() for n in ran.lit_lines(lines, "suspect 2", "page")] == ["c = 3"]


def test_comments_right_after_one_another_light_the_same_lines():
    lines = ["# suspect 1: a sort", "# suspect 2: of everybody", "a = 1", "", "b = 2"]
    assert ran.lit_lines(lines, "suspect 1", "page") == ran.lit_lines(lines, "suspect 2", "page") == [3]


def test_a_comment_of_sql_lights_what_follows_it():
    lines = ["-- suspect 1: a view", "CREATE VIEW a AS", "SELECT 1;", "", "SELECT 2;"]
    assert ran.lit_lines(lines, "suspect 1", "view.sql") == [2, 3]
    with pytest.raises(UsageError, match="did you mean 'suspect 1'"):
        ran.lit_lines(lines, "suspect 2", "view.sql")


def test_unknown_functions_and_comments_name_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'page'"):
        ran.cut(SOURCE, "pge", "routes.py")
    with pytest.raises(UsageError, match="suspect 1"):
        ran.lit_lines(ran.cut(SOURCE, "page", "routes.py")[1], "suspect 3", "page")


@pytest.mark.parametrize(
    "sql, name",
    [
        ("SELECT a FROM tw_players JOIN tw_rolls ON true", "SELECT players, rolls"),
        ('select 1 from "tw_games" g', "SELECT games"),
        ("INSERT INTO tw_rolls VALUES (1)", "INSERT rolls"),
        ("ALTER TABLE tw_players ADD COLUMN nickname text", "ALTER players"),
        ("create table if not exists only_once (id int)", "CREATE only_once"),
        ("COMMIT", "COMMIT"),
        ("", "statement"),
    ],
)
def test_a_statement_in_few_words(sql, name):
    assert statements.name(sql) == name


@given(st.text(max_size=200), st.integers(min_value=2, max_value=80))
def test_a_brief_statement_is_one_short_line(sql, most):
    assert len(statements.brief(sql, most)) <= most and "\n" not in statements.brief(sql, most)


def alternating(pairs: int) -> list[Span]:
    """Return a handler's span with ``pairs`` of two statements, each with the database's span inside."""
    spans = [Span("h", "", "page", "flask", 0, 4.0 * pairs)]
    for i in range(2 * pairs):
        sql = "SELECT * FROM tw_players" if i % 2 else "SELECT * FROM tw_rolls"
        spans += [
            Span(f"s{i}", "h", "SELECT", "sqlalchemy", 2.0 * i, 2.0 * i + 1.5, sql),
            Span(f"p{i}", f"s{i}", "postgres", "postgres", 2.0 * i, 2.0 * i + 1, sql),
        ]
    return spans


def test_an_alternation_folds_into_one_line():
    handler, folded = fold(alternating(52))
    assert (folded.name, folded.count, folded.depth) == ("52 × (rolls, players)", 104, 1)
    assert folded.own_ms == pytest.approx(104 * 1.5)
    assert handler.own_ms == pytest.approx(handler.duration_ms - 104 * 1.5)


def talks_page(games: tuple[int, ...]) -> list[Span]:
    """Return a template's span, in it for each player one statement and for each of their games two.

    Each has its fetch and the database's span.
    """
    sent = [table for count in games for table in ["games", *["players", "rolls"] * count]]
    spans = [Span("t", "", "render", "template", 0, 4.0 * len(sent) + 1)]
    for i, table in enumerate(sent):
        sql, at = f"SELECT * FROM tw_{table}", 4.0 * i
        spans += [
            Span(f"s{i}", "t", "SELECT", "sqlalchemy", at, at + 2, sql),
            Span(f"p{i}", f"s{i}", "postgres", "postgres", at, at + 1.5, sql),
            Span(f"f{i}", "t", "fetch", "fetch", at + 2, at + 3),
        ]
    return spans


def test_repeats_of_repeats_fold_into_one_line_their_fetches_with_them():
    template, folded = fold(talks_page((17, 20, 14)))
    assert (folded.name, folded.count, folded.depth) == ("3 × games; 51 × (players, rolls)", 105, 1)
    assert folded.layers_ms == pytest.approx({"sqlalchemy": 105 * 0.5, "fetch": 105, "postgres": 105 * 1.5})
    assert sum(folded.layers_ms.values()) == pytest.approx(folded.own_ms) and folded.own_ms <= folded.duration_ms
    assert template.own_ms == pytest.approx(template.duration_ms - folded.own_ms)


def test_two_players_are_too_few_to_fold_and_their_games_are_not():
    alone = ["SQLAlchemy: SELECT games", "Postgres: SELECT games", "fetch"]
    assert [step.name for step in fold(talks_page((5, 7)))][1:] == [*alone, "5 × (players, rolls)", *alone, "7 × (players, rolls)"]


def test_few_repeats_stay_as_they_are():
    assert [s.count for s in fold(alternating(2))] == [1] * 9


@pytest.mark.parametrize("document", [{}, {"resourceSpans": [{}]}, {"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "x"}]}]}]}])
def test_what_is_no_trace_is_refused(document):
    with pytest.raises(EvidenceError, match="OTLP"):
        read_spans(document)
