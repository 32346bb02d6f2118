"""Tokens and fences: what is read, what is left alone, and that no text whatever breaks the reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.errors import UsageError, WreckError
from scenarios.publish.evidence import TOKEN, Token, parse
from scenarios.publish.prose import fences

NAME = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,12}", fullmatch=True)
PATH = st.lists(NAME, min_size=1, max_size=4).map(".".join)
SPACE = st.sampled_from(["", " ", "  ", "\n"])


@given(NAME, PATH, st.lists(st.sampled_from(["s", "bare", "interval", "MB"]), max_size=3), SPACE, st.sampled_from("|,"))
def test_a_token_is_taken_apart_and_put_together(slug, path, options, space, bar):
    inner = space + slug + space + ":" + space + path + "".join(f"{space}{bar}{space}{o}" for o in options) + space
    assert TOKEN.fullmatch(f"{{{{{inner}}}}}")[1] == inner
    assert parse(inner) == Token(slug, path, tuple(options))


@given(NAME, PATH, PATH)
def test_a_ratio_is_a_subject(slug, over, under):
    assert parse(f"{slug}: {over} / {under}").subject == f"{over} / {under}"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_words(text):
    try:
        token = parse(text)
    except WreckError as fault:
        assert fault.wanted and fault.do
    else:
        assert token.slug and token.subject and all(token.options)


@pytest.mark.parametrize("inner", ["", "a", ":", "a:", "a: b |", "a: | b", "a b: c"])
def test_what_is_no_token_is_refused(inner):
    with pytest.raises(UsageError):
        parse(inner)


def test_a_fence_inside_another_is_left_alone():
    lines = ["````", "```exhibit", "kind: x", "```", "````", "  ```exhibit", "  kind: y", "  ```"]
    (fence,) = fences.find(lines, ("exhibit", "ran"))
    assert (fence.start, fence.end, fence.indent, fences.options(fence)) == (5, 8, "  ", {"kind": "y"})


@given(st.lists(st.sampled_from(["```", "````", "~~~", "```exhibit", "```python", "kind: x", "", "text", "    ```"]), max_size=14))
def test_fences_never_overlap_and_stay_within_the_page(lines):
    found = fences.find(lines, ("exhibit",))
    ends = [0]
    for fence in found:
        assert ends[-1] <= fence.start < fence.end <= len(lines)
        assert fence.lines == tuple(lines[fence.start : fence.end])
        ends.append(fence.end)


@pytest.mark.parametrize("line", ["kind", "kind:", ": ladder", "kind: a\nkind: b"])
def test_an_option_that_is_none_is_refused(line):
    text = ["```exhibit", *line.split("\n"), "```"]
    (fence,) = fences.find(text, ("exhibit",))
    with pytest.raises(UsageError):
        fences.options(fence)
