"""Writes already done: bounded in number and age."""

from __future__ import annotations

from pbx.service.params import AgentParams
from pbx.service.repeats import Repeats


def kept(repeats: Repeats, name: str, now: int) -> None:
    params = AgentParams(agent=name)
    repeats.keep(("li_na", name), now, method="agent.unpause", params=params, result=name)


def test_what_was_done_is_found_under_its_key() -> None:
    repeats = Repeats()
    kept(repeats, "a", 5)
    assert repeats.find(("li_na", "a"), 6) == ("agent.unpause", AgentParams(agent="a"), "a")
    assert repeats.find(("li_na", "b"), 6) is None


def test_the_oldest_goes_at_the_limit() -> None:
    repeats = Repeats(kept=3)
    for name in "abcd":
        kept(repeats, name, 0)
    assert len(repeats) == 3
    assert [bool(repeats.find(("li_na", name), 0)) for name in "abcd"] == [False, True, True, True]


def test_what_has_grown_old_is_forgotten() -> None:
    repeats = Repeats(kept_ms=100)
    kept(repeats, "a", 0)
    kept(repeats, "b", 50)
    assert repeats.find(("li_na", "b"), 100) is not None
    assert len(repeats) == 1
    assert repeats.find(("li_na", "b"), 150) is None
