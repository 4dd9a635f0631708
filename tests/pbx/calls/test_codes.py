"""Codes dialled at a phone: log in and out, pause, PIN, do-not-disturb, night key, pickup."""

from __future__ import annotations

from pbx.commands import Answer, Bridge, CheckPin, Release, Say
from pbx.events import PinChecked, Played
from pbx.notes import AgentLogged, AlarmRaised, CallClosed
from pbx.stay.pin import FAULTS_MAX
from tests.pbx.sites import SITE, Desk

PINNED = (
    SITE.replace('[agent.2001]\nextension = "201"', '[agent.2001]\nextension = "201"\npin = "1234"')
    + '[codes]\nnight = "*20"\n[hours.office]\nopen = ["mon-sun 00:00-24:00"]\n'
)


def dial(desk: Desk, code: str, extension: str = "201") -> int:
    leg = desk.call(code, f"extension:{extension}")
    return leg


def told(desk: Desk) -> list[str]:
    return [name for each in desk.said if isinstance(each, Say) for name in each.sounds]


def over(desk: Desk, leg: int) -> None:
    """The prompt is over, and we hang up."""
    assert desk.put(Played(leg, desk.exchange.state.plays_made)) == [Release(leg, 16)]
    desk.gone(leg, far=False)


def test_an_agent_logs_out_and_in_from_its_own_phone_without_a_pin() -> None:
    desk = Desk(PINNED)
    leg = dial(desk, "*12")
    assert desk.said == [Answer(leg), Say(leg, 1, ("en/logged_out",))]
    over(desk, leg)
    assert desk.state("2001") == "logged_out"
    leg = dial(desk, "*11")
    assert told(desk) == ["en/logged_in"]
    over(desk, leg)
    assert desk.state("2001") == "ready"
    assert [note.outcome for note in desk.of(CallClosed)] == ["answered", "answered"]


def test_a_pause_has_its_reason_and_ready_ends_it() -> None:
    desk = Desk(PINNED)
    over(desk, dial(desk, "*137"))
    record = desk.exchange.state.agents["2001"]
    assert (desk.state("2001"), record.reason) == ("paused", "7")
    over(desk, dial(desk, "*14"))
    assert desk.state("2001") == "ready"


def test_wrap_up_is_ended_by_its_code() -> None:
    desk = Desk(PINNED)
    caller, agent = desk.talk()
    desk.gone(caller)
    desk.gone(agent, far=False)
    assert desk.state("2001") == "wrap_up"
    over(desk, dial(desk, "*15"))
    assert desk.state("2001") == "ready"


def test_an_agent_who_moves_to_another_phone_is_asked_for_the_pin() -> None:
    desk = Desk(PINNED)
    leg = dial(desk, "*112001", "300")
    assert CheckPin(leg, "2001") in desk.said and told(desk) == ["en/enter_pin"]
    desk.said = desk.put(PinChecked(leg, True))
    assert told(desk) == ["en/logged_in"]
    over(desk, leg)
    record = desk.exchange.state.agents["2001"]
    assert (record.extension, record.logged_in) == ("300", True)
    assert desk.of(AgentLogged)[-1].extension == "300" or record.extension == "300"


def test_a_wrong_pin_may_be_typed_again_and_in_the_end_no_more() -> None:
    desk = Desk(PINNED)
    leg = dial(desk, "*112001", "300")
    for _ in range(2):
        desk.said = desk.put(PinChecked(leg, False))
        assert told(desk) == ["en/wrong_pin"] and CheckPin(leg, "2001") in desk.said
    desk.said = desk.put(PinChecked(leg, False))
    assert CheckPin(leg, "2001") not in desk.said
    over(desk, leg)
    assert desk.exchange.state.agents["2001"].extension == "201"


def test_no_key_at_all_is_a_wrong_pin() -> None:
    desk = Desk(PINNED)
    dial(desk, "*112001", "300")
    desk.said = desk.tick(15_000)
    assert told(desk) == ["en/wrong_pin"]


