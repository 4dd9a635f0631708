"""The rules every message must keep, one by one."""

from __future__ import annotations

import pytest

from pbx.sip.message.check import check
from pbx.sip.message.received import Malformed, parse
from tests.pbx.sip.wire import ask


def verdict(data: bytes) -> int | None:
    """The code of the refusal; None for a good message."""
    try:
        check(parse(data))
    except Malformed as bad:
        return bad.code
    return None


def with_line(line: bytes, method: str = "INVITE") -> bytes:
    return ask(method).replace(b"Max-Forwards: 70\r\n", line + b"\r\n")


@pytest.mark.parametrize("name", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_a_mandatory_header_must_be_there(name: str):
    assert verdict(ask().replace(name.encode() + b":", b"X:")) == 400


@pytest.mark.parametrize(
    "line",
    [
        b"f: <sip:a@b>;tag=2", b"t: <sip:a@b>", b"i: again", b"CSeq: 1 INVITE",
        b"Max-Forwards: 1\r\nMax-Forwards: 1", b"Expires: 1\r\nExpires: 2", b"c: a/b\r\nc: a/c",
        b"Session-Expires: 90\r\nx: 90", b"Replaces: a\r\nReplaces: b",
    ],
)  # fmt: skip
def test_a_header_with_one_value_must_not_come_twice(line: bytes):
    assert verdict(with_line(line)) == 400


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"Max-Forwards: 0", None),
        (b"Max-Forwards: 255", None),
        (b"Max-Forwards: 256", 400),
        (b"Max-Forwards: -1", 400),
        (b"Max-Forwards:", 400),
        (b"Max-Forwards: 1 2", 400),
        (b"Expires: 4294967295", None),
        (b"Expires: 4294967296", 400),
        (b"Expires: 1e9", 400),
        (b"Expires: \xd9\xa3", 400),
        (b"X: no Max-Forwards at all", None),
    ],
)
def test_numbers_stay_in_their_ranges(line: bytes, code: int | None):
    assert verdict(with_line(line)) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"0 INVITE", None),
        (b"2147483647 INVITE", None),
        (b"00001\t INVITE", None),
        (b"1 INVITE INVITE", 400),
        (b"2147483648 INVITE", 400),
        (b"99999999999999999999999999 INVITE", 400),
        (b"-1 INVITE", 400),
        (b"1.5 INVITE", 400),
        (b"1 OPTIONS", 400),
        (b"1 invite", 400),
        (b"1INVITE", 400),
        (b"INVITE", 400),
        (b"1", 400),
        (b"", 400),
    ],
)
def test_the_cseq_is_a_number_and_the_method(value: bytes, code: int | None):
    assert verdict(ask().replace(b"1 INVITE", value)) == code


@pytest.mark.parametrize("value", [b"", b"a b", b"a\tb"])
def test_a_call_id_is_one_word(value: bytes):
    assert verdict(ask().replace(b"c1@192.0.2.1", value)) == 400


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        (b"sips:100@h", None),
        (b"tel:+8610", None),
        (b"name:user", 416),
        (b"http://a/b", 416),
        (b"<sip:100@h>", 400),
        (b"sip:%zz@h", 400),
        (b"sip:100@h:99999", 400),
        (b"100", 400),
    ],
)
def test_the_request_uri_is_one_we_can_read(uri: bytes, code: int | None):
    assert verdict(ask().replace(b"sip:100@192.0.2.9 SIP", uri + b" SIP")) == code


def test_a_malformed_header_is_refused_before_an_unknown_scheme():
    data = ask().replace(b"sip:100@192.0.2.9 SIP", b"name:user SIP")
    assert verdict(data.replace(b"1 INVITE", b"-1 INVITE")) == 400


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"Contact: <sip:a@b>, sip:c", None),
        (b"Contact: <tel:123>", None),
        (b"Contact: *", 400),
        (b"Contact:", 400),
        (b'Contact: "a <sip:b>', 400),
        (b"Contact: sip:a@b?Route=x", 400),
        (b"Contact: <sip:a@b> c", 400),
        (b"Route: <sip:p;lr>, <sip:q;lr>", None),
        (b"Route: <sip:p", 400),
        (b"Record-Route: p", 400),
    ],
)
def test_addresses_can_be_read(line: bytes, code: int | None):
    assert verdict(with_line(line)) == code


def test_a_star_contact_is_for_register_and_stands_alone():
    assert verdict(with_line(b"Contact: *", "REGISTER")) is None
    assert verdict(with_line(b"Contact: *, <sip:a@b>", "REGISTER")) == 400


def test_seventy_vias_pass_and_one_more_does_not():
    line = b"Via: SIP/2.0/UDP a, SIP/2.0/UDP b, SIP/2.0/UDP c"
    assert verdict(with_line(b"\r\n".join([line] * 23))) is None
    assert verdict(with_line(b"\r\n".join([line] * 23 + [b"Via: SIP/2.0/UDP d"]))) == 483


def test_the_version_is_2_0():
    assert verdict(ask().replace(b" SIP/2.0\r\n", b" SIP/3.0\r\n", 1)) == 505


def test_a_wrong_response_is_dropped():
    good = ask().replace(b"INVITE sip:100@192.0.2.9 SIP/2.0", b"SIP/2.0 200 OK")
    assert verdict(good) is None
    assert verdict(good.replace(b"1 INVITE", b"-1 INVITE")) == 0
    assert verdict(good.replace(b"Via:", b"X:")) == 0


def test_the_refusal_names_its_reason():
    with pytest.raises(Malformed, match="400 Missing To, Cseq"):
        check(parse(ask().replace(b"To:", b"X:").replace(b"CSeq:", b"X:")))
