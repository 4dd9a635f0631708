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
        self._to_look_up: dict[str, None] = {}  # to be looked up, again or anew
        self._asked: list[str] = []  # by the thread under way
        self._thread: threading.Thread | None = None
        self._found: dict[str, Flow] = {}  # by the thread; read when that has ended
        self.due: int | None = None  # when `tick` is (ms)

    def take(self, places: Iterable[str], now: int) -> dict[str, Flow]:
        """The flows of these places, of which we shall know from now on, and of no others. Only
        the first time they are waited for; later `tick` tells the rest."""
        before, wanted = self._flows, dict.fromkeys(places)
        if before is None:
            flows = {place: self._look(place) for place in wanted}
            lacking = (place for place, flow in flows.items() if not flow and is_place(place))
            self._to_look_up = dict.fromkeys(lacking)
            self.due = now + AGAIN_MS
        else:
            flows = {p: before.get(p) if is_name(p) else self._look(p) for p in wanted}
            self._to_look_up = {place: None for place in wanted if is_name(place)}
            self.due = now
        if not self._to_look_up:
            self.due = None
        self._flows = {place: flow for place, flow in flows.items() if flow is not None}
        return dict(self._flows)

    def tick(self, now: int) -> dict[str, Flow]:
        """Begin another look when it is time; what the last one has found that is news."""
        if self.due is None or now < self.due:
            return {}
        if self._thread is None:
            self._asked = list(self._to_look_up)
            self._thread = threading.Thread(target=self._search, args=(self._asked,), daemon=True)
            self._thread.start()
            self.due = now + LOOK_MS
            return {}
        if self._thread.is_alive():
            self.due = now + LOOK_MS
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
        found = {place: flow for place, flow in found.items() if place in self._to_look_up}
        late = self._to_look_up.keys() - set(self._asked)  # asked for since the thread began
        news = {place: flow for place, flow in found.items() if self._flows.get(place) != flow}
        self._flows |= news
        self._to_look_up = {p: None for p in self._to_look_up if p in late or p not in self._flows}
        self.due = None if not self._to_look_up else now if late else now + AGAIN_MS
        return news
