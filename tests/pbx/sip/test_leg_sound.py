"""Whether a silent far end is there, and whose sound may be taken for its own."""

from __future__ import annotations

from pbx.sip.dialog.leg import Line
from tests.pbx.sip.ends import CODECS, GATEWAY, Bench, Caller, reply, up


def test_a_silent_far_end_is_asked_by_a_refresh_and_lives_by_any_answer() -> None:
    bench = Bench()
    _, leg = up(bench)
    bench.agent.probe(leg, bench.now)
    bench.agent.probe(leg, bench.now)
    (asked,) = bench.says()
    assert asked.method in ("UPDATE", "INVITE")
    bench.hears(reply(asked, 500))
    assert leg in bench.agent.legs and bench.tells() == []


def test_a_far_end_that_knows_no_such_call_when_asked_is_gone() -> None:
    bench = Bench()
    _, leg = up(bench)
    bench.agent.probe(leg, bench.now)
    (asked,) = bench.says()
    bench.hears(reply(asked, 481))
    assert [type(fact).__name__ for fact in bench.tells()] == ["Released"]


def test_a_leg_that_is_gone_or_not_up_yet_is_not_asked() -> None:
    bench = Bench()
    bench.hears(Caller().invite())
    leg = bench.tells()[0].leg  # type: ignore[union-attr]
    bench.agent.probe(leg, bench.now)
    bench.agent.probe(99, bench.now)
    assert bench.says() == []


def test_the_sound_may_come_from_who_signals_as_the_party_s_line_says() -> None:
    bench = Bench()
    bench.agent.lines["trunk:gw"] = Line(CODECS, symmetric="never")
    _, leg = up(bench)
    assert bench.ears.rules[-1] == (leg, 0, GATEWAY.host)
