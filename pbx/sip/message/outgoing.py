"""What we send: requests and replies as values, and the bytes they become."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import msgspec

from kernel.sip import value as sip_value
from kernel.sip.write import assemble
from pbx.sip.message.received import Malformed, Message
from pbx.sip.message.uri import quote

Headers = Sequence[tuple[str, str]]

REASONS: dict[int, str] = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued",
    183: "Session Progress", 199: "Early Dialog Terminated",
    200: "OK", 202: "Accepted", 204: "No Notification",
    300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy",
    380: "Alternative Service",
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
    407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone",
    412: "Conditional Request Failed", 413: "Request Entity Too Large",
    414: "Request-URI Too Long", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme",
    420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small",
    423: "Interval Too Brief", 428: "Use Identity Header", 430: "Flow Failed",
    433: "Anonymity Disallowed", 437: "Unsupported Credential",
    480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist",
    482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete", 485: "Ambiguous",
    486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event",
    491: "Request Pending", 493: "Undecipherable", 494: "Security Agreement Required",
    500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported",
    513: "Message Too Large", 580: "Precondition Failure",
    600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere",
    606: "Not Acceptable", 607: "Unwanted", 608: "Rejected",
}  # fmt: skip

FORMS_DIALOG = ("INVITE", "SUBSCRIBE", "REFER", "NOTIFY")


class Request(msgspec.Struct, frozen=True):
    """A request without its Via (the transaction layer adds it) and Content-Length.

    `headers` hold From, To, Call-ID, CSeq (`"1 INVITE"`), Max-Forwards, Contact, Route …"""

    method: str
    uri: str
    headers: Headers
    body: bytes = b""


class Reply(msgspec.Struct, frozen=True):
    """A response to be: `tag` goes into To unless that has one; no reason means the usual one.

    `headers` come beside Via, From, To, Call-ID, CSeq and Record-Route (in 101-299 to INVITE and
    its like), which are copied from the request, and Content-Length."""

    code: int
    tag: str = ""
    headers: Headers = ()
    body: bytes = b""
    reason: str = ""


def request(asked: Request, via: str) -> bytes:
    """The bytes of a request; `via` is the value of its Via, e.g. `SIP/2.0/UDP h:5060;branch=…`.

    Raises ValueError when a header value holds a line end."""
    first = f"{asked.method} {asked.uri} SIP/2.0\r\nVia: {via}\r\n"
    return assemble(first.encode(), asked.headers, asked.body)


def response(to: Message, reply: Reply) -> bytes:
    """The bytes of a response to `to`; its top Via gets `received` and `rport` (RFC 3581) as
    `to.flow` says. Raises ValueError when a header value holds a line end."""
    reason = reply.reason or REASONS.get(reply.code, "")
    first = f"SIP/2.0 {reply.code} {reason}\r\n".encode()
    plain, flow = to.plain, to.flow
    if plain is not None and flow is not None:
        tag = "" if plain.to_tag or reply.code == 100 else reply.tag
        first += plain.echo(flow.host, flow.port, tag)
    else:
        first += _echo(to, reply)
    if reply.code == 100 and to.has("timestamp"):
        first += b"Timestamp: %b\r\n" % to.head.raws("timestamp")[0]
    return assemble(first, reply.headers, reply.body)


def _echo(to: Message, reply: Reply) -> bytes:
    """The lines that a response copies from its request."""
    raws = to.head.raws
    lines = _vias(to)
    lines += [b"From: " + raw for raw in raws("from")[:1]]
    tag = b";tag=" + reply.tag.encode() if _lacks_tag(to, reply) else b""
    lines += [b"To: " + raw + tag for raw in raws("to")[:1]]
    lines += [b"Call-ID: " + raw for raw in raws("call-id")[:1]]
    lines += [b"CSeq: " + raw for raw in raws("cseq")[:1]]
    if 100 < reply.code < 300 and to.has("record-route") and to.method in FORMS_DIALOG:
        lines += [b"Record-Route: " + raw for raw in raws("record-route")]
    return b"".join([line + b"\r\n" for line in lines])


def refusal(bad: Malformed, tag: str) -> bytes:
    """The answer to a malformed request; `bad.code` must not be 0."""
    assert bad.code, "a fault with code 0 is not answered"
    warning = (("Warning", f"399 pbx {quote(bad.reason)}"),)
    return response(bad.message, Reply(bad.code, tag, warning))


def within(asked: Request, method: str, *, to: str = "") -> Request:
    """A CANCEL for an INVITE, or the ACK to its refusal with that response's `to`
    (RFC 3261 9.1, 17.1.1.3): same URI, From, Call-ID, CSeq number and Route."""
    kept = []
    for name, value in asked.headers:
        match name.lower():
            case "cseq":
                value = f"{value.partition(' ')[0]} {method}"
            case "to":
                value = to or value
            case "from" | "call-id" | "route" | "max-forwards":
                pass
            case _:
                continue
        kept.append((name, value))
    return Request(method, asked.uri, kept)


def _lacks_tag(message: Message, reply: Reply) -> bool:
    """Whether the To of the response gets a tag that the request did not have (8.2.6.2)."""
    if not reply.tag or reply.code == 100:
        return False
    try:
        return not message.to_tag
    except Malformed:
        return "tag=" not in message.to.lower()


def _vias(message: Message) -> list[bytes]:
    """All Via lines, the first stamped with where the request came from (18.2.1, RFC 3581 4)."""
    raws = message.head.raws("via")
    flow = message.flow
    if flow is not None and raws:
        with suppress(ValueError):  # cannot be read: goes back as it came
            raws[0] = _stamp(message, flow.host, port=flow.port) or raws[0]
    return [b"Via: " + raw for raw in raws]


def _stamp(message: Message, host: str, *, port: int) -> bytes:
    """The first Via line with `received` and `rport`; empty when it needs neither."""
    via = message.via
    if "rport" not in via.params and via.host == host and "received" not in via.params:
        return b""
    sent_by = f"{via.host}:{via.port}" if via.port else via.host
    stamped = f"SIP/2.0/{via.transport} {sent_by}"
    for name, value in via.params.items():
        if name not in ("received", "rport"):
            stamped += f";{name}={_token(value)}" if value else f";{name}"
    stamped += f";received={host}"
    if "rport" in via.params:
        stamped += f";rport={port}"
    line = message.header("via") or ""
    if "," in line:
        stamped = ", ".join([stamped, *sip_value.split(line, ",")[1:]])
    return stamped.encode()


def _token(value: str) -> str:
    """A parameter value as it is written: quoted when it is no token."""
    return quote(value) if any(c in value for c in ' \t;,"<>\\') else value
