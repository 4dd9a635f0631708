"""One client of the socket: its requests in, its answers and events out, within fixed memory.

A client is a position in the ring of events, so one that does not read costs nothing but its
position. It is sent more when the kernel has taken what it was sent:

    requests  ->  input (<= 1 MiB + one read) -> a few per turn -> answers; one that must read
                  the disk is read by another thread, and those behind it wait
    ring      ->  from its position, when less than 64 KiB are unsent -> events

Who is more than 1,000 events behind when there is room again gets one `lagged` in their place.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Protocol, cast

from pbx.events import Refused
from pbx.service.socket.accounts import Person
from pbx.service.socket.api import Later
from pbx.service.socket.dispatch import LINE_MAX, Dispatch, refusal
from pbx.service.socket.event_line import lagged_line
from pbx.service.socket.event_ring import EventRing
from pbx.service.socket.topics import Topics

TURN_REQUESTS = 16
TURN_MS = 2
UNSENT_HIGH = 64 << 10
UNSENT_LOW = 16 << 10
BEHIND_MAX = 1_000

TOO_LARGE = Refused("too_large", f"a request has at most {LINE_MAX} bytes")


class Door(Protocol):
    """What a connection needs of its server."""

    dispatch: Dispatch
    events: EventRing
    masks: frozenset[str]

    def clock(self) -> int:
        """Monotonic milliseconds."""

    def admit(self, connection: Connection, peer: socket.socket) -> Person | Refused:
        """Who this is; `Refused` if there are too many already."""

    def gone(self, connection: Connection) -> None:
        """The connection is closed."""


class Connection(asyncio.Protocol):
    """A client's connection; meets `api.Session`."""

    def __init__(self, door: Door, *, is_control: bool) -> None:
        self.is_control = is_control
        self.role = self.by = ""
        self.events = door.events
        self._door = door
        self._input = bytearray()
        self._scanned = 0  # input without a newline
        self._is_skipping = False  # the rest of a line that is too long
        self._is_ending = False  # the client has sent its last byte
        self._is_full = False  # unsent bytes are over the high mark
        self._topics: Topics | None = None
        self._position = 0
        self._is_live = False  # has caught up with the ring since it subscribed
        self._work_due = self._pump_due = False
        self._is_reading = False  # an answer is being read from the disk

    @property
    def is_masked(self) -> bool:
        """Whether callers' numbers are masked for this role."""
        return self.role in self._door.masks

    # ---- asyncio's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._loop = asyncio.get_running_loop()
        person = self._door.admit(self, transport.get_extra_info("socket"))
        if isinstance(person, Refused):
            self._transport.write(refusal(person))
            self._transport.close()
            return
        self.by, self.role = person
        self._transport.set_write_buffer_limits(UNSENT_HIGH, UNSENT_LOW)

    def connection_lost(self, exc: Exception | None) -> None:
        self._topics = None
        self._input.clear()
        self._door.gone(self)

    def data_received(self, data: bytes) -> None:
        self._input += data
        if not self._work_due:
            self._work()

    def eof_received(self) -> bool:
        """The client will ask nothing more: answer what is left, then close."""
        self._is_ending = True
        if not self._work_due:
            self._work()
        return True

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        if self._is_live and self.events.seq - self._position > BEHIND_MAX:
            self._lag(self.events.seq)
        self.pump()
        self._work_soon()

    # ---- requests

    def _work(self) -> None:
        """Answer a few requests; the rest in the next turn, or when there is room to answer."""
        self._work_due = False
        end = self._door.clock() + TURN_MS
        for _ in range(TURN_REQUESTS):
            if self._is_full or self._is_reading or self._transport.is_closing():
                self._transport.pause_reading()
                return
            line = self._next_line()
            if line is None:
                self._starved()
                return
            if line.strip():
                self._answer(line)
            if self._door.clock() > end:
                break
        self._transport.pause_reading()
        self._work_soon()

    def _work_soon(self) -> None:
        if not self._work_due:
            self._work_due = True
            self._loop.call_soon(self._work)

    def _starved(self) -> None:
        """No whole line is left."""
        if self._is_ending:
            self._transport.close()
        else:
            self._transport.resume_reading()

    def _next_line(self) -> bytearray | None:
        """The next whole line of the input; None if there is none yet."""
        end = self._input.find(b"\n", self._scanned)
        if end < 0:
            self._scanned = len(self._input)
            self._bound()
            return None
        line = self._input[:end]
        del self._input[: end + 1]
        self._scanned = 0
        if self._is_skipping:
            self._is_skipping = False
            line.clear()
        return line

    def _bound(self) -> None:
        """Let go of a line that has grown too long, and say so once."""
        if len(self._input) <= LINE_MAX:
            return
        if not self._is_skipping:
            self._transport.write(refusal(TOO_LARGE))
        self._is_skipping = True
        self._input.clear()
        self._scanned = 0

    def _answer(self, line: bytearray) -> None:
        """Answer one request; an error of ours costs this client its connection, and is raised."""
        try:
            answer = self._door.dispatch.answer(line, self, self._door.clock())
        except BaseException:
            self._transport.abort()
            raise
        if isinstance(answer, Later):
            self._is_reading = True
            reading = self._loop.run_in_executor(None, answer.read)
            reading.add_done_callback(self._read)
        elif answer is not None:
            self._transport.write(answer)

    def _read(self, reading: asyncio.Future[object]) -> None:
        """An answer has come from the disk."""
        self._is_reading = False
        if reading.cancelled():  # the loop ends
            return
        fault = reading.exception()
        if fault is not None:
            self._transport.abort()
            raise fault
        if not self._transport.is_closing():
            self._transport.write(cast(bytes, reading.result()))
        self._work_soon()

    # ---- events

    def follow(self, topics: Topics, since: int | None) -> None:
        """Send the events of `topics` after number `since`, or from now on."""
        self._topics = topics
        self._is_live = since is None
        self._position = self.events.seq if since is None else since
        self._pump_soon()

    def pump(self) -> None:
        """Send the next events, if there are any and there is room."""
        self._pump_due = False
        if self._topics is None or self._is_full or self._transport.is_closing():
            return
        if self._position < self.events.first - 1:
            self._lag(self.events.first - 1)
        data, self._position = self.events.chunk(
            self._position, self._topics, is_masked=self.is_masked
        )
        if data:
            self._transport.write(data)
        if self._position < self.events.seq:
            self._pump_soon()
        else:
            self._is_live = True

    def _pump_soon(self) -> None:
        if not self._pump_due:
            self._pump_due = True
            self._loop.call_soon(self.pump)

    def _lag(self, last: int) -> None:
        """Go on after event `last`, and tell the client what it did not get."""
        self._transport.write(lagged_line(self._position + 1, last))
        self._position = last

    # ---- the server's calls

    def close(self) -> None:
        """Close at once; what is unsent is lost."""
        self._transport.abort()
