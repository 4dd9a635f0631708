"""The timer of sessions by bytes and times: who refreshes, how long, and what a refusal means."""

from __future__ import annotations

import pytest

from pbx.events import DeviceLost, Held, Released
from pbx.sip.message.received import Message
from tests.pbx.sip.ends import (
    PHONE,
    Bench,
    Caller,
    ask_in,
    codes,
    reply,
    sdp,
    talking,
    up,
)


def test_a_session_whose_refresher_is_the_caller_ends_without_a_refresh() -> None:
    bench = Bench()
    caller = Caller()
    bench.hears(caller.invite("Session-Expires: 90", "Supported: timer"))
    leg = bench.tells()[0].leg  # type: ignore[union-attr]
    bench.agent.answer(leg, 0, bench.now)
    (ok,) = bench.says()
    assert ok.header("session-expires") == "90;refresher=uac"
    assert ok.header("require") == "timer"
    caller.takes(ok)
    bench.hears(caller.ack())
    bench.wait(50_000)
    (ok,) = bench.hears(caller.ask("UPDATE", "Session-Expires: 90", "Supported: timer"))
    assert ok.header("session-expires") == "90;refresher=uac"
    assert bench.wait(59_999) == []
    assert codes(bench.wait(1)) == ["BYE"]
    assert bench.tells() == [Released(leg, 102, 408, True)]


def test_a_caller_that_cannot_refresh_is_refreshed_by_us() -> None:
    bench = Bench()
    caller = Caller()
    bench.hears(caller.invite("Session-Expires: 200", "Allow: INVITE, ACK, BYE, UPDATE"))
    leg = bench.tells()[0].leg  # type: ignore[union-attr]
    bench.agent.answer(leg, 0, bench.now)
    (ok,) = bench.says()
    assert ok.header("session-expires") == "200;refresher=uas"
    caller.takes(ok)
    bench.hears(caller.ack())
    (update,) = bench.wait(100_000)
    assert (update.method, update.body) == ("UPDATE", b"")
    bench.hears(reply(update, 200, headers=[("Session-Expires", "200;refresher=uac")]))
    assert codes(bench.wait(100_000)) == ["UPDATE"]


def test_a_phone_that_takes_our_timer_is_refreshed_and_its_silence_ends_the_call() -> None:
    bench = Bench()
    leg = bench.rings().leg
    (invite,) = bench.says()
    timer = [("Session-Expires", "100;refresher=uac"), ("Require", "timer")]
    bench.hears(reply(invite, 200, body=sdp(host="192.0.2.31"), headers=timer), PHONE)
    bench.says()
    bench.tells()
    (refresh,) = bench.wait(50_000)
    assert refresh.method == "INVITE" and refresh.body == invite.body
    bench.hears(reply(refresh, 200, body=sdp(host="192.0.2.31"), headers=timer), PHONE)
    bench.says()
    assert codes(bench.wait(50_000)) == ["INVITE"]
    assert "BYE" in codes(bench.wait(32_000))
    assert bench.tells() == [DeviceLost("201"), Released(leg, 102, 408, True)]


def test_without_timer_on_the_other_side_a_session_may_last() -> None:
    bench = Bench()
    up(bench)
    assert bench.wait(10_000_000) == []


# ---- what holds goes on to hold


def answered(bench: Bench, *headers: str) -> tuple[Caller, int, Message]:
    """A caller whose INVITE had these headers, the leg, and our 200; the ACK has come."""
    caller = Caller()
    bench.hears(caller.invite(*headers))
    leg = bench.tells()[0].leg  # type: ignore[union-attr]
    bench.agent.answer(leg, 0, bench.now)
    (ok,) = bench.says()
    caller.takes(ok)
    bench.hears(caller.ack())
    return caller, leg, ok


TIMER = "Supported: timer"
UPDATES = "Allow: INVITE, ACK, BYE, UPDATE"


@pytest.mark.parametrize(
    ("headers", "expires"),
    [
        (("Min-SE: 3600", TIMER), "3600"), (("Min-SE: 300;x=y", TIMER), "1800"),
        (("Min-SE: x", TIMER), "1800"), (("Min-SE: 99999999", TIMER), "1800"),
        (("Session-Expires: 4000", "Min-SE: 3600", TIMER), "4000"),
    ],
)  # fmt: skip
def test_a_session_is_never_shorter_than_its_caller_wants(
    headers: tuple[str, ...], expires: str
) -> None:
    _, _, ok = answered(Bench(), *headers)
    assert ok.header("session-expires") == f"{expires};refresher=uac"


def test_a_min_se_is_said_again_in_each_refresh_of_ours() -> None:
    bench = Bench()
    asked = ("Session-Expires: 4000;refresher=uas", "Min-SE: 3600", TIMER, UPDATES)
    answered(bench, *asked)
    for _ in range(2):
        (update,) = bench.wait(2_000_000)
        assert update.header("min-se") == "3600"
        assert update.header("session-expires") == "4000;refresher=uac"
        bench.hears(reply(update, 200, headers=[("Session-Expires", "4000;refresher=uac")]))


