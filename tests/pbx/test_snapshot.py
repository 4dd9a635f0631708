"""What the socket shows of agents: the contract's words for what each does."""

from __future__ import annotations

from pbx import snapshot
from tests.pbx.sites import Desk


def shown(desk: Desk) -> dict[str, str]:
    return {row["agent"]: row["state"] for row in snapshot.agents(desk.exchange)}


def test_an_agent_with_a_queues_call_talks_and_one_with_another_call_is_busy() -> None:
    desk = Desk()
    desk.talk()
    desk.call("9555", source="extension:202")
    assert shown(desk) == {"2001": "talking", "2002": "busy", "2003": "logged_out"}


def test_an_agent_who_is_not_busy_with_its_call_does_not_talk() -> None:
    """While a call is offered, and in the wrap-up after it, the standing says so."""
    desk = Desk()
    caller = desk.call()
    assert shown(desk)["2001"] == "offered"
    (phone,) = desk.rung().values()
    desk.answer(phone)
    desk.bridge(caller, phone)
    desk.gone(phone)
    assert shown(desk)["2001"] == "wrap_up"
