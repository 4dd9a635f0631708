"""Offer and answer within one dialog (RFC 3264): what is agreed on, or why nothing is.

    offer of theirs --> accept_offer --> our answer, or the refusal      400, 415, 488
    answer of theirs -> accept_answer -> whether it fits; None where there is none

A side is one dialog's half: of a leg that is up its session, before that each early dialog.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pbx.sip.message.body import description_of
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Message
from pbx.sip.message.sdp import Agreed, Local, agree

ACCEPT = ("Accept", "application/sdp")


class Side(Protocol):
    """What offers and answers are about: our description, and how we want the sound to flow."""

    direction: str

    @property
    def ours(self) -> Local:
        """Our side of the descriptions."""

    def hear(self, agreed: Agreed) -> bool:
        """Take what was agreed on; False when sound cannot go there."""


def accept_offer(message: Message, side: Side, *, codecs: Sequence[str]) -> bytes | Reply:
    """The answer to the offer that a message brings, or what to refuse it with."""
    try:
        theirs = description_of(message)
    except ValueError:
        return Reply(400, reason="Bad Description")
    if theirs is None:
        return Reply(415, headers=[ACCEPT])
    agreed = agree(theirs, codecs, ours=side.direction)
    if agreed is None or not side.hear(agreed):
        return Reply(488, headers=[ACCEPT])
    return side.ours.answer(theirs, agreed)


def accept_answer(message: Message, side: Side, *, codecs: Sequence[str]) -> bool | None:
    """Use the answer to our offer: whether it fits; None where the message brings none."""
    try:
        theirs = description_of(message)
    except ValueError:
        return False
    if theirs is None:
        return None
    agreed = agree(theirs, codecs, ours=side.direction, place=side.ours.place)
    if agreed is None or not side.hear(agreed):
        return False
    side.ours.learn(theirs, agreed)
    return True