def test_a_min_se_of_a_refused_invite_is_said_again_in_its_session() -> None:
    bench = Bench()
    bench.rings()
    (invite,) = bench.says()
    _, again = bench.hears(reply(invite, 422, headers=[("Min-SE", "3600")]), PHONE)
    timer = [("Session-Expires", "3600;refresher=uac"), ("Require", "timer")]
    bench.hears(reply(again, 200, body=sdp(host="192.0.2.31"), headers=timer), PHONE)
    bench.says()
    (refresh,) = bench.wait(1_800_000)
    assert (refresh.header("session-expires"), refresh.header("min-se")) == (
        "3600;refresher=uac", "3600",
    )  # fmt: skip


def test_a_change_that_says_nothing_of_the_timer_leaves_it_as_it_is() -> None:
    bench = Bench()
    asked = ("Session-Expires: 400;refresher=uas", TIMER, UPDATES)
    caller, _, ok = answered(bench, *asked)
    assert ok.header("session-expires") == "400;refresher=uas"
    (ok,) = bench.hears(caller.ask("INVITE", TIMER, body=sdp(extra="a=sendonly\r\n")))
    assert ok.header("session-expires") == "400;refresher=uas"
    bench.hears(caller.ack())
    (update,) = bench.wait(200_000)
    assert (update.method, update.header("session-expires")) == ("UPDATE", "400;refresher=uac")


def test_methods_and_extensions_are_known_from_any_of_several_lines() -> None:
    bench = Bench()
    asked = ("Session-Expires: 400;refresher=uas", "Supported: replaces", TIMER,
             "Allow: INVITE, ACK", "Allow: UPDATE")  # fmt: skip
    _, _, ok = answered(bench, *asked)
    assert ok.header("require") == "timer"
    assert codes(bench.wait(200_000)) == ["UPDATE"]


# ---- a refresh that is refused


def refreshing(bench: Bench) -> tuple[int, Message]:
    """A session of 200 s that we refresh: its leg, and our first UPDATE."""
    _, leg, _ = answered(bench, "Session-Expires: 200;refresher=uas", TIMER, UPDATES)
    (update,) = bench.wait(100_000)
    return leg, update


@pytest.mark.parametrize("code", [405, 501])
def test_a_far_end_that_knows_no_update_is_refreshed_by_invite(code: int) -> None:
    bench = Bench()
    _, update = refreshing(bench)
    (invite,) = bench.hears(reply(update, code))
    assert (invite.method, invite.header("session-expires")) == ("INVITE", "200;refresher=uac")


def test_a_session_too_short_for_somebody_is_asked_for_longer() -> None:
    bench = Bench()
    _, update = refreshing(bench)
    (again,) = bench.hears(reply(update, 422, headers=[("Min-SE", "600")]))
    assert again.header("session-expires") == "600;refresher=uac"
    assert again.header("min-se") == "600"
    bench.hears(reply(again, 200, headers=[("Session-Expires", "600;refresher=uac")]))
    assert bench.wait(299_999) == [] and codes(bench.wait(1)) == ["UPDATE"]


def test_who_wants_ever_longer_sessions_is_not_asked_for_ever() -> None:
    bench = Bench()
    _, said = refreshing(bench)
    asked = 0
    for seconds in range(201, 220):
        answer = bench.hears(reply(said, 422, headers=[("Min-SE", str(seconds))]))
        if not answer:
            break
        (said,) = answer
        asked += 1
    assert asked == 5


@pytest.mark.parametrize("code", [422, 488, 500, 603])
def test_a_refused_refresh_is_tried_again_until_the_session_is_over(code: int) -> None:
    bench = Bench()
    leg, update = refreshing(bench)
    tries = 0
    while update.method == "UPDATE":
        bench.hears(reply(update, code))
        update = bench.wait(20_000)[0]
        tries += 1
    assert tries == 4 and update.method == "BYE"
    assert bench.tells() == [Released(leg, 102, 408, True)]


def test_a_refresh_by_invite_that_is_answered_without_a_description_is_one() -> None:
    bench = Bench()
    _, leg, _ = answered(bench, "Session-Expires: 200;refresher=uas", TIMER)
    before = bench.ears.last(leg)
    (invite,) = bench.wait(100_000)
    timer = [("Session-Expires", "200;refresher=uac")]
    assert codes(bench.hears(reply(invite, 200, headers=timer))) == ["ACK"]
    assert bench.ears.last(leg) == before and bench.tells() == []
    assert codes(bench.wait(100_000)) == ["INVITE"]


def test_a_refresh_of_the_callee_continues_its_session() -> None:
    bench = Bench()
    invite, _ = talking(bench)
    (ok,) = bench.hears(ask_in(invite, "UPDATE", "Session-Expires: 300", TIMER), PHONE)
    assert ok.header("session-expires") == "300;refresher=uac"


def test_a_refresh_of_ours_under_way_does_not_hinder_a_change_of_theirs() -> None:
    bench = Bench()
    caller, leg, _ = answered(bench, "Session-Expires: 200;refresher=uas", TIMER, UPDATES)
    bench.wait(100_000)
    assert codes(bench.hears(caller.ask("INVITE", body=sdp(extra="a=sendonly\r\n")))) == [200]
    assert bench.tells() == [Held(leg)]
