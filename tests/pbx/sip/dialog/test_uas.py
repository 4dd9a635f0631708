"""Incoming legs by bytes and times: answered, refused, given up, unacknowledged."""

from __future__ import annotations

import pytest

from pbx.events import CallArrived, Held, Released, Retrieved, TroubleSeen
from pbx.sip.dialog.dialog import unpack
from tests.pbx.sip.ends import PHONE, Bench, Caller, arrived, codes, reply, sdp, up


def test_a_call_from_a_trunk_arrives_with_its_numbers() -> None:
    bench = Bench()
    bench.hears(Caller("+49-30(123)").invite())
    (fact,) = bench.tells()
    assert isinstance(fact, CallArrived)
    assert (fact.source, fact.calling, fact.called) == ("trunk:gw", "5551000", "+4930123")
    assert (fact.name, fact.sip_call_id, fact.leg & 1) == ("Carol", "c1@192.0.2.20", 1)
    assert unpack(fact.dialog).target == "sip:5551000@192.0.2.20:5060"


def test_an_answer_takes_our_first_codec_and_connects_the_sound() -> None:
    bench = Bench()
    leg = arrived(bench, Caller())
    bench.agent.answer(leg, 0, bench.now)
    (ok,) = bench.says()
    assert ok.code == 200
    assert b"m=audio 10002 RTP/AVP 8 101" in ok.body
    assert ok.header("contact") == "<sip:192.0.2.1:5060>"
    assert bench.ears.last(leg) == ("192.0.2.20", 4000, 8, 101, 3, "")


def test_the_partners_codec_is_preferred() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller, body=sdp(formats="0"))
    bench.agent.answer(leg, 0, bench.now)
    bench.says()
    bench.rings(partner=leg)
    (invite,) = bench.says()
    assert b"m=audio 10004 RTP/AVP 0 8 101" in invite.body


def test_an_unanswered_call_gets_100_after_200_ms() -> None:
    bench = Bench()
    arrived(bench, Caller())
    assert bench.wait(199) == []
    assert codes(bench.wait(1)) == [100]


def test_an_alert_after_the_answer_says_nothing() -> None:
    bench = Bench()
    _, leg = up(bench)
    bench.agent.alert(leg, bench.now)
    assert bench.says() == []


def test_alerting_is_a_180_and_no_100_follows() -> None:
    bench = Bench()
    leg = arrived(bench, Caller())
    bench.agent.alert(leg, bench.now)
    assert codes(bench.says()) == [180]
    assert bench.wait(1000) == []


def test_copies_of_an_invite_make_one_call() -> None:
    bench = Bench()
    caller = Caller()
    data = caller.invite()
    bench.hears(data)
    bench.hears(data)
    assert len(bench.tells()) == 1


def test_an_invite_merged_on_its_way_is_refused_the_second_time() -> None:
    bench = Bench()
    caller = Caller()
    bench.hears(caller.invite())
    caller.cseq = 0
    assert codes(bench.hears(caller.invite(branch="z9hG4bKother"))) == [482]
    assert len(bench.tells()) == 1


@pytest.mark.parametrize(
    ("cause", "code"), [(1, 404), (16, 480), (17, 486), (21, 403), (34, 503), (41, 503)]
)
def test_a_release_before_the_answer_refuses_with_the_causes_code(cause: int, code: int) -> None:
    bench = Bench()
    leg = arrived(bench, Caller())
    bench.agent.release(leg, cause, bench.now)
    (refused,) = bench.says()
    assert refused.code == code
    assert refused.header("reason") == f"Q.850;cause={cause}"
    assert (refused.header("retry-after") is not None) == (code == 503)
    assert bench.tells() == [Released(leg, cause, code, False)]


def test_a_refusal_is_repeated_until_its_ack() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller)
    bench.agent.release(leg, 17, bench.now)
    caller.takes(bench.says()[0])
    assert codes(bench.wait(500)) == [486]
    bench.hears(caller.ask("ACK", cseq=1, branch="z9hG4bKc1inv"))
    assert bench.wait(40_000) == []


def test_a_cancel_before_the_answer_ends_the_leg() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller)
    assert codes(bench.hears(caller.cancel())) == [200, 487]
    assert bench.tells() == [Released(leg, 16, 487, True)]
    bench.agent.answer(leg, 0, bench.now)
    bench.agent.release(leg, 16, bench.now)
    assert bench.says() == [] and bench.tells() == []


