"""Where keys stand: the scanner against tomllib on everything TOML allows."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from config.lines import Path, key_lines

TEXT = '''# a comment [not.a.table]
top = 1
"quoted.key" . "caf\\u00e9" = 'x'   # = [
[site]
name = """
many
"lines""" # ]
zone = \'\'\'
''\'\'\'
[trunk . "sip 1"]
port = 5060
allow = [ # first
  "10.0.0.1", [1, 2.5],

  { a = "]", b = { c = -1.5e+3 } } , # }
]
when = 1979-05-27 07:32:00
[[route]]
to = "a"
[route.extra]
x = 1
[[route]]
from.deep = true
to = "\\"#"
[[route.step]]
n = 1
[[route.step]]
n = 2
'''

EXPECTED: dict[Path, int] = {
    ("top",): 2,
    ("quoted.key", "café"): 3,
    ("site",): 4,
    ("site", "name"): 5,
    ("site", "zone"): 8,
    ("trunk",): 10,
    ("trunk", "sip 1"): 10,
    ("trunk", "sip 1", "port"): 11,
    ("trunk", "sip 1", "allow"): 12,
    ("trunk", "sip 1", "allow", 0): 13,
    ("trunk", "sip 1", "allow", 1, 1): 13,
    ("trunk", "sip 1", "allow", 2): 15,
    ("trunk", "sip 1", "allow", 2, "b", "c"): 15,
    ("trunk", "sip 1", "when"): 17,
    ("route",): 18,
    ("route", 0): 18,
    ("route", 0, "to"): 19,
    ("route", 0, "extra", "x"): 21,
    ("route", 1): 22,
    ("route", 1, "from", "deep"): 23,
    ("route", 1, "to"): 24,
    ("route", 1, "step", 0, "n"): 26,
    ("route", 1, "step", 1): 27,
    ("route", 1, "step", 1, "n"): 28,
}


def paths(value: Any, path: Path = ()) -> set[Path]:
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    found = {(*path, key) for key, _ in items}
    return found.union(*(paths(item, (*path, key)) for key, item in items))


def test_every_key_has_the_line_it_stands_on() -> None:
    lines = key_lines(TEXT)
    assert {path: lines[path] for path in EXPECTED} == EXPECTED


def test_the_scanner_finds_exactly_the_paths_that_tomllib_finds() -> None:
    assert set(key_lines(TEXT)) == paths(tomllib.loads(TEXT))


def test_an_empty_text_has_no_keys() -> None:
    assert key_lines("") == key_lines("\n# nothing\n") == {}


VALUES = st.sampled_from(
    [
        "1",
        '"a#]"',
        "'x'",
        "true",
        "1.5",
        "[]",
        "{}",
        "{ a = [1], b.c = 2 }",
        "[{ a = 1 }, {}]",
        "1979-05-27",
        '"\\\\"',
        "inf",
    ]
)
MANY_LINES = st.sampled_from(['"""\n\\"b\n"""', "'''\nc'''", "[\n1,\n2]"])
NAMES = st.sampled_from(["a", "b", '"c d"', "'e.f'", "g.h", "1-2"])
PAIRS = st.tuples(NAMES, st.one_of(VALUES, MANY_LINES)).map(" = ".join)
HEADERS = st.one_of(NAMES.map("[{}]".format), NAMES.map("[[{}]]".format), st.just("[[a.b]]"))


@given(st.lists(st.one_of(PAIRS, HEADERS, st.sampled_from(["", "# x = 1 [", "  "])), max_size=12))
def test_on_any_valid_text_the_paths_are_those_of_tomllib(parts: list[str]) -> None:
    text = "\n".join(parts)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = key_lines(text)
    assert set(lines) == paths(data)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
