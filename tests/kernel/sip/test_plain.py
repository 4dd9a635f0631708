"""The plain form: never taken for more than it is, and read as the readers of parts read it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.sip.index import index
from kernel.sip.plain import Plain, plain
from pbx.sip.message.check import check_all
from pbx.sip.message.received import Malformed, Message, parse
from pbx.sip.message.uri import uri_of

INVITE = (
    b"INVITE sip:1001@192.0.2.9:5060;transport=udp SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.7:5272;branch=z9hG4bK-1;rport;received=192.0.2.99;alias\r\n"
    b'From: "Ann, \xc3\x84" <sip:ann%20b:pw@192.0.2.7>;x=1;Tag=far\r\n'
    b"To: Desk <sips:1001@example.com>;tag=near\r\n"
    b"Call-ID: c1@192.0.2.7\r\nCSeq: 17 INVITE\r\nMax-Forwards: 70\r\nExpires: 30\r\n"
    b"Contact: <sip:ann@192.0.2.7:5272>;q=0.5\r\nContent-Length: 0\r\n\r\n"
)
ANSWER = INVITE.replace(INVITE[: INVITE.index(b"\r\n")], b"SIP/2.0 200 OK")


def read(data: bytes) -> Plain | None:
    return plain(index(data, 16_384, 256))


def test_a_plain_request_gives_its_values():
    found = read(INVITE)
    assert found is not None
    assert (found.call_id, found.from_tag, found.to_tag) == ("c1@192.0.2.7", "far", "near")
    assert (found.cseq, found.branch, found.contact) == (17, "z9hG4bK-1", "sip:ann@192.0.2.7:5272")
    assert (found.host, found.port, found.has_rport) == ("192.0.2.7", 5272, True)


def test_a_plain_response_is_read_likewise():
    found = read(ANSWER)
    assert found is not None and (found.to_tag, found.cseq) == ("near", 17)


def test_the_stamp_says_where_the_request_came_from_instead_of_what_it_claims():
    found = read(INVITE)
    assert found is not None
    assert found.stamped("192.0.2.50", 999) == (
        b"SIP/2.0/UDP 192.0.2.7:5272;branch=z9hG4bK-1;alias;received=192.0.2.50;rport=999"
    )


def test_a_response_repeats_its_request_with_our_tag():
    found = read(INVITE.replace(b";tag=near", b""))
    assert found is not None
    lines = found.echo("192.0.2.7", 5272, "us").split(b"\r\n")
    assert [line.partition(b":")[0] for line in lines[:-1]] == [
        b"Via", b"From", b"To", b"Call-ID", b"CSeq",
    ]  # fmt: skip
    assert lines[2:] == [
        b"To: Desk <sips:1001@example.com>;tag=us", b"Call-ID: c1@192.0.2.7", b"CSeq: 17 INVITE",
        b"",
    ]  # fmt: skip
    assert b"\r\nTo: Desk <sips:1001@example.com>\r\n" in found.echo("192.0.2.7", 5272, "")


def test_a_via_that_tells_the_truth_goes_back_as_it_came():
    via = b"SIP/2.0/UDP 192.0.2.7:5272;branch=z9hG4bK-1;alias"
    found = read(INVITE.replace(b";rport;received=192.0.2.99", b""))
    assert found is not None
    assert found.stamped("192.0.2.7", 1) == via
    assert found.stamped("192.0.2.8", 1) == via + b";received=192.0.2.8"


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"CSeq: 17 INVITE", b"CSeq: 17 BYE"), (b"CSeq: 17", b"CSeq: 2147483648"),
        (b"CSeq: 17", b"CSeq:"), (b"CSeq: 17 INVITE", b"CSeq: 17"),
        (b"Call-ID: c1@192.0.2.7", b"Call-ID: c1 c2"), (b"Call-ID: c1@192.0.2.7", b"Call-ID:"),
        (b"Max-Forwards: 70", b"Max-Forwards: 256"), (b"Expires: 30", b"Expires: 4294967296"),
        (b"Expires: 30", b"Expires: 99999999999999999999"), (b"Expires: 30", b"Expires:"),
        (b"Max-Forwards: 70\r\n", b"Max-Forwards: 70\r\nMax-Forwards: 70\r\n"),
        (b"To: Desk <sips:1001@example.com>;tag=near\r\n", b""),
        (b"<sips:1001@example.com>", b"<sips:1001@example.com"),
        (b"1001@example.com", b"@example.com"), (b"1001@example.com", b":p@example.com"),
        (b"1001@example.com", b"a@b@example.com"), (b"example.com", b"example.com:0"),
        (b"example.com", b"example.com:65536"), (b"example.com", b"example.com;a;A=1"),
        (b"ann%20b", b"ann%2"), (b"ann%20b", b"ann%2\xc3\x84"), (b"Ann, ", b'Ann" '),
        (b"Desk", b'De"sk'), (b";x=1", b";x=1;X"), (b";x=1", b";=1"), (b";x=1", b";x=1 y"),
        (b"Tag=far", b"Tag=far,"), (b"/UDP 192", b"/UDP"), (b"SIP/2.0/UDP", b"SIP/1.0/UDP"),
        (b"192.0.2.7:5272;branch", b"192.0.2.7:;branch"), (b";rport;", b";rport;branch=2;"),
        (b"Contact: ", b"Contact: *, "), (b"INVITE sip:1001@", b"INVITE http:1001@"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_not_plain(was: bytes, now: bytes):
    assert INVITE.count(was) > 0
    data = INVITE.replace(was, now, 1)
    assert read(data) is None
    with pytest.raises(Malformed):
        check_all(parse(data))


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"Call-ID: ", b"Call-ID:\r\n "), (b"<sips:", b"<im:"),
        (b"<sips:1001@example.com>", b"<sip:a@[2001:db8::1]>"), (b";x=1", b' ; x = "a b"'),
        (b'"Ann, ', b'"Ann \\" '), (b";alias", b";alias, SIP/2.0/TCP x"),
        (b"Max-Forwards", b"Record-Route: <sip:p;lr>\r\nMax-Forwards"),
        (b"Desk <sips:1001@example.com>", b"<tel:12>"),
    ],
)  # fmt: skip
def test_what_is_rare_is_left_to_the_rules_one_by_one(was: bytes, now: bytes):
    assert INVITE.count(was) > 0
    assert read(INVITE.replace(was, now, 1)) is None


def agree(found: Plain, message: Message) -> None:
    """The values of the plain form are those that the readers of parts find."""
    assert (found.call_id, found.cseq) == (message.call_id, message.cseq)
    assert (found.from_tag, found.to_tag) == (message.from_tag, message.to_tag)
    assert (found.branch, message.method) == (message.branch, message.cseq_method)
    assert (found.host, found.port, found.has_rport) == message.sent_by
    contact = message.header("contact")
    assert found.contact == (uri_of(contact) if contact else "")
    assert len(message.contacts) == bool(contact)
    assert not message.is_request or message.request_uri.scheme in ("sip", "sips")


pieces = st.sampled_from(
    [b";", b",", b"<", b">", b'"', b"\\", b"@", b":", b" ", b"\t", b"\r\n ", b"%", b"%41", b"=",
     b"?", b"*", b"\xc3\xa4", b"\xff", b"[::1]", b";tag=", b";rport", b"0", b"sip:", b"\x7f", b""]
)  # fmt: skip
cuts = st.tuples(st.floats(0, 1), st.integers(0, 6), pieces)


@settings(max_examples=400)
@given(st.sampled_from([INVITE, ANSWER]), st.lists(cuts, min_size=1, max_size=4))
def test_whatever_is_plain_keeps_every_rule(data: bytes, changes: list[tuple[float, int, bytes]]):
    for where, length, piece in changes:
        at = int(where * len(data))
        data = data[:at] + piece + data[at + length :]
    found = read(data)
    if found is not None and not index(data, 16_384, 256).fault:
        message = parse(data)
        check_all(message)
        agree(found, message)