def test_guessing_shuts_the_door_and_raises_an_alarm() -> None:
    desk = Desk(PINNED)
    for fault in range(FAULTS_MAX):
        if fault % 3 == 0:
            leg = dial(desk, "*112001", "300")
        desk.put(PinChecked(leg, False))
    assert [note.name for note in desk.of(AlarmRaised)] == ["pin"]
    desk.gone(leg)
    dial(desk, "*112001", "300")
    assert told(desk) == ["en/not_allowed"]
    desk.tick(15 * 60_000)
    dial(desk, "*112001", "300")
    assert told(desk) == ["en/enter_pin"]


def test_a_code_without_an_agent_or_with_a_strange_one_is_not_allowed() -> None:
    desk = Desk(PINNED)
    for code in ("*11", "*12", "*131", "*14", "*15", "*119999"):
        dial(desk, code, "300")
        assert told(desk) == ["en/not_allowed"], code


def test_do_not_disturb_makes_a_phone_busy_and_pauses_its_agent() -> None:
    desk = Desk(PINNED)
    over(desk, dial(desk, "*78"))
    assert (desk.state("2001"), desk.exchange.state.agents["2001"].reason) == ("paused", "dnd")
    caller = desk.call("201", "extension:300")
    assert desk.said == [Release(caller, 17)]
    desk.gone(caller, far=False)
    over(desk, dial(desk, "*79"))
    assert desk.state("2001") == "ready"
    desk.call("201", "extension:300")
    assert "201" in desk.rung()


def test_a_pause_of_another_reason_outlives_do_not_disturb() -> None:
    desk = Desk(PINNED)
    for code in ("*131", "*78", "*79"):
        over(desk, dial(desk, code))
    assert (desk.state("2001"), desk.exchange.state.agents["2001"].reason) == ("paused", "1")


def test_the_night_key_closes_and_opens() -> None:
    desk = Desk(PINNED)
    night = desk.exchange.switch.night
    assert night.is_open("office")
    over(desk, dial(desk, "*20"))
    assert not night.is_open("office")
    over(desk, dial(desk, "*20"))
    assert night.is_open("office")


def test_a_code_from_a_trunk_is_a_number_like_any_other() -> None:
    desk = Desk(PINNED)
    leg = desk.call("*12")
    assert desk.said == [Release(leg, 1)]


def test_pickup_takes_the_call_that_rings_elsewhere() -> None:
    desk = Desk(PINNED)
    caller = desk.call("300")
    phone = desk.rung()["300"]
    leg = dial(desk, "*8", "201")
    assert Answer(leg, caller) in desk.said and Bridge(caller, leg) in desk.said
    assert Release(phone, 26, elsewhere=True) in desk.said
    desk.gone(phone, 487, far=False)
    desk.bridge(caller, leg)
    desk.now = 20_000
    desk.gone(leg)
    desk.gone(caller, far=False)
    pickup, call = desk.of(CallClosed)
    assert (pickup.called, pickup.outcome) == ("*8", "answered")
    assert (call.called, call.outcome, call.talk_ms) == ("300", "answered", 20_000)
    assert (call.extension, desk.exchange.state.legs) == ("201", {})


def test_pickup_at_one_phone_leaves_others_alone() -> None:
    desk = Desk(PINNED)
    desk.call("300")
    dial(desk, "*8202", "201")
    assert told(desk) == ["en/unavailable"]
    leg = dial(desk, "*8300", "202")
    assert any(isinstance(each, Bridge) and each.other == leg for each in desk.said)


def test_a_snapshot_keeps_do_not_disturb_the_night_key_and_a_half_typed_pin() -> None:
    desk = Desk(PINNED)
    over(desk, dial(desk, "*78", "202"))
    over(desk, dial(desk, "*20"))
    leg = dial(desk, "*112002", "300")
    other = type(desk.exchange).restored(desk.exchange.snapshot())
    again = Desk(exchange=other)
    again.legs, again.now = desk.legs, desk.now
    assert other.state.device("202").dnd and not other.switch.night.is_open("office")
    again.said = again.put(PinChecked(leg, True))
    assert told(again) == ["en/logged_in"]
