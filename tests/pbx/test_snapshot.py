"""What the socket shows: the contract's words, each with its value."""

from __future__ import annotations

from pbx import snapshot
from pbx.exchange import Exchange
from pbx.figures.queue_figures import QUEUE_FIGURES
from tests.pbx.sites import SITE, WALL_MS, Desk

ONE_AGENT = (
    SITE.replace("[extension.201]", '[extension.201]\nname = "Anna"')
    .replace("[agent.2001]", '[agent.2001]\nname = "Anna"')
    .partition("[agent.2002]")[0]
    + SITE[SITE.index("[[route]]") :]
)


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


START = WALL_MS / 1000
CALL = {
    "direction": "in", "source": "trunk:gateway", "calling": "5551000", "called": "100",
    "name": "", "queue": "sales", "language": "en", "recording": None, "hold_since": None,
}  # fmt: skip
TALKING = {
    "call": "t00001-00000001", "state": "talking", "agent": "2001", "since": START,
    "answered": START, "connected": START, "legs": 2,
}  # fmt: skip
WAITING = {
    "call": "t00001-00000002", "state": "waiting", "agent": None, "since": START + 7,
    "answered": START + 7, "connected": None, "legs": 1,
}  # fmt: skip


def a_talk_and_one_who_waits() -> Exchange:
    """The only agent talks, and 7 s later the next call waits."""
    desk = Desk(ONE_AGENT)
    desk.talk()
    desk.put(None, now=7_000)
    desk.call()
    return desk.exchange


def test_rows_of_calls_have_every_word_of_the_contract() -> None:
    assert snapshot.calls(a_talk_and_one_who_waits()) == [CALL | TALKING, CALL | WAITING]


def test_rows_of_queues_have_every_word_of_the_contract() -> None:
    exchange = a_talk_and_one_who_waits()
    assert snapshot.queues(exchange) == [
        {
            "queue": "sales", "strategy": "longest_idle", "priority": 0, "waiting": 1,
            "ready": 0, "agents": 1,
        }
    ]  # fmt: skip
    first = {"call": "t00001-00000002", "position": 1, "since": START + 7, "caller": "5551000"}
    row = snapshot.queue(exchange, "sales", 9_000)
    assert row is not None
    figures = row.pop("figures")
    assert list(figures) == list(QUEUE_FIGURES)
    assert figures["service_level_of_offered"] == 0.5 and figures["answer_rate"] == 0.5
    assert row == {
        "queue": "sales", "waiting": [first | {"priority": 0}], "longest_s": 2.0,
        "agents": {"talking": 1}, "offered": 2, "answered": 1, "abandoned": 0, "overflowed": 0,
        "exited": 0, "abandon_rate": 0.0, "service_level": 1.0, "target": 0.8, "within_s": 20.0,
        "mean_wait_s": 0.0,
    }  # fmt: skip
    assert snapshot.queue(exchange, "support", 9_000) is None


def test_rows_of_agents_trunks_and_phones_have_every_word_of_the_contract() -> None:
    exchange = a_talk_and_one_who_waits()
    assert snapshot.agents(exchange) == [
        {
            "agent": "2001", "name": "Anna", "extension": "201", "state": "talking",
            "since": START, "reason": "", "queues": ["sales"], "call": "t00001-00000001",
        }
    ]  # fmt: skip
    assert snapshot.trunks(exchange) == [
        {
            "trunk": "gateway", "driver": "sip_gateway", "host": "192.0.2.1:5060",
            "channels": 2000, "used": 2, "state": "up", "why": "",
        }
    ]  # fmt: skip
    assert snapshot.phones(exchange)[0] == {
        "extension": "201", "name": "Anna", "contact": "sip:192.0.2.11:5060", "reachable": True,
        "calls": 1, "bindings": [],
    }  # fmt: skip


def test_a_registered_phone_is_shown_with_where_it_is_and_until_when() -> None:
    desk = Desk()
    desk.register("203", "sip:203@192.0.2.13:5060")
    (row,) = [row for row in snapshot.phones(desk.exchange) if row["extension"] == "203"]
    (bound,) = desk.exchange.state.device("203").bindings.values()
    assert row["reachable"] is True and row["contact"] is None
    assert row["bindings"] == [
        {
            "contact": "sip:203@192.0.2.13:5060", "flow": bound.flow,
            "expires": bound.expires_wall_ms / 1000, "user_agent": bound.user_agent,
        }
    ]  # fmt: skip
