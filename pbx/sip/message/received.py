"""Received SIP messages: an index over the bytes, whose values are decoded when asked for.

`parse` finds the structure (start line, header lines, body) and refuses what has none; `check`
(`check.py`) then says whether a message keeps RFC 3261's rules. Both raise `Malformed`, which
carries the status to answer and as much of the message as an answer needs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from kernel.sip import index as sip_index
from kernel.sip import value as sip_value
from kernel.sip.head import Head
from kernel.sip.plain import Plain
from pbx.sip.message.uri import Address, Uri, parse_address, parse_uri

HEAD_MAX = 16 * 1024
MESSAGE_MAX = 64 * 1024
LINES_MAX = 256
CSEQ_END = 2**31
DIGITS_MAX = 20
PORT = 5060

FAULTS = {
    sip_index.NOT_SIP: (0, "Not SIP"),
    sip_index.START_LINE: (400, "Bad Start Line"),
    sip_index.VERSION: (505, "Version Not Supported"),
    sip_index.CONTROL: (400, "Control Character In A Header"),
    sip_index.LINE: (400, "Bad Header Line"),
    sip_index.LINES: (400, "Too Many Header Lines"),
    sip_index.TOO_LONG: (513, "Message Too Large"),
    sip_index.UNENDED: (400, "No Empty Line After The Headers"),
    sip_index.LENGTH: (400, "Bad Content-Length"),
}
ADDRESSES = frozenset(("via", "contact", "route", "record-route", "path"))
BITS = {name: 1 << number for number, name in enumerate(sip_index.NAMES)}
TRACES = BITS["via"] | BITS["from"] | BITS["to"] | BITS["call-id"] | BITS["cseq"]


class Flow(msgspec.Struct, frozen=True, array_like=True):
    """Where bytes come from and go to: `connection` is 0 for UDP, else the number of a stream;
    `local` numbers our listening socket."""

    transport: str  # "udp", "tcp", "tls"
    host: str
    port: int
    connection: int = 0
    local: int = 0

    @property
    def uri_transport(self) -> str:
        """The parameter of a URI for it; UDP goes without saying."""
        return "" if self.transport == "udp" else f";transport={self.transport}"


class Malformed(ValueError):
    """A message that breaks the rules: `code` is the status to answer with (0: drop silently,
    as for responses and ACK), `message` what could be read of it."""

    def __init__(self, code: int, reason: str, *, message: Message) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason
        self.message = message


class Via(msgspec.Struct, frozen=True):
    """The topmost Via: `port` is 0 where none is written; parameter names are lower case."""

    transport: str  # upper case, "UDP"
    host: str
    port: int
    params: dict[str, str]


class Message:
    """One received message. Values are str without folds and without the spaces around them;
    bytes that are no UTF-8 become U+FFFD (answers copy the raw bytes).

    The values of headers are read when they are first asked for, and kept: see `_READ`. Those of a
    message of the plain form are there from the beginning, for every message is asked for them.
    Reading raises `Malformed` where a header cannot be read; after `check` it cannot. An absent
    header is "" there, None in `header`.
    """

    __slots__ = (
        "body", "branch", "call_id", "code", "contacts", "cseq", "cseq_method", "flow", "from_",
        "from_address", "from_tag", "has", "head", "header", "headers", "is_request", "method",
        "plain", "reason", "request_uri", "sent_by", "to", "to_address", "to_tag", "uri", "via",
    )  # fmt: skip
    branch: str
    call_id: str
    contacts: list[Address]  # empty for `*` (then `header("contact")` is "*")
    cseq: int
    cseq_method: str
    from_: str  # the value of From as it came; likewise `to`
    from_address: Address
    from_tag: str
    request_uri: Uri  # `uri` in its parts
    sent_by: tuple[str, int, bool]  # host, port (0: none) of the topmost Via; has it `rport`?
    to: str
    to_address: Address
    to_tag: str
    via: Via

    def __init__(self, head: Head) -> None:
        self.head = head
        self.header = head.text  # the first value of a header, named long and in lower case
        self.headers = head.texts  # one value for each header line of that name, in their order
        self.has = head.has  # whether a header of `sip_index.NAMES` is there: the cheapest
        self.is_request = head.is_request
        self.uri = head.uri  # "" in a response
        self.code = head.code  # 0 in a request
        self.reason = head.reason
        self.body = b""
        self.flow: Flow | None = None  # set by whoever received it
        self.plain: Plain | None = None
        self.method = head.method or ((head.text("cseq") or "").split() or [""])[-1]

    if not TYPE_CHECKING:  # for whom every value is there

        def __getattr__(self, name: str) -> Any:
            """A value that nobody has asked for before is read, and kept."""
            read = _READ.get(name)
            if read is None:
                raise AttributeError(name)
            value = read(self)
            setattr(self, name, value)
            return value

    def take(self, plain: Plain) -> None:
        """The message has the plain form: its values are read already."""
        self.plain = plain
        self.call_id, self.cseq, self.cseq_method = plain.call_id, plain.cseq, self.method
        self.from_tag, self.to_tag, self.branch = plain.from_tag, plain.to_tag, plain.branch
        self.sent_by = plain.sent_by

    def values(self, name: str) -> list[str]:
        """The comma-separated values of all lines of that name; quotes and <> are respected.

        Raises `Malformed` where a quote or bracket is left open, or an address is left out."""
        strict = name in ADDRESSES
        try:
            lines = self.head.texts(name)
            return [part for line in lines for part in sip_value.split(line, ",", strict)]
        except ValueError as wrong:
            raise self.malformed(400, f"Bad {name.title()}") from wrong

    def lists(self, name: str, word: str) -> bool:
        """Whether a header names a word among its values: an extension, a method. One that cannot
        be read names none."""
        if word not in (self.head.text(name) or "") and not self.head.twice:
            return False
        try:
            return word in self.values(name)
        except Malformed:
            return False

    def malformed(self, code: int, reason: str) -> Malformed:
        """The exception for a fault in this message: with code 0 unless it is a request that can
        be answered (not ACK, and with at least one of the headers that an answer repeats)."""
        answerable = self.is_request and self.method != "ACK" and self.head.seen & TRACES
        return Malformed(code if answerable else 0, reason, message=self)

    @property
    def reply_flow(self) -> Flow:
        """Where responses go (RFC 3261 18.2.2, RFC 3581): always the address the request came
        from, over UDP without `rport` to the port of its Via. Never to `maddr`."""
        flow = self.flow
        assert flow is not None, "a message that was received has a flow"
        if flow.transport != "udp":
            return flow
        try:
            _, port, has_rport = self.sent_by
        except Malformed:
            return flow
        if has_rport or flow.port == (port or PORT):
            return flow
        return Flow("udp", flow.host, port or PORT, 0, flow.local)

    def address(self, text: str, name: str) -> Address:
        """A value of the header `name` in its parts; raises `Malformed`."""
        try:
            return parse_address(text)
        except ValueError as wrong:
            raise self.malformed(400, f"Bad {name}") from wrong


def _cseq(message: Message) -> int:
    parts = (message.head.text("cseq") or "").split()
    number = parts[0] if len(parts) == 2 else ""
    is_number = number.isascii() and number.isdigit() and len(number) <= DIGITS_MAX
    if not is_number or int(number) >= CSEQ_END:
        raise message.malformed(400, "Bad CSeq")
    return int(number)


def _cseq_method(message: Message) -> str:
    _ = message.cseq  # raises
    return (message.head.text("cseq") or "").split()[1]


def _contacts(message: Message) -> list[Address]:
    values = message.values("contact")
    if values == ["*"]:
        values = []
    return [message.address(value, "Contact") for value in values]


def _via(message: Message) -> Via:
    try:
        return Via(*sip_value.via_parts(message.head.text("via") or ""))
    except ValueError as wrong:
        raise message.malformed(400, "Bad Via") from wrong


def _sent_by(message: Message) -> tuple[str, int, bool]:
    via = message.via
    return via.host, via.port, "rport" in via.params


def _request_uri(message: Message) -> Uri:
    try:
        return parse_uri(message.uri)
    except ValueError as wrong:
        raise message.malformed(400, "Bad Request-URI") from wrong


_READ: dict[str, Callable[[Message], Any]] = {
    "branch": lambda message: message.via.params.get("branch", ""),
    "call_id": lambda message: message.head.text("call-id") or "",
    "contacts": _contacts,
    "cseq": _cseq,
    "cseq_method": _cseq_method,
    "from_": lambda message: message.head.text("from") or "",
    "from_address": lambda message: message.address(message.from_, "From"),
    "from_tag": lambda message: message.from_address.params.get("tag", ""),
    "request_uri": _request_uri,
    "sent_by": _sent_by,
    "to": lambda message: message.head.text("to") or "",
    "to_address": lambda message: message.address(message.to, "To"),
    "to_tag": lambda message: message.to_address.params.get("tag", ""),
    "via": _via,
}


def parse(data: bytes) -> Message:
    """Read one datagram, or one message from a stream; raises `Malformed`.

    A body longer than Content-Length is cut, a shorter one refused (RFC 3261 18.3)."""
    head = sip_index.index(data, HEAD_MAX, LINES_MAX)
    message = Message(head)
    if head.fault:
        raise message.malformed(*FAULTS[head.fault])
    if len(data) > MESSAGE_MAX:
        raise message.malformed(513, "Message Too Large")
    start, length = head.body, head.content_length
    if start + length > len(data):
        raise message.malformed(400, "Body Shorter Than Content-Length")
    message.body = data[start:] if length < 0 else data[start : start + length]
    return message
