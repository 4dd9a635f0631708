"""The one door of the exchange: facts and time in, commands and notes out.

    handle(fact, now) -> [Command, …]        tick(now) -> [Command, …]        next_deadline()

Nothing in here reads a clock, a socket or a file. The same facts at the same times give the same
commands on any machine; `digest` proves it, `snapshot` holds everything.
"""

from __future__ import annotations

import zlib
import zoneinfo
from collections.abc import Callable
from typing import Any

from config.settings import Settings, from_json
from kernel.acd.engine import Engine
from pbx import saved
from pbx.calls.clearing import Clearing
from pbx.calls.during_talk import DuringTalk
from pbx.calls.switch import Switch
from pbx.codec import digested
from pbx.commands import Command
from pbx.events import (
    NOT_REGISTERED_YET,
    Alerting,
    Answered,
    Bound,
    Bridged,
    CallArrived,
    CallCleared,
    ClockRead,
    Configured,
    DeviceFound,
    DeviceLost,
    Digit,
    DigitsAsked,
    Drained,
    Fact,
    HangupAsked,
    HeardElsewhere,
    Held,
    LoginAsked,
    LogoutAsked,
    MediaLost,
    NightKeyTurned,
    PauseAsked,
    PinChecked,
    Played,
    RecordAsked,
    RecordingFailed,
    Refused,
    Released,
    Retrieved,
    SoundMissing,
    Started,
    Stopped,
    TransferAsked,
    TransferWished,
    TroubleSeen,
    TrunkFound,
    TrunkLost,
    Unbound,
    UnpauseAsked,
    WrapUpAsked,
)
from pbx.figures import queue_day
from pbx.notes import AlarmRaised, Note, SiteConfigured, TrunkChanged
from pbx.queue.acd import Acd
from pbx.queue.agents import Agents
from pbx.state import State, Turn
from pbx.stay.recorder import Recorder
from pbx.stay.stays import Stays
from pbx.stay.voice import Voice

RESTART = 41  # Q.850: temporary failure
SWEEP_MS = 10_000


