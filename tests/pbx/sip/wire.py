"""Messages for the tests of SIP, and a user of transactions that writes down what it is told."""

from __future__ import annotations

from collections.abc import Sequence

from pbx.sip.message.check import check
from pbx.sip.message.outgoing import Request
from pbx.sip.message.received import Flow, Message, parse
from pbx.sip.transaction.client import ClientTransaction
from pbx.sip.transaction.server import ServerTransaction
from pbx.sip.transaction.transactions import Transactions

UDP = Flow("udp", "192.0.2.1", 5060)
TCP = Flow("tcp", "192.0.2.1", 40_000, 7)


def lines(*texts: str, body: bytes = b"") -> bytes:
    """Header lines to a message: CRLF after each, the empty line, the body."""
    return "".join(f"{text}\r\n" for text in (*texts, "")).encode() + body


def ask(method: str = "INVITE", *, branch: str = "a1", to_tag: str = "", cseq: int = 1) -> bytes:
    """A request of the far end."""
    return lines(
        f"{method} sip:100@192.0.2.9 SIP/2.0",
        f"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{branch}",
        'From: "Ann" <sip:ann@192.0.2.1>;tag=far',
        f"To: <sip:100@192.0.2.9>{f';tag={to_tag}' if to_tag else ''}",
        "Call-ID: c1@192.0.2.1",
        f"CSeq: {cseq} {method}",
        "Max-Forwards: 70",
        "Content-Length: 0",
    )


def received(data: bytes, flow: Flow = UDP) -> Message:
    """The bytes as the layers above get them."""
    message = parse(data)
    check(message)
    message.flow = flow
    return message


def asked(method: str = "INVITE", *, extra: Sequence[tuple[str, str]] = ()) -> Request:
    """A request of ours."""
    headers = [
        ("From", "<sip:pbx@192.0.2.9>;tag=near"),
        ("To", "<sip:ann@192.0.2.1>"),
        ("Call-ID", "c2@192.0.2.9"),
        ("CSeq", f"5 {method}"),
        ("Max-Forwards", "70"),
    ]
    return Request(method, "sip:ann@192.0.2.1", [*headers, *extra])


def answer(sent: bytes, code: int, *, tag: str = "far", flow: Flow = UDP) -> Message:
    """The far end's response to a request of ours."""
    message = parse(sent)
    return received(
        lines(
            f"SIP/2.0 {code} Because",
            *(f"Via: {via}" for via in message.headers("via")),
            f"From: {message.from_}",
            f"To: {message.to};tag={tag}",
            f"Call-ID: {message.call_id}",
            f"CSeq: {message.header('cseq')}",
            "Content-Length: 0",
        ),
        flow,
    )


class Notebook:
    """A transaction user that decides nothing; the wire is a list of (time, first word, flow)."""

    def __init__(self, *, transactions_max: int = 100) -> None:
        self.told: list[tuple[str, object]] = []
        self.servers: list[ServerTransaction] = []
        self.wire: list[bytes] = []
        self.times: list[tuple[int, str]] = []
        self.flows: list[Flow] = []
        self.now = 0
        self._branches = 0
        self.layer = Transactions(self, self._send, transactions_max=transactions_max)

    def run(self, until: int) -> None:
        """Let the time pass to `until`, stopping at every deadline."""
        while (when := self.layer.next_deadline()) is not None and when <= until:
            self.now = when
            self.layer.tick(when)
        self.now = until

    def hear(self, data: bytes | Message, flow: Flow = UDP) -> None:
        """A message comes in."""
        message = data if isinstance(data, Message) else received(data, flow)
        self.layer.receive(message, self.now)

    def sent(self, word: str) -> list[int]:
        """When messages left whose first line holds `word`."""
        return [when for when, line in self.times if word in line]

    def heard(self) -> list[str]:
        """What was told, without details."""
        return [what for what, _ in self.told]

    def _send(self, flow: Flow, data: bytes) -> None:
        self.wire.append(data)
        self.flows.append(flow)
        self.times.append((self.now, data.partition(b"\r\n")[0].decode()))

    def request(self, txn: ServerTransaction, message: Message, now: int) -> None:
        self.told.append(("request", message.method))
        self.servers.append(txn)

    def cancelled(self, txn: ServerTransaction, message: Message, now: int) -> None:
        self.told.append(("cancelled", txn.key))

    def ack(self, txn: ServerTransaction, message: Message, now: int) -> None:
        self.told.append(("ack", txn.leg))

    def no_ack(self, txn: ServerTransaction, now: int) -> None:
        self.told.append(("no_ack", now))

    def response(self, txn: ClientTransaction, message: Message, now: int) -> None:
        self.told.append(("response", message.code))

    def stray(self, message: Message, now: int) -> None:
        self.told.append(("stray", message.code))

    def overloaded(self, now: int) -> None:
        self.told.append(("overloaded", now))

    def timeout(self, txn: ClientTransaction, now: int) -> None:
        self.told.append(("timeout", now))

    def transport_failed(self, txn: ClientTransaction | ServerTransaction, now: int) -> None:
        self.told.append(("transport_failed", txn.method))

    def tag(self, message: Message) -> str:
        return "near"

    def branch(self) -> str:
        self._branches += 1
        return f"z9hG4bKus{self._branches}"

    def sent_by(self, flow: Flow) -> str:
        return "192.0.2.9:5060"
