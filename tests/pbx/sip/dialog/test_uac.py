"""Outgoing legs by bytes and times: forks, early sound, and all that crosses a CANCEL."""

from __future__ import annotations

import pytest

from pbx.commands import Ring
from pbx.events import Alerting, Answered, DeviceLost, Released, TroubleSeen
from pbx.sip.dialog.dialog import unpack
from pbx.sip.dialog.leg import ELSEWHERE, Line
from pbx.sip.dialog.uac import Target
from pbx.sip.message.digest import Credentials
from pbx.sip.message.received import Flow, Message
from tests.pbx.sip.ends import (
    CODECS,
    GATEWAY,
    PHONE,
    Bench,
    Caller,
    codes,
    reply,
    ringing,
    sdp,
    up,
)

OTHER = Flow("udp", "192.0.2.32", 5060)
THERE = sdp(host="192.0.2.31")


def test_an_invite_names_the_caller_and_how_long_it_may_ring() -> None:
    bench = Bench()
    bench.rings()
    (invite,) = bench.says()
    assert (invite.uri, invite.flow) == ("sip:201@192.0.2.31:5062", PHONE)
    assert invite.from_.startswith('"Bob" <sip:5551000@192.0.2.1:5060>;tag=')
    assert (invite.header("expires"), invite.header("max-forwards")) == ("20", "70")
    assert b"RTP/AVP 8 0 101" in invite.body


def test_names_and_numbers_of_callers_cannot_smuggle_headers() -> None:
    bench = Bench()
    name, calling = 'x"\r\nEvil: 1', "1>\r\nEvil: 2"
    ring = Ring(4, "extension:201", "", calling, name)
    bench.agent.ring(ring, [Target("sip:201@192.0.2.31", PHONE)], bench.now)
    (invite,) = bench.says()
    assert invite.header("evil") is None
    assert invite.from_address.uri.user == "1%3E%0D%0AEvil%3A%202"


@pytest.mark.parametrize(("came", "left"), [
    (b"Max-Forwards: 5", "4"), (b"Max-Forwards: 1", "1"), (b"X: none", "69"),
])  # fmt: skip
def test_a_leg_that_came_over_hops_leaves_with_fewer(came: bytes, left: str) -> None:
    """RFC 3261 section 16.6, step 3: 70 where nothing is said."""
    bench = Bench()
    bench.hears(Caller().invite().replace(b"Max-Forwards: 70", came))
    (fact,) = bench.tells()
    bench.rings(partner=fact.leg)  # type: ignore[union-attr]
    assert bench.says()[0].header("max-forwards") == left


def test_no_device_releases_the_leg_at_once() -> None:
    bench = Bench()
    ring = Ring(4, "extension:201", "", "1", "")
    bench.agent.ring(ring, [], bench.now)
    assert bench.tells() == [Released(4, 20, 480, True)]
    assert bench.agent.legs == {}


def test_a_leg_that_cannot_have_sound_is_released_at_once() -> None:
    bench = Bench()
    bench.ears.is_full = True
    leg = bench.rings().leg
    alarm, released = bench.tells()
    assert isinstance(alarm, TroubleSeen) and alarm.name == "ports"
    assert released == Released(leg, 34, 503, False)
    assert bench.says() == []


def test_a_ring_done_twice_rings_once() -> None:
    bench = Bench()
    ring = bench.rings()
    bench.agent.ring(ring, [Target("sip:201@192.0.2.31", PHONE)], bench.now)
    assert codes(bench.says()) == ["INVITE"]


def test_an_answer_is_acknowledged_connected_and_told() -> None:
    bench = Bench()
    (invite,), leg = ringing(bench)
    (ack,) = bench.hears(reply(invite, 200, body=THERE), PHONE)
    assert (ack.method, ack.uri, ack.cseq) == ("ACK", "sip:201@192.0.2.31:5062", 1)
    (fact,) = bench.tells()
    assert isinstance(fact, Answered)
    assert fact.contact == "sip:201@192.0.2.31:5062"
    assert unpack(fact.dialog).remote_tag == "p1"
    assert bench.ears.last(leg) == ("192.0.2.31", 4000, 8, 101, 3, "")


def test_a_repeated_200_gets_its_ack_again_and_is_told_once() -> None:
    bench = Bench()
    (invite,), leg = ringing(bench)
    answer = reply(invite, 200, body=THERE)
    (first,) = bench.hears(answer, PHONE)
    (second,) = bench.hears(answer, PHONE)
    assert first.head.texts("via") == second.head.texts("via")
    assert [type(fact) for fact in bench.tells()] == [Answered]
    bench.agent.release(leg, 16, bench.now)
    (bye,) = bench.says()
    bench.hears(reply(bye, 200), PHONE)
    assert codes(bench.hears(answer, PHONE)) == ["ACK"]


