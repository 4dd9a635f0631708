"""Fields of rows: what is missing or of another kind is shown empty."""

from __future__ import annotations

import math

import pytest

from tui import fields

ODD = [None, "x", 7, 2.5, True, [], {}, [1, None], {"a": 1}, math.nan, math.inf]


@pytest.mark.parametrize("value", ODD)
def test_no_field_is_an_error(value: object) -> None:
    row = {"f": value}
    for name in ("f", "missing"):
        assert all(isinstance(each, dict) for each in fields.rows(row, name))
        assert isinstance(fields.text(row, name), str)
        found = fields.number(row, name)
        assert found is None or math.isfinite(found)
        assert isinstance(fields.count(row, name), int)
        assert all(isinstance(each, str) for each in fields.names(row, name))
        assert isinstance(fields.part(row, name), dict)


def test_fields_of_the_expected_kind_come_as_they_are() -> None:
    row = {"n": 2.5, "t": "王", "l": ["a", 1], "r": [{"a": 1}, 3], "p": {"ready": 2}}
    assert (fields.number(row, "n"), fields.count(row, "n")) == (2.5, 2)
    assert fields.text(row, "t") == "王"
    assert fields.names(row, "l") == ["a", "1"]
    assert fields.rows(row, "r") == [{"a": 1}]
    assert fields.part(row, "p") == {"ready": 2}


def test_nothing_is_divided_by_zero() -> None:
    assert fields.share(3, 0) is None
    assert fields.share(3, 4) == 0.75