def test_a_cancel_that_crosses_the_200_changes_nothing() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller)
    bench.agent.answer(leg, 0, bench.now)
    caller.takes(bench.says()[0])
    assert codes(bench.hears(caller.cancel())) == [200]
    assert bench.tells() == []
    bench.hears(caller.ack())
    assert codes(bench.hears(caller.ask("BYE"))) == [200]
    assert bench.tells() == [Released(leg, 16, 0, True)]


def test_a_lost_ack_repeats_the_200_and_then_ends_the_leg_with_bye() -> None:
    bench = Bench()
    leg = arrived(bench, Caller())
    bench.agent.answer(leg, 0, bench.now)
    said = codes(bench.wait(31_900))
    assert set(said) == {200} and len(said) == 11
    assert bench.tells() == []
    assert "BYE" in codes(bench.wait(200))
    assert bench.tells() == [Released(leg, 102, 408, True)]
    assert ("close", leg) in bench.ears.told


def test_a_release_right_after_the_200_waits_for_the_ack_before_its_bye() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller)
    bench.agent.answer(leg, 0, bench.now)
    caller.takes(bench.says()[0])
    bench.agent.release(leg, 16, bench.now)
    assert bench.says() == []
    (bye,) = bench.hears(caller.ack())
    assert (bye.method, bye.header("reason")) == ("BYE", "Q.850;cause=16")
    assert bench.tells() == []
    bench.hears(reply(bye, 200))
    assert bench.tells() == [Released(leg, 16, 0, False)]


def test_a_release_whose_ack_never_comes_ends_within_32_s() -> None:
    bench = Bench()
    leg = arrived(bench, Caller())
    bench.agent.answer(leg, 0, bench.now)
    bench.wait(5_000)
    bench.agent.release(leg, 16, bench.now)
    assert "BYE" in codes(bench.wait(32_000))
    assert [type(fact) for fact in bench.tells()] == [Released]
    assert bench.agent.legs == {} and bench.agent.dialogs == {}


def test_an_early_bye_works_as_a_cancel() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller)
    bench.agent.alert(leg, bench.now)
    caller.takes(bench.says()[0])
    assert sorted(codes(bench.hears(caller.ask("BYE")))) == [200, 487]
    assert bench.tells() == [Released(leg, 16, 487, True)]


def test_a_late_offer_is_made_in_the_200_and_answered_in_the_ack() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller, body=b"")
    bench.agent.answer(leg, 0, bench.now)
    (ok,) = bench.says()
    assert b"RTP/AVP 8 0 101" in ok.body
    caller.takes(ok)
    assert bench.hears(caller.ack(sdp(formats="0"))) == []
    assert bench.ears.last(leg)[:3] == ("192.0.2.20", 4000, 0)


@pytest.mark.parametrize("body", [b"", sdp(formats="18"), b"v=0\r\nrubbish"])
def test_an_ack_without_a_usable_answer_to_our_offer_ends_the_leg(body: bytes) -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller, body=b"")
    bench.agent.answer(leg, 0, bench.now)
    caller.takes(bench.says()[0])
    assert codes(bench.hears(caller.ack(body))) == ["BYE"]
    assert bench.tells() == [Released(leg, 88, 488, True)]


def test_a_reliable_180_is_repeated_until_its_prack() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller, "Require: 100rel")
    bench.agent.alert(leg, bench.now)
    (ring,) = bench.says()
    assert (ring.header("require"), ring.header("rseq")) == ("100rel", "1")
    assert codes(bench.wait(1_500)) == [180, 180]
    caller.takes(ring)
    assert codes(bench.hears(caller.ask("PRACK", "RAck: 7 1 INVITE"))) == [481]
    assert codes(bench.hears(caller.ask("PRACK", "RAck: 1 1 INVITE"))) == [200]
    assert bench.wait(5_000) == []
    bench.agent.answer(leg, 0, bench.now)
    assert codes(bench.says()) == [200]


def test_sound_before_the_answer_is_described_in_a_183_and_again_in_the_200() -> None:
    bench = Bench()
    leg = arrived(bench, Caller())
    bench.agent.alert(leg, bench.now)
    bench.agent.alert(leg, bench.now, 99)
    ringing, early = bench.says()
    assert (ringing.code, early.code) == (180, 183)
    assert bench.ears.last(leg) == ("192.0.2.20", 4000, 8, 101, 3, "")
    bench.agent.answer(leg, 99, bench.now)
    (ok,) = bench.says()
    assert (ok.code, ok.body) == (200, early.body)


def test_a_caller_who_leaves_the_offer_to_us_hears_ringing_only() -> None:
    bench = Bench()
    leg = arrived(bench, Caller(), body=b"")
    bench.agent.alert(leg, bench.now, 99)
    assert codes(bench.says()) == [180]


