"""Text from outside, made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.service.printable import printable


@pytest.mark.parametrize("text", ["", "13800138000", "王小明", "Zoë O'Neil <x>", "a|b", "🙂"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    "bad", ["\0", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\ud800"]
)
def test_what_a_terminal_or_a_reader_of_lines_would_obey_becomes_a_space(bad: str) -> None:
    assert printable(f"a{bad}b") == "a b"


@given(st.text(st.characters()))
def test_any_text_is_one_line_of_unicode_of_the_same_length(text: str) -> None:
    made = printable(text)
    assert len(made) == len(text)
    assert len(made.encode().splitlines()) <= 1
    assert len(made.splitlines()) <= 1
