"""A call from a trunk through a queue to an agent, and everything that may come between."""

from __future__ import annotations

from typing import Any

import pytest

from pbx.events import (
    Alert,
    Alerting,
    Answer,
    Answered,
    Bridge,
    Bridged,
    ClockRead,
    DeviceLost,
    Drained,
    HangupAsked,
    Held,
    LoginAsked,
    LogoutAsked,
    MediaLost,
    PauseAsked,
    Play,
    Release,
    Released,
    Retrieved,
    Ring,
    Started,
    Stopped,
    Unbound,
    UnpauseAsked,
)
from pbx.exchange import Exchange
from pbx.notes import CallClosed, OfferEnded, QueueLeft, TalkEnded, TalkStarted
from tests.pbx.sites import SITE, TIMED_OUT, WALL_MS, Desk


def kinds(commands: list[Any]) -> list[str]:
    return [type(command).__name__ for command in commands]


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


def test_three_misses_pause_the_agent_visibly() -> None:
    desk = Desk(SITE.replace("[agent.2002]", '[agent.2002]\nlogin = "manual"'))
    desk.call()
    commands, now = desk.said, 0
    for _ in range(3):
        leg = desk.rung(commands)["201"]
        now += 15_000
        desk.tick(now)
        commands = desk.gone(leg, 487, far=False)
        if not desk.rung(commands):
            now += 10_000
            commands = desk.tick(now)
    assert desk.state("2001") == "paused"
    assert desk.exchange.state.agents["2001"].reason == "misses"


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


def test_one_extension_calls_another() -> None:
    desk = Desk()
    caller = desk.call("300", "extension:201")
    phone = desk.rung()["300"]
    assert desk.put(Alerting(phone)) == [Alert(caller)]
    assert desk.answer(phone) == [Answer(caller, phone), Bridge(caller, phone)]
    desk.bridge(caller, phone)
    assert desk.state("2001") == "busy"
    desk.now = 60_000
    desk.gone(phone)
    desk.gone(caller, far=False)
    record = the_record(desk)
    assert (record.direction, record.outcome, record.talk_ms) == ("internal", "answered", 60_000)
    assert (record.ended_by, desk.state("2001")) == ("callee", "ready")


@pytest.mark.parametrize(
    ("code", "cause", "outcome"), [(486, 17, "busy"), (480, 18, "no_answer"), (404, 1, "failed")]
)
def test_a_phone_that_refuses_a_direct_call_tells_the_caller(
    code: int, cause: int, outcome: str
) -> None:
    desk = Desk()
    caller = desk.call("300", "extension:201")
    assert desk.gone(desk.rung()["300"], code, cause=cause) == [Release(caller, cause)]
    desk.gone(caller, far=False)
    assert the_record(desk).outcome == outcome


def test_an_agents_own_call_withdraws_the_offer() -> None:
    desk = Desk()
    desk.call()
    offered = desk.rung()["201"]
    desk.call("300", "extension:201")
    assert any(isinstance(each, Release) and each.leg == offered for each in desk.said)
    assert "202" in desk.rung()


def test_a_direct_call_meets_an_offered_agent_as_busy() -> None:
    desk = Desk()
    desk.call()
    caller = desk.call("201", "extension:300")
    assert desk.said == [Release(caller, 17)]


def test_an_outgoing_call_takes_the_trunk_and_strips_the_prefix() -> None:
    desk = Desk()
    desk.call("95551234", "extension:201")
    (ring,) = [each for each in desk.said if isinstance(each, Ring)]
    assert (ring.target, ring.number) == ("trunk:gateway", "5551234")


def test_a_dead_trunk_leaves_the_call_to_the_next() -> None:
    two = SITE.replace('to = "trunk:gateway"', 'to = "trunk:gateway,spare"')
    desk = Desk(two + '[trunk.spare]\nhost = "192.0.2.2"\n')
    desk.call("95551234", "extension:201")
    commands = desk.gone(desk.rung()["gateway"], 503, cause=41)
    assert "spare" in desk.rung(commands)


def test_an_unknown_number_is_unallocated() -> None:
    desk = Desk()
    caller = desk.call("77")
    assert desk.said == [Release(caller, 1)]
    assert desk.call("201") and isinstance(desk.said[0], Release)  # no route from the trunk


