"""Callers and the agents they talked to last: bounded, and nobody for a number withheld."""

from __future__ import annotations

from pbx.queue import last_agents


def test_the_newest_talk_of_a_number_counts() -> None:
    numbers: dict[str, str] = {}
    for agent in ("2001", "2002"):
        last_agents.remember(numbers, "5551000", agent=agent)
    assert numbers == {"5551000": "2002"}


def test_a_number_withheld_is_nobodys() -> None:
    numbers: dict[str, str] = {}
    for calling in last_agents.NOBODY:
        last_agents.remember(numbers, calling.title(), agent="2001")
    assert numbers == {}


def test_the_number_not_heard_of_for_longest_is_forgotten() -> None:
    numbers: dict[str, str] = {}
    for calling in range(last_agents.NUMBERS_MAX):
        last_agents.remember(numbers, str(calling), agent="2001")
    last_agents.remember(numbers, "0", agent="2002")
    last_agents.remember(numbers, "new", agent="2002")
    assert len(numbers) == last_agents.NUMBERS_MAX
    assert "1" not in numbers
    assert numbers["0"] == "2002"
