"""One number written in many ways, and others that are not it."""

from __future__ import annotations

import pytest

from pbx.service.privacy.number import DIGITS_MIN, TAIL, Number

WAYS = ["13800138000", "+86 138-0013-8000", "008613800138000", "(0)138 0013 8000", "9,13800138000"]


@pytest.mark.parametrize("way", WAYS)
def test_a_number_is_the_same_whatever_its_prefixes_and_separators(way: str) -> None:
    assert Number("13800138000").is_same(way)
    assert Number(way).is_same("13800138000")


def test_with_exact_all_digits_are_equal() -> None:
    exact = Number("138-0013-8000", is_exact=True)
    assert exact.is_same("13800138000") and exact.is_in("to +13800138000")
    assert not exact.is_same("+8613800138000") and not exact.is_same("23800138000")
    assert Number("13800138000").is_same("23800138000"), "the last nine are the same"


def test_a_number_shorter_than_the_last_nine_is_equal_whole() -> None:
    short = Number("5551000")
    assert short.is_same("555-1000")
    assert not short.is_same("15551000") and not short.is_same("551000")
    assert not Number("1" * TAIL).is_same("1" * (TAIL - 1))


@pytest.mark.parametrize("text", ["", "anna", "201", "1" * (DIGITS_MIN - 1)])
def test_what_is_too_short_for_a_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="fix: give the whole number"):
        Number(text)
    Number("1" * DIGITS_MIN)


def test_a_number_is_found_in_a_text_and_at_any_depth_of_json() -> None:
    number = Number("13800138000")
    assert number.is_in('"Li" <sip:+8613800138000@10.0.0.1>')
    assert number.is_among({"a": [1, {"b": ["x", "trunk:gw:13800138000"]}]})
    assert not number.is_among({"a": [13800138000, None, {"b": "1380013800"}]})
    assert not number.is_in("138001380001") and not number.is_a_run_in("138-0013-8000")
