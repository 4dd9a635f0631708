"""The turn: journal before commands, facts before deadlines, and what a fault of ours costs."""

from __future__ import annotations

import errno
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import cast, get_args

import pytest
from msgspec.structs import replace

from config.settings import to_json, version
from kernel.media.control import Media
from pbx.codec import Digest, encode
from pbx.commands import Command, Release
from pbx.events import CallArrived, CallCleared, Configured, Fact, PauseAsked, Released, Started
from pbx.exchange import Exchange
from pbx.notes import AlarmRaised, CallClosed, Note
from pbx.service.journal import reader as journal_files
from pbx.service.journal.journal import Journal, JournalLimits
from pbx.service.journal.replay import Feeder, ReplayError, recover, replay
from pbx.service.record.store import Batch, Store
from pbx.service.socket.live_site import LiveSite
from pbx.service.sound.driver import SoundDriver
from pbx.service.sound.prompts import Catalog
from pbx.service.turns import Clock, Turns
from pbx.state import State
from tests.pbx.sites import SITE, WALL_MS, settings_of

LEG = (1 << 32) | 3
BOOM = "100"


class Faulty(Exchange):
    """An exchange with a fault: it breaks when a call has been taken."""

    def handle(self, fact: Fact, now: int) -> list[Command]:
        commands = super().handle(fact, now)
        if isinstance(fact, CallArrived) and fact.calling == "boom":
            raise ZeroDivisionError("a fault of ours")
        return commands


class Room:
    """Turns over a real journal and database, without a wire."""

    def __init__(self, folder: Path, exchange: Exchange) -> None:
        self.folder = folder
        (folder / "journal").mkdir()
        self.notes: list[Note] = []
        self.journal = Journal(
            folder / "journal", group="t", epoch=1, limits=JournalLimits(), on_alarm=print
        )
        self.store = Store(folder / "pbx.db", on_committed=len, on_alarm=print)
        clock = Clock()
        self.turns = Turns(exchange, clock=clock, journal=self.journal, store=self.store, seq=0)
        self.turns.on_notes = lambda batch: self.notes.extend(note for _, note in batch)
        self.journal.rotate(exchange.snapshot(), seq=0, wall_ms=WALL_MS)
        self.store.start(1)
        settings = settings_of(SITE)
        self.turns.run(Started(1, WALL_MS))
        self.turns.run(Configured(to_json(settings), version(settings)))

    def close(self) -> None:
        self.store.close()
        self.journal.close(self.turns.exchange.digest())

    def of(self, kind: type[Note]) -> list[Note]:
        return [note for note in self.notes if isinstance(note, kind)]


@pytest.fixture
def room(tmp_path: Path) -> Callable[[Exchange], Room]:
    return lambda exchange: Room(tmp_path, exchange)


def test_what_was_decided_is_in_the_journal_and_replays_to_the_same_digest(
    room: Callable[[Exchange], Room],
) -> None:
    open_room = room(Exchange(State(group="t")))
    for number in range(600):
        leg = (1 << 32) | (2 * number + 1)
        open_room.turns.run(CallArrived(leg, "trunk:gateway", "5551", "77"))
        open_room.turns.run(Released(leg, 1, 404, far=False))
    open_room.close()
    result = replay(open_room.folder / "journal")
    assert result.differs_at == 0
    assert result.digests >= 2 and result.ended
    assert result.digest == open_room.turns.exchange.digest()
    assert len(open_room.of(CallClosed)) == 600


def test_a_refused_wish_is_told_and_journalled(room: Callable[[Exchange], Room]) -> None:
    open_room = room(Exchange(State(group="t")))
    before = open_room.journal.number
    refusal = open_room.turns.ask(PauseAsked("nobody"))
    assert refusal is not None and refusal.code == "not_found"
    assert open_room.turns.ask(PauseAsked("2001")) is None
    assert open_room.journal.number == before + 2
    open_room.close()


