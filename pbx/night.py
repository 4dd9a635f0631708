"""The opening hours as they stand now: the local time, and the night key that overrides it."""

from __future__ import annotations

import datetime

from pbx import hours
from pbx.events import NightKeyTurned, Refused
from pbx.notes import NightChanged
from pbx.state import State, Turn


class Night:
    """Says what is open. The key is turned for one set of hours, or ("") for all of them."""

    def __init__(self, state: State, turn: Turn) -> None:
        self.state = state
        self.turn = turn

    def is_open(self, name: str) -> bool:
        """Whether a set of hours is open at this moment; a name that is not there is closed."""
        found = self.turn.settings.hours.get(name)
        return found is not None and hours.is_open(found, self.local(), mode=self.mode(name))

    def local(self) -> datetime.datetime:
        """The site's time."""
        return datetime.datetime.fromtimestamp(
            self.state.wall(self.state.now) / 1000, self.turn.zone
        )

    def mode(self, name: str) -> str:
        """How the key stands for a set of hours: open, closed or auto."""
        night = self.state.night
        return night.get(name) or night.get("", "auto")

    def turn_key(self, fact: NightKeyTurned, now: int) -> Refused | None:
        """Override opening hours, or let them be as written (auto)."""
        if fact.mode not in hours.MODES:
            return Refused("bad_params", f"mode is one of {' '.join(hours.MODES)}")
        if fact.hours and fact.hours not in self.turn.settings.hours:
            return Refused("not_found", f'there are no hours "{fact.hours}"')
        if fact.mode == "auto":
            self.state.night.pop(fact.hours, None)
        else:
            self.state.night[fact.hours] = fact.mode
        wall = self.state.wall(now)
        self.turn.notes.append(NightChanged(fact.hours, fact.mode, fact.by or "client", wall))
        return None

    def toggle(self, by: str, now: int) -> str:
        """The key on a phone's keypad: all closed, or again as written. The new mode."""
        mode = "auto" if self.mode("") == "closed" else "closed"
        self.turn_key(NightKeyTurned(mode, "", by), now)
        return mode
