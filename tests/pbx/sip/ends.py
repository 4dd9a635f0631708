"""The far ends of calls, written by hand: callers and phones that speak SIP in bytes."""

from __future__ import annotations

from collections.abc import Sequence

from kernel.media.peer import Peer
from pbx.commands import Ring
from pbx.events import Alerting, CallArrived, Fact
from pbx.sip.access.callers import Phone
from pbx.sip.agent import UserAgent
from pbx.sip.dialog.leg import Line
from pbx.sip.dialog.uac import Target
from pbx.sip.message.digest import Credentials, answer
from pbx.sip.message.outgoing import Reply, response
from pbx.sip.message.received import Flow, Message, parse

GATEWAY = Flow("udp", "192.0.2.20", 5060)
PHONE = Flow("udp", "192.0.2.31", 5062)
STRANGER = Flow("udp", "198.51.100.9", 5060)
OURS = ("192.0.2.1", 5060)
CODECS = ("PCMA", "PCMU")


class Ears:
    """Stands for the media thread: keeps what it was told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []
        self.rules: list[tuple[int, int, str]] = []  # leg, who may teach, who signals for it
        self.is_full = False
        self.nowhere = ("0.1.2.3",)
        self._port = 10_000

    def open(self, leg: int) -> int:
        if self.is_full:
            raise OSError("no port")
        self._port += 2
        self.told.append(("open", leg))
        return self._port

    def connect(self, leg: int, peer: Peer) -> None:
        if peer.host in self.nowhere:
            raise ValueError(f"{peer.host} is no one's address")
        latch = peer.signaller if peer.is_natted else ""
        self.told.append(("connect", leg, *peer[:4], peer.direction, latch))
        self.rules.append((leg, peer.symmetric, peer.signaller))

    def close(self, leg: int) -> None:
        self.told.append(("close", leg))

    def last(self, leg: int) -> tuple[object, ...]:
        """What a leg was connected to last: host, port, payload, events, direction, and
        who signals for it where it is behind NAT."""
        return [told for told in self.told if told[:2] == ("connect", leg)][-1][2:]


class Bench:
    """A user agent with a gateway, two extensions, and a clock of numbers."""

    def __init__(self, **line: int) -> None:
        self.now = 1_000
        self.ears = Ears()
        self.agent = UserAgent(secret=b"a secret", epoch=1, sound=self.ears)
        self.agent.identity.address = lambda flow: OURS
        lines = {"trunk:gw": Line(CODECS, **line), "extension:201": Line(CODECS, "Ann", **line)}
        self.agent.lines.update(lines)
        phones = {"201": Phone("secret", ("md5",)), "202": Phone("other", ("md5",))}
        self.agent.access.set_phones(phones, [])
        self.agent.access.set_trunks([("192.0.2.20/32", "trunk:gw")])
        self._legs = 2

    def hears(self, data: bytes, flow: Flow = GATEWAY) -> list[Message]:
        """Give the user agent a message; what it says to that."""
        self.agent.receive(data, flow, self.now)
        return self.says()

    def says(self) -> list[Message]:
        """What it has said since last asked; `flow` is where to."""
        found = []
        for flow, data in self.agent.outbox:
            message = parse(data)
            message.flow = flow
            found.append(message)
        self.agent.outbox.clear()
        return found

    def tells(self) -> list[Fact]:
        """The facts since last asked."""
        facts = self.agent.facts[:]
        self.agent.facts.clear()
        return facts

    def wait(self, ms: int) -> list[Message]:
        """Let time pass, with all that falls due; what is said meanwhile."""
        end = self.now + ms
        while (due := self.agent.next_deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            self.agent.tick(self.now)
        self.now = end
        return self.says()

    def rings(self, *flows: Flow, expires_ms: int = 20_000, partner: int = 0) -> Ring:
        """Ring extension 201 on the devices at these flows."""
        self._legs += 2
        ring = Ring(self._legs, "extension:201", "", "5551000", "Bob", expires_ms, partner)
        targets = [Target(f"sip:201@{flow.host}:{flow.port}", flow) for flow in flows or (PHONE,)]
        self.agent.ring(ring, targets, self.now)
        return ring


def sdp(port: int = 4000, *, host: str = "192.0.2.20", formats: str = "0 8 101",
        extra: str = "a=sendrecv\r\n") -> bytes:  # fmt: skip
    """A plain description of a far end."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\n{extra}"
    ).encode()


