"""Recording: never before the caller knows, by queue or on demand, through hold and transfer."""

from __future__ import annotations

import pytest

from pbx.commands import PauseRecording, Play, Record, Say, StopRecording
from pbx.events import Played, RecordAsked, RecordingFailed, TransferAsked
from pbx.notes import AlarmRaised, Announced, CallClosed, QueueEntered, RecordingChanged
from tests.pbx.sites import SITE, Desk

ALWAYS = SITE.replace("[queue.sales]\n", '[queue.sales]\nrecord = "always"\n')
ON_DEMAND = SITE.replace("[queue.sales]\n", '[queue.sales]\nrecord = "on_demand"\n')
PATH = "2026/09/21/t00001-00000001.wav"


def told(desk: Desk) -> int:
    """A caller who has heard the notice; the leg."""
    caller = desk.call("100")
    assert [each.sounds for each in desk.said if isinstance(each, Say)] == [
        ("en/recording_notice",)
    ]
    desk.said = desk.put(Played(caller, desk.exchange.state.plays_made))
    return caller


def talking(desk: Desk) -> tuple[int, int]:
    caller = told(desk)
    (agent,) = desk.rung().values()
    desk.answer(agent)
    desk.said = desk.bridge(caller, agent)
    return caller, agent


def actions(desk: Desk) -> list[str]:
    return [note.action for note in desk.of(RecordingChanged)]


def test_the_caller_hears_the_notice_before_the_queue() -> None:
    desk = Desk(ALWAYS)
    desk.call("100")
    assert desk.of(QueueEntered) == [] and desk.rung() == {}
    desk = Desk(ALWAYS)
    caller = told(desk)
    assert len(desk.of(QueueEntered)) == 1 and Play(caller, "music") in desk.said
    assert [note.prompt for note in desk.of(Announced)] == ["recording_notice"]


def test_a_queue_that_always_records_begins_with_the_talk_and_ends_with_the_call() -> None:
    desk = Desk(ALWAYS)
    caller, agent = talking(desk)
    assert Record("t00001-00000001", PATH, caller, agent) in desk.said
    desk.said = desk.gone(caller)
    assert StopRecording("t00001-00000001") in desk.said
    assert desk.of(CallClosed)[0].recording == PATH
    assert actions(desk) == ["started", "stopped"]


def test_who_hangs_up_during_the_notice_is_not_recorded() -> None:
    desk = Desk(ALWAYS)
    caller = desk.call("100")
    desk.gone(caller)
    assert actions(desk) == [] and desk.of(CallClosed)[0].recording == ""


def test_without_a_notice_nothing_is_recorded() -> None:
    desk = Desk(ALWAYS + '[recording]\nnotice = ""\n')
    desk.talk()
    assert actions(desk) == []


def test_a_notice_that_cannot_be_played_costs_the_recording_not_the_call() -> None:
    desk = Desk(ALWAYS)
    caller = desk.call("100")
    desk.said = desk.put(Played(caller, desk.exchange.state.plays_made, heard=False))
    assert Play(caller, "music") in desk.said
    (agent,) = desk.rung().values()
    desk.answer(agent)
    desk.bridge(caller, agent)
    assert actions(desk) == [] and "notice" in desk.of(AlarmRaised)[0].text


def test_a_queue_without_recording_says_no_notice() -> None:
    desk = Desk()
    desk.call("100")
    assert not any(isinstance(each, Say) for each in desk.said)


def test_the_notice_is_said_once_in_a_call() -> None:
    desk = Desk(ALWAYS + '[[route]]\nfrom = "extensions"\ncalled = "100"\nto = "queue:sales"\n')
    _, agent = talking(desk)
    desk.said = desk.put(TransferAsked(agent, "100"))
    assert not any(isinstance(each, Say) for each in desk.said)
    assert len(desk.of(QueueEntered)) == 2


def test_a_transferred_call_is_recorded_on_in_the_same_file() -> None:
    desk = Desk(ALWAYS)
    caller, agent = talking(desk)
    desk.said = desk.put(TransferAsked(agent, "300"))
    phone = desk.rung(desk.said)["300"]
    desk.answer(phone)
    assert Record("t00001-00000001", PATH, caller, phone) in desk.bridge(caller, phone)
    assert actions(desk) == ["started"]


def test_on_demand_waits_for_the_wish() -> None:
    desk = Desk(ON_DEMAND)
    caller, agent = talking(desk)
    assert actions(desk) == []
    (call,) = desk.exchange.state.calls
    assert desk.put(RecordAsked(call, "start", "li")) == [Record(call, PATH, caller, agent)]
    assert desk.put(RecordAsked(call, "pause", "li")) == [PauseRecording(call)]
    assert desk.put(RecordAsked(call, "resume", "li")) == [Record(call, PATH, caller, agent)]
    assert desk.put(RecordAsked(call, "stop", "li")) == [StopRecording(call)]
    assert actions(desk) == ["started", "paused", "resumed", "stopped"]
    assert {note.by for note in desk.of(RecordingChanged)} == {"li"}


@pytest.mark.parametrize(
    ("site", "wishes", "code"),
    [
        (SITE, ["start"], "refused"),  # the caller was not told
        (ON_DEMAND, ["pause"], "refused"),
        (ON_DEMAND, ["start", "start"], "refused"),
        (ON_DEMAND, ["start", "resume"], "refused"),
        (ON_DEMAND, ["start", "stop", "start"], "refused"),
        (ON_DEMAND, ["erase"], "bad_params"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(site: str, wishes: list[str], code: str) -> None:
    desk = Desk(site)
    if site is SITE:
        desk.talk()
    else:
        talking(desk)
    (call,) = desk.exchange.state.calls
    for wish in wishes:
        desk.put(RecordAsked(call, wish))
    assert desk.exchange.refused is not None and desk.exchange.refused.code == code


def test_a_wish_for_a_call_that_is_not_there_or_waits_is_refused() -> None:
    desk = Desk(ON_DEMAND)
    desk.put(RecordAsked("t00001-00000009", "start"))
    assert desk.exchange.refused is not None and desk.exchange.refused.code == "not_found"
    told(desk)
    (call,) = desk.exchange.state.calls
    desk.put(RecordAsked(call, "start"))
    assert desk.exchange.refused.code == "refused"


def test_a_disk_that_refuses_costs_the_recording_not_the_call() -> None:
    desk = Desk(ALWAYS)
    talking(desk)
    (call,) = desk.exchange.state.calls
    assert desk.put(RecordingFailed(call, "no space left")) == []
    assert "no space left" in desk.of(AlarmRaised)[0].text
    assert actions(desk) == ["started", "failed"] and desk.exchange.state.calls
