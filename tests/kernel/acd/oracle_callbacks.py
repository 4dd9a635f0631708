"""What a callback's customer does, in the plainest Python; the protocol's oracle has the moves."""

from __future__ import annotations

from kernel.acd import engine as acd
from tests.kernel.acd.oracle import Oracle
from tests.kernel.acd.oracle_protocol import AWAY, CALL, CALLER, DIALLED, RELEASED, UP


class CallbackOracle(Oracle):
    """The oracle of calls, and callbacks among them."""

    def enter_callback(
        self,
        now: int,
        queue: int,
        priority: int,
        credit_ms: int = 0,
        preferred: int = -1,
        preferred_ms: int = 0,
    ) -> int:
        return self.enter(now, queue, priority, credit_ms, preferred, preferred_ms, customer=AWAY)

    def customer_answered(self, now: int, number: int) -> None:
        entry = self.begin(now).entries.get(number)
        if entry and entry.customer == DIALLED:
            entry.customer = UP
            (offer,) = self.open_offers(entry)
            self.bridge(offer)
        elif entry and entry.customer == RELEASED:
            self.release_customer(entry)
        self.match()

    def customer_gone(self, now: int, number: int) -> None:
        entry = self.begin(now).entries.get(number)
        if entry and entry.customer != CALL:
            was, entry.customer = entry.customer, AWAY
            if was == UP:
                self._leave(entry, acd.ABANDONED, CALLER)
            elif was == DIALLED:
                self.not_reached(entry)
            else:
                self.try_again(entry)
        self.match()
