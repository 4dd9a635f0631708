"""Bodies of several parts (RFC 2046 5.1, RFC 5621): which of them is the session description.

    Content-Type: multipart/mixed; boundary="a;b"

    --a;b
    Content-Type: multipart/alternative; boundary=c     the last that we know is the best

    --c
    Content-Type: application/sdp                       this one
    …
    --a;b
    Content-Type: application/isup                      passed over

One parser for all of it: values and parameters are those of SIP's headers, a part's head is read as
a message's is.
"""

from __future__ import annotations

from kernel.sip import index as sip_index
from kernel.sip.head import Head
from pbx.sip.message.uri import value_of

PARTS_MAX = 8
DEPTH_MAX = 3
BOUNDARY_MAX = 70  # characters (RFC 2046 5.1.1)
LINES_MAX = 32
SDP = "application/sdp"
PLAIN = ("", "identity")
UNCHANGED = ("", "7bit", "8bit", "binary")
FIRST = b"SIP/2.0 200 OK\r\n"  # a part's head has no start line


def type_of(value: str) -> tuple[str, dict[str, str]]:
    """A Content-Type in lower case and its parameters; ValueError."""
    kind, params = value_of(value)
    return kind.lower(), params


def described(head: Head, body: bytes, *, depth: int = 0) -> bytes | None:
    """The session description in a body that `head` speaks of; None without one.

    Raises ValueError for parts that cannot be told apart."""
    kind, params = type_of(head.text("content-type") or "")
    if not _is_readable(head):
        return None
    if kind == SDP:
        return body
    if not kind.startswith("multipart/") or depth == DEPTH_MAX:
        return None
    pieces = parts(body, params.get("boundary", ""))
    for piece in reversed(pieces) if kind == "multipart/alternative" else pieces:
        inner = sip_index.index(FIRST + piece, len(FIRST) + len(piece), LINES_MAX)
        if inner.fault:
            raise ValueError("a part whose head cannot be read")
        found = described(inner, inner.data[inner.body :], depth=depth + 1)
        if found is not None:
            return found
    return None


def _is_readable(head: Head) -> bool:
    """Whether a body is as it is written, and is for the session (RFC 3261 20.11)."""
    encoding = (head.text("content-encoding") or "").lower()
    transfer = (head.text("content-transfer-encoding") or "").lower()
    purpose, _ = value_of(head.text("content-disposition") or "")
    is_whole = encoding in PLAIN and transfer in UNCHANGED
    return is_whole and purpose.lower() in ("", "session", "render")


def parts(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the delimiters; ValueError where there is no boundary, or no end."""
    if not 0 < len(boundary) <= BOUNDARY_MAX:
        raise ValueError("multipart without boundary")
    text, mark = b"\r\n" + body, b"\r\n--" + boundary.encode()
    found: list[bytes] = []
    start, at = -1, 0
    while (at := text.find(mark, at)) >= 0:
        end = at + len(mark)
        line_end = text.find(b"\r\n", end)
        tail = text[end : line_end if line_end >= 0 else len(text)]
        is_last = tail.startswith(b"--")
        if not is_last and tail.strip(b" \t"):
            at = end  # a longer boundary, of a part within
            continue
        if start >= 0:
            found.append(text[start:at])
        if is_last:
            return found
        if line_end < 0 or len(found) == PARTS_MAX:
            break
        start, at = line_end + 2, line_end
    raise ValueError("multipart without end")