def test_hold_plays_music_to_the_other_and_is_counted() -> None:
    desk = Desk()
    caller, agent = desk.talk()
    desk.now = 5_000
    assert desk.put(Held(agent)) == [Play(caller, "music")]
    desk.now = 12_000
    assert desk.put(Retrieved(agent)) == [Bridge(caller, agent)]
    desk.now = 20_000
    desk.gone(caller)
    record = the_record(desk)
    assert (record.hold_ms, record.talk_ms) == (7_000, 13_000)
    assert "hold" in [each.kind for each in record.segments]


def test_login_logout_and_pause_by_wish() -> None:
    desk = Desk()
    desk.put(PauseAsked("2001", "tea"))
    assert desk.state("2001") == "paused"
    desk.put(UnpauseAsked("2001"))
    assert desk.state("2001") == "ready"
    desk.put(LogoutAsked("2001"))
    assert desk.state("2001") == "logged_out"
    desk.put(LoginAsked("2001"))
    assert desk.state("2001") == "ready"


def test_impossible_wishes_are_refused_with_a_reason() -> None:
    desk = Desk()
    for wish in (LoginAsked("9"), LogoutAsked("9"), PauseAsked("9"), HangupAsked("x")):
        desk.put(wish)
        assert desk.exchange.refused is not None
        assert desk.exchange.refused.code == "not_found"
    desk.put(LoginAsked("2001", "999"))
    assert desk.exchange.refused is not None
    assert "999" in desk.exchange.refused.reason


def test_an_agent_is_in_while_its_phone_is_registered() -> None:
    desk = Desk()
    assert desk.state("2003") == "logged_out"
    desk.register("203")
    assert desk.state("2003") == "ready"
    desk.put(Unbound("203", "sip:a@192.0.2.13"))
    assert desk.state("2003") == "logged_out"


def test_a_logout_outlives_a_new_registration() -> None:
    desk = Desk()
    desk.register("203")
    desk.put(LogoutAsked("2003"))
    desk.put(Unbound("203", "sip:a@192.0.2.13"))
    desk.register("203")
    assert desk.state("2003") == "logged_out"


def test_a_waiting_caller_goes_to_the_agent_who_becomes_free() -> None:
    desk = Desk()
    for agent in ("2001", "2002"):
        desk.put(PauseAsked(agent))
    desk.call()
    assert desk.rung() == {}
    assert "202" in desk.rung(desk.put(UnpauseAsked("2002")))


def test_a_client_may_hang_up_a_call() -> None:
    desk = Desk()
    caller, agent = desk.talk()
    (call,) = desk.exchange.state.calls
    assert set(kinds(desk.put(HangupAsked(call, "li_na")))) == {"Release"}
    desk.gone(caller, far=False)
    desk.gone(agent, far=False)
    assert the_record(desk).ended_by == "li_na"


def test_a_leg_in_talk_that_falls_silent_for_good_ends_the_call() -> None:
    desk = Desk()
    caller, agent = desk.talk()
    assert {each.leg for each in desk.put(MediaLost(agent))} == {caller, agent}


def test_no_call_outlives_the_longest_call_allowed() -> None:
    desk = Desk(SITE + "[limits]\nmax_call_s = 60\n")
    caller, agent = desk.talk()
    desk.tick(10_000)
    released = [each for each in desk.tick(60_000) if isinstance(each, Release)]
    assert {each.leg for each in released} == {caller, agent}


def test_while_draining_new_calls_are_refused() -> None:
    desk = Desk()
    desk.put(Drained())
    caller = desk.call()
    assert desk.said == [Release(caller, 41)]


def test_the_sites_and_a_trunks_limits_refuse_the_call_too_many() -> None:
    desk = Desk(SITE.replace("[trunk.gateway]", "[trunk.gateway]\nchannels = 1"))
    desk.call()
    caller = desk.call()
    assert desk.said == [Release(caller, 42)]
    site = Desk(SITE + "[limits]\ncalls_per_site = 1\n")
    site.call()
    caller = site.call()
    assert site.said == [Release(caller, 42)]


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


def test_a_reload_keeps_waiting_callers_and_pauses() -> None:
    desk = Desk()
    for agent in ("2001", "2002"):
        desk.put(PauseAsked(agent, "tea"))
    desk.call()
    desk.configure(SITE + '[agent.2004]\nextension = "300"\nqueues = ["sales"]\n')
    assert desk.state("2001") == "paused"
    assert desk.state("2004") == "offered"
