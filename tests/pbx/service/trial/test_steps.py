"""Each step of a call-flow test: what makes it pass, and what it says when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbx.service.trial.steps import VERBS
from tests.pbx.service.trial.flow_site import played

CALL = 'call = "100", from = "gateway"'
TOLD = 'hears = "recording_notice"'
TALK = (CALL, TOLD, 'rings = "201"', 'answers = "201"', 'talks = "201"')
DIRECT = ('call = "31", from = "gateway"', 'answers = "203"')

PASS: dict[str, tuple[str, ...]] = {
    "a call of a queue from end to end": (
        *TALK,
        "recorded = true",
        "after_s = 30",
        'agent = "2001", is = "talking"',
        'hangs_up = "caller"',
        'ends = "answered"',
        "recorded = false",
        'agent = "2001", is = "wrap_up"',
        'agent = "2001", is = "ready", within_s = 10',
    ),
    "who hears what, with and without the language, one or many": (
        'call = "200"',
        'hears = "en/welcome"',
        'press = "9"',
        'hears = ["invalid_key", "en/welcome"]',
        'press = "1"',
        TOLD,
    ),
    "music is still heard, a prompt only once": (
        'pause = "2001"',
        'pause = "2002", reason = "lunch"',
        CALL,
        TOLD,
        'hears = "music"',
        "after_s = 5",
        'hears = "music"',
        'waits = "sales", position = 1',
        'unpause = "2001"',
        'rings = "201"',
    ),
    "a phone that refuses, another that answers": (
        CALL,
        'rings = "201", caller = "5551000"',
        'refuses = "201"',
        'rings = "202"',
        'quiet = "201"',
        'answers = "202"',
        'talks = "202"',
        'hangs_up = "202"',
        'ends = "answered"',
    ),
    "a caller who gives up": (
        CALL,
        'rings = "201"',
        'hangs_up = "caller"',
        'ends = "abandoned"',
        'quiet = "201"',
    ),
    "a caller who gives up before anybody answered": (
        'call = "31", from = "gateway"',
        'rings = "203"',
        'hears = "ringback"',
        'hangs_up = "caller"',
        'ends = "no_answer"',
        'quiet = "203"',
    ),
    "hold, with music, and back": (
        *DIRECT,
        'holds = "203"',
        'hears = "music"',
        'resumes = "203"',
        'talks = "203"',
    ),
    "a transfer": (
        *DIRECT,
        'transfers = "203", to = "201"',
        'rings = "201"',
        'answers = "201"',
        'talks = "201"',
        'quiet = "203"',
    ),
    "a transfer to somebody asked first": (
        *DIRECT,
        'holds = "203"',
        'call = "201", from = "203", as = "question"',
        'answers = "201"',
        'talks = "201", with = "question"',
        'transfers = "203", with = "question"',
        'talks = "201"',
        'quiet = "203"',
    ),
    "from trunk to trunk when one is dead": (
        'lost = "gateway"',
        'call = "0123", from = "201", as = "office"',
        'rings = "line", number = "123", caller = "201"',
        'answers = "line"',
        'talks = "line", with = "office"',
        'hangs_up = "line"',
        'ends = "answered", by = "office"',
        'found = "gateway"',
        'call = "0123", from = "201", as = "again"',
        'rings = "gateway"',
    ),
    "a phone that is lost rings no more": (
        'lost = "201"',
        CALL,
        'rings = "202"',
        'quiet = "201"',
    ),
    "two calls at once": (
        'call = "100", as = "first", caller = "1"',
        'answers = "201"',
        'call = "100", as = "second", caller = "2"',
        'rings = "202", caller = "2"',
        'talks = "201", with = "first"',
    ),
    "the night key": ('night = "closed"', 'call = "200"', 'hears = "closed"'),
    "a login by PIN at another phone": (
        'logout = "2002"',
        'call = "*112003", from = "202", as = "phone"',
        'press = "1111", by = "phone"',
        'hears = "wrong_pin", by = "phone"',
        'press = "8264#", by = "phone"',
        'hears = "logged_in", by = "phone"',
        'agent = "2003", is = "ready", within_s = 10',
    ),
    "a login asked for": (
        'logout = "2002"',
        'agent = "2002", is = "logged_out"',
        'login = "2002"',
        'agent = "2002", is = "ready"',
    ),
}

FAIL: dict[str, tuple[tuple[str, ...], str]] = {
    "a call from nowhere": (
        ('call = "100", from = "gatway"',),
        'expected a call from a trunk or an extension; got: there is no "gatway"',
    ),
    "another prompt than expected": (
        ('call = "200"', 'hears = "closed"'),
        'expected caller to hear "closed"; got: en/welcome, then en/welcome',
    ),
    "a prompt in another language": (
        ('call = "200"', 'hears = "zh/welcome", within_s = 0'),
        'expected caller to hear "zh/welcome"; got: en/welcome',
    ),
    "a prompt heard already": (
        ('call = "200"', 'hears = "welcome"', 'hears = "welcome", within_s = 1'),
        'expected caller to hear "welcome"; got: en/welcome, still',
    ),
    "nobody to hear": (
        ('hears = "welcome", by = "201"',),
        "expected 201 to have been in a call; got: there was none",
    ),
    "the wrong phone rings": (
        (CALL, 'rings = "203"'),
        "expected 203 to ring; got: 201 rings",
    ),
    "no phone rings": (
        ('rings = "201", within_s = 0',),
        "expected 201 to ring; got: nobody rings",
    ),
    "the wrong number is shown": (
        (CALL, 'rings = "201", caller = "1"'),
        "expected 201 to ring with the caller 1; got: 5551000",
    ),
    "an answer at a phone that does not ring": (
        (CALL, TOLD, 'answers = "203", within_s = 1'),
        "expected 203 to ring; got: nobody rings",
    ),
    "a phone that should be quiet": (
        (CALL, 'rings = "201"', 'quiet = "201"'),
        "expected 201 to be quiet; got: it rings for 5551000",
    ),
    "a phone that should not talk": (
        (*DIRECT, 'quiet = "203"'),
        "expected 203 to be quiet; got: it talks",
    ),
    "a talk that is none": (
        (CALL, 'rings = "201"', 'talks = "201", within_s = 0'),
        "expected 201 to talk with caller; got: it talks with nobody",
    ),
    "a talk with somebody else": (
        (*TALK, 'talks = "201", with = "other", within_s = 0'),
        "expected 201 to talk with other; got: it talks with caller",
    ),
    "a queue left already": (
        (CALL, 'rings = "201"', 'answers = "201"', 'waits = "sales"'),
        "expected caller to wait in sales; got: waits in no queue",
    ),
    "another place in the queue": (
        ('logout = "2001"', 'logout = "2002"', CALL, TOLD, 'waits = "sales", position = 2'),
        "expected caller at position 2; got: position 1",
    ),
    "a call that goes on": (
        (*TALK, 'ends = "answered", within_s = 1'),
        "expected the call of caller to end; got: it goes on",
    ),
    "another end": (
        (*TALK, 'hangs_up = "caller"', 'ends = "abandoned"'),
        'expected the call of caller to end "abandoned"; got: "answered"',
    ),
    "the call of nobody": (
        ('ends = "answered", by = "other"',),
        "expected a call of other; got: there was none",
    ),
    "an agent in another state": (
        ('agent = "2001", is = "paused"',),
        "expected agent 2001 to be paused; got: ready",
    ),
    "an agent that is none": (
        ('agent = "2009", is = "ready"',),
        "expected agent 2009 to be ready; got: there is no such agent",
    ),
    "a wish refused": (
        ('night = "noon"',),
        "expected night noon to be done; got: refused: mode is one of auto open closed",
    ),
    "a recording that is none": (
        (*DIRECT, "recorded = true"),
        "expected the call of caller to be recorded; got: its recording is off",
    ),
    "a recording that should be none": (
        (*TALK, "recorded = false"),
        "expected the call of caller not to be recorded; got: its recording is on",
    ),
    "keys that no phone has": (
        ('call = "200"', 'press = "1x"'),
        "expected keys from 0 to 9, *, # and A to D; got: 1x",
    ),
    "somebody without a call": (
        ('hangs_up = "201"',),
        "expected 201 to be in a call; got: it is in none",
    ),
    "a transfer to the call itself": (
        (*DIRECT, 'transfers = "203", with = "203"'),
        "expected 203 to be in two talks; got: it is in one",
    ),
    "hold without a talk": (
        (CALL, 'holds = "201"'),
        "expected 201 to be in a talk; got: it is in none",
    ),
}


@pytest.mark.parametrize("kind", PASS)
def test_what_comes_as_expected_passes(tmp_path: Path, kind: str) -> None:
    result = played(tmp_path, *PASS[kind])
    assert result.fault == "", "\n".join([result.fault, *result.trail])


@pytest.mark.parametrize("kind", FAIL)
def test_what_does_not_is_said_with_the_line_of_its_step(tmp_path: Path, kind: str) -> None:
    steps, expected = FAIL[kind]
    result = played(tmp_path, *steps)
    assert result.fault == expected, "\n".join([result.fault, *result.trail])
    assert (result.step, result.line) == (len(steps), len(steps) + 3)


def test_every_verb_is_tried() -> None:
    steps = " ".join(step for each in PASS.values() for step in each)
    assert [verb for verb in VERBS if f"{verb} = " not in steps] == []
