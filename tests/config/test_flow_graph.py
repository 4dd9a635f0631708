"""Circles, ways back, and what nothing leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.texts import said_of

STAFFED = '[agent.9]\nlogin = "manual"\nqueues = ["a", "b", "c"]\n'
QUEUES = "[queue.b]\n[queue.c]\n"
KEYS = 'prompt = "welcome"\nkeys = { 1 = "queue:a", 2 = "queue:b", 3 = "queue:c" }\n'

SAID = {
    "queues in a circle": (
        '[queue.a]\noverflow = "queue:b"\n[queue.b]\noverflow = "queue:c"\n'
        '[queue.c]\noverflow = "queue:b"\n[[route]]\ncalled = "7"\nto = "queue:a"\n' + STAFFED,
        ['4: queue "b": overflow: leads round in a circle: queue:b -> queue:c -> queue:b'],
    ),
    "a queue that overflows to itself": (
        '[queue.a]\noverflow = "queue:a"\n[[route]]\ncalled = "7"\nto = "queue:a"\n'
        '[agent.9]\nlogin = "manual"\nqueues = ["a"]',
        ['2: queue "a": overflow: leads round in a circle: queue:a -> queue:a'],
    ),
    "a menu that leads to itself when nobody presses": (
        '[menu.a]\notherwise = "group:b"\n[group.b]\nmembers = ["201"]\notherwise = "menu:a"\n'
        '[[route]]\ncalled = "7"\nto = "menu:a"\n',
        ['2: menu "a": otherwise: leads round in a circle: menu:a -> group:b -> menu:a'],
    ),
    "menu, queue, overflow, menu": (
        '[menu.a]\notherwise = "queue:a"\n[queue.a]\noverflow = "menu:a"\n'
        '[[route]]\ncalled = "7"\nto = "menu:a"\n[agent.9]\nlogin = "manual"\nqueues = ["a"]',
        ['4: queue "a": overflow: leads round in a circle: queue:a -> menu:a -> queue:a'],
    ),
    "a queue that leads back to the menu": (
        '[queue.a]\noverflow = "menu:a"\n[menu.a]\notherwise = "hangup"\n' + KEYS + QUEUES
        + '[[route]]\ncalled = "7"\nto = "menu:a"\n' + STAFFED,
        ['2: queue "a": overflow: warning: leads back to the menu "a", which led here'],
    ),
    "a way back by a key": (
        '[queue.a]\nexit_keys = { 9 = "menu:a" }\n[menu.a]\notherwise = "hangup"\n' + KEYS + QUEUES
        + '[[route]]\ncalled = "7"\nto = "menu:a"\n' + STAFFED,
        [],
    ),
    "overflow to a menu that does not lead back": (
        '[queue.a]\noverflow = "menu:a"\n'
        '[menu.a]\nprompt = "welcome"\nkeys = { 1 = "queue:b" }\notherwise = "hangup"\n'
        '[queue.b]\n[[route]]\ncalled = "7"\nto = "queue:a"\n'
        '[agent.9]\nlogin = "manual"\nqueues = ["a", "b"]',
        [],
    ),
    "keys that lead where one is": (
        '[queue.a]\nexit_keys = { 1 = "queue:a" }\n[menu.a]\nprompt = "welcome"\n'
        'keys = { 1 = "queue:a", 2 = "menu:a" }\notherwise = "hangup"\n'
        '[[route]]\ncalled = "7"\nto = "menu:a"\n[agent.9]\nlogin = "manual"\nqueues = ["a"]',
        [
            '2: queue "a": exit_keys: 1: warning: leads back to this queue',
            '5: menu "a": keys: 2: warning: leads back to this menu',
        ],
    ),
    "menus that lead to menus only": (
        '[menu.a]\nprompt = "welcome"\nkeys = { 1 = "menu:b" }\notherwise = "menu:b"\n'
        '[menu.b]\nprompt = "welcome"\nkeys = { 1 = "menu:a" }\n'
        '[[route]]\ncalled = "7"\nto = "menu:a"\n',
        [
            '1: menu "a": warning: leads to menus only: no key reaches anybody',
            '5: menu "b": warning: no "otherwise": a caller who presses nothing is cut off',
            '5: menu "b": warning: leads to menus only: no key reaches anybody',
        ],
    ),
    "what nothing leads to": (
        '[queue.a]\noverflow = "menu:a"\n[menu.a]\notherwise = "group:a"\n'
        '[group.a]\nmembers = ["201"]\n[agent.9]\nlogin = "manual"\nqueues = ["a"]',
        [
            '1: queue "a": warning: nothing leads to this queue',
            '3: menu "a": warning: nothing leads to this menu',
            '5: group "a": warning: nothing leads to this group',
        ],
    ),
}


@pytest.mark.parametrize("kind", SAID)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, kind: str) -> None:
    text, expected = SAID[kind]
    assert said_of(tmp_path, text, after_site=True) == expected
