"""Doors: each is opened, reloaded, told what happens and closed by the site alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from config import settings as config_settings
from config.settings import Media, Settings, Sip
from pbx.events import TroubleSeen
from pbx.notes import AlarmRaised, Note
from pbx.service.daemon import Daemon
from pbx.service.doors import DOORS
from pbx.service.inside import Inside
from tests.ports import Ports


class Hatch:
    """A door that keeps what it is told."""

    where = "hatch:7"

    def __init__(self, inside: Inside) -> None:
        self.inside = inside
        self.told: list[str] = []
        self.notes_told: list[Note] = []

    async def open(self) -> None:
        self.told.append("open")

    async def reload(self) -> None:
        self.told.append(f"reload {self.inside.settings().site.name}")

    def notes(self, notes: Sequence[Note], wall_ms: int) -> None:
        self.notes_told += notes

    def close(self) -> None:
        self.told.append("close")


class Jammed(Hatch):
    """A door that cannot be opened."""

    async def open(self) -> None:
        raise OSError("hatch:7 is taken")


def settings_of(port: int, name: str = "Agner") -> Settings:
    return Settings(
        site=config_settings.Site(name=name),
        sip=Sip(listen=(f"udp:127.0.0.1:{port}",)),
        media=Media(listen="127.0.0.1"),
    )


def test_a_door_is_opened_reloaded_told_and_closed(tmp_path: Path, free_ports: Ports) -> None:
    port = free_ports.one()

    async def play() -> Hatch:
        (tmp_path / "journal").mkdir()
        doors = DOORS | {"hatch": Hatch}
        daemon = Daemon(
            settings_of(port), tmp_path, load=lambda: settings_of(port, "new"), doors=doors
        )
        hatch = daemon.doors["hatch"]
        assert isinstance(hatch, Hatch) and hatch.told == []
        await daemon.open()
        assert daemon.where == f"{tmp_path / 'control.sock'} hatch:7"
        hatch.inside.turns.run(TroubleSeen("disk", "full"))
        assert hatch.inside.reload("hatch") == []
        while daemon.is_reading:
            await asyncio.sleep(0)
        daemon.close()
        return hatch

    hatch = asyncio.run(play())
    assert hatch.told == ["open", "reload new", "close"]
    alarms = [note for note in hatch.notes_told if isinstance(note, AlarmRaised)]
    assert [(alarm.name, alarm.text) for alarm in alarms] == [("disk", "full")]


def test_a_site_does_not_start_without_one_of_its_doors(tmp_path: Path, free_ports: Ports) -> None:
    settings = settings_of(free_ports.one())

    async def play() -> None:
        (tmp_path / "journal").mkdir()
        daemon = Daemon(settings, tmp_path, load=lambda: settings, doors={"hatch": Jammed})
        try:
            with pytest.raises(OSError, match="hatch:7 is taken"):
                await daemon.open()
        finally:
            daemon.close()

    asyncio.run(play())
