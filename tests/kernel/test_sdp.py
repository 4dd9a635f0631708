"""Descriptions read in one pass: values of each stream, limits, and never more than ValueError."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.sdp import BODY_MAX, LINES_MAX, STREAMS_MAX, parse

HEAD = b"v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nc=IN IP4 192.0.2.5/127\r\nt=0 0\r\na=sendonly\r\n"
AUDIO = (
    b"m=audio 4000/2 RTP/AVP  8 0 96 x 1000\r\nc=IN IP6 2001:db8::7\r\na=rtpmap:8 pcma/8000/1\r\n"
    b"a=rtpmap:96 Telephone-Event/8000\r\na=ptime:30\r\na=recvonly\r\na=unknown\r\n"
)


def test_each_stream_has_its_own_values_and_the_whole_has_the_others():
    found = parse(HEAD + AUDIO + b"m=video 0 RTP/AVP 31\n")
    assert (found.host, found.direction) == ("192.0.2.5", "sendonly")
    audio, video = found.streams
    assert (audio.kind, audio.port, audio.proto) == ("audio", 4000, "RTP/AVP")
    assert (audio.formats, audio.codecs, audio.event) == ("8 0 96 x 1000", ("PCMA", "PCMU"), 96)
    assert (audio.host, audio.direction, audio.ptime) == ("2001:db8::7", "recvonly", 30)
    assert (video.kind, video.port, video.codecs, video.event) == ("video", 0, (), -1)
    assert (video.host, video.direction, video.ptime) == ("", "", 0)


@pytest.mark.parametrize(
    ("attribute", "codecs"),
    [
        (b"rtpmap:0 GSM/8000", ("PCMA",)), (b"rtpmap:0 PCMU/16000", ("PCMA",)),
        (b"rtpmap:0 PCMU/8000", ("PCMU", "PCMA")), (b"rtpmap:8 PCMU/8000", ("PCMU",)),
        (b"ptime:2000", ("PCMU", "PCMA")), (b"ptime:", ("PCMU", "PCMA")),
    ],
)  # fmt: skip
def test_a_codec_counts_under_its_own_number_only(attribute: bytes, codecs: tuple[str, ...]):
    found = parse(HEAD + b"m=audio 4000 RTP/AVP 0 8\r\na=" + attribute + b"\r\n")
    assert (found.streams[0].codecs, found.streams[0].ptime) == (codecs, 0)


@pytest.mark.parametrize(
    "body",
    [
        HEAD, b"v=0", HEAD + AUDIO + b" x\r\n", HEAD + AUDIO + b"a=rtpmap:128 PCMU/8000\r\n",
        HEAD + b"c=IN IP4 a b\r\n" + AUDIO, HEAD + b"c=IN IP5 a\r\n" + AUDIO, HEAD + AUDIO * 17,
        HEAD + AUDIO + b"a=rtpmap:8 PCMA\r\n", HEAD + AUDIO + b"a=rtpmap:8 /8000\r\n",
        HEAD + AUDIO + b"\r\n" * LINES_MAX, HEAD + AUDIO + b"b=" + b"x" * BODY_MAX,
    ],
)  # fmt: skip
def test_what_is_no_description_or_past_the_limits_is_refused(body: bytes):
    with pytest.raises(ValueError):
        parse(body)


def test_as_many_streams_as_allowed_are_read():
    assert len(parse(HEAD + AUDIO * STREAMS_MAX).streams) == STREAMS_MAX


lines = st.lists(
    st.one_of(
        st.sampled_from(AUDIO.split(b"\r\n")), st.binary(max_size=12),
        st.binary(max_size=9).map(b"a=rtpmap:".__add__), st.binary(max_size=9).map(b"m=".__add__),
    ),
    max_size=12,
)  # fmt: skip


@given(lines)
def test_anything_is_read_or_refused(found: list[bytes]):
    try:
        streams = parse(HEAD + b"\r\n".join(found)).streams
    except ValueError:
        return
    assert all(stream.kind and 0 <= stream.port < 65536 for stream in streams)
