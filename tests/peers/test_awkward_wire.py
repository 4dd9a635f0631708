"""What wires and proxies do to messages: forks, copies, losses of single messages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.peers.ends import steps
from tests.peers.ends.sipp import Sipp
from tests.peers.plan import NUMBER, Plan, settled
from tests.ports import Ports
from tests.site import Site

pytestmark = pytest.mark.peer

TALK = (steps.acknowledge(), steps.pause(1_200), steps.hang_up())


class Wire:
    """One agent behind one sipp; both ends send exactly what their scenario says."""

    def __init__(self, site: Site, plan: Plan, *, caller: Sipp, agent: Sipp) -> None:
        self.site, self.plan = site, plan
        self.caller = caller.without_retransmission()
        self.agent = agent.without_retransmission()

    def call(self, *what: str, number: str = NUMBER) -> None:
        self.caller.call(*what, to=self.plan.address, number=number).succeeds(60)

    def answered(self) -> None:
        (row,) = settled(self.site, 1)
        assert (row["outcome"], row["agent"]) == ("answered", "2201"), row
        assert [line[4] for line in self.site.queue_log()].count("CONNECT") == 1


@pytest.fixture
def wire(
    serve: Callable[[str], Site], plan: Plan, sipp: Callable[..., Sipp], free_ports: Ports
) -> Wire:
    port = free_ports.one()
    site = serve(plan.fixed(port, "201").toml())
    return Wire(site, plan, caller=sipp(plan.gateway_port, gateway=True), agent=sipp(port))


def test_two_early_dialogs_and_the_second_answers(wire: Wire) -> None:
    wire.agent.answer(
        steps.invited(), steps.provisional(tag="a"), steps.provisional(183, tag="b"),
        steps.accept(tag="b"), steps.acknowledged(), steps.released(),
    )  # fmt: skip
    wire.call(steps.invite(), steps.answered(), *TALK)
    wire.answered()


def test_each_early_dialog_has_its_pracks_and_its_answer(wire: Wire) -> None:
    wire.agent.answer(
        steps.invited(), steps.early(tag="a", rseq=7), steps.early(tag="b", rseq=3), steps.move(),
        steps.accept_without_sdp(tag="b"), steps.acknowledged(), steps.released(),
    )  # fmt: skip
    wire.call(steps.invite(), steps.answered(), *TALK)
    wire.answered()
    assert wire.agent.messages("PRACK") == 2


def test_an_answer_that_says_no_contact_is_acknowledged_where_the_invite_went(wire: Wire) -> None:
    wire.agent.answer(
        steps.invited(), steps.provisional(contact=""), steps.accept(contact=""),
        steps.acknowledged(), steps.released(),
    )  # fmt: skip
    wire.call(steps.invite(), steps.answered(), *TALK)
    wire.answered()
    assert wire.agent.messages("ACK sip:201@") == wire.agent.messages("BYE sip:201@") == 1


def test_two_phones_behind_a_fork_answer_and_the_later_is_ended(wire: Wire) -> None:
    wire.agent.answer(
        steps.invited(), steps.provisional(tag="a"), steps.provisional(tag="b"),
        steps.accept(tag="a"), steps.acknowledged(),
        steps.accept(tag="b"), steps.acknowledged(), steps.released(), steps.released(),
    )  # fmt: skip
    wire.call(steps.invite(), steps.answered(), *TALK)
    wire.answered()
    assert wire.agent.messages("BYE") == 2


def test_the_agents_200_comes_again_when_our_ack_was_lost(wire: Wire) -> None:
    wire.agent.answer(
        steps.invited(), steps.accept(), steps.acknowledged(), steps.accept(),
        steps.acknowledged(), steps.released(),
    )  # fmt: skip
    wire.call(steps.invite(), steps.answered(), *TALK)
    wire.answered()


def test_our_200_comes_again_when_the_callers_ack_was_lost(wire: Wire) -> None:
    wire.agent.answer(steps.invited(), steps.accept(), steps.acknowledged(), steps.released())
    wire.call(steps.invite(), steps.answered(), steps.receive(200), *TALK)
    wire.answered()


def test_our_bye_comes_again_when_it_was_lost(wire: Wire) -> None:
    wire.agent.answer(
        steps.invited(), steps.accept(), steps.acknowledged(), '<recv request="BYE"/>',
        steps.released(),
    )  # fmt: skip
    wire.call(steps.invite(), steps.answered(), *TALK)
    wire.answered()
    assert wire.agent.messages("BYE") == 2


def test_a_copy_of_the_callers_bye_gets_the_same_200(wire: Wire) -> None:
    wire.agent.answer(steps.invited(), steps.accept(), steps.acknowledged(), steps.released())
    wire.call(steps.invite(), steps.answered(), *TALK, steps.hang_up())
    wire.answered()


def test_copies_of_an_invite_are_one_call(wire: Wire) -> None:
    wire.agent.answer(
        steps.invited(), steps.provisional(), steps.pause(500), steps.accept(),
        steps.acknowledged(), steps.released(),
    )  # fmt: skip
    ringing = (steps.receive(100, optional=True), steps.receive(180))
    copies = (steps.invite(), steps.receive(180), steps.invite(), steps.receive(180))
    wire.call(steps.invite(), *ringing, *copies, steps.receive(200), *TALK, number="201")
    (row,) = settled(wire.site, 1)
    assert row["outcome"] == "answered"
    assert len(wire.agent.invited()) == 1


def test_a_copy_of_an_invite_after_its_200_is_no_second_call(wire: Wire) -> None:
    wire.agent.answer(steps.invited(), steps.accept(), steps.acknowledged(), steps.released())
    wire.call(steps.invite(), steps.answered(), steps.invite(), steps.receive(200), *TALK)
    wire.answered()
    assert len(wire.agent.invited()) == 1


@pytest.mark.long
def test_a_caller_who_never_acknowledges_is_ended(wire: Wire) -> None:
    wire.agent.answer(steps.invited(), steps.accept(), steps.acknowledged(), steps.released())
    repeated = (steps.receive(200) for _ in range(9))
    wire.call(steps.invite(), steps.answered(), *repeated, steps.pause(17_000))
    settled(wire.site, 1, timeout_s=40)


@pytest.mark.long
def test_an_agent_who_vanished_before_the_bye_is_free_again(wire: Wire) -> None:
    wire.agent.answer(
        steps.invited(), steps.accept(), steps.acknowledged(), *['<recv request="BYE"/>'] * 9
    )
    wire.call(steps.invite(), steps.answered(), *TALK)
    settled(wire.site, 1, timeout_s=45)
