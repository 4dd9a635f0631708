"""What changed between two configurations: each key once, in its place, and no secret."""

from __future__ import annotations

import pytest

from config.difference import VALUE_MAX, Change, differences, summary
from config.sources import Source, parsed

ROUTES = """
[[route]]
from = "a"
to = "queue:sales"
[[route]]
from = "b"
to = "hangup"
"""


def layers(*texts: str) -> list[Source]:
    """Texts as the files pbx.toml, 1.toml, 2.toml …"""
    found: list[Source] = []
    for number, text in enumerate(texts):
        first_route = sum(source.routes for source in found)
        name = f"{number}.toml" if number else "pbx.toml"
        found.append(parsed(name, text.encode(), first_route=first_route))
    return found


def changes(old: str, new: str) -> list[Change]:
    return differences(layers(old), layers(new))


def lines(old: str, new: str) -> list[str]:
    return [str(change) for change in changes(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("", "[queue.sales]\noffer_s = 15.0", "+ queue.sales.offer_s = 15  (pbx.toml:2)"),
        ("[queue.sales]\noffer_s = 15", "", "- queue.sales.offer_s = 15  (was pbx.toml:2)"),
        ("a.b = 1", "# x\na.b = 2", "~ a.b: 1 -> 2  (pbx.toml:2)"),
        ("a = true", "a = 1", "~ a: true -> 1  (pbx.toml:1)"),
        ("a = [1, 2]", "a = [1, 'x']", '~ a: [1, 2] -> [1, "x"]  (pbx.toml:1)'),
        ("a = 1", "[a.b]", "~ a: 1 -> { b = {} }  (pbx.toml:1)"),
        ("a = 1", "a = { 'b c' = 2 }", '~ a: 1 -> { "b c" = 2 }  (pbx.toml:1)'),
        ("", "[queue.sales]", "+ queue.sales = {}  (pbx.toml:1)"),
        ('a = "王"', 'a = "\\u0007"', '~ a: "王" -> "\\u0007"  (pbx.toml:1)'),
    ],
)
def test_a_change_is_told_with_its_values_and_line(old: str, new: str, line: str) -> None:
    assert lines(old, new) == [line]


@pytest.mark.parametrize(
    ("old", "new"),
    [("", ""), ("a = 15", "a = 15.0"), ("[a]\nb = 1\n# c", "a.b = 1"), (ROUTES, ROUTES)],
)
def test_what_says_the_same_is_no_change(old: str, new: str) -> None:
    assert lines(old, new) == []


@pytest.mark.parametrize("key", ["password", "pin", "secret"])
def test_a_secret_is_never_shown_whatever_is_done_to_it(key: str) -> None:
    one, other = (f'[extension.201]\n{key} = "{word}"' for word in ("sesame", "mellon"))
    empty = "[extension.201]"
    assert lines(one, other) == [f"~ extension.201.{key}: changed  (pbx.toml:2)"]
    told = lines(empty, one) + lines(one, empty) + lines("", one) + lines(one, "extension = 1")
    assert told[0] == f'+ extension.201.{key} = "***"  (pbx.toml:2)'
    assert not any("sesame" in line or "mellon" in line for line in told)


@pytest.mark.parametrize("value", ["{ password = 'sesame' }", "[{ pin = 'sesame' }, 'a']"])
def test_a_secret_within_a_value_is_not_shown_either(value: str) -> None:
    (line,) = lines("a = 1", f"a = {value}")
    assert "***" in line and "sesame" not in line


def test_a_route_that_is_put_in_has_not_changed_those_behind_it() -> None:
    new = ROUTES.replace("\n[[route]]", "\n[[route]]\nfrom = 'new'\nto = 'hangup'\n[[route]]", 1)
    assert lines(ROUTES, new) == [
        '+ route[1].from = "new"  (pbx.toml:3)',
        '+ route[1].to = "hangup"  (pbx.toml:4)',
    ]
    assert lines(new, ROUTES) == [
        '- route[1].from = "new"  (was pbx.toml:3)',
        '- route[1].to = "hangup"  (was pbx.toml:4)',
    ]


def test_a_route_that_says_something_else_is_changed_by_key() -> None:
    new = ROUTES.replace("hangup", "queue:night")
    assert lines(ROUTES, new) == ['~ route[2].to: "hangup" -> "queue:night"  (pbx.toml:7)']


def test_the_place_is_the_file_that_has_the_last_word() -> None:
    old = layers("[queue.sales]\noffer_s = 1", ROUTES)
    new = layers(
        "[queue.sales]\noffer_s = 1", ROUTES.replace("hangup", "a"), "queue.sales.offer_s=2"
    )
    assert [change.place for change in differences(old, new)] == ["2.toml:1", "1.toml:7"]


def test_a_long_value_is_cut() -> None:
    (line,) = lines("", f'a = "{"x" * 1000}"')
    assert len(line) < VALUE_MAX + 40 and "…" in line


def test_a_summary_names_whole_tables_and_single_keys() -> None:
    old = "[trunk.gateway]\nhost = '1'\n[agent.2001]\nextension = '201'"
    new = f"[queue.sales]\noffer_s = 1\nwrap_up_s = 2\n[trunk.gateway]\nhost = '2'{ROUTES}"
    assert summary(changes(old, new), 80) == (
        "~trunk.gateway.host  -agent.2001  +queue.sales  +route[1]  +route[2]"
    )
    told = summary(changes(f"[queue.sales]{ROUTES}", f"{new}[queue.night]\n"), 90)
    assert told == ("+queue.sales.offer_s  +queue.sales.wrap_up_s  +queue.night  +trunk.gateway")


def test_a_summary_is_as_wide_as_it_may_be() -> None:
    many = changes("", "".join(f"key{n} = 1\n" for n in range(100)))
    assert summary(many, 14) == "+key0  +key1  and 98 more"
    assert summary(many, 1) == "+key0  and 99 more"
    assert summary([], 80) == ""
