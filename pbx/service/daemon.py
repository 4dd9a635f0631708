"""A site in service: opens everything, wires it together, reads the clock; takes it down again.

    settings -> store, journal -> exchange (recovered) -> media, SIP -> socket -> `ready`

No turn runs before `Started`, and none after `Stopped`: what rings a bell in between, a connection,
a timer, a thread, finds nobody to hear it.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from config import settings as config_settings
from config.problems import Problem
from config.settings import Settings
from kernel.media.control import Media, raise_descriptor_limit
from pbx.events import ClockRead, Configured, Drained, HangupAsked, Started, Stopped
from pbx.exchange import Exchange
from pbx.notes import AlarmRaised, CallClosed, Note
from pbx.service.doors import DOORS, Opening
from pbx.service.inside import Inside
from pbx.service.journal import reader as journal_files
from pbx.service.journal.journal import Journal, JournalLimits
from pbx.service.journal.replay import Feeder, recover
from pbx.service.loop_timer import LoopTimer
from pbx.service.record.database import FILE
from pbx.service.record.expiry import Retention
from pbx.service.record.store import Batch, Store
from pbx.service.sound.driver import SoundDriver
from pbx.service.sound.prompts import Catalog
from pbx.service.sound.recordings import Recordings
from pbx.service.turns import Clock, Turns
from pbx.service.versions.running import RunningFiles
from pbx.service.wire import Wire
from pbx.sip.agent import UserAgent
from pbx.state import State

Loader = Callable[[], Settings | list[Problem]]

CLOCK_S = 5.0  # how often the wall clock is journalled
FAREWELL_S = 2.0  # how long the wire may take over the last BYEs
LOOK_S = 0.05
SIGNAL = "signal"  # asked for a reload: SIGHUP
KEPT_MAX = 64  # legs whose sockets are bound once and kept: 128 descriptors


class StartError(Exception):
    """The exchange cannot start: what, where and what to do."""


def folder(path: Path) -> Path:
    """The data directory, made if it is not there. Raises StartError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / "journal").mkdir(exist_ok=True)
    except OSError as error:
        raise StartError(
            f"data directory {path}: {error.strerror}; name one that this user may write in "
            f"[site] data or with --data"
        ) from None
    return path


def secret(path: Path) -> bytes:
    """The installation's secret, made at the first start; readable by its owner only."""
    file = path / "secret"
    try:
        if not file.exists():
            file.touch(mode=0o600)
            file.write_bytes(secrets.token_bytes(32))
        return file.read_bytes()
    except OSError as error:
        raise StartError(f"{file}: {error.strerror}; make it readable for this user") from None


