"""The contract of all drivers: wire on one side, facts and commands on the other.

    daemon                          driver
      |--- obey(Ring(leg, ...)) ------>|  the leg is its own from here on
      |--- tick(now) ----------------->|  when next_deadline() has come
      |<-- facts: Alerting, Answered --|  in the order of each leg
      |--- obey(Release(leg)) -------->|
      |<-- facts: Released ------------|  the last word of the leg, within 32 s

A driver does no waiting: it says until when (`next_deadline`) and acts when told (`tick`). Its
bytes leave when the daemon has written the journal, never inside `obey`.
"""

from __future__ import annotations

from typing import Protocol

from config.settings import Settings
from pbx.commands import Command
from pbx.events import Fact


class Driver(Protocol):
    """What the daemon asks of each driver. A `Ring` goes to the driver of its target; every other
    command to the driver that has the leg; a command for a leg that is gone is no error."""

    facts: list[Fact]  # what has happened; emptied by whoever takes them, perhaps shared by two

    def obey(self, command: Command, now: int) -> None:
        """Carry out a command; what comes of it follows as facts, perhaps at once."""

    def tick(self, now: int) -> None:
        """Do what is due at `now` (ms)."""

    def next_deadline(self) -> int | None:
        """When `tick` shall be called next (ms), or None."""

    def reconfigure(self, settings: Settings, now: int) -> None:
        """Take a new configuration; calls in progress go on as they are."""


class Carrier(Driver, Protocol):
    """A driver of trunks; it takes all that `[trunk.NAME] driver` gives it by its name."""

    def farewell(self, now: int) -> None:
        """Let no more calls be led here."""

    @property
    def is_gone(self) -> bool:
        """Whether the far ends have heard the farewell."""
