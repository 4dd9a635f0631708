"""What the end of a leg says of its phone: which answers are silence, a refusal, or neither."""

from __future__ import annotations

import pytest

from pbx.events import DeviceLost
from pbx.notes import DeviceChanged, OfferEnded
from tests.pbx.sites import Desk


@pytest.mark.parametrize("code", [408, 503])
def test_a_phone_whose_end_is_silence_is_lost_and_offered_nothing(code: int) -> None:
    desk = Desk()
    desk.call()
    (phone,) = desk.rung().values()
    commands = desk.gone(phone, code, cause=18, far=False)
    assert desk.state("2001") == "unreachable"
    assert [note.reason for note in desk.of(OfferEnded)] == ["lost"]
    assert [(note.extension, note.reachable) for note in desk.of(DeviceChanged)] == [("201", False)]
    assert list(desk.rung(commands)) == ["202"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [(480, "refused"), (486, "refused"), (600, "refused"), (603, "refused"), (500, "no_answer"),
     (404, "no_answer")],
)  # fmt: skip
def test_a_phone_that_answers_whatever_it_says_is_there(code: int, reason: str) -> None:
    desk = Desk()
    desk.call()
    (phone,) = desk.rung().values()
    desk.gone(phone, code, cause=17, far=False)
    assert desk.state("2001") != "unreachable" and desk.of(DeviceChanged) == []
    assert [note.reason for note in desk.of(OfferEnded)] == [reason]


def test_a_caller_who_ends_with_such_a_code_is_no_lost_phone() -> None:
    desk = Desk()
    caller = desk.call("9555", source="extension:201")
    desk.gone(caller, 503, cause=41)
    assert desk.state("2001") == "ready" and desk.of(DeviceChanged) == []


@pytest.mark.parametrize(
    ("code", "state"), [(408, "unreachable"), (503, "unreachable"), (486, "ready")]
)
def test_silence_in_a_call_that_a_lost_phone_made_is_no_sign_of_life(code: int, state: str) -> None:
    desk = Desk()
    caller = desk.call("9555", source="extension:201")
    desk.put(DeviceLost("201"))
    desk.gone(caller, code, cause=41)
    assert desk.state("2001") == state
