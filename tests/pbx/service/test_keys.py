"""Keys told as sound and as message: each press once, however the two tellings fall."""

from __future__ import annotations

import pytest

from pbx.service.keys import LASTED_MS_MAX, NEAR_MS, WAITING_MAX, Keys, Press, Way

LEG = 7
S: Way = "sound"
M: Way = "message"


def counted(*told: tuple[Way, str, int], lasted_ms: int = 0) -> str:
    """The keys that count, in their order."""
    keys = Keys()
    return "".join(
        key
        for way, key, at in told
        if keys.is_new(LEG, Press(key, way, at), lasted_ms=lasted_ms if way == M else 0)
    )


@pytest.mark.parametrize(("told", "right"), [
    ([(S, "1", 0), (M, "1", 160)], "1"),
    ([(M, "1", 0), (S, "1", 30)], "1"),
    ([(S, "1", 0), (S, "1", 250)], "11"),
    ([(M, "1", 0), (M, "1", 250)], "11"),
    ([(S, "1", 0), (M, "1", 100), (S, "1", 250), (M, "1", 350)], "11"),
    ([(S, "1", 0), (S, "1", 250), (M, "1", 300), (M, "1", 400)], "11"),
    ([(S, "1", 0), (S, "2", 250), (M, "1", 300), (M, "2", 400)], "12"),
    ([(S, "1", 0), (M, "2", 100)], "12"),
    ([(S, "1", 0), (M, "1", NEAR_MS)], "1"),
    ([(S, "1", 0), (M, "1", NEAR_MS + 1)], "11"),
])  # fmt: skip
def test_a_press_counts_once(told: list[tuple[Way, str, int]], right: str) -> None:
    assert counted(*told) == right


def test_a_key_pressed_long_is_the_one_its_message_tells_of_at_its_end() -> None:
    assert counted((S, "#", 0), (M, "#", 3_000), lasted_ms=3_000) == "#"
    assert counted((S, "#", 0), (M, "#", 3_000), lasted_ms=160) == "##"


def test_a_message_cannot_speak_of_the_distant_past() -> None:
    assert counted((S, "#", 0), (M, "#", 60_000), lasted_ms=60_000) == "##"
    at = LASTED_MS_MAX + NEAR_MS
    assert counted((S, "#", 0), (M, "#", at), lasted_ms=60_000) == "#"


def test_the_legs_are_kept_apart_and_forgotten() -> None:
    keys = Keys()
    assert keys.is_new(1, Press("5", S, 0))
    assert keys.is_new(2, Press("5", M, 0))
    keys.forget(1)
    assert keys.is_new(1, Press("5", M, 10))


def test_so_many_presses_wait_and_no_more() -> None:
    told: list[tuple[Way, str, int]] = [(S, "1", 0)] * (WAITING_MAX + 1)
    again: list[tuple[Way, str, int]] = [(M, "1", 1)] * (WAITING_MAX + 1)
    assert len(counted(*told, *again)) == WAITING_MAX + 2
