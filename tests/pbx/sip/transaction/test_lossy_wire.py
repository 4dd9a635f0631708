"""Two user agents and a wire that loses, repeats and reorders: what a leg owes us holds always."""

from __future__ import annotations

import random

import pytest

from pbx.commands import Ring
from pbx.events import Alerting, Answered, CallArrived, Fact, Released
from pbx.sip.agent import UserAgent
from pbx.sip.dialog.leg import Line, State
from pbx.sip.dialog.session import Session
from pbx.sip.dialog.uac import Target
from pbx.sip.message.received import Flow
from tests.pbx.sip.ends import CODECS, Ears

HERE, THERE = ("192.0.2.1", 5060), ("192.0.2.2", 5060)


class End:
    """One user agent of the two, and all that was told of its legs."""

    def __init__(self, here: tuple[str, int], there: tuple[str, int], epoch: int) -> None:
        self.here = here
        self.agent = UserAgent(secret=b"secret %d" % epoch, epoch=epoch, sound=Ears())
        self.agent.identity.address = lambda flow: here
        self.agent.lines["trunk:peer"] = Line(CODECS)
        self.agent.access.set_trunks([(there[0], "trunk:peer")])
        self.facts: dict[int, list[Fact]] = {}
        self.releases: dict[int, int] = {}
        self.over: dict[int, int] = {}

    def take(self, now: int) -> list[Fact]:
        """Sort new facts by leg."""
        facts = self.agent.facts[:]
        self.agent.facts.clear()
        for fact in facts:
            leg = getattr(fact, "leg", None)
            if leg is not None:
                self.facts.setdefault(leg, []).append(fact)
                if isinstance(fact, Released):
                    self.over[leg] = now
        return facts

    def release(self, leg: int, now: int) -> None:
        """End a leg."""
        if leg in self.agent.legs:
            self.releases.setdefault(leg, now)
            self.agent.release(leg, 16, now, elsewhere=leg % 4 == 0)


class Wire:
    """The two ends, the messages on their way, and people who act at random."""

    def __init__(self, seed: int, loss: float) -> None:
        self.chance = random.Random(seed)
        self.loss = loss
        self.now = 0
        self.one = End(HERE, THERE, 1)
        self.two = End(THERE, HERE, 2)
        self.way: list[tuple[int, int, End, bytes, Flow]] = []
        self.sent = 0
        self.late: list[tuple[int, End, int]] = []  # second releases, of late answers

    def carry(self, end: End, other: End) -> None:
        """Take what an end says; lose some of it, delay the rest, double a little."""
        for _, data in end.agent.outbox:
            for _ in range(2 if self.chance.random() < 0.05 else 1):
                if self.chance.random() >= self.loss:
                    self.sent += 1
                    due = self.now + self.chance.choice((1, 5, 40, 200))
                    self.way.append((due, self.sent, other, data, Flow("udp", *end.here)))
        end.agent.outbox.clear()

    def step(self) -> None:
        """Ten milliseconds."""
        self.now += 10
        due = sorted((item for item in self.way if item[0] <= self.now), key=lambda item: item[:2])
        self.way = [item for item in self.way if item[0] > self.now]
        for _, _, end, data, flow in due:
            end.agent.receive(data, flow, self.now)
        for end in (self.one, self.two):
            end.agent.tick(self.now)
        for fact in self.one.take(self.now):
            if isinstance(fact, Answered) and fact.leg in self.one.releases:
                self.one.agent.release(fact.leg, 16, self.now)
        for fact in self.two.take(self.now):
            if isinstance(fact, CallArrived):
                self.act(fact.leg)
        self.carry(self.one, self.two)
        self.carry(self.two, self.one)

    def act(self, leg: int) -> None:
        """The callee alerts, answers at once, or refuses."""
        match self.chance.randrange(5):
            case 0:
                self.two.agent.alert(leg, self.now)
            case 1:
                self.two.release(leg, self.now)
            case _:
                self.two.agent.answer(leg, 0, self.now)

    def meddle(self) -> None:
        """Somebody answers, hangs up, or changes the sound."""
        end = self.chance.choice((self.one, self.two))
        if not end.agent.legs:
            return
        leg = self.chance.choice(sorted(end.agent.legs))
        found = end.agent.legs[leg]
        kind = self.chance.randrange(4)
        if kind == 0:
            end.release(leg, self.now)
        elif kind == 1 and end is self.two:
            end.agent.answer(leg, 0, self.now)
        elif kind == 2 and isinstance(found, Session) and found.state is State.UP:
            found.change(self.now, self.chance.choice(("sendonly", "sendrecv")))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("loss", [0.0, 0.3])
def test_every_leg_ends_once_last_and_in_time(seed: int, loss: float) -> None:
    wire = Wire(seed, loss)
    target = Target("sip:100@192.0.2.2:5060", Flow("udp", *THERE))
    rung = 0
    while wire.now < 300_000:
        if wire.now < 60_000 and wire.now % 1_000 == 0:
            rung += 2
            ring = Ring(rung, "trunk:peer", "100", "1", "")
            wire.one.agent.ring(ring, [target], wire.now)
        wire.step()
        if wire.now < 90_000 and wire.now % 200 == 0:
            wire.meddle()
        if wire.now == 90_000:
            for end in (wire.one, wire.two):
                for leg in list(end.agent.legs):
                    end.release(leg, wire.now)
        if wire.now > 92_000 and not (wire.one.agent.legs or wire.two.agent.legs):
            break
    for end in (wire.one, wire.two):
        assert end.agent.legs == {}
        for leg, facts in end.facts.items():
            kinds = [type(fact) for fact in facts]
            assert kinds.count(Released) == 1 and kinds[-1] is Released, (leg, facts)
            assert kinds.count(Answered) <= 1
            if Alerting in kinds and Answered in kinds:
                assert kinds.index(Alerting) < kinds.index(Answered)
            if leg in end.releases:
                assert end.over[leg] - end.releases[leg] <= 32_010, (leg, facts)
    assert len(wire.one.facts) == rung // 2
    wire_down(wire)


def wire_down(wire: Wire) -> None:
    """When all is over nothing is remembered."""
    end = wire.now + 200_000
    while wire.now < end and (len(wire.one.agent.transactions) or len(wire.two.agent.transactions)):
        wire.step()
    for agent in (wire.one.agent, wire.two.agent):
        assert (len(agent.transactions), len(agent.timers), agent.dialogs) == (0, 0, {})
