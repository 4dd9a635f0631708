"""Numbers, positions and waits are said as people say them, with prompts that are there."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

import pytest

from pbx.stay import phrases
from tests.shared import ROOT

SOUNDS = ROOT / "pbx" / "sounds"
KINDS = tomllib.loads((SOUNDS / "prompts.toml").read_text())
WORDS = {name: said for table in KINDS.values() for name, said in table.items()}
LANGUAGES = ("en", "zh")
both = pytest.mark.parametrize("language", LANGUAGES)


def words(prompts: Sequence[str]) -> str:
    """What is heard, by the table of words; English with a space between."""
    said = []
    for each in prompts:
        language, _, name = each.partition("/")
        said.append(WORDS[name][language].strip(".。"))
    return (" " if prompts[0].startswith("en") else "").join(said)


@pytest.mark.parametrize(
    ("n", "english", "chinese", "counted"),
    [
        (0, "zero", "零", "零"),
        (1, "one", "一", "一"),
        (2, "two", "二", "两"),
        (9, "nine", "九", "九"),
        (10, "ten", "十", "十"),
        (11, "eleven", "十一", "十一"),
        (12, "twelve", "十二", "十二"),
        (19, "nineteen", "十九", "十九"),
        (20, "twenty", "二十", "二十"),
        (22, "twenty two", "二十二", "二十二"),
        (90, "ninety", "九十", "九十"),
        (99, "ninety nine", "九十九", "九十九"),
        (100, "one hundred", "一百", "一百"),
        (101, "one hundred and one", "一百零一", "一百零一"),
        (102, "one hundred and two", "一百零二", "一百零二"),
        (110, "one hundred and ten", "一百一十", "一百一十"),
        (112, "one hundred and twelve", "一百一十二", "一百一十二"),
        (120, "one hundred and twenty", "一百二十", "一百二十"),
        (200, "two hundred", "二百", "二百"),
        (345, "three hundred and forty five", "三百四十五", "三百四十五"),
        (999, "nine hundred and ninety nine", "九百九十九", "九百九十九"),
        (1000, "one zero zero zero", "幺零零零", "幺零零零"),
    ],
)
def test_a_number_is_said_as_people_say_it(
    n: int, english: str, chinese: str, counted: str
) -> None:
    assert words(phrases.number(n, "en")) == english
    assert words(phrases.number(n, "en", counting=True)) == english
    assert words(phrases.number(n, "zh")) == chinese
    assert words(phrases.number(n, "zh", counting=True)) == counted


@both
def test_every_number_up_to_the_bound_is_said_in_its_own_way(language: str) -> None:
    said = {words(phrases.number(n, language)) for n in range(phrases.COUNTED_MAX + 1)}
    assert len(said) == phrases.COUNTED_MAX + 1


@both
def test_a_number_below_nought_is_refused(language: str) -> None:
    with pytest.raises(ValueError, match="-1"):
        phrases.number(-1, language)


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("2001", "two zero zero one", "二零零幺"),
        ("110", "one one zero", "幺幺零"),
        ("1", "one", "一"),
        ("+86-10", "plus eight six one zero", "加号八六幺零"),
        ("*8#", "star eight hash", "星号八井号"),
    ],
)
def test_a_telephone_number_is_said_digit_by_digit(text: str, english: str, chinese: str) -> None:
    assert words(phrases.digits(text, "en")) == english
    assert words(phrases.digits(text, "zh")) == chinese


@both
def test_what_is_no_digit_is_left_out_and_so_is_what_is_too_long(language: str) -> None:
    assert phrases.digits("", language) == phrases.digits("abc ²٣", language) == ()
    assert len(phrases.digits("7" * 100, language)) == phrases.DIGITS_MAX


@pytest.mark.parametrize(
    ("n", "english", "chinese"),
    [
        (1, "You are next", "您是下一位，请稍候"),
        (2, "you are number two in the queue", "您前面还有一位客户"),
        (3, "you are number three in the queue", "您前面还有两位客户"),
        (13, "you are number thirteen in the queue", "您前面还有十二位客户"),
        (23, "you are number twenty three in the queue", "您前面还有二十二位客户"),
        (103, "you are number one hundred and three in the queue", "您前面还有一百零二位客户"),
    ],
)
def test_a_caller_hears_its_place_in_the_queue(n: int, english: str, chinese: str) -> None:
    assert words(phrases.position(n, "en")) == english
    assert words(phrases.position(n, "zh")) == chinese


@both
@pytest.mark.parametrize("n", [0, -3])
def test_there_is_no_place_before_the_first(n: int, language: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        phrases.position(n, language)


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (-5, "The estimated wait is less than one minute", "预计等待时间不到一分钟"),
        (59, "The estimated wait is less than one minute", "预计等待时间不到一分钟"),
        (60, "The estimated wait is one minute", "预计等待时间一分钟"),
        (61, "The estimated wait is two minutes", "预计等待时间两分钟"),
        (120, "The estimated wait is two minutes", "预计等待时间两分钟"),
        (720, "The estimated wait is twelve minutes", "预计等待时间十二分钟"),
    ],
)
def test_a_wait_is_rounded_up_to_minutes(seconds: int, english: str, chinese: str) -> None:
    assert words(phrases.wait(seconds, "en")) == english
    assert words(phrases.wait(seconds, "zh")) == chinese


def test_the_agent_is_named_by_number() -> None:
    assert words(phrases.agent("2001", "en")) == "agent two zero zero one is at your service"
    assert words(phrases.agent("2001", "zh")) == "工号二零零幺为您服务"


def test_a_language_of_the_sites_own_has_the_grammar_of_english() -> None:
    assert phrases.number(42, "fr") == ("fr/number_40", "fr/number_2")


@both
def test_every_prompt_that_is_ever_said_is_there(language: str) -> None:
    said = {
        *phrases.digits("0123456789*#+", language),
        *phrases.digits("1", language),
        *phrases.agent("2001", language),
    }
    for n in range(1, phrases.COUNTED_MAX + 3):
        said |= {*phrases.number(n - 1, language), *phrases.position(n, language)}
        said |= {*phrases.number(n - 1, language, counting=True), *phrases.wait(n * 60, language)}
    missing = [name for name in sorted(said) if not (SOUNDS / f"{name}.wav").is_file()]
    assert not missing


def test_every_word_of_the_table_is_spoken_and_nothing_else() -> None:
    wanted = {f"{language}/{name}" for name, said in WORDS.items() for language in said}
    there = {f"{file.parent.name}/{file.stem}" for file in SOUNDS.glob("*/*")}
    assert there == wanted


def test_every_sentence_is_there_in_each_language() -> None:
    lacking = [name for name, said in KINDS["sentence"].items() if set(said) != set(LANGUAGES)]
    assert not lacking
