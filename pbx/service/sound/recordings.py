"""Recordings: which call goes into which file, what stands of it in the record, what is kept.

    Record PauseRecording StopRecording  ->  kernel.media  ->  file, RECORDED RECORD_FAILED …
    every 5 s a look at the disk, every 60 s a sweep: age_max_s, bytes_max, free_min

No call ever waits for the disk: files are written by the kernel's thread, swept by another one. A
recording that cannot go on is a fact, `RecordingFailed`, and its call goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from config.settings import Recording as Limits
from kernel.media.control import Media
from kernel.media.recorder import RECORD_FAILED, RECORD_LOST, RECORDED
from pbx.commands import Command, PauseRecording, Record, StopRecording
from pbx.events import Fact, RecordingFailed, TroubleSeen
from pbx.service.record.disk import cannot_write
from pbx.service.record.rows import Recording
from pbx.service.record.store import Store
from pbx.service.sound.recording_files import FRAME, RATE, located, size_of
from pbx.service.sound.recording_shelf import Running, Shelf, Swept

LOOK_S = 5.0
SWEEP_EVERY = 12  # looks
TROUBLE_MAX = 5  # of a sweep, told in one alarm


class Recordings:
    """Records calls below `folder`. Facts of what goes wrong go to `on_fact`; `limits` may be set
    anew at any time. Raises OSError where the folder cannot be made."""

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        *,
        media: Media,
        store: Store,
        on_fact: Callable[[Fact], object],
    ) -> None:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        self.limits = limits
        self.free = 0.0  # share of the disk
        self._folder = folder
        self._media = media
        self._put = store.put_beside
        self._on_fact = on_fact
        self._shelf = Shelf(folder, store.path)
        self._rows: dict[int, Recording] = {}  # by number, until their files are complete
        self._numbers: dict[str, int] = {}  # of the calls that are being recorded
        self._last = 0
        self._trouble = ""
        self._keeping: asyncio.Task[None] | None = None
        self.free = self._shelf.free()

    # ---- commands ------------------------------------------------------------------------

    def obey(self, command: Command) -> None:
        """Begin, change, pause or end a recording."""
        if isinstance(command, Record):
            self._record(command)
        elif isinstance(command, PauseRecording | StopRecording):
            number = self._numbers.get(command.call)
            if number is not None and isinstance(command, PauseRecording):
                self._media.pause_recording(number)
            elif number is not None:
                self._stop(number)

    def _record(self, command: Record) -> None:
        number = self._numbers.get(command.call)
        if number is None:
            self._begin(command)
            return
        try:
            self._media.record(number, command.path, command.left, command.right)
        except (OSError, ValueError) as error:
            self._fail(number, f"cannot go on with {command.path}: {error}")

    def _begin(self, command: Record) -> None:
        row = Recording(command.call, command.path, time.time())
        why = self._why_not(command)
        if not why:
            try:
                path = located(self._folder, command.path)
                self._media.record(self._last + 1, path, command.left, command.right)
            except (OSError, ValueError) as error:
                why = f"cannot record into {command.path}: {error}"
        if why:
            self._put(msgspec.structs.replace(row, state="failed", ended=row.started, why=why))
            self._on_fact(RecordingFailed(command.call, why))
            return
        self._last += 1
        self._rows[self._last] = row
        self._numbers[command.call] = self._last
        self._put(row)

    def _why_not(self, command: Record) -> str:
        """Why a recording cannot begin; nothing where it can."""
        if self.free < self.limits.free_min:
            return self._disk_is_full()
        if any(row.call == command.call for row in self._rows.values()):
            return "the recording of this call that was ended is still being written"
        return ""

    def _disk_is_full(self) -> str:
        return (
            f"{self._folder}: {self.free:.1%} of its disk is free, [recording] free_min keeps "
            f"{self.limits.free_min:.1%}; fix: make room on the disk, or record elsewhere"
        )

    def _stop(self, number: int) -> None:
        self._numbers.pop(self._rows[number].call, None)
        with contextlib.suppress(KeyError):  # told to end before
            self._media.stop_recording(number)

    def report(self, kind: int, recording: int, *, value: int) -> None:
        """Take what the media thread says of a recording; other reports are not looked at."""
        row = self._rows.get(recording) if kind >= RECORDED else None
        if row is None:
            return
        if kind == RECORD_FAILED:
            error = OSError(value, os.strerror(value))
            self._fail(recording, cannot_write(self._folder / row.path, error))
        elif kind == RECORD_LOST:
            why = f"{value} ms of sound are missing: the disk stood still"
            self._rows[recording] = msgspec.structs.replace(row, why=row.why or why)
        elif kind == RECORDED:
            self._complete(recording, value / RATE)

    def _fail(self, number: int, why: str) -> None:
        """End a recording that cannot go on."""
        row = self._rows[number]
        self._rows[number] = msgspec.structs.replace(row, state="failed", why=why)
        self._stop(number)
        self._on_fact(RecordingFailed(row.call, why))

    def _complete(self, number: int, seconds: float) -> None:
        row = self._rows.pop(number)
        self._numbers.pop(row.call, None)
        state = "failed" if row.state == "failed" else "kept"
        size, ended = size_of(seconds), time.time()
        self._put(
            msgspec.structs.replace(row, state=state, ended=ended, seconds=seconds, bytes=size)
        )

    # ---- what is kept --------------------------------------------------------------------

    def running(self) -> Running:
        """The calls that are being recorded, and about what their files take."""
        now = time.time()
        rows = self._rows.values()
        seconds = sum(max(0.0, now - row.started) for row in rows)
        return Running(frozenset(row.call for row in rows), round(seconds) * RATE * FRAME)

    def open(self, on_turn: Callable[[], object]) -> None:
        """Keep to the limits from now on, in the running loop; see `keep`."""
        self._keeping = asyncio.get_running_loop().create_task(self.keep(on_turn))

    def close(self) -> None:
        """Keep to them no longer. What is being recorded goes on until the media thread ends."""
        if self._keeping is not None:
            self._keeping.cancel()

    async def keep(self, on_turn: Callable[[], object]) -> None:
        """Find again what an earlier process left, then keep to the limits, for ever; `on_turn`
        is called when there are facts."""
        await self._safely(self._recover())
        looks = SWEEP_EVERY
        while True:
            looks += 1
            if looks > SWEEP_EVERY or self.free < self.limits.free_min:
                looks = 0
                await self._safely(self.sweep())
            on_turn()
            await asyncio.sleep(LOOK_S)
            await self._safely(self._look())

    async def _safely(self, work: Awaitable[None]) -> None:
        """Wait for what reads disk and record; where these refuse, say so once."""
        try:
            await work
        except (OSError, sqlite3.Error) as error:
            self._troubled(f"{self._folder}: {error}")

    def _troubled(self, text: str) -> None:
        if text and text != self._trouble:
            self._on_fact(TroubleSeen("recordings", text))
        self._trouble = text

    async def _recover(self) -> None:
        for row in await asyncio.to_thread(lambda: list(self._shelf.recovered())):
            self._put(row)

    async def _look(self) -> None:
        self.free = await asyncio.to_thread(self._shelf.free)

    async def sweep(self) -> None:
        """Delete what the limits no longer allow; where that is not enough, record no more."""
        swept = await asyncio.to_thread(self._shelf.sweep, self.limits, self.running())
        self._took(swept)

    def _took(self, swept: Swept) -> None:
        self.free = swept.free
        for row in swept.deleted:
            self._put(row)
        self._troubled("; ".join(swept.troubles[:TROUBLE_MAX]))
        if self.free < self.limits.free_min:
            for number in list(self._numbers.values()):
                self._fail(number, self._disk_is_full())
