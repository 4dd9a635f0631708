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

BODY_MAX = 8192
LINES_MAX = 256
STREAMS_MAX = 16
FORMATS_MAX = 64
HEX = "0123456789abcdefABCDEF"
EVENT = "TELEPHONE-EVENT"
STATIC = {0: "PCMU", 8: "PCMA"}
NUMBERS = {"PCMU": 0, "PCMA": 8}
OUR_EVENT = 101
SENDRECV, SENDONLY, RECVONLY, INACTIVE = "sendrecv", "sendonly", "recvonly", "inactive"
MIRROR = {SENDRECV: SENDRECV, SENDONLY: RECVONLY, RECVONLY: SENDONLY, INACTIVE: INACTIVE}


class Stream(msgspec.Struct):
    """One `m=` line with the attributes that matter to us; `codecs` maps payload to NAME/RATE."""

    kind: str
    port: int
    proto: str
    formats: list[str]
    host: str = ""
    direction: str = ""
    ptime: int = 0
    codecs: dict[int, str] = {}


class Description(msgspec.Struct):
    """A parsed description: its session-wide address and direction, and its streams in order."""

    origin: str
    host: str
    direction: str
    streams: list[Stream]


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


def parse(body: bytes) -> Description:
    """Read a description; ValueError with a reason for whatever is no SDP or past the limits."""
    if len(body) > BODY_MAX:
        raise ValueError("description too long")
    lines = body.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    if lines[0] != "v=0" or len(lines) > LINES_MAX:
        raise ValueError("not a description of version 0")
    found = Description("", "", "", [])
    stream: Stream | None = None
    for line in lines[1:]:
        if line[1:2] != "=":
            if line.strip():
                raise ValueError(f"line {line[:20]!r}")
            continue
        letter, value = line[0], line[2:]
        if letter == "a":
            _attribute(stream or found, value)
        elif letter == "m":
            stream = _stream(value)
            found.streams.append(stream)
        elif letter == "c":
            _connection(stream or found, value)
        elif letter == "o":
            found.origin = value
    if not found.streams or len(found.streams) > STREAMS_MAX:
        raise ValueError(f"{len(found.streams)} streams")
    return found


def _stream(value: str) -> Stream:
    kind, _, rest = value.partition(" ")
    port, _, rest = rest.partition(" ")
    proto, *formats = rest.split()[: FORMATS_MAX + 2] or [""]
    number = _number(port.partition("/")[0], 65535)
    if not kind or not formats or len(formats) > FORMATS_MAX:
        raise ValueError(f"stream {value[:40]!r}")
    return Stream(kind, number, proto, formats)


def _connection(place: Stream | Description, value: str) -> None:
    words = value.split()
    if len(words) != 3 or words[0] != "IN" or words[1] not in ("IP4", "IP6"):
        raise ValueError(f"connection {value[:40]!r}")
    place.host = words[2].partition("/")[0]


def _attribute(place: Stream | Description, value: str) -> None:
    if value in MIRROR:
        place.direction = value
    elif isinstance(place, Stream):
        name, _, rest = value.partition(":")
        if name == "rtpmap":
            _map(place, rest)
        elif name == "ptime" and rest.isascii() and rest.isdigit() and len(rest) < 4:
            place.ptime = int(rest)


def _map(stream: Stream, value: str) -> None:
    number, _, encoding = value.partition(" ")
    name, _, rate = encoding.strip().partition("/")
    if not name or not rate:
        raise ValueError(f"rtpmap {value[:40]!r}")
    if not stream.codecs:
        stream.codecs = {}
    stream.codecs[_number(number, 127)] = f"{name.upper()}/{rate.partition('/')[0]}"


def _number(text: str, top: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= top):
        raise ValueError(f"{text[:20]!r} is no number up to {top}")
    return int(text)


def agree(theirs: Description, codecs: Sequence[str]) -> Agreed | None:
    """The first audio stream with a codec of ours; the first of `codecs` that they know wins."""
    for index, stream in enumerate(theirs.streams):
        is_plain = stream.kind == "audio" and stream.proto == "RTP/AVP" and stream.port
        if is_plain and is_address(stream.host or theirs.host):
            known, event = _known(stream)
            best = next((codec for codec in codecs if codec in known), None)
            if best is not None:
                return _agreed(theirs, index, best, (known[best], event))
    return None


def _known(stream: Stream) -> tuple[dict[str, int], int]:
    """The codecs of a stream that we speak, name to payload number, and the events' number."""
    known: dict[str, int] = {}
    event = -1
    for form in stream.formats:
        if not (form.isascii() and form.isdigit() and len(form) < 4):
            continue
        number = int(form)
        name, _, rate = stream.codecs.get(number, "").partition("/")
        name = name or STATIC.get(number, "")
        if name == EVENT and rate == "8000" and event < 0 and 96 <= number < 128:
            event = number
        elif NUMBERS.get(name) == number and rate in ("8000", ""):
            known.setdefault(name, number)
    return known, event


def _agreed(theirs: Description, index: int, codec: str, numbers: tuple[int, int]) -> Agreed:
    stream = theirs.streams[index]
    host = stream.host or theirs.host
    wish = stream.direction or theirs.direction or SENDRECV
    direction = MIRROR[wish]
    if host in ("0.0.0.0", "::"):  # the old way to hold, RFC 3264 section 8.4
        direction = RECVONLY if direction in (SENDRECV, RECVONLY) else INACTIVE
    held = direction in (RECVONLY, INACTIVE)
    ptime = stream.ptime if stream.ptime in (10, 20, 30, 40, 60) else 20
    return Agreed(host, stream.port, codec, *numbers, ptime, direction, held, index)


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
    """Our own side of one leg's description: `o=` keeps its id and counts its changes."""

    __slots__ = ("_rest", "host", "id", "port", "version")

    def __init__(self, id: int, host: str, port: int) -> None:
        self.id = id
        self.host = host
        self.port = port
        self.version = 0
        self._rest = ""

    def offer(self, codecs: Sequence[str], direction: str = SENDRECV) -> bytes:
        """A description that offers `codecs` in this order, and telephone events."""
        return self._write(self._audio([(NUMBERS[codec], codec) for codec in codecs],
                                       OUR_EVENT, direction))  # fmt: skip

    def answer(self, theirs: Description, agreed: Agreed) -> bytes:
        """The answer to `theirs`: the agreed stream in its place, every other with port 0."""
        ours = self._audio([(agreed.payload, agreed.codec)], agreed.event, agreed.direction)
        if len(theirs.streams) == 1:
            return self._write(ours)
        return self._write("".join(
            ours if index == agreed.index
            else f"m={stream.kind} 0 {stream.proto} {' '.join(stream.formats)}\r\n"
            for index, stream in enumerate(theirs.streams)
        ))  # fmt: skip

    def again(self) -> bytes:
        """The last description once more, unchanged: for a refresh."""
        return self._text()

    def _audio(self, codecs: list[tuple[int, str]], event: int, direction: str) -> str:
        formats = [str(number) for number, _ in codecs]
        maps = [f"a=rtpmap:{number} {name}/8000\r\n" for number, name in codecs]
        if event >= 0:
            formats.append(str(event))
            maps.append(f"a=rtpmap:{event} telephone-event/8000\r\na=fmtp:{event} 0-15\r\n")
        return (
            f"m=audio {self.port} RTP/AVP {' '.join(formats)}\r\n{''.join(maps)}"
            f"a=ptime:20\r\na={direction}\r\n"
        )

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