class Daemon:
    """A site in service."""

    def __init__(
        self,
        settings: Settings,
        path: Path,
        *,
        load: Loader,
        doors: Mapping[str, Opening] = DOORS,
        files: RunningFiles | None = None,
    ) -> None:
        self.settings = settings
        self.path = path
        self._load = load
        self._files = files
        self._loop = asyncio.get_running_loop()
        self._clock_timer: asyncio.TimerHandle | None = None
        self.store = self._open_store()
        put = self.store.put_beside
        self.retention = Retention(self.store.path, settings.retention, put=put, on_told=_say)
        feeder = Feeder(self.store.put)
        trouble = recover(
            journal_files.since_snapshot(path / "journal", self.store.last_seq), feeder
        )
        exchange = feeder.exchange or Exchange(State(group=settings.site.group))
        last_epoch = max(journal_files.last_epoch(path / "journal"), self.store.last_epoch)
        self.epoch = last_epoch + 1
        self.clock = Clock(max(feeder.now, exchange.state.now) + 1)
        self.seq = max(feeder.seq, self.store.last_seq)
        self.journal = self._open_journal()
        self.turns = self._open_turns(exchange)
        self._timer = LoopTimer(self.clock.now, self.turns.run)
        self.turns.on_deadline = self._timer.set
        if trouble:
            self.turns.alarm("journal", trouble)
        self._in_force = self.store.in_force()
        inside = Inside(path, self.turns, lambda: self.settings, self.reload, files)
        self.doors = {name: door(inside) for name, door in doors.items()}
        self.media = self._open_media()
        self.catalog = Catalog(self.media, path / "prompts", on_alarm=self.turns.alarm)
        self._reading = asyncio.Lock()
        self._reloads: set[asyncio.Task[None]] = set()
        self._is_open = self._is_reload_due = False
        self.sound = self._open_sound()
        agent = UserAgent(
            secret=secret(path), epoch=self.epoch, sound=self.media, realm=settings.sip.realm
        )
        self.wire = Wire(agent, settings, clock=self.clock.now, on_turn=self.turns.run)
        self.stopping = asyncio.Event()

    def _from_thread(self, call: Callable[..., None]) -> Callable[..., object]:
        return lambda *args: self._loop.call_soon_threadsafe(call, *args)

    def _open_store(self) -> Store:
        return Store(
            self.path / FILE,
            on_committed=self._from_thread(self._committed),
            on_alarm=self._from_thread(self._alarmed),
            before_commit=lambda: self.journal.sync(),
        )

    def _open_journal(self) -> Journal:
        limits = self.settings.journal
        return Journal(
            self.path / "journal",
            group=self.settings.site.group,
            epoch=self.epoch,
            limits=JournalLimits(
                bytes_max=limits.bytes_max,
                age_ms_max=int(limits.age_max_s * 1000),
                records_per_file=limits.records_per_file,
            ),
            on_alarm=self._from_thread(self._alarmed),
        )

    def _open_turns(self, exchange: Exchange) -> Turns:
        turns = Turns(
            exchange, clock=self.clock, journal=self.journal, store=self.store, seq=self.seq
        )
        turns.is_held = True
        turns.on_notes = self._noted
        return turns

    def _open_media(self) -> Media:
        raise_descriptor_limit()
        settings = self.settings.media
        media = Media(
            host=settings.listen,
            ports=settings.ports,
            dscp=settings.dscp,
            gather=True,
            spare=KEPT_MAX,
        )
        media.silence_after(self.settings.limits.media_timeout_ms)
        return media

    def _open_sound(self) -> SoundDriver:
        settings = self.settings.media
        self.catalog.load(music=settings.music, country=settings.tones)
        sound = SoundDriver(
            self.media,
            self.catalog,
            pin_of=self._pin_of,
            owner_of=self._owner_of,
            measured=self.store.put_beside,
        )
        sound.recorder = self.recordings = Recordings(
            self.path / "recordings",
            self.settings.recording,
            media=self.media,
            store=self.store,
            on_fact=sound.facts.append,
        )
        return sound

    async def _reload_beside(self) -> None:
        """Read in a thread what may take seconds, and would hold up the calls: what the doors
        have, and new sound files."""
        async with self._reading:
            for door in self.doors.values():
                await door.reload()
            settings = self.settings.media
            reading = await asyncio.to_thread(
                self.catalog.read, music=settings.music, country=settings.tones
            )
            self.catalog.take(reading)
            self.turns.run()

    def _owner_of(self, leg: int) -> tuple[str, str]:
        """The call and the party of a leg that sound is about."""
        found = self.turns.exchange.state.legs.get(leg)
        return (found.call, found.party) if found else ("", "")

    def _pin_of(self, agent: str) -> str:
        """An agent's PIN, which the exchange and the journal never see; "" for none."""
        found = self.settings.agent.get(agent)
        return found.pin if found else ""

    # ---- up ------------------------------------------------------------------------------

    async def open(self) -> None:
        """Begin: release what the last process left, then take calls."""
        exchange = self.turns.exchange
        self.journal.rotate(exchange.snapshot(), seq=self.seq, wall_ms=self.clock.wall_ms())
        zone = ZoneInfo(self.settings.site.timezone)
        self.store.start(self.epoch, zone=zone)
        self.retention.open(zone)
        self.media.start()
        self.media.stock()
        self.turns.wire, self.turns.sound = self.wire, self.sound
        self._loop.add_reader(self.media.fileno(), self.turns.media_reports)
        state = exchange.state
        self.wire.take_over(
            [bound for device in state.devices.values() for bound in device.bindings.values()],
            [leg.dialog for leg in state.legs.values() if leg.dialog],
            wall_ms=self.clock.wall_ms(),
            now=self.clock.now(),
        )
        await self.wire.open()
        self.turns.pending += [
            Started(self.epoch, self.clock.wall_ms()),
            self._configured(),
        ]
        self.turns.is_held = False
        self.turns.run()
        self._keep_version("start")
        for door in self.doors.values():
            await door.open()
        self._read_clock()
        self.recordings.open(self.turns.run)
        self._is_open = True
        if self._is_reload_due:
            self.reload()

    @property
    def where(self) -> str:
        """Where the doors are found."""
        return " ".join(door.where for door in self.doors.values() if door.where)

    def _configured(self) -> Configured:
        return Configured(
            config_settings.to_json(self.settings, secrets=False),
            config_settings.version(self.settings),
        )

    def _keep_version(self, who: str) -> None:
        """Keep the configuration in force, unless it says what the one before it said."""
        version = self._files.version(who, self.clock.wall_ms()) if self._files else None
        if version is not None and not version.says(self._in_force):
            self.store.put_beside(version.row())
            self._in_force = version

    def _read_clock(self) -> None:
        wall_ms = self.clock.wall_ms()
        self.wire.set_wall(wall_ms, self.clock.now())
        self.turns.pending.append(ClockRead(wall_ms))
        self.turns.media_reports()  # those that woke nobody lie there until taken
        self._clock_timer = self._loop.call_later(CLOCK_S, self._read_clock)

    # ---- notes ---------------------------------------------------------------------------

    def _noted(self, batch: Batch) -> None:
        told = []
        for _, note in batch:
            if isinstance(note, CallClosed):  # it is published when it is on disk
                continue
            if isinstance(note, AlarmRaised):
                _say_alarm(note.name, note.text)
            told.append(note)
        self._tell(told)

    def _committed(self, batch: Batch) -> None:
        self._tell([note for _, note in batch if isinstance(note, CallClosed)])

    def _tell(self, notes: Sequence[Note]) -> None:
        for door in self.doors.values():
            door.notes(notes, self.clock.wall_ms())

    def _alarmed(self, name: str, text: str) -> None:
        if self.turns.is_over:  # nobody is left to keep it
            _say_alarm(name, text)
        self.turns.alarm(name, text)
        self.turns.run()

    def hang_up(self) -> None:
        """SIGHUP: read the configuration again, once the site is open."""
        if self._is_open:
            self.reload()
        self._is_reload_due = True

    def reload(self, who: str = SIGNAL) -> list[dict[str, Any]]:
        """Read the configuration again, because `who` asked; put it in force if it is right, else
        its problems."""
        if self.stopping.is_set():  # we would register again where we have just taken our leave
            what = "not reloaded: the exchange is stopping"
            _say_alarm("config", what)
            return [msgspec.to_builtins(Problem("", 0, "", what))]
        loaded = self._load()
        if isinstance(loaded, list):
            text = "; ".join(str(problem) for problem in loaded)
            self._alarmed("config", f"not reloaded, the old configuration goes on: {text}")
            return [msgspec.to_builtins(problem) for problem in loaded]
        self.settings = loaded
        self.wire.reconfigure(loaded, self.clock.now())
        reading = self._loop.create_task(self._reload_beside())
        self._reloads.add(reading)
        reading.add_done_callback(self._reloads.discard)
        self.recordings.limits = loaded.recording
        self.retention.limits = loaded.retention
        self.turns.run(self._configured())
        self._keep_version(who)
        return []

    @property
    def is_reading(self) -> bool:
        """Whether a reload still reads what takes its time."""
        return bool(self._reloads)

    # ---- down ----------------------------------------------------------------------------

    async def drain(self, seconds: float) -> None:
        """Take no new calls, let running ones end, then end the rest."""
        self.wire.farewell(self.clock.now())
        self.turns.run(Drained())
        await self._until_quiet(seconds)
        for call in list(self.turns.exchange.state.calls):
            self.turns.run(HangupAsked(call, "shutdown"))
        await self._until_quiet(FAREWELL_S, and_gone=True)

    async def _until_quiet(self, seconds: float, *, and_gone: bool = False) -> None:
        for _ in range(round(seconds / LOOK_S)):
            if not self.turns.exchange.state.legs and (self.wire.is_gone or not and_gone):
                return
            await asyncio.sleep(LOOK_S)

    def close(self) -> None:
        """Close every record and everything that is open."""
        for door in self.doors.values():
            door.close()
        self.turns.run(Stopped())
        self.turns.is_over = True
        for reading in self._reloads:
            reading.cancel()
        self._timer.stop()  # the loop may go round once more
        if self._clock_timer is not None:
            self._clock_timer.cancel()
        self.wire.close()
        self._loop.remove_reader(self.media.fileno())
        self.recordings.close()
        self.media.stop()
        self.sound.reports(self.clock.now())  # of the recordings that this has completed
        self.retention.close()
        self.store.close()
        self.journal.close(self.turns.exchange.digest())


def _say_alarm(name: str, text: str) -> None:
    _say(f"alarm {name}: {text}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
