"""Agents log in, pause, move and lose their phones; what that does to callers."""

from __future__ import annotations

from pbx.commands import Release
from pbx.events import (
    HangupAsked,
    LoginAsked,
    LogoutAsked,
    PauseAsked,
    Unbound,
    UnpauseAsked,
    WrapUpAsked,
)
from tests.pbx.sites import SITE, TIMED_OUT, Desk


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


def test_a_reload_keeps_waiting_callers_and_pauses() -> None:
    desk = Desk()
    for agent in ("2001", "2002"):
        desk.put(PauseAsked(agent, "tea"))
    desk.call()
    desk.configure(SITE + '[agent.2004]\nextension = "300"\nqueues = ["sales"]\n')
    assert desk.state("2001") == "paused"
    assert desk.state("2004") == "offered"


def test_two_agents_do_not_share_a_phone() -> None:
    desk = Desk(SITE.replace('[agent.2002]\nextension = "202"', '[agent.2002]\nextension = "201"'))
    assert (desk.state("2001"), desk.state("2002")) == ("ready", "logged_out")
    desk.put(LoginAsked("2002"))
    assert desk.exchange.refused is not None
    assert "2001 is logged in" in desk.exchange.refused.reason
    desk.put(LoginAsked("2002", "202"))
    assert desk.state("2002") == "ready"


def test_a_pause_asked_for_in_a_call_begins_after_wrap_up() -> None:
    desk = Desk()
    caller, agent = desk.talk()
    desk.now = 5_000
    desk.put(PauseAsked("2001", "tea"))
    assert desk.state("2001") == "busy"
    desk.gone(agent)
    desk.gone(caller, far=False)
    assert desk.state("2001") == "wrap_up"
    desk.tick(15_000)
    assert desk.state("2001") == "paused"
    desk.put(UnpauseAsked("2001"))
    assert desk.state("2001") == "ready"


def test_a_phone_too_slow_for_a_release_is_back_with_its_first_sign_of_life() -> None:
    desk = Desk()
    caller = desk.call()
    agent = desk.rung()["201"]
    desk.gone(caller)
    desk.tick(4_000)
    assert desk.state("2001") == "unreachable"
    desk.now = 6_000
    desk.gone(agent, 487, far=False)
    assert desk.state("2001") == "ready"


def test_a_fixed_phone_taken_for_lost_is_tried_again_after_a_while() -> None:
    desk = Desk()
    caller = desk.call()
    agent = desk.rung()["201"]
    desk.gone(caller)
    desk.tick(4_000)
    desk.now = 5_000
    desk.gone(agent, TIMED_OUT, far=False)
    assert desk.state("2001") == "unreachable"
    desk.tick(34_000)
    assert desk.state("2001") == "ready"


def test_wrap_up_is_extended_by_a_client_and_never_cut_short_but_ended() -> None:
    desk = Desk()
    caller, agent = desk.talk()
    desk.put(WrapUpAsked("2001", 60_000))
    assert desk.exchange.refused is not None and "not in wrap_up" in desk.exchange.refused.reason
    desk.gone(caller)
    desk.gone(agent, far=False)
    desk.put(WrapUpAsked("2001", 30_000))
    desk.put(WrapUpAsked("2001", 5_000))
    desk.tick(29_999)
    assert desk.state("2001") == "wrap_up"
    desk.tick(30_000)
    assert desk.state("2001") == "ready"
    desk.put(WrapUpAsked("2009", 1))
    assert desk.exchange.refused is not None and desk.exchange.refused.code == "not_found"


def test_a_client_ends_wrap_up() -> None:
    desk = Desk()
    caller, agent = desk.talk()
    desk.gone(caller)
    desk.gone(agent, far=False)
    desk.put(WrapUpAsked("2001", 0))
    assert desk.state("2001") == "ready"
