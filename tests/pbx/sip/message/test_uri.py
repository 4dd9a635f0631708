"""URIs and addresses: read, written, compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sip.message.uri import (
    Address,
    escape,
    number_of,
    parse_address,
    parse_uri,
    plain_user,
    quote,
    same,
    sip_uri,
    unescape,
    uri_of,
    value_of,
)


@pytest.mark.parametrize(
    "text",
    [
        "sip:b",
        "sip:a@b",
        "sips:a:pw@b.c:5061;transport=tcp;lr?Subject=x&Priority=urgent",
        "sip:a;phone-context=x@b;user=phone",
        "sip:%61@[2001:db8::1]:5062",
        "tel:+861012345;x=y",
        "urn:service:sos",
    ],
)
def test_a_uri_is_written_as_it_was_read(text: str):
    assert str(parse_uri(text)) == text


def test_an_address_is_written_with_its_name_quoted():
    address = parse_address(r'"Ann \"A\" \\" <sip:a@b;lr>;tag=1;x')
    assert address.display == 'Ann "A" \\'
    assert str(address) == r'"Ann \"A\" \\" <sip:a@b;lr>;tag=1;x'
    assert str(Address("", parse_uri("sip:b"), {})) == "<sip:b>"


def test_a_quoted_name_holds_nothing_that_a_terminal_or_a_header_would_obey():
    assert quote("a\x1b[2J\r\nVia: x\x00") == '"a[2JVia: x"'


def test_a_user_part_is_escaped_where_it_must_be():
    assert str(sip_uri("*8#", "h", port=5060)) == "sip:*8#@h:5060"
    assert str(sip_uri("a b@c:d%", "h")) == "sip:a%20b%40c%3Ad%25@h"
    assert escape("王") == "%E7%8E%8B"


@given(st.text(max_size=20))
def test_escape_and_unescape_are_inverse_and_make_a_user_that_parses(text: str):
    assert unescape(escape(text)) == text
    if text:
        assert unescape(parse_uri(str(sip_uri(text, "h"))).user) == text


def test_unescape_keeps_what_is_no_escape_and_marks_what_is_no_text():
    assert unescape("%41%zz%") == "A%zz%"
    assert unescape("%ff") == "\ufffd"
    assert unescape("%00") == "\x00"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
        ("sip:a@b;transport=tcp?to=sip:c%40d&from=x", "sip:a@b;transport=tcp?from=x&to=sip:c%40d"),
        ("sip:alice@b?subject=project%20x", "sip:alice@b?Subject=project%20x"),
    ],
)
def test_uris_that_the_rfc_calls_equal_are_the_same(one: str, other: str):
    assert same(parse_uri(one), parse_uri(other))
    assert same(parse_uri(other), parse_uri(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SIP:ALICE@AtLanTa.CoM", "sip:alice@atlanta.com"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
        ("sip:bob@b;transport=udp", "sip:bob@b;transport=tcp"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next"),
        ("sip:a:x@b", "sip:a:y@b"),
        ("sip:%00@b", "sip:%00%00@b"),
    ],
)
def test_uris_that_the_rfc_calls_different_are_not_the_same(one: str, other: str):
    assert not same(parse_uri(one), parse_uri(other))
    assert not same(parse_uri(other), parse_uri(one))


@pytest.mark.parametrize(
    ("value", "uri"),
    [
        ('"a <b" <sip:x@y;p=1>;q=1', "sip:x@y;p=1"), ("sip:x@y;q=1", "sip:x@y"),
        ("<sip:x@Y>", "sip:x@Y"), ('<sip:x@y>;+sip.instance="<urn:uuid:1>"', "sip:x@y"),
        ('sip:x@y;+sip.instance="<urn:uuid:1>";q="0,5"', "sip:x@y"),
    ],
)  # fmt: skip
def test_the_uri_within_a_value_is_found_as_it_is_written(value: str, uri: str) -> None:
    assert uri_of(value) == uri


@pytest.mark.parametrize("value", ["<sip:x@y", '"a" sip:x@y', 'Ann "x" <sip:x@y>', "a <b> <c>"])
def test_a_value_with_no_uri_is_an_error(value: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        uri_of(value)


def test_a_word_and_its_parameters_are_read() -> None:
    assert value_of('1800 ; refresher="u;a=c";x') == ("1800", {"refresher": "u;a=c", "x": ""})
    assert value_of("false") == ("false", {})


@pytest.mark.parametrize(
    ("user", "number"),
    [
        ("4001", "4001"), ("+1-555.(0100)", "+15550100"), ("100;phone-context=00900", "100"),
        ("*11", "*11"), ("anna-lena", "anna-lena"), ("%34001", "4001"), ("a%00b", ""),
        ("a%1Bb", ""), ("1" * 80, ""), ("", ""), ("9" * 65, ""), ("- -", "- -"),
    ],
)  # fmt: skip
def test_a_user_part_as_a_number(user: str, number: str) -> None:
    assert plain_user(user) == number


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("tel:+86-10-5555.0100;ext=5", "+861055550100"),
        ("TEL:7042;phone-context=h.example", "7042"),
        ("tel:(201)55-A1;phone-context=+1", "20155A1"), ("tel:*11#", "*11#"),
        ("sip:+1(555)01-00;phone-context=x@h;user=phone", "+15550100"),
        ("sip:1-A@h;user=PHONE", "1A"), ("sip:1-A@h", "1-A"), ("sips:4001@h;transport=tcp", "4001"),
    ],
)  # fmt: skip
def test_a_uri_as_a_number(uri: str, number: str) -> None:
    assert number_of(parse_uri(uri)) == number
