"""A client that reads slowly: so far it may fall behind, then it is told what it missed."""

from __future__ import annotations

import asyncio
import json
from typing import cast

import pytest

from pbx.events import Refused
from pbx.service.socket.accounts import Person
from pbx.service.socket.connection import BEHIND_MAX, Connection
from pbx.service.socket.dispatch import Dispatch
from pbx.service.socket.event_ring import EventRing
from pbx.service.socket.topics import Topics


class Wire(asyncio.Transport):
    """Takes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return False

    def resume_reading(self) -> None: ...

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...


class Door:
    """A server with nothing but events."""

    dispatch = cast(Dispatch, None)

    def __init__(self) -> None:
        self.events = EventRing()
        self.masks: frozenset[str] = frozenset()

    def clock(self) -> int:
        return 0

    def admit(self, connection: Connection, peer: object) -> Person | Refused:
        return Person("ann", "supervisor")

    def gone(self, connection: Connection) -> None: ...


async def heard_after(missed: int) -> list[dict[str, object]]:
    """What a client hears that had no room while so many events came."""
    door, wire = Door(), Wire()
    connection = Connection(door, is_control=False)
    connection.connection_made(wire)
    connection.follow(Topics(["*"]), None)
    await asyncio.sleep(0)
    connection.pause_writing()
    for number in range(missed):
        door.events.append("call.arrived", {"call": str(number)}, t=0.0)
    connection.pump()
    assert wire.written == b""
    connection.resume_writing()
    while connection._pump_due:
        await asyncio.sleep(0)
    return [json.loads(line) for line in wire.written.splitlines()]


@pytest.mark.parametrize("missed", [1, BEHIND_MAX])
def test_a_client_a_thousand_events_behind_gets_them_all(missed: int) -> None:
    heard = asyncio.run(heard_after(missed))
    assert BEHIND_MAX == 1_000
    assert [cast(dict[str, int], each["params"])["seq"] for each in heard] == [
        *range(1, missed + 1)
    ]


def test_one_event_more_and_it_is_told_what_it_missed_instead() -> None:
    (told,) = asyncio.run(heard_after(BEHIND_MAX + 1))
    assert (told["method"], told["params"]) == ("lagged", {"from": 1, "to": BEHIND_MAX + 1})
