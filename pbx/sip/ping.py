"""Asking a device or trunk whether it is there: OPTIONS outside of all dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbx.sip.message import Message
from pbx.sip.outgoing import Request
from pbx.sip.transaction import ClientTransaction
from pbx.sip.uac import Target

if TYPE_CHECKING:
    from pbx.sip.agent import UserAgent


def ping(agent: UserAgent, party: str, target: Target, now: int) -> None:
    """Ask; what the answer says of the party becomes a fact if it is news."""
    number = agent.count()
    place, tag = agent.place(target.flow), agent.token(f"ping\0{number}")
    headers = [
        ("Max-Forwards", "70"), ("From", f"<sip:{place}>;tag={tag}"),
        ("To", f"<{target.uri}>"), ("Call-ID", agent.token(f"ping call\0{agent.epoch}\0{number}")),
        ("CSeq", "1 OPTIONS"), agent.contact(target.flow), ("Accept", "application/sdp"),
    ]  # fmt: skip
    asked = Request("OPTIONS", target.uri, headers)
    agent.transactions.request(asked, target.flow, now).leg = Ping(agent, party)


class Ping:
    """What is done with the answer to an OPTIONS of ours."""

    __slots__ = ("agent", "party")

    def __init__(self, agent: UserAgent, party: str) -> None:
        self.agent = agent
        self.party = party

    def on_response(self, txn: ClientTransaction, message: Message, now: int) -> None:
        """Any answer is a sign of life, but those that stand for nobody there."""
        if message.code in (408, 503):
            self.on_failure(txn, message.code, now)
        elif message.code >= 200:
            self.agent.found(self.party)

    def on_failure(self, txn: ClientTransaction, code: int, now: int) -> None:
        """Silence: worth a fact the first time."""
        if self.party not in self.agent.missing:
            self.agent.lost(self.party)
