"""Text as cells: what is cleaned, cut and padded, and how times are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.text import age, clean, duration, fit, percent, width_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        (2001, "2001"),
        ("王小明", "王小明"),
        ("a\tb\nc", "a b c"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("right \u202eto left", "right to left"),
        ("half a sign \ud83d", "half a sign "),
        ("wide\u3000blank", "wide blank"),
        (["a", "b"], "['a', 'b']"),
    ],
)
def test_what_could_move_the_cursor_is_taken_out(value: object, text: str) -> None:
    assert clean(value) == text


@given(st.text())
def test_clean_text_can_be_written_to_a_terminal(text: str) -> None:
    assert clean(text).isprintable()
    clean(text).encode()


@pytest.mark.parametrize(
    ("text", "width", "fitted"),
    [
        ("ab", 4, "ab  "),
        ("abcdef", 4, "abc~"),
        ("王小明", 8, "王小明  "),
        ("王小明", 6, "王小明"),
        ("王小明", 5, "王小~"),
        ("王小明", 4, "王 ~"),
        ("abc", 0, ""),
        ("", 2, "  "),
    ],
)
def test_a_text_is_cut_and_padded_by_cells(text: str, width: int, fitted: str) -> None:
    assert fit(text, width) == fitted


@given(st.text(), st.integers(0, 40), st.sampled_from(["left", "right"]))
def test_a_fitted_text_has_exactly_its_width(text: str, width: int, align: str) -> None:
    assert width_of(fit(clean(text), width, align="left" if align == "left" else "right")) == width


def test_numbers_stand_to_the_right() -> None:
    assert fit("3:40", 6, align="right") == "  3:40"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-5, "0:00"), (0.9, "0:00"), (72, "1:12"), (3599, "59:59"), (3735, "1:02:15"),
     (2 * 86_400 + 3 * 3600, "2d 03h")],
)  # fmt: skip
def test_a_duration_grows_from_minutes_to_days(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_a_slow_line_has_minutes() -> None:
    assert [duration(s, is_slow=True) for s in (59, 61, 7200)] == ["0m", "1m", "120m"]


def test_age_and_percentage() -> None:
    assert [age(s) for s in (-1, 0.24, 12.7, 61)] == ["0.0s", "0.2s", "12s", "1:01"]
    assert [percent(s) for s in (None, 0, 0.744, 1)] == ["-", "0%", "74%", "100%"]