def test_a_second_answer_of_another_fork_gets_ack_and_bye() -> None:
    bench = Bench()
    (invite,), leg = ringing(bench)
    bench.hears(reply(invite, 200, body=THERE), PHONE)
    said = bench.hears(reply(invite, 200, tag="p2", body=THERE), PHONE)
    assert codes(said) == ["ACK", "BYE"]
    assert {message.to_tag for message in said} == {"p2"}
    assert codes(bench.hears(reply(invite, 200, tag="p2", body=THERE), PHONE)) == ["ACK"]
    assert [type(fact) for fact in bench.tells()] == [Answered]
    assert leg in bench.agent.legs


def test_the_first_device_to_answer_wins_and_the_others_show_no_missed_call() -> None:
    bench = Bench()
    (one, two), leg = ringing(bench, PHONE, OTHER)
    assert one.call_id != two.call_id
    said = bench.hears(reply(two, 200, body=THERE), OTHER)
    assert codes(said) == ["ACK", "CANCEL"]
    assert said[1].flow == PHONE and said[1].header("reason") == ELSEWHERE
    assert codes(bench.hears(reply(one, 487), PHONE)) == ["ACK"]
    assert [type(fact) for fact in bench.tells()] == [Answered]
    assert bench.agent.legs[leg].state == "up"


def test_two_devices_that_answer_at_once_leave_one_call() -> None:
    bench = Bench()
    (one, two), _ = ringing(bench, PHONE, OTHER)
    bench.hears(reply(one, 200, body=THERE), PHONE)
    assert codes(bench.hears(reply(two, 200, body=THERE), OTHER)) == ["ACK", "BYE"]
    assert [type(fact) for fact in bench.tells()] == [Answered]


def test_the_leg_ends_when_the_last_device_has_refused_and_says_the_best_reason() -> None:
    bench = Bench()
    (one, two), leg = ringing(bench, PHONE, OTHER)
    bench.hears(reply(one, 480), PHONE)
    assert bench.tells() == []
    bench.hears(reply(two, 486), OTHER)
    assert bench.tells() == [Released(leg, 17, 486, True)]
    assert bench.agent.dialogs == {}


def test_a_decline_beats_all_other_refusals() -> None:
    bench = Bench()
    (one, two), leg = ringing(bench, PHONE, OTHER)
    bench.hears(reply(two, 603), OTHER)
    bench.hears(reply(one, 486), PHONE)
    assert bench.tells() == [Released(leg, 21, 603, True)]


def test_a_refusals_own_cause_is_taken() -> None:
    bench = Bench()
    (invite,), leg = ringing(bench)
    bench.hears(reply(invite, 480, headers=[("Reason", "Q.850;cause=19")]), PHONE)
    assert bench.tells() == [Released(leg, 19, 480, True)]


def test_a_device_that_never_answers_is_lost() -> None:
    bench = Bench()
    leg = bench.rings().leg
    assert codes(bench.wait(31_999)) == ["INVITE"] * 7
    assert bench.tells() == []
    bench.wait(1)
    assert bench.tells() == [DeviceLost("201"), Released(leg, 18, 408, True)]


def test_a_503_or_a_closed_connection_is_a_lost_device_too() -> None:
    bench = Bench()
    (invite,), leg = ringing(bench)
    bench.hears(reply(invite, 503), PHONE)
    assert bench.tells() == [DeviceLost("201"), Released(leg, 41, 503, True)]
    stream = Flow("tcp", "192.0.2.31", 40_000, 7)
    leg = bench.rings(stream).leg
    bench.agent.connection_lost(stream, bench.now)
    assert bench.tells() == [DeviceLost("201"), Released(leg, 41, 503, True)]


def test_one_dead_device_of_two_is_not_a_lost_phone() -> None:
    bench = Bench()
    leg = bench.rings(PHONE, OTHER).leg
    _, two = bench.says()
    bench.hears(reply(two, 486), OTHER)
    bench.wait(33_000)
    assert bench.tells() == [Released(leg, 17, 486, True)]


def test_sound_before_the_answer_is_heard_and_told() -> None:
    bench = Bench()
    leg = bench.rings().leg
    (invite,) = bench.says()
    bench.hears(reply(invite, 183, body=sdp(4100, host="192.0.2.31")), PHONE)
    assert bench.tells() == [Alerting(leg, True)]
    assert bench.ears.last(leg)[:2] == ("192.0.2.31", 4100)
    bench.hears(reply(invite, 200), PHONE)
    assert [type(fact) for fact in bench.tells()] == [Answered]


