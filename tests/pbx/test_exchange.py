"""A call from a trunk through a queue to an agent, and everything that may come between."""

from __future__ import annotations

import pytest

from pbx.commands import Answer, Bridge, Play, Release, Ring
from pbx.events import (
    Alerting,
    Answered,
    Bridged,
    ClockRead,
    DeviceLost,
    Held,
    LogoutAsked,
    PauseAsked,
    Released,
    Started,
    Stopped,
)
from pbx.exchange import Exchange
from pbx.notes import CallClosed, OfferEnded, QueueLeft, TalkEnded, TalkStarted
from tests.pbx.sites import SITE, TIMED_OUT, WALL_MS, Desk


def the_record(desk: Desk) -> CallClosed:
    (record,) = desk.of(CallClosed)
    assert isinstance(record, CallClosed)
    return record


def test_a_queue_answers_the_caller_plays_music_and_rings_the_agent_idle_longest() -> None:
    desk = Desk()
    caller = desk.call()
    assert desk.said[:2] == [Answer(caller), Play(caller, "music")]
    ring = desk.said[2]
    assert isinstance(ring, Ring)
    assert (ring.target, ring.number, ring.calling) == ("extension:201", "201", "5551000")
    assert ring.partner == caller
    assert ring.expires_ms == 20_000
    assert desk.state("2001") == "offered"


def test_an_answer_is_a_talk_only_when_both_hear_each_other() -> None:
    desk = Desk()
    caller = desk.call()
    agent = desk.rung()["201"]
    desk.now = 4_000
    assert desk.answer(agent) == [Bridge(caller, agent)]
    assert desk.of(TalkStarted) == []
    desk.bridge(caller, agent)
    (talk,) = desk.of(TalkStarted)
    assert (talk.agent, talk.queue, talk.wait_ms, talk.ring_ms) == ("2001", "sales", 4_000, 4_000)
    assert desk.state("2001") == "busy"


def test_the_caller_ends_the_talk_and_the_record_says_all_of_it() -> None:
    desk = Desk()
    desk.now = 1_000
    caller = desk.call()
    agent = desk.rung()["201"]
    desk.now = 5_000
    desk.answer(agent)
    desk.bridge(caller, agent)
    desk.now = 35_000
    assert desk.gone(caller) == [Release(agent, 16)]
    record = the_record(desk)
    assert (record.outcome, record.ended_by, record.queue) == ("answered", "caller", "sales")
    assert (record.agent, record.extension, record.trunk) == ("2001", "201", "gateway")
    assert record.started_wall_ms == WALL_MS + 1_000
    assert record.connected_wall_ms == WALL_MS + 5_000
    assert record.ended_wall_ms == WALL_MS + 35_000
    assert (record.wait_ms, record.talk_ms, record.hold_ms) == (4_000, 30_000, 0)
    assert [each.kind for each in record.segments] == ["wait", "ring", "talk"]
    (ended,) = desk.of(TalkEnded)
    assert (ended.by, ended.talk_ms) == ("caller", 30_000)


def test_wrap_up_begins_when_the_talk_ends_and_only_the_clock_or_the_agent_ends_it() -> None:
    desk = Desk()
    caller, agent = desk.talk()
    desk.now = 10_000
    desk.gone(agent)
    assert desk.state("2001") == "wrap_up"
    desk.gone(caller, far=False)
    desk.tick(19_999)
    assert desk.state("2001") == "wrap_up"
    desk.tick(20_000)
    assert desk.state("2001") == "ready"


def test_an_agent_who_hangs_up_first_releases_the_caller() -> None:
    desk = Desk()
    caller, agent = desk.talk()
    desk.now = 9_000
    assert desk.gone(agent) == [Release(caller, 16)]
    assert desk.of(CallClosed) == []
    desk.now = 9_500
    desk.gone(caller, far=False)
    record = the_record(desk)
    assert record.ended_by == "agent"
    assert record.ended_wall_ms == WALL_MS + 9_000


def test_an_unanswered_offer_goes_to_the_next_agent_and_counts_as_a_miss() -> None:
    desk = Desk()
    desk.call()
    first = desk.rung()["201"]
    commands = desk.tick(15_000)
    assert commands[0] == Release(first, 19)
    assert "202" in desk.rung(commands)
    desk.gone(first, 487, cause=16, far=False)
    (ended,) = desk.of(OfferEnded)
    assert (ended.agent, ended.reason, ended.missed) == ("2001", "no_answer", True)


@pytest.mark.parametrize("code", [486, 603, 480])
def test_a_refusal_goes_to_the_next_agent_at_once_and_is_no_miss(code: int) -> None:
    desk = Desk()
    desk.call()
    commands = desk.gone(desk.rung()["201"], code, cause=17)
    assert "202" in desk.rung(commands)
    (ended,) = desk.of(OfferEnded)
    assert (ended.reason, ended.missed) == ("refused", False)
    assert desk.state("2001") == "ready"


def test_a_phone_that_does_not_answer_at_all_is_not_rung_again_until_it_answers() -> None:
    desk = Desk()
    desk.call()
    first = desk.rung()["201"]
    desk.put(DeviceLost("201"))
    commands = desk.gone(first, TIMED_OUT, cause=18)
    assert desk.state("2001") == "unreachable"
    assert "202" in desk.rung(commands) or desk.state("2002") == "offered"


