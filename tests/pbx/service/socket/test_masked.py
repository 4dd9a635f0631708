"""Masked callers: no number of a caller gets out by any method or event, and all else stays."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pbx import notes, snapshot
from pbx.events import Refused
from pbx.notes import Note
from pbx.service.socket.api import METHODS, Later
from pbx.service.socket.connection import Connection
from pbx.service.socket.dispatch import Dispatch
from pbx.service.socket.event_line import EVENT_NAMES, line
from pbx.service.socket.event_ring import BLOCK, TAIL, EventRing
from pbx.service.socket.masked import SHORT_MAX, masked
from pbx.service.socket.params import Params
from pbx.service.socket.topics import Topics
from tests.pbx.service.socket.fake_site import CALL, FakeSession, FakeSite, serving
from tests.pbx.sites import Desk

NUMBER = "13800138000"
MASKED = "…000"
# What a text of a note may be that is no caller: names and ids of ours, words of a list.
OURS = {
    "action", "agent", "agents", "by", "call", "direction", "ended_by",
    "entered_as", "extension", "hours", "key", "kind", "menu", "method", "mode", "name",
    "other", "outcome", "party", "path", "place", "prompt", "queue", "queues", "recording",
    "sip_call_id", "source", "state", "trunk", "version",
}  # fmt: skip
ROW = {"call": CALL, "calling": NUMBER, "called": f"+{NUMBER}", "name": "Li Na", "caller": NUMBER}
ROWS = [ROW | {"to": NUMBER, "text": f"to {NUMBER}, why", "segments": [{"detail": NUMBER}]}]


class Numbers(FakeSite):
    """A site whose every row shows numbers."""

    def calls(self) -> list[dict[str, Any]]:
        return ROWS

    def explain(self, call: str) -> list[dict[str, Any]] | None:
        return None

    def explain_again(self, call: str) -> list[dict[str, Any]] | Refused:
        return ROWS

    def queue(self, name: str) -> dict[str, Any] | None:
        return {"queue": name, "waiting": ROWS}

    def recordings(self, wanted: Any) -> list[dict[str, Any]] | Refused:
        return ROWS

    def status(self) -> dict[str, Any]:
        return {"alarms": ROWS}

    def snapshot(self) -> dict[str, Any]:
        return {"calls": ROWS, "queues": [{"waiting": ROWS}], "alarms": ROWS}


SHOW_NUMBERS = {
    "snapshot": {}, "call.list": {}, "call.explain": {"call": CALL}, "recording.list": {},
    "queue.status": {"queue": "sales"}, "system.status": {},
}  # fmt: skip
ARE_OF_THE_HOUSE = {
    "hello", "methods", "subscribe", "system.backup", "agent.list", "queue.list", "hours.list",
    "staff.need", "staff.whatif", "trunk.list", "phone.list",
}  # fmt: skip


def answer(method: str, params: dict[str, Any], *, is_masked: bool) -> str:
    session = FakeSession()
    session.is_masked = is_masked
    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    found: Any = Dispatch(Numbers()).answer(request, session, 0)
    if isinstance(found, Later):
        found = found.read()
    assert isinstance(found, bytes)
    return found.decode()


def test_each_method_that_reads_is_known_to_show_numbers_or_not_to() -> None:
    reads = {name for name, method in METHODS.items() if not method.is_write}
    assert reads == set(SHOW_NUMBERS) | ARE_OF_THE_HOUSE


@pytest.mark.parametrize("method", SHOW_NUMBERS)
def test_a_method_shows_callers_masked_and_to_others_whole(method: str) -> None:
    text = answer(method, SHOW_NUMBERS[method], is_masked=True)
    assert NUMBER not in text and "Li Na" not in text and MASKED in text and CALL in text
    assert NUMBER in answer(method, SHOW_NUMBERS[method], is_masked=False)


def texts(kind: type[msgspec.Struct]) -> list[str]:
    """The fields of a note, or of a part of one, that are texts."""
    fields = msgspec.structs.fields(kind)
    return [field.name for field in fields if field.type in (str, tuple[str, ...])]


def filled(kind: type[Any]) -> Any:
    """A note with a caller's number in each text that is none of ours."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.type is str:
            values[field.name] = "x" if field.name in OURS else NUMBER
        elif field.name == "segments":
            values[field.name] = (filled(notes.Segment),)
        else:
            values[field.name] = () if "tuple" in str(field.type) else 0
    return kind(**values)


@pytest.mark.parametrize("kind", EVENT_NAMES, ids=EVENT_NAMES.values())
def test_an_event_shows_callers_masked_whatever_fields_it_has(kind: type[Note]) -> None:
    """A field that is new is masked, or named in OURS."""
    note = filled(kind)
    whole = line(1, (0.0, EVENT_NAMES[kind], note)).decode()
    text = line(1, (0.0, EVENT_NAMES[kind], note), is_masked=True).decode()
    assert NUMBER not in text
    has_numbers = bool(set(texts(kind)) - OURS) or "segments" in kind.__struct_fields__
    assert (NUMBER in whole) is has_numbers is (MASKED in text)


def test_a_caller_s_name_is_masked_in_an_event_and_an_agent_s_stays() -> None:
    fields = masked({"calling": NUMBER, "name": "Li Na", "agents": [{"name": "Anna"}]})
    assert fields == {"calling": MASKED, "name": "…", "agents": [{"name": "Anna"}]}


def test_the_events_of_a_ring_are_masked_new_and_old_and_whole_ones_stay_whole() -> None:
    ring, topics = EventRing(), Topics(["*"])
    for _ in range(TAIL + 2 * BLOCK):
        ring.append("queue.entered", notes.QueueEntered(CALL, "sales", NUMBER, 1, 0, 0), t=0.0)
    for after in (0, ring.seq - 1):
        for is_masked in (False, True, False):
            data, _ = ring.chunk(after, topics, is_masked=is_masked)
            assert (NUMBER in data.decode()) is not is_masked
            assert (MASKED in data.decode()) is is_masked


def test_what_the_exchange_shows_of_a_call_that_waits_has_no_number_left() -> None:
    desk = Desk()
    for _ in range(4):  # more than there are agents
        desk.call(calling=NUMBER)
    whole = snapshot.whole(desk.exchange, 0)
    assert NUMBER in str(whole) and NUMBER not in str(masked(whole))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("", ""),
        ("201", "201"),
        ("1" * SHORT_MAX, "1" * SHORT_MAX),
        ("1" * SHORT_MAX + "0", "…110"),
        ("+8613800138000", "…000"),
        ("anna@example.net", "…net"),
        ("queue:sales", "queue:sales"),
        ("trunk:gateway:13800138000", "trunk:gateway:…000"),
        ("extension:201", "extension:201"),
    ],
)
def test_a_number_shows_its_last_three_digits_unless_it_is_short(shown: str, expected: str) -> None:
    assert masked({"called": shown}) == {"called": expected}


def test_a_mask_is_for_the_roles_that_are_named_and_is_off_by_default(tmp_path: Path) -> None:
    async def masks() -> list[bool]:
        async with serving(tmp_path) as server:
            client = Connection(server, is_control=True)
            client.role = "monitor"
            before = client.is_masked
            server.masks = frozenset({"monitor"})
            return [before, client.is_masked]

    assert asyncio.run(masks()) == [False, True]


def test_the_parameters_of_methods_are_shown_as_they_are() -> None:
    assert issubclass(METHODS["methods"].params, Params)
    assert answer("methods", {}, is_masked=True) == answer("methods", {}, is_masked=False)
