"""Text tables: aligned in any script, nothing that would upset a terminal."""

from __future__ import annotations

from pbx.service.text_table import cells, text_table


def test_columns_are_aligned_with_wide_characters() -> None:
    table = text_table(["name", "n"], [["王小明", 1], ["Li Na", 20]])
    assert table.splitlines() == ["name    n", "王小明  1", "Li Na   20"]
    assert cells("王小明") == 6


def test_nothing_is_a_dash_and_a_list_its_items() -> None:
    table = text_table(["a", "b", "c"], [[None, [], ["x", "y"]]])
    assert table.splitlines()[1] == "-  -  x y"


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert text_table(["a"], [["x\x1b[31m\ny"]]).splitlines() == ["a", "x?[31m?y"]


def test_truth_is_yes_or_no() -> None:
    assert text_table(["a", "b"], [[True, False]]).splitlines()[1] == "yes  no"


def test_a_table_may_have_no_rows() -> None:
    assert text_table(["extension"], []) == "extension"


def test_columns_of_numbers_are_aligned_to_the_right() -> None:
    table = text_table(["名", "n"], [["王小明", "1"], ["Li", "200"]], right=[0, 1])
    assert table.splitlines() == ["    名    n", "王小明    1", "    Li  200"]
