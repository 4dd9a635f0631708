"""Changes of a session that we ask for: crossing theirs, challenged, refused, answered badly."""

from __future__ import annotations

import pytest

from pbx.commands import Ring
from pbx.events import Released
from pbx.sip.dialog.leg import Line
from pbx.sip.dialog.session import Session
from pbx.sip.dialog.uac import Target
from pbx.sip.message.digest import Credentials
from pbx.sip.message.received import Message
from tests.pbx.sip.ends import (
    CODECS,
    GATEWAY,
    PHONE,
    Bench,
    codes,
    reply,
    sdp,
    talking,
    up,
)


def session(bench: Bench, leg: int) -> Session:
    """The session of a leg."""
    found = bench.agent.legs[leg]
    assert isinstance(found, Session)
    return found


def test_glare_is_refused_and_our_own_change_asked_again() -> None:
    bench = Bench()
    caller, leg = up(bench)
    session(bench, leg).change(bench.now, "sendonly")
    (ours,) = bench.says()
    assert b"a=sendonly" in ours.body
    assert codes(bench.hears(caller.ask("INVITE", body=sdp()))) == [491]
    bench.hears(reply(ours, 491))
    again = next(said for said in bench.wait(2_000) if said.is_request)
    assert (again.method, again.cseq) == ("INVITE", ours.cseq + 1)
    answer = sdp(extra="a=recvonly\r\n")
    assert codes(bench.hears(reply(again, 200, body=answer))) == ["ACK"]
    assert bench.ears.last(leg)[4] == 1


def test_the_owner_of_the_call_id_waits_longer_after_glare() -> None:
    bench = Bench()
    _, leg = talking(bench)
    session(bench, leg).change(bench.now)
    (ours,) = bench.says()
    bench.hears(reply(ours, 491), PHONE)
    assert bench.wait(2_099) == []
    assert codes(bench.wait(1_901))[0] == "INVITE"


def test_a_second_200_to_our_re_invite_is_acknowledged_again() -> None:
    bench = Bench()
    _, leg = talking(bench)
    session(bench, leg).change(bench.now)
    (ours,) = bench.says()
    answer = reply(ours, 200, body=sdp(host="192.0.2.31"))
    assert codes(bench.hears(answer, PHONE)) == ["ACK"]
    assert codes(bench.hears(answer, PHONE)) == ["ACK"]


def test_a_hold_of_ours_stays_one_whatever_the_other_side_says() -> None:
    bench = Bench()
    caller, leg = up(bench)
    session(bench, leg).change(bench.now, "sendonly")
    (ours,) = bench.says()
    bench.hears(reply(ours, 200, body=sdp()))
    assert bench.ears.last(leg)[4] == 1
    (ok,) = bench.hears(caller.ask("INVITE", body=sdp()))
    assert b"a=sendonly" in ok.body and bench.tells() == []


@pytest.mark.parametrize("kind", ["", "text/plain"])
def test_a_change_whose_answer_is_missing_changes_nothing(kind: str) -> None:
    bench = Bench()
    _, leg = up(bench)
    before = bench.ears.last(leg)
    session(bench, leg).change(bench.now, "sendonly")
    (ours,) = bench.says()
    said = reply(ours, 200, body=sdp() if kind else b"")
    assert codes(bench.hears(said.replace(b"application/sdp", kind.encode()))) == ["ACK"]
    assert bench.ears.last(leg) == before and leg in bench.agent.legs
    session(bench, leg).change(bench.now, "sendrecv")
    (again,) = bench.says()
    assert again.body.split(b"\r\n")[1].split()[2] == b"4"


def test_a_change_whose_answer_does_not_fit_ends_the_call() -> None:
    bench = Bench()
    _, leg = up(bench)
    session(bench, leg).change(bench.now, "sendonly")
    (ours,) = bench.says()
    assert codes(bench.hears(reply(ours, 200, body=sdp(formats="18")))) == ["ACK", "BYE"]
    assert bench.tells() == [Released(leg, 88, 488, True)]


def test_a_change_that_is_refused_is_given_up_and_the_session_is_as_before() -> None:
    bench = Bench()
    caller, leg = up(bench)
    session(bench, leg).change(bench.now, "sendonly")
    (ours,) = bench.says()
    assert codes(bench.hears(reply(ours, 488))) == ["ACK"]
    (ok,) = bench.hears(caller.ask("INVITE", body=sdp()))
    assert b"a=sendrecv" in ok.body
    assert ok.body.split(b"\r\n")[1].split()[2] == b"3"


def test_a_number_that_an_answer_uses_for_something_else_is_not_offered_for_keys_again() -> None:
    """RFC 3264 section 8.3.2."""
    bench = Bench()
    leg = bench.rings().leg
    (invite,) = bench.says()
    other = sdp(host="192.0.2.31").replace(b"telephone-event/8000", b"opus/48000/2")
    bench.hears(reply(invite, 200, body=other), PHONE)
    session(bench, leg).change(bench.now)
    (ours,) = (said for said in bench.says() if said.method == "INVITE")
    assert b"a=rtpmap:101 telephone-event/8000" in invite.body
    assert b"a=rtpmap:96 telephone-event/8000" in ours.body and b"101" not in ours.body
    third = sdp(host="192.0.2.31", formats="8 96").replace(b":101 telephone-event", b":96 opus")
    bench.hears(reply(ours, 200, body=third), PHONE)
    session(bench, leg).change(bench.now, "sendonly")
    (ours,) = bench.says()
    assert b"a=rtpmap:97 telephone-event/8000" in ours.body


def test_each_change_may_be_challenged_twice_and_no_more() -> None:
    bench = Bench()
    login = Credentials("pbx", "word", "provider")
    bench.agent.lines["trunk:gw"] = Line(CODECS, credentials=login)
    ring = Ring(40, "trunk:gw", "555", "100", "")
    bench.agent.ring(ring, [Target("sip:555@192.0.2.20", GATEWAY)], bench.now)
    challenge = ("WWW-Authenticate", 'Digest realm="provider", nonce="n", qop="auth"')

    def challenged(times: int) -> Message:
        said = bench.says()[-1]
        for _ in range(times):
            said = bench.hears(reply(said, 401, headers=[challenge]))[-1]
            assert said.method == "INVITE"
        return said

    bench.hears(reply(challenged(2), 200, body=sdp()))
    for direction in ("sendonly", "sendrecv"):
        session(bench, 40).change(bench.now, direction)
        bench.hears(reply(challenged(2), 200, body=sdp()))
    session(bench, 40).change(bench.now, "sendonly")
    assert codes(bench.hears(reply(challenged(2), 401, headers=[challenge]))) == ["ACK"]
