"""The doors of a site: ways in and out beside its calls, each a room and one line here.

open    once calls are taken
reload  after a new configuration; beside the calls, for it may take its time
notes   what the exchange has noted, in order; a call's record when it is on disk
close   before the exchange stops
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from pbx.notes import Note
from pbx.service.inside import Inside
from pbx.service.socket.door import SocketDoor


class Door(Protocol):
    """A way into the site that is no call."""

    @property
    def where(self) -> str:
        """Where it is found, for the line that says the site is ready; "" for nowhere."""

    async def open(self) -> None:
        """Let in who comes. Raises OSError: the site does not start without it."""

    async def reload(self) -> None:
        """Take what the configuration in force says; what takes long is read in a thread."""

    def notes(self, notes: Sequence[Note], wall_ms: int) -> None:
        """Hear what the exchange has noted."""

    def close(self) -> None:
        """Let nobody in any more, and whoever is inside out."""


Opening = Callable[[Inside], Door]

DOORS: dict[str, Opening] = {
    "socket": SocketDoor,
}
