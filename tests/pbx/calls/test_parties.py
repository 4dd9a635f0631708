"""Who is rung: phones with and without call waiting, ring groups, trunks one after the other."""

from __future__ import annotations

import pytest

from pbx.commands import Release, Ring
from pbx.events import Alerting, TrunkFound, TrunkLost
from pbx.notes import AlarmRaised, CallClosed, TrunkChanged
from tests.pbx.sites import Desk

SITE = """
[trunk.gateway]
host = "192.0.2.1"
[trunk.spare]
host = "192.0.2.2"
channels = 1
caller_id = "4000"
timeout_s = 2
[extension.201]
contact = "sip:192.0.2.11"
[extension.202]
contact = "sip:192.0.2.12"
call_waiting = false
[extension.203]
password = "xxxxxxxxxxxxxxxx"
[group.desk]
members = ["201", "202", "203"]
ring_s = 20
otherwise = "announce:closed"
[group.one_by_one]
members = ["203", "201", "202"]
strategy = "linear"
ring_s = 10
[[route]]
from = "gateway"
called = "700"
to = "group:desk"
[[route]]
from = "gateway"
called = "701"
to = "group:one_by_one"
[[route]]
from = "gateway"
called = "2*"
to = "extension:202"
[[route]]
from = "extensions"
called = "9*"
strip = 1
to = "trunk:gateway,spare"
"""


def rings(commands: list[object]) -> list[Ring]:
    return [each for each in commands if isinstance(each, Ring)]


def over(desk: Desk, commands: list[object]) -> list[int]:
    """The legs that are released."""
    return [each.leg for each in commands if isinstance(each, Release)]


# ---- groups --------------------------------------------------------------------------------


def test_all_phones_of_a_group_ring_and_the_first_to_answer_has_the_call() -> None:
    desk = Desk(SITE)
    caller = desk.call("700")
    phones = desk.rung()
    assert set(phones) == {"201", "202"}  # nobody has registered as 203
    commands = desk.answer(phones["202"])
    assert Release(phones["201"], 26, elsewhere=True) in commands
    desk.gone(phones["201"], 487, far=False)
    desk.bridge(caller, phones["202"])
    desk.gone(caller)
    assert desk.of(CallClosed)[0].outcome == "answered"


def test_a_member_that_refuses_leaves_the_others_ringing() -> None:
    desk = Desk(SITE)
    desk.call("700")
    phones = desk.rung()
    assert desk.gone(phones["201"], 486, cause=17) == []
    assert desk.answer(phones["202"])


def test_a_group_that_nobody_answers_leads_on() -> None:
    desk = Desk(SITE)
    caller = desk.call("700")
    phones = desk.rung()
    commands = desk.tick(20_000)
    assert set(over(desk, commands)) == set(phones.values())
    assert [type(each).__name__ for each in commands[-2:]] == ["Answer", "Say"]
    assert caller in desk.exchange.state.legs


def test_a_linear_group_rings_one_after_the_other() -> None:
    desk = Desk(SITE)
    caller = desk.call("701")
    (first,) = desk.rung().items()
    assert first[0] == "201"
    (second,) = rings(desk.tick(10_000))
    assert second.target == "extension:202"
    commands = desk.gone(second.leg, 486, cause=17)
    assert commands == [Release(caller, 17, code=486)]


# ---- phones --------------------------------------------------------------------------------


def test_a_phone_without_call_waiting_is_busy_while_it_has_a_call() -> None:
    desk = Desk(SITE)
    desk.call("202", "extension:201")
    caller = desk.call("2000")
    assert desk.said == [Release(caller, 17)]


def test_a_phone_without_call_waiting_may_still_call_out() -> None:
    desk = Desk(SITE)
    desk.call("201", "extension:202")
    assert "201" in desk.rung()


# ---- trunks --------------------------------------------------------------------------------


def test_a_trunk_is_given_its_patience_and_its_caller_id() -> None:
    desk = Desk(SITE)
    desk.call("95551234", "extension:201")
    (first,) = rings(desk.said)
    assert (first.target, first.silence_ms) == ("trunk:gateway", 3_000)
    (second,) = rings(desk.gone(first.leg, 408, cause=18))
    assert (second.target, second.calling, second.silence_ms) == ("trunk:spare", "4000", 2_000)


@pytest.mark.parametrize(("code", "cause"), [(503, 41), (500, 41), (408, 18), (502, 38)])
def test_a_trunk_that_fails_leaves_the_call_to_the_next(code: int, cause: int) -> None:
    desk = Desk(SITE)
    desk.call("95551234", "extension:201")
    (first,) = rings(desk.said)
    assert [each.target for each in rings(desk.gone(first.leg, code, cause=cause))] == [
        "trunk:spare"
    ]


@pytest.mark.parametrize(("code", "cause"), [(486, 17), (404, 1), (603, 21)])
def test_a_called_party_that_refuses_is_not_called_again(code: int, cause: int) -> None:
    desk = Desk(SITE)
    caller = desk.call("95551234", "extension:201")
    (first,) = rings(desk.said)
    assert desk.gone(first.leg, code, cause=cause) == [Release(caller, cause, code=code)]


def test_a_number_that_rang_without_an_answer_is_not_dialled_again() -> None:
    desk = Desk(SITE)
    caller = desk.call("95551234", "extension:201")
    (first,) = rings(desk.said)
    desk.put(Alerting(first.leg))
    commands = desk.tick(60_000)
    assert rings(commands) == [] and over(desk, commands) == [first.leg, caller]


def test_a_lost_trunk_is_passed_by_until_it_is_found() -> None:
    desk = Desk(SITE)
    desk.put(TrunkLost("gateway", "no answer to OPTIONS"))
    desk.put(TrunkLost("gateway", "no answer to OPTIONS"))
    desk.call("95551234", "extension:201")
    assert set(desk.rung()) == {"spare"}
    caller = desk.call("95551234", "extension:203")
    assert desk.said == [Release(caller, 34)]  # the spare one has a single channel
    desk.put(TrunkFound("gateway"))
    desk.call("95551234", "extension:202")
    assert set(desk.rung()) == {"gateway"}
    assert [(note.up, note.why) for note in desk.of(TrunkChanged)] == [
        (False, "no answer to OPTIONS"),
        (True, ""),
    ]
    assert len(desk.of(AlarmRaised)) == 1


def test_an_unknown_trunk_is_neither_lost_nor_found() -> None:
    desk = Desk(SITE)
    desk.put(TrunkLost("other", "x"))
    desk.put(TrunkFound("gateway"))
    assert desk.of(TrunkChanged) == []


@pytest.mark.parametrize(
    ("called", "source", "ring_ms"),
    [
        ("202", "trunk:gateway", 60_000),
        ("9555", "extension:201", 60_000),
        ("700", "trunk:gateway", 20_000),
        ("701", "trunk:gateway", 10_000),
    ],
)
def test_the_wire_rings_5_s_longer_than_we_do(called: str, source: str, ring_ms: int) -> None:
    """So it is we who end the ringing, and say why, not a proxy or phone by `Expires`."""
    desk = Desk(SITE)
    desk.call(called, source)
    assert {each.expires_ms for each in rings(desk.said)} == {ring_ms + 5_000}
    legs = [each.leg for each in rings(desk.said)]
    assert over(desk, desk.tick(ring_ms - 1)) == []
    assert set(legs) <= set(over(desk, desk.tick(ring_ms)))
