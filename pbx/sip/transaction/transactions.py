"""The transaction layer: whose is this message (RFC 3261 17.1.3, 17.2.3), and when is what due.

wire --Message--> receive --> user.request  user.response  user.ack  user.cancelled …
user --Request--> request --> wire            user --Reply--> ServerTransaction.respond --> wire
clock ----------> tick ------> copies to the wire, user.timeout, user.no_ack
"""

from __future__ import annotations

from collections.abc import Callable

from kernel.deadlines import Timed
from pbx.sip.message.outgoing import Reply, Request, request, response, within
from pbx.sip.message.received import Flow, Message
from pbx.sip.transaction.client import ClientTransaction
from pbx.sip.transaction.server import ServerTransaction
from pbx.sip.transaction.shared import PATIENCE, T1, Layer, State
from pbx.sip.transaction.shared import TransactionUser as AnyUser

COOKIE = "z9hG4bK"
TRANSACTIONS_MAX = 100_000  # finished ones stay for 32 s, two of a call: 1,500 calls a second
RUSH_MS = T1  # how long we may be behind: from then on far ends repeat what waits, and it grows
OVERLOADED = (("Retry-After", "5"),)

Transaction = ClientTransaction | ServerTransaction
TransactionUser = AnyUser[ClientTransaction, ServerTransaction]

__all__ = ["ClientTransaction", "ServerTransaction", "TransactionUser", "Transactions"]


