"""Sessions by bytes and times: hold, refresh, late ends, and who may say what."""

from __future__ import annotations

import pytest

from pbx.events import Digit, Held, Released, Retrieved
from pbx.sip.dialog.session import Session
from pbx.sip.message.received import Flow
from tests.pbx.sip.ends import (
    GATEWAY,
    PHONE,
    STRANGER,
    Bench,
    Caller,
    ask_in,
    codes,
    reply,
    sdp,
    talking,
    up,
)

HOLD = "a=sendonly\r\n"


def session(bench: Bench, leg: int) -> Session:
    """The session of a leg."""
    found = bench.agent.legs[leg]
    assert isinstance(found, Session)
    return found


def test_hold_and_back_are_facts_and_turn_the_sound() -> None:
    bench = Bench()
    caller, leg = up(bench)
    (ok,) = bench.hears(caller.ask("INVITE", body=sdp(extra=HOLD)))
    assert b"a=recvonly" in ok.body and bench.tells() == [Held(leg)]
    assert bench.ears.last(leg)[4] == 2
    bench.hears(caller.ack())
    (ok,) = bench.hears(caller.ask("INVITE", body=sdp(4444)))
    assert b"a=sendrecv" in ok.body and bench.tells() == [Retrieved(leg)]
    assert bench.ears.last(leg)[1:2] == (4444,)


def test_the_old_way_to_hold_works_too() -> None:
    bench = Bench()
    caller, leg = up(bench)
    bench.hears(caller.ask("INVITE", body=sdp(host="0.0.0.0")))
    assert bench.tells() == [Held(leg)]


@pytest.mark.parametrize("held", [
    sdp(extra="a=inactive\r\n"), sdp(extra=HOLD), sdp(host="0.0.0.0"),
    sdp(host="0.0.0.0", extra=HOLD),
])  # fmt: skip
def test_taking_back_a_held_call_changes_nothing_but_the_hold(held: bytes) -> None:
    bench = Bench()
    caller, leg = up(bench)
    before = bench.ears.last(leg)
    bench.hears(caller.ask("INVITE", body=held))
    bench.hears(caller.ack())
    bench.hears(caller.ask("INVITE", body=held))
    bench.hears(caller.ack())
    assert bench.tells() == [Held(leg)]
    (ok,) = bench.hears(caller.ask("INVITE"))
    assert b"a=sendrecv" in ok.body
    bench.hears(caller.ack(sdp()))
    assert bench.tells() == [Retrieved(leg)] and bench.ears.last(leg) == before
    assert bench.wait(40_000) == [] and bench.tells() == []


def test_our_description_counts_its_changes_only() -> None:
    bench = Bench()
    caller, _ = up(bench)
    versions = []
    for extra in (HOLD, HOLD, "a=sendrecv\r\n"):
        (ok,) = bench.hears(caller.ask("INVITE", body=sdp(extra=extra)))
        versions.append(ok.body.split(b"\r\n")[1].split()[2])
        bench.hears(caller.ack())
    assert versions == [b"2", b"2", b"3"]


def test_a_re_invite_without_an_offer_gets_ours_and_its_answer_in_the_ack() -> None:
    bench = Bench()
    caller, leg = up(bench)
    (ok,) = bench.hears(caller.ask("INVITE"))
    assert b"RTP/AVP 8 0 101" in ok.body
    bench.hears(caller.ack(sdp(4600, formats="0")))
    assert bench.ears.last(leg)[1:3] == (4600, 0)


def test_a_re_invite_with_nothing_in_common_leaves_the_call_as_it_is() -> None:
    bench = Bench()
    caller, leg = up(bench)
    assert codes(bench.hears(caller.ask("INVITE", body=sdp(formats="18")))) == [488]
    assert codes(bench.hears(caller.ask("INVITE", body=b"v=0\r\nx"))) == [400]
    assert codes(bench.hears(caller.ask("INVITE", body=sdp(host="0.1.2.3")))) == [488]
    assert bench.ears.last(leg)[1:3] == (4000, 8)
    assert codes(bench.hears(caller.ask("BYE"))) == [200]


def test_an_update_changes_the_session_as_a_re_invite_does() -> None:
    bench = Bench()
    caller, leg = up(bench)
    (ok,) = bench.hears(caller.ask("UPDATE", body=sdp(extra="a=inactive\r\n")))
    assert b"a=inactive" in ok.body
    assert bench.tells() == [Held(leg)]
    assert codes(bench.hears(caller.ask("UPDATE"))) == [200]


