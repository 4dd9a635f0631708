"""Who can be reached: devices that are registered, parties known by address, and who is missing.

    a leg that nothing answers  -> missing: DeviceLost, and one device of it silent
    a message from its place    -> DeviceFound
"""

from __future__ import annotations

from pbx.events import DeviceFound, DeviceLost, Fact
from pbx.sip.access.callers import AccessList
from pbx.sip.access.registrar import Registrar
from pbx.sip.dialog.dialog import Dialog
from pbx.sip.dialog.identity import Identity
from pbx.sip.message.digest import Realm
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Flow, Message
from pbx.sip.troubles import Troubles


class Presence:
    """The parties of a user agent, as far as they have shown themselves."""

    def __init__(self, secret: bytes, epoch: int, *, realm: str) -> None:
        self.identity = Identity(secret, epoch)
        self.facts: list[Fact] = []
        self.missing: dict[str, str] = {}  # parties that do not answer, of trunks also why
        self.newly_missing: list[str] = []  # those of them that nobody has been told of yet
        self.troubles = Troubles(self.facts)
        self.registrar = Registrar(self.facts, self.troubles)
        self.access = AccessList(
            Realm(secret, realm), self.registrar.has_host, troubles=self.troubles
        )

    def admit(
        self, message: Message, dialog: Dialog, *, party: str, now: int
    ) -> str | Reply | None:
        """Whether a request in a dialog (by both tags) is of its party: the party, or the reply to
        it, or None for silence.

        Who knows the tags and sends from where the far end was heard, or where the party's devices
        are registered, is believed. From elsewhere a phone that has moved proves its password (RFC
        3261 12.2.2 and 22): nobody else ends its calls."""
        flow = message.flow
        assert flow is not None
        who, _, number = party.partition(":")
        if flow.host in (dialog.flow.host, dialog.hop.host):
            return party
        if who == "trunk":
            return party if self.access.trunk_at(flow.host) == party else Reply(481)
        if self.registrar.is_at(number, flow.host):
            return party
        if not self.access.can_log_in(number):
            return Reply(481)
        known = self.access.login(message, now, number)
        return Reply(403) if isinstance(known, str) and known != party else known

    def sign_of_life(self, flow: Flow) -> None:
        """Whatever phone is missing at the place a message comes from is there again."""
        here = self.access.numbers_at(flow)
        for party in list(self.missing):
            who, _, number = party.partition(":")
            if who != "extension":
                continue
            bindings = self.registrar.bindings(number)
            if number in here or any(binding.flow == flow for binding in bindings):
                self.found(party)

    def unheard(self, party: str, uri: str) -> None:
        """One device of a party has not answered anything."""
        who, _, number = party.partition(":")
        if who == "extension":
            self.registrar.silent(number, uri)

    def lost(self, party: str, why: str = "") -> None:
        """A party does not answer; of a phone that is a fact. Of a trunk it counts with a reason
        only: one call whose far end is gone says nothing of the way there."""
        who, _, number = party.partition(":")
        if who == "trunk":
            if why:
                self.missing.setdefault(party, why)
            return
        if party not in self.missing:
            self.missing[party] = ""
            self.newly_missing.append(party)
        self.facts.append(DeviceLost(number))

    def found(self, party: str, *, surely: bool = False) -> None:
        """A party has answered."""
        was_missing = party in self.missing
        self.missing.pop(party, None)
        who, _, number = party.partition(":")
        if who == "extension" and (was_missing or surely):
            self.facts.append(DeviceFound(number))