class Transactions:
    """All transactions of one user agent. Past `transactions_max` received ones a request outside
    of a dialog gets a 503 that is not remembered; past twice that many, every request. The 503
    is also for those that come when we have been behind for RUSH_MS: to begin a call then would
    cost those that have begun."""

    def __init__(
        self,
        user: TransactionUser,
        send: Callable[[Flow, bytes], None],
        *,
        transactions_max: int = TRANSACTIONS_MAX,
    ) -> None:
        self.send = send
        self._user = user
        self.most = transactions_max
        self._rush_since: int | None = None
        self._layer = Layer(user, send, forget=self._forget)
        self.next_deadline = self._layer.timers.next_deadline  # when `tick` is due, in ms
        self._servers: dict[str, ServerTransaction] = {}
        self._clients: dict[str, ClientTransaction] = {}
        self._streams: dict[int, dict[Transaction, None]] = {}

    def __len__(self) -> int:
        return len(self._servers) + len(self._clients)

    def receive(self, message: Message, now: int) -> None:
        """A message that passed `check`, its `flow` set."""
        if not message.is_request:
            self._response(message, now)
        elif message.method == "ACK":
            self._acknowledge(message, now)
        else:
            self._request(message, now)

    def _request(self, message: Message, now: int) -> None:
        key = server_key(message, message.method)
        if txn := self._servers.get(key):
            txn.repeat()
        elif message.method == "CANCEL":
            self._cancel(message, key, now)
        elif self._is_too_much(message, now):
            self._user.overloaded(now)
            self.respond_statelessly(message, Reply(503, self._user.tag(message), OVERLOADED))
        else:
            self._user.request(self._open(message, key, now), message, now)

    def is_known(self, message: Message) -> bool:
        """Whether a request belongs to a transaction that lives: a copy, or a CANCEL or ACK of
        it. One that does not may be answered statelessly instead of being received."""
        method = "INVITE" if message.method in ("ACK", "CANCEL") else message.method
        if server_key(message, method) in self._servers:
            return True
        dialog = (message.call_id, message.to_tag, message.cseq)
        return message.method == "ACK" and dialog in self._layer.unacknowledged

    def request(
        self, asked: Request, flow: Flow, now: int, *, patience: int = PATIENCE
    ) -> ClientTransaction:
        """Send a request (not ACK or CANCEL) and wait for its responses, `patience` ms for the
        first."""
        txn = self._open_client(asked, flow, via=self._via(flow))
        txn.start(now, patience)
        return txn

    def cancel(self, txn: ClientTransaction, now: int, reason: str = "") -> None:
        """Cancel an INVITE, now or when a provisional response comes (RFC 3261 9.1); `reason` is
        the Reason header (RFC 3326). With a final response there is nothing left to cancel.

        `user.timeout` follows 64*T1 after the CANCEL if no final response does."""
        assert txn.is_invite, "only an INVITE is cancelled"
        if txn.is_final or txn.is_cancelled:
            return
        if txn.state == State.TRYING:
            txn.cancel_reason = reason
        else:
            self._send_cancel(txn, reason, now)

    def ack(self, asked: Request, flow: Flow) -> bytes:
        """Send the ACK to a 2xx; the bytes are returned, to be sent for each copy of that 2xx."""
        data = request(asked, self._via(flow))
        self.send(flow, data)
        return data

    def respond_statelessly(self, message: Message, reply: Reply) -> None:
        """Answer and keep nothing (floods, challenges): equal copies get equal answers."""
        if message.method != "ACK":
            self.send(message.reply_flow, response(message, reply))

    def transport_failed(self, flow: Flow, now: int) -> None:
        """Nothing can be sent on `flow` any more: its connection is closed, or its port refuses."""
        if flow.connection:
            found = list(self._streams.get(flow.connection, ()))
        else:
            found = [txn for txn in self._all() if txn.flow == flow]
        for txn in found:
            txn.fail(now)

    def tick(self, now: int) -> None:
        """Repeat what is due, give up what is over."""
        for item in self._layer.timers.due(now):
            item.fire(now)

    def _all(self) -> list[Transaction]:
        return [*self._servers.values(), *self._clients.values()]

    def rush(self, is_on: bool, now: int) -> None:
        """Hear, at each reading, whether more waits on the wire than a turn takes."""
        if not is_on:
            self._rush_since = None
        elif self._rush_since is None:
            self._rush_since = now

    def _is_too_much(self, message: Message, now: int) -> bool:
        if message.to_tag:
            return len(self._servers) >= 2 * self.most
        since = self._rush_since
        return len(self._servers) >= self.most or (since is not None and now - since >= RUSH_MS)

    def _open(self, message: Message, key: str, now: int) -> ServerTransaction:
        txn = ServerTransaction(self._layer, key, message=message, now=now)
        self._servers[key] = txn
        if txn.flow.connection:
            self._remember_stream(txn)
        return txn

    def _via(self, flow: Flow) -> str:
        sent_by, branch = self._user.sent_by(flow), self._user.branch()
        return f"SIP/2.0/{flow.transport.upper()} {sent_by};rport;branch={branch}"

    def _open_client(self, asked: Request, flow: Flow, *, via: str) -> ClientTransaction:
        txn = ClientTransaction(self._layer, asked, flow=flow, via=via)
        self._clients[txn.key] = txn
        if txn.flow.connection:
            self._remember_stream(txn)
        return txn

    def _response(self, message: Message, now: int) -> None:
        txn = self._clients.get(f"{message.branch}\n{message.cseq_method}")
        if txn is None:
            if message.cseq_method != "CANCEL":
                self._user.stray(message, now)
            return
        txn.receive(message, now)
        if txn.cancel_reason is not None and txn.state == State.PROCEEDING:
            self._send_cancel(txn, txn.cancel_reason, now)

    def _send_cancel(self, txn: ClientTransaction, reason: str, now: int) -> None:
        assert txn.asked is not None, "kept until the final response"
        txn.cancel_reason = None
        cancel = within(txn.asked, "CANCEL")
        if reason:
            cancel = Request("CANCEL", cancel.uri, [*cancel.headers, ("Reason", reason)])
        txn.give_up_at(now + PATIENCE)
        self._open_client(cancel, txn.flow, via=txn.via).start(now)

    def _acknowledge(self, message: Message, now: int) -> None:
        """An ACK: to a refusal it has the branch of its INVITE, to a 2xx its dialog (13.3.1.4).
        Any other is dropped."""
        txn = self._servers.get(server_key(message, "INVITE"))
        if txn is None:
            key = (message.call_id, message.to_tag, message.cseq)
            txn = self._layer.unacknowledged.get(key)
        if txn is not None:
            txn.acknowledge(message, now)

    def _cancel(self, message: Message, key: str, now: int) -> None:
        """A CANCEL: 200 and a word to the user, or 481 when there is nothing to cancel (9.2)."""
        invite = self._servers.get(server_key(message, "INVITE"))
        tag = self._user.tag(message)
        if invite is None:
            self.respond_statelessly(message, Reply(481, tag))
            return
        self._open(message, key, now).respond(Reply(200, tag), now)
        if not invite.is_final:
            self._user.cancelled(invite, message, now)

    def _remember_stream(self, txn: Transaction) -> None:
        self._streams.setdefault(txn.flow.connection, {})[txn] = None

    def _forget(self, item: Timed) -> None:
        """Take a finished transaction off the tables."""
        if isinstance(item, ClientTransaction):
            del self._clients[item.key]
        else:
            assert isinstance(item, ServerTransaction)
            del self._servers[item.key]
        connection = item.flow.connection
        if connection and (stream := self._streams.get(connection)):
            stream.pop(item, None)
            if not stream:
                del self._streams[connection]


def server_key(message: Message, method: str) -> str:
    """What a request, its copies, its CANCEL and the ACK to its refusal have in common
    (17.2.3): branch and sent-by, or without a branch of RFC 3261 the fields of RFC 2543.

    A line feed, which no value can hold, keeps the parts apart."""
    branch = message.branch
    if branch.startswith(COOKIE) and len(branch) > len(COOKIE):
        host, port, _ = message.sent_by
        return f"{branch}\n{host}:{port}\n{method}"
    top = message.header("via")
    return f"{message.call_id}\n{message.cseq}\n{message.from_tag}\n{top}\n{method}"