def test_a_new_contact_is_where_the_bye_goes() -> None:
    bench = Bench()
    caller, leg = up(bench)
    moved = caller.ask("INVITE", body=sdp()).replace(b"20:5060>", b"20:5099>")
    bench.hears(moved)
    bench.hears(caller.ack())
    bench.agent.release(leg, 16, bench.now)
    (bye,) = bench.says()
    assert (bye.uri, bye.flow) == ("sip:5551000@192.0.2.20:5099", Flow("udp", GATEWAY.host, 5099))


def test_a_re_invite_whose_ack_is_lost_ends_the_leg() -> None:
    bench = Bench()
    caller, _ = up(bench)
    bench.hears(caller.ask("INVITE", body=sdp()))
    assert "BYE" in codes(bench.wait(32_100))
    assert [type(fact) for fact in bench.tells()] == [Released]


@pytest.mark.parametrize("code", [408, 481])
def test_a_far_end_that_has_forgotten_the_call_ends_it(code: int) -> None:
    bench = Bench()
    _, leg = talking(bench)
    session(bench, leg).change(bench.now)
    (ours,) = bench.says()
    assert codes(bench.hears(reply(ours, code), PHONE)) == ["ACK", "BYE"]
    assert bench.tells() == [Released(leg, 102, code, True)]


# ---- the end


def test_the_far_ends_bye_is_answered_and_told_with_its_cause() -> None:
    bench = Bench()
    caller, leg = up(bench)
    assert codes(bench.hears(caller.ask("BYE", "Reason: Q.850;cause=31"))) == [200]
    assert bench.tells() == [Released(leg, 31, 0, True)]


def test_a_copy_of_the_bye_gets_the_same_answer() -> None:
    bench = Bench()
    caller, _ = up(bench)
    bye = caller.ask("BYE")
    bench.hears(bye)
    bench.tells()
    assert codes(bench.hears(bye)) == [200]
    assert bench.tells() == []


def test_byes_that_cross_end_the_leg_once() -> None:
    bench = Bench()
    caller, leg = up(bench)
    bench.agent.release(leg, 16, bench.now)
    (bye,) = bench.says()
    assert codes(bench.hears(caller.ask("BYE"))) == [200]
    bench.hears(reply(bye, 481))
    assert bench.tells() == [Released(leg, 16, 0, False)]


def test_a_lost_bye_is_repeated_and_given_up_after_32_s() -> None:
    bench = Bench()
    _, leg = up(bench)
    bench.agent.release(leg, 16, bench.now)
    assert set(codes(bench.wait(31_000))) == {"BYE"}
    assert bench.tells() == []
    bench.wait(1_000)
    assert bench.tells() == [Released(leg, 16, 408, False)]


# ---- who may say what


def test_a_request_with_a_wrong_tag_or_from_elsewhere_is_not_of_the_dialog() -> None:
    bench = Bench()
    caller, leg = up(bench)
    bye = caller.ask("BYE")
    assert codes(bench.hears(bye.replace(b";tag=c1", b";tag=cx"))) == [481]
    elsewhere = caller.ask("BYE").replace(b"192.0.2.20:5060;b", b"198.51.100.9:5060;b")
    assert codes(bench.hears(elsewhere, STRANGER)) == [481]
    assert leg in bench.agent.legs


def test_another_machine_of_the_same_trunk_may_end_the_call() -> None:
    bench = Bench()
    bench.agent.access.set_trunks([("192.0.2.0/24", "trunk:gw")])
    caller, _ = up(bench)
    assert codes(bench.hears(caller.ask("BYE"), Flow("udp", "192.0.2.21", 5060))) == [200]


def test_a_request_out_of_order_is_refused() -> None:
    bench = Bench()
    caller, _ = up(bench)
    assert codes(bench.hears(caller.ask("OPTIONS"))) == [200]
    assert codes(bench.hears(caller.ask("OPTIONS", cseq=1))) == [500]


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("INFO", 200),
        ("REFER", 403),
        ("NOTIFY", 481),
        ("PRACK", 481),
        ("SUBSCRIBE", 405),
        ("OPTIONS", 200),
    ],
)
def test_other_requests_in_a_call_have_their_answers(method: str, code: int) -> None:
    bench = Bench()
    caller, _ = up(bench)
    (said,) = bench.hears(caller.ask(method))
    assert said.code == code
    assert (said.header("allow") is not None) == (method in ("SUBSCRIBE", "OPTIONS"))
    assert "REFER" in (said.header("allow") or "REFER")