def test_of_two_early_dialogs_the_first_with_sound_is_heard_and_the_answering_one_talks() -> None:
    bench = Bench()
    leg = bench.rings().leg
    (invite,) = bench.says()
    bench.hears(reply(invite, 183, tag="a", body=sdp(4100, host="192.0.2.31")), PHONE)
    bench.hears(reply(invite, 183, tag="b", body=sdp(4200, host="192.0.2.31")), PHONE)
    assert bench.ears.last(leg)[1] == 4100
    bench.hears(reply(invite, 200, tag="b", body=sdp(4200, host="192.0.2.31")), PHONE)
    assert bench.ears.last(leg)[1] == 4200
    assert [type(fact) for fact in bench.tells()] == [Alerting, Answered]


def test_a_183_without_sound_is_no_ringing() -> None:
    bench = Bench()
    bench.rings()
    (invite,) = bench.says()
    bench.hears(reply(invite, 183), PHONE)
    assert bench.tells() == []


def test_a_reliable_provisional_gets_one_prack() -> None:
    bench = Bench()
    leg = bench.rings().leg
    (invite,) = bench.says()
    headers = [("Require", "100rel"), ("RSeq", "9")]
    (prack,) = bench.hears(reply(invite, 180, headers=headers), PHONE)
    assert (prack.method, prack.header("rack"), prack.cseq) == ("PRACK", "9 1 INVITE", 2)
    assert bench.hears(reply(invite, 180, headers=headers), PHONE) == []
    assert bench.tells() == [Alerting(leg)]
    bench.hears(reply(prack, 200), PHONE)
    headers = [("Require", "100rel"), ("RSeq", "10")]
    (prack,) = bench.hears(reply(invite, 183, headers=headers, body=THERE), PHONE)
    assert (prack.header("rack"), prack.cseq) == ("10 1 INVITE", 3)


# ---- trunks that want more


def trunk_leg(bench: Bench) -> Message:
    """Our first INVITE to a trunk with a login."""
    login = Credentials("pbx", "word", "provider")
    bench.agent.lines["trunk:gw"] = Line(CODECS, credentials=login)
    ring = Ring(40, "trunk:gw", "555", "100", "")
    bench.agent.ring(ring, [Target("sip:555@192.0.2.20", GATEWAY)], bench.now)
    return bench.says()[0]


def test_a_trunks_challenge_is_answered_with_a_new_invite() -> None:
    bench = Bench()
    invite = trunk_leg(bench)
    ask = [("Proxy-Authenticate", 'Digest realm="provider", nonce="n", qop="auth"')]
    ack, again = bench.hears(reply(invite, 407, headers=ask))
    assert (ack.method, again.method, again.cseq) == ("ACK", "INVITE", 2)
    assert (again.call_id, again.from_tag, again.to_tag) == (invite.call_id, invite.from_tag, "")
    assert 'username="pbx"' in (again.header("proxy-authorization") or "")
    bench.hears(reply(again, 200, body=sdp()))
    assert [type(fact) for fact in bench.tells()] == [Answered]


def test_a_trunk_that_does_not_take_our_login_ends_the_leg() -> None:
    bench = Bench()
    invite = trunk_leg(bench)
    ask = [("WWW-Authenticate", 'Digest realm="provider", nonce="n", qop="auth"')]
    _, again = bench.hears(reply(invite, 401, headers=ask))
    _, third = bench.hears(reply(again, 401, headers=ask))
    assert codes(bench.hears(reply(third, 401, headers=ask))) == ["ACK"]
    assert bench.tells() == [Released(40, 21, 401, True)]


def test_another_realm_or_a_phone_never_gets_credentials() -> None:
    bench = Bench()
    invite = trunk_leg(bench)
    ask = [("WWW-Authenticate", 'Digest realm="elsewhere", nonce="n", qop="auth"')]
    assert codes(bench.hears(reply(invite, 401, headers=ask))) == ["ACK"]
    bench.rings()
    (invite,) = bench.says()
    ask = [("Proxy-Authenticate", 'Digest realm="provider", nonce="n"')]
    assert codes(bench.hears(reply(invite, 407, headers=ask), PHONE)) == ["ACK"]


def test_a_trunk_with_longer_sessions_is_asked_again() -> None:
    bench = Bench()
    bench.rings()
    (invite,) = bench.says()
    assert invite.header("session-expires") == "1800"
    _, again = bench.hears(reply(invite, 422, headers=[("Min-SE", "3600")]), PHONE)
    assert (again.header("session-expires"), again.header("min-se")) == ("3600", "3600")
    assert codes(bench.hears(reply(again, 422, headers=[("Min-SE", "3600")]), PHONE)) == ["ACK"]


def test_the_codec_of_the_partner_is_offered_first() -> None:
    bench = Bench()
    caller = Caller()
    bench.hears(caller.invite(body=sdp(formats="0")))
    leg = bench.tells()[0].leg  # type: ignore[union-attr]
    bench.agent.answer(leg, 0, bench.now)
    bench.says()
    bench.rings(partner=leg)
    assert b"RTP/AVP 0 8 101" in bench.says()[0].body
    up(bench, Caller(name="c3"))
