"""The running site as the socket sees it: rows of the exchange, wishes to it, reasons why."""

from __future__ import annotations

import os
import resource
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import pbx
from pbx import snapshot
from pbx.call import Call, Leg
from pbx.events import Fact, Refused
from pbx.exchange import Exchange
from pbx.notes import AgentChanged, AlarmRaised, CallClosed, Note, WrapUpEnded
from pbx.service.socket import staffing_job
from pbx.service.socket.backup_job import BackupJob
from pbx.service.socket.contract import Row
from pbx.service.socket.event_line import shown
from pbx.service.socket.explained import explained, told
from pbx.service.socket.ineligible import passed_over
from pbx.service.socket.params import BackupParams, NeedParams, RecordingsParams, WhatIfParams
from pbx.service.socket.recording_list import recordings_in
from pbx.service.turns import Turns

FIGURES = (
    "packets_in", "packets_out", "lost", "late", "dropped", "jitter_us", "last_in_ms",
    "far_loss_permille", "rtt_us", "loss_permille", "mos_x100", "elsewhere", "elsewhere_packets",
    "learnt",
)  # fmt: skip
CALLS_EXPLAINED = 200
ALARMS_KEPT = 100
AFTERWARDS = (AgentChanged, WrapUpEnded)  # of an agent whose call may be forgotten by then


