"""The steps of an agent's phone that transfers its caller, for sipp; they follow `accept`.

agent                            exchange
remember() <-------------------  ACK
refer("202") ----------------->  REFER, 202
notified(100) <----------------  NOTIFY, 200
notified(180), notified(200)
"""

from __future__ import annotations

from tests.peers.ends import steps


def remember() -> str:
    """The ACK, of which the addresses are kept for requests of the agent's own."""
    return """<recv request="ACK"><action>
    <ereg regexp=".*" search_in="hdr" header="To:" assign_to="agent"/>
    <ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>
    </action></recv>"""


def ask(method: str, cseq: int, *headers: str, body: str = "") -> str:
    """A request of the agent in the dialog; an ACK is not repeated."""
    lines = (
        f"{method} [next_url] SIP/2.0",
        f"Via: SIP/2.0/[transport] {steps.OWN_CONTACT};rport;branch={steps.BRANCH}{method}{cseq}",
        "[routes]",
        "Max-Forwards: 70",
        "From:[$agent]",
        "To:[$caller]",
        "Call-ID: [call_id]",
        f"CSeq: {cseq} {method}",
        f"Contact: <sip:agent@{steps.OWN_CONTACT};transport=[transport]>",
        *headers,
    )
    return steps.send(steps.with_body(lines, body), again=method != "ACK")


def hold(media: str = "[media_port]", *, cseq: int = 5) -> str:
    """A re-INVITE that puts the caller on hold."""
    body = steps.sdp(media).replace("a=sendrecv", "a=sendonly")
    return "\n".join((ask("INVITE", cseq, body=body), steps.receive(200), ask("ACK", cseq)))


def refer(number: str, *headers: str, code: int = 202) -> str:
    """Ask that the caller be led to a number; `code` is what the exchange says to that."""
    to = f"Refer-To: <sip:{number}@[local_ip]>"
    return "\n".join((ask("REFER", 7, to, *headers), f'<recv response="{code}"/>'))


def notified(code: int) -> str:
    """A NOTIFY that tells this status, and its 200. (sipp wants every variable referred to.)"""
    notify = f"""<recv request="NOTIFY"><action>
    <ereg regexp="SIP/2.0 {code}" search_in="body" check_it="true" assign_to="said"/>
    </action></recv>
    <Reference variables="said"/>"""
    return f"{notify}\n{steps.send(steps.response('200 OK'))}"


def hang_up() -> str:
    """BYE and its 200."""
    return "\n".join((ask("BYE", 9), steps.receive(200)))
