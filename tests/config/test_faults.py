"""Faults of form: every one of them at once, each on its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.faults import faults, field_kind
from config.settings import Settings
from tests.config.texts import said_of

BAD = {
    "an unknown key": (
        '[sip]\nlisten = ["udp:127.0.0.1:5060"]\nlissen = []',
        ['3: sip: lissen: unknown key; did you mean "listen"?'],
    ),
    "an unknown key that is like none": ("[sip]\nxyzzy = 1", ["2: sip: xyzzy: unknown key"]),
    "an unknown table": (
        "[queues.sales]\noffer_s = 1",
        ['1: queues: unknown key; did you mean "queue"?'],
    ),
    "a number for a text": (
        '[trunk.sip1]\nhost = 5060\nallow = ["10.0.0.1"]',
        ['2: trunk "sip1": host: expected text, got 5060'],
    ),
    "a text for a number": (
        '[queue.a]\noffer_s = "15"',
        ['2: queue "a": offer_s: expected a number from 0.001 to 2592000, got "15"'],
    ),
    "a fraction for a whole number": (
        "[media]\n\ndscp = 46.5",
        ["3: media: dscp: expected a whole number from 0 to 63, got 46.5"],
    ),
    "a number that is none": (
        "[queue.a]\nwrap_up_s = nan",
        ['2: queue "a": wrap_up_s: expected a number from 0 to 2592000, got nan'],
    ),
    "a number too small": (
        "[journal]\nbytes_max = 1",
        ["2: journal: bytes_max: expected a whole number of 1048576 or more, got 1"],
    ),
    "a number for true or false": (
        "[trunk.a]\nhost = 'a'\nregister = 1",
        ['3: trunk "a": register: expected true or false, got 1'],
    ),
    "a word that is not of the list": (
        '[queue.a]\nstrategy = "ringall"',
        [
            '2: queue "a": strategy: expected one of longest_idle, round_robin, linear, ring_all,'
            " fewest_calls, least_talk, least_occupied, random, weighted,"
            ' got "ringall"; did you mean "ring_all"?'
        ],
    ),
    "an unknown codec": (
        '[media]\ncodecs = [\n  "PCMA",\n  "G729",\n]',
        ['4: media: codecs 2: expected one of PCMA, PCMU, got "G729"'],
    ),
    "an unknown digest": (
        '[extension.201]\ndigest = ["sha256"]',
        [
            '2: extension "201": digest 1: expected one of md5, sha-256, got "sha256";'
            ' did you mean "sha-256"?'
        ],
    ),
    "a text for a list": (
        '[sip]\nlisten = "udp:0.0.0.0:5060"',
        ['2: sip: listen: expected a list, got "udp:0.0.0.0:5060"'],
    ),
    "a list too long": (
        "[media]\nports = [1, 2, 3]",
        ["2: media: ports: expected a list of 2, got 3"],
    ),
    "a port out of range": (
        "[media]\nports = [10000, 70000]",
        ["2: media: ports 2: expected a whole number from 1 to 65535, got 70000"],
    ),
    "a value for a table": ("queue = 5", ["1: queue: expected a table, got 5"]),
    "a value for a named table": (
        "[extension]\n201 = 5",
        ['2: extension "201": expected a table, got 5'],
    ),
    "a table for a text": (
        "[site]\nname.first = 'x'",
        ["2: site: name: expected text, got a table"],
    ),
    "a table for the routes": (
        "[route]\nto = 'hangup'",
        ["1: route: expected a list, got a table"],
    ),
    "a date for a text": (
        "[[route]]\ncalled = 2026-10-01\nto = 'hangup'",
        ["2: route 1: called: expected text or a list of texts, got 2026-10-01"],
    ),
    "a missing key": ("[[route]]\ncalled = '1'", ["1: route 1: to: is missing"]),
    "a fault deep inside": (
        "[queue.a]\nskills = { en = 2 }\nrelax = [\n {after_s = 1},\n"
        " {after_s = 2, skills = {en = 'x'}}]",
        ['5: queue "a": relax 2: skills: en: expected a whole number from 0 to 100, got "x"'],
    ),
    "a control character": (
        '[extension.201]\nname = "Li\\nNa"',
        [
            '2: extension "201": name: expected text of up to 1000 characters,'
            ' none of them a control character, got "Li\\nNa"'
        ],
    ),
    "a PIN with letters, which is not shown": (
        "[agent.2001]\npin = 'abcd'",
        ['2: agent "2001": pin: expected up to 16 digits in quotes, got text'],
    ),
    "a password that is a number, which is not shown": (
        "[extension.201]\npassword = 8264551",
        ['2: extension "201": password: expected text, got a number'],
    ),
    "a bad code": (
        "[codes]\nlogin = '11'",
        ['2: codes: login: expected a code such as "*11", or "" for none, got "11"'],
    ),
    "a bad installation group": (
        "[site]\ngroup = 'A1'",
        ['2: site: group: expected 1 to 8 small letters, got "A1"'],
    ),
    "an unknown role": (
        "[user.x]\nunix = 'x'\nrole = 'root'",
        ['3: user "x": role: expected one of admin, supervisor, integrator, monitor, got "root"'],
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_fault_is_named_with_its_line(tmp_path: Path, kind: str) -> None:
    text, expected = BAD[kind]
    said = said_of(tmp_path, text)
    assert [line for line in said if "warning" not in line] == [f"pbx.toml:{e}" for e in expected]


def test_all_faults_of_all_tables_come_at_once(tmp_path: Path) -> None:
    text = (
        "[sip]\na = 1\ndscp = 99\n[extension.201]\nname = 1\n[extension.202]\npw = 1\n"
        "[[route]]\nstrip = 'x'\n[[route]]\nto = 'hangup'\ntransit = 'no'"
    )
    lines = [line.split(":")[1] for line in said_of(tmp_path, text) if "warning" not in line]
    assert lines == ["2", "3", "5", "7", "8", "9", "12"]


def test_what_does_not_fit_together_is_said_beside_the_faults_of_form(tmp_path: Path) -> None:
    text = "[queue.sales]\noffer_s = 0\noverflow = 'queue:x'\n[agent.1]\nqueues = ['slaes']\n"
    assert [line.partition(", got")[0] for line in said_of(tmp_path, text)] == [
        'pbx.toml:2: queue "sales": offer_s: expected a number from 0.001 to 2592000',
        'pbx.toml:3: queue "sales": overflow: no queue "x"',
        'pbx.toml:5: agent "1": queues 1: no queue "slaes"; did you mean "sales"?',
    ]


def test_a_faulty_value_is_not_called_missing_too(tmp_path: Path) -> None:
    text = "[ami.user.a]\nsecret = 5\n[trunk.b]\nhost = 5\n"
    assert said_of(tmp_path, text) == [
        'pbx.toml:2: ami: user "a": secret: expected text, got a number',
        'pbx.toml:4: trunk "b": host: expected text, got 5',
    ]


def test_faults_inside_faulty_lists_are_mended_together(tmp_path: Path) -> None:
    text = "route = [1, { to = 2 }, { to = 'queue:x' }]\n[queue.a]\nrelax = [1, {after_s = 'x'}]\n"
    assert [line.partition(", got")[0] for line in said_of(tmp_path, text)] == [
        "pbx.toml:1: route 1: expected a table",
        "pbx.toml:1: route 2: to: expected text",
        'pbx.toml:1: route 3: to: no queue "x"',
        'pbx.toml:3: queue "a": relax 1: expected a table',
        'pbx.toml:3: queue "a": relax 2: after_s: expected a number from 0.001 to 2592000',
    ]


def test_sound_tables_have_no_faults() -> None:
    assert list(faults({"queue": {"a": {"offer_s": 3}}, "route": [{"to": "x"}]}, Settings)) == []


def test_the_kind_of_a_path_is_found_through_tables_and_names() -> None:
    assert field_kind(("ami", "user", "x", "write"), Settings) is bool
    assert field_kind(("queue", "x", "nothing"), Settings) is None
    assert field_kind(("queue", "x", "skills", "en", "more"), Settings) is None
