"""Marks: from which value on, and never by colour alone."""

from __future__ import annotations

from tui.marks import COLOURS, LONGEST_S, MOS, SIGNS, STATES, Cell, above, below, state_word


def test_a_value_is_marked_from_its_limits_on() -> None:
    assert [above(value, LONGEST_S) for value in (None, 59.9, 60, 119, 120)] == [
        "", "", "warn", "warn", "bad",
    ]  # fmt: skip
    assert [below(value, MOS) for value in (None, 3.6, 3.5, 3.1, 3.0)] == [
        "", "", "warn", "warn", "bad",
    ]  # fmt: skip


def test_what_is_amber_or_red_has_a_sign_too() -> None:
    assert Cell("1:12", "warn").shown == "1:12 !"
    assert Cell("2:12", "bad").shown == "2:12 !!"
    assert Cell("0:12").shown == "0:12"
    assert Cell("", "bad").shown == ""
    assert set(SIGNS) == {"warn", "bad"} < set(COLOURS)


def test_an_unknown_state_is_shown_as_it_is() -> None:
    assert state_word("ready") == "READY"
    assert state_word("on_the_moon") == "ON_THE_MOON"


def test_no_two_states_on_the_wallboard_share_a_letter() -> None:
    letters = [word[0] for state, (word, _) in STATES.items() if state != "logged_out"]
    assert len(set(letters)) == len(letters)
