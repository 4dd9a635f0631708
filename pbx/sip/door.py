"""The door: what is said to a request before anything is remembered of it.

The order of refusals: 400 and 505 (`check`), 405, 416, 420, 483, 481, then 401. All of them are
computed from the request and forgotten, so that copies get the same answer and floods cost no
memory. What passes is a request in a dialog, or an INVITE or REGISTER of somebody known.
"""

from __future__ import annotations

from collections.abc import Sequence

from pbx.sip.access.callers import AccessList
from pbx.sip.dialog.leg import ALLOW, ANSWERS_TO_OPTIONS
from pbx.sip.dialog.session_timer import too_brief
from pbx.sip.message.body import description_of
from pbx.sip.message.mime import type_of
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Malformed, Message
from pbx.sip.message.sdp import Description, agree
from pbx.sip.message.uri import number_of

ACCEPT = ("Accept", "application/sdp")
IN_DIALOG = ("BYE", "UPDATE", "PRACK", "INFO")
LOGIN_FIRST = {"SUBSCRIBE": 489, "NOTIFY": 481, "REFER": 403}
METHODS = frozenset(("INVITE", "OPTIONS", "REGISTER", *IN_DIALOG, *LOGIN_FIRST))
EXTENSIONS = frozenset(("timer", "100rel"))


def knock(message: Message, access: AccessList, now: int) -> str | Reply | None:
    """Who a request outside of all dialogs is from, or the reply to it, or None for silence.

    INVITE and REGISTER give a party, `extension:NUMBER` or `trunk:NAME`; all else a reply."""
    method = message.method
    refused = _refusal(message)
    if refused is not None:
        return refused
    if method == "OPTIONS":
        return Reply(200, headers=ANSWERS_TO_OPTIONS)
    if method in IN_DIALOG:
        return Reply(481)
    party = access.party_at(message) if method != "REGISTER" else ""
    known = party or access.login(message, now)
    if isinstance(known, str) and method in LOGIN_FIRST:
        return Reply(LOGIN_FIRST[method])
    return known


def objection(message: Message) -> Reply | None:
    """What is wrong with any request, in a dialog or not: a method or extension unknown to us."""
    if message.method not in METHODS:
        return Reply(405, headers=[ALLOW])
    if message.has("require"):
        extensions = EXTENSIONS | {"path"} if message.method == "REGISTER" else EXTENSIONS
        try:
            unknown = [name for name in message.values("require") if name not in extensions]
        except Malformed as bad:
            return Reply(400, reason=bad.reason)
        if unknown:
            return Reply(420, headers=[("Unsupported", ", ".join(unknown))])
    return None


def _refusal(message: Message) -> Reply | None:
    if message.method not in METHODS:
        return Reply(405, headers=[ALLOW])
    refused = objection(message)
    if refused is None and message.method == "INVITE" and message.header("max-forwards") == "0":
        return Reply(483)
    return refused


def _takes_descriptions(message: Message) -> bool:
    """Whether the answer to an INVITE may be one (RFC 3261 20.1); what cannot be read forbids
    nothing."""
    try:
        kinds = [type_of(value)[0] for value in message.values("accept")]
    except (Malformed, ValueError):
        return True
    return not kinds or any(kind in ("application/sdp", "application/*", "*/*") for kind in kinds)


def offer_in(message: Message, codecs: Sequence[str]) -> Description | Reply | None:
    """The offer of an INVITE, None if it leaves the offer to us; or why it is refused."""
    if not message.has("contact"):
        return Reply(400, reason="No Contact")
    if not number_of(message.request_uri):
        return Reply(404)
    if not _takes_descriptions(message):
        return Reply(406, headers=[ACCEPT])
    offer = None
    if message.body:
        try:
            offer = description_of(message)
        except ValueError:
            return Reply(400, reason="Bad Description")
        if offer is None:
            return Reply(415, headers=[ACCEPT])
        if agree(offer, codecs) is None:
            return Reply(488, headers=[("Warning", '305 pbx "No codec in common"')])
    return too_brief(message) or offer
