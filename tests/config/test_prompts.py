"""Prompts that nobody recorded, and recordings that nobody announces."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.texts import said_of

DATA = '[site]\ndata = "."\n'
MENU = """\
[menu.main]
prompt = "choose"
keys = { 1 = "queue:sales" }
otherwise = "queue:sales"
"""
FILES = ("en/choose", "zh/choose", "en/moved", "zh/xin-nian", "en/notice", "zh/notice")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A data directory with some prompts of its own."""
    for name in FILES:
        file = tmp_path / "prompts" / f"{name}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"RIFF")
    return tmp_path


SAID = {
    "prompts that are there in each language they are heard in": (
        MENU + '[[route]]\ncalled = "5"\nto = "menu:main"\n'
        '[[route]]\ncalled = "6"\nto = "menu:main"\nlanguage = "zh"',
        [],
    ),
    "a menu with a slip of the pen": (
        MENU.replace("choose", "chose") + '[[route]]\ncalled = "5"\nto = "menu:main"\n',
        [
            '4: menu "main": prompt: warning: prompts/en/chose.wav is missing:'
            ' callers hear nothing; did you mean "choose"?'
        ],
    ),
    "a menu that nothing leads to says nothing": (
        MENU.replace("choose", "chose"),
        ['3: menu "main": warning: nothing leads to this menu'],
    ),
    "an announcement recorded in English only": (
        '[[route]]\ncalled = "5"\nlanguage = "zh"\nto = "announce:moved"',
        [
            "6: route 2: to: warning: prompts/zh/moved.wav is missing:"
            " callers hear the English one"
        ],
    ),
    "an announcement recorded in Chinese only": (
        '[[route]]\ncalled = "5"\nlanguage = "zh"\nto = "announce:xin-nian"\n'
        '[[route]]\ncalled = "6"\nto = "announce:xin-nian"',
        ["9: route 3: to: warning: prompts/en/xin-nian.wav is missing: callers hear nothing"],
    ),
    "the language that a menu was chosen in goes on": (
        '[[route]]\ncalled = "5"\nto = "menu:main"\n'
        + MENU.replace('"queue:sales" }', '"announce:moved" }')
        + 'language = "zh"',
        [
            '8: menu "main": keys: 1: warning: prompts/zh/moved.wav is missing:'
            " callers hear the English one"
        ],
    ),
    "a name that is a path": (
        '[[route]]\ncalled = "5"\nto = "announce:../en/moved"',
        ["5: route 2: to: a name has letters, digits, _ and - only, at most 64"],
    ),
    "a notice that is there": (
        '[recording]\nnotice = "notice"\n[queue.b]\nrecord = "always"\n'
        '[[route]]\ncalled = "5"\nto = "queue:b"\nlanguage = "zh"\n'
        '[agent.9]\nlogin = "manual"\nqueues = ["b"]',
        [],
    ),
    "a notice that is not": (
        '[recording]\nnotice = "notise"\n[queue.b]\nrecord = "on_demand"\n'
        '[[route]]\ncalled = "5"\nto = "queue:b"\n[agent.9]\nlogin = "manual"\nqueues = ["b"]',
        [
            "4: recording: notice: warning: recording without notice:"
            ' prompts/en/notise.wav is missing; did you mean "notice"?'
        ],
    ),
    "no notice at all": (
        '[recording]\nnotice = ""\n[queue.b]\nrecord = "always"\n'
        '[[route]]\ncalled = "5"\nto = "queue:b"\n[agent.9]\nlogin = "manual"\nqueues = ["b"]',
        ['6: queue "b": record: recording without notice: [recording] notice is empty'],
    ),
}


@pytest.mark.parametrize("kind", SAID)
def test_what_is_missing_is_named_with_its_line(site: Path, kind: str) -> None:
    text, expected = SAID[kind]
    assert said_of(site, DATA + text, after_site=True) == expected
