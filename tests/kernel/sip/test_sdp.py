"""Descriptions read in one pass: values of each stream, limits, and never more than ValueError."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.sip.sdp import BODY_MAX, LINES_MAX, STREAMS_MAX, parse

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
    assert (audio.others, video.others) == ((), ())
    assert (video.kind, video.port, video.codecs, video.event) == ("video", 0, (), -1)
    assert (video.host, video.direction, video.ptime) == ("", "", 0)


@pytest.mark.parametrize(
    ("attribute", "codecs"),
    [
        (b"rtpmap:0 GSM/8000", ("PCMA",)), (b"rtpmap:0 PCMU/16000", ("PCMA",)),
        (b"rtpmap:0 PCMU/8000", ("PCMU", "PCMA")), (b"rtpmap:8 PCMU/8000", ("PCMU",)),
        (b"ptime:2000", ("PCMU", "PCMA")), (b"ptime:", ("PCMU", "PCMA")),
        (b"rtpmap:0 PCMU/8000/2", ("PCMA",)), (b"rtpmap:0 PCMU/8000x", ("PCMA",)),
    ],
)  # fmt: skip
def test_a_codec_counts_under_its_own_number_only(attribute: bytes, codecs: tuple[str, ...]):
    found = parse(HEAD + b"m=audio 4000 RTP/AVP 0 8\r\na=" + attribute + b"\r\n")
    assert (found.streams[0].codecs, found.streams[0].ptime) == (codecs, 0)


@pytest.mark.parametrize(
    "body",
    [
        HEAD, b"v=0", HEAD + AUDIO + b" x\r\n", HEAD + AUDIO * 17, HEAD + AUDIO + b"\x00 x\r\n",
        HEAD + AUDIO + b"c=IN IP4 a b\r\n", HEAD + AUDIO + b"c=IN IP5 a\r\n",
        HEAD + AUDIO + b"c=IN IP4 \r\n", HEAD + b"c=IN IP4 /7\r\nm=audio 1 RTP/AVP 8\r\n",
        HEAD + b"m=audio 70000 RTP/AVP 8\r\n", HEAD + AUDIO + b"m=video 5000\r\n",
        HEAD + AUDIO + b"\r\n" * LINES_MAX, HEAD + AUDIO + b"b=" + b"x" * BODY_MAX,
    ],
)  # fmt: skip
def test_what_is_no_description_or_past_the_limits_is_refused(body: bytes):
    with pytest.raises(ValueError):
        parse(body)


@pytest.mark.parametrize(
    "untidy",
    [
        b"a=rtpmap:97\r\n", b"a=rtpmap:8\r\n", b"a=rtpmap:8 PCMA\r\n", b"a=rtpmap:8 pcma/\r\n",
        b"a=rtpmap: 8  PCMA / 8000\r\n", b"a=rtpmap:128 PCMU/8000\r\n", b"a=rtpmap:x y/z\r\n",
        b"a=rtpmap:\r\n", b"a=rtpmap:8 /8000\r\n", b"a=\r\n", b"a=:\r\n", b"b=\r\n", b"\r\n",
        b"a=rtpmap:96 telephone-event\r\n", b"a=sendrcv\r\n", b"a=recvonly\r\na=recvonly\r\n",
        b"a=ptime\r\n", b"a=ptime: 30 \r\n", b"a=fmtp:96\r\n", b"m=video 0 RTP/AVP\r\nc=IN\r\n",
        b"a=rtpmap:8 PCMA/8000\r\na=rtpmap:8 PCMA/8000\r\n", b"\x00\x00",
    ],
)  # fmt: skip
def test_an_untidy_line_does_not_spoil_the_others(untidy: bytes):
    audio = parse(HEAD + AUDIO + untidy).streams[0]
    assert (audio.codecs, audio.event, audio.ptime) == (("PCMA", "PCMU"), 96, 30)
    assert (audio.direction, audio.host) == ("recvonly", "2001:db8::7")


def test_an_address_for_all_that_cannot_be_read_is_of_no_matter_where_each_has_its_own():
    found = parse(HEAD.replace(b"IP4 192.0.2.5/127", b"IP4") + AUDIO)
    assert found.streams[0].host == "2001:db8::7"


@pytest.mark.parametrize(
    "line", [b"a=sendonly ", b"a=sendonly\t", b"a= sendonly", b"a=SendOnly", b"a=sendonly  \r"]
)
def test_a_direction_is_known_with_blanks_and_in_capitals(line: bytes):
    assert parse(HEAD + AUDIO + line + b"\r\n").streams[0].direction == "sendonly"


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b" \r\n", b"\r\r\n", b"\n\n"])
def test_lines_end_in_any_way_that_is_clear(end: bytes):
    found = parse(end + (HEAD + AUDIO).replace(b"\r\n", end))
    assert (found.host, found.direction, len(found.streams)) == ("192.0.2.5", "sendonly", 1)
    assert (found.streams[0].event, found.streams[0].direction) == (96, "recvonly")


@pytest.mark.parametrize("gap", [b"  ", b"\t", b" \t "])
def test_the_words_of_a_stream_are_known_in_any_distance(gap: bytes):
    body = (HEAD + AUDIO).replace(
        b"m=audio 4000/2 RTP/AVP", gap.join([b"m=audio", b"4000", b"RTP/AVP"])
    )
    assert (parse(body).streams[0].port, parse(body).streams[0].proto) == (4000, "RTP/AVP")


def test_a_number_with_two_meanings_has_none():
    both = b"a=rtpmap:96 speex/8000\r\na=rtpmap:8 PCMU/8000\r\n"
    audio = parse(HEAD + AUDIO + both).streams[0]
    assert (audio.codecs, audio.event, audio.others) == (("PCMU",), -1, (96,))


def test_numbers_that_stand_for_something_else_are_told():
    audio = parse(
        HEAD + b"m=audio 4000 RTP/AVP 8 96 97 101\r\n"
        b"a=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n"
    ).streams[0]
    assert (audio.event, audio.others) == (101, (96, 97))


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
