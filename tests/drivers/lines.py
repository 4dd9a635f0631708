"""Trunks on a user agent without wires: the driver, its clock, and what it says and tells."""

from __future__ import annotations

from config.settings import Settings, Sip, Trunk
from drivers.sip_gateway import SipGateway
from drivers.trunk import Driver
from pbx.commands import Ring
from pbx.events import Fact
from pbx.sip.message.received import Message
from tests.pbx.sip.ends import Bench


def drain(driver: Driver) -> list[Fact]:
    """The facts of a driver since last asked, oldest first."""
    facts = driver.facts[:]
    driver.facts.clear()
    return facts


def settings_of(trunks: dict[str, Trunk]) -> Settings:
    return Settings(trunk=trunks, sip=Sip(digest=("md5",)))


class Lines:
    """A gateway driver over a user agent, and the clock of both."""

    def __init__(self, **trunks: Trunk) -> None:
        self.bench = Bench()
        self.gateway = SipGateway(self.bench.agent, settings_of(trunks), self.bench.now)

    def reload(self, **trunks: Trunk) -> None:
        """Take other trunks."""
        self.gateway.reconfigure(settings_of(trunks), self.bench.now)

    def ring(self, leg: int = 4, trunk: str = "gw", number: str = "555*1", *,
             silence_ms: int = 0) -> list[Message]:  # fmt: skip
        """Dial over a trunk; what is said."""
        command = Ring(leg, f"trunk:{trunk}", number, "201", "Ann", silence_ms=silence_ms)
        self.gateway.obey(command, self.bench.now)
        return self.bench.says()

    def due(self) -> list[Message]:
        """What is said when all that is due now is done."""
        self.bench.agent.tick(self.bench.now)
        self.gateway.tick(self.bench.now)
        return self.bench.says()

    def waits(self, ms: int) -> list[Message]:
        """Let time pass for wire and driver alike; what is said meanwhile."""
        end = self.bench.now + ms
        said = self.bench.says()
        while True:
            times = (self.bench.agent.next_deadline(), self.gateway.next_deadline())
            due = min((at for at in times if at is not None), default=end + 1)
            if due > end:
                break
            self.bench.now = max(self.bench.now, due)
            said += self.due()
        self.bench.now = end
        return said

    def tells(self) -> list[Fact]:
        """The facts since last asked, with those that were still to be told."""
        self.gateway.tick(self.bench.now)
        return drain(self.gateway)
