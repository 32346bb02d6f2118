"""The detector of repeats: what is planted is found, what is not there is not, and nothing is lost."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.publish.traces.repeats import FEWEST, LONGEST, Part, Pattern, folded, in_a_row, runs, tally

WORDS = st.lists(st.sampled_from("abc"), max_size=60)
PATTERN = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True)


def total(part: Part) -> int:
    return sum(count * len(what) for count, what in tally(part))


@given(WORDS)
@settings(max_examples=300)
def test_nothing_is_lost_and_nothing_counted_twice(words):
    parts = folded(words)
    assert [at for part in parts for at in range(part.start, part.end)] == list(range(len(words)))
    assert all(total(part) == part.end - part.start for part in parts)
    assert all(part.what == words[part.start] for part in parts if not isinstance(part.what, Pattern))


@given(WORDS)
@settings(max_examples=300)
def test_a_run_is_its_pattern_again_and_again_and_runs_keep_apart(words):
    found = runs(words)
    for start, period, times in found:
        assert times >= FEWEST and 1 <= period <= LONGEST
        assert words[start : start + period * times] == words[start : start + period] * times
    ends = [start + period * times for start, period, times in found]
    assert all(end <= start for end, (start, *_) in zip(ends, found[1:], strict=False))


@given(WORDS)
def test_what_is_left_between_runs_holds_no_run(words):
    edges = [0, *(edge for start, period, times in runs(words) for edge in (start, start + period * times)), len(words)]
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        assert runs(words[low:high]) == []


@given(PATTERN, st.integers(FEWEST, 60), st.lists(st.integers(), max_size=8, unique=True), st.lists(st.integers(), max_size=8, unique=True))
def test_a_planted_alternation_is_found_whole(pattern, times, before, after):
    words = [("before", n) for n in before] + pattern * times + [("after", n) for n in after]
    (run,) = runs(words)
    assert run == (len(before), len(pattern), times)
    assert [part.repeats for part in folded(words) if isinstance(part.what, Pattern)] == [times]


@given(st.lists(st.integers(FEWEST, 30), min_size=FEWEST, max_size=6))
def test_runs_of_runs_are_one_part_however_long_each_was(games):
    words = ["players"] + [what for count in games for what in ["games", *["names", "rolls"] * count]]
    first, rest = folded(words)
    assert first.what == "players" and rest.end == len(words)
    assert tally(rest) == [(len(games), ("games",)), (sum(games), ("names", "rolls"))]


@given(st.lists(st.integers(), max_size=50, unique=True))
def test_where_nothing_comes_twice_there_is_no_run(words):
    assert runs(words) == [] and [part.what for part in folded(words)] == words


@given(WORDS, st.permutations("abc"))
def test_names_do_not_matter(words, names):
    renamed = dict(zip("abc", names, strict=True))
    assert runs([renamed[word] for word in words]) == runs(words)


@given(WORDS)
def test_the_usual_detector_counts_equals_in_a_row(words):
    assert in_a_row(words) == max((len(list(same)) for _, same in groupby(words)), default=0)


def test_two_are_no_run():
    assert runs(list("ababxaax")) == [] and len(folded(list("abab"))) == 4


def test_the_talk_s_page_in_one_part_and_unseen_by_the_usual_detector():
    words = ["players"] + [what for count in (17, 20, 14) for what in ["games", *["names", "rolls"] * count]]
    assert len(words) == 106 and in_a_row(words) == 1
    assert [tally(part) for part in folded(words)] == [[(1, ("players",))], [(3, ("games",)), (51, ("names", "rolls"))]]


def test_the_longest_run_goes_first_where_two_would_share():
    assert runs(list("aaabababab")) == [(2, 2, 4)]