def test_a_refusal_after_early_sound_gives_the_port_back() -> None:
    bench = Bench()
    leg = arrived(bench, Caller())
    bench.agent.alert(leg, bench.now, 99)
    bench.says()
    bench.agent.release(leg, 17, bench.now)
    assert codes(bench.says()) == [486]
    assert bench.tells() == [Released(leg, 17, 486, False)]


def test_a_reliable_180_without_prack_ends_the_call() -> None:
    bench = Bench()
    leg = arrived(bench, Caller(), "Require: 100rel")
    bench.agent.alert(leg, bench.now)
    assert codes(bench.wait(64_000))[-1] == 504
    assert bench.tells() == [Released(leg, 102, 504, True)]


def test_no_port_for_sound_refuses_with_503() -> None:
    bench = Bench()
    leg = arrived(bench, Caller())
    bench.ears.is_full = True
    bench.agent.answer(leg, 0, bench.now)
    assert codes(bench.says()) == [503]
    alarm, released = bench.tells()
    assert isinstance(alarm, TroubleSeen) and alarm.name == "ports"
    assert released == Released(leg, 34, 503, True)


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ((), sdp(formats="18"), 488),
        ((), b"v=0\r\no=- 1", 400),
        ((), sdp().replace(b"m=audio", b"m=video"), 488),
        (("Content-Type: text/plain",), b"hello", 415),
        (("Content-Type: multipart/mixed",), b"hello", 400),
        (("Accept: text/plain",), None, 406),
        (("Session-Expires: 1", "Supported: timer"), None, 422),
        (("Max-Forwards: 0",), None, 483),
        (("Require: magic",), None, 420),
    ],
)
def test_what_we_cannot_do_is_refused_with_its_own_code(
    headers: tuple[str, ...], body: bytes | None, code: int
) -> None:
    bench = Bench()
    (said,) = bench.hears(Caller().invite(*headers, body=body))
    assert said.code == code
    assert ";tag=" in said.to
    assert bench.tells() == []


def test_an_address_that_sound_cannot_go_to_is_refused() -> None:
    bench = Bench()
    leg = arrived(bench, Caller(), body=sdp(host="0.1.2.3"))
    bench.agent.answer(leg, 0, bench.now)
    assert codes(bench.says()) == [488]
    assert bench.tells() == [Released(leg, 88, 488, True)]


def test_a_description_among_several_parts_is_found() -> None:
    bench = Bench()
    body = (
        b"--x\r\nContent-Type: application/isup\r\n\r\n\x01\x02\r\n"
        b"--x\r\nContent-Type: application/sdp\r\n\r\n" + sdp() + b"\r\n--x--\r\n"
    )
    leg = arrived(bench, Caller(), 'Content-Type: multipart/mixed;boundary="x"', body=body)
    bench.agent.answer(leg, 0, bench.now)
    assert codes(bench.says()) == [200]


def test_past_its_channels_a_trunk_gets_503() -> None:
    bench = Bench(legs_max=1)
    up(bench)
    (said,) = bench.hears(Caller(name="c2").invite())
    assert (said.code, said.header("retry-after")) == (503, "5")


def test_an_extension_behind_nat_is_answered_where_it_is_seen() -> None:
    bench = Bench()
    bench.agent.access.set_phones({}, [(PHONE.host, PHONE.port, "201")])
    caller = Caller(flow=PHONE)
    data = caller.invite(body=sdp(host="10.0.0.5")).replace(b"192.0.2.31:5062", b"10.0.0.5:5060")
    bench.hears(data, PHONE)
    (fact,) = bench.tells()
    assert isinstance(fact, CallArrived)
    assert (fact.calling, fact.name) == ("201", "Ann")
    bench.agent.answer(fact.leg, 0, bench.now)
    bench.says()
    assert bench.ears.last(fact.leg)[-1] == PHONE.host
    leg = bench.agent.legs[fact.leg]
    assert leg.dialog is not None and leg.dialog.hop == PHONE


def test_a_call_that_arrives_on_hold_is_told_to_be_so_once_it_is_up() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller, body=sdp(extra="a=sendonly\r\n"))
    bench.agent.answer(leg, 0, bench.now)
    caller.takes(bench.says()[0])
    assert bench.tells() == []
    bench.hears(caller.ack())
    assert bench.tells() == [Held(leg)]
    bench.hears(caller.ask("INVITE", body=sdp()))
    assert bench.tells() == [Retrieved(leg)]