def test_a_fault_of_ours_costs_its_call_and_raises_an_alarm(
    room: Callable[[Exchange], Room],
) -> None:
    open_room = room(Faulty(State(group="t")))
    open_room.turns.run(CallArrived(LEG, "trunk:gateway", "boom", BOOM))
    assert open_room.turns.faults == 1
    (alarm,) = open_room.of(AlarmRaised)
    assert isinstance(alarm, AlarmRaised) and "a fault of ours" in alarm.text
    open_room.turns.run(Released(LEG, 41, far=False))
    (record,) = open_room.of(CallClosed)
    assert isinstance(record, CallClosed) and record.ended_by == "system"
    assert open_room.turns.exchange.engine.check() == []
    open_room.close()
    facts = [each.body for each in journal_files.read(open_room.folder / "journal")]
    assert any(isinstance(fact, CallCleared) for fact in facts)


class FullMedia:
    """A media thread that does not keep up with its commands."""

    def play(self, leg: int, sound: int) -> None:
        raise OSError(errno.ENOBUFS, f"sound {sound} for leg {leg}: no room")

    def flush(self) -> None:
        """Nothing was taken."""


class NoCatalog:
    """Every sound has one number."""

    def number_of(self, name: str) -> int:
        return len(name)


def test_a_command_that_cannot_be_obeyed_costs_its_call_and_no_other(
    room: Callable[[Exchange], Room],
) -> None:
    open_room = room(Exchange(State(group="t")))
    sound = SoundDriver(
        cast(Media, FullMedia()),
        cast(Catalog, NoCatalog()),
        pin_of=str,
        owner_of=lambda leg: ("", ""),
        measured=print,
    )
    open_room.turns.sound = sound
    open_room.turns.run(CallArrived(LEG, "trunk:gateway", "5551", "100"))
    assert open_room.turns.faults == 1
    (alarm,) = open_room.of(AlarmRaised)
    assert isinstance(alarm, AlarmRaised) and "no room" in alarm.text
    assert open_room.turns.exchange.state.legs[LEG].state == "releasing"
    open_room.turns.run(Released(LEG, 41, far=False))
    assert len(open_room.of(CallClosed)) == 1
    open_room.close()


def test_facts_wait_while_the_turns_are_held(room: Callable[[Exchange], Room]) -> None:
    open_room = room(Exchange(State(group="t")))
    turns, before = open_room.turns, open_room.journal.number
    turns.is_held = True
    turns.run(CallArrived(LEG, "trunk:gateway", "5551", "77"))
    turns.alarm("disk", "is full")
    turns.run()
    assert open_room.journal.number == before and not turns.exchange.state.calls
    turns.is_held = False
    turns.run()
    assert open_room.journal.number == before + 2 and len(turns.exchange.state.calls) == 1
    open_room.close()


def test_when_the_turns_are_over_nothing_is_taken(room: Callable[[Exchange], Room]) -> None:
    """Not a fact, a wish, an alarm, a report or a deadline: the journal is closed."""
    open_room = room(Exchange(State(group="t")))
    turns, before = open_room.turns, open_room.journal.number
    turns.is_over = True
    open_room.close()
    turns.run(CallArrived(LEG, "trunk:gateway", "5551", "77"))
    turns.alarm("disk", "is full")
    turns.run()
    turns.media_reports()
    refused = turns.ask(PauseAsked("2001"))
    assert refused is not None and "stopped" in refused.reason
    assert open_room.journal.number == before


def test_a_day_with_another_digest_is_found_out(room: Callable[[Exchange], Room]) -> None:
    open_room = room(Exchange(State(group="t")))
    open_room.turns.run(CallArrived(LEG, "trunk:gateway", "5551", "77"))
    open_room.journal.mark(Digest(12345))
    open_room.close()
    assert replay(open_room.folder / "journal").differs_at > 0


class Talkative(Exchange):
    """An exchange that decides the same of every call, and commands something else."""

    def take_command(self, command: Command) -> Command:
        return replace(command, cause=31) if isinstance(command, Release) else command

    def handle(self, fact: Fact, now: int) -> list[Command]:
        before = self.state.digest
        commands = [self.take_command(each) for each in super().handle(fact, now)]
        if commands:
            self.state.digest = before
            for command in commands:
                self.state.digest = zlib.crc32(encode(command), self.state.digest)
        return commands