class LiveSite:
    """What `pbx.service.socket.api` may ask of a running exchange."""

    def __init__(self, turns: Turns, reload: Callable[[str], list[Row]]) -> None:
        self._turns = turns
        self._reload = reload
        self._started = turns.clock.now()
        self._told: dict[str, list[Note]] = {}
        self._closed: deque[str] = deque()  # the calls in `_told` that have ended
        self._alarms: list[AlarmRaised] = []
        self._backups = BackupJob(turns.store.path.parent)

    @property
    def exchange(self) -> Exchange:
        """The exchange behind it."""
        return self._turns.exchange

    @property
    def epoch(self) -> int:
        """The number of this start."""
        return self.exchange.state.epoch

    def notes(self, notes: Iterable[Note]) -> None:
        """Keep what explains calls, for as long as they run and a while longer."""
        for note in notes:
            if isinstance(note, AlarmRaised):
                self._alarms = [*self._alarms[1 - ALARMS_KEPT :], note]
            call = getattr(note, "call", "")
            told = self._told.get(call)
            if told is not None:
                told.append(note)
            elif call and not isinstance(note, AFTERWARDS):
                self._told[call] = [note]
            if isinstance(note, CallClosed):
                self._forget_one(call)

    def _forget_one(self, closed: str) -> None:
        """A call has ended; the one that ended long before it is told of no more."""
        self._closed.append(closed)
        if len(self._closed) > CALLS_EXPLAINED:
            self._told.pop(self._closed.popleft(), None)

    def ask(self, fact: Fact) -> Refused | None:
        """Hand a client's wish to the exchange at once."""
        return self._turns.ask(fact)

    def calls(self) -> list[Row]:
        """The running calls, oldest first, each with what its legs send and hear."""
        return [self._call(each) for each in self.exchange.state.calls.values()]

    def call(self, call: str) -> Row | None:
        """One running call, or None."""
        found = self.exchange.state.calls.get(call)
        return self._call(found) if found else None

    def _call(self, call: Call) -> Row:
        legs = [self.exchange.state.legs[number] for number in call.legs]
        return snapshot.call(self.exchange, call) | {"media": [self._sound(leg) for leg in legs]}

    def _sound(self, leg: Leg) -> Row:
        """The figures of one leg's sound, as the media thread counts them; null without any."""
        figures = self._turns.sound.media.figures(leg.number) if self._turns.sound else None
        row: Row = {"leg": leg.number, "party": leg.party, "state": leg.state.value}
        return row | {name: getattr(figures, name, None) for name in FIGURES}

    def explain(self, call: str) -> list[Row] | None:
        """What was decided about a call, oldest first; for one that waits, who is passed over."""
        notes = self._told.get(call)
        if notes is None:
            return None
        return told(notes) + self._passed_over(call)

    def _passed_over(self, call: str) -> list[Row]:
        found = self.exchange.state.calls.get(call)
        if found is None or found.visit is None:
            return []
        return passed_over(self.exchange, found.visit.entry, self.exchange.state.now)

    def explain_again(self, call: str) -> list[Row] | Refused:
        """The same of an ended call, with who was passed over at each offer; from the journal."""
        journal = self._turns.journal.folder
        return explained(self._turns.store.path, journal, call=call)

    def agents(self) -> list[Row]:
        """The agents."""
        return snapshot.agents(self.exchange)

    def queues(self) -> list[Row]:
        """The queues, in short."""
        return snapshot.queues(self.exchange)

    def queue(self, name: str) -> Row | None:
        """One queue's status."""
        return snapshot.queue(self.exchange, name, self._turns.clock.now())

    def hours(self) -> list[Row]:
        """The opening hours and the night key."""
        return snapshot.hours(self.exchange)

    def trunks(self) -> list[Row]:
        """The trunks and what they carry."""
        return snapshot.trunks(self.exchange)

    def phones(self) -> list[Row]:
        """The extensions and their phones."""
        return snapshot.phones(self.exchange)

    def need(self, wanted: NeedParams) -> Any | Refused:
        """Agents needed by interval; waits for another process."""
        return self._planned(wanted.queue, ["staff", "--days", str(wanted.days)])

    def what_if(self, wanted: WhatIfParams) -> Any | Refused:
        """Today with more agents or fewer; waits for another process."""
        now = f"{self.exchange.switch.night.local():%H:%M}"
        change = ["--change", f"{wanted.change:+d}", "--until", wanted.until]
        return self._planned(wanted.queue, ["simulate", "--today", now, *change])

    def _planned(self, name: str, words: list[str]) -> Any | Refused:
        queue = self.exchange.settings.queue.get(name)
        if queue is None:
            return Refused("not_found", f'no queue "{name}"')
        zone = ["--timezone", self.exchange.settings.site.timezone]
        words = [*words, "--queue", name, *zone, *staffing_job.level(queue)]
        return staffing_job.answered(self._turns.store.path, words)

    def recordings(self, wanted: RecordingsParams) -> list[Row] | Refused:
        """Recordings, from the record; waits for the disk."""
        try:
            return recordings_in(self._turns.store.path, wanted)
        except (OSError, sqlite3.Error) as error:
            return Refused("refused", f"the record cannot be read: {error}")

    def snapshot(self) -> Row:
        """Everything a console draws from."""
        picture = snapshot.whole(self.exchange, self._turns.clock.now())
        return picture | {"alarms": self._alarm_rows()}

    def status(self) -> Row:
        """The process itself."""
        state = self.exchange.state
        return {
            "site": self.exchange.settings.site.name,
            "pid": os.getpid(),
            "epoch": state.epoch,
            "uptime_s": (self._turns.clock.now() - self._started) / 1000,
            "version": pbx.__version__,
            "settings": state.version,
            "calls": len(state.calls),
            "legs": len(state.legs),
            "waiting": sum(call.visit is not None for call in state.calls.values()),
            "draining": state.is_draining,
            "facts": state.facts,
            "journal": self._turns.journal.number,
            "digest": f"{self.exchange.digest():016x}",
            "faults": self._turns.faults,
            "memory_kib_max": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "breaches": self.exchange.engine.check(),
            "alarms": self._alarm_rows(),
        }

    def _alarm_rows(self) -> list[Row]:
        return [shown(alarm) | {"t": alarm.wall_ms / 1000} for alarm in self._alarms]

    def back_up(self, wanted: BackupParams) -> Any | Refused:
        """Copy the site, while it is in service; waits for another process."""
        return self._backups.answered(wanted)

    def close(self) -> None:
        """End what is still being made for somebody."""
        self._backups.stop()

    def reload(self, who: str) -> list[Row]:
        """Read the configuration again, because somebody asked; its problems, empty when done."""
        return self._reload(who)
