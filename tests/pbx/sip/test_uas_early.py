"""Incoming legs by bytes: what is asked before the 200, and what our descriptions go on from."""

from __future__ import annotations

import pytest

from pbx.events import Held, Released
from tests.pbx.sip.ends import Bench, Caller, arrived, codes, sdp, up


def promised(bench: Bench, caller: Caller) -> int:
    """A leg whose sound is described in a reliable 183 that has had its PRACK."""
    leg = arrived(bench, caller, "Require: 100rel")
    bench.agent.alert(leg, bench.now, 99)
    caller.takes(bench.says()[0])
    assert codes(bench.hears(caller.ask("PRACK", "RAck: 1 1 INVITE"))) == [200]
    return leg


def test_an_update_before_the_200_says_where_requests_go() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller)
    bench.agent.alert(leg, bench.now)
    caller.takes(bench.says()[0])
    timer = ("Session-Expires: 1800", "Supported: timer")
    moved = caller.ask("UPDATE", *timer).replace(b"20:5060>", b"20:5099>")
    (ok,) = bench.hears(moved)
    assert (ok.code, ok.body, ok.header("session-expires")) == (200, b"", None)
    bench.agent.answer(leg, 0, bench.now)
    bench.says()
    bench.hears(caller.ack(cseq=1))
    bench.agent.release(leg, 16, bench.now)
    assert bench.says()[0].uri == "sip:5551000@192.0.2.20:5099"


@pytest.mark.parametrize("early", [0, 99])
def test_an_offer_before_the_first_is_answered_for_good_comes_too_soon(early: int) -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller)
    bench.agent.alert(leg, bench.now, early)
    caller.takes(bench.says()[0])
    (said,) = bench.hears(caller.ask("UPDATE", body=sdp(4444)))
    assert said.code == 500 and said.header("retry-after")


def test_an_update_after_a_reliable_answer_moves_the_sound_and_the_200_repeats_nothing() -> None:
    bench = Bench()
    caller = Caller()
    leg = promised(bench, caller)
    (ok,) = bench.hears(caller.ask("UPDATE", body=sdp(4444, extra="a=sendonly\r\n")))
    assert ok.code == 200 and b"a=recvonly" in ok.body
    assert bench.ears.last(leg)[1] == 4444
    assert codes(bench.hears(caller.ask("UPDATE", body=sdp(formats="18")))) == [488]
    bench.agent.answer(leg, 99, bench.now)
    (ok,) = bench.says()
    assert (ok.code, ok.body, ok.header("content-type")) == (200, b"", None)
    bench.hears(caller.ack(cseq=1))
    assert bench.tells() == [Held(leg)] and bench.ears.last(leg)[1] == 4444


def test_an_offer_in_a_prack_is_answered_in_the_200_to_it() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller, "Require: 100rel")
    bench.agent.alert(leg, bench.now, 99)
    caller.takes(bench.says()[0])
    (ok,) = bench.hears(caller.ask("PRACK", "RAck: 1 1 INVITE", body=sdp(4444, formats="0")))
    assert ok.code == 200 and b"RTP/AVP 0" in ok.body
    assert bench.ears.last(leg)[1:3] == (4444, 0)
    assert bench.wait(5_000) == []


@pytest.mark.parametrize("rack", ["1 2 INVITE", "1 1 BYE", "2 1 INVITE", "1 1", ""])
def test_a_prack_of_another_response_acknowledges_nothing(rack: str) -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller, "Require: 100rel")
    bench.agent.alert(leg, bench.now)
    caller.takes(bench.says()[0])
    assert codes(bench.hears(caller.ask("PRACK", f"RAck: {rack}"))) == [481]
    assert codes(bench.wait(500)) == [180]


def test_a_prack_that_the_200_has_overtaken_is_taken() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller, "Require: 100rel")
    bench.agent.alert(leg, bench.now)
    bench.agent.answer(leg, 0, bench.now)
    ring, ok = bench.says()
    assert (ring.code, ok.code) == (180, 200)
    caller.takes(ok)
    prack = caller.ask("PRACK", "RAck: 1 1 INVITE")
    assert codes(bench.hears(prack)) == [200]
    assert codes(bench.hears(caller.ask("PRACK", "RAck: 1 1 INVITE"))) == [481]


