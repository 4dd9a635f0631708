"""Mistakes where callers choose and wait: menus, queues, ring groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.texts import said_of

STAFFED = '[agent.9]\nlogin = "manual"\nqueues = ["b"]\n'
TO_QUEUE = '[[route]]\ncalled = "6"\nto = "queue:b"\n' + STAFFED
TO_MENU = '[[route]]\ncalled = "6"\nto = "menu:a"\n'
TO_GROUPS = "".join(f'[[route]]\ncalled = "6{n}"\nto = "group:{n}"\n' for n in "ab")

SAID = {
    "overflow to nothing": (
        '[queue.b]\noverflow = "queue:c"\n' + TO_QUEUE,
        ['2: queue "b": overflow: no queue "c"'],
    ),
    "overflow to a trunk": (
        '[queue.b]\noverflow = "trunk:gateway"\n' + TO_QUEUE,
        ['2: queue "b": overflow: only a route can lead to a trunk'],
    ),
    "exit keys that are none or lead nowhere": (
        '[queue.b]\n[queue.b.exit_keys]\n1 = "callback"\n2 = "sales"\n12 = "queue:sales"\n'
        + TO_QUEUE,
        [
            '4: queue "b": exit_keys: 2: expected one of extension, menu, queue, group, voicemail,'
            ' trunk, announce, hangup as in "queue:NAME", got "sales"',
            '5: queue "b": exit_keys: 12: a key is one of 0 to 9, * and #, got "12"',
        ],
    ),
    "a queue that may hold a caller for ever": (
        "[queue.b]\nmax_wait_s = 0\n" + TO_QUEUE,
        [
            '2: queue "b": max_wait_s: warning: no end and no "overflow":'
            " a caller may wait for ever"
        ],
    ),
    "a queue without end that leads on when nobody is there": (
        '[queue.b]\nmax_wait_s = 0\noverflow = "hangup"\n' + TO_QUEUE,
        [],
    ),
    "words that come too late or too often": (
        "[queue.b]\nmax_wait_s = 30\nbusy_after_s = 30\n"
        "announce = { position = true, every_s = 9.5 }\n"
        "skills = { en = 1 }\nrelax = [{ after_s = 30, skills = { en = 0 } }]\n" + TO_QUEUE,
        [
            '3: queue "b": busy_after_s: warning: never heard: a caller waits 30 s at most',
            '4: queue "b": announce: every_s: warning: said again before it has ended:'
            " it takes about 10 s",
            '6: queue "b": relax 1: after_s: warning: never comes: a caller waits 30 s at most',
        ],
    ),
    "busy after more than a minute": (
        "[queue.b]\nbusy_after_s = 61\n" + TO_QUEUE,
        [
            '2: queue "b": busy_after_s: warning: a caller is to be told after 60 s'
            " that all agents are busy"
        ],
    ),
    "words at the last moment": (
        "[queue.b]\nmax_wait_s = 61\nbusy_after_s = 60\n"
        "announce = { agent_number = true, every_s = 1 }\n" + TO_QUEUE,
        [],
    ),
    "a menu for lovers of menus": (
        '[menu.a.keys]\n1 = "menu:b"\n2 = "hangup"\n3 = "hangup"\n4 = "hangup"\nx = "hangup"\n'
        '[menu.b]\nprompt = "welcome"\nkeys = { 1 = "menu:c" }\notherwise = "hangup"\n'
        '[menu.c]\nprompt = "welcome"\nkeys = { 1 = "menu:a" }\notherwise = "queue:b"\n'
        + TO_MENU,
        [
            '1: menu "a": warning: no "otherwise": a caller who presses nothing is cut off',
            '1: menu "a": warning: no prompt: callers do not hear what to press',
            '1: menu "a": keys: warning: 5 options; callers keep 3 in mind',
            '1: menu "a": warning: more than 2 menus one below the other',
            '6: menu "a": keys: x: a key is one of 0 to 9, * and #, got "x"',
            '7: menu "b": warning: more than 2 menus one below the other',
            '11: menu "c": warning: more than 2 menus one below the other',
            '14: menu "c": otherwise: no queue "b"',
        ],
    ),
    "a menu without keys is a word on the way": (
        '[menu.a]\nprompt = "welcome"\notherwise = "queue:sales"\n' + TO_MENU,
        [],
    ),
    "a ring group of nobody, or of one twice": (
        '[group.a]\n[group.b]\nmembers = ["201",\n"2001",\n"201"]\notherwise = "queue:x"\n'
        + TO_GROUPS,
        [
            '1: group "a": no members',
            '4: group "b": members 2: no extension "2001"; did you mean "201"?',
            '5: group "b": members 3: warning: "201" stands here twice',
            '6: group "b": otherwise: no queue "x"',
        ],
    ),
}


@pytest.mark.parametrize("kind", SAID)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, kind: str) -> None:
    text, expected = SAID[kind]
    assert said_of(tmp_path, text, after_site=True) == expected
