"""Outgoing legs given up: before an answer, while one crosses, after one, and for ever."""

from __future__ import annotations

from pbx.events import Answered, DeviceFound, DeviceLost, Held, Released
from pbx.sip.dialog.leg import ELSEWHERE
from tests.pbx.sip.ends import PHONE, Bench, codes, reply, ringing, sdp, talking

THERE = sdp(host="192.0.2.31")


def test_a_release_before_any_answer_is_kept_until_one_comes() -> None:
    bench = Bench()
    leg = bench.rings().leg
    (invite,) = bench.says()
    bench.agent.release(leg, 19, bench.now)
    assert bench.says() == [] and bench.tells() == []
    (cancel,) = bench.hears(reply(invite, 180), PHONE)
    assert cancel.method == "CANCEL" and cancel.head.texts("via") == invite.head.texts("via")
    assert codes(bench.hears(reply(invite, 487), PHONE)) == ["ACK"]
    assert bench.tells() == [Released(leg, 19, 487, False)]


def test_a_release_elsewhere_says_so() -> None:
    bench = Bench()
    _, leg = ringing(bench)
    bench.agent.release(leg, 26, bench.now, elsewhere=True)
    assert bench.says()[0].header("reason") == ELSEWHERE


def test_a_second_release_of_a_cancelled_leg_does_nothing() -> None:
    bench = Bench()
    _, leg = ringing(bench)
    bench.agent.release(leg, 26, bench.now)
    bench.agent.release(leg, 26, bench.now)
    assert codes(bench.says()) == ["CANCEL"]


def test_a_200_that_crosses_the_cancel_is_acknowledged_told_and_then_hung_up() -> None:
    bench = Bench()
    (invite,), leg = ringing(bench)
    bench.agent.release(leg, 19, bench.now)
    (cancel,) = bench.says()
    assert codes(bench.hears(reply(invite, 200, body=THERE), PHONE)) == ["ACK"]
    assert [type(fact) for fact in bench.tells()] == [Answered]
    bench.hears(reply(cancel, 481), PHONE)
    bench.agent.release(leg, 19, bench.now)
    (bye,) = bench.says()
    assert bye.method == "BYE"
    bench.hears(reply(bye, 200), PHONE)
    assert bench.tells() == [Released(leg, 19, 0, False)]


def test_a_late_answer_that_nobody_releases_again_ends_by_itself() -> None:
    bench = Bench()
    (invite,), leg = ringing(bench)
    bench.agent.release(leg, 19, bench.now)
    bench.hears(reply(invite, 200, body=THERE), PHONE)
    assert "BYE" in codes(bench.wait(32_000))
    assert [type(fact) for fact in bench.tells()] == [Answered, Released]


def test_a_phone_that_vanished_while_ringing_is_given_up_within_32_s() -> None:
    bench = Bench()
    _, leg = ringing(bench)
    bench.agent.release(leg, 19, bench.now)
    bench.wait(31_999)
    assert bench.tells() == []
    bench.wait(1)
    facts = bench.tells()
    assert facts == [DeviceLost("201"), Released(leg, 19, 408, False)]
    assert bench.agent.legs == {}


def test_a_late_answer_hung_up_slowly_is_a_phone_that_is_there() -> None:
    bench = Bench()
    (invite,), leg = ringing(bench)
    bench.agent.release(leg, 19, bench.now)
    bench.wait(5_000)
    bench.hears(reply(invite, 200, body=THERE), PHONE)
    bench.agent.release(leg, 19, bench.now)
    bye = bench.says()[-1]
    bench.hears(reply(bye, 200), PHONE)
    assert bench.tells()[1:] == [Released(leg, 19, 0, False), DeviceFound("201")]


def test_its_200_after_that_gets_ack_and_bye_and_shows_that_it_is_there() -> None:
    bench = Bench()
    bench.agent.access.set_phones({}, [(PHONE.host, PHONE.port, "201")])
    (invite,), leg = ringing(bench)
    bench.agent.release(leg, 19, bench.now)
    bench.wait(60_000)
    bench.tells()
    assert codes(bench.hears(reply(invite, 200, body=THERE), PHONE)) == ["ACK", "BYE"]
    assert bench.tells() == [DeviceFound("201")]


def test_a_200_for_a_leg_of_a_process_before_gets_ack_and_bye() -> None:
    before, after = Bench(), Bench()
    before.rings()
    (invite,) = before.says()
    assert codes(after.hears(reply(invite, 200, body=THERE), PHONE)) == ["ACK", "BYE"]


def test_a_200_to_an_invite_that_was_never_ours_is_dropped() -> None:
    bench = Bench()
    bench.rings()
    (invite,) = bench.says()
    forged = reply(invite, 200, body=THERE).replace(b"4-0-", b"6-0-")
    forged = forged.replace(b";branch=z9hG4bK", b";branch=z9hG4bKx")
    assert bench.hears(forged, PHONE) == []


def test_a_phone_that_took_long_to_let_go_is_told_to_be_there_after_all() -> None:
    bench = Bench()
    (invite,), leg = ringing(bench)
    bench.agent.release(leg, 19, bench.now)
    bench.wait(6_000)
    bench.hears(reply(invite, 487), PHONE)
    assert bench.tells() == [Released(leg, 19, 487, False), DeviceFound("201")]


def test_a_release_in_talk_sends_bye_and_its_loss_loses_the_phone() -> None:
    bench = Bench()
    _, leg = talking(bench)
    bench.agent.release(leg, 16, bench.now)
    assert codes(bench.says()) == ["BYE"]
    bench.wait(32_000)
    assert bench.tells() == [DeviceLost("201"), Released(leg, 16, 408, False)]
    assert ("close", leg) in bench.ears.told


def test_an_answer_that_does_not_fit_is_hung_up() -> None:
    bench = Bench()
    (invite,), leg = ringing(bench)
    said = bench.hears(reply(invite, 200, body=sdp(formats="18")), PHONE)
    assert codes(said) == ["ACK", "BYE"]
    assert bench.tells() == [Released(leg, 88, 488, True)]


def test_an_answer_on_hold_is_told_as_held() -> None:
    bench = Bench()
    (invite,), leg = ringing(bench)
    held = sdp(host="192.0.2.31", extra="a=sendonly\r\n")
    bench.hears(reply(invite, 200, body=held), PHONE)
    assert bench.tells()[1:] == [Held(leg)]
