"""The planter: what it plants, that it is the same again, and that it knows seen from unseen."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import plant
from tests.plant import Plant, drawn, every_plant, nearest, seen
from tests.shared import ROOT

TINY = '''"""A tiny module; 1 < 2 in here is no comparison."""

KINDS = ("call", "mail")
PRICES = {"call": 3, "mail": 1}


def price(kind: str, count: int) -> int:
    """The price of `count` of a kind."""
    if kind in KINDS and count > 0:
        return PRICES[kind] * count
    return 0


def shown(count: int) -> str:
    return f"{count + 1:>5}" if count else "none"
'''

TESTS = """from pbx.tiny import price


def test_prices() -> None:
    assert price("call", 2) == 6 and price("mail", 1) == 1
    assert price("call", -1) == 0
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of one module and its test."""
    for folder in ("pbx", "tests/pbx"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "pbx/tiny.py").write_text(TINY)
    (tmp_path / "tests/pbx/test_tiny.py").write_text(TESTS)
    return tmp_path


def told(tree: Path, kind: str) -> list[str]:
    found = [str(each) for each in every_plant(tree) if each.kind == kind]
    return [each.removeprefix("pbx/tiny.py:") for each in found]


def test_every_comparison_condition_number_and_row_is_planted_once(tree: Path) -> None:
    assert told(tree, "comparison") == [
        "9 comparison: kind in KINDS -> (kind not in KINDS)",
        "9 comparison: count > 0 -> (count >= 0)",
    ]
    assert told(tree, "condition") == [
        "9 condition: kind in KINDS and count > 0 -> (kind in KINDS or count > 0)",
        "15 condition: count -> (not (count))",
    ]
    assert told(tree, "number") == [
        "4 number: 3 -> 4", "4 number: 1 -> 2", "9 number: 0 -> 1", "11 number: 0 -> 1",
    ]  # fmt: skip
    assert told(tree, "row") == [
        "3 row: 'mail' is gone", "3 row: 'call' is gone",
        "4 row: 'mail' is gone", "4 row: 'call' is gone",
    ]  # fmt: skip


def test_the_same_seed_draws_the_same_and_another_does_not(tree: Path) -> None:
    assert drawn(tree, seed=7, count=5) == drawn(tree, seed=7, count=5)
    assert drawn(tree, seed=7, count=5) != drawn(tree, seed=8, count=5)
    assert len(drawn(tree, seed=7, count=500)) == len(every_plant(tree))


@pytest.mark.long
def test_every_fault_of_the_real_tree_is_python_and_another_program() -> None:
    texts: dict[str, str] = {}
    for number, each in enumerate(every_plant(ROOT)):
        text = texts.setdefault(each.path, (ROOT / each.path).read_text())
        assert each.planted(text) != text
        if number % 50 == 0:
            ast.parse(each.planted(text))


def planted(tree: Path, kind: str, after: str) -> Plant:
    (found,) = [each for each in every_plant(tree) if (each.kind, each.after) == (kind, after)]
    return found


def test_a_fault_that_a_test_sees_is_told_with_it_and_taken_out(tree: Path) -> None:
    fault = planted(tree, "comparison", "(kind not in KINDS)")
    assert seen(tree, fault, 9) == "tests/pbx/test_tiny.py::test_prices"
    assert (tree / "pbx/tiny.py").read_text() == TINY


@pytest.mark.long
def test_a_fault_that_no_test_sees_survives(tree: Path) -> None:
    assert seen(tree, planted(tree, "comparison", "(count >= 0)"), 1) == ""
    assert seen(tree, planted(tree, "condition", "(not (count))"), 1) == ""


def test_a_fault_of_types_alone_is_seen_by_them(tree: Path) -> None:
    file = tree / "pbx" / "typed.py"
    file.write_text("_Row = tuple[int, str]\n\n\ndef key(row: _Row) -> str:\n    return row[1]\n")
    fault = next(each for each in every_plant(tree, "pbx") if each.row == "int")
    assert seen(tree, fault, 0) == ("pbx/typed.py:5: error: Tuple index out of range  [misc]")
    file.write_text(file.read_text() + "WRONG: int = ''\n")
    assert seen(tree, fault, 0) == ""


def test_the_tests_of_a_module_come_first(tree: Path) -> None:
    (tree / "tests/test_else.py").write_text("from pbx import tiny\n")
    (tree / "tests/test_other.py").write_text("from pbx import tinyness\n")
    fault = every_plant(tree)[0]
    assert nearest(tree, fault) == ["tests/pbx/test_tiny.py", "tests/test_else.py"]


@pytest.mark.long
def test_what_failed_only_once_is_not_believed(tree: Path) -> None:
    """A test that fails the first time and never again is the machine's affair."""
    (tree / "tests/pbx/test_tiny.py").write_text(
        "from pathlib import Path\n\n\ndef test_once() -> None:\n"
        f"    mark = Path({str(tree / 'mark')!r})\n"
        "    was = mark.exists()\n    mark.touch()\n    assert was\n"
    )
    assert seen(tree, every_plant(tree)[0], 1) == ""


def test_the_command_lists_what_it_would_plant(capsys: pytest.CaptureFixture[str]) -> None:
    assert plant.main(["--seed", "3", "--count", "4", "--under", "pbx/planning", "--list"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("seed 3: ")
