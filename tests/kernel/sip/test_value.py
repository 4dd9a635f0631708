"""The parts of header values: lists, parameters, addresses, URIs and Via."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.sip.value import address_parts, params, split, uri_parts, via_parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("a", ["a"]),
        (" a , b,,c ,", ["a", "b", "c"]),
        ('"x, y" <sip:a,b@c>, <sip:d>', ['"x, y" <sip:a,b@c>', "<sip:d>"]),
        (r'"a\", b", c', [r'"a\", b"', "c"]),
        ('<sip:a?b="c>, d', ['<sip:a?b="c>', "d"]),
    ],
)
def test_a_list_is_split_outside_of_quotes_and_brackets(text: str, parts: list[str]):
    assert split(text, ",") == parts


@pytest.mark.parametrize("text", ['"a', '"a\\"', "<a", 'a, "b\\'])
def test_an_open_quote_or_bracket_is_refused(text: str):
    with pytest.raises(ValueError, match="not closed"):
        split(text, ",")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        (";a=1;B;c=", {"a": "1", "b": "", "c": ""}),
        (' ; a = "x \\"y\\" ;,z" ; b ', {"a": 'x "y" ;,z', "b": ""}),
        (";a=1;", {"a": "1"}),
        (";a=1 ; ", {"a": "1"}),
        (";r=[2001:db8::1]:5", {"r": "[2001:db8::1]:5"}),
    ],
)
def test_parameters_are_read(text: str, found: dict[str, str]):
    assert params(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "a=1",
        ";a=1;a=2",
        ';a="1',
        ";=1",
        ";a=1 b",
        ";a,b",
        ";<",
        "; ;\t=",
        ";;a=1",
        ";a=1;;",
        ";a;,",
    ],
)
def test_broken_parameters_are_refused(text: str):
    with pytest.raises(ValueError, match=r"."):
        params(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sip:a@b;tag=1", ("", "sip:a@b", {"tag": "1"})),
        ("<sip:a@b;lr>;tag=1", ("", "sip:a@b;lr", {"tag": "1"})),
        ('"A \\"B\\", C" <sip:a@b>', ('A "B", C', "sip:a@b", {})),
        ("caller<sip:a@b> ; tag = 3", ("caller", "sip:a@b", {"tag": "3"})),
        ("Bell, A. <sip:a@b?c=d,e>", ("Bell, A.", "sip:a@b?c=d,e", {})),
        ("王小明 <sip:a@b>", ("王小明", "sip:a@b", {})),
        ('"" <sip:a@b>', ("", "sip:a@b", {})),
    ],
)
def test_addresses_are_read(text: str, parts: tuple[str, str, dict[str, str]]):
    assert address_parts(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        '"Mr. J. User <sip:a@b>', '"A" sip:a@b', "<sip:a@b", "A <", 'A "B" <sip:a@b>',
        "sip:a@b?Route=x", "sip:a@b, sip:c", "<sip:a@b>, <sip:c>", "<sip:a@b> x", "sip:a@b x",
        '"A"',
    ],
)  # fmt: skip
def test_broken_addresses_are_refused(text: str):
    with pytest.raises(ValueError, match=r"."):
        address_parts(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sip:b", ("sip", "", None, "b", 0, {}, "")),
        ("SIP:A@B:5060", ("sip", "A", None, "b", 5060, {}, "")),
        ("sips:a:pw@b.c", ("sips", "a", "pw", "b.c", 0, {}, "")),
        ("sip:a@[2001:DB8::1]:70", ("sip", "a", None, "[2001:db8::1]", 70, {}, "")),
        ("sip:a;p=q?x/y&@b;LR;m=1?h=2&i=3",
         ("sip", "a;p=q?x/y&", None, "b", 0, {"lr": "", "m": "1"}, "h=2&i=3")),
        ("sip:%00@b", ("sip", "%00", None, "b", 0, {}, "")),
        ("sip:*11#@b", ("sip", "*11#", None, "b", 0, {}, "")),
        ("tel:+86-10(1);x=y", ("tel", "+86-10(1)", None, "", 0, {"x": "y"}, "")),
        ("urn:service:sos", ("urn", "service:sos", None, "", 0, {}, "")),
    ],
)  # fmt: skip
def test_uris_are_read(text: str, parts: tuple[object, ...]):
    assert uri_parts(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "", "sip", "sip:", ":a", "a b:c", "sip:@b", "sip:a@", "sip:a@b@c", "sip:a@b:", "sip:a@b:0",
        "sip:a@b:65536", "sip:a@b:99999999999999999999", "sip:a@b:5x", "sip:a@b;x=1;X=2",
        "sip:a@b;",
        "sip:a@b;=1", "sip:a@b/c", "sip:a@[::1", "sip:a@[]", "sip:a@[::g]", "sip:a@2001:db8::1",
        "sip:a b@c", "<sip:a@b>", 'sip:"a"@b', "sip:%zz@b", "sip:a%", "sip:a%4", "sip:\x00@b",
        "sip:é@b", "tel:", "tel:abcxyz", "tel:;x", "sip:a@b :5060",
    ],
)  # fmt: skip
def test_broken_uris_are_refused(text: str):
    with pytest.raises(ValueError, match=r"."):
        uri_parts(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("SIP/2.0/UDP a:5;branch=z", ("UDP", "a", 5, {"branch": "z"})),
        ("sip / 2.0 / tcp  a : 5 ; branch = z , SIP/2.0/UDP b", ("TCP", "a", 5, {"branch": "z"})),
        ("SIP/2.0/UDP [::1];received=[::2]", ("UDP", "[::1]", 0, {"received": "[::2]"})),
        ("SIP/2.0/UNKNOWN a", ("UNKNOWN", "a", 0, {})),
    ],
)
def test_vias_are_read(text: str, parts: tuple[object, ...]):
    assert via_parts(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0 a", "SIP/3.0/UDP a", "HTTP/2.0/UDP a",
        "SIP/2.0/ a", "SIP/2.0/UDP a:99999", "SIP/2.0/UDP a:", "SIP/2.0/UDP a b", "SIP/2.0/UDP [a",
        "SIP/2.0/UDP 2001:db8::9:1", "SIP/2.0/UDP a;branch=1;branch=2", "SIP/2.0/UDP ;branch=1",
    ],
)  # fmt: skip
def test_broken_vias_are_refused(text: str):
    with pytest.raises(ValueError, match=r"."):
        via_parts(text)


TEXT = st.text(st.sampled_from('aB1 \t:;=,@<>"\\?&%[]/.-+2sip:é\x00'), max_size=60)


@pytest.mark.parametrize("function", [params, address_parts, uri_parts, via_parts])
@given(TEXT)
def test_any_text_is_read_or_refused(function: Callable[[str], object], text: str):
    for start in ("", "sip:", "SIP/2.0/UDP a", '"', "<sip:a@b>;", "tel:1;"):
        try:
            function(start + text)
        except ValueError:
            continue


@given(st.text(st.sampled_from(',"\\<> ab'), max_size=40))
def test_the_parts_of_a_list_hold_all_but_separators_and_blanks(text: str):
    try:
        parts = split(text, ",")
    except ValueError:
        return
    assert [c for part in parts for c in part if c not in ", "] == [
        c for c in text if c not in ", "
    ]
