"""The steps that sipp scenarios are made of: a scenario is a list of what a phone does in order.

caller                          agent
invite() ------------------->   invited()
  <------------------ provisional(180)
  <--------------------------   accept()
answered(), acknowledge() --->  acknowledged()
hang_up() ------------------>   released()
"""

from __future__ import annotations

BRANCH = "z9hG4bK[pid]x[call_number]x"
CALLER_PREFIX = "sip:555"
CALLER = f"<{CALLER_PREFIX}[call_number]@[local_ip]:[local_port]>"
CALLED = "<sip:[service]@[remote_ip]:[remote_port]>"
OWN_CONTACT = "[local_ip]:[local_port]"


def scenario(*steps: str) -> str:
    """The XML of a scenario."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="agner">'
    return "\n".join((head, *steps, "</scenario>\n"))


def pause(ms: int) -> str:
    return f'<pause milliseconds="{ms}"/>'


def pause_between(least_ms: int, most_ms: int) -> str:
    return f'<pause distribution="uniform" min="{least_ms}" max="{most_ms}"/>'


def send(message: str, *, again: bool = False) -> str:
    """Send a message; `again` repeats it (over UDP) until something is answered."""
    retrans = ' retrans="500"' if again else ""
    return f"<send{retrans}><![CDATA[\n{message}\n]]></send>"


def sdp(media: str, *, payload: int = 0) -> str:
    """An audio offer or answer; `media` is the port as text, sipp keywords allowed."""
    name = {0: "PCMU", 8: "PCMA"}[payload]
    return "\n".join((
        "v=0",
        "o=- [pid] 1 IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        f"m=audio {media} RTP/AVP {payload} 101",
        f"a=rtpmap:{payload} {name}/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=sendrecv",
        "",
    ))  # fmt: skip


def with_body(headers: tuple[str, ...], body: str) -> str:
    kind = ("Content-Type: application/sdp",) if body else ()
    return "\n".join((*headers, *kind, "Content-Length: [len]", "", body))


# ---- the caller ----------------------------------------------------------------------------------


def request(
    method: str, *, cseq: int, branch: str, extra: tuple[str, ...] = (), body: str = ""
) -> str:
    """A caller's request; all but those of the INVITE's branch `call` are within the dialog."""
    is_first = branch == "call"
    target = "sip:[service]@[remote_ip]:[remote_port]" if is_first else "[next_url]"
    routes = () if is_first else ("[routes]",)
    to_tag = "" if is_first else "[peer_tag_param]"
    headers = (
        f"{method} {target} SIP/2.0",
        f"Via: SIP/2.0/[transport] {OWN_CONTACT};rport;branch={BRANCH}{branch}",
        *routes,
        "Max-Forwards: 70",
        f'From: "Caller [call_number]" {CALLER};tag=c[pid]x[call_number]',
        f"To: {CALLED}{to_tag}",
        "Call-ID: [call_id]",
        f"CSeq: {cseq} {method}",
        *extra,
    )
    return with_body(headers, body)


def invite(media: str = "[media_port]", *, contact: str = OWN_CONTACT, again: bool = True) -> str:
    """Call the number of `-s`; `contact` is where requests of the far end shall go."""
    headers = (
        f"Contact: <{CALLER_PREFIX}[call_number]@{contact};transport=[transport]>",
        "Allow: INVITE, ACK, CANCEL, BYE",
    )
    text = request("INVITE", cseq=1, branch="call", extra=headers, body=sdp(media))
    return send(text, again=again)


def receive(code: int, *, optional: bool = False) -> str:
    extra = ' optional="true"' if optional else ' rrs="true"'
    return f'<recv response="{code}"{extra}/>'


def answered() -> str:
    """The 200, after whatever provisional responses there are."""
    early = [receive(code, optional=True) for code in (100, 180, 181, 183)]
    return "\n".join((*early, receive(200)))


def acknowledge(*, again: int = 0) -> str:
    """ACK of a 200, a transaction of its own; `again` makes a copy's branch differ."""
    return send(request("ACK", cseq=1, branch=f"ack{again}"))


def refused(code: int) -> str:
    """A final refusal and its ACK, which belongs to the INVITE's transaction."""
    early = [receive(number, optional=True) for number in (100, 180, 181, 183)]
    ack = request("ACK", cseq=1, branch="call").replace(
        f"To: {CALLED}", f"To: {CALLED}[peer_tag_param]"
    )
    return "\n".join((*early, receive(code), send(ack)))


def cancel() -> str:
    return send(request("CANCEL", cseq=1, branch="call"), again=True)


def hang_up(*, again: bool = True) -> str:
    """BYE and its 200."""
    bye = request("BYE", cseq=2, branch="bye")
    return "\n".join((send(bye, again=again), receive(200)))


# ---- the agent -----------------------------------------------------------------------------------


def response(
    line: str, *, tag: str = "", contact: str = "", body: str = "", to_invite: bool = False
) -> str:
    """A response to the last request, or `to_invite`, whatever was received since."""
    mark = f";tag={tag}[pid]x[call_number]" if tag else ""
    contacts = (f"Contact: <sip:agent@{contact};transport=[transport]>",) if contact else ()
    headers = (
        f"SIP/2.0 {line}",
        "Via:[$via]" if to_invite else "[last_Via:]",
        "[last_Record-Route:]",
        "[last_From:]",
        f"To:[$called]{mark}" if to_invite else f"[last_To:]{mark}",
        "[last_Call-ID:]",
        "CSeq:[$invite]" if to_invite else "[last_CSeq:]",
        *contacts,
    )
    return with_body(headers, body)


