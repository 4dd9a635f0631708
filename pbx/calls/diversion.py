"""Diversion: a phone of ours answers 3xx, and its call goes where the phone says.

    Released 302, targets -> 204, 203 -> the dial plan, as if the diverting phone had dialled

Each phone diverts a call once and none is rung twice for it, so that phones which name each other
end; `[limits] diversions` bounds the rest. To the outside it leads only where the diverting phone's
`divert_out` says so. An offer of a queue is refused by a 3xx, and the caller stays in the queue: a
queue's callers are never led out of it by one agent's phone. A trunk's 3xx is not obeyed.
"""

from __future__ import annotations

from pbx import routing
from pbx.call import Call, Leg, LegState
from pbx.events import Released
from pbx.night import Night
from pbx.routing import Destination
from pbx.state import State, Turn

RINGABLE = ("extension", "trunk")  # while other phones ring on


class Diversions:
    """Knows where diverted calls may go next."""

    def __init__(self, state: State, turn: Turn, *, night: Night) -> None:
        self.state = state
        self.turn = turn
        self.night = night

    def taken(self, call: Call, leg: Leg, *, fact: Released) -> bool:
        """Note where a phone that rang directly diverts its call; whether it may at all."""
        kind, _, number = leg.party.partition(":")
        is_asked = leg.number in call.hunt.legs and leg.state is not LegState.RELEASING
        if kind != "extension" or not fact.targets or not is_asked or call.is_over:
            return False
        hunt, most = call.hunt, self.turn.settings.limits.diversions
        if number in hunt.diverted or len(hunt.diverted) >= most:
            return False
        hunt.diverted.append(number)
        hunt.diverts = [(number, target) for target in fact.targets] + hunt.diverts
        return True

    def next(self, call: Call) -> Destination | None:
        """The next place to try, None where none is left. While other phones ring only what can
        ring beside them is; the rest is kept for when they do not."""
        hunt = call.hunt
        for index, (by, target) in enumerate(hunt.diverts):
            found = routing.route(
                self.turn.settings, f"extension:{by}", called=target, is_open=self.night.is_open
            )
            if hunt.legs and found.kind not in RINGABLE:
                continue
            if self._may(call, by, found=found):
                del hunt.diverts[index]
                return found
        if not hunt.legs:
            hunt.diverts = []
        return None

    def _may(self, call: Call, by: str, *, found: Destination) -> bool:
        if found.kind == "trunk":
            extension = self.turn.settings.extension.get(by)
            return extension is not None and extension.divert_out
        if found.kind == "extension":
            party = f"extension:{found.name}"
            rings = [self.state.legs[number].party for number in call.hunt.legs]
            return found.name not in call.hunt.diverted and party not in (call.source, *rings)
        return found.kind != "none"
