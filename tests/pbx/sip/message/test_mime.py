"""The session description among the parts of a body."""

from __future__ import annotations

import pytest

from pbx.sip.message.body import description_of
from pbx.sip.message.mime import parts
from pbx.sip.message.received import Message, parse
from tests.pbx.sip.ends import sdp
from tests.pbx.sip.wire import lines

OURS = "Content-Type: application/sdp"


def bodied(kind: str, body: bytes) -> Message:
    """An INVITE with this body."""
    return parse(lines("INVITE sip:a SIP/2.0", f"Content-Type: {kind}", body=body))


def several(boundary: str, *pieces: tuple[str, bytes]) -> bytes:
    """A body of parts, each with the lines of its head."""
    return (
        b"".join(
            f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
            for head, content in pieces
        )
        + f"--{boundary}--\r\n".encode()
    )


def port_in(message: Message) -> int:
    """The port of the description found; 0 without one."""
    found = description_of(message)
    return found.streams[0].port if found else 0


@pytest.mark.parametrize(
    ("kind", "boundary"),
    [
        ('multipart/mixed;boundary="a;b"', "a;b"),
        ('Multipart/Related; type="application/sdp"; Boundary = x\'y', "x'y"),
        ('multipart/mixed; start="<a;boundary=no>"; boundary="q\\"q c"', 'q"q c'),
        ("multipart/signed;boundary=b;", "b"),
    ],
)
def test_the_boundary_is_a_parameter_like_any_other(kind: str, boundary: str) -> None:
    body = several(boundary, ("Content-Type: application/isup; version=x", b"\1\2"), (OURS, sdp()))
    assert port_in(bodied(kind, body)) == 4000


def test_of_alternatives_the_last_one_known_is_the_best() -> None:
    pieces = [(OURS, sdp(4000)), (OURS, sdp(4002)), ("Content-Type: text/plain", b"none")]
    assert port_in(bodied("multipart/alternative;boundary=b", several("b", *pieces))) == 4002
    assert port_in(bodied("multipart/mixed;boundary=b", several("b", *pieces))) == 4000


def test_a_part_may_hold_parts_whose_boundary_begins_like_its_own() -> None:
    inner = several("bb", ("Content-Type: text/plain", b"x"), (OURS, sdp(4006)))
    kind = "Content-Type: multipart/alternative; boundary=bb"
    assert port_in(bodied("multipart/mixed;boundary=b", several("b", (kind, inner)))) == 4006


def test_the_head_of_a_part_is_read_as_a_messages_is() -> None:
    for head in ("c: application/sdp", "content-TYPE :\r\n application/sdp\r\n ;charset=x",
                 "X: 1\r\nContent-Disposition: session;handling=required\r\n" + OURS):  # fmt: skip
        assert port_in(bodied("multipart/mixed;boundary=b", several("b", (head, sdp())))) == 4000


@pytest.mark.parametrize("head", [
    "Content-Type: text/plain\r\nX: application/sdp", "X: 1", f"{OURS}-not",
    f"{OURS}\r\nContent-Disposition: early-session", f"{OURS}\r\nContent-Encoding: gzip",
    f"{OURS}\r\nContent-Transfer-Encoding: base64",
])  # fmt: skip
def test_what_is_no_description_of_the_session_is_passed_over(head: str) -> None:
    assert port_in(bodied("multipart/mixed;boundary=b", several("b", (head, sdp())))) == 0


def test_what_stands_before_and_behind_the_parts_is_not_read() -> None:
    body = b"--bx\r\nhello\r\n" + several("b", (OURS, sdp())) + b"--b\r\n\r\nbye"
    assert (
        port_in(bodied("multipart/mixed;boundary=b", body.replace(b"--b\r", b"--b \t\r"))) == 4000
    )


@pytest.mark.parametrize("body", [
    b"", b"--b", b"--b\r\n\r\nx", b"--b\r\n\r\nx\r\n--bb--", b"--b\r\n\r\n" * 20,
])  # fmt: skip
def test_parts_without_an_end_are_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match="without end"):
        parts(body, "b")


def test_parts_may_be_empty_and_there_may_be_none() -> None:
    assert parts(b"--b\r\n--b\r\n\r\n--b--", "b") == [b"", b""]
    assert parts(b"--b--", "b") == []
    for boundary in ("", "b" * 71):
        with pytest.raises(ValueError, match="without boundary"):
            parts(b"--b--", boundary)


def test_parts_in_parts_have_an_end() -> None:
    body = sdp()
    for _ in range(5):
        body = several("b", ("Content-Type: multipart/mixed;boundary=b", body))
    with pytest.raises(ValueError, match=r"."):
        description_of(bodied("multipart/mixed;boundary=b", b"--b\r\n\0: 1\r\n\r\nx\r\n--b--"))
    assert port_in(bodied('multipart/mixed;boundary="c"', several("c", (OURS, sdp())))) == 4000
