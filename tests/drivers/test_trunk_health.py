"""Whether trunks carry calls: asked, silent, found again, and told once each time."""

from __future__ import annotations

import pytest

from config.settings import Trunk
from pbx.events import CallArrived, Released, TrunkFound, TrunkLost
from pbx.sip.message.received import Message
from tests.drivers.lines import Lines
from tests.pbx.sip.ends import GATEWAY, Caller, codes, reply

PINGED = Trunk(host="192.0.2.20", ping_s=30)
QUIET = Trunk(host="192.0.2.20")
NO_PONG = TrunkLost("gw", "no answer to OPTIONS")


def asked(lines: Lines, after_ms: int) -> Message:
    """The OPTIONS that is said after exactly so long, and nothing before."""
    assert lines.waits(after_ms - 1) == []
    (options,) = lines.waits(1)
    assert options.method == "OPTIONS" and options.flow == GATEWAY
    return options


def lost(lines: Lines) -> None:
    """The gateway has not answered its OPTIONS."""
    asked(lines, 30_000)
    lines.waits(3_000)
    assert lines.tells() == [NO_PONG]


def test_a_trunk_that_answers_is_asked_again_and_nothing_is_told() -> None:
    lines = Lines(gw=PINGED)
    for code in (200, 404, 405, 481, 500):
        lines.bench.hears(reply(asked(lines, 30_000), code))
    assert lines.gateway.is_up("gw") and lines.tells() == []


def test_a_trunk_that_does_not_answer_in_its_time_is_lost() -> None:
    lines = Lines(gw=PINGED)
    asked(lines, 30_000)
    copies = lines.waits(2_999)
    assert codes(copies) == ["OPTIONS", "OPTIONS"] and lines.gateway.is_up("gw")
    lines.waits(1)
    assert lines.tells() == [NO_PONG]
    assert not lines.gateway.is_up("gw") and lines.gateway.why("gw") == NO_PONG.why


@pytest.mark.parametrize("code", [408, 503])
def test_a_trunk_that_says_nobody_is_there_is_lost(code: int) -> None:
    lines = Lines(gw=PINGED)
    lines.bench.hears(reply(asked(lines, 30_000), code))
    assert lines.tells() == [TrunkLost("gw", f"OPTIONS is answered with {code}")]


def test_one_lost_datagram_is_no_lost_trunk() -> None:
    lines = Lines(gw=PINGED)
    asked(lines, 30_000)
    (copy,) = lines.waits(500)
    lines.bench.hears(reply(copy, 200))
    lines.waits(10_000)
    assert lines.tells() == []


def test_a_lost_trunk_is_told_once_asked_every_ten_seconds_and_found_by_any_answer() -> None:
    lines = Lines(gw=PINGED)
    lost(lines)
    first = asked(lines, 10_000)
    copies = lines.waits(9_999)
    assert {copy.call_id for copy in copies} == {first.call_id} and len(copies) == 4
    second = lines.waits(1)[-1]
    assert second.call_id != first.call_id and lines.tells() == []
    lines.bench.hears(reply(second, 403))
    assert lines.tells() == [TrunkFound("gw")] and lines.gateway.is_up("gw")
    asked(lines, 30_000)


def test_a_trunk_asked_more_often_than_that_stays_so_when_lost() -> None:
    lines = Lines(gw=Trunk(host="192.0.2.20", ping_s=1))
    said = lines.waits(20_000)
    assert len({message.call_id for message in said}) == 20
    assert lines.tells() == [NO_PONG]


def test_a_call_from_a_lost_trunk_finds_it() -> None:
    lines = Lines(gw=PINGED)
    lost(lines)
    lines.bench.hears(Caller().invite())
    arrived, found = lines.tells()
    assert isinstance(arrived, CallArrived) and found == TrunkFound("gw")


def test_a_call_that_meets_silence_loses_the_trunk_and_the_news_do_not_wait() -> None:
    lines = Lines(gw=PINGED)
    lines.ring(silence_ms=3_000)
    lines.bench.wait(3_000)
    assert lines.gateway.next_deadline() == 0
    assert lines.tells() == [Released(4, 18, 408), TrunkLost("gw", "no answer to a call")]
    lines.bench.hears(reply(asked(lines, 10_000), 200))
    assert lines.tells() == [TrunkFound("gw")]


def test_a_trunk_that_is_never_asked_gets_another_call_after_half_a_minute() -> None:
    lines = Lines(gw=QUIET)
    lines.ring(silence_ms=3_000)
    lines.waits(3_000)
    lines.tells()
    assert lines.waits(29_999) == [] and lines.tells() == []
    lines.waits(1)
    assert lines.tells() == [TrunkFound("gw")]
    lines.waits(60_000)
    assert lines.tells() == []


def test_a_503_to_one_call_does_not_lose_the_trunk() -> None:
    lines = Lines(gw=QUIET)
    (invite,) = lines.ring()
    lines.bench.hears(reply(invite, 503))
    assert lines.tells() == [Released(4, 41, 503)]


def test_a_connection_refused_loses_it_and_ends_the_call_at_once() -> None:
    lines = Lines(gw=Trunk(host="tcp:192.0.2.20"))
    (invite,) = lines.ring(silence_ms=3_000)
    assert invite.flow is not None
    lines.bench.agent.connection_lost(invite.flow, lines.bench.now)
    assert lines.tells() == [Released(4, 41, 503), TrunkLost("gw", "no answer to a call")]


def test_a_host_without_an_address_is_lost_from_the_start() -> None:
    inward = Trunk(allow=("10.0.0.1",))
    lines = Lines(gw=Trunk(host="no.such.host.invalid", ping_s=5), in_only=inward)
    assert lines.tells() == [TrunkLost("gw", "its host has no address")]
    assert lines.waits(60_000) == [] and lines.tells() == []
    assert not lines.gateway.is_up("in_only") and lines.gateway.why("in_only") == ""


def test_a_reload_keeps_what_is_known_of_trunks_that_stay() -> None:
    lines = Lines(gw=PINGED)
    lost(lines)
    lines.reload(gw=PINGED, other=Trunk(host="192.0.2.60"))
    assert lines.tells() == [] and not lines.gateway.is_up("gw")
    lines.bench.hears(reply(asked(lines, 10_000), 200))
    assert lines.tells() == [TrunkFound("gw")]


def test_a_trunk_that_moved_is_judged_anew() -> None:
    lines = Lines(gw=PINGED)
    lost(lines)
    lines.reload(gw=Trunk(host="192.0.2.21", ping_s=30))
    assert lines.tells() == [TrunkFound("gw")]


def test_a_trunk_that_is_gone_is_spoken_of_no_more() -> None:
    lines = Lines(gw=PINGED)
    lost(lines)
    lines.reload()
    assert lines.tells() == [] and lines.waits(60_000) == []
    assert lines.bench.agent.missing == {} and lines.gateway.next_deadline() is None
