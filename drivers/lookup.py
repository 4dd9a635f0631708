"""Places that the configuration names: looked up at the start, and from then on beside the calls.

start                    ->  each is looked up, and waited for: there are no calls yet
reload                   ->  what is known stays; each name is looked up at once, in a thread
no address (no network)  ->  again every 30 s, in a thread
                             an address that is new or another one: the driver places it then
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from drivers.hosts import flow_to, is_name, is_place
from pbx.sip.message.received import Flow

AGAIN_MS = 30_000
LOOK_MS = 500  # how often a thread under way is looked after

Look = Callable[[str], Flow | None]


class Lookup:
    """Places as `flow_to` reads them, and the flows found for them. One thread at a time."""

    def __init__(self, look: Look = flow_to) -> None:
        self._look = look
        self._flows: dict[str, Flow] | None = None  # of the places asked for last
        self._due: dict[str, None] = {}  # to be looked up, again or anew
        self._asked: list[str] = []  # by the thread under way
        self._thread: threading.Thread | None = None
        self._found: dict[str, Flow] = {}  # by the thread; read when that has ended
        self._at: int | None = None

    def take(self, places: Iterable[str], now: int) -> dict[str, Flow]:
        """The flows of these places, of which we shall know from now on, and of no others. Only
        the first time they are waited for; later `tick` tells the rest."""
        before, wanted = self._flows, dict.fromkeys(places)
        if before is None:
            flows = {place: self._look(place) for place in wanted}
            self._due = {each: None for each, flow in flows.items() if not flow and is_place(each)}
            self._at = now + AGAIN_MS
        else:
            flows = {p: before.get(p) if is_name(p) else self._look(p) for p in wanted}
            self._due = {place: None for place in wanted if is_name(place)}
            self._at = now
        if not self._due:
            self._at = None
        self._flows = {place: flow for place, flow in flows.items() if flow is not None}
        return dict(self._flows)

    def tick(self, now: int) -> dict[str, Flow]:
        """Begin another look when it is time; what the last one has found that is news."""
        if self._at is None or now < self._at:
            return {}
        if self._thread is None:
            self._asked = list(self._due)
            self._thread = threading.Thread(target=self._search, args=(self._asked,), daemon=True)
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
        """Take what the thread has found. What was known and is not found now stays."""
        assert self._flows is not None
        self._thread = None
        found, self._found = self._found, {}
        found = {place: flow for place, flow in found.items() if place in self._due}
        late = self._due.keys() - set(self._asked)  # asked for since the thread began
        news = {place: flow for place, flow in found.items() if self._flows.get(place) != flow}
        self._flows |= news
        self._due = {p: None for p in self._due if p in late or p not in self._flows}
        self._at = None if not self._due else now if late else now + AGAIN_MS
        return news

    def next_deadline(self) -> int | None:
        """When `tick` is due (ms)."""
        return self._at
