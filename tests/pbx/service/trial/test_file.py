"""Files of call-flow tests: what they may say, and every mistake at once with its line."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from pbx.service.trial.file import MONDAY_AT_TEN, WrongFile, read_tests
from tests.pbx.service.trial.flow_site import written

TEST = '[[test]]\nname = "a"\n'

SAID = {
    "an empty file": ("", ["site.test.toml: no [[test]] in this file"]),
    "no TOML": ("a =", ["site.test.toml:1: syntax: Invalid value at the end"]),
    "a key that is none": (
        'confg = "a.toml"\n' + TEST + 'steps = [{ press = "1" }]\nattempt = 1\n',
        [
            'site.test.toml:1: confg: unknown key; did you mean "config"?',
            "site.test.toml:5: test 1: attempt: unknown key",
        ],
    ),
    "what must be there and is not": (
        "[[test]]\n[[test]]\nname = ''\nsteps = []\n",
        [
            'site.test.toml:1: test 1: "name" is missing',
            'site.test.toml:1: test 1: "steps" is missing',
            'site.test.toml:3: test 2: name: expected a text, got ""',
            "site.test.toml:4: test 2: steps: expected a list of one step at least, got a list",
        ],
    ),
    "tests that are none": (
        "test = [1]\n",
        ["site.test.toml:1: test 1: expected a table, got 1"],
    ),
    "a time that is none": (
        f'at = "monday"\n{TEST}at = 2026-11-23\nsteps = [{{ press = "1" }}]\n'
        f'{TEST}at = "2026-11-23 10:00+01:00"\nsteps = [{{ press = "1" }}]\n',
        [
            'site.test.toml:1: at: expected a time such as "2026-11-23 10:00", got "monday"',
            "site.test.toml:4: test 1: at:"
            ' expected a time such as "2026-11-23 10:00", got 2026-11-23',
            "site.test.toml:8: test 2: at:"
            ' expected a time such as "2026-11-23 10:00", got "2026-11-23 10:00+01:00"',
        ],
    ),
    "lists that are none": (
        TEST + 'logged_in = "2001"\nunreachable = [201]\nsteps = [{ press = "1" }]\n',
        [
            'site.test.toml:3: test 1: logged_in: expected a list of texts, got "2001"',
            "site.test.toml:4: test 1: unreachable: expected a list of texts, got a list",
        ],
    ),
    "steps that are none": (
        TEST + 'steps = [\n  "press 1",\n  { pres = "1" },\n  {},\n'
        '  { press = "1", rings = "201" },\n]\n',
        [
            'site.test.toml:4: test 1: step 1: expected a table such as { press = "1" },'
            ' got "press 1"',
            "site.test.toml:5: test 1: step 2: no step: expected one of call press answers refuses"
            " hangs_up holds resumes transfers after_s login logout pause unpause night lost found"
            ' hears rings quiet talks waits ends agent recorded; did you mean "press"?',
            "site.test.toml:6: test 1: step 3: no step: expected one of call press answers refuses"
            " hangs_up holds resumes transfers after_s login logout pause unpause night lost found"
            " hears rings quiet talks waits ends agent recorded",
            "site.test.toml:7: test 1: step 4: press and rings are two steps",
        ],
    ),
    "steps with too much, too little or the wrong kind": (
        TEST + 'steps = [\n  { press = 1 },\n  { rings = "201", whithin_s = 5 },\n'
        '  { agent = "1" },\n  { transfers = "1" },\n  { after_s = -1 },\n  { after_s = true },\n'
        '  { hears = [] },\n  { hears = "a", within_s = "5" },\n  { recorded = "yes" },\n'
        "  { after_s = nan },\n]\n",
        [
            "site.test.toml:4: test 1: step 1: press: expected a text, got 1",
            "site.test.toml:5: test 1: step 2: whithin_s: unknown key;"
            ' did you mean "within_s"?',
            'site.test.toml:6: test 1: step 3: "agent" needs "is"',
            'site.test.toml:7: test 1: step 4: "transfers" needs "to" or "with"',
            "site.test.toml:8: test 1: step 5: after_s: expected a number, got -1",
            "site.test.toml:9: test 1: step 6: after_s: expected a number, got true",
            "site.test.toml:10: test 1: step 7: hears: expected a text or a list of texts,"
            " got a list",
            'site.test.toml:11: test 1: step 8: within_s: expected a number, got "5"',
            'site.test.toml:12: test 1: step 9: recorded: expected true or false, got "yes"',
            "site.test.toml:13: test 1: step 10: after_s: expected a number, got nan",
        ],
    ),
}


@pytest.mark.parametrize("kind", SAID)
def test_every_mistake_is_named_with_its_line(tmp_path: Path, kind: str) -> None:
    text, expected = SAID[kind]
    with pytest.raises(WrongFile) as wrong:
        written(tmp_path, text)
    said = [str(problem).replace(f"{tmp_path}/", "") for problem in wrong.value.problems]
    assert [line.partition(" (column")[0] for line in said] == expected


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(WrongFile, match="cannot read it: No such file"):
        read_tests(str(tmp_path / "a.test.toml"))


def test_what_a_test_does_not_say_is_taken_from_the_file_or_its_name(tmp_path: Path) -> None:
    (test,) = written(tmp_path, TEST + 'steps = [{ press = "1" }]')
    assert test.config == tmp_path / "site.toml"
    assert test.at == MONDAY_AT_TEN and test.at.weekday() == 0
    assert test.logged_in is None and test.unreachable == ()
    first, second = written(
        tmp_path,
        'config = "b.toml"\nat = 2026-11-24T11:00:00\n'
        + TEST
        + 'steps = [{ press = "1" }]\n'
        + TEST
        + 'config = "c/d.toml"\nat = "2026-12-25 09:30"\nlogged_in = []\nunreachable = ["201"]\n'
        'steps = [{ press = "1" },\n\n{ after_s = 0.5 }]\n',
    )
    assert (first.config, first.at) == (tmp_path / "b.toml", datetime.datetime(2026, 11, 24, 11))
    assert (second.config, second.at.day) == (tmp_path / "c" / "d.toml", 25)
    assert (second.logged_in, second.unreachable) == ((), ("201",))
    assert [(step.number, step.line, step.verb) for step in second.steps] == [
        (1, 12, "press"),
        (2, 14, "after_s"),
    ]
