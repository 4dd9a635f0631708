"""Keys that a phone tells of twice, as sound and as a message (SIP INFO): each press counts once.

    sound  5 ........ 5 .....        the second telling of a press comes the other way, and soon
    INFO     5 .......... 5          after: it finds the first one waiting, and both are forgotten
    told   5          5

Two presses of one key that come the same way are two, however close.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Way = Literal["sound", "message"]
NEAR_MS = 1_000  # one INFO may be lost and sent again after T1 (RFC 3261 section 17.1.2.2)
LASTED_MS_MAX = 10_000  # a longer press than that is none
WAITING_MAX = 32  # presses of one leg that may still be told of the other way


class Press(NamedTuple):
    """A press that was told one way so far, and when."""

    key: str
    way: Way
    at: int


class Keys:
    """The presses of each leg that may still be told of the other way."""

    def __init__(self) -> None:
        self._waiting: dict[int, list[Press]] = {}

    def is_new(self, leg: int, press: Press, *, lasted_ms: int = 0) -> bool:
        """Whether this is the first that is heard of a press. A message is often sent when the
        key is let go: `lasted_ms`, as it says, is how long before that it was pressed."""
        since = press.at - min(lasted_ms, LASTED_MS_MAX) - NEAR_MS
        waiting = self._waiting.setdefault(leg, [])
        for place, before in enumerate(waiting):
            if before.key == press.key and before.way != press.way and before.at >= since:
                del waiting[place]
                return False
        waiting.append(press)
        del waiting[:-WAITING_MAX]
        return True

    def forget(self, leg: int) -> None:
        """The leg is gone."""
        self._waiting.pop(leg, None)