def invited() -> str:
    """The INVITE; its Via, To and CSeq are kept for answers that follow another request."""
    return """<recv request="INVITE" rrs="true"><action>
    <ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="invite"/>
    <ereg regexp=".*" search_in="hdr" header="To:" assign_to="called"/>
    <ereg regexp=".*" search_in="hdr" header="Via:" assign_to="via"/>
    </action></recv>"""


def provisional(code: int = 180, *, tag: str = "a", contact: str = OWN_CONTACT) -> str:
    return send(response(f"{code} Ringing", tag=tag, contact=contact))


def early(media: str = "[media_port]", *, tag: str, rseq: int = 1) -> str:
    """A reliable 183 with sound, of the fork with this tag; its PRACK and the 200 to that. Where
    both stand in it is kept for `move`."""
    text = response("183 Sound", tag=tag, contact=OWN_CONTACT, body=sdp(media), to_invite=True)
    reliable = text.replace("Contact:", f"Require: 100rel\nRSeq: {rseq}\nContact:", 1)
    prack = """<recv request="PRACK"><action>
    <ereg regexp=".*" search_in="hdr" header="To:" assign_to="agent"/>
    <ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>
    </action></recv>"""
    return "\n".join((send(reliable), prack, send(response("200 OK"))))


def move(media: str = "[media_port]") -> str:
    """An UPDATE with an offer in the early dialog of the last PRACK, and its 200."""
    headers = (
        "UPDATE [next_url] SIP/2.0",
        f"Via: SIP/2.0/[transport] {OWN_CONTACT};rport;branch={BRANCH}update",
        "[routes]",
        "Max-Forwards: 70",
        "From:[$agent]",
        "To:[$caller]",
        "Call-ID: [call_id]",
        "CSeq: 3 UPDATE",
        f"Contact: <sip:agent@{OWN_CONTACT};transport=[transport]>",
    )
    return "\n".join((send(with_body(headers, sdp(media))), receive(200)))


def accept_without_sdp(*, tag: str) -> str:
    """200 to the INVITE that repeats no description: an `early` of this tag had it."""
    text = response("200 OK", tag=tag, contact=OWN_CONTACT, to_invite=True)
    return send(text.replace("[last_From:]", "From:[$caller]"), again=True)


def accept(
    media: str = "[media_port]", *, tag: str = "a", contact: str = OWN_CONTACT, again: bool = True
) -> str:
    """200 to the INVITE, whatever was received since."""
    text = response("200 OK", tag=tag, contact=contact, body=sdp(media), to_invite=True)
    return send(text, again=again)


def refuse(code: int) -> str:
    """A final refusal and its ACK."""
    return "\n".join((send(response(f"{code} No", tag="a", to_invite=True), again=True),
                      acknowledged()))  # fmt: skip


def acknowledged() -> str:
    return '<recv request="ACK"/>'


def hang_up_as_agent(after: str = "") -> str:
    """The ACK, of which the addresses are kept; `after` a pause BYE and its 200."""
    ack = """<recv request="ACK"><action>
    <ereg regexp=".*" search_in="hdr" header="To:" assign_to="agent"/>
    <ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>
    </action></recv>"""
    headers = (
        "BYE [next_url] SIP/2.0",
        f"Via: SIP/2.0/[transport] {OWN_CONTACT};rport;branch={BRANCH}bye",
        "[routes]",
        "Max-Forwards: 70",
        "From:[$agent]",
        "To:[$caller]",
        "Call-ID: [call_id]",
        "CSeq: 7 BYE",
    )
    return "\n".join(
        (ack, after or pause(1_000), send(with_body(headers, ""), again=True), receive(200))
    )


def cancelled(*, answered_already: bool = False) -> str:
    """CANCEL and its 200; then the 487 and its ACK, unless a 200 has crossed it."""
    parts = ['<recv request="CANCEL"/>', send(response("200 OK", tag="a"))]
    return "\n".join(parts if answered_already else (*parts, refuse(487)))


def ring_until_cancelled_or_answer(ms: int) -> str:
    """Ring for `ms`, then answer; takes a CANCEL before the answer and one that crosses it."""
    return "\n".join((
        invited(),
        provisional(),
        f'<recv request="CANCEL" timeout="{ms}" ontimeout="2"/>',
        send(response("200 OK", tag="a")),
        send(response("487 Gone", tag="a", to_invite=True), again=True),
        '<recv request="ACK" next="9"/>',
        '<label id="2"/>',
        accept(),
        '<recv request="CANCEL" optional="true" next="5"/>',
        '<recv request="ACK" next="6"/>',
        '<label id="5"/>',
        send(response("200 OK", tag="a")),
        acknowledged(),
        '<label id="6"/>',
        released(),
        '<label id="9"/>',
    ))  # fmt: skip


def released() -> str:
    """BYE and its 200."""
    return '<recv request="BYE"/>\n' + send(response("200 OK"))


# a phone, or the far end of a trunk, that takes a call
TAKES = (invited(), provisional(), accept(), acknowledged(), released())
