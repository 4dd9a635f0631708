"""What is done with a leg on SIP once it is there, whichever driver rang it or brought it."""

from __future__ import annotations

from pbx.commands import Alert, Answer, Command, Probe, Release, TransferResult
from pbx.sip.agent import UserAgent


def obey(agent: UserAgent, command: Command, now: int) -> None:
    """Alert, answer, release … a leg of the user agent; a leg that is gone is no error."""
    match command:
        case Alert(leg=leg, partner=partner):
            agent.alert(leg, now, partner)
        case Answer(leg=leg, partner=partner):
            agent.answer(leg, partner, now)
        case Release(leg=leg, cause=cause, elsewhere=elsewhere, code=code):
            agent.release(leg, cause, now, elsewhere=elsewhere, code=code)
        case Probe(leg=leg):
            agent.probe(leg, now)
        case TransferResult(leg=leg, code=code):
            agent.transfer_result(leg, code, now)
