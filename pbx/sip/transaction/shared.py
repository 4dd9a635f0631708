"""What all transactions share: the user above, the wire below, timers beside, and their times."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Generic, Protocol, TypeVar

from kernel.deadlines import Timed, Timers
from pbx.sip.message.received import Flow, Message

# The two kinds of transaction, which know this module and are not known to it.
Asked = TypeVar("Asked")
Served = TypeVar("Served")
AskedFor = TypeVar("AskedFor", contravariant=True)
ServedFor = TypeVar("ServedFor", contravariant=True)

# RFC 3261 17.1.1.1 and appendix A, in ms.
T1 = 500  # a round trip
T2 = 4_000  # the longest pause between two copies
T4 = 5_000  # how long a message stays in the network
PATIENCE = 64 * T1  # timers B, D, F, H, J, L, M
TIDY_MS = 512  # finished transactions are forgotten at multiples of this, many at a time
TRYING_MS = 200  # an INVITE without any answer gets its 100 by then (17.2.1)


class State(IntEnum):
    """The states of all four machines (RFC 3261 figures 5-8, RFC 6026)."""

    TRYING = 1  # CALLING of an INVITE client
    PROCEEDING = 2
    COMPLETED = 3
    CONFIRMED = 4
    ACCEPTED = 5
    TERMINATED = 6


class Trigger(IntEnum):
    """What moves them; a response counts whichever way it goes."""

    PROVISIONAL = 1
    SUCCESS = 2
    FAILURE = 3
    ACK = 4
    OVER = 5


# All but INVITE, sent or received: the same four states on both sides (RFC 3261 17.1.2, 17.2.2).
OTHER_MOVES = {
    (State.TRYING, Trigger.PROVISIONAL): State.PROCEEDING,
    (State.TRYING, Trigger.SUCCESS): State.COMPLETED,
    (State.TRYING, Trigger.FAILURE): State.COMPLETED,
    (State.TRYING, Trigger.OVER): State.TERMINATED,
    (State.PROCEEDING, Trigger.PROVISIONAL): State.PROCEEDING,
    (State.PROCEEDING, Trigger.SUCCESS): State.COMPLETED,
    (State.PROCEEDING, Trigger.FAILURE): State.COMPLETED,
    (State.PROCEEDING, Trigger.OVER): State.TERMINATED,
    (State.COMPLETED, Trigger.OVER): State.TERMINATED,
}


def tidy_time(at: int) -> int:
    """When to forget a finished transaction that has to stay until `at` (ms)."""
    return -(-at // TIDY_MS) * TIDY_MS


def trigger_of(code: int) -> Trigger:
    """Which move a response status is."""
    if code < 200:
        return Trigger.PROVISIONAL
    return Trigger.SUCCESS if code < 300 else Trigger.FAILURE


class TransactionUser(Protocol[AskedFor, ServedFor]):
    """What the user agent offers. Nothing is called from within `Transactions.request`, `cancel`
    or `respond`."""

    def request(self, txn: ServedFor, message: Message, now: int) -> None:
        """A new request (never ACK or CANCEL); `message.flow` is where it came from."""

    def cancelled(self, txn: ServedFor, message: Message, now: int) -> None:
        """A CANCEL for `txn`, which has no final response yet; it has got its 200. Answer 487."""

    def ack(self, txn: ServedFor, message: Message, now: int) -> None:
        """The first ACK to a 2xx of `txn`; `txn.leg` is forgotten after it."""

    def no_ack(self, txn: ServedFor, now: int) -> None:
        """No ACK to a 2xx came in 64*T1."""

    def response(self, txn: AskedFor, message: Message, now: int) -> None:
        """A provisional or final response; a 2xx to INVITE as often as it comes, forks included:
        send the ACK each time (`Transactions.ack`, `send`). Refusals are acknowledged already."""

    def stray(self, message: Message, now: int) -> None:
        """A response no transaction waits for (a 2xx to INVITE wants ACK and BYE)."""

    def overloaded(self, now: int) -> None:
        """A request was answered 503, for there are too many transactions."""

    def timeout(self, txn: AskedFor, now: int) -> None:
        """No final response came (timers B and F, or 64*T1 after a CANCEL)."""

    def transport_failed(self, txn: AskedFor | ServedFor, now: int) -> None:
        """The flow of a transaction without final response is gone, and so is the transaction."""

    def tag(self, message: Message) -> str:
        """The To-tag of responses made here: 200 and 481 to CANCEL, 503."""

    def branch(self) -> str:
        """A new branch: `z9hG4bK` and something nobody can guess."""

    def sent_by(self, flow: Flow) -> str:
        """The host:port of our Via on this flow."""


class Layer(Generic[Asked, Served]):
    """The surroundings of a transaction. `forget` takes a finished one off the tables;
    `unacknowledged` has those that wait for the ACK to a 2xx, by Call-ID, To-tag and CSeq."""

    __slots__ = ("forget", "send", "timers", "unacknowledged", "user")

    def __init__(
        self,
        user: TransactionUser[Asked, Served],
        send: Callable[[Flow, bytes], None],
        *,
        forget: Callable[[Timed], None],
    ) -> None:
        self.user = user
        self.send = send
        self.forget = forget
        self.timers = Timers()
        self.unacknowledged: dict[tuple[str, str, int], Served] = {}
