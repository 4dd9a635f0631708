"""Mistakes in the dial plan: routes, targets, hours, numbers that nobody takes at night."""

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
        '[[route]]\ncalled = "551"\nto = "hangup"\n[[route]]\ncalled = "55*"\nto = "hangup"',
        [],
    ),
    "a route behind one with the same hours": (
        '[hours.day]\nopen = ["mon 08:00-09:00"]\n'
        '[[route]]\ncalled = "55*"\nhours = "day"\nto = "hangup"\n'
        '[[route]]\ncalled = "551"\nhours = "day"\nto = "hangup"\n'
        '[[route]]\ncalled = "55*"\nto = "hangup"',
        ["7: route 3: warning: never used: the routes before it take all its numbers"],
    ),
    "a number that only opening hours take": (
        '[hours.day]\nopen = ["mon-sun 08:00-20:00"]\n'
        '[[route]]\ncalled = ["551", "552"]\nhours = "day"\nto = "hangup"\n'
        '[[route]]\nfrom = "extensions"\ncalled = "551"\nto = "hangup"',
        [
            '5: route 2: hours: warning: nothing takes "551" when these are closed:'
            " the call fails"
        ],
    ),
    "a number with hours by day and others by night": (
        '[hours.day]\nopen = ["mon-sun 08:00-20:00"]\n'
        '[hours.night]\nopen = ["mon-sun 20:00-08:00"]\n'
        '[[route]]\ncalled = "551"\nhours = "night"\nto = "hangup"\n'
        '[[route]]\ncalled = "55*"\nhours = "day"\nto = "hangup"\n'
        '[[route]]\nfrom = "gateway"\ncalled = "55*"\nto = "hangup"\n',
        ['11: route 3: hours: warning: nothing takes "55*" when these are closed: the call fails'],
    ),
    "hours by day and by night with a gap on Sundays": (
        '[hours.day]\nopen = ["mon-sat 08:00-20:00"]\n'
        '[hours.night]\nopen = ["mon-sun 20:00-08:00"]\n'
        '[[route]]\ncalled = "551"\nhours = "night"\nto = "hangup"\n'
        '[[route]]\ncalled = "551"\nhours = "day"\nto = "hangup"\n',
        ['11: route 3: hours: warning: nothing takes "551" when these are closed: the call fails'],
    ),
    "an extension that has hours rings itself when they are closed": (
        '[hours.day]\nopen = ["mon-sat 08:00-20:00"]\n'
        + ROUTE
        + 'called = "201"\nhours = "day"\nto = "extension:201"',
        [],
    ),
    "a route behind a code": (
        f'{ROUTE}called = ["*11", "*2*"]\nto = "hangup"\n{ROUTE}called = "*1"\nto = "hangup"',
        [],
    ),
    "a route that a code takes": (
        ROUTE + 'called = ["*110", "*11*"]\nto = "hangup"',
        ['3: route 2: called: warning: never used: "*11" is a code, which comes first'],
    ),
    "a trunk tried twice, and one without a host": (
        '[trunk.b]\nallow = ["10.0.0.1"]\n'
        '[[route]]\nfrom = "b"\ncalled = "1"\nto = "hangup"\n'
        + ROUTE
        + 'called = "9*"\nto = "trunk:gateway, b,gateway"',
        [
            '10: route 3: to: warning: trunk "b" has no host: no call goes out by it',
            '10: route 3: to: warning: trunk "gateway" stands here twice',
        ],
    ),
    "hours that no route has": (
        '[hours.day]\nopen = ["mon-sun 08:00-20:00"]',
        ['1: hours "day": warning: no route has these hours'],
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
    "hours that nobody can read": (
        '[hours.a]\nopen = ["mon-fri 08:30-12:00",\n"weekend 10:00-12:00"]\n'
        'closed = ["2026-13-01"]\nopen_dates = ["2026-10-10 08:00"]\n[hours.b]\n'
        '[[route]]\ncalled = "5"\nhours = "a"\nto = "hangup"\n'
        '[[route]]\ncalled = "5"\nhours = "b"\nto = "hangup"',
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
