"""Alarms of signalling: that a limit was met, and who met it, said once and not a thousand times.

a limit met                ->  TroubleSeen("contacts", "…"): a fact, an alarm of the exchange
the same of the same again ->  nothing for an hour
many others                ->  ten an hour of one name, then nothing
"""

from __future__ import annotations

from pbx.events import Fact, TroubleSeen

TOLD_MS = 3_600_000
OF_A_NAME_MAX = 10


class Troubles:
    """What has been told in the last hour; all tables are bounded by the names we give."""

    def __init__(self, facts: list[Fact]) -> None:
        self.facts = facts
        self._told: dict[str, dict[str, int]] = {}  # name -> who -> when

    def tell(self, name: str, who: str, *, text: str, now: int) -> None:
        """Raise an alarm, unless that was done of late."""
        told = self._told.setdefault(name, {})
        for old in [each for each, when in told.items() if now - when >= TOLD_MS]:
            del told[old]
        if who in told or len(told) >= OF_A_NAME_MAX:
            return
        told[who] = now
        self.facts.append(TroubleSeen(name, text))