class Caller:
    """A caller's side of one dialog."""

    def __init__(self, number: str = "4001", flow: Flow = GATEWAY, name: str = "c1") -> None:
        self.uri = f"sip:{number}@192.0.2.1"
        self.flow = flow
        self.name = name
        self.to = f"<{self.uri}>"
        self.cseq = 0
        self._branch = 0

    def ask(
        self, method: str, *headers: str, body: bytes = b"", cseq: int = 0, branch: str = ""
    ) -> bytes:
        """The bytes of a request; a new CSeq unless one is given."""
        self._branch += 1
        if not cseq:
            self.cseq += 1
        branch = branch or f"z9hG4bK{self.name}x{self._branch}"
        flow = self.flow
        lines = [
            f"{method} {self.uri} SIP/2.0",
            f"Via: SIP/2.0/{flow.transport.upper()} {flow.host}:{flow.port};branch={branch}",
            f'From: "Carol" <sip:5551000@{flow.host}>;tag={self.name}',
            f"To: {self.to}",
            f"Call-ID: {self.name}@{flow.host}",
            f"CSeq: {cseq or self.cseq} {method}",
            f"Contact: <sip:5551000@{flow.host}:{flow.port}>",
            *headers,
        ]
        if not any(header.startswith("Max-Forwards") for header in headers):
            lines.append("Max-Forwards: 70")
        if body and not any(header.startswith("Content-Type") for header in headers):
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", ""]
        return "\r\n".join(lines).encode() + body

    def invite(self, *headers: str, body: bytes | None = None, branch: str = "") -> bytes:
        """An INVITE with an offer."""
        offer = sdp() if body is None else body
        return self.ask("INVITE", *headers, body=offer, branch=branch or f"z9hG4bK{self.name}inv")

    def takes(self, message: Message) -> None:
        """Learn the To-tag of a response."""
        self.to = message.to

    def ack(self, body: bytes = b"", cseq: int = 0) -> bytes:
        """The ACK to a 2xx."""
        return self.ask("ACK", body=body, cseq=cseq or self.cseq)

    def cancel(self) -> bytes:
        """The CANCEL of the INVITE."""
        return self.ask("CANCEL", cseq=self.cseq, branch=f"z9hG4bK{self.name}inv")


def reply(to: Message, code: int, *, tag: str = "p1", body: bytes = b"",
          headers: Sequence[tuple[str, str]] = (), contact: str = "") -> bytes:  # fmt: skip
    """A phone's response to a request of ours."""
    flow = to.flow
    assert flow is not None
    told = [("Contact", contact or f"<sip:201@{flow.host}:{flow.port}>"), *headers]
    if body:
        told.append(("Content-Type", "application/sdp"))
    to.flow = None
    data = response(to, Reply(code, tag, told, body))
    to.flow = flow
    return data


def ask_in(dialog: Message, method: str, *headers: str, cseq: int = 1, body: bytes = b"",
           tag: str = "p1") -> bytes:  # fmt: skip
    """A request of a phone in the dialog that our INVITE `dialog` began."""
    flow = dialog.flow
    assert flow is not None
    to = dialog.to if ";tag=" in dialog.to else f"{dialog.to};tag={tag}"
    lines = [
        f"{method} sip:192.0.2.1:5060 SIP/2.0",
        f"Via: SIP/2.0/UDP {flow.host}:{flow.port};branch=z9hG4bKp{method}{cseq}{tag}",
        f"From: {to}",
        f"To: {dialog.from_}",
        f"Call-ID: {dialog.call_id}",
        f"CSeq: {cseq} {method}",
        f"Contact: <sip:201@{flow.host}:{flow.port}>",
        "Max-Forwards: 70",
        *headers,
    ]
    if body:
        lines.append("Content-Type: application/sdp")
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def codes(messages: Sequence[Message]) -> list[int | str]:
    """Statuses of responses, methods of requests, in order."""
    return [message.method if message.is_request else message.code for message in messages]


def arrived(bench: Bench, caller: Caller, *headers: str, body: bytes | None = None) -> int:
    """A leg that has arrived and waits."""
    assert bench.hears(caller.invite(*headers, body=body)) == []
    (fact,) = bench.tells()
    assert isinstance(fact, CallArrived)
    return fact.leg


def up(bench: Bench, caller: Caller | None = None) -> tuple[Caller, int]:
    """An incoming leg that is up, its facts taken: the caller and the leg's number."""
    caller = caller or Caller()
    bench.hears(caller.invite(), caller.flow)
    leg = bench.tells()[-1].leg  # type: ignore[union-attr]
    bench.agent.answer(leg, 0, bench.now)
    caller.takes(bench.says()[0])
    assert bench.hears(caller.ack(), caller.flow) == []
    return caller, leg


def talking(bench: Bench, **ring: int) -> tuple[Message, int]:
    """An outgoing leg that is up, its facts taken: our INVITE and the leg's number."""
    leg = bench.rings(**ring).leg
    (invite,) = bench.says()
    bench.hears(reply(invite, 200, body=sdp(host="192.0.2.31")), PHONE)
    bench.says()
    bench.tells()
    return invite, leg


ANN = Credentials("201", "secret")


class Device(Caller):
    """A phone of extension 201 that registers."""

    def __init__(self, flow: Flow = PHONE, name: str = "r1", user: str = "201") -> None:
        super().__init__(user, flow, name)
        self.user = user

    def register(self, *headers: str) -> bytes:
        """A REGISTER for its own address of record."""
        data = self.ask("REGISTER", *headers)
        text = data.decode().replace("sip:5551000@", f"sip:{self.user}@")
        return text.replace(f"REGISTER {self.uri}", "REGISTER sip:192.0.2.1").encode()

    def login(self, challenge: Message, ours: Credentials = ANN) -> str:
        """The header that answers a challenge."""
        value = answer(
            challenge.headers("www-authenticate"),
            ours,
            method="REGISTER",
            uri="sip:192.0.2.1",
            cnonce="c",
        )
        assert value is not None
        return f"Authorization: {value}"


def ringing(bench: Bench, *flows: Flow) -> tuple[list[Message], int]:
    """A leg that rings on its devices: the INVITEs and its number."""
    leg = bench.rings(*flows).leg
    invites = bench.says()
    for invite in invites:
        bench.hears(reply(invite, 180), invite.flow or PHONE)
    assert bench.tells() == [Alerting(leg)]
    return invites, leg
