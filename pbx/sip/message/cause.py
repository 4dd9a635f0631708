"""SIP status codes and Q.850 causes: how the one becomes the other at our border.

After RFC 3398 sections 7.2.4.1 and 8.2.6.1, with two changes: 408 is "no user responding" (18), for
it is what a dead phone looks like; and 18 goes out as 480, for a caller's user agent would take a
408 for our own death. A `Reason` header (RFC 3326) that names a Q.850 cause wins over the table.
"""

from __future__ import annotations

from kernel.sip import value as sip_value
from pbx.sip.message.uri import value_of

UNALLOCATED = 1
NORMAL = 16
BUSY = 17
NO_RESPONSE = 18
NO_ANSWER = 19
UNREACHABLE = 20
NOT_ALLOWED = 21
ELSEWHERE = 26
OUT_OF_ORDER = 27
NO_CIRCUIT = 34
FAILURE = 41
CONGESTION = 42
INCOMPATIBLE = 88
TIMER_EXPIRED = 102

_CAUSES = {  # those that are not their class's
    401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 18, 410: 22, 413: 127,
    414: 127, 415: 79, 416: 127, 420: 127, 421: 127, 422: 127, 423: 127, 480: 18, 482: 25, 483: 25,
    484: 28, 485: 1, 486: 17, 487: 16, 488: 88, 501: 79, 502: 38, 504: 102, 505: 127, 513: 127,
    580: 47, 600: 17, 604: 1, 606: 88,
}  # fmt: skip
_CODES = {  # those that are not 500
    1: 404, 2: 404, 3: 404, 16: 480, 17: 486, 18: 480, 19: 480, 20: 480, 21: 403, 22: 410,
    23: 410, 25: 483, 26: 480, 27: 480, 28: 484, 29: 501, 31: 480, 34: 503, 38: 503, 41: 503,
    42: 503, 44: 503, 47: 503, 55: 403, 57: 403, 58: 503, 63: 503, 65: 488, 70: 488, 79: 501,
    87: 403, 88: 488, 102: 504,
}  # fmt: skip
_BY_CLASS = {4: 41, 5: 41, 6: 21}
# What a called side says of us and of the way to it, not of the party called: not handed on. 408
# would be taken for our own death.
_OURS = frozenset({400, 401, 405, 407, 408, 412, 413, 414, 420, 421, 422, 423, 481, 482, 483, 487,
                   491, 494})  # fmt: skip
_LOGIN = (401, 407)
_OF_THE_WAY = (27, 34, 38, 42)  # no circuit, network out of order, congestion
_OF_SILENCE = (18, 41)  # also what a far end says that is there, but is not well


def cause_of(code: int, reasons: list[str] | None = None) -> int:
    """The Q.850 cause of a final SIP status; `reasons` are the message's `Reason` headers. Who is
    forwarded (3xx) is not here; 23, which RFC 3398 has for it, would say 410, "gone for good"."""
    if code // 100 == 3:
        return UNREACHABLE
    for line in reasons or ():
        stated = stated_cause(line)
        if stated:
            return stated
    return _CAUSES.get(code) or _BY_CLASS.get(code // 100, NORMAL)


def code_of(cause: int) -> int:
    """The SIP status that refuses an unanswered call for a Q.850 cause."""
    return _CODES.get(cause, 500)


def is_handed_on(code: int) -> bool:
    """Whether a status of the called side is the caller's to know as it is: what it says of the
    party called (486, 603, 480, 404, 488, 607 …)."""
    return code // 100 in (4, 6) and code not in _OURS


def rank(code: int) -> int:
    """How telling a refusal is among several, the lowest is the best (RFC 3261 section 16.7 step
    6): any 6xx, else the lowest class; in it what somebody said before what nobody did."""
    if code >= 600:
        return 0
    within = {486: 0, 480: 1, 503: 8, 408: 9}.get(code, 5)
    return (code // 100 if code >= 300 else 9) * 10 + within


def is_trunk_fault(cause: int, code: int) -> bool:
    """Whether another trunk may do better, by a leg's `Released`: silence, any 5xx, a login not
    taken, a redirection (which is not obeyed), a cause that speaks of the way there. What the
    called party says (486, 603, 404 …) it would say again."""
    if code == 408 or code // 100 in (3, 5) or code in _LOGIN:
        return True
    return cause in _OF_THE_WAY or (code == 0 and cause in _OF_SILENCE)


def stated_cause(reason: str) -> int:
    """The cause in a `Reason` header, `SIP;cause=486, Q.850;cause=17;text="busy"`; 0 if it names
    none of Q.850, or cannot be read (RFC 3326 section 2)."""
    try:
        values = [value_of(value) for value in sip_value.split(reason, ",")]
    except ValueError:
        return 0
    for protocol, params in values:
        cause = params.get("cause", "")
        if protocol.lower() == "q.850" and cause.isascii() and cause.isdigit() and len(cause) < 4:
            return int(cause) if 0 < int(cause) < 128 else 0
    return 0