class Exchange:
    """A site's calls, agents and queues."""

    def __init__(self, state: State | None = None, engine: Engine | None = None) -> None:
        self.state = state or State()
        self.turn = Turn()
        self.engine = engine or Engine()
        voice = Voice(self.state, self.turn, engine=self.engine)
        recorder = Recorder(self.state, self.turn)
        stays = Stays(self.state, self.turn, voice=voice, recorder=recorder)
        self.acd = Acd(self.state, self.turn, engine=self.engine, stays=stays)
        self.agents = Agents(self.state, self.turn, acd=self.acd)
        clearing = Clearing(self.state, self.turn, acd=self.acd, agents=self.agents)
        self.switch = Switch(
            self.state, self.turn, acd=self.acd, agents=self.agents, clearing=clearing
        )
        self.during_talk = DuringTalk(self.state, self.turn, acd=self.acd, clearing=clearing)
        self.refused: Refused | None = None  # the answer to the last wish
        self._facts = self._fact_takers()
        self._wishes = self._wish_takers()
        self._timers = self._timer_takers()

    @property
    def settings(self) -> Settings:
        """Those in force."""
        return self.turn.settings

    def _fact_takers(self) -> dict[type, Callable[[Any, int], object]]:
        """Who takes which fact."""
        switch = self.switch
        return {
            CallArrived: self.switch.arrived,
            Alerting: self.switch.alerting,
            Answered: self.switch.answered,
            Bridged: self.during_talk.bridged,
            Released: self.switch.released,
            Held: self.during_talk.held,
            Retrieved: self.during_talk.retrieved,
            MediaLost: self.during_talk.media_lost,
            SoundMissing: self.during_talk.sound_missing,
            HeardElsewhere: self.during_talk.heard_elsewhere,
            Digit: lambda fact, now: switch.lead(switch.callers.digit(fact, now), now),
            Played: lambda fact, now: switch.lead(switch.callers.played(fact, now), now),
            PinChecked: lambda fact, now: switch.lead(switch.callers.pin_checked(fact, now), now),
            TransferAsked: switch.transfer,
            RecordingFailed: self.during_talk.recording_failed,
            TrunkLost: lambda fact, now: self._trunk(fact.trunk, fact.why or "lost", now),
            TrunkFound: lambda fact, now: self._trunk(fact.trunk, "", now),
            Bound: self.agents.bound,
            Unbound: self.agents.unbound,
            DeviceLost: lambda fact, now: self.agents.device_lost(fact.extension, now),
            DeviceFound: lambda fact, now: self.agents.device_found(fact.extension, now),
            ClockRead: self._clock_read,
            Configured: self._configured,
            Started: self._started,
            Drained: self._drained,
            CallCleared: self._cleared,
            TroubleSeen: self._trouble,
            Stopped: lambda fact, now: self.switch.clearing.clear_all(now, RESTART),
        }

    def _wish_takers(self) -> dict[type, Callable[[Any, int], Refused | None]]:
        """Who takes which wish of a client, and says why not."""
        return {
            HangupAsked: self.during_talk.hangup,
            RecordAsked: self.during_talk.record,
            TransferWished: self.switch.redirect,
            DigitsAsked: self.during_talk.press,
            NightKeyTurned: self.switch.night.turn_key,
            WrapUpAsked: lambda fact, now: self.agents.wrap_up(fact.agent, fact.more_ms, now),
            LoginAsked: lambda fact, now: self.agents.login(fact.agent, fact.extension, now),
            LogoutAsked: lambda fact, now: self.agents.logout(fact.agent, now),
            PauseAsked: lambda fact, now: self.agents.pause(
                fact.agent, fact.reason, by=fact.by, now=now
            ),
            UnpauseAsked: lambda fact, now: self.agents.unpause(fact.agent, fact.by, now),
        }

    def _timer_takers(self) -> dict[str, Callable[[str, int], None]]:
        """What is done when which timer runs out."""
        switch = self.switch
        return {
            "ring": lambda key, now: self.switch.ring_over(int(key), now),
            "flow": lambda key, now: switch.lead(switch.callers.over(key, now), now),
            "busy": lambda key, now: switch.voice.busy(int(key), now),
            "place": lambda key, now: switch.voice.place(int(key), now),
            "device": self.agents.device_found,
            "midnight": lambda key, now: self._new_day(now),
            "sweep": lambda key, now: self._sweep(now),
        }

    # ---- the door ------------------------------------------------------------------------

    def handle(self, fact: Fact, now: int) -> list[Command]:
        """Take a fact at `now`; what shall be done about it. `now` never falls."""
        self._advance_clock(now)
        kind = type(fact)
        wish = self._wishes.get(kind)
        if wish is not None:
            self.refused = wish(fact, now)
        else:
            self._facts[kind](fact, now)
        return self._finished(now)

    def tick(self, now: int) -> list[Command]:
        """Let everything fire whose time has come by `now`."""
        self._advance_clock(now)
        self.acd.advance(now)
        for kind, key in self.state.due(now):
            self._timers[kind](key, now)
        return self._finished(now)

    def next_deadline(self) -> int | None:
        """When `tick` is due at the latest, in ms of the exchange's time; None for never."""
        deadlines = self.state.deadlines
        engine = self.engine.next_deadline()
        if not deadlines:
            return engine
        mine = deadlines[0][0]
        return mine if engine is None or mine < engine else engine

    def take_notes(self) -> list[Note]:
        """The notes since last asked."""
        notes, self.turn.notes = self.turn.notes, []
        return notes

    def _advance_clock(self, now: int) -> None:
        state = self.state
        assert now >= state.now, f"time falls from {state.now} to {now}"
        state.now = now
        state.facts += 1

    def _finished(self, now: int) -> list[Command]:
        if self.acd.overflowed:
            self.switch.overflow(now)
        while self.acd.lost:
            self.agents.device_lost(self.acd.lost.pop(), now)
        commands = self.turn.take()
        if commands:
            digest = self.state.digest
            for command in commands:
                digest = zlib.crc32(digested(command), digest)
            self.state.digest = digest
        return commands

    # ---- the site ------------------------------------------------------------------------

    def _configured(self, fact: Configured, now: int) -> None:
        self.state.settings, self.state.version = fact.settings, fact.version
        before = self.settings
        self._settle_in(from_json(fact.settings))
        self.acd.configure(before, now)
        self.agents.configure(before, now)
        self._new_day(now)  # the zone may be another
        self.agents.refresh_all(now)
        if not any(kind == "sweep" for _, _, kind, _ in self.state.deadlines):
            self.state.at(now + SWEEP_MS, "sweep", key="")
        self.turn.notes.append(
            SiteConfigured(
                fact.version,
                tuple(self.settings.queue),
                tuple(self.settings.agent),
                self.state.wall(now),
                self.state.configured_epoch == self.state.epoch,
                self.state.heard_wall_ms,
            )
        )
        self.state.configured_epoch = self.state.epoch

    def _settle_in(self, settings: Settings) -> None:
        self.turn.settings = settings
        for name in [name for name in self.state.trunks_down if name not in settings.trunk]:
            del self.state.trunks_down[name]
        self.turn.zone = zoneinfo.ZoneInfo(settings.site.timezone)

    def _started(self, fact: Started, now: int) -> None:
        """A new process: what the old one left is released, and every call has its record."""
        self.switch.clearing.clear_all(now, RESTART)
        self.state.heard_wall_ms = self.state.wall(now)  # by the clock it went down with
        self.state.epoch, self.state.calls_made, self.state.legs_made = fact.epoch, 0, 0
        self.state.is_draining = False
        self.state.trunks_down.clear()  # the new process tells those that it finds so
        self.state.wall_offset_ms = fact.wall_ms - now
        self._new_day(now)

    def _clock_read(self, fact: ClockRead, now: int) -> None:
        self.state.wall_offset_ms = fact.wall_ms - now
        self._new_day(now)

    def _new_day(self, now: int) -> None:
        """Begin the day's figures anew if another day has come (or, a clock set back, come back),
        and have midnight looked at when it strikes, not with the next reading of the clock."""
        state = self.state
        today = queue_day.day_of(state.wall(now), self.turn.zone)
        began = queue_day.day_ends_ms(today - 1, self.turn.zone)
        for name, day in state.days.items():
            if day.day != today:
                state.days[name] = queue_day.new_day(
                    today, began_wall_ms=began, handle_ms=day.handle_ms
                )
        if state.today != today:
            state.today = today
            self.engine.new_day(now)
            midnight = queue_day.day_ends_ms(today, self.turn.zone) - state.wall_offset_ms
            state.at(max(midnight, now), "midnight", key="")

    def _drained(self, fact: Drained, now: int) -> None:
        self.state.is_draining = True

    def _cleared(self, fact: CallCleared, now: int) -> None:
        call = self.state.calls.get(fact.call)
        if call is not None:
            self.switch.clearing.end(call, "system", cause=RESTART, now=now)

    def _trouble(self, fact: TroubleSeen, now: int) -> None:
        self.turn.notes.append(AlarmRaised(fact.name, fact.text, self.state.wall(now)))

    def _trunk(self, trunk: str, why: str, now: int) -> None:
        """A trunk is lost (`why`) or found again: calls out pass it by, or not."""
        down = self.state.trunks_down
        if trunk not in self.settings.trunk or down.get(trunk, "") == why:
            return
        if why:
            down[trunk] = why
        else:
            del down[trunk]
        wall = self.state.wall(now)
        self.turn.notes.append(TrunkChanged(trunk, not why, why, wall))
        if why and why != NOT_REGISTERED_YET:
            text = f"trunk {trunk} carries no calls out: {why}"
            self.turn.notes.append(AlarmRaised("trunk", text, wall))

    def _sweep(self, now: int) -> None:
        self.during_talk.calls_over(now)
        self.state.at(now + SWEEP_MS, "sweep", key="")

    # ---- for replay and restart ----------------------------------------------------------

    def digest(self, commands: int | None = None) -> int:
        """A hash of every decision so far: equal facts at equal times give an equal digest.
        `commands` is the sum over the commands where it is another's than `state.digest`."""
        told = self.state.digest if commands is None else commands
        return (self.engine.digest() ^ (told << 31)) & 0xFFFF_FFFF_FFFF_FFFF

    def snapshot(self) -> bytes:
        """Everything, as bytes for `restored`."""
        return saved.save(self.state, self.engine.snapshot())

    @classmethod
    def restored(cls, data: bytes) -> Exchange:
        """The exchange that `snapshot` wrote, in this release or an earlier one. Raises ValueError
        for other bytes, or those of a later release."""
        state, kernel_state = saved.load(data)
        engine = Engine()
        engine.restore(kernel_state)
        exchange = cls(state, engine)
        if state.settings:
            exchange._settle_in(from_json(state.settings))
            exchange.agents.reindex()
        return exchange
