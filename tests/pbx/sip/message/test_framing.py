"""Streams: any slicing gives the same messages; keep-alives; what ends a connection."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sip.message.framing import PING, Stream
from pbx.sip.message.received import parse
from tests.pbx.sip.wire import ask, lines

BODY = ask("MESSAGE").replace(b"Length: 0", b"Length: 7") + b"a\r\n\r\nbc"
MIXED = PING + ask("OPTIONS") + BODY + PING + b"\r\n" + ask("BYE") + PING


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def fault(data: bytes) -> tuple[int, str]:
    """The code and reason that `data` ends a stream with."""
    stream = Stream()
    assert stream.feed(data, 0) == []
    assert stream.fault is not None
    return stream.fault.code, stream.fault.reason


def test_messages_and_pings_come_out_one_by_one():
    found = Stream().feed(MIXED, 0)
    assert found == [PING, ask("OPTIONS"), BODY, PING, ask("BYE"), PING]
    assert parse(found[2]).body == b"a\r\n\r\nbc"


@given(st.lists(st.integers(0, len(MIXED)), max_size=20))
def test_any_slicing_gives_the_same_messages(cuts: list[int]):
    stream = Stream()
    found = [piece for data in pieces(MIXED, cuts) for piece in stream.feed(data, 0)]
    assert found == Stream().feed(MIXED, 0)
    assert (stream.fault, stream.next_deadline()) == (None, None)


def test_octet_by_octet_gives_the_same_messages():
    stream = Stream()
    found = [piece for octet in MIXED for piece in stream.feed(bytes([octet]), 0)]
    assert found == Stream().feed(MIXED, 0)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_any_slicing_of_nonsense_ends_the_same_way(data: bytes, cuts: list[int]):
    data += b"\r\n\r\n" + ask("OPTIONS")
    whole, sliced = Stream(), Stream()
    found = [piece for part in pieces(data, cuts) for piece in sliced.feed(part, 0)]
    assert found == whole.feed(data, 0)
    assert (sliced.fault is None) == (whole.fault is None)


def test_a_message_begun_must_be_complete_in_20_s():
    stream = Stream()
    assert stream.next_deadline() is None
    stream.feed(ask()[:10], 1_000)
    stream.feed(ask()[10:20], 15_000)
    assert stream.next_deadline() == 21_000
    assert not stream.is_late(20_999)
    assert stream.is_late(21_000)
    stream.feed(ask()[20:], 20_999)
    assert stream.next_deadline() is None


def test_the_next_message_begun_gets_its_own_20_s():
    stream = Stream()
    stream.feed(ask()[:10], 0)
    stream.feed(ask()[10:] + ask()[:10], 5_000)
    assert stream.next_deadline() == 25_000


def test_line_ends_between_messages_are_no_message_begun():
    stream = Stream()
    assert stream.feed(b"\r\n", 0) == []
    assert stream.next_deadline() is None
    assert stream.feed(b"\r\n", 90_000) == [PING]


def test_a_malformed_request_of_known_length_does_not_end_the_stream():
    wrong = ask().replace(b"SIP/2.0\r\nVia", b"SIP/9.0\r\nVia", 1)
    assert Stream().feed(wrong + ask(), 0) == [wrong, ask()]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x00" * 40 + b"\r\n\r\n", (0, "Not SIP")),
        (b"\rnonsense", (0, "Not SIP")),
        (b"GET\r\n\r\n", (0, "Not SIP")),
        (ask().replace(b"Content-Length: 0\r\n", b""), (400, "Bad Content-Length")),
        (ask().replace(b"Length: 0", b"Length: -1"), (400, "Bad Content-Length")),
        (ask().replace(b"Length: 0", b"Length: 9\r\nl: 0"), (400, "Bad Content-Length")),
        (ask().replace(b"Length: 0", b"Length: 70000000"), (513, "Message Too Large")),
        (ask("ACK").replace(b"Length: 0", b"Length: 70000000"), (0, "Message Too Large")),
        (ask()[:-2] + b"X: y\r\n" * 300 + b"\r\n", (400, "Too Many Header Lines")),
        (ask()[:-2] + b"X: " + b"y" * 17_000, (513, "Message Too Large")),
        (b"INVITE " + b"sip:" * 5_000, (0, "Message Too Large")),
    ],
)
def test_what_cannot_be_followed_ends_the_stream(data: bytes, expected: tuple[int, str]):
    assert fault(data) == expected


def test_after_a_fault_everything_is_dropped():
    stream = Stream()
    stream.feed(b"GET\r\n\r\n", 0)
    assert stream.feed(ask(), 0) == []
    assert stream.next_deadline() is None


def test_a_message_at_the_limit_passes_and_one_octet_more_does_not():
    head = len(ask().replace(b"Length: 0", b"Length: 65000"))
    room = 64 * 1024 - head
    fits = ask().replace(b"Length: 0", b"Length: %d" % room) + b"x" * room
    assert Stream().feed(fits, 0) == [fits]
    over = ask().replace(b"Length: 0", b"Length: %d" % (room + 1))
    assert fault(over)[0] == 513


def test_a_long_body_in_many_pieces_is_joined():
    whole = ask().replace(b"Length: 0", b"Length: 60000") + b"x" * 60_000
    stream = Stream()
    found = [
        piece
        for at in range(0, len(whole), 1_400)
        for piece in stream.feed(whole[at : at + 1_400], at)
    ]
    assert found == [whole]


def test_the_head_may_say_its_length_in_the_compact_form():
    data = lines("OPTIONS sip:a@b SIP/2.0", "v: SIP/2.0/TCP c", "l : 2", body=b"hi")
    assert Stream().feed(data, 0) == [data]