def test_a_caller_who_leaves_during_the_offer_stops_the_ringing_without_a_miss() -> None:
    desk = Desk()
    caller = desk.call()
    agent = desk.rung()["201"]
    desk.now = 3_000
    assert desk.gone(caller) == [Release(agent, 16)]
    record = the_record(desk)
    assert (record.outcome, record.wait_ms) == ("abandoned", 3_000)
    desk.gone(agent, 487, far=False)
    assert desk.state("2001") == "ready"
    (ended,) = desk.of(OfferEnded)
    assert not ended.missed


def test_an_answer_that_crosses_the_callers_hang_up_is_released_again() -> None:
    desk = Desk()
    caller = desk.call()
    agent = desk.rung()["201"]
    desk.gone(caller)
    assert desk.answer(agent) == [Release(agent, 16)]
    desk.gone(agent, far=False)
    assert desk.state("2001") == "ready"
    assert desk.of(TalkStarted) == []
    assert the_record(desk).outcome == "abandoned"


def test_a_caller_who_leaves_between_answer_and_bridge_has_abandoned() -> None:
    desk = Desk()
    caller = desk.call()
    agent = desk.rung()["201"]
    desk.answer(agent)
    assert desk.gone(caller) == [Release(agent, 16)]
    desk.gone(agent, far=False)
    assert the_record(desk).outcome == "abandoned"
    assert desk.state("2001") == "ready"


def test_an_agent_who_drops_before_the_bridge_leaves_the_caller_in_place() -> None:
    desk = Desk()
    caller = desk.call()
    first = desk.rung()["201"]
    desk.answer(first)
    commands = desk.gone(first)
    assert Play(caller, "music") in commands
    second = desk.rung(commands)["202"]
    desk.answer(second)
    desk.bridge(caller, second)
    (talk,) = desk.of(TalkStarted)
    assert talk.agent == "2002"


def test_a_queue_that_waited_too_long_sends_the_caller_on() -> None:
    desk = Desk(SITE.replace("max_wait_s = 300", 'max_wait_s = 5\noverflow = "extension:300"'))
    for agent in ("2001", "2002"):
        desk.put(PauseAsked(agent, "tea"))
    caller = desk.call()
    commands = desk.tick(5_000)
    assert "300" in desk.rung(commands)
    assert Play(caller, "ringback") in commands
    (left,) = desk.of(QueueLeft)
    assert (left.outcome, left.why) == ("overflowed", "max_wait")
    desk.answer(desk.rung(commands)["300"])
    desk.bridge(caller, desk.rung(commands)["300"])
    desk.gone(caller)
    assert the_record(desk).outcome == "answered"


def test_a_full_queue_and_an_empty_one_send_the_caller_on_at_once() -> None:
    full = Desk(SITE.replace("max_wait_s = 300", 'max_length = 1\noverflow = "extension:300"'))
    full.call()
    full.call()
    assert "300" in full.rung()
    empty = Desk(SITE.replace("max_wait_s = 300", 'overflow = "extension:300"'))
    for agent in ("2001", "2002"):
        empty.put(LogoutAsked(agent))
    empty.call()
    assert "300" in empty.rung()
    assert [left.why for left in empty.of(QueueLeft)] == ["empty"]


def test_calls_that_overflow_in_a_circle_end() -> None:
    circle = SITE.replace("max_wait_s = 300", 'max_length = 1\noverflow = "queue:sales"')
    desk = Desk(circle)
    desk.call()
    caller = desk.call()
    assert desk.said[-1] == Release(caller, 17)
    desk.gone(caller, far=False)
    assert the_record(desk).outcome == "overflowed"


def test_a_stepped_clock_bends_no_duration() -> None:
    desk = Desk()
    caller, _agent = desk.talk()
    desk.put(ClockRead(WALL_MS + 3_600_000), now=5_000)
    desk.now = 10_000
    desk.gone(caller)
    record = the_record(desk)
    assert record.ended_wall_ms - record.started_wall_ms == 10_000


def test_a_restart_closes_every_record_and_frees_every_agent() -> None:
    desk = Desk()
    caller, agent = desk.talk()
    waiting = desk.call()
    desk.now = 8_000
    restored = Desk(exchange=Exchange.restored(desk.exchange.snapshot()))
    commands = restored.put(Started(2, WALL_MS + 60_000), now=8_000)
    released = {each.leg for each in commands if isinstance(each, Release)}
    assert {caller, agent, waiting} <= released
    records = restored.of(CallClosed)
    assert len(records) == 2
    assert all(record.ended_wall_ms == WALL_MS + 8_000 for record in records)
    restored.tick(30_000)
    assert restored.state("2001") == restored.state("2002") == "ready"
    assert not restored.exchange.state.legs


def test_a_stop_closes_every_record() -> None:
    desk = Desk()
    desk.talk()
    desk.put(Stopped())
    assert len(desk.of(CallClosed)) == 1
    assert not desk.exchange.state.calls


def test_facts_about_legs_nobody_knows_change_nothing() -> None:
    desk = Desk()
    before = desk.exchange.engine.digest()
    for fact in (Answered(99), Alerting(99), Released(99, 16), Held(99), Bridged(98, 99)):
        assert desk.put(fact) == []
    assert desk.exchange.engine.digest() == before


def test_time_that_falls_is_a_fault_of_ours() -> None:
    desk = Desk()
    desk.tick(10_000)
    with pytest.raises(AssertionError, match="time falls"):
        desk.exchange.tick(9_000)