def test_sound_that_has_to_wait_for_a_prack_is_described_after_it() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller, "Require: 100rel")
    bench.agent.alert(leg, bench.now)
    bench.agent.alert(leg, bench.now, 99)
    (ring,) = bench.says()
    caller.takes(ring)
    ok, early = bench.hears(caller.ask("PRACK", "RAck: 1 1 INVITE"))
    assert (ok.code, early.code, early.header("rseq")) == (200, 183, "2")
    assert early.body


def test_an_answer_waits_for_the_prack_of_a_description() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller, "Require: 100rel")
    bench.agent.alert(leg, bench.now, 99)
    caller.takes(bench.says()[0])
    bench.agent.answer(leg, 99, bench.now)
    assert bench.says() == []
    assert codes(bench.hears(caller.ask("PRACK", "RAck: 1 1 INVITE"))) == [200, 200]
    assert bench.agent.legs[leg].state == "answered"


def test_an_answer_whose_prack_never_comes_ends_the_call() -> None:
    bench = Bench()
    leg = arrived(bench, Caller(), "Require: 100rel")
    bench.agent.alert(leg, bench.now, 99)
    bench.agent.answer(leg, 99, bench.now)
    assert codes(bench.wait(64_000))[-1] == 504
    assert bench.tells() == [Released(leg, 102, 504, True)]


# ---- what holds for the whole session


def test_our_later_offer_never_reuses_a_number_of_the_caller() -> None:
    bench = Bench()
    caller = Caller()
    maps = "a=rtpmap:96 telephone-event/8000\r\n"
    offer = sdp(formats="101 8 96", extra=maps).replace(b"101 telephone-event", b"101 iLBC")
    leg = arrived(bench, caller, body=offer)
    bench.agent.answer(leg, 0, bench.now)
    caller.takes(bench.says()[0])
    bench.hears(caller.ack())
    (ok,) = bench.hears(caller.ask("INVITE"))
    assert b"RTP/AVP 8 0 96\r\n" in ok.body and b":101" not in ok.body


def test_our_later_offer_has_the_codec_in_use_first_and_each_stream_in_its_place() -> None:
    bench = Bench()
    caller = Caller()
    leg = arrived(bench, caller, body=sdp(formats="0") + b"m=video 5000 RTP/AVP 31\r\n")
    bench.agent.answer(leg, 0, bench.now)
    caller.takes(bench.says()[0])
    bench.hears(caller.ack())
    (ok,) = bench.hears(caller.ask("INVITE"))
    assert [line for line in ok.body.split(b"\r\n") if line[:2] == b"m="] == [
        b"m=audio 10002 RTP/AVP 0 8 101", b"m=video 0 RTP/AVP 31",
    ]  # fmt: skip
    assert ok.body.split(b"\r\n")[1].split()[2] == b"2"


def test_a_fax_offered_in_a_call_is_refused_and_the_talk_goes_on() -> None:
    bench = Bench()
    caller, leg = up(bench)
    fax = sdp(0) + b"m=image 4002 udptl t38\r\n"
    assert codes(bench.hears(caller.ask("INVITE", body=fax))) == [488]
    assert bench.ears.last(leg)[1] == 4000
    (ok,) = bench.hears(caller.ask("INVITE", body=sdp() + b"m=image 4002 udptl t38\r\n"))
    assert ok.body.endswith(b"m=image 0 udptl t38\r\n")


@pytest.mark.parametrize("line", [b"a=sendonly ", b"a=sendonly\t", b"a= sendonly"])
def test_a_hold_with_untidy_blanks_is_a_hold(line: bytes) -> None:
    bench = Bench()
    caller, leg = up(bench)
    (ok,) = bench.hears(caller.ask("INVITE", body=sdp().replace(b"a=sendrecv", line)))
    assert b"a=recvonly" in ok.body and bench.tells() == [Held(leg)]
