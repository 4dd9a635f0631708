"""The caller goes at the worst moment: in the queue, while a phone rings, as the agent answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.peers.ends import steps
from tests.peers.ends.sipp import Sipp
from tests.peers.plan import NUMBER, Plan, settled
from tests.ports import Ports
from tests.site import Site

pytestmark = pytest.mark.peer

MakeSipp = Callable[..., Sipp]
Serve = Callable[[str], Site]


class Gone:
    """A site, the callers who will go, and the agents who may be ringing."""

    def __init__(self, site: Site, plan: Plan, *, callers: Sipp, agents: Sipp) -> None:
        self.site, self.plan, self.callers, self.agents = site, plan, callers, agents

    def call(self, *what: str, number: str = NUMBER, calls: int = 1) -> None:
        self.callers.call(*what, to=self.plan.address, number=number, calls=calls).succeeds()


@pytest.fixture
def gone(serve: Serve, plan: Plan, sipp: MakeSipp, free_ports: Ports) -> Gone:
    port = free_ports.one()
    site = serve(plan.fixed(port, *map(str, range(201, 231))).toml())
    callers = sipp(plan.gateway_port, gateway=True)
    return Gone(site, plan, callers=callers, agents=sipp(port))


def a_short_wait(ms: int) -> tuple[str, ...]:
    """A caller who is answered by the queue and hangs up after `ms` of music."""
    return steps.invite(), steps.answered(), steps.acknowledge(), steps.pause(ms), steps.hang_up()


def test_a_caller_who_leaves_while_a_phone_rings_has_abandoned(gone: Gone) -> None:
    gone.agents.answer(steps.invited(), steps.provisional(), steps.cancelled())
    gone.call(*a_short_wait(500), calls=5)
    rows = settled(gone.site, 5)
    assert [row["outcome"] for row in rows] == ["abandoned"] * 5
    assert gone.agents.messages("CANCEL") == gone.agents.messages("SIP/2.0 487") == 5
    assert [row["disposition"] for row in gone.site.rows("cdr")] == ["ANSWERED"] * 5
    assert [line[4] for line in gone.site.queue_log()].count("ABANDON") == 5


def test_a_caller_who_leaves_before_the_phone_has_said_anything_rings_nobody(gone: Gone) -> None:
    gone.agents.answer(steps.invited(), steps.pause(700), steps.provisional(), steps.cancelled())
    gone.call(*a_short_wait(200))
    (row,) = settled(gone.site, 1)
    assert (row["outcome"], row["agent"] or "") == ("abandoned", "")


def test_callers_who_leave_in_the_moment_of_the_answer_are_counted_once(gone: Gone) -> None:
    gone.agents.patient().answer(steps.ring_until_cancelled_or_answer(400))
    wait = steps.pause_between(380, 420)
    whole = (steps.invite(), steps.answered(), steps.acknowledge(), wait, steps.hang_up())
    gone.call(*whole, calls=25)
    rows = settled(gone.site, 25)
    assert {row["outcome"] for row in rows} <= {"answered", "abandoned"}
    queue = gone.site.ctl("queue.status", queue="sales")
    assert queue["offered"] == 25 == queue["answered"] + queue["abandoned"]


def test_a_200_that_crosses_our_cancel_is_acknowledged_and_ended(gone: Gone) -> None:
    gone.agents.answer(
        steps.invited(), steps.provisional(), steps.cancelled(answered_already=True),
        steps.accept(), steps.acknowledged(), steps.released(),
    )  # fmt: skip
    gone.call(*a_short_wait(300))
    (row,) = settled(gone.site, 1)
    assert row["outcome"] == "abandoned"
    assert gone.agents.messages("BYE") == 1


def test_a_cancel_that_crosses_our_200_changes_nothing(gone: Gone) -> None:
    gone.agents.answer(steps.ring_until_cancelled_or_answer(100))
    gone.callers.without_retransmission()
    gone.call(
        steps.invite(), steps.answered(), steps.cancel(), steps.receive(200), steps.acknowledge(),
        steps.pause(600), steps.hang_up(),
    )  # fmt: skip
    (row,) = settled(gone.site, 1)
    assert (row["outcome"], row["ended_by"]) == ("answered", "caller")


def test_a_call_to_an_extension_can_be_cancelled_while_it_rings(gone: Gone) -> None:
    gone.agents.answer(steps.invited(), steps.provisional(), steps.cancelled())
    gone.call(
        steps.invite(), steps.receive(100, optional=True), steps.receive(180), steps.cancel(),
        steps.receive(200), steps.refused(487), number="201", calls=3,
    )  # fmt: skip
    rows = settled(gone.site, 3)
    assert [row["outcome"] for row in rows] == ["no_answer"] * 3
    assert [row["disposition"] for row in gone.site.rows("cdr")] == ["NO ANSWER"] * 3
