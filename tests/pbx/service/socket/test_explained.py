"""Why an ended call went where it went: from a real journal and record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pbx.events import Answered, Bridged, CallArrived, PauseAsked, Refused, Released
from pbx.exchange import Exchange
from pbx.service.socket.explained import explained
from pbx.state import State
from tests.pbx.service.test_turns import Room
from tests.site import until


@pytest.fixture
def room(tmp_path: Path) -> Callable[[], Room]:
    return lambda: Room(tmp_path, Exchange(State(group="t")))


def a_call(room: Room, number: int) -> str:
    """A call that comes, talks and ends; its id."""
    leg = (1 << 32) | (2 * number + 1)
    room.turns.run(CallArrived(leg, "trunk:gateway", f"555{number}", "100"))
    (call,) = room.turns.exchange.state.calls.values()
    (ringing,) = (each for each in call.legs if each != leg)
    room.turns.run(Answered(ringing))
    room.turns.run(Bridged(leg, ringing))
    room.turns.run(Released(ringing, 16))
    room.turns.run(Released(leg, 16, far=False))
    return call.id


def kept(room: Room) -> tuple[Path, Path]:
    """The record and the journal, once everything is on disk."""
    until(lambda: room.store.last_seq == room.turns.seq, what="everything is written")
    return room.folder / "pbx.db", room.folder / "journal"


def test_an_ended_call_says_who_was_passed_over_at_its_offer(room: Callable[[], Room]) -> None:
    open_room = room()
    open_room.turns.run(PauseAsked("2001", "tea"))
    call = a_call(open_room, 1)
    rows = explained(*kept(open_room), call=call)
    assert isinstance(rows, list)
    what = [row["what"] for row in rows]
    assert what[:2] == ["call.opened", "queue.entered"] and "call.answered" in what
    place = what.index("call.offered")
    assert rows[place]["agent"] == "2002"
    passed = {row["agent"]: row["why"] for row in rows[place:] if row["what"] == "passed_over"}
    assert passed == {"2001": "paused", "2003": "logged_out"}
    open_room.close()


def test_the_right_file_of_many_is_read(room: Callable[[], Room]) -> None:
    open_room = room()
    calls = []
    for number in range(1, 3):
        calls.append(a_call(open_room, number))
        open_room.journal.rotate(
            open_room.turns.exchange.snapshot(), seq=open_room.turns.seq, wall_ms=number
        )
        open_room.turns.run(PauseAsked("2003", str(number)))
    database, journal = kept(open_room)
    for call in calls:
        rows = explained(database, journal, call=call)
        assert isinstance(rows, list) and {row.get("call", call) for row in rows} == {call}
    open_room.close()


def test_a_call_that_is_not_in_the_record_or_whose_journal_is_gone_says_so(
    room: Callable[[], Room],
) -> None:
    open_room = room()
    call = a_call(open_room, 1)
    database, journal = kept(open_room)
    unknown = explained(database, journal, call="t00001-0000ffff")
    assert isinstance(unknown, Refused) and unknown.code == "not_found"
    open_room.close()
    for path in journal.glob("*.log"):
        path.unlink()
    gone = explained(database, journal, call=call)
    assert isinstance(gone, Refused) and "no longer kept" in gone.reason


def test_a_damaged_journal_is_said_to_be_so(room: Callable[[], Room]) -> None:
    open_room = room()
    call = a_call(open_room, 1)
    database, journal = kept(open_room)
    open_room.close()
    (path,) = journal.glob("*.log")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    damaged = explained(database, journal, call=call)
    assert isinstance(damaged, Refused) and "damaged" in damaged.reason


def test_no_database_is_a_reason_too(tmp_path: Path) -> None:
    refused = explained(tmp_path / "none.db", tmp_path, call="t00001-00000001")
    assert isinstance(refused, Refused) and "cannot be read" in refused.reason
