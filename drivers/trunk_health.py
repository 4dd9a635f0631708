"""Whether trunks carry calls out, told to the exchange when it changes.

OPTIONS every ping_s, no answer in timeout_s, or 503     -> TrunkLost
INVITE without any answer in timeout_s                   -> TrunkLost
not registered, refused, expired (register = true)       -> TrunkLost
OPTIONS again every 10 s: any other answer               -> TrunkFound
an INVITE from it, or 30 s without pings                 -> TrunkFound
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from config.settings import Trunk
from kernel.named_timers import NamedTimers
from pbx.events import TrunkFound, TrunkLost
from pbx.sip.agent import UserAgent
from pbx.sip.dialog.uac import Target
from pbx.sip.registration.ping import ping

PROBE_MS = 10_000  # a lost trunk is asked so often
PARDON_MS = 30_000  # one that is never asked gets another call after so long


class TrunkHealth:
    """The state of each trunk. `reason` says why one cannot be used whatever it answers, "" if it
    can; the user agent keeps which do not answer."""

    def __init__(self, agent: UserAgent, reason: Callable[[str], str]) -> None:
        self._agent = agent
        self._reason = reason
        self._trunks: Mapping[str, Trunk] = {}
        self._targets: Mapping[str, Target] = {}
        self._told: dict[str, str] = {}  # the lost ones, with the reason last told
        self._silent: dict[str, None] = {}  # those that are probed for that
        self._doubtful: list[str] = []  # those that there may ever be a reason for
        self._timers = NamedTimers()

    def reconfigure(
        self, trunks: Mapping[str, Trunk], targets: Mapping[str, Target], now: int
    ) -> None:
        """Take new trunks; one that has moved is judged anew."""
        missing = self._agent.missing
        for name in self._trunks:
            if name not in trunks or targets.get(name) != self._targets.get(name):
                missing.pop(f"trunk:{name}", None)
        self._trunks, self._targets = trunks, targets
        self._told = {name: why for name, why in self._told.items() if name in trunks}
        self._silent = {}
        self._doubtful = [
            name for name, trunk in trunks.items() if trunk.register or name not in targets
        ]
        self._timers = NamedTimers()
        for name in trunks:
            self._schedule(name, now)

    def _schedule(self, name: str, now: int) -> None:
        ping_ms = self._trunks[name].ping_ms
        if ping_ms and name in self._targets:
            self._timers.set((name, "ping"), now + ping_ms)
        else:
            self._timers.cancel((name, "ping"))

    def why(self, name: str) -> str:
        """Why a trunk carries no calls out; "" if it does."""
        return self._reason(name) or self._agent.missing.get(f"trunk:{name}", "")

    def tick(self, now: int) -> None:
        """Ask the trunks that are to be asked, and tell what has changed."""
        for key, what in self._timers.due(now):
            name = str(key)
            if what == "pardon":
                self._agent.found(f"trunk:{name}")
            else:
                self._ask(name, now)
        for name in self._news():
            self._probe(name, now)
            self._tell(name)

    def _ask(self, name: str, now: int) -> None:
        """Ask once; of a lost one the answer is waited for until it is asked again, so that the
        copies of the question find it within 4 s of its return."""
        trunk, party = self._trunks[name], f"trunk:{name}"
        gap, patience = trunk.ping_ms, trunk.timeout_ms
        if party in self._agent.missing:
            gap = patience = min(gap, PROBE_MS)
        ping(self._agent, party, target=self._targets[name], now=now, patience=patience)
        self._timers.set((name, "ping"), now + gap)

    def _news(self) -> list[str]:
        """The trunks of which there is something to tell; no work while all is well."""
        if self._agent.missing or self._told or self._silent:
            return [name for name in self._trunks if self._is_news(name)]
        return [name for name in self._doubtful if self._reason(name)]

    def _is_news(self, name: str) -> bool:
        is_missing = f"trunk:{name}" in self._agent.missing
        return is_missing != (name in self._silent) or self.why(name) != self._told.get(name, "")

    def _probe(self, name: str, now: int) -> None:
        """Begin to look for a trunk that has fallen silent, or cease."""
        is_missing = f"trunk:{name}" in self._agent.missing
        if is_missing == (name in self._silent):
            return
        if not is_missing:
            del self._silent[name]
            self._timers.cancel((name, "pardon"))
            self._schedule(name, now)
            return
        self._silent[name] = None
        ping_ms = self._trunks[name].ping_ms
        if ping_ms:
            self._timers.set((name, "ping"), now + min(ping_ms, PROBE_MS))
        else:
            self._timers.set((name, "pardon"), now + PARDON_MS)

    def _tell(self, name: str) -> None:
        why = self.why(name)
        if why == self._told.get(name, ""):
            return
        if why:
            self._told[name] = why
            self._agent.facts.append(TrunkLost(name, why))
        else:
            del self._told[name]
            self._agent.facts.append(TrunkFound(name))

    def next_deadline(self) -> int | None:
        """When `tick` is due (ms): at once if there is something to tell."""
        return 0 if self._news() else self._timers.next_deadline()
