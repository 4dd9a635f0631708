"""G.711 against the standard library's own tables, over every value there is."""

from __future__ import annotations

import array
import warnings

import pytest

from kernel.media import g711

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    audioop = pytest.importorskip("audioop", reason="the oracle left the library with Python 3.13")

EVERY_OCTET = bytes(range(256))
EVERY_SAMPLE = array.array("h", range(-32768, 32768))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(g711.decode_ulaw, audioop.ulaw2lin), (g711.decode_alaw, audioop.alaw2lin)],
)
def test_every_octet_expands_as_in_the_library(ours, theirs):
    linear = array.array("h", bytes(512))
    ours(EVERY_OCTET, linear)
    assert linear.tobytes() == theirs(EVERY_OCTET, 2)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(g711.encode_ulaw, audioop.lin2ulaw), (g711.encode_alaw, audioop.lin2alaw)],
)
def test_every_sample_compresses_as_in_the_library(ours, theirs):
    wire = bytearray(65536)
    ours(EVERY_SAMPLE, wire)
    assert bytes(wire) == theirs(EVERY_SAMPLE.tobytes(), 2)


def test_changing_the_law_goes_by_way_of_linear():
    alaw, ulaw = bytearray(256), bytearray(256)
    g711.ulaw_to_alaw(EVERY_OCTET, alaw)
    g711.alaw_to_ulaw(EVERY_OCTET, ulaw)
    assert bytes(alaw) == audioop.lin2alaw(audioop.ulaw2lin(EVERY_OCTET, 2), 2)
    assert bytes(ulaw) == audioop.lin2ulaw(audioop.alaw2lin(EVERY_OCTET, 2), 2)


def test_the_law_can_be_changed_in_place():
    wire, other = bytearray(EVERY_OCTET), bytearray(256)
    g711.ulaw_to_alaw(wire, wire)
    g711.ulaw_to_alaw(EVERY_OCTET, other)
    assert wire == other


def test_an_octet_survives_the_way_there_and_back():
    linear, back = array.array("h", bytes(512)), bytearray(256)
    g711.decode_alaw(EVERY_OCTET, linear)
    g711.encode_alaw(linear, back)
    assert bytes(back) == EVERY_OCTET
    g711.decode_ulaw(EVERY_OCTET, linear)
    g711.encode_ulaw(linear, back)
    assert bytes(back) == bytes(0xFF if octet == 0x7F else octet for octet in EVERY_OCTET)


def test_nothing_becomes_nothing():
    empty = array.array("h")
    g711.decode_ulaw(b"", empty)
    g711.encode_alaw(empty, bytearray())
    g711.ulaw_to_alaw(b"", bytearray())
    assert not empty


@pytest.mark.parametrize("name", ["decode_ulaw", "decode_alaw"])
def test_expanding_needs_as_many_samples_as_octets(name):
    with pytest.raises(ValueError, match="3 given, but room for 2"):
        getattr(g711, name)(b"abc", array.array("h", [0, 0]))


@pytest.mark.parametrize("name", ["encode_ulaw", "encode_alaw"])
def test_compressing_needs_as_many_octets_as_samples(name):
    with pytest.raises(ValueError, match="2 given, but room for 3"):
        getattr(g711, name)(array.array("h", [0, 0]), bytearray(3))


@pytest.mark.parametrize("name", ["ulaw_to_alaw", "alaw_to_ulaw"])
def test_changing_the_law_needs_equal_lengths(name):
    with pytest.raises(ValueError, match="1 given, but room for 0"):
        getattr(g711, name)(b"a", bytearray())


def test_buffers_of_another_kind_are_refused():
    with pytest.raises(ValueError, match="Buffer dtype mismatch"):
        g711.decode_ulaw(b"ab", array.array("i", [0, 0]))
    with pytest.raises((BufferError, ValueError)):
        g711.encode_ulaw(array.array("h", [0]), b"a")
