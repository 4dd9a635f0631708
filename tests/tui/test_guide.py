"""The supervisors' guide tells the console's keys and limits as they are."""

from __future__ import annotations

import pytest
from textual.binding import Binding

from tests.shared import ROOT
from tui import marks, queue_card
from tui.agents import Agents
from tui.app import VIEWS, ConsoleApp
from tui.calls import Calls
from tui.live_table import LiveTable
from tui.view import View
from tui.words import ZH

GUIDE = (ROOT / "docs" / "supervisors.md").read_text()
SIGNS = {"question_mark": "?", "slash": "/", "colon": ":", "escape": "esc"}
HIDDEN = ("up", "down", "pageup", "pagedown", "home", "end", "w")  # as everywhere, or a second one


@pytest.mark.parametrize("name", VIEWS)
def test_every_screen_is_in_the_guide(name: str) -> None:
    key, title = VIEWS[name]
    assert f"| `{key}` F{key} | {title} {ZH[title]} |" in GUIDE


@pytest.mark.parametrize("owner", [View, LiveTable, Agents, Calls, ConsoleApp])
def test_every_key_is_in_the_guide(owner: type) -> None:
    for binding in owner.BINDINGS:
        assert isinstance(binding, Binding)
        for key in binding.key.split(","):
            told = SIGNS.get(key, key)
            is_told = f"`{told}`" in GUIDE or (told[1:].isdigit() and told.upper() in GUIDE)
            assert is_told or told in HIDDEN or told in GUIDE.split(), key


@pytest.mark.parametrize(
    "line",
    [
        f"| longest wait | {marks.LONGEST_S[0]:g} s | {marks.LONGEST_S[1]:g} s |",
        f"| abandoned, from {marks.ENOUGH} entries on | {marks.ABANDONED[0] * 100:g} % | "
        f"{marks.ABANDONED[1] * 100:g} % |",
        f"| somebody waits and nobody is ready | - | {queue_card.UNATTENDED_S} s |",
        f"| wrap-up | {marks.WRAP_UP_S[0] / 60:g} min | {marks.WRAP_UP_S[1] / 60:g} min |",
        f"| channels of a trunk | {marks.CHANNELS[0] * 100:g} % | {marks.CHANNELS[1] * 100:g} % |",
        f"| MOS | below {marks.MOS[0]} | below {marks.MOS[1]} |",
        f"| loss | {marks.LOSS[0] * 100:g} % | {marks.LOSS[1] * 100:g} % |",
    ],
)
def test_every_limit_is_in_the_guide(line: str) -> None:
    assert line in GUIDE
