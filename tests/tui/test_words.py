"""The two languages: every word that is shown has both, and Chinese uses signs of certain width."""

from __future__ import annotations

import ast
import re
import unicodedata
from pathlib import Path

import pytest

from tests.shared import ROOT
from tui.app import VIEWS
from tui.marks import STATES
from tui.queue_card import STATE_WORDS, TITLES
from tui.words import ZH, Words

SOURCES = sorted((ROOT / "tui").glob("*.py"))


def said(tree: ast.AST) -> set[str]:
    """The texts that are said, and those of columns and keys."""
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        place = {"say": 0, "Column": 0, "Binding": 2}.get(name)
        if place is not None and place < len(node.args):
            argument = node.args[place]
            found |= {argument.value} if isinstance(argument, ast.Constant) else set()
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_word_that_is_said_has_a_chinese_one(path: Path) -> None:
    assert said(ast.parse(path.read_text())) - set(ZH) == set()


def test_every_word_of_a_table_has_a_chinese_one() -> None:
    words = {
        *STATE_WORDS.values(), *TITLES.values(),
        *(word for word, _ in STATES.values()), *(title for _, title in VIEWS.values()),
    }  # fmt: skip
    assert words - set(ZH) == set()


@pytest.mark.parametrize("english", ZH)
def test_both_languages_have_the_same_blanks(english: str) -> None:
    assert re.findall(r"{\w+}", english) == sorted(
        re.findall(r"{\w+}", ZH[english]), key=english.index
    )


@pytest.mark.parametrize("english", ZH)
def test_no_word_has_a_sign_of_uncertain_width(english: str) -> None:
    signs = english + ZH[english]
    assert [sign for sign in signs if unicodedata.east_asian_width(sign) == "A"] == []


def test_words_are_said_in_the_language_of_the_moment() -> None:
    words = Words("zh")
    assert words.say("sort: {column}", column="X") == "排序：X"
    words.turn()
    assert words.say("sort: {column}", column="X") == "sort: X"
    assert Words("fr").lang == "en"
    assert words.say("a name with {braces}") == "a name with {braces}"
