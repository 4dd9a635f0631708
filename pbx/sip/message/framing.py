"""A SIP stream cut into messages (RFC 3261 18.3), with keep-alives (RFC 5626 4.4.1) and limits.

… CRLF CRLF     between messages: a ping, to be answered by CRLF (3.5.1)
… CRLF          between messages: a pong, or a stray line end: ignored
head CRLF CRLF body[Content-Length]
"""

from __future__ import annotations

from kernel.sip import index as sip_index
from pbx.sip.message.received import FAULTS, HEAD_MAX, LINES_MAX, MESSAGE_MAX, Malformed, Message

PING = b"\r\n\r\n"
PONG = b"\r\n"
END = b"\r\n\r\n"
BEGUN_MS = 20_000  # a message begun must be complete by then

# Faults after which nobody knows where the next message starts.
FATAL = (sip_index.NOT_SIP, sip_index.LENGTH, sip_index.LINES, sip_index.TOO_LONG)


class Stream:
    """The receiving side of one connection; any slicing of the bytes gives the same messages.

    `fault` is set once the stream cannot be read any more: answer it if it has a code, then close
    the connection. Everything after is dropped."""

    __slots__ = ("_buffer", "_deadline", "_need", "_searched", "fault")

    def __init__(self) -> None:
        self.fault: Malformed | None = None
        self._buffer = bytearray()
        self._searched = 0  # octets of the buffer known to hold no end of a head
        self._need = 0  # octets of the message whose head is complete; 0: not yet known
        self._deadline: int | None = None

    def feed(self, data: bytes, now: int) -> list[bytes]:
        """The messages that `data` completes, in order; `PING` stands for a keep-alive that is
        to be answered with `PONG`."""
        if self.fault is not None:
            return []
        self._buffer += data
        done: list[bytes] = []
        while (piece := self._next()) is not None:
            done.append(piece)
        if PING.startswith(self._buffer) or self.fault is not None:
            self._deadline = None  # nothing begun
        elif done or self._deadline is None:
            self._deadline = now + BEGUN_MS
        return done

    def next_deadline(self) -> int | None:
        """When the message begun must be complete, in ms; None between messages."""
        return self._deadline

    def is_late(self, now: int) -> bool:
        """Whether a message begun took too long: close the connection."""
        return self._deadline is not None and now >= self._deadline

    def _next(self) -> bytes | None:
        """Cut one message or ping off the buffer; None when there is no complete one."""
        buffer = self._buffer
        if not self._need:
            if buffer[:1] == b"\r":
                return self._line_end()
            if not self._measure():
                return None
        if len(buffer) < self._need:
            return None
        return self._cut(self._need)

    def _line_end(self) -> bytes | None:
        """What stands before a message: a ping, or a single line end, which is passed over."""
        buffer = self._buffer
        if buffer.startswith(PING):
            return self._cut(len(PING))
        if PING.startswith(buffer):
            return None  # may still become a ping
        if not buffer.startswith(PONG):
            self._refuse(sip_index.NOT_SIP)
            return None
        self._cut(len(PONG))
        return self._next()

    def _measure(self) -> bool:
        """Find the end of the head and with it the length of the message, if it is there."""
        buffer = self._buffer
        at = buffer.find(END, self._searched)
        if at < 0:
            self._searched = max(0, len(buffer) - len(END) + 1)
            if len(buffer) > HEAD_MAX:
                self._refuse(sip_index.TOO_LONG)
            return False
        head = sip_index.index(bytes(buffer[: at + len(END)]), HEAD_MAX, LINES_MAX)
        need = at + len(END) + max(0, head.content_length)
        if head.fault in FATAL:
            self._refuse(head.fault)
        elif head.content_length < 0 and not head.fault:
            self._refuse(sip_index.LENGTH)
        elif need > MESSAGE_MAX:
            self._refuse(sip_index.TOO_LONG)
        else:
            self._need = need
        return self._need > 0

    def _cut(self, length: int) -> bytes:
        piece = bytes(self._buffer[:length])
        del self._buffer[:length]
        self._need = self._searched = 0
        return piece

    def _refuse(self, fault: int) -> None:
        """Note what ends this stream; the answer repeats what could be read."""
        head = sip_index.index(bytes(self._buffer), HEAD_MAX, LINES_MAX)
        self.fault = Message(head).malformed(*FAULTS[fault])
        self._buffer.clear()