def test_a_replay_whose_commands_are_others_is_found_out(
    room: Callable[[Exchange], Room],
) -> None:
    """The engine's part is the same: only what was commanded tells the two apart."""
    open_room = room(Talkative(State(group="t")))
    open_room.turns.run(CallArrived(LEG, "trunk:gateway", "5551", "77"))
    engine = open_room.turns.exchange.engine.digest()
    open_room.close()
    result = replay(open_room.folder / "journal")
    feeder = Feeder()
    for record in journal_files.read(open_room.folder / "journal"):
        feeder.feed(record)
    assert feeder.exchange is not None and feeder.exchange.engine.digest() == engine
    assert result.differs_at > 0


def test_one_field_of_one_command_changes_the_digest(room: Callable[[Exchange], Room]) -> None:
    plain, other = Exchange(State(group="t")), Talkative(State(group="t"))
    settings = settings_of(SITE)
    for exchange in (plain, other):
        exchange.handle(Started(1, WALL_MS), 0)
        exchange.handle(Configured(to_json(settings), version(settings)), 0)
    assert plain.digest() == other.digest()
    said = [
        each.handle(CallArrived(LEG, "trunk:gateway", "5551", "77"), 0) for each in (plain, other)
    ]
    assert said[0] != said[1] and plain.digest() != other.digest()


class Witness:
    """A sound driver that looks into the journal whenever it is to do something."""

    def __init__(self, folder: Path) -> None:
        self.facts: list[Fact] = []
        self.media = FullMedia()
        self.seen: list[tuple[Command, list[object]]] = []
        self.commands = get_args(Command)  # all there are
        self._folder = folder

    def obey(self, command: Command) -> None:
        kept = [each.body for each in journal_files.read(self._folder)]
        self.seen.append((command, kept))


def test_no_command_is_obeyed_before_what_led_to_it_is_in_the_journal(
    room: Callable[[Exchange], Room],
) -> None:
    """Of sound and of the wire alike: a kill between the two must leave the fact, not the deed."""
    open_room = room(Exchange(State(group="t")))
    witness = Witness(open_room.folder / "journal")
    open_room.turns.sound = cast(SoundDriver, witness)
    arrived = CallArrived(LEG, "trunk:gateway", "5551", "100")
    open_room.turns.run(arrived)
    kinds = {type(command).__name__ for command, _ in witness.seen}
    assert {"Play", "Ring"} <= kinds
    assert all(arrived in kept for _, kept in witness.seen)
    open_room.turns.sound = None
    open_room.close()


def test_a_journal_without_a_snapshot_cannot_be_replayed(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="no journal file"):
        replay(tmp_path)


def test_an_unusable_snapshot_is_an_alarm_and_not_the_end(
    room: Callable[[Exchange], Room],
) -> None:
    open_room = room(Exchange(State(group="t")))
    assert open_room.journal.rotate(b"of another version", seq=1, wall_ms=WALL_MS)
    open_room.close()
    feeder = Feeder()
    said = recover(journal_files.files(open_room.folder / "journal")[-1:], feeder)
    assert "its snapshot is unusable" in said
    assert feeder.exchange is None


def test_a_running_call_shows_its_legs_and_why_it_waits(room: Callable[[Exchange], Room]) -> None:
    open_room = room(Exchange(State(group="t")))
    site = LiveSite(open_room.turns, list)

    def told_of(batch: Batch) -> None:
        site.notes(note for _, note in batch)

    open_room.turns.on_notes = told_of
    for agent in ("2001", "2002"):
        open_room.turns.run(PauseAsked(agent, "tea"))
    open_room.turns.run(CallArrived(LEG, "trunk:gateway", "5551", "100"))
    (call,) = site.calls()
    assert call["state"] == "waiting"
    assert [(leg["leg"], leg["party"]) for leg in call["media"]] == [(LEG, "trunk:gateway")]
    told = site.explain(call["call"])
    assert told is not None
    passed = {row["agent"]: row["why"] for row in told if row["what"] == "passed_over"}
    assert passed["2001"] == "paused"
    assert site.explain("no such call") is None
    open_room.close()
