"""Large figures: every sign has its five lines, and they are as wide as said."""

from __future__ import annotations

import pytest

from tui.big_digits import HEIGHT, SIGNS, is_drawable, painted, rows, width_of


@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_has_five_lines_of_one_width(sign: str) -> None:
    assert len(SIGNS[sign]) == HEIGHT
    assert len({len(line) for line in SIGNS[sign]}) == 1
    assert len({SIGNS[other] for other in "0123456789"}) == 10


@pytest.mark.parametrize("text", ["", "0", "1:12", "100%", "-"])
def test_a_text_is_as_wide_as_said(text: str) -> None:
    assert {len(row) for row in rows(text)} == {width_of(text)}


def test_what_has_no_large_sign_is_not_drawn_large() -> None:
    assert is_drawable("12:34")
    assert not is_drawable("1d 03h")


def test_painted_cells_hold_a_sign_for_terminals_without_colours() -> None:
    assert painted("#..#", "$warning").plain == "#  #"
