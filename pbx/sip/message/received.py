"""Received SIP messages: an index over the bytes, whose values are decoded when asked for.

`parse` finds the structure (start line, header lines, body) and refuses what has none; `check`
(`check.py`) then says whether a message keeps RFC 3261's rules. Both raise `Malformed`, which
carries the status to answer and as much of the message as an answer needs.
"""

from __future__ import annotations

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

    def __init__(self, code: int, reason: str, message: Message) -> None:
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

    Properties that read a header raise `Malformed` where it cannot be read; after `check` they
    cannot. An absent header is "" there, None in `header`. `plain` is set by `check` where the
    message has the plain form: its values are read already.
    """

    __slots__ = (
        "_contacts", "_cseq", "_from", "_to", "_uri", "_via",
        "body", "code", "flow", "head", "is_request", "method", "plain", "reason", "uri",
    )  # fmt: skip

    def __init__(self, head: Head) -> None:
        self.head = head
        self.is_request = head.is_request
        self.uri = head.uri  # "" in a response
        self.code = head.code  # 0 in a request
        self.reason = head.reason
        self.body = b""
        self.flow: Flow | None = None  # set by whoever received it
        self.plain: Plain | None = None
        self._cseq: tuple[int, str] | None = None
        self._via: Via | None = None
        self._from: Address | None = None
        self._to: Address | None = None
        self._uri: Uri | None = None
        self._contacts: list[Address] | None = None
        self.method = head.method or ((head.text("cseq") or "").split() or [""])[-1]

    def header(self, name: str) -> str | None:
        """The first value of a header; `name` is its long form in lower case."""
        return self.head.text(name)

    def headers(self, name: str) -> list[str]:
        """One value for each header line of that name, in their order."""
        return self.head.texts(name)

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

    def has(self, name: str) -> bool:
        """Whether a header of one of `sip_index.NAMES` is there; cheaper than `header`."""
        return bool(self.head.seen & BITS[name])

    def malformed(self, code: int, reason: str) -> Malformed:
        """The exception for a fault in this message: with code 0 unless it is a request that can
        be answered (not ACK, and with at least one of the headers that an answer repeats)."""
        answerable = self.is_request and self.method != "ACK" and self.head.seen & TRACES
        return Malformed(code if answerable else 0, reason, self)

    @property
    def call_id(self) -> str:
        if self.plain is not None:
            return self.plain.call_id
        return self.head.text("call-id") or ""

    @property
    def from_(self) -> str:
        """The value of From as it came; likewise `to`."""
        return self.head.text("from") or ""

    @property
    def to(self) -> str:
        return self.head.text("to") or ""

    @property
    def cseq(self) -> int:
        if self.plain is not None:
            return self.plain.cseq
        return self._read_cseq()[0]

    @property
    def cseq_method(self) -> str:
        if self.plain is not None:
            return self.method
        return self._read_cseq()[1]

    @property
    def from_address(self) -> Address:
        if self._from is None:
            self._from = self.address(self.from_, "From")
        return self._from

    @property
    def to_address(self) -> Address:
        if self._to is None:
            self._to = self.address(self.to, "To")
        return self._to

    @property
    def from_tag(self) -> str:
        if self.plain is not None:
            return self.plain.from_tag
        return self.from_address.params.get("tag", "")

    @property
    def to_tag(self) -> str:
        if self.plain is not None:
            return self.plain.to_tag
        return self.to_address.params.get("tag", "")

    @property
    def contacts(self) -> list[Address]:
        """All Contact values; empty for `*` (then `header("contact")` is "*")."""
        if self._contacts is None:
            values = self.values("contact")
            if values == ["*"]:
                values = []
            self._contacts = [self.address(value, "Contact") for value in values]
        return self._contacts

    @property
    def via(self) -> Via:
        if self._via is None:
            try:
                self._via = Via(*sip_value.via_parts(self.head.text("via") or ""))
            except ValueError as wrong:
                raise self.malformed(400, "Bad Via") from wrong
        return self._via

    @property
    def sent_by(self) -> tuple[str, int, bool]:
        """Host and port (0: none) of the topmost Via, and whether it has `rport`."""
        if self.plain is not None:
            return self.plain.host, self.plain.port, self.plain.has_rport
        via = self.via
        return via.host, via.port, "rport" in via.params

    @property
    def branch(self) -> str:
        if self.plain is not None:
            return self.plain.branch
        return self.via.params.get("branch", "")

    @property
    def request_uri(self) -> Uri:
        """`uri` in its parts."""
        if self._uri is None:
            try:
                self._uri = parse_uri(self.uri)
            except ValueError as wrong:
                raise self.malformed(400, "Bad Request-URI") from wrong
        return self._uri

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

    def _read_cseq(self) -> tuple[int, str]:
        if self._cseq is None:
            parts = (self.head.text("cseq") or "").split()
            number = parts[0] if len(parts) == 2 else ""
            is_number = number.isascii() and number.isdigit() and len(number) <= DIGITS_MAX
            if not is_number or int(number) >= CSEQ_END:
                raise self.malformed(400, "Bad CSeq")
            self._cseq = (int(number), parts[1])
        return self._cseq

    def address(self, text: str, name: str) -> Address:
        try:
            return parse_address(text)
        except ValueError as wrong:
            raise self.malformed(400, f"Bad {name}") from wrong


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
