"""Numbers as people read them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.errors import UsageError
from scenarios.publish import units


@pytest.mark.parametrize(
    "value, unit, wanted",
    [
        (0.5, "ms", "500 µs"),
        (12.345, "ms", "12.3 ms"),
        (999.6, "ms", "1.00 s"),
        (1234.5, "ms", "1.23 s"),
        (4.2, "s", "4.2 s"),
        (4.2001, "s", "4.20 s"),
        (0.7, "/s", "0.7/s"),
        (0.953, "share", "95.3 %"),
        (0.0, "ms", "0 ms"),
        (182_000_000, "bytes", "182 MB"),
        (2.5, "/s", "2.5/s"),
        (5_000_000, "", "5,000,000"),
        (1.0, "", "1"),
        (21.34, "times", "21.3×"),
    ],
)
def test_text(value, unit, wanted):
    assert units.text(value, unit) == wanted.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    "path, unit",
    [
        ("latency_ms.p50", "ms"),
        ("layers_ms.postgres", "ms"),
        ("cpu_s.gunicorn", "s"),
        ("rss_mb_max.gunicorn", "MB"),
        ("requests_per_s", "/s"),
        ("steal_share", "share"),
        ("statements_per_request", ""),
        ("deep.rows.tw_rolls", ""),
        ("deep.bytes.tw_rolls", "bytes"),
        ("rolls_by_player.build_s", "s"),
        ("x.insert_us_per_row_with", "us"),
        ("statuses.200", ""),
        ("duration_s", "s"),
    ],
)
def test_units_stand_last_in_names(path, unit):
    assert units.unit_of(path) == unit


@given(st.floats(min_value=-1e12, max_value=1e12, allow_nan=False), st.sampled_from(sorted(units.UNITS)))
def test_text_keeps_the_value_to_three_digits(value, unit):
    shown = units.text(value, unit, to=unit, bare=True)
    assert re.fullmatch(r"\u2212?[\d,]+(\.\d+)?", shown)
    assert float(shown.replace(",", "").replace("\u2212", "-")) == pytest.approx(value, rel=6e-3)


@given(st.floats(min_value=1e-6, max_value=1e9), st.sampled_from(["s", "ms", "us", "min"]), st.sampled_from(["s", "ms", "us", "min"]))
def test_conversion_goes_there_and_back(value, one, other):
    assert units.convert(units.convert(value, one, other), other, one) == pytest.approx(value)


@pytest.mark.parametrize("to", ["sec", "MB"])
def test_a_unit_that_does_not_fit_is_refused(to):
    with pytest.raises(UsageError, match=f"'{to}'"):
        units.convert(1.0, "ms", to)


@pytest.mark.parametrize(
    ("value_ms", "text"),
    [(999.4, "999\u00a0ms"), (999.55, "1.00\u00a0s"), (0.99955, "1.00\u00a0ms"), (1000.0, "1\u00a0s"), (-999.6, "\u22121.00\u00a0s")],
)  # fmt: skip
def test_what_rounds_to_a_thousand_of_one_is_one_of_the_next(value_ms, text):
    assert units.text(value_ms, "ms", to=units.best(value_ms, "ms")) == text
