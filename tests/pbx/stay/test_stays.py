"""The table of stays, walked in virtual time: what a caller is in, by what led it there."""

from __future__ import annotations

import msgspec
import pytest

from pbx.call import Call
from pbx.events import Digit
from pbx.exchange import Exchange
from pbx.stay.stays import STAYS
from tests.pbx.sites import Desk

SITE = """
[trunk.gateway]
host = "192.0.2.1:5060"
[extension.201]
contact = "sip:192.0.2.11:5060"
[extension.202]
contact = "sip:192.0.2.12:5060"
[agent.2001]
extension = "201"
pin = "1234"
queues = ["open", "told"]
[queue.open]
announce = { agent_number = true }
[queue.told]
record = "always"
[menu.main]
prompt = "welcome"
keys = { "1" = "queue:open", "2" = "extension:202" }
[[route]]
from = "gateway"
called = "100"
to = "queue:open"
[[route]]
from = "gateway"
called = "200"
to = "queue:told"
[[route]]
from = "gateway"
called = "300"
to = "menu:main"
[[route]]
from = "gateway"
called = "400"
to = "announce:closed"
"""


def greeted(desk: Desk) -> int:
    """A caller whose agent has just answered."""
    caller = desk.call("100")
    (phone,) = desk.rung().values()
    desk.answer(phone)
    desk.bridge(caller, phone)
    return caller


def hears_congestion(desk: Desk) -> int:
    """A caller, answered by a menu already, whose choice cannot be had."""
    caller = desk.call("300")
    (phone,) = desk.rung(desk.put(Digit(caller, "2"))).values()
    desk.gone(phone, 480, cause=20, far=False)
    return caller


WALKS = {
    "announce": lambda desk: desk.call("400"),
    "greet": greeted,
    "menu": lambda desk: desk.call("300"),
    "notice": lambda desk: desk.call("200"),
    "pin": lambda desk: desk.call("*112001", source="extension:202"),
    "tone": hears_congestion,
}
NAMES = {
    "announce": "closed", "greet": "", "menu": "main", "notice": "told", "pin": "2001",
    "tone": "20",
}  # fmt: skip


def call_of(exchange: Exchange, leg: int) -> Call:
    return exchange.state.calls[exchange.state.legs[leg].call]


def test_each_stay_of_the_table_is_walked_here() -> None:
    assert WALKS.keys() == NAMES.keys() == STAYS.keys()


@pytest.mark.parametrize("kind", STAYS)
def test_a_caller_is_in_its_stay_also_after_a_restart_from_the_snapshot(kind: str) -> None:
    desk = Desk(SITE)
    caller = WALKS[kind](desk)
    stay = call_of(desk.exchange, caller).stay
    assert stay is not None and (stay.kind, stay.name) == (kind, NAMES[kind])
    again = Exchange.restored(desk.exchange.snapshot())
    assert call_of(again, caller).stay == stay


def test_a_stay_has_the_name_in_a_snapshot_that_it_always_had() -> None:
    desk = Desk(SITE)
    caller = desk.call("300")
    call = call_of(desk.exchange, caller)
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(call))
    assert kept["flow"] == {"kind": "menu", "name": "main", "tries": 0}
