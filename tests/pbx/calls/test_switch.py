"""Calls between phones and trunks: routed, rung, held, refused, ended."""

from __future__ import annotations

from typing import Any

import pytest

from pbx.commands import Alert, Answer, Bridge, Play, Probe, Release, Ring, SendDigits
from pbx.events import (
    Alerting,
    DigitsAsked,
    Drained,
    HangupAsked,
    HeardElsewhere,
    Held,
    MediaLost,
    Retrieved,
    TransferWished,
)
from pbx.notes import AlarmRaised, CallClosed, SoundElsewhere
from tests.pbx.sites import SITE, Desk


def kinds(commands: list[Any]) -> list[str]:
    return [type(command).__name__ for command in commands]


def the_record(desk: Desk) -> CallClosed:
    (record,) = desk.of(CallClosed)
    assert isinstance(record, CallClosed)
    return record


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


def test_a_call_is_connected_once_whoever_talks_later() -> None:
    desk = Desk()
    caller = desk.call("300", "extension:201")
    phone = desk.rung()["300"]
    desk.answer(phone)
    desk.bridge(caller, phone)
    ((name, call),) = desk.exchange.state.calls.items()
    desk.now = 5_000
    desk.said = desk.put(TransferWished(name, "202"))
    other = desk.rung(desk.said)["202"]
    desk.answer(other)
    desk.bridge(caller, other)
    assert (call.partner, call.connected_ms) == (other, 0)


def test_what_the_far_end_sends_before_its_answer_is_heard() -> None:
    desk = Desk()
    caller = desk.call("95551234", "extension:201")
    trunk = desk.rung()["gateway"]
    assert desk.put(Alerting(trunk)) == [Alert(caller)]
    assert desk.put(Alerting(trunk, True)) == [Alert(caller, trunk), Bridge(caller, trunk)]
    assert desk.bridge(caller, trunk) == []
    assert desk.answer(trunk) == [Answer(caller, trunk), Bridge(caller, trunk)]
    desk.bridge(caller, trunk)
    desk.now = 5_000
    desk.gone(trunk)
    desk.gone(caller, far=False)
    assert the_record(desk).talk_ms == 5_000


@pytest.mark.parametrize(
    ("code", "cause", "outcome"), [(486, 17, "busy"), (480, 18, "no_answer"), (404, 1, "failed")]
)
def test_a_phone_that_refuses_a_direct_call_tells_the_caller(
    code: int, cause: int, outcome: str
) -> None:
    desk = Desk()
    caller = desk.call("300", "extension:201")
    commands = desk.gone(desk.rung()["300"], code, cause=cause)
    assert commands == [Release(caller, cause, code=code)]
    desk.gone(caller, far=False)
    assert the_record(desk).outcome == outcome


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


def test_an_end_that_is_silent_alone_is_asked_whether_it_is_there_and_the_call_goes_on() -> None:
    desk = Desk()
    caller, agent = desk.talk()
    assert desk.put(MediaLost(agent, is_alone=True)) == [Probe(agent)]
    assert desk.put(MediaLost(caller, is_alone=True)) == [Probe(caller)]
    assert len(desk.exchange.state.calls) == 1
    desk.put(Held(agent))
    assert desk.put(MediaLost(agent, is_alone=True)) == []


def test_sound_from_elsewhere_is_told_each_time_and_raises_an_alarm_once_an_hour() -> None:
    desk = Desk()
    caller, _ = desk.talk()
    fact = HeardElsewhere(caller, "192.0.2.9:4000", 5, learnt=True)
    for now in (1_000, 3_600_999, 3_601_000):
        desk.put(fact, now)
    assert len(desk.of(SoundElsewhere)) == 3
    alarms = [note.text for note in desk.of(AlarmRaised) if isinstance(note, AlarmRaised)]
    assert len(alarms) == 2
    assert "from elsewhere: 5 packets from 192.0.2.9:4000; its sound is taken" in alarms[0]


def test_sound_from_elsewhere_that_is_not_taken_raises_an_alarm_each_time() -> None:
    desk = Desk()
    caller, _ = desk.talk()
    for _ in range(2):
        desk.put(HeardElsewhere(caller, "192.0.2.9:4000", 50, learnt=False))
    alarms = [note.text for note in desk.of(AlarmRaised) if isinstance(note, AlarmRaised)]
    assert len(alarms) == 2
    assert "from elsewhere: 50 packets from 192.0.2.9:4000; it is not heard" in alarms[0]
    desk.put(HeardElsewhere(99, "192.0.2.9:4000", 50, learnt=False))


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


def test_a_client_presses_keys_towards_the_far_end() -> None:
    desk = Desk()
    _, agent = desk.talk()
    (call,) = desk.exchange.state.calls
    assert desk.put(DigitsAsked(call, "12#")) == [SendDigits(agent, "12#")]


@pytest.mark.parametrize(("call", "code"), [("", "refused"), ("t00001-0000ffff", "not_found")])
def test_keys_for_a_call_without_a_talk_are_refused(call: str, code: str) -> None:
    desk = Desk()
    desk.call("100")
    desk.put(DigitsAsked(call or next(iter(desk.exchange.state.calls)), "1"))
    assert desk.exchange.refused is not None and desk.exchange.refused.code == code
