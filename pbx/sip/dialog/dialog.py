"""A dialog as data: all that is needed to send a request in it, by this process or a later one.

    INVITE ->                 Dialog.of_invite: we are the callee, their Contact is the target
    <- 200                    Dialog.of_answer: we are the caller, the Record-Route is reversed

RFC 3261 section 12. `pack` and `unpack` keep it in the journal, so that a leg that outlives a crash
can still be released: `farewell` is what a later process sends for it.
"""

from __future__ import annotations

import msgspec

from pbx.sip.message.outgoing import Headers, Request
from pbx.sip.message.received import Flow, Message
from pbx.sip.message.sdp import is_address
from pbx.sip.message.uri import escape, parse_uri, quote, uri_of

MAX_FORWARDS = "70"
CSEQ_LEAP = 1_000  # what a crashed process may have used beyond what it had written down


class Dialog(msgspec.Struct, array_like=True):
    """One dialog. `local` and `remote` are the whole From/To values with their tags; `hop` is
    where requests go, `flow` where the far end was last heard; `natted` says that its own idea of
    its address is not to be used."""

    call_id: str
    local: str
    remote: str
    local_tag: str
    remote_tag: str
    target: str
    flow: Flow
    hop: Flow
    local_cseq: int = 0
    remote_cseq: int = 0
    routes: list[str] = []
    vias: list[str] = []  # of an INVITE not answered yet, for the refusal of a later process
    is_uac: bool = False
    natted: bool = False

    def pack(self) -> bytes:
        """The dialog as bytes for the journal."""
        return msgspec.msgpack.encode(self)

    def request(self, method: str, headers: Headers = (), *, body: bytes = b"") -> Request:
        """The next request in this dialog; an ACK keeps the CSeq of its INVITE."""
        if method != "ACK":
            self.local_cseq += 1
        return self._request(method, self.local_cseq, headers=headers, body=body)

    def ack(self, cseq: int, headers: Headers = ()) -> Request:
        """The ACK to the 2xx of the INVITE numbered `cseq`."""
        return self._request("ACK", cseq, headers=headers, body=b"")

    def _request(self, method: str, cseq: int, *, headers: Headers, body: bytes) -> Request:
        uri, routes = self.target, self.routes
        if routes and not is_loose(routes[0]):  # a strict router, RFC 3261 section 12.2.1.1
            uri, routes = uri_of(routes[0]), [*routes[1:], f"<{self.target}>"]
        head = [
            ("From", self.local), ("To", self.remote), ("Call-ID", self.call_id),
            ("CSeq", f"{cseq} {method}"), ("Max-Forwards", MAX_FORWARDS),
        ]  # fmt: skip
        if routes:
            head.append(("Route", ", ".join(routes)))
        head += headers
        return Request(method, uri, head, body)

    def belongs(self, message: Message) -> bool:
        """Whether a request of the far end is of this dialog (the caller looked up our tag)."""
        return message.from_tag == self.remote_tag and message.call_id == self.call_id

    def refresh(self, message: Message) -> None:
        """Take the far end's new Contact from a target refresh (section 12.2.2)."""
        contact = first_contact(message)
        if contact and contact != self.target:
            self.target = contact
            self._aim(message)
        if message.flow and message.flow != self.flow:
            self.flow = message.flow
            self._aim(message)

    def follow(self, message: Message) -> None:
        """Go where a phone is heard now: over another stream, from another port of a NAT, or in
        another network altogether, of which its old Contact knows nothing."""
        flow, before = message.flow, self.flow
        if flow is None or flow == before:
            return
        self.flow = flow
        if self.routes:
            self._aim(message)
        elif flow.connection or self.natted or flow.host != before.host:
            self.natted = self.natted or flow.host != before.host
            self.hop = flow

    def elsewhere(self) -> Flow:
        """Where requests go when the stream they went over is lost: to a new one."""
        stream = self.hop
        uri = uri_of(self.routes[0]) if self.routes else self.target
        return toward(uri, Flow(stream.transport, stream.host, stream.port, 0, stream.local),
                      natted=False)  # fmt: skip

    def _aim(self, message: Message) -> None:
        next_uri = uri_of(self.routes[0]) if self.routes else self.target
        self.natted = not self.routes and _is_natted(message)
        self.hop = toward(next_uri, self.flow, natted=self.natted)


def of_invite(message: Message, local_tag: str) -> Dialog:
    """The dialog that answering this INVITE will make; we are the callee (section 12.1.1)."""
    assert message.flow is not None
    flow = message.flow
    routes = message.values("record-route") if message.has("record-route") else []
    target = first_contact(message)
    natted = not routes and _is_natted(message)
    hop = toward(uri_of(routes[0]) if routes else target, flow, natted=natted)
    return Dialog(
        message.call_id, f"{message.to};tag={local_tag}", message.from_, local_tag,
        message.from_tag, target, flow, hop, 0, message.cseq, routes, message.headers("via"),
        natted=natted,
    )  # fmt: skip


