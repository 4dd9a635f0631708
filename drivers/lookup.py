"""Names that had no address when the configuration was read: looked up again beside the calls.

start, the network is not up yet  ->  no address: the trunk is lost
every 30 s, in a thread           ->  an address: the trunk is placed as after a reload
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from drivers.hosts import flow_to, is_place
from pbx.sip.message import Flow

AGAIN_MS = 30_000
LOOK_MS = 500  # how often a thread under way is looked after

Look = Callable[[str], Flow | None]


class Lookup:
    """Places as `flow_to` reads them, and the flows found for them. One thread at a time."""

    def __init__(self, look: Look = flow_to) -> None:
        self._look = look
        self._missing: dict[str, None] = {}
        self._thread: threading.Thread | None = None
        self._found: dict[str, Flow] = {}  # by the thread; read when that has ended
        self._at: int | None = None

    def first(self, places: Iterable[str], now: int) -> dict[str, Flow]:
        """Look these up, at once and waiting for it; those not found are looked up again from now
        on, and nothing else."""
        flows = {place: self._look(place) for place in dict.fromkeys(places)}
        self._missing = {
            place: None for place, flow in flows.items() if flow is None and is_place(place)
        }
        self._at = now + AGAIN_MS if self._missing else None
        return {place: flow for place, flow in flows.items() if flow is not None}

    def tick(self, now: int) -> dict[str, Flow]:
        """Begin another look when it is time; what the last one has found."""
        if self._at is None or now < self._at:
            return {}
        if self._thread is None:
            missing = list(self._missing)
            self._thread = threading.Thread(target=self._search, args=(missing,), daemon=True)
            self._thread.start()
            self._at = now + LOOK_MS
            return {}
        if self._thread.is_alive():
            self._at = now + LOOK_MS
            return {}
        return self._taken(now)

    def _search(self, places: list[str]) -> None:
        for place in places:
            flow = self._look(place)
            if flow is not None:
                self._found[place] = flow

    def _taken(self, now: int) -> dict[str, Flow]:
        self._thread = None
        found, self._found = self._found, {}
        found = {place: flow for place, flow in found.items() if place in self._missing}
        for place in found:
            del self._missing[place]
        self._at = now + AGAIN_MS if self._missing else None
        return found

    def next_deadline(self) -> int | None:
        """When `tick` is due (ms)."""
        return self._at
