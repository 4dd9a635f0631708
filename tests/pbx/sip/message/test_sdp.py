"""Descriptions: hostile ones refused, common ground found, our own well formed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.media import control as media
from pbx.sip.dialog.leg import DIRECTIONS
from pbx.sip.message.sdp import (
    INACTIVE,
    RECVONLY,
    SENDONLY,
    SENDRECV,
    Local,
    agree,
    is_address,
    parse,
)
from tests.pbx.sip.ends import CODECS, sdp
from tests.shared import SHARED

HEAD = b"v=0\r\no=- 1 1 IN IP4 192.0.2.5\r\ns=-\r\n"


def test_the_first_of_our_codecs_that_they_know_is_agreed_on() -> None:
    agreed = agree(parse(sdp()), CODECS)
    assert agreed is not None
    assert (agreed.host, agreed.port, agreed.codec, agreed.payload) == (
        "192.0.2.20", 4000, "PCMA", 8,
    )  # fmt: skip
    assert (agreed.event, agreed.ptime, agreed.direction, agreed.held) == (101, 20, SENDRECV, False)


def test_without_a_map_only_the_static_numbers_count() -> None:
    assert agree(parse(sdp(formats="96 97")), CODECS) is None
    moved = sdp(formats="0", extra="a=rtpmap:0 GSM/8000\r\n")
    assert agree(parse(moved), CODECS) is None


def test_formats_that_are_no_numbers_of_ours_are_passed_over() -> None:
    agreed = agree(parse(sdp(formats="4294967295 x -1 96 8 13")), CODECS)
    assert agreed is not None and (agreed.payload, agreed.event) == (8, -1)
    low = sdp(formats="8 13", extra="a=rtpmap:13 telephone-event/8000\r\n")
    agreed = agree(parse(low), CODECS)
    assert agreed is not None and agreed.event == -1


@pytest.mark.parametrize(
    ("theirs", "ours", "held"),
    [
        (SENDRECV, SENDRECV, False), (SENDONLY, RECVONLY, True), (RECVONLY, SENDONLY, False),
        (INACTIVE, INACTIVE, True),
    ],
)  # fmt: skip
def test_our_direction_mirrors_theirs(theirs: str, ours: str, held: bool) -> None:
    agreed = agree(parse(sdp(extra=f"a={theirs}\r\n")), CODECS)
    assert agreed is not None and (agreed.direction, agreed.held) == (ours, held)


def test_a_direction_for_the_whole_session_holds_for_the_stream() -> None:
    body = sdp(extra="").replace(b"t=0 0\r\n", b"t=0 0\r\na=sendonly\r\n")
    agreed = agree(parse(body), CODECS)
    assert agreed is not None and agreed.held


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_no_address_is_the_old_way_to_hold(host: str) -> None:
    body = sdp(host=host)
    if ":" in host:
        body = body.replace(b"IP4", b"IP6")
    agreed = agree(parse(body), CODECS)
    assert agreed is not None and (agreed.direction, agreed.held) == (RECVONLY, True)


def test_other_streams_are_refused_in_their_places() -> None:
    body = (
        HEAD + b"c=IN IP4 192.0.2.5\r\nt=0 0\r\nm=video 5000 RTP/AVP 31\r\n"
        b"m=audio 4000 RTP/SAVP 0\r\nm=audio 4002 RTP/AVP 0\r\nm=image 4004 udptl t38\r\n"
    )
    theirs = parse(body)
    agreed = agree(theirs, CODECS)
    assert agreed is not None and agreed.index == 2
    ours = Local(7, "192.0.2.1", port=10_000).answer(theirs, agreed)
    assert [line for line in ours.split(b"\r\n") if line.startswith(b"m=")] == [
        b"m=video 0 RTP/AVP 31", b"m=audio 0 RTP/SAVP 0", b"m=audio 10000 RTP/AVP 0",
        b"m=image 0 udptl t38",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        "m=video 0 RTP/AVP 96\r\na=rtpmap:96\r\n", "m=video 0 RTP/AVP 255\r\n",
        "m=video 0 RTP/AVP 96\r\nc=IN IP4\r\na=rtpmap:96 H264\r\n",
        "m=video 70000 RTP/AVP 31\r\n", "m=video 5000 RTP/AVP 31\r\na=sendsometimes\r\n",
        "m=image 5000 udptl t38\r\na=T38FaxVersion\r\na=T38FaxRateManagement:\r\n",
    ],
)  # fmt: skip
def test_what_is_untidy_in_a_stream_that_is_not_for_us_is_of_no_matter(other: str) -> None:
    theirs = parse(sdp(extra="") + other.encode())
    agreed = agree(theirs, CODECS)
    assert agreed is not None and (agreed.index, agreed.codec, agreed.held) == (0, "PCMA", False)
    lines = Local(7, "192.0.2.1", port=10_000).answer(theirs, agreed).split(b"\r\n")
    refused = [line for line in lines if line.startswith(b"m=")][1]
    words = other.split("\r\n")[0].split()
    assert refused.decode().split() == [words[0], "0", *words[2:]]


def test_a_refused_stream_that_names_no_format_is_refused_in_a_line_that_does() -> None:
    theirs = parse(sdp() + b"m=video 0 RTP/AVP\r\n")
    agreed = agree(theirs, CODECS)
    assert agreed is not None
    assert Local(7, "h", port=1).answer(theirs, agreed).endswith(b"m=video 0 RTP/AVP 0\r\n")


def test_a_stream_of_its_own_address_is_taken_there() -> None:
    body = sdp() + b"c=IN IP6 2001:db8::7\r\n"
    agreed = agree(parse(body), CODECS)
    assert agreed is not None and agreed.host == "2001:db8::7"


@pytest.mark.parametrize(
    ("theirs", "wanted", "ours", "held"),
    [
        (SENDRECV, SENDONLY, SENDONLY, False), (RECVONLY, SENDONLY, SENDONLY, False),
        (SENDONLY, SENDONLY, INACTIVE, True), (INACTIVE, SENDONLY, INACTIVE, True),
        (SENDRECV, INACTIVE, INACTIVE, False), (SENDONLY, RECVONLY, RECVONLY, True),
    ],
)  # fmt: skip
def test_no_answer_lets_us_do_more_than_we_want(
    theirs: str, wanted: str, ours: str, held: bool
) -> None:
    agreed = agree(parse(sdp(extra=f"a={theirs}\r\n")), CODECS, ours=wanted)
    assert agreed is not None and (agreed.direction, agreed.held) == (ours, held)


def test_an_answer_counts_in_the_place_of_our_stream_only() -> None:
    theirs = parse(sdp(0) + b"m=audio 4002 RTP/AVP 0\r\n")
    assert agree(theirs, CODECS, place=0) is None
    agreed = agree(theirs, CODECS, place=1)
    assert agreed is not None and agreed.port == 4002


def test_our_answer_can_be_read_and_agreed_on_by_the_other_side() -> None:
    theirs = parse(Local(1, "192.0.2.5", port=4000).offer(("PCMU", "PCMA")))
    agreed = agree(theirs, CODECS)
    assert agreed is not None
    answer = parse(Local(2, "2001:db8::1", port=10_000).answer(theirs, agreed))
    back = agree(answer, ("PCMU", "PCMA"))
    assert back is not None and (back.codec, back.host, back.event) == ("PCMA", "2001:db8::1", 101)


def test_the_version_counts_changes_and_the_id_stays() -> None:
    local = Local(7, "192.0.2.1", port=10_000)
    bodies = [local.offer(CODECS), local.offer(CODECS), local.offer(CODECS, SENDONLY)]
    assert [body.split(b"\r\n")[1] for body in bodies] == [
        b"o=- 7 1 IN IP4 192.0.2.1", b"o=- 7 1 IN IP4 192.0.2.1", b"o=- 7 2 IN IP4 192.0.2.1",
    ]  # fmt: skip
    assert local.again() == bodies[-1]


def test_a_later_offer_keeps_the_number_of_telephone_events() -> None:
    local = Local(7, "192.0.2.1", port=10_000)
    theirs = parse(sdp(formats="0 8 96", extra="a=rtpmap:96 telephone-event/8000\r\n"))
    agreed = agree(theirs, CODECS)
    assert agreed is not None
    local.answer(theirs, agreed)
    assert b"RTP/AVP 8 0 96\r\n" in local.offer(CODECS)


@pytest.mark.parametrize(
    ("formats", "maps", "event"),
    [
        ("8 101", "a=rtpmap:101 speex/8000\r\n", b"96"),
        ("8 96 101", "a=rtpmap:96 opus/48000/2\r\na=rtpmap:101 iLBC/8000\r\n", b"97"),
        ("8 101", "a=rtpmap:101 telephone-event/16000\r\n", b"96"),
        ("8 " + " ".join(map(str, range(96, 128))), "a=rtpmap:101 iLBC/8000\r\n", b""),
    ],
)
def test_a_number_that_stood_for_another_codec_is_never_used_again(
    formats: str, maps: str, event: bytes
) -> None:
    local = Local(7, "192.0.2.1", port=10_000)
    head = sdp().partition(b"m=")[0]
    theirs = parse(head + f"m=audio 4000 RTP/AVP {formats}\r\n{maps}".encode())
    agreed = agree(theirs, CODECS)
    assert agreed is not None and agreed.event == -1
    local.answer(theirs, agreed)
    for _ in range(2):
        (line,) = [line for line in local.offer(CODECS).split(b"\r\n") if line[:2] == b"m="]
        assert line == b" ".join([b"m=audio 10000 RTP/AVP 8 0", event]).strip()


def test_a_later_offer_keeps_each_stream_in_its_place() -> None:
    local = Local(7, "192.0.2.1", port=10_000)
    video, fax = b"m=video 5000 RTP/AVP 31\r\n", b"m=image 5002 udptl t38\r\n"
    head, mark, audio = sdp().partition(b"m=")
    theirs = parse(head + video + mark + audio + fax)
    agreed = agree(theirs, CODECS)
    assert agreed is not None
    local.answer(theirs, agreed)
    ours = local.offer(CODECS, SENDONLY)
    assert [line for line in ours.split(b"\r\n") if line[:2] == b"m="] == [
        b"m=video 0 RTP/AVP 31", b"m=audio 10000 RTP/AVP 8 0 101", b"m=image 0 udptl t38",
    ]  # fmt: skip
    assert local.place == 1 and b"o=- 7 2 " in ours


@pytest.mark.parametrize(
    "body",
    [
        b"", b"v=1\r\n", b"\x00" * 500, b"v=0\r\n" * 300, b"v=0\r\no=- 1", HEAD, sdp() * 40,
        HEAD + b"m=audio 65536 RTP/AVP 0\r\n", HEAD + b"m=audio 4000 RTP/AVP\r\n",
        HEAD + b"m=audio -1 RTP/AVP 0\r\n", HEAD + b"m=audio\r\n",
        HEAD + b"c=IN IP4\r\nm=audio 4000 RTP/AVP 0\r\n",
        HEAD + b"m=audio 4000 RTP/AVP 0\r\n" * 17, HEAD + b"nonsense\r\n",
        HEAD + b"m=audio 4000 RTP/AVP " + b"0 " * 80 + b"\r\n",
    ],
)  # fmt: skip
def test_what_is_no_description_or_too_much_of_one_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        parse(body)


@pytest.mark.parametrize(
    "body",
    [
        HEAD + b"m=audio 4000 RTP/AVP 0\r\n",
        sdp(host="example.com"), sdp(host="224.0.0.1"), sdp(host="255.255.255.255"),
        sdp(host="1.2.3"), sdp(0), sdp(formats="18"),
        sdp().replace(b"RTP/AVP", b"RTP/SAVP"),
    ],
)  # fmt: skip
def test_what_we_cannot_speak_to_finds_no_agreement(body: bytes) -> None:
    assert agree(parse(body), CODECS) is None


@pytest.mark.parametrize(
    "host",
    ["192.0.2.1", "0.0.0.0", "::1", "2001:db8::1", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "::"],
)
def test_addresses_of_one_end_are_known(host: str) -> None:
    assert is_address(host)


@pytest.mark.parametrize(
    "host",
    ["", "example", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "239.1.1.1", "ff02::1", "1::2::3",
     ":::", "1:2:3:4:5:6:7", "12345::", "g::1", "010.0.0.1", "1:2:3:4:5:6:7:8:9", "\u0661.2.3.4"],
)  # fmt: skip
def test_names_groups_and_nonsense_are_not(host: str) -> None:
    assert not is_address(host)


def test_the_directions_are_those_of_the_media_thread() -> None:
    assert {
        INACTIVE: media.INACTIVE, SENDONLY: media.SENDONLY, RECVONLY: media.RECVONLY,
        SENDRECV: media.SENDRECV,
    } == DIRECTIONS  # fmt: skip


def bodies() -> list[bytes]:
    """The shared bodies and one of ours, to be mangled."""
    folder = SHARED / "data/sip"
    files = sorted([*folder.glob("sdp/*"), *folder.glob("pjsip-seeds/*.sdp")])
    return [sdp(), *(file.read_bytes() for file in files)]


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(bodies()), st.data())
def test_mangled_descriptions_are_read_or_refused(seed: bytes, draw: st.DataObject) -> None:
    body = bytearray(seed)
    for _ in range(draw.draw(st.integers(0, 4))):
        at = draw.draw(st.integers(0, len(body)))
        body[at : at + draw.draw(st.integers(0, 6))] = draw.draw(st.binary(max_size=4))
    try:
        theirs = parse(bytes(body))
    except ValueError:
        return
    agreed = agree(theirs, CODECS)
    if agreed is not None:
        assert is_address(agreed.host) and 0 < agreed.port < 65536
        assert parse(Local(1, "192.0.2.1", port=10_000).answer(theirs, agreed)).streams
