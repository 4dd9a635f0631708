"""The trunks that register with a provider: an account of each, kept through reloads.

register = true  ->  REGISTER sip:sip.example.net, From and To <sip:USERNAME@sip.example.net>,
                     Contact <sip:USERNAME@our address>
its settings change, or it goes  ->  REGISTER with expires=0, then anew
"""

from __future__ import annotations

from collections.abc import Mapping

from config.settings import Trunk
from drivers.hosts import domain_of
from pbx.sip.agent import UserAgent
from pbx.sip.message.digest import Credentials
from pbx.sip.message.received import Flow
from pbx.sip.message.uri import escape
from pbx.sip.registration.provider import Account, ClientRegistration


class Registrations:
    """All our registrations, by trunk."""

    def __init__(self, agent: UserAgent) -> None:
        self._agent = agent
        self._ours: dict[str, ClientRegistration] = {}
        self._leaving: list[ClientRegistration] = []

    def __len__(self) -> int:
        return len(self._ours)

    def reconfigure(self, trunks: Mapping[str, Trunk], flows: Mapping[str, Flow], now: int) -> None:
        """Register what is new or has changed, take back what is gone; the rest goes on."""
        wanted = {
            name: account_of(name, trunk, flow=flows[name])
            for name, trunk in trunks.items()
            if trunk.register and name in flows
        }
        for name, registration in list(self._ours.items()):
            if wanted.get(name) != registration.account:
                self._leave(name, now)
        for name, account in wanted.items():
            if name not in self._ours:
                self._ours[name] = ClientRegistration(self._agent, account, now)

    def _leave(self, name: str, now: int) -> None:
        registration = self._ours.pop(name)
        registration.farewell(now)
        self._leaving.append(registration)

    def farewell(self, now: int) -> None:
        """Take every contact back: no calls shall come in any more."""
        for name in list(self._ours):
            self._leave(name, now)

    @property
    def are_over(self) -> bool:
        """Whether nothing is registered and no farewell waits for its answer."""
        self._leaving = [each for each in self._leaving if not each.is_over]
        return not self._ours and not self._leaving

    def why(self, name: str) -> str:
        """Why a trunk that should be registered is not; "" for all others."""
        found = self._ours.get(name)
        return found.why if found is not None else ""

    def registered_until(self, name: str) -> int:
        """Until when a trunk is registered (ms); 0 if it is not."""
        found = self._ours.get(name)
        return found.registered_until if found is not None else 0

    def tick(self, now: int) -> None:
        """Register what is to be registered now."""
        for registration in self._ours.values():
            registration.tick(now)

    def next_deadline(self) -> int | None:
        """When `tick` is due (ms)."""
        if not self._ours:
            return None
        times = (registration.next_deadline() for registration in self._ours.values())
        return min((at for at in times if at is not None), default=None)


def account_of(name: str, trunk: Trunk, *, flow: Flow) -> Account:
    """Who a trunk is to its provider."""
    domain, place = domain_of(trunk.host)
    return Account(
        name,
        f"sip:{place}{flow.uri_transport}",
        f"sip:{escape(trunk.username)}@{domain}",
        trunk.username,
        Credentials(trunk.username, trunk.password, trunk.realm),
        flow,
        int(trunk.register_s),
    )
