"""What is taken for RTP: any datagram, against a plain reading of RFC 3550."""

from __future__ import annotations

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.media.rtp import read
from tests.kernel.media.far_end import rtp
from tests.shared import needs


def plain_read(data: bytes) -> tuple[int, bool, int, int, int, bytes] | None:
    if not 12 <= len(data) <= 1500 or data[0] >> 6 != 2:
        return None
    begin, end = 12 + 4 * (data[0] & 15), len(data)
    if data[0] & 0x10:
        if len(data) < begin + 4:
            return None
        begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4], "big")
    if data[0] & 0x20:
        if not data[-1]:
            return None
        end -= data[-1]
    if end <= begin:
        return None
    number, time, ssrc = struct.unpack_from("!HII", data, 2)
    return data[1] & 0x7F, data[1] >> 7 == 1, number, time, ssrc, data[begin:end]


@given(st.builds(lambda first, rest: bytes([0x80 | first]) + rest, st.integers(0, 63), st.binary()))
@example(b"")
@example(bytes([0x90]) + bytes(15) + b"\xff")
@example(bytes([0xA0]) + bytes(11) + b"\x01")
@example(bytes([0xA0]) + bytes(11) + b"x\x01")
@example(b"\x80" + bytes(1499))
@example(b"\x80" + bytes(1500))
def test_any_datagram_is_read_as_the_rfc_says(data):
    assert read(data) == plain_read(data)


@given(st.binary(max_size=64))
def test_random_octets_are_read_as_the_rfc_says(data):
    assert read(data) == plain_read(data)


def test_sources_extension_and_padding_are_taken_off():
    head = bytes([0xB2]) + rtp(b"", number=7, kind=8)[1:]
    data = head + bytes(8) + b"\xbe\xde\x00\x01" + bytes(4) + b"sound" + b"\x00\x00\x03"
    assert read(data) == (8, False, 7, 1120, 0xFA12, b"sound")


@pytest.mark.parametrize("name", ["ver0", "short", "empty", "csrc15", "ext-overrun", "pad-overrun"])
def test_a_malformed_datagram_is_none(name):
    assert read(needs(f"data/sip/rtp/{name}.bin").read_bytes()) is None


@pytest.mark.parametrize("name", ["nopayload", "huge", "cn", "stun", "udptl", "dtls"])
def test_a_datagram_without_sound_is_none(name):
    assert read(needs(f"data/sip/rtp/{name}.bin").read_bytes()) is None
