"""Outgoing legs that hear nothing: given up early, and never alive again by a late answer."""

from __future__ import annotations

import pytest

from pbx.commands import Ring
from pbx.events import Alerting, DeviceLost, Released
from pbx.sip.dialog.uac import Target
from pbx.sip.message.digest import Credentials
from pbx.sip.message.received import Message
from tests.pbx.sip.ends import GATEWAY, Bench, codes, reply, sdp

LEG = 4
LOGIN = Credentials("me", "secret")
LOST = Released(LEG, 18, 408)


def dialled(bench: Bench, *, silence_ms: int = 3_000) -> Message:
    """A leg to the gateway that is given up after so long without a word; its INVITE."""
    ring = Ring(LEG, "trunk:gw", "5551000", "201", "Ann", 60_000, silence_ms=silence_ms)
    bench.agent.ring(ring, [Target("sip:5551000@192.0.2.20", GATEWAY)], bench.now)
    (invite,) = bench.says()
    return invite


def silent(bench: Bench) -> Message:
    """The same when the time is over."""
    invite = dialled(bench)
    assert codes(bench.wait(3_000)) == ["INVITE", "INVITE"]
    assert bench.tells() == [LOST]
    return invite


def test_a_leg_without_any_response_is_over_when_the_silence_has_lasted() -> None:
    bench = Bench()
    dialled(bench)
    bench.wait(2_999)
    assert bench.tells() == []
    bench.wait(1)
    assert bench.tells() == [LOST] and bench.agent.legs == {}
    assert bench.ears.told[-1] == ("close", LEG)
    assert bench.agent.missing == {"trunk:gw": "no answer to a call"}


def test_after_the_silence_the_invite_is_not_repeated_and_at_last_forgotten() -> None:
    bench = Bench()
    silent(bench)
    assert bench.wait(60_000) == [] and bench.tells() == []
    assert len(bench.agent.transactions) == 0 and len(bench.agent.timers) == 0


def test_a_100_is_a_word_and_the_leg_rings_on() -> None:
    bench = Bench()
    invite = dialled(bench)
    bench.hears(reply(invite, 100, tag=""))
    bench.wait(10_000)
    bench.hears(reply(invite, 180))
    assert bench.tells() == [Alerting(LEG)]


@pytest.mark.parametrize("code", [100, 180])
def test_a_late_provisional_gets_a_cancel_and_no_zombie_is_left(code: int) -> None:
    bench = Bench()
    invite = silent(bench)
    (cancel,) = bench.hears(reply(invite, code, tag="p1" if code > 100 else ""))
    assert cancel.method == "CANCEL" and cancel.header("reason") == "Q.850;cause=18"
    bench.hears(reply(cancel, 200))
    assert codes(bench.hears(reply(invite, 487))) == ["ACK"]
    bench.wait(60_000)
    assert bench.tells() == [] and len(bench.agent.transactions) == 0


@pytest.mark.parametrize("after_ms", [1_000, 40_000])
def test_a_late_200_gets_ack_and_bye(after_ms: int) -> None:
    bench = Bench()
    invite = silent(bench)
    bench.wait(after_ms)
    answer = reply(invite, 200, body=sdp())
    assert codes(bench.hears(answer)) == ["ACK", "BYE"]
    assert codes(bench.hears(answer)) == ["ACK"]
    assert bench.tells() == []


def test_a_late_refusal_is_acknowledged_and_forgotten() -> None:
    bench = Bench()
    invite = silent(bench)
    assert codes(bench.hears(reply(invite, 503))) == ["ACK"]
    bench.wait(60_000)
    assert bench.tells() == []


def test_a_leg_already_given_up_is_gone_with_the_cause_of_its_release() -> None:
    bench = Bench()
    dialled(bench)
    bench.agent.release(LEG, 16, bench.now)
    bench.wait(3_000)
    assert bench.tells() == [Released(LEG, 16, 408, False)]


def test_the_second_invite_with_the_login_has_its_own_time() -> None:
    bench = Bench()
    line = bench.agent.lines["trunk:gw"]
    bench.agent.lines["trunk:gw"] = type(line)(line.codecs, credentials=LOGIN)
    invite = dialled(bench)
    bench.wait(2_900)
    challenge = ("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth"')
    assert codes(bench.hears(reply(invite, 401, headers=[challenge]))) == ["ACK", "INVITE"]
    bench.wait(2_999)
    assert bench.tells() == []
    bench.wait(1)
    assert bench.tells() == [LOST]


def test_without_a_silence_time_the_transaction_is_waited_for() -> None:
    bench = Bench()
    dialled(bench, silence_ms=0)
    bench.wait(31_999)
    assert bench.tells() == []
    bench.wait(1)
    assert bench.tells() == [LOST]


def test_a_503_says_nothing_of_the_trunk_and_a_lost_phone_is_still_told() -> None:
    bench = Bench()
    invite = dialled(bench)
    bench.hears(reply(invite, 503))
    assert bench.tells() == [Released(LEG, 41, 503)] and bench.agent.missing == {}
    ring = Ring(6, "extension:201", "", "1", "", silence_ms=500)
    bench.agent.ring(ring, [Target("sip:201@192.0.2.20", GATEWAY)], bench.now)
    bench.wait(500)
    assert bench.tells() == [DeviceLost("201"), Released(6, 18, 408)]