def of_answer(
    message: Message, sent_to: Flow, *, local_tag: str, early: Dialog | None = None
) -> Dialog:
    """The dialog that a 1xx or 2xx to our INVITE makes; we are the caller (section 12.1.2). An
    early dialog goes on in it, but for its routes (13.2.2.4).

    Without a Contact, which it must have, the far end is where the INVITE went, as To says.
    A device that names a private address while it was reached at a public one is behind NAT: it is
    found again where the INVITE went."""
    routes = message.values("record-route")[::-1] if message.has("record-route") else []
    target, hop = uri_of(message.to), sent_to
    local_cseq, remote_cseq = message.cseq, -1
    if early is not None:
        target, hop = early.target, early.hop
        local_cseq, remote_cseq = max(local_cseq, early.local_cseq), early.remote_cseq
    contact = first_contact(message)
    target = contact or target
    if routes or contact:
        hop = toward(uri_of(routes[0]) if routes else contact, sent_to, natted=False)
    natted = not routes and is_private(hop.host) and not is_private(sent_to.host)
    return Dialog(
        message.call_id, message.from_, message.to, local_tag, message.to_tag, target,
        message.flow or sent_to, sent_to if natted else hop, local_cseq, remote_cseq, routes,
        is_uac=True, natted=natted,
    )  # fmt: skip


def unpack(data: bytes) -> Dialog:
    """The dialog that `pack` wrote, perhaps in a process before this one: the streams it knew are
    gone. Raises `msgspec.DecodeError` for other bytes."""
    dialog = msgspec.msgpack.decode(data, type=Dialog)
    if dialog.hop.connection:
        dialog.flow = dialog.hop = dialog.elsewhere()
    return dialog


def farewell(dialog: Dialog, code: int) -> tuple[Request, bytes | None]:
    """What a later process sends to end a leg it only has the data of: a BYE, and for an INVITE
    that may still wait for its answer the refusal with `code`. The wrong one is harmless."""
    dialog.local_cseq += CSEQ_LEAP
    bye = dialog.request("BYE")
    if dialog.is_uac or not dialog.vias:
        return bye, None
    lines = [f"SIP/2.0 {code} Restarted", *(f"Via: {via}" for via in dialog.vias)]
    lines += [f"From: {dialog.remote}", f"To: {dialog.local}", f"Call-ID: {dialog.call_id}"]
    lines += [f"CSeq: {dialog.remote_cseq} INVITE", "Content-Length: 0", "", ""]
    return bye, "\r\n".join(lines).encode()


def toward(uri: str, flow: Flow, *, natted: bool) -> Flow:
    """Where requests for `uri` go, given the flow its owner was heard on: a stream is used again;
    behind NAT the address heard counts; a name is not resolved but taken for that address."""
    if flow.connection or natted:
        return flow
    try:
        parsed = parse_uri(uri)
    except ValueError:
        return flow
    host = parsed.host.strip("[]")
    if parsed.scheme not in ("sip", "sips") or not is_address(host):
        return flow
    transport = parsed.params.get("transport", flow.transport).lower()
    if transport not in ("udp", "tcp", "tls"):
        transport = flow.transport
    local = flow.local if transport == flow.transport else 0
    return Flow(transport, host, parsed.port or 5060, 0, local)


def _is_natted(message: Message) -> bool:
    """Whether the request came straight from its sender and from another address than it says."""
    if message.flow is None or (message.plain is None and len(message.values("via")) > 1):
        return False
    host = message.sent_by[0].strip("[]")
    return host != message.flow.host and is_address(host)


def is_private(host: str) -> bool:
    """Whether an IPv4 address is one of RFC 1918 or RFC 6598, so perhaps behind NAT."""
    first, _, rest = host.partition(".")
    second = rest.partition(".")[0]
    if first == "10" or (first == "192" and second == "168"):
        return True
    if not second.isdigit():
        return False
    number = int(second)
    return (first == "172" and 16 <= number < 32) or (first == "100" and 64 <= number < 128)


def first_contact(message: Message) -> str:
    """The URI of the first Contact, "" if there is none."""
    if message.plain is not None:
        return message.plain.contact
    values = message.values("contact") if message.has("contact") else []
    return uri_of(values[0]) if values else ""


def is_loose(route: str) -> bool:
    """Whether a Route value is of a proxy that leaves the Request-URI alone."""
    return "lr" in parse_uri(uri_of(route)).params


def named(display: str, user: str, *, place: str) -> str:
    """A From value `"display" <sip:user@place>` in which nothing can be smuggled."""
    uri = f"<sip:{escape(user)}@{place}>" if user else f"<sip:{place}>"
    return f"{quote(display[:80])} {uri}" if display else uri


def place_of(host: str, port: int) -> str:
    """`host:port` for a URI or Via, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
