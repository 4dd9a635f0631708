"""Asking a device or trunk whether it is there: OPTIONS outside of all dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbx.sip.dialog.uac import Target
from pbx.sip.message.outgoing import Request
from pbx.sip.message.received import Message
from pbx.sip.transaction.shared import PATIENCE
from pbx.sip.transaction.transactions import ClientTransaction

if TYPE_CHECKING:
    from pbx.sip.agent import UserAgent


def ping(
    agent: UserAgent, party: str, *, target: Target, now: int, patience: int = PATIENCE
) -> None:
    """Ask; what the answer, or `patience` ms without one, says of the party becomes a fact if it
    is news."""
    identity = agent.identity
    number = identity.count()
    place, tag = identity.place(target.flow), identity.token(f"ping\0{number}")
    headers = [
        ("Max-Forwards", "70"), ("From", f"<sip:{place}>;tag={tag}"),
        ("To", f"<{target.uri}>"),
        ("Call-ID", identity.token(f"ping call\0{identity.epoch}\0{number}")),
        ("CSeq", "1 OPTIONS"), identity.contact(target.flow), ("Accept", "application/sdp"),
    ]  # fmt: skip
    asked = Request("OPTIONS", target.uri, headers)
    txn = agent.transactions.request(asked, target.flow, now, patience=patience)
    txn.leg = Ping(agent, party)


class Ping:
    """What is done with the answer to an OPTIONS of ours."""

    __slots__ = ("agent", "party")

    def __init__(self, agent: UserAgent, party: str) -> None:
        self.agent = agent
        self.party = party

    def on_response(self, txn: ClientTransaction, message: Message, now: int) -> None:
        """Any answer is a sign of life, but those that stand for nobody there."""
        if message.code in (408, 503):
            self._lost(f"OPTIONS is answered with {message.code}")
        elif message.code >= 200:
            self.agent.found(self.party)

    def on_failure(self, txn: ClientTransaction, code: int, now: int) -> None:
        """Silence, or no way there."""
        self._lost("no answer to OPTIONS" if code == 408 else "no way to it")

    def _lost(self, why: str) -> None:
        """Worth a fact the first time."""
        if self.party not in self.agent.missing:
            self.agent.lost(self.party, why)
