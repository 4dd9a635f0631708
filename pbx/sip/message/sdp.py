"""Session descriptions: read a stranger's, agree on one audio stream, write our own.

    theirs (offer)                              ours (answer)
    m=audio 4000 RTP/AVP 8 0 101      ->        m=audio 10000 RTP/AVP 8 101
    a=sendonly                        ->        a=recvonly
    m=video 4002 RTP/AVP 31           ->        m=video 0 RTP/AVP 31

RFC 4566 for the text, RFC 3264 for offer and answer. We speak G.711 and telephone events
(RFC 4733); every other stream is refused with port 0. Names instead of addresses are not resolved:
such an offer finds no agreement.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from kernel.sip.sdp import Description, Stream, parse

__all__ = ["Agreed", "Description", "Local", "Stream", "agree", "is_address", "parse"]

HEX = "0123456789abcdefABCDEF"
NUMBERS = {"PCMU": 0, "PCMA": 8}
OUR_EVENTS = (101, *range(96, 128))  # numbers for telephone events, the first one free is taken
PTIMES = (10, 20, 30, 40, 60)  # ms of sound in a packet that we can send
NOWHERE = ("0.0.0.0", "::")
REFUSED = "m={} 0 {} {}\r\n"
SENDRECV, SENDONLY, RECVONLY, INACTIVE = "sendrecv", "sendonly", "recvonly", "inactive"
MIRROR = {SENDRECV: SENDRECV, SENDONLY: RECVONLY, RECVONLY: SENDONLY, INACTIVE: INACTIVE}


class Agreed(msgspec.Struct, frozen=True):
    """What both ends agreed on for audio.

    `host` and `port` are where the far end listens; `direction` is ours (`recvonly`: we only
    receive); `held` says that the far end does not want to hear us. `payload` is the number on the
    wire of `codec`, `event` that of telephone events or -1; `index` is the `m=` line's place.
    """

    host: str
    port: int
    codec: str
    payload: int
    event: int
    ptime: int
    direction: str
    held: bool
    index: int = 0


def agree(
    theirs: Description, codecs: Sequence[str], *, ours: str = SENDRECV, place: int = -1
) -> Agreed | None:
    """The first audio stream with a codec of ours; the first of `codecs` that they know wins.

    `ours` is the direction that we want at most; `place` is that of our own stream, where `theirs`
    is the answer to an offer of ours: no other counts then (RFC 3264 section 6)."""
    start = max(place, 0)
    while (found := theirs.audio(codecs, start)) is not None:
        index, host, codec, stream = found
        if place >= 0 and index != place:
            return None
        if is_address(host):
            direction = MIRROR[stream.direction or theirs.direction or SENDRECV]
            if host in NOWHERE:  # the old way to hold, RFC 3264 section 8.4
                direction = RECVONLY if direction in (SENDRECV, RECVONLY) else INACTIVE
            return Agreed(
                host, stream.port, codec, NUMBERS[codec], stream.event,
                stream.ptime if stream.ptime in PTIMES else 20, both(direction, ours),
                direction in (RECVONLY, INACTIVE), index,
            )  # fmt: skip
        start = index + 1
    return None


def both(one: str, other: str) -> str:
    """The direction that two allow."""
    if one == other or other == SENDRECV:
        return one
    return other if one == SENDRECV else INACTIVE


@lru_cache(4096)
def is_address(host: str) -> bool:
    """Whether a host is an address that one far end can have: no name, no group of many."""
    if ":" in host:
        return len(host) < 46 and not host.lower().startswith("ff") and _is_v6(host)
    parts = host.split(".")
    return (
        len(parts) == 4
        and all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts)
        and all(int(part) < 256 and (part == "0" or part[0] != "0") for part in parts)
        and int(parts[0]) < 224
    )


def _is_v6(host: str) -> bool:
    head, mark, tail = host.partition("::")
    groups = [group for side in (head, tail) if side for group in side.split(":")]
    if groups and "." in groups[-1]:
        if not is_address(groups.pop()):
            return False
        groups += ["0", "0"]
    room = len(groups) < 8 if mark else len(groups) == 8
    digits = all(0 < len(group) < 5 and not group.strip(HEX) for group in groups)
    return room and digits and "::" not in tail


class Local:
    """Our own side of one session's description. What was said in it goes on to hold (RFC 3264
    section 8): `o=` keeps its id and counts the changes, a stream keeps its place, also when it
    was refused, and a number keeps what it stands for."""

    __slots__ = ("_before", "_event", "_others", "_place", "_refused", "_rest", "host", "id",
                 "port", "version")  # fmt: skip

    def __init__(self, id: int, host: str, *, port: int) -> None:
        self.id = id
        self.host = host
        self.port = port
        self.version = 0
        self._rest = self._before = ""  # what was said last, and before the last offer
        self._event = OUR_EVENTS[0]  # the number of telephone events
        self._others = 0  # a bit for each number that has stood for something else
        self._place = 0
        self._refused: list[str] = []  # the lines of the other streams, in their order

    def copy(self) -> Local:
        """The same side for another dialog that the same offer has led to."""
        other = Local(self.id, self.host, port=self.port)
        other.version, other._rest, other._event = self.version, self._rest, self._event
        return other

    def offer(self, codecs: Sequence[str], direction: str = SENDRECV) -> bytes:
        """A description that offers `codecs` in this order, and telephone events."""
        if self._event >= 0 and self._others >> self._event & 1:
            free = [number for number in OUR_EVENTS if not self._others >> number & 1]
            self._event = free[0] if free else -1
        self._before = self._rest
        return self._write(self._audio(tuple(codecs), self._event, direction=direction))

    def answer(self, theirs: Description, agreed: Agreed) -> bytes:
        """The answer to `theirs`: the agreed stream in its place, every other with port 0."""
        self._place = agreed.index
        self._refused = [
            REFUSED.format(stream.kind, stream.proto, stream.formats or "0")
            for index, stream in enumerate(theirs.streams)
            if index != agreed.index
        ]
        if agreed.event >= 0:
            self._event = agreed.event
        self.learn(theirs, agreed)
        return self._write(self._audio((agreed.codec,), agreed.event, direction=agreed.direction))

    def learn(self, theirs: Description, agreed: Agreed) -> None:
        """Keep in mind which numbers stand for something else, so that no later offer uses them
        for telephone events (RFC 3264 section 8.3.2)."""
        for number in theirs.streams[agreed.index].others:
            self._others |= 1 << number

    @property
    def place(self) -> int:
        """Which of the `m=` lines is our stream."""
        return self._place

    def withdraw(self) -> None:
        """The last offer was refused: what was said before it holds (RFC 3261 section 14.1)."""
        self._write(self._before)

    def again(self) -> bytes:
        """The last description once more, unchanged: for a refresh."""
        return self._text()

    def _audio(self, codecs: tuple[str, ...], event: int, *, direction: str) -> str:
        ours = f"m=audio {self.port} {_formats(codecs, event, direction=direction)}"
        if not self._refused:
            return ours
        return "".join([*self._refused[: self._place], ours, *self._refused[self._place :]])

    def _write(self, rest: str) -> bytes:
        if rest != self._rest:
            self._rest = rest
            self.version += 1
        return self._text()

    def _text(self) -> bytes:
        family = "IP6" if ":" in self.host else "IP4"
        return (
            f"v=0\r\no=- {self.id} {self.version} IN {family} {self.host}\r\ns=-\r\n"
            f"c=IN {family} {self.host}\r\nt=0 0\r\n{self._rest}"
        ).encode()


@lru_cache(256)
def _formats(codecs: tuple[str, ...], event: int, *, direction: str) -> str:
    """What follows the port in our own `m=` line, and its attributes."""
    formats = [str(NUMBERS[codec]) for codec in codecs]
    maps = [f"a=rtpmap:{NUMBERS[codec]} {codec}/8000\r\n" for codec in codecs]
    if event >= 0:
        formats.append(str(event))
        maps.append(f"a=rtpmap:{event} telephone-event/8000\r\na=fmtp:{event} 0-15\r\n")
    return f"RTP/AVP {' '.join(formats)}\r\n{''.join(maps)}a=ptime:20\r\na={direction}\r\n"
