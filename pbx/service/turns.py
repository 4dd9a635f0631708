"""The turn: what came in is decided, journalled, and only then obeyed.

    sockets, media, timers  ->  facts  ->  exchange  ->  journal (one write)  ->  commands  ->  wire

A turn goes round until no fact is left, for obeying a command may be a fact at once (`Bridged`, a
phone that is not there). Facts come before deadlines of the same moment. An error of ours is caught
here and nowhere else: it costs its call, and says so.

While turns are held facts wait; once they are over nothing is taken any more, whoever still calls.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable

from pbx.codec import Digest
from pbx.commands import Command, Release
from pbx.events import CallCleared, Digit, Fact, Refused, TroubleSeen
from pbx.exchange import Exchange
from pbx.service.journal.journal import DIGEST_EVERY, Journal
from pbx.service.journal.replay import safely
from pbx.service.record.store import Batch, Store
from pbx.service.sound.driver import SoundDriver
from pbx.service.wire import Wire

ROUNDS_MAX = 1000  # of one turn: more is a loop of ours
TROUBLE_MAX = 4000  # characters of an alarm


class Clock:
    """The exchange's time: the monotonic clock, going on from the last record, never back."""

    def __init__(self, start_ms: int = 0) -> None:
        self._offset_ns = start_ms * 1_000_000 - time.monotonic_ns()

    def now(self) -> int:
        """Milliseconds."""
        return (time.monotonic_ns() + self._offset_ns) // 1_000_000

    @staticmethod
    def wall_ms() -> int:
        """The wall clock, in milliseconds since the epoch."""
        return time.time_ns() // 1_000_000


class Turns:
    """Runs the turns of one exchange over its journal, store, wire and media."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        clock: Clock,
        journal: Journal,
        store: Store,
        seq: int,
    ) -> None:
        self.exchange = exchange
        self.clock = clock
        self.journal = journal
        self.store = store
        self.seq = seq
        self.wire: Wire | None = None
        self.sound: SoundDriver | None = None
        self.on_notes: Callable[[Batch], None] = lambda batch: None
        self.on_deadline: Callable[[int | None], None] = lambda deadline: None
        self.pending: list[Fact] = []
        self.faults = 0
        self.is_held = False  # the site is not open yet
        self.is_over = False  # and it will not be again
        self._fresh: Batch = []
        self._digest_at = 0
        self._wire_due: int | None = 0
        self._exchange_due: int | None = 0  # as of the end of a turn

    def run(self, fact: Fact | None = None) -> None:
        """One turn: everything that is known now, until nothing is left to do."""
        if self.is_over:
            return
        if fact is not None:
            self.pending.append(fact)
        if self.is_held:
            return
        now = self.clock.now()
        if self.wire is not None and self._wire_due is not None and self._wire_due <= now:
            self.wire.tick(now)
        for _ in range(ROUNDS_MAX):
            commands = self._decide(now)
            if commands is None:
                break
            self.journal.write()
            for command in commands:
                self._obey(command, now)
        self._finish()

    def ask(self, fact: Fact) -> Refused | None:
        """Put a client's wish to the exchange; what it says."""
        if self.is_over:
            return Refused("refused", "the exchange has stopped")
        self.exchange.refused = None
        self.run(fact)
        return self.exchange.refused

    def _decide(self, now: int) -> list[Command] | None:
        """Handle the facts there are, else the deadline that has come; None if there is neither."""
        facts, self.pending = self.pending, []
        if self.wire is not None:
            told = self.wire.take()
            facts += self._told(told, now) if Digit in map(type, told) else told
        if self.sound is not None and self.sound.facts:
            facts += self.sound.facts
            self.sound.facts.clear()
        if facts:
            commands: list[Command] = []
            for fact in facts:
                commands += self._handle(fact, now)
            return commands
        self._exchange_due = deadline = self.exchange.next_deadline()
        return self._handle(None, now) if deadline is not None and deadline <= now else None

    def _told(self, facts: list[Fact], now: int) -> list[Fact]:
        """What the wire tells, with a key among it, which goes the way of keys in the sound, for
        that may have brought it too."""
        if self.sound is None:
            return facts
        told: list[Fact] = []
        for fact in facts:
            if isinstance(fact, Digit):
                self.sound.told(fact, now)
                told += self.sound.facts
                self.sound.facts.clear()
            else:
                told.append(fact)
        return told

    def _handle(self, fact: Fact | None, now: int) -> list[Command]:
        self.journal.append(now, fact)
        commands, fault = safely(self.exchange, fact, now)
        if fault is not None:
            self._faulty(fact, fault)
        for note in self.exchange.take_notes():
            self.seq += 1
            self._fresh.append((self.seq, note))
        if self.exchange.state.facts - self._digest_at >= DIGEST_EVERY:
            self._digest_at = self.exchange.state.facts
            self.journal.mark(Digest(self.exchange.digest()))
        return commands

    def _faulty(self, cause: Fact | Command | None, fault: BaseException) -> None:
        """A bug: say so, and clear the call it struck."""
        self.faults += 1
        text = "".join(traceback.format_exception(fault))
        self.alarm("fault", f"an error of the exchange itself, handling {cause!r}:\n{text}")
        leg = self.exchange.state.legs.get(getattr(cause, "leg", 0))
        if leg is not None and not isinstance(cause, Release):  # else it would come round
            self.pending.append(CallCleared(leg.call, repr(fault)[:200]))

    def alarm(self, name: str, text: str) -> None:
        """Raise an alarm with the next turn: a fact like any other."""
        self.pending.append(TroubleSeen(name, text[:TROUBLE_MAX]))

    def _finish(self) -> None:
        if self.sound is not None:
            self.sound.media.flush()
        if self.wire is not None:
            self.wire.flush()
        if self._fresh:
            fresh, self._fresh = self._fresh, []
            self.store.put_all(fresh)
            self.on_notes(fresh)
        if self.journal.due_for_snapshot:
            self.journal.rotate(
                self.exchange.snapshot(), seq=self.seq, wall_ms=self.clock.wall_ms()
            )
        self.on_deadline(self._next_deadline())

    def _next_deadline(self) -> int | None:
        self._wire_due = wire = self.wire.next_deadline() if self.wire is not None else None
        mine = self._exchange_due
        if wire is None or mine is None:
            return mine if wire is None else wire
        return wire if wire < mine else mine

    # ---- commands ------------------------------------------------------------------------

    def _obey(self, command: Command, now: int) -> None:
        """A command that cannot be obeyed costs its own call, never those behind it."""
        try:
            if self.sound is not None and type(command) in self.sound.commands:
                self.sound.obey(command)
            elif self.wire is not None:
                self.wire.obey(command, now)
        except Exception as fault:
            self._faulty(command, fault)

    def media_reports(self) -> None:
        """The media thread has something to say."""
        if self.is_over:
            return
        assert self.sound is not None
        self.sound.reports(self.clock.now())
        self.run()