def test_options_in_a_call_say_what_they_say_outside() -> None:
    bench = Bench()
    caller, _ = up(bench)
    (ok,) = bench.hears(caller.ask("OPTIONS"))
    assert (ok.header("accept"), ok.header("supported")) == ("application/sdp", "timer, 100rel")


def test_a_phones_hold_in_the_dialog_we_began_is_told() -> None:
    bench = Bench()
    invite, leg = talking(bench)
    held = sdp(host="192.0.2.31", extra=HOLD)
    assert codes(bench.hears(ask_in(invite, "INVITE", body=held), PHONE)) == [200]
    assert bench.tells() == [Held(leg)]
    assert codes(bench.hears(ask_in(invite, "BYE", cseq=2), PHONE)) == [200]
    assert bench.tells() == [Released(leg, 16, 0, True)]
    assert GATEWAY != PHONE


# ---- what becomes of our own changes


# ---- keys in messages

RELAY, PLAIN = "Content-Type: application/dtmf-relay", "Content-Type: application/dtmf"


@pytest.mark.parametrize(("kind", "body", "key"), [
    (RELAY, b"Signal=5\r\nDuration=160\r\n", "5"), (PLAIN, b"#", "#"), (RELAY, b"Signal=11\n", "#"),
])  # fmt: skip
def test_a_key_in_an_info_is_a_digit_where_the_sound_brings_none(
    kind: str, body: bytes, key: str
) -> None:
    bench = Bench()
    caller = Caller()
    bench.hears(caller.invite(body=sdp(formats="0 8")))
    leg = bench.tells()[0].leg  # type: ignore[union-attr]
    bench.agent.answer(leg, 0, bench.now)
    caller.takes(bench.says()[0])
    bench.hears(caller.ack())
    info = caller.ask("INFO", kind, body=body)
    assert codes(bench.hears(info)) == [200] and codes(bench.hears(info)) == [200]
    assert [(d.leg, d.digit) for d in bench.tells() if isinstance(d, Digit)] == [(leg, key)]


def test_a_key_in_an_info_is_taken_where_the_sound_may_bring_keys_too() -> None:
    bench = Bench()
    caller, leg = up(bench)
    relayed = b"Signal=5\r\nDuration=240\r\n"
    assert codes(bench.hears(caller.ask("INFO", RELAY, body=relayed))) == [200]
    assert bench.tells() == [Digit(leg, "5", 240)]


@pytest.mark.parametrize("body", [b"Signal=16", b"Signal=!"])
def test_a_hook_flash_is_refused_for_nothing_comes_of_it(body: bytes) -> None:
    bench = Bench()
    caller, leg = up(bench)
    assert codes(bench.hears(caller.ask("INFO", RELAY, body=body))) == [501]
    assert bench.tells() == [] and leg in bench.agent.legs


def test_a_key_before_the_call_is_up_and_one_after_its_end_are_refused() -> None:
    bench = Bench()
    caller = Caller()
    bench.hears(caller.invite())
    leg = bench.tells()[0].leg  # type: ignore[union-attr]
    bench.agent.alert(leg, bench.now)
    caller.takes(bench.says()[-1])
    (early,) = bench.hears(caller.ask("INFO", PLAIN, body=b"5"))
    assert (early.code, early.header("retry-after")) == (500, "1")
    bench = Bench()
    caller, leg = up(bench)
    bench.agent.release(leg, 16, bench.now, elsewhere=False)
    bench.says()
    assert codes(bench.hears(caller.ask("INFO", PLAIN, body=b"5"))) == [481]
    assert bench.tells() == []


def test_an_info_of_another_kind_is_refused_and_one_that_says_nothing_is_taken() -> None:
    bench = Bench()
    caller, leg = up(bench)
    fast = "Content-Type: application/media_control+xml"
    (refused,) = bench.hears(caller.ask("INFO", fast, body=b"<x/>"))
    assert refused.code == 415
    assert refused.header("accept") == "application/dtmf-relay, application/dtmf"
    assert codes(bench.hears(caller.ask("INFO", RELAY, body=b"Signal=x"))) == [400]
    assert codes(bench.hears(caller.ask("INFO"))) == [200]
    assert bench.tells() == [] and leg in bench.agent.legs
