"""Mistakes in the way of a call: routes, targets, hours, menus, circles."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.layers import load
from tests.config.texts import said_of

ROUTE = '[[route]]\nfrom = "extensions"\n'

SAID = {
    "a route to a queue that is not there": (
        ROUTE + 'called = "5"\nto = "queue:slaes"',
        ['4: route 2: to: no queue "slaes"; did you mean "sales"?'],
    ),
    "a route to one of several trunks that is not there": (
        ROUTE + 'called = "9*"\nto = "trunk:gateway,backup"',
        ['4: route 2: to: no trunk "backup"'],
    ),
    "a route to nothing known": (
        ROUTE + 'called = "5"\nto = "ivr:main"',
        [
            "4: route 2: to: expected one of extension, menu, queue, group, voicemail, trunk,"
            ' announce, hangup as in "queue:NAME", got "ivr:main"'
        ],
    ),
    "a route from nowhere": (
        '[[route]]\nfrom = "gatway"\nto = "hangup"',
        ['2: route 2: from: no trunk "gatway"; did you mean "gateway"?'],
    ),
    "a route in unknown hours": (
        ROUTE + 'called = "5"\nto = "hangup"\nhours = "office"',
        ['5: route 2: hours: no hours "office"'],
    ),
    "trunk to trunk": (
        '[[route]]\nfrom = "gateway"\ncalled = "9*"\nto = "trunk:gateway"',
        [
            '4: route 2: to: trunk to trunk: say from = "extensions",'
            " or transit = true if it is meant"
        ],
    ),
    "any to trunk": (
        '[[route]]\ncalled = "9*"\nto = "trunk:gateway"',
        [
            '3: route 2: to: trunk to trunk: say from = "extensions",'
            " or transit = true if it is meant"
        ],
    ),
    "trunk to trunk, meant so": (
        '[[route]]\ncalled = "9*"\nto = "trunk:gateway"\ntransit = true',
        [],
    ),
    "a number with separators": (
        ROUTE + 'called = ["5", "555-1000"]\nto = "hangup"',
        ["3: route 2: called: '555-1000' fits no number: write it without spaces and separators"],
    ),
    "no number at all": (
        ROUTE + 'called = []\nto = "hangup"',
        ["3: route 2: called: no number in this list"],
    ),
    "more stripped than there is": (
        ROUTE + 'called = "95"\nstrip = 3\nto = "trunk:gateway"',
        ['4: route 2: strip: strips 3 digits of "95"'],
    ),
    "a route that is never used": (
        '[[route]]\nfrom = "gateway"\ncalled = ["4001", "4001"]\nto = "hangup"\n'
        '[[route]]\ncalled = "55*"\nto = "hangup"\n'
        + ROUTE
        + 'called = ["551", "552*"]\nto = "hangup"',
        [
            "1: route 2: warning: never used: the routes before it take all its numbers",
            "8: route 4: warning: never used: the routes before it take all its numbers",
        ],
    ),
    "a route behind one with hours": (
        '[hours.day]\nopen = ["mon 08:00-09:00"]\n'
        '[[route]]\ncalled = "55*"\nhours = "day"\nto = "hangup"\n'
        '[[route]]\ncalled = "551"\nto = "hangup"',
        [],
    ),
    "a route that hides extensions": (
        ROUTE + 'called = "2*"\nto = "trunk:gateway"\n[extension.202]\ncontact = "sip:10.0.0.1"',
        ["3: route 2: called: warning: takes the calls to extension 201 and 1 more"],
    ),
    "a route to the extension of its number": (
        ROUTE + 'called = "201"\nto = "extension:201"',
        [],
    ),
    "a trunk without a route": (
        '[trunk.b]\nhost = "10.0.0.1"',
        ['1: trunk "b": warning: no route takes the calls of this trunk'],
    ),
    "overflow to nothing": (
        '[queue.b]\noverflow = "queue:c"\n[[route]]\ncalled = "6"\nto = "queue:b"',
        [
            '1: queue "b": warning: no agent has this queue',
            '2: queue "b": overflow: no queue "c"',
        ],
    ),
    "overflow to a trunk": (
        '[queue.b]\noverflow = "trunk:gateway"\n[[route]]\ncalled = "6"\nto = "queue:b"',
        [
            '1: queue "b": warning: no agent has this queue',
            '2: queue "b": overflow: only a route can lead to a trunk',
        ],
    ),
    "exit keys that are none or lead nowhere": (
        '[queue.b]\n[queue.b.exit_keys]\n1 = "callback"\n2 = "sales"\n12 = "queue:sales"\n'
        '[[route]]\ncalled = "6"\nto = "queue:b"\n[agent.2]\nextension = "201"\nqueues = ["b"]',
        [
            '4: queue "b": exit_keys: 2: expected one of extension, menu, queue, group, voicemail,'
            ' trunk, announce, hangup as in "queue:NAME", got "sales"',
            '5: queue "b": exit_keys: 12: a key is one of 0 to 9, * and #, got "12"',
            '10: agent "2": extension: warning: extension "201" is that of agent "2001" too',
        ],
    ),
    "queues in a circle": (
        '[queue.a]\noverflow = "queue:b"\n[queue.b]\noverflow = "queue:c"\n'
        '[queue.c]\noverflow = "queue:b"\n[agent.9]\nlogin = "manual"\nqueues = ["a", "b", "c"]\n'
        '[[route]]\ncalled = "7"\nto = "queue:a"',
        ['4: queue "b": overflow: leads round in a circle: queue:b -> queue:c -> queue:b'],
    ),
    "a queue that overflows to itself": (
        '[queue.a]\noverflow = "queue:a"\n[agent.9]\nlogin = "manual"\nqueues = ["a"]',
        ['2: queue "a": overflow: leads round in a circle: queue:a -> queue:a'],
    ),
    "a queue that nothing leads to": (
        '[queue.b]\n[agent.9]\nlogin = "manual"\nqueues = ["b"]',
        ['1: queue "b": warning: nothing leads to this queue'],
    ),
    "a menu for lovers of menus": (
        '[menu.a.keys]\n1 = "menu:b"\n2 = "hangup"\n3 = "hangup"\n4 = "hangup"\nx = "hangup"\n'
        '[menu.b]\nkeys = { 1 = "menu:c" }\notherwise = "hangup"\n'
        '[menu.c]\nkeys = { 1 = "menu:a" }\notherwise = "queue:b"',
        [
            '1: menu "a": warning: no "otherwise": a caller who presses nothing is cut off',
            '1: menu "a": keys: warning: 5 options; callers keep 3 in mind',
            '1: menu "a": warning: more than 2 menus one below the other',
            '6: menu "a": keys: x: a key is one of 0 to 9, * and #, got "x"',
            '7: menu "b": warning: more than 2 menus one below the other',
            '10: menu "c": warning: more than 2 menus one below the other',
            '12: menu "c": otherwise: no queue "b"',
        ],
    ),
    "a menu that leads to itself": (
        '[menu.a]\notherwise = "group:b"\n[group.b]\nmembers = ["201"]\notherwise = "menu:a"',
        ['2: menu "a": otherwise: leads round in a circle: menu:a -> group:b -> menu:a'],
    ),
    "a ring group of nobody": (
        '[group.a]\n[group.b]\nmembers = ["201",\n"2001"]\notherwise = "queue:x"',
        [
            '1: group "a": no members',
            '4: group "b": members 2: no extension "2001"; did you mean "201"?',
            '5: group "b": otherwise: no queue "x"',
        ],
    ),
    "hours that nobody can read": (
        '[hours.a]\nopen = ["mon-fri 08:30-12:00",\n"weekend 10:00-12:00"]\n'
        'closed = ["2026-13-01"]\nopen_dates = ["2026-10-10 08:00"]\n[hours.b]',
        [
            '3: hours "a": open 2: "weekend" is no day or range of days'
            " (mon tue wed thu fri sat sun)",
            '4: hours "a": closed 1: "2026-13-01" is no date; write it as 2026-10-01',
            '5: hours "a": open_dates 1: expected times as in "08:30-18:00", got "08:00"',
            '6: hours "b": warning: never open',
        ],
    ),
}


@pytest.mark.parametrize("kind", SAID)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, kind: str) -> None:
    text, expected = SAID[kind]
    said = said_of(tmp_path, text, after_site=True)
    assert said == expected


def test_a_thousand_routes_are_checked_without_comparing_each_with_each(tmp_path: Path) -> None:
    routes = "".join(f'[[route]]\ncalled = "5{n:04}*"\nto = "hangup"\n' for n in range(1000))
    file = tmp_path / "pbx.toml"
    file.write_text(routes + '[[route]]\ncalled = "50999123"\nto = "hangup"\n')
    loaded = load(file)
    assert [problem.where for problem in loaded.problems] == ["route 1001"]
